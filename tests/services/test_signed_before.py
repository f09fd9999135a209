"""Reports that an earlier version signed: they verify, are printed and go out (电子病历 4.7)."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from app.bootstrap.station import open_station
from app.domain.person import Actor, Role
from app.domain.report import Report, Section, SectionKind, Text
from app.domain.signed_forms import SignedContent
from app.errors import Refused
from app.reporting.output import ReportOutput
from app.reporting.service import ReportService
from app.session.station import Station
from tests.support.certified_keys import certified_key
from tests.support.earlier_versions import SIGNED_IN_FORM_1

_DOCTOR = Actor("reader", "测试", frozenset({Role.REPORTING, Role.REVIEWING}))


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    """A station over the folder of the earlier version."""
    with open_station(SIGNED_IN_FORM_1.unpack(tmp_path / "home"), language="zh") as station:
        yield station


def _report(station: Station, name: str) -> Report:
    found = station.get(ReportService).find(_DOCTOR, SIGNED_IN_FORM_1.told()[name]["study_uid"])
    assert found is not None
    return found


@pytest.mark.parametrize("name", SIGNED_IN_FORM_1.names)
def test_it_verifies_and_is_printed(station: Station, name: str) -> None:
    report, told = _report(station, name), SIGNED_IN_FORM_1.told()[name]
    assert str(report.state) == told["state"]
    assert {s.digest_sha256 for s in report.signatures} == {told["digest"]}
    assert hashlib.sha256(SIGNED_IN_FORM_1.signed_bytes(name)).hexdigest() == told["digest"]
    station.get(ReportService).verify(report)
    assert station.get(ReportOutput).pdf(_DOCTOR, report).startswith(b"%PDF")


def test_every_file_of_it_goes_out(station: Station, tmp_path: Path) -> None:
    report = _report(station, "final")
    written = station.get(ReportOutput).export(_DOCTOR, report.report_id, tmp_path / "given")
    files = (
        written.files["pdf"],
        written.files["cda"],
        written.files["sr"],
        written.files["key-objects"],
        written.files["encapsulated-pdf"],
    )
    assert all(path is not None and path.stat().st_size > 0 for path in files)


# -- the bytes


@pytest.mark.parametrize("name", SIGNED_IN_FORM_1.names)
def test_the_migration_keeps_the_bytes_that_were_signed(station: Station, name: str) -> None:
    with station.folder.database.read() as tx:
        kept = tx.reports.signed_content(SIGNED_IN_FORM_1.told()[name]["digest"])
    assert kept == SignedContent("yingshu-report-1", SIGNED_IN_FORM_1.signed_bytes(name))


def test_every_frozen_edition_verifies(station: Station) -> None:
    """Signed, sent back and signed again: each edition over its own bytes, by its own people and keys."""
    with station.folder.database.read() as tx:
        editions = [
            edition
            for name in SIGNED_IN_FORM_1.names
            for edition in tx.reports.versions(SIGNED_IN_FORM_1.told()[name]["report_id"])
        ]
        digests = tx.connection.exec_driver_sql(
            "SELECT count(*), sum(content IS NULL) FROM signed_content"
        ).one()
    assert len(editions) == 9
    for edition in editions:
        station.get(ReportService).verify(edition)
    assert tuple(digests) == (6, 0)


def test_a_report_that_waits_is_reviewed_over_the_bytes_of_its_author(station: Station) -> None:
    """The reviewer signs what the author signed, in the form of then."""
    told = SIGNED_IN_FORM_1.told()
    reviewer = replace(_DOCTOR, person_id=told["people"]["王主任"], name="王主任")
    key = certified_key(station, reviewer)
    final = station.get(ReportService).approve(reviewer, told["signed"]["report_id"], key)
    assert [s.digest_sha256 for s in final.signatures] == [told["signed"]["digest"]] * 2
    station.get(ReportService).verify(final)
    assert station.get(ReportOutput).pdf(reviewer, final).startswith(b"%PDF")


def test_a_report_that_waits_is_sent_back_and_signed_in_the_present_form(station: Station) -> None:
    told = SIGNED_IN_FORM_1.told()
    author = replace(_DOCTOR, person_id=told["people"]["李医生"], name="李医生")
    key = certified_key(station, author)
    station.get(ReportService).send_back(_DOCTOR, told["signed"]["report_id"], "请补充心影")
    again = station.get(ReportService).sign(author, told["signed"]["report_id"], key)
    with station.folder.database.read() as tx:
        first, second = tx.reports.versions(again.report_id)
        kept = tx.reports.signed_content(again.signatures[0].digest_sha256)
    assert isinstance(kept, SignedContent)
    assert json.loads(kept.content)["signed_form"] == kept.form == "yingshu-report-2"
    for edition in (first, second):
        station.get(ReportService).verify(edition)


def test_what_was_signed_is_neither_changed_nor_removed(station: Station) -> None:
    for act in ("UPDATE signed_content SET content = x'00'", "DELETE FROM signed_content"):
        with (
            pytest.raises(IntegrityError, match="what was signed is never"),
            station.folder.database.write() as tx,
        ):
            tx.connection.exec_driver_sql(act)


# -- tampering


def test_a_changed_report_is_neither_verified_nor_printed(station: Station) -> None:
    report = _report(station, "final")
    words = Section(SectionKind.IMPRESSION, (Text("双肺未见异常。"),))
    sections = tuple(words if s.kind is words.kind else s for s in report.sections)
    for act in (
        station.get(ReportService).verify,
        lambda changed: station.get(ReportOutput).pdf(_DOCTOR, changed),
    ):
        with pytest.raises(Refused, match="does not say what 李医生 signed"):
            act(replace(report, sections=sections))


_CHANGE = "UPDATE report SET document = replace(document, '{}', '{}')"


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (
            "UPDATE signed_content SET content = replace(content, 'T0101', 'T0102')",
            "was altered in the database",
        ),
        (
            "UPDATE signed_content SET content = CAST(replace(content, '8.4', '3.4') AS BLOB)",
            "was altered in the database",
        ),
        ("UPDATE signed_content SET content = x'ff', form = 'x'", "was altered in the database"),
        ("UPDATE signed_content SET content = NULL", "is not in the database"),
        ("DELETE FROM signed_content", "is not in the database"),
        (_CHANGE.format("左肺上叶", "右肺上叶"), "does not say what 李医生 signed"),
        (_CHANGE.format("王主任", "王医生"), "王医生 is not valid"),
        (
            _CHANGE.format('"state":"final"', '"state":"signed"'),
            "does not carry the signatures of that state",
        ),
        (_CHANGE.format('"digest_sha256":"0', '"digest_sha256":"1'), "李医生 is not valid"),
        (_CHANGE.format('"frame":1', '"frame":2'), "does not say what 李医生 signed"),
    ],
)
def test_what_was_altered_in_the_database_is_named(
    station: Station, tmp_path: Path, act: str, told: str
) -> None:
    """Somebody with the database takes the guards away and alters a row: neither printed nor given out."""
    with closing(sqlite3.connect(station.folder.database.path)) as raw, raw:
        raw.execute("DROP TRIGGER signed_content_no_update")
        raw.execute("DROP TRIGGER signed_content_no_delete")
        assert raw.execute(act).rowcount > 0
    report = _report(station, "final")
    for attempt in (
        lambda: station.get(ReportService).verify(report),
        lambda: station.get(ReportOutput).pdf(_DOCTOR, report),
    ):
        with pytest.raises(Refused, match=told):
            attempt()
    with pytest.raises(Refused):
        station.get(ReportOutput).export(_DOCTOR, report.report_id, tmp_path / "given")
    assert not list(tmp_path.glob("given/*"))


def test_bytes_of_another_report_do_not_stand_in(station: Station) -> None:
    """Signatures of one report on the words of another."""
    final, other = _report(station, "final"), _report(station, "key-changed")
    with pytest.raises(Refused, match="does not say what 李医生 signed"):
        station.get(ReportService).verify(replace(other, signatures=final.signatures))


# -- reports that were altered before the migration


_ALTERED = "replace(document, '心影不大', '心影增大')"


@pytest.mark.parametrize(
    ("report", "frozen", "told"),
    [
        (_ALTERED, _ALTERED, "does not have the signed digest"),
        (_ALTERED, "'{'", "is damaged"),
        (_ALTERED, "document", "does not say what 李医生 signed"),
        ("document", "'{'", ""),
    ],
    ids=["altered", "altered and damaged", "altered, frozen edition whole", "whole, frozen edition damaged"],
)
def test_what_could_not_be_rebuilt_has_its_reason(
    tmp_path: Path, report: str, frozen: str, told: str
) -> None:
    """The bytes are kept where a document has the signed digest; other reports are not touched by it."""
    home = SIGNED_IN_FORM_1.unpack(tmp_path / "home")
    of_report = f"WHERE report_id = '{SIGNED_IN_FORM_1.told()['final']['report_id']}'"
    with closing(sqlite3.connect(home / "database" / "yingshu.sqlite3")) as raw, raw:
        name = "report_frozen_no_update"
        (guard,) = raw.execute("SELECT sql FROM sqlite_master WHERE name = ?", (name,)).fetchone()
        raw.execute(f"DROP TRIGGER {name}")
        assert raw.execute(f"UPDATE report SET document = {report} {of_report}").rowcount == 1
        assert raw.execute(f"UPDATE report_frozen SET document = {frozen} {of_report}").rowcount == 2
        raw.execute(guard)
    with open_station(home, language="zh") as station:
        if told:
            with pytest.raises(Refused, match=told):
                station.get(ReportService).verify(_report(station, "final"))
        else:
            station.get(ReportService).verify(_report(station, "final"))
        station.get(ReportService).verify(_report(station, "returned"))
