"""Reports that were signed while anchors had no kinds: they verify, are printed and go out (电子病历 4.7)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from app.bootstrap.station import open_station
from app.cli import main
from app.domain.anchor import GridAnchor
from app.domain.person import Actor, Role
from app.domain.report import Report
from app.domain.schema_history import REPORT
from app.domain.signed_forms import SignedContent
from app.errors import Refused
from app.people import signing
from app.reporting.canonical import read_signed, said, says
from app.reporting.output import ReportOutput
from app.reporting.service import ReportService
from app.session.station import Station
from tests.support.certified_keys import certified_key
from tests.support.earlier_versions import SIGNED_IN_FORM_2

_DOCTOR = Actor("reader", "测试", frozenset({Role.REPORTING, Role.REVIEWING}))
_TOLD = SIGNED_IN_FORM_2.told()
_FORMS = {"pdf", "cda", "encapsulated-pdf", "sr", "key-objects", "key-captures"}


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    """A station over the folder of the earlier version."""
    with open_station(SIGNED_IN_FORM_2.unpack(tmp_path / "home"), language="zh") as station:
        yield station


def _report(station: Station, name: str) -> Report:
    found = station.get(ReportService).find(_DOCTOR, _TOLD[name]["study_uid"])
    assert found is not None
    return found


def _signer(station: Station, role: str, name: str) -> tuple[Actor, signing.SigningKey]:
    """One of the folder's people with a new key."""
    actor = replace(_DOCTOR, person_id=_TOLD["people"][role], name=name)
    return actor, certified_key(station, actor)


@pytest.mark.parametrize("name", SIGNED_IN_FORM_2.names)
def test_it_verifies_over_the_bytes_of_then_and_is_printed(station: Station, name: str) -> None:
    report, told = _report(station, name), _TOLD[name]
    assert str(report.state) == told["state"]
    assert {s.digest_sha256 for s in report.signatures} == {told["digest"]}
    with station.folder.database.read() as tx:
        kept = tx.reports.signed_content(told["digest"])
    assert kept == SignedContent("yingshu-report-2", SIGNED_IN_FORM_2.signed_bytes(name))
    assert kept.digest_sha256 == told["digest"]
    assert read_signed(kept) == said(report)
    station.get(ReportService).verify(report)
    assert station.get(ReportOutput).pdf(_DOCTOR, report).startswith(b"%PDF")


def test_every_file_of_it_goes_out(station: Station, tmp_path: Path) -> None:
    report = _report(station, "final")
    written = station.get(ReportOutput).export(_DOCTOR, report.report_id, tmp_path / "given")
    assert set(written.files) == _FORMS
    assert all(path.stat().st_size > 0 for path in written.paths)


def test_the_command_line_names_every_file(
    station: Station, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study_uid, out = _TOLD["final"]["study_uid"], tmp_path / "given"
    home = str(station.folder.path)
    assert main(["--home", home, "report", study_uid, "--export", str(out), "--json"]) == 0
    written = json.loads(capsys.readouterr().out)
    assert set(written) == _FORMS
    assert all(Path(path).is_file() for path in written.values())


def test_the_bytes_tell_where_a_shape_was(station: Station) -> None:
    """Another plane than the one that was signed is another report."""
    report = _report(station, "final")
    content = SignedContent("yingshu-report-2", SIGNED_IN_FORM_2.signed_bytes("final"))
    at = next(i for i, m in enumerate(report.measurements) if isinstance(m.anchor, GridAnchor))
    moved = replace(report.measurements[at], anchor=replace(report.measurements[at].anchor, index=3.0))
    changed = (*report.measurements[:at], moved, *report.measurements[at + 1 :])
    assert says(report, content)
    assert not says(replace(report, measurements=changed), content)


@pytest.mark.parametrize(
    ("found", "put"), [('["coronal",16.0]', '["coronal",17.0]'), ('"frame":4', '"frame":5')]
)
def test_an_anchor_that_was_altered_in_the_database_is_noticed(
    station: Station, found: str, put: str
) -> None:
    with closing(sqlite3.connect(station.folder.database.path)) as raw, raw:
        changed = raw.execute(
            "UPDATE report SET document = replace(document, ?, ?) WHERE instr(document, ?)",
            (found, put, found),
        )
        assert changed.rowcount == 1
    with pytest.raises(Refused, match="does not say what"):
        station.get(ReportService).verify(_report(station, "final"))


def test_a_report_that_waits_is_reviewed_over_the_bytes_of_its_author(station: Station) -> None:
    reviewer, key = _signer(station, "reviewing", "审核")
    final = station.get(ReportService).approve(reviewer, _TOLD["signed"]["report_id"], key)
    assert [s.digest_sha256 for s in final.signatures] == [_TOLD["signed"]["digest"]] * 2
    station.get(ReportService).verify(final)


def test_a_report_that_was_sent_back_is_signed_with_the_present_schema(station: Station) -> None:
    """The plane of then, which nobody has looked up, is signed as it was kept; both editions verify."""
    author, key = _signer(station, "reporting", "书写")
    station.get(ReportService).send_back(_DOCTOR, _TOLD["signed"]["report_id"], "请补充")
    again = station.get(ReportService).sign(author, _TOLD["signed"]["report_id"], key)
    with station.folder.database.read() as tx:
        editions = tx.reports.versions(again.report_id)
        kept = tx.reports.signed_content(again.signatures[0].digest_sha256)
    assert isinstance(kept, SignedContent)
    tree = json.loads(kept.content)
    assert (kept.form, tree["schema"]) == ("yingshu-report-2", REPORT.number)
    assert {m["anchor"]["kind"] for m in tree["measurements"]} == {"grid"}
    for edition in editions:
        station.get(ReportService).verify(edition)
