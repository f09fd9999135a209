"""After the signature: recall, correction, addendum (电子病历 4.7; PS3.20, HL7 CDA R2 relatedDocument)."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from app.archive.service import ArchiveService
from app.domain.person import Role
from app.domain.report import Relation, Report, ReportState, Section, SectionKind, Text
from app.domain.study import FlowState, FlowStep
from app.errors import NotAllowed, Refused
from app.people.service import PeopleService
from app.reporting.amendment_service import AmendmentService
from app.reporting.output import ReportOutput
from app.reporting.prior_reports import prior_report_page
from app.reporting.service import ReportService
from app.session.station import Station
from tests.services.conftest import Staff
from tests.support.archive_rows import ADMINISTRATOR
from tests.support.tools import require_tool

_V3 = {"v3": "urn:hl7-org:v3"}


class _Desk:
    """The author's and the reviewer's acts on the report of one study."""

    def __init__(self, station: Station, staff: Staff, study_uid: str) -> None:
        self.reports, self.amendments = station.get(ReportService), station.get(AmendmentService)
        self.output = station.get(ReportOutput)
        self.author, self.reviewer = staff.actors[Role.REPORTING], staff.actors[Role.REVIEWING]
        self._staff, self.study_uid, self.station = staff, study_uid, station

    def write(self, **words: str) -> Report:
        """Write into sections of the study's report, by name."""
        report = self.reports.open(self.author, self.study_uid)
        said = {SectionKind(name): text for name, text in words.items()}
        kept = tuple(Section(s.kind, (Text(said[s.kind]),)) if s.kind in said else s for s in report.sections)
        return self.reports.save(self.author, replace(report, sections=kept))

    def sign(self, report: Report) -> Report:
        return self.reports.sign(self.author, report.report_id, self._staff.keys[Role.REPORTING])

    def approve(self, report: Report) -> Report:
        return self.reports.approve(self.reviewer, report.report_id, self._staff.keys[Role.REVIEWING])

    def final(self) -> Report:
        written = self.write(findings="左肺上叶见结节，直径约 8 mm。", impression="左肺上叶结节。")
        return self.approve(self.sign(written))

    def states(self) -> list[ReportState]:
        return [one.state for one in self.reports.editions(self.author, self.study_uid)]

    def row_state(self) -> str:
        return self.station.get(ArchiveService).studies(self.author)[0].report_state

    def problems(self) -> tuple[object, ...]:
        return self.station.get(PeopleService).verify_audit(ADMINISTRATOR).problems


@pytest.fixture
def desk(station: Station, staff: Staff, study_uid: str) -> _Desk:
    return _Desk(station, staff, study_uid)


def test_the_author_recalls_before_the_review(desk: _Desk) -> None:
    """撤回: the text is editable again, the signature gone, a new version; what was signed stays kept."""
    signed = desk.sign(desk.write(findings="左肺上叶见结节。", impression="左肺上叶结节。"))
    with pytest.raises(NotAllowed, match="演示甲"):
        desk.reports.recall(desk.reviewer, signed.report_id)
    back = desk.reports.recall(desk.author, signed.report_id)
    assert (back.state, back.signatures, back.version) == (ReportState.DRAFT, (), signed.version + 1)
    with pytest.raises(Refused):
        desk.approve(back)
    with pytest.raises(Refused, match="does not wait"):
        desk.reports.recall(desk.author, signed.report_id)
    final = desk.approve(desk.sign(desk.write(findings="右肺上叶见结节。", impression="右肺上叶结节。")))
    assert (final.state, final.version) == (ReportState.FINAL, signed.version + 1)
    with pytest.raises(Refused):
        desk.reports.recall(desk.author, final.report_id)
    with desk.station.folder.database.read() as tx:
        assert [one.state for one in tx.reports.versions(final.report_id)] == ["signed", "signed", "final"]
    assert desk.problems() == ()


def test_a_correction_takes_the_place_of_the_report_once_it_is_reviewed(desk: _Desk, tmp_path: Path) -> None:
    """更正: the first stays in force meanwhile, then it is kept, readable and valid, as corrected."""
    first = desk.final()
    with pytest.raises(Refused, match="reason"):
        desk.amendments.correct(desk.author, first.report_id, "  ")
    draft = desk.amendments.correct(desk.author, first.report_id, "侧别有误")
    assert (draft.state, draft.version, draft.sections) == (
        ReportState.DRAFT,
        first.version + 1,
        first.sections,
    )
    assert desk.reports.find(desk.author, desk.study_uid) == draft
    assert desk.reports.in_force(desk.author, desk.study_uid) == (first,)
    with pytest.raises(Refused, match="finish or discard"):
        desk.amendments.correct(desk.reviewer, first.report_id, "再更正")
    written = desk.write(findings="右肺上叶见结节，直径约 8 mm。", impression="右肺上叶结节。")
    signed = desk.sign(written)
    assert desk.states() == [ReportState.FINAL, ReportState.SIGNED]
    final = desk.approve(signed)
    assert desk.states() == [ReportState.SUPERSEDED, ReportState.FINAL]
    before = desk.reports.editions(desk.author, desk.study_uid)[0]
    desk.reports.verify(before)
    desk.reports.verify(final)
    assert desk.reports.in_force(desk.author, desk.study_uid) == (final,)
    assert "左肺上叶" in str(prior_report_page("", before).blocks)
    with pytest.raises(Refused, match="only a reviewed report"):
        desk.output.export(desk.author, before.report_id, tmp_path / "old")
    with pytest.raises(Refused):
        desk.amendments.correct(desk.author, before.report_id, "x")
    assert desk.problems() == ()


def test_what_goes_out_names_what_it_corrects(desk: _Desk, tmp_path: Path) -> None:
    first = desk.final()
    old = desk.output.export(desk.reviewer, first.report_id, tmp_path / "first")
    desk.amendments.correct(desk.author, first.report_id, "侧别有误")
    final = desk.approve(desk.sign(desk.write(findings="右肺见结节。", impression="右肺结节。")))
    new = desk.output.export(desk.reviewer, final.report_id, tmp_path / "second")
    assert {p.name for p in old.paths}.isdisjoint(p.name for p in new.paths)
    was, now = etree.parse(str(old.files["cda"])), etree.parse(str(new.files["cda"]))
    parent = now.find("v3:relatedDocument[@typeCode='RPLC']/v3:parentDocument", _V3)
    assert parent is not None
    for path in ("v3:id", "v3:setId"):
        assert parent.find(path, _V3).get("root") == was.find(path, _V3).get("root")
    assert parent.find("v3:versionNumber", _V3).get("value") == "1"
    assert now.find("v3:setId", _V3).get("root") == was.find("v3:setId", _V3).get("root")
    assert now.find("v3:versionNumber", _V3).get("value") == "2"
    told = _text(new.files["pdf"])
    assert "（更正）" in told
    assert "侧别有误" in told
    assert first.report_id in told
    assert "已更正" in _printed(desk, desk.reports.editions(desk.author, desk.study_uid)[0], tmp_path)


def _printed(desk: _Desk, report: Report, folder: Path) -> str:
    path = folder / "page.pdf"
    path.write_bytes(desk.output.pdf(desk.author, report))
    return _text(path)


def _text(pdf: Path) -> str:
    """All words of a PDF, without spaces and breaks."""
    told = subprocess.run([require_tool("pdftotext"), pdf, "-"], capture_output=True, check=True, text=True)
    return "".join(told.stdout.split())


def test_an_addendum_stands_beside_the_report(desk: _Desk, tmp_path: Path) -> None:
    """补充: it says what it adds and nothing else, is signed and reviewed; the report stays as it is."""
    first = desk.final()
    draft = desk.amendments.add_to(desk.author, first.report_id, "补充对比片")
    assert [s.plain for s in draft.sections] == ["", "", ""]
    assert (draft.measurements, draft.key_images, draft.findings) == ((), (), ())
    with pytest.raises(Refused, match="not complete"):
        desk.sign(draft)
    added = desk.approve(desk.sign(desk.write(findings="与 2025-03-01 片比较，结节未见明显变化。")))
    assert desk.states() == [ReportState.FINAL, ReportState.FINAL]
    assert desk.reports.in_force(desk.author, desk.study_uid) == (first, added)
    with pytest.raises(Refused, match="add to the report itself"):
        desk.amendments.add_to(desk.author, added.report_id, "再补充")
    told = desk.output.export(desk.reviewer, added.report_id, tmp_path / "given")
    again = desk.output.export(desk.reviewer, first.report_id, tmp_path / "given")
    assert {p.name for p in told.paths}.isdisjoint(p.name for p in again.paths)
    document = etree.parse(str(told.files["cda"]))
    assert document.find("v3:relatedDocument[@typeCode='APND']", _V3) is not None
    second = desk.amendments.add_to(desk.author, first.report_id, "又补充")
    assert second.parent is not None
    assert second.parent.relation is Relation.ADDENDUM
    assert desk.problems() == ()


def test_a_correction_that_was_begun_is_given_up(desk: _Desk) -> None:
    first = desk.final()
    with pytest.raises(Refused):
        desk.amendments.discard(desk.author, first.report_id)
    draft = desk.amendments.correct(desk.author, first.report_id, "侧别有误")
    gone = desk.amendments.discard(desk.author, draft.report_id)
    assert gone.state is ReportState.DISCARDED
    assert desk.reports.find(desk.author, desk.study_uid) == first
    assert desk.row_state() == "final"
    flow = {f.step: f.state for f in desk.station.get(ArchiveService).studies(desk.author)[0].flow}
    assert (flow[FlowStep.REPORT], flow[FlowStep.REVIEW]) == (FlowState.DONE, FlowState.DONE)
    with pytest.raises(Refused):
        desk.reports.save(desk.author, replace(gone, state=ReportState.DRAFT, revision=gone.revision + 1))
    again = desk.amendments.correct(desk.author, first.report_id, "侧别有误")
    assert again.report_id != draft.report_id
    assert desk.problems() == ()


def test_a_draft_of_a_first_report_is_not_discarded(desk: _Desk) -> None:
    with pytest.raises(Refused, match="Only a correction"):
        desk.amendments.discard(desk.author, desk.write(findings="见结节。").report_id)


def test_a_correction_tells_the_patient_as_the_study_does_now(desk: _Desk) -> None:
    """A report under a wrong name is put right by a correction; the wrong one stays as it was signed."""
    first = desk.final()
    with desk.station.folder.database.write() as tx:
        patient = replace(first.header.patient, patient_id="P-RIGHT")
        tx.study_acts.set_identity(first.header.study_uid, patient)
    draft = desk.amendments.correct(desk.author, first.report_id, "患者编号有误")
    assert draft.header.patient.patient_id == "P-RIGHT"
    assert desk.reports.in_force(desk.author, desk.study_uid)[0].header.patient.patient_id != "P-RIGHT"


def test_who_does_not_write_reports_begins_none(desk: _Desk, staff: Staff) -> None:
    first = desk.final()
    for act in (desk.amendments.correct, desk.amendments.add_to):
        with pytest.raises(NotAllowed):
            act(staff.actors[Role.CATALOGUING], first.report_id, "x")
