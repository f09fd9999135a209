"""Reports: from template to two signatures and all forms."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

from app.annotation.service import AnnotationService
from app.archive.service import ArchiveService
from app.domain.anchor import FrameAnchor, PlaneAnchor
from app.domain.coding import Code
from app.domain.key_object import KeyImage
from app.domain.measurement import MeasuredValue, Measurement
from app.domain.person import Actor, Person, Role
from app.domain.presentation import Window
from app.domain.provenance import Algorithm, ResultState, ReviewState
from app.domain.report import MeasurementLink, Report, ReportState, Section, SectionKind, SignatureRole, Text
from app.domain.roi import Roi, RoiKind
from app.domain.study import FlowState, FlowStep, SopUid, StudyUid
from app.errors import BadInput, FilesThere, NotAllowed, Refused
from app.people import signing
from app.reporting.canonical import statement
from app.reporting.output import ReportOutput
from app.reporting.service import ReportService
from app.session.station import Station
from tests.reporting.report_samples import picture
from tests.services.conftest import Staff


def _write(station: Station, staff: Staff, study_uid: str) -> Report:
    doctor = staff.actors[Role.REPORTING]
    report = station.get(ReportService).open(doctor, study_uid)
    words = {
        SectionKind.FINDINGS: "双肺纹理清晰，未见异常密度影。",
        SectionKind.IMPRESSION: "胸部 CT 平扫未见明显异常。",
    }
    sections = tuple(
        Section(s.kind, (Text(words[s.kind]),)) if s.kind in words else s for s in report.sections
    )
    return station.get(ReportService).save(doctor, replace(report, sections=sections))


def _coronal(station: Station, actor: Actor, study_uid: str) -> PlaneAnchor:
    """A coronal plane through the study's first series."""
    series_uid = station.get(ArchiveService).series(actor, study_uid)[0].series_uid
    plane = ((0.0, 10.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, -1.0))
    return PlaneAnchor(StudyUid(study_uid), series_uid, "", *plane)


def test_the_chest_template_is_chosen(station: Station, staff: Staff, study_uid: str) -> None:
    """3.3.3a: a chest CT gets the chest template, filled with the examination's facts."""
    report = station.get(ReportService).open(
        staff.actors[Role.REPORTING], study_uid, technique={"KVP": "120", "SliceThickness": "5"}
    )
    assert report.header.patient.display_name == "王 小明"
    assert report.header.modality == "CT"
    assert report.header.department == "", "the ward that asked is not the department that reports"
    assert "5 mm" in report.section(SectionKind.TECHNIQUE).plain
    assert (
        station.get(ReportService).open(staff.actors[Role.REPORTING], study_uid).report_id == report.report_id
    )


def test_two_people_sign_the_same_content(
    station: Station, staff: Staff, study_uid: str, tmp_path: Path
) -> None:
    """Reporting doctor, then reviewing doctor: Ed25519 over one digest; then it is final and goes out."""
    author, reviewer = staff.actors[Role.REPORTING], staff.actors[Role.REVIEWING]
    report = _write(station, staff, study_uid)
    with pytest.raises(Refused):
        station.get(ReportOutput).export(author, report.report_id, tmp_path / "early")
    signed = station.get(ReportService).sign(author, report.report_id, staff.keys[Role.REPORTING])
    with pytest.raises(Refused):
        station.get(ReportService).save(author, signed)
    final = station.get(ReportService).approve(reviewer, report.report_id, staff.keys[Role.REVIEWING])
    assert final.state is ReportState.FINAL
    assert len({s.digest_sha256 for s in final.signatures}) == 1
    station.get(ReportService).verify(final)
    written = station.get(ReportOutput).export(reviewer, final.report_id, tmp_path / "given")
    assert written.files["pdf"].read_bytes().startswith(b"%PDF")
    assert written.files["cda"].read_bytes().startswith(b"<?xml")
    assert "key-objects" not in written.files
    stem = f"report_{final.header.accession_number}_{final.header.study_at:%Y%m%d}_v{final.version}"
    assert [p.name for p in written.paths] == [f"{stem}.pdf", f"{stem}.cda.xml", f"{stem}.pdf.dcm"]
    (tmp_path / "given" / f"{stem}.cda.xml").write_bytes(b"of the reader")
    with pytest.raises(FilesThere, match=r"cda\.xml"):
        station.get(ReportOutput).export(reviewer, final.report_id, tmp_path / "given")
    assert written.files["cda"].read_bytes() == b"of the reader"
    station.get(ReportOutput).export(reviewer, final.report_id, tmp_path / "given", overwrite=True)
    assert written.files["cda"].read_bytes().startswith(b"<?xml")
    row = station.get(ArchiveService).studies(author)[0]
    states = {f.step: f.state for f in row.flow}
    assert (states[FlowStep.REPORT], states[FlowStep.REVIEW]) == (FlowState.DONE, FlowState.DONE)
    assert row.report_state == "final"


def test_nobody_reviews_the_own_report(station: Station, staff: Staff, study_uid: str) -> None:
    """Four eyes: the author may not approve."""
    report = _write(station, staff, study_uid)
    reviewer = staff.actors[Role.REVIEWING]
    station.get(ReportService).sign(reviewer, report.report_id, staff.keys[Role.REVIEWING])
    with pytest.raises(NotAllowed):
        station.get(ReportService).approve(reviewer, report.report_id, staff.keys[Role.REVIEWING])


def test_the_reporting_role_does_not_review(station: Station, staff: Staff, study_uid: str) -> None:
    """Rights: approving asks for the reviewing role."""
    report = _write(station, staff, study_uid)
    station.get(ReportService).sign(
        staff.actors[Role.REPORTING], report.report_id, staff.keys[Role.REPORTING]
    )
    with pytest.raises(NotAllowed):
        station.get(ReportService).approve(
            staff.actors[Role.REPORTING], report.report_id, staff.keys[Role.REPORTING]
        )


def test_a_returned_report_comes_back_with_its_reason(station: Station, staff: Staff, study_uid: str) -> None:
    """退回: reason kept, editable again, signatures gone, a new version."""
    author, reviewer = staff.actors[Role.REPORTING], staff.actors[Role.REVIEWING]
    report = _write(station, staff, study_uid)
    station.get(ReportService).sign(author, report.report_id, staff.keys[Role.REPORTING])
    with pytest.raises(Refused):
        station.get(ReportService).send_back(reviewer, report.report_id, "  ")
    back = station.get(ReportService).send_back(reviewer, report.report_id, "侧别有误")
    assert (back.state, back.return_reason, back.signatures, back.version) == (
        ReportState.RETURNED,
        "侧别有误",
        (),
        report.version + 1,
    )
    again = station.get(ReportService).sign(author, back.report_id, staff.keys[Role.REPORTING])
    assert again.state is ReportState.SIGNED


def test_a_report_is_of_the_pictures(station: Station, staff: Staff, study_uid: str, tmp_path: Path) -> None:
    """3.3.3a: a plan of structures numbered before the CT does not make the report one of RTSTRUCT."""
    doctor = staff.actors[Role.REPORTING]
    one = station.get(ArchiveService).instances(
        doctor, station.get(ArchiveService).series(doctor, study_uid)[0].series_uid
    )[0]
    image = dcmread(station.folder.objects.path_of(one.sha256))
    for keyword in (
        "PixelData",
        "Rows",
        "Columns",
        "BitsAllocated",
        "BitsStored",
        "HighBit",
        "PixelRepresentation",
    ):
        del image[keyword]
    image.SOPClassUID = image.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.481.3"
    image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    image.SeriesInstanceUID, image.Modality, image.SeriesNumber = generate_uid(), "RTSTRUCT", 0
    image.save_as(tmp_path / "structures.dcm")
    assert station.get(ArchiveService).import_paths(doctor, [tmp_path / "structures.dcm"]).added == 1
    assert station.get(ArchiveService).series(doctor, study_uid)[0].modality == "RTSTRUCT"
    report = station.get(ReportService).open(doctor, study_uid)
    assert (report.header.modality, report.template_id) == ("CT", "chest-ct")


def test_an_incomplete_report_is_not_signed(station: Station, staff: Staff, study_uid: str) -> None:
    """The completeness check stops a report without impression, and names the rule."""
    doctor = staff.actors[Role.REPORTING]
    report = station.get(ReportService).open(doctor, study_uid)
    sections = tuple(
        replace(s, content=()) if s.kind is SectionKind.IMPRESSION else s for s in report.sections
    )
    station.get(ReportService).save(doctor, replace(report, sections=sections))
    with pytest.raises(Refused) as refused:
        station.get(ReportService).sign(doctor, report.report_id, staff.keys[Role.REPORTING])
    assert refused.value.params["rules"]


def test_an_altered_final_report_is_noticed(station: Station, staff: Staff, study_uid: str) -> None:
    """Any change of signed content breaks both signatures."""
    report = _write(station, staff, study_uid)
    station.get(ReportService).sign(
        staff.actors[Role.REPORTING], report.report_id, staff.keys[Role.REPORTING]
    )
    final = station.get(ReportService).approve(
        staff.actors[Role.REVIEWING], report.report_id, staff.keys[Role.REVIEWING]
    )
    forged = replace(
        final,
        sections=tuple(
            replace(s, content=(Text("另一个结论"),)) if s.kind is SectionKind.IMPRESSION else s
            for s in final.sections
        ),
    )
    with pytest.raises(Refused):
        station.get(ReportService).verify(forged)


def _final(station: Station, staff: Staff, study_uid: str) -> Report:
    report = _write(station, staff, study_uid)
    station.get(ReportService).sign(
        staff.actors[Role.REPORTING], report.report_id, staff.keys[Role.REPORTING]
    )
    return station.get(ReportService).approve(
        staff.actors[Role.REVIEWING], report.report_id, staff.keys[Role.REVIEWING]
    )


def test_no_part_of_a_signature_can_be_changed(
    station: Station, staff: Staff, study_uid: str, tmp_path: Path
) -> None:
    """电子病历 4.7: who, as what, when, with which key, in which order: each is signed; none is missing, none
    is of a stranger.
    """
    final = _final(station, staff, study_uid)
    author, reviewer = final.signatures
    strange = signing.new_key(author.person_id)
    forged = replace(author, public_key=strange.public_base64)
    forged = replace(forged, value=strange.sign(statement(forged)))
    tampered = {
        "name": (replace(author, person_name="另一人"), reviewer),
        "person": (replace(author, person_id=reviewer.person_id), reviewer),
        "time": (author, replace(reviewer, signed_at=reviewer.signed_at + timedelta(days=1))),
        "role": (replace(author, role=SignatureRole.REVIEWER), replace(reviewer, role=SignatureRole.AUTHOR)),
        "order": (reviewer, author),
        "key": (replace(author, public_key=reviewer.public_key), reviewer),
        "value": (replace(author, value=reviewer.value), reviewer),
        "stranger's key": (forged, reviewer),
        "none": (),
        "no review": (author,),
        "twice": (author, reviewer, reviewer),
    }
    forms = {what: replace(final, signatures=signatures) for what, signatures in tampered.items()}
    forms |= {str(state): replace(final, state=state) for state in (ReportState.SIGNED, ReportState.DRAFT)}
    forms["author"] = replace(final, author_id=reviewer.person_id)
    passed = []
    for what, form in forms.items():
        try:
            station.get(ReportService).verify(form)
        except Refused:
            continue
        passed.append(what)
    assert passed == []
    station.get(ReportService).verify(final)
    with pytest.raises(Refused):
        station.get(ReportOutput).pdf(staff.actors[Role.REVIEWING], replace(final, signatures=(author,)))


def test_the_pictures_of_a_signed_report_are_those_that_were_signed(
    station: Station, staff: Staff, study_uid: str, tmp_path: Path
) -> None:
    """A key image's picture is named by its checksum in what is signed: another picture in its place is
    neither printed nor given out.
    """
    author, reviewer = staff.actors[Role.REPORTING], staff.actors[Role.REVIEWING]
    report = _write(station, staff, study_uid)
    sha256 = station.get(AnnotationService).keep_picture(author, picture())
    anchor = _coronal(station, author, study_uid)
    key = KeyImage("k1", anchor, Window(-600, 1500), "冠状位", sha256, author.name, datetime.now(UTC))
    report = station.get(ReportService).save(author, replace(report, key_images=(key,)))
    station.get(ReportService).sign(author, report.report_id, staff.keys[Role.REPORTING])
    final = station.get(ReportService).approve(reviewer, report.report_id, staff.keys[Role.REVIEWING])
    assert station.get(AnnotationService).picture(author, sha256) == picture()
    place = station.folder.objects.path_of(sha256)
    place.chmod(0o600)
    place.write_bytes(picture(shade=20))
    for act in (
        lambda: station.get(ReportOutput).pdf(author, final),
        lambda: station.get(ReportOutput).export(reviewer, final.report_id, tmp_path / "given"),
        lambda: station.get(AnnotationService).picture(author, sha256),
    ):
        with pytest.raises(BadInput, match="damaged"):
            act()
    assert not list(tmp_path.glob("given/*"))


def test_signatures_hold_when_people_change(
    station: Station, staff: Staff, study_uid: str, tmp_path: Path
) -> None:
    """A new name, a new key: what was signed before still verifies, and gives the same bytes again."""
    author, reviewer = staff.actors[Role.REPORTING], staff.actors[Role.REVIEWING]
    final = _final(station, staff, study_uid)
    first = station.get(ReportOutput).export(reviewer, final.report_id, tmp_path / "first")
    fresh = signing.new_key(author.person_id)
    with station.folder.database.write() as tx:
        tx.people.change(Person(author.person_id, "renamed", "改名", frozenset(author.roles)))
        tx.people.set_signing_key(author.person_id, fresh.public, signing.lock(fresh, "Neues-Passwort-1"))
    station.get(ReportService).verify(final)
    again = station.get(ReportOutput).export(reviewer, final.report_id, tmp_path / "again")
    for name in ("pdf", "cda", "encapsulated-pdf"):
        assert first.files[name].read_bytes() == again.files[name].read_bytes(), name
    assert "演示甲" in again.files["cda"].read_text(encoding="utf-8")


def test_evidence_on_processed_images(station: Station, staff: Staff, study_uid: str, tmp_path: Path) -> None:
    """A measurement on a processed series: refused while nobody has confirmed the series, in every form of
    the report after.
    """
    author, reviewer = staff.actors[Role.REPORTING], staff.actors[Role.REVIEWING]
    report = _write(station, staff, study_uid)
    series = station.get(ArchiveService).series(author, study_uid)[0]
    image = station.get(ArchiveService).source(author, series.series_uid).images[3]
    anchor = FrameAnchor(StudyUid(study_uid), series.series_uid, SopUid(image.sop_uid), image.sop_class_uid)
    roi = Roi(RoiKind.LENGTH, ((0.0, 0.0, 0.0), (8.4, 0.0, 0.0)), ((10.0, 10.0), (12.4, 10.0)))
    now = datetime.now(UTC)
    value = MeasuredValue(Code("410668003", "SCT", "Length"), 8.4, Code("mm", "UCUM", "mm"))
    made = Measurement("2.25.77", "L1", roi, anchor, (value,), author.name, now)
    words = replace(
        report.section(SectionKind.FINDINGS),
        content=(Text("右肺结节，长径 "), MeasurementLink("8.4 mm", "2.25.77"), Text("。")),
    )
    report = station.get(ReportService).save(
        author,
        replace(
            report,
            measurements=(made,),
            sections=tuple(words if s.kind is words.kind else s for s in report.sections),
        ),
    )
    method = Algorithm("ct/test", "试验去噪", "1", Code("123110", "DCM", "Artificial Intelligence"))
    state = ResultState(
        "r1", study_uid, "", series.series_uid, "images", method, now, 1.0, ReviewState.UNCONFIRMED
    )
    with station.folder.database.write() as tx:
        tx.results.add(state)
        tx.studies.mark_derived(series.series_uid)
    with pytest.raises(Refused) as refused:
        station.get(ReportService).sign(author, report.report_id, staff.keys[Role.REPORTING])
    assert "试验去噪" in str(refused.value.params["rules"])
    with station.folder.database.write() as tx:
        tx.results.set_review("r1", ReviewState.ACCEPTED, author.name, now)
    station.get(ReportService).sign(author, report.report_id, staff.keys[Role.REPORTING])
    station.get(ReportService).approve(reviewer, report.report_id, staff.keys[Role.REVIEWING])
    written = station.get(ReportOutput).export(reviewer, report.report_id, tmp_path / "given")
    assert image.sop_uid in {
        item.ReferencedSOPInstanceUID for item in _referenced(dcmread(written.files["sr"]))
    }


def test_a_draft_that_nobody_took_over_stops_no_export(
    station: Station, staff: Staff, study_uid: str, tmp_path: Path
) -> None:
    """A machine's measurement beside the report, accepted by nobody and used nowhere: the report goes out
    without it.
    """
    author, reviewer = staff.actors[Role.REPORTING], staff.actors[Role.REVIEWING]
    report = _write(station, staff, study_uid)
    sections = tuple(replace(s, content=(Text(s.plain),)) for s in report.sections)
    method = Algorithm("ct/test", "试验", "1", Code("123110", "DCM", "Artificial Intelligence"))
    anchor = _coronal(station, author, study_uid)
    roi = Roi(RoiKind.LENGTH, ((0.0, 0.0, 0.0), (8.4, 0.0, 0.0)))
    value = MeasuredValue(Code("410668003", "SCT", "Length"), 8.4, Code("mm", "UCUM", "mm"))
    draft = Measurement(
        "2.25.78",
        "L1",
        roi,
        anchor,
        (value,),
        "",
        datetime.now(UTC),
        algorithm=method,
        review=ReviewState.UNCONFIRMED,
    )
    report = station.get(ReportService).save(
        author, replace(report, measurements=(draft,), findings=(), sections=sections)
    )
    station.get(ReportService).sign(author, report.report_id, staff.keys[Role.REPORTING])
    station.get(ReportService).approve(reviewer, report.report_id, staff.keys[Role.REVIEWING])
    given = station.get(ReportOutput).export(reviewer, report.report_id, tmp_path / "given")
    assert "sr" not in given.files


def _referenced(ds: Dataset) -> list[Dataset]:
    found = list(ds.get("ReferencedSOPSequence", []))
    return [*found, *(ref for item in ds.get("ContentSequence", []) for ref in _referenced(item))]


def test_what_was_typed_last_is_signed_before_its_save_is_known(
    station: Station, staff: Staff, study_uid: str
) -> None:
    """Its save coded the findings anew: the screen still has those of the text before, and says the same
    words.
    """
    reports, author = station.get(ReportService), staff.actors[Role.REPORTING]
    before = reports.save(author, reports.open(author, study_uid))
    assert before.findings, "the template's sentences are coded"
    words = {SectionKind.FINDINGS: "双肺未见异常。", SectionKind.IMPRESSION: "双肺未见异常。"}
    typed = replace(
        before,
        sections=tuple(
            Section(s.kind, (Text(words[s.kind]),)) if s.kind in words else s for s in before.sections
        ),
    )
    saved = reports.save(author, typed)
    assert saved.findings != typed.findings
    signed = reports.sign(author, typed.report_id, staff.keys[Role.REPORTING], shown=typed)
    assert signed.state is ReportState.SIGNED
    assert signed.findings == saved.findings


def test_nobody_signs_what_is_not_on_the_screen(station: Station, staff: Staff, study_uid: str) -> None:
    """Another window saved, or the report came back and was signed anew: the text on the screen is signed, or
    none.
    """
    author, reviewer = staff.actors[Role.REPORTING], staff.actors[Role.REVIEWING]
    shown = _write(station, staff, study_uid)
    sections = tuple(
        replace(s, content=(Text("右肺结节。"),)) if s.kind is SectionKind.IMPRESSION else s
        for s in shown.sections
    )
    newer = station.get(ReportService).save(author, replace(shown, sections=sections))
    with pytest.raises(Refused, match="changed elsewhere"):
        station.get(ReportService).sign(author, shown.report_id, staff.keys[Role.REPORTING], shown=shown)
    with pytest.raises(NotAllowed, match="signing key"):
        station.get(ReportService).sign(author, shown.report_id, staff.keys[Role.REVIEWING], shown=newer)
    signed = station.get(ReportService).sign(author, shown.report_id, staff.keys[Role.REPORTING], shown=newer)
    back = station.get(ReportService).send_back(reviewer, signed.report_id, "侧别有误", shown=signed)
    mended = station.get(ReportService).save(author, replace(back, sections=shown.sections))
    again = station.get(ReportService).sign(
        author, mended.report_id, staff.keys[Role.REPORTING], shown=mended
    )
    with pytest.raises(Refused, match="changed elsewhere"):
        station.get(ReportService).approve(
            reviewer, signed.report_id, staff.keys[Role.REVIEWING], shown=signed
        )
    final = station.get(ReportService).approve(
        reviewer, signed.report_id, staff.keys[Role.REVIEWING], shown=again
    )
    station.get(ReportService).verify(final)


def test_a_lost_race_is_refused_and_nothing_is_lost(station: Station, staff: Staff, study_uid: str) -> None:
    """Two windows on one draft: the second save of the same revision is refused."""
    doctor = staff.actors[Role.REPORTING]
    report = _write(station, staff, study_uid)
    station.get(ReportService).save(doctor, report)
    with pytest.raises(Refused):
        station.get(ReportService).save(doctor, replace(report, revision=report.revision - 1))
    stored = station.get(ReportService).find(doctor, study_uid)
    assert stored is not None
    assert stored.revision == report.revision + 1
