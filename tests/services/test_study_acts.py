"""Giving studies to readers, deleting, restoring, correcting who a patient is: audited, nothing is lost."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from app.archive.identity import PatientIdentities
from app.archive.service import ArchiveService
from app.archive.study_acts import DeleteReason, StudyActs
from app.archive.worklist_service import WorklistService
from app.audit import AuditEvent
from app.domain.person import Actor, Role
from app.domain.study import Patient, StudyFilter, StudyRow
from app.domain.worklist import Stage, Urgency, WorklistQuery
from app.errors import BadInput, NotAllowed, NotFound, Refused
from app.reporting.service import ReportService
from app.session.station import Station
from tests.services.conftest import Staff
from tests.services.test_report_service import _write as write_report
from tests.services.test_study_charsets import KOREAN, STUDY, write
from tests.support.archive_rows import NOW, a_series, a_study, instances
from tests.support.homes import StudyHome

RIGHT = Patient("NEW-1", "Wang^Xiao=王^晓", "HOSP", date(1968, 5, 6), "F")


def _row(station: Station, uid: str) -> StudyRow:
    with station.folder.database.read() as tx:
        return tx.studies.rows_of([uid])[0]


def _audit(station: Station, action: str) -> list[AuditEvent]:
    with station.folder.database.read() as tx:
        assert tx.audit.verify().ok
        return tx.audit.rows(action=action)


def _listed(station: Station, actor: Actor, stage: Stage = Stage.ALL) -> set[str]:
    page = station.get(WorklistService).first_page(actor, WorklistQuery(stage=stage))
    return {str(page.rows[key].study.study_uid) for key in page.keys}


def _file(station: Station, uid: str, patient_id: str, name: str = "李^四") -> str:
    study = a_study(uid, name, patient_id=patient_id)
    series = a_series(study, f"{uid}.1")
    with station.folder.database.write() as tx:
        tx.studies.add(study, series, instances(series, 1), imported_at=NOW)
    return uid


def test_a_study_is_given_and_a_stale_list_does_not_take_it(
    station: Station, staff: Staff, study_uid: str
) -> None:
    acts, one, two = (station.get(StudyActs), staff.actors[Role.REPORTING], staff.actors[Role.REVIEWING])
    assert {person.person_id for person in acts.readers(one)} == {one.person_id, two.person_id}
    acts.assign(one, {study_uid: ""}, one.person_id)
    assert (_row(station, study_uid).reader_id, _row(station, study_uid).reader_name) == (
        one.person_id,
        one.name,
    )
    with pytest.raises(Refused, match=one.name):
        acts.assign(two, {study_uid: ""}, two.person_id)
    acts.assign(two, {study_uid: one.person_id}, "")
    acts.set_urgency(one, [study_uid], Urgency.STAT)
    acts.set_urgency(one, [study_uid], Urgency.STAT)
    assert (_row(station, study_uid).reader_id, _row(station, study_uid).urgency) == ("", Urgency.STAT)
    assert len(_audit(station, "study.assign")) == 2
    assert len(_audit(station, "study.urgency")) == 1, "what is so already is not done again"
    for wrong in ("nobody", staff.actors[Role.CATALOGUING].person_id):
        with pytest.raises(NotFound):
            acts.assign(one, {study_uid: ""}, wrong)
    with pytest.raises(NotAllowed):
        acts.assign(staff.actors[Role.CATALOGUING], {study_uid: ""}, one.person_id)


def test_who_begins_the_report_reads_the_study(station: Station, staff: Staff, study_uid: str) -> None:
    author = staff.actors[Role.REPORTING]
    station.get(ReportService).open(author, study_uid)
    row = _row(station, study_uid)
    assert (row.reader_id, row.report_state) == (author.person_id, "draft")


def test_a_deleted_study_is_out_of_everything_and_comes_back(
    station: Station, staff: Staff, study_uid: str, study_home: StudyHome
) -> None:
    """Its draft comes back with it; what is imported again meanwhile is taken, and says so."""
    acts, doctor, chief = (station.get(StudyActs), staff.actors[Role.REPORTING], staff.actors[Role.REVIEWING])
    archive = station.get(ArchiveService)
    draft = station.get(ReportService).open(doctor, study_uid)
    other = _file(station, "1.2.9", archive.study(doctor, study_uid).patient.patient_id)
    with pytest.raises(NotAllowed):
        acts.delete(doctor, [study_uid], DeleteReason.TEST)
    with pytest.raises(BadInput):
        acts.delete(chief, [study_uid], DeleteReason.OTHER, "  ")
    with pytest.raises(NotFound):
        acts.delete(chief, [study_uid, "9.9"], DeleteReason.TEST)
    assert _listed(station, chief) == {study_uid, other}, "all or none"
    acts.delete(chief, [study_uid], DeleteReason.OTHER, "双份\n导入")
    assert _listed(station, chief) == {other}
    assert _listed(station, chief, Stage.DELETED) == {study_uid}
    assert [row.study.study_uid for row in archive.studies(chief)] == [other]
    assert archive.priors(chief, other) == []
    assert _row(station, other).n_priors == 0
    with pytest.raises(Refused, match=chief.name):
        archive.study(chief, study_uid)
    summary = archive.import_paths(doctor, [study_home.files])
    assert summary.added == 0
    assert _listed(station, chief) == {other}
    acts.restore(chief, [study_uid])
    assert _listed(station, chief) == {study_uid, other}
    assert station.get(ReportService).open(doctor, study_uid) == draft
    assert [event.subject for event in _audit(station, "study.delete")] == [study_uid]
    assert "双份" not in _audit(station, "study.delete")[0].details, "words may name a patient"
    assert [event.subject for event in _audit(station, "study.restore")] == [study_uid]


def test_new_objects_of_a_deleted_study_are_told(
    station: Station, doctor: Actor, staff: Staff, tmp_path: Path
) -> None:
    archive = station.get(ArchiveService)
    archive.import_paths(doctor, [write(tmp_path / "in", 1, b"A^B")])
    station.get(StudyActs).delete(staff.actors[Role.REVIEWING], [STUDY], DeleteReason.TEST)
    summary = archive.import_paths(doctor, [write(tmp_path / "in", 2, b"A^B")])
    assert (summary.added, [notice.reason for notice in summary.notices]) == (1, ["deleted-study"])
    assert _listed(station, doctor) == set()


def test_a_signed_report_protects_its_study(station: Station, staff: Staff, study_uid: str) -> None:
    """Also once it was returned: what was signed stays where it can be found."""
    acts, chief = station.get(StudyActs), staff.actors[Role.REVIEWING]
    _sign(station, staff, study_uid)
    other = _file(station, "1.2.9", "P9")
    assert acts.protected(chief, [study_uid, other]) == {study_uid}
    for _ in range(2):
        with pytest.raises(Refused, match="1"):
            acts.delete(chief, [other, study_uid], DeleteReason.TEST)
        assert _listed(station, chief) == {study_uid, other}
        report = station.get(ReportService).find(chief, study_uid)
        assert report is not None
        if report.state == "signed":
            station.get(ReportService).send_back(chief, report.report_id, "再看")


def _sign(station: Station, staff: Staff, study_uid: str) -> None:
    reports, author = station.get(ReportService), staff.actors[Role.REPORTING]
    report = write_report(station, staff, study_uid)
    reports.sign(author, report.report_id, staff.keys[Role.REPORTING])


def test_a_corrected_identity_stays_whatever_comes_later(
    station: Station, doctor: Actor, staff: Staff, tmp_path: Path
) -> None:
    """Later files of the study are filed with it and contradict nothing; another character set changes other
    texts only; the files' own bytes and number are kept.
    """
    archive, identities, chief = (
        station.get(ArchiveService),
        station.get(PatientIdentities),
        staff.actors[Role.REVIEWING],
    )
    first = write(tmp_path / "in", 1, KOREAN.encode("cp949"))
    archive.import_paths(doctor, [first])
    before = archive.study(doctor, STUDY).patient
    report = station.get(ReportService).open(doctor, STUDY)
    with pytest.raises(NotAllowed):
        identities.correct(doctor, [STUDY], RIGHT, "登记错误")
    assert identities.correct(chief, [STUDY], RIGHT, " 登记错误 ") == (STUDY,)
    assert identities.correct(chief, [STUDY], RIGHT, "again") == (), "it is so already"
    summary = archive.import_paths(doctor, [write(tmp_path / "in", 2, KOREAN.encode("cp949"))])
    assert (summary.added, summary.notices) == (1, ())
    assert archive.study(doctor, STUDY).patient == RIGHT
    assert [row.study.study_uid for row in archive.studies(doctor, StudyFilter("王晓 new-1"))] == [STUDY]
    assert archive.studies(doctor, StudyFilter(before.name)) == []
    moved = station.get(ReportService).find(doctor, STUDY)
    assert moved is not None
    assert (moved.header.patient, moved.revision) == (RIGHT, report.revision + 1)
    source = archive.source(doctor, archive.series(doctor, STUDY)[0].series_uid)
    made = (source.patient_id, source.patient_name, source.issuer, source.birth_date, source.sex)
    assert made == ("NEW-1", RIGHT.name, "HOSP", "19680506", "F"), "objects made from now on name the patient"
    with station.folder.database.read() as tx:
        owners = {known.owner for known in tx.uids.studies([STUDY])}
    assert owners == {("NEW-1", "HOSP"), (before.patient_id, before.issuer)}, "and are filed with the study"
    (change,) = identities.history(doctor, STUDY)
    assert (change["before"]["name"], change["after"]["patient_id"], change["reason"]) == (
        before.name,
        "NEW-1",
        "登记错误",
    )
    (event,) = _audit(station, "study.correct-identity")
    assert not any(word in event.details for word in ("NEW-1", "王", before.name, before.patient_id))
    (instance, *_) = archive.instances(doctor, archive.series(doctor, STUDY)[0].series_uid)
    with archive.lease(instance.sha256) as stored:
        assert stored.read_bytes() == first.read_bytes()


def test_patients_that_are_one_are_merged_whole(station: Station, staff: Staff) -> None:
    """All studies of the other patient follow, not the chosen one alone; one without a number follows by
    itself.
    """
    chief, identities = staff.actors[Role.REVIEWING], station.get(PatientIdentities)
    right = _file(station, "1.1", "P1", "王^小东")
    wrong = [_file(station, uid, "P2", "王^晓东") for uid in ("1.2", "1.3")]
    nameless, stranger = _file(station, "1.4", "", ""), _file(station, "1.5", "", "赵^六")
    into = _row(station, right).study.patient
    chosen = [right, wrong[0], nameless]
    assert set(identities.affected(chief, chosen, into).studies) == {right, *wrong, nameless}
    with pytest.raises(BadInput):
        identities.merge(chief, chosen, into, " ")
    assert set(identities.merge(chief, chosen, into, "同一人")) == {*wrong, nameless}
    assert {_row(station, uid).study.patient for uid in (*chosen, *wrong)} == {into}
    assert _row(station, right).n_priors == 3
    assert _row(station, stranger).study.patient.name == "赵^六"
    assert {event.subject for event in _audit(station, "patient.merge")} == {*wrong, nameless}


@pytest.mark.parametrize(
    "patient",
    [
        Patient("", ""),
        Patient("x" * 65, "A"),
        Patient("1", "长" * 195),
        Patient("1\\2", "A"),
        Patient("1", "A\x07"),
        Patient("1", "A", sex="X"),
        Patient("1", "A", birth_date=date(2999, 1, 1)),
    ],
)
def test_impossible_identities_are_refused(station: Station, staff: Staff, patient: Patient) -> None:
    uid = _file(station, "1.1", "P1")
    with pytest.raises(BadInput):
        station.get(PatientIdentities).correct(staff.actors[Role.REVIEWING], [uid], patient, "x")
    assert _row(station, uid).study.patient.patient_id == "P1"
