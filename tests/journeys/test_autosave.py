"""Edits are saved while the database is busy elsewhere: the window lives, the newest text wins, nobody leaves
with edits unsaved.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from app.annotation.service import AnnotationService
from app.bootstrap.station import open_station
from app.bootstrap.window import SessionWindow
from app.domain.person import Role
from app.domain.report import SectionKind, Text
from app.errors import Refused, Unavailable
from app.notifications import Level
from app.reporting.controller import ReportController
from app.reporting.service import ReportService
from app.storage import tables
from app.storage.database import Database
from tests.journeys.conftest import Driver
from tests.journeys.test_desk import _draw_length
from tests.support.homes import StudyHome
from widgets.panels.reporting.pdf_preview import PdfPreview

pytestmark = pytest.mark.window

_LOCK = """
import sqlite3, sys
other = sqlite3.connect(sys.argv[1], isolation_level=None)
other.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.readline()
other.execute("ROLLBACK")
"""


@contextmanager
def _locked(home: Path) -> Iterator[None]:
    """Another program holds the database's write lock."""
    file = next((home / "database").glob("*.sqlite3"))
    with subprocess.Popen(
        [sys.executable, "-c", _LOCK, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        assert other.stdout.readline() == "locked\n"
        try:
            yield
        finally:
            other.stdin.close()
            other.wait(10)


@pytest.fixture
def hasty(tmp_path: Path, study_home: StudyHome, monkeypatch: pytest.MonkeyPatch) -> Iterator[Driver]:
    """The reporting doctor at the desk of a station that waits for others for a short time only."""
    monkeypatch.setitem(Database.__init__.__kwdefaults__, "busy_timeout_s", 1.0)  # type: ignore[arg-type]
    monkeypatch.setattr("app.session.autosave.RETRY_S", 0.3)
    with open_station(study_home.copy_to(tmp_path / "home"), language="en") as station:
        window = SessionWindow(station, quiet=True)
        try:
            window.show((1366, 768))
            window.session.user.log_in(*study_home.logins[Role.REPORTING])
            yield Driver(window, station, study_home.logins, study_home.study_uid)
        finally:
            window.close()


def test_a_locked_database_neither_stops_the_window_nor_takes_an_edit(hasty: Driver) -> None:
    """Bad input, locked database: hands over at once, saves later by itself, tells once, signs nothing, lets
    nobody leave.
    """
    driver, session, station = hasty, hasty.window.session, hasty.station
    driver.open_study()
    report = driver.open_report()
    driver.run("workspace.report")
    workspace = driver.window.main.workspaces["report"]
    editor = workspace.desk.text.editors[SectionKind.FINDINGS]

    def stored() -> str:
        with station.folder.database.read() as tx:
            found = tx.reports.get(report.report_id)
        assert found is not None
        return found.section(SectionKind.FINDINGS).plain

    with _locked(station.folder.path):
        editor.insertPlainText("First words. ")
        workspace.flush()
        assert session.get(ReportController).save_state == "saving", (
            "the main thread does not wait for the database"
        )
        assert not [n for n in station.notifications.rows if n.level is Level.ERROR]
        editor.insertPlainText("Second words. ")
        _draw_length(driver)
        workspace.flush()
        driver.until(lambda: session.get(ReportController).save_state == "failed")
        told = [n.message for n in station.notifications.rows if n.level is Level.ERROR]
        assert told
        assert all("was locked by another program for more than 1 s" in text for text in told)
        assert "Not saved" in workspace.desk.text.saved.text()
        assert "Second words" in editor.toPlainText()
        with pytest.raises(Unavailable, match="locked"):
            driver.wait(driver.run("report.sign"))
        with pytest.raises(Refused, match=r"not saved.*locked"):
            driver.run("person.log-out")
        assert session.user.is_logged_in
        assert session.get(ReportController).report is not None
        assert "Second words" not in stored()
    driver.until(lambda: session.get(ReportController).save_state == "saved")
    assert "First words. Second words." in stored()
    assert workspace.desk.text.saved.text().startswith("Saved")
    driver.until(
        lambda: len(station.get(AnnotationService).annotations(session.user.actor, driver.study_uid)[0]) == 1
    )
    for number in range(20):
        editor.insertPlainText(f"{number} ")
        workspace.flush()
    session.edits.flush()
    assert stored().strip().endswith("17 18 19")
    assert session.get(ReportController).report is not None
    with station.folder.database.read() as tx:
        draft = tables.report_draft
        wanted = select(draft.c.revision).where(draft.c.report_id == report.report_id)
        revisions = list(tx.connection.scalars(wanted.order_by(draft.c.saved_at)))
    assert len(revisions) > 1
    assert revisions == sorted(set(revisions))

    editor.insertPlainText("typed and left at once")
    driver.run("study.close")
    driver.run("study.open", driver.study_uid)
    driver.until(lambda: session.get(ReportController).report is not None)
    typed = session.get(ReportController).required.section(SectionKind.FINDINGS).plain
    assert "typed and left at once" in typed


def test_a_study_and_its_report_open_over_a_locked_database_when_it_is_free(driver: Driver) -> None:
    """What was typed is on its way and another program holds the database: opening waits for it, and the
    window does not.
    """
    session, reports = driver.window.session, driver.window.session.get(ReportController)
    driver.open_study()
    with _locked(driver.station.folder.path):
        opening = driver.run("report.open")
        driver.look()
        assert not opening.ended
        assert reports.report is None
    driver.wait(opening)
    driver.until(lambda: reports.save_state == "saved")
    driver.run("workspace.report")
    editor = driver.window.main.workspaces["report"].desk.text.editors[SectionKind.FINDINGS]
    with _locked(driver.station.folder.path):
        editor.insertPlainText("typed and left at once")
        driver.run("study.close")
        shown: list[str] = []
        opening = driver.run("study.open", driver.study_uid, then=lambda: shown.append("open"))
        driver.look()
        assert not opening.ended
        assert session.study.study is None
        assert shown == []
    driver.until(lambda: shown == ["open"])
    assert "typed and left at once" in reports.required.section(SectionKind.FINDINGS).plain


def test_what_is_typed_while_a_report_is_opened_again_stays(driver: Driver) -> None:
    """Opening a report anew takes no word away that came after it was asked for."""
    reports = driver.window.session.get(ReportController)
    driver.open_study()
    driver.open_report()
    driver.run("workspace.report")
    workspace = driver.window.main.workspaces["report"]
    with _locked(driver.station.folder.path):
        workspace.desk.text.editors[SectionKind.FINDINGS].insertPlainText("before ")
        opening = driver.run("report.open")
        workspace.desk.text.editors[SectionKind.FINDINGS].insertPlainText("after")
        workspace.flush()
    driver.wait(opening)
    driver.until(lambda: reports.save_state == "saved")
    assert "before after" in reports.required.section(SectionKind.FINDINGS).plain
    assert "before after" in workspace.desk.text.editors[SectionKind.FINDINGS].toPlainText()


def test_the_wait_of_a_closing_window_is_shown_and_ends(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program holds the database: the window says that it saves, for a while at most, and stays."""
    monkeypatch.setattr("app.session.pending_edits.LONGEST_WAIT_S", 0.4)
    driver.open_study()
    driver.open_report()
    driver.run("workspace.report")
    main, shown = driver.window.main, []
    driver.window.session.edits.waiting.connect(lambda waiting: shown.append(main.saving.isVisible()))
    main.workspaces["report"].desk.text.editors[SectionKind.FINDINGS].insertPlainText("Nothing conspicuous.")
    with _locked(driver.station.folder.path):
        assert not main.close()
        assert shown == [True, False]
        assert "数据库正忙" in driver.station.notifications.rows[-1].message
    driver.until(lambda: driver.window.session.get(ReportController).save_state == "saved")
    assert main.close()


def test_signing_over_a_locked_database_leaves_the_window_alive(driver: Driver) -> None:
    """Another program holds the database: the window goes on ticking, nobody edits what is being signed, and
    it is signed when the database is free.
    """
    session = driver.window.session
    driver.open_study()
    report = driver.open_report()
    words = {SectionKind.FINDINGS: "双肺纹理清晰。", SectionKind.IMPRESSION: "未见明显异常。"}
    sections = tuple(
        replace(s, content=(Text(words[s.kind]),)) if s.kind in words else s for s in report.sections
    )
    driver.wait(driver.run("report.save", replace(report, sections=sections)))
    reports, began = session.get(ReportController), threading.get_ident()
    signers: list[int] = []
    reports.changed.connect(lambda: signers.append(threading.get_ident()))
    with _locked(driver.station.folder.path):
        job = driver.run("report.sign")
        assert not job.ended
        assert reports.busy
        ticks = 0
        for _ in range(20):
            driver.window.process_events(0.005)
            ticks += 1
        assert ticks == 20
        assert not job.ended, "it waits for the database, and the window does not"
        assert not driver.window.commands.get("report.sign").enabled()
        with pytest.raises(Refused):
            reports.edit(reports.required)
    signed = driver.wait(job)
    assert signed.state == "signed"
    assert not reports.busy
    assert set(signers) == {began}, "what is told is told on the main thread"


def test_what_is_deleted_while_it_is_being_saved_stays_deleted(hasty: Driver) -> None:
    """3.3.3a: a finding taken out again before the save came back is not put back by it, neither on the
    screen nor in the draft.
    """
    driver, session = hasty, hasty.window.session
    driver.open_study()
    driver.open_report()
    driver.run("workspace.report")
    workspace = driver.window.main.workspaces["report"]
    editor = workspace.desk.text.editors[SectionKind.FINDINGS]
    before = editor.toPlainText()
    with _locked(driver.station.folder.path):
        editor.insertPlainText("A nodule in the left lung. ")
        workspace.flush()
        assert session.get(ReportController).save_state == "saving"
        editor.undo()
        assert editor.toPlainText() == before
    driver.until(lambda: session.get(ReportController).save_state == "saved")
    assert editor.toPlainText() == before
    workspace.flush()
    session.edits.flush()
    found = driver.station.get(ReportService).find(session.user.actor, driver.study_uid)
    assert found is not None
    assert "nodule in the left" not in found.section(SectionKind.FINDINGS).plain


def test_edits_that_cannot_be_saved_keep_the_window_open_once(hasty: Driver) -> None:
    """Closing: the first time the window stays and says why; a person who closes again gives the edits up."""
    driver, main = hasty, hasty.window.main
    driver.open_study()
    driver.open_report()
    driver.run("workspace.report")
    editor = main.workspaces["report"].desk.text.editors[SectionKind.IMPRESSION]
    editor.insertPlainText("Nothing conspicuous.")
    with _locked(driver.station.folder.path):
        assert not main.close()
        assert main.isVisible()
        assert "not saved" in driver.station.notifications.rows[-1].message
        assert "Nothing conspicuous" in editor.toPlainText()
        assert main.close()
    assert not main.isVisible()


def test_what_another_window_saved_is_not_overwritten_and_the_typed_text_stays(driver: Driver) -> None:
    """3.3.3: two windows on one draft: the second is told, its text stays on the screen, and reopening does
    not take it away.
    """
    driver.open_study()
    session, station = driver.window.session, driver.station
    report = driver.open_report()
    driver.run("workspace.report")
    workspace = driver.window.main.workspaces["report"]
    editor = workspace.desk.text.editors[SectionKind.FINDINGS]
    with station.folder.database.read() as tx:
        theirs = tx.reports.get(report.report_id)
    assert theirs is not None
    station.get(ReportService).save(session.user.actor, theirs)
    editor.insertPlainText("我写的。")
    workspace.flush()
    driver.until(lambda: session.get(ReportController).save_state == "failed")
    workspace.flush()
    with pytest.raises(Refused):
        session.edits.flush()
    with pytest.raises(Refused):
        driver.wait(driver.run("report.sign"))
    driver.open_report()
    assert "我写的。" in editor.toPlainText()
    workspace.flush()
    session.edits.flush()
    assert session.get(ReportController).save_state == "saved"
    found = station.get(ReportService).find(session.user.actor, driver.study_uid)
    assert found is not None
    assert "我写的。" in found.section(SectionKind.FINDINGS).plain


def test_the_preview_waits_for_the_database_in_the_background(hasty: Driver) -> None:
    """A locked database: the window lives on, and the page comes with what was typed when it is free
    again.
    """
    driver, main = hasty, hasty.window.main
    driver.open_study()
    driver.open_report()
    driver.run("workspace.report")
    workspace = main.workspaces["report"]
    workspace.desk.text.editors[SectionKind.IMPRESSION].insertPlainText("Nothing conspicuous.")
    with _locked(driver.station.folder.path):
        workspace.desk.bar.open_preview()
        assert driver.window.session.get(ReportController).save_state == "saving"
    driver.until(lambda: bool(main.findChildren(PdfPreview)))
    found = driver.station.get(ReportService).find(driver.window.session.user.actor, driver.study_uid)
    assert found is not None
    assert "Nothing conspicuous" in found.section(SectionKind.IMPRESSION).plain
    main.findChildren(PdfPreview)[0].close()
