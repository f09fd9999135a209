"""A report of before reports had parents and keys had certificates: it holds, and can be corrected."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.bootstrap.station import open_station
from app.domain.person import Actor, Role
from app.domain.report import ReportState, Section, SectionKind, Text
from app.domain.signed_forms import SignedContent
from app.people.service import PeopleService
from app.reporting.amendment_service import AmendmentService
from app.reporting.canonical import read_signed, said
from app.reporting.output import ReportOutput
from app.reporting.service import ReportService
from app.session.station import Station
from tests.support.archive_rows import ADMINISTRATOR
from tests.support.certified_keys import certified_key
from tests.support.earlier_versions import SIGNED_WITH_SCHEMA_5

_TOLD = SIGNED_WITH_SCHEMA_5.told()
_AUTHOR = Actor(_TOLD["people"]["author"], "演示甲", frozenset({Role.REPORTING}))
_REVIEWER = Actor(_TOLD["people"]["reviewer"], "演示乙", frozenset({Role.REVIEWING}))


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    with open_station(SIGNED_WITH_SCHEMA_5.unpack(tmp_path / "home"), language="zh") as station:
        yield station


def test_it_verifies_is_printed_and_goes_out(station: Station, tmp_path: Path) -> None:
    reports, told = station.get(ReportService), _TOLD["final"]
    report = reports.find(_AUTHOR, told["study_uid"])
    assert report is not None
    assert (str(report.state), report.parent) == (told["state"], None)
    reports.verify(report)
    with station.folder.database.read() as tx:
        kept = tx.reports.signed_content(told["digest"])
    assert kept == SignedContent("yingshu-report-2", SIGNED_WITH_SCHEMA_5.signed_bytes("final"))
    assert read_signed(kept) == said(report)
    given = station.get(ReportOutput).export(_REVIEWER, report.report_id, tmp_path / "given")
    assert len(given.paths) == 6
    assert station.get(PeopleService).verify_audit(ADMINISTRATOR).problems == ()


def test_it_is_corrected_by_a_report_of_now(station: Station) -> None:
    reports, told = station.get(ReportService), _TOLD["final"]
    draft = station.get(AmendmentService).correct(_AUTHOR, told["report_id"], "补充建议")
    assert [m.tracking_uid for m in draft.measurements] == ["2.25.1", "2.25.2"]
    said_now = Section(SectionKind.IMPRESSION, (Text("左肺上叶结节，建议 3 个月后复查。"),))
    sections = tuple(said_now if s.kind is said_now.kind else s for s in draft.sections)
    reports.save(_AUTHOR, replace(draft, sections=sections))
    reports.sign(_AUTHOR, draft.report_id, certified_key(station, _AUTHOR))
    final = reports.approve(_REVIEWER, draft.report_id, certified_key(station, _REVIEWER))
    before, after = reports.editions(_AUTHOR, told["study_uid"])
    assert (before.state, after) == (ReportState.SUPERSEDED, final)
    for edition in (before, after):
        reports.verify(edition)
    assert station.get(PeopleService).verify_audit(ADMINISTRATOR).problems == ()
