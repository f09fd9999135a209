"""Edits are saved while the database is busy elsewhere: the window lives, the newest text wins, nobody leaves with edits unsaved."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.bootstrap.station import open_station
from app.bootstrap.window import DeskWindow
from app.domain.person import Role
from app.domain.report import SectionKind
from app.errors import Refused, Unavailable
from app.notifications import Level
from app.storage.database import Database
from tests.journeys.conftest import Driver
from tests.journeys.test_desk import _draw_length
from tests.support.homes import StudyHome

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
    with subprocess.Popen([sys.executable, "-c", _LOCK, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
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
    monkeypatch.setattr("app.commands.keeping.RETRY_S", 0.3)
    with open_station(study_home.copy_to(tmp_path / "home"), language="en") as station:
        window = DeskWindow(station, quiet=True)
        try:
            window.show((1366, 768))
            window.desk.log_in(*study_home.logins[Role.REPORTING])
            yield Driver(window, station, study_home.logins, study_home.study_uid)
        finally:
            window.close()


def test_a_locked_database_neither_stops_the_window_nor_takes_an_edit(hasty: Driver) -> None:
    """Bad input, locked database: hands over at once, saves later by itself, tells once, signs nothing, lets nobody leave."""
    driver, desk, station = hasty, hasty.window.desk, hasty.station
    driver.open_study()
    report = driver.run("report.open")
    driver.run("workspace.report")
    workspace = driver.window.main.report
    editor = workspace.editors[SectionKind.FINDINGS]

    def stored() -> str:
        with station.folder.database.read() as tx:
            found = tx.reports.get(report.report_id)
        assert found is not None
        return found.section(SectionKind.FINDINGS).plain

    with _locked(station.folder.path):
        editor.insertPlainText("First words. ")
        workspace.flush()
        assert desk.save_state == "saving", "the main thread does not wait for the database"
        assert not [n for n in station.notifications.rows if n.level is Level.ERROR]
        editor.insertPlainText("Second words. ")
        _draw_length(driver)
        workspace.flush()
        driver.until(lambda: desk.save_state == "failed")
        told = [n.message for n in station.notifications.rows if n.level is Level.ERROR]
        assert told
        assert all("was locked by another program for more than 1 s" in text for text in told)
        assert "Not saved" in workspace.saved.text()
        assert "Second words" in editor.toPlainText()
        with pytest.raises(Unavailable, match="locked"):
            driver.run("report.sign")
        with pytest.raises(Refused, match=r"not saved.*locked"):
            driver.run("person.log-out")
        assert desk.has_actor
        assert desk.report is not None
        assert "Second words" not in stored()
    driver.until(lambda: desk.save_state == "saved")
    assert "First words. Second words." in stored()
    assert workspace.saved.text().startswith("Saved")
    driver.until(lambda: len(station.reading.annotations(desk.actor, driver.study_uid)[0]) == 1)
    for number in range(20):
        editor.insertPlainText(f"{number} ")
        workspace.flush()
    desk.settle()
    assert stored().strip().endswith("17 18 19")
    assert desk.report is not None
    with station.folder.database.read() as tx:
        revisions = [r.revision for r in tx.reports.drafts(report.report_id)]
    assert revisions == sorted(set(revisions), reverse=True)

    editor.insertPlainText("typed and left at once")
    driver.run("study.close")
    driver.run("study.open", driver.study_uid)
    assert desk.report is not None
    assert "typed and left at once" in desk.report.section(SectionKind.FINDINGS).plain


def test_what_is_deleted_while_it_is_being_saved_stays_deleted(hasty: Driver) -> None:
    """3.3.3a: a finding taken out again before the save came back is not put back by it, neither on the screen nor in the draft."""
    driver, desk = hasty, hasty.window.desk
    driver.open_study()
    driver.run("report.open")
    driver.run("workspace.report")
    workspace = driver.window.main.report
    editor = workspace.editors[SectionKind.FINDINGS]
    before = editor.toPlainText()
    with _locked(driver.station.folder.path):
        editor.insertPlainText("A nodule in the left lung. ")
        workspace.flush()
        assert desk.save_state == "saving"
        editor.undo()
        assert editor.toPlainText() == before
    driver.until(lambda: desk.save_state == "saved")
    assert editor.toPlainText() == before
    assert workspace.save_typed()
    found = driver.station.reports.find(desk.actor, driver.study_uid)
    assert found is not None
    assert "nodule in the left" not in found.section(SectionKind.FINDINGS).plain


def test_edits_that_cannot_be_saved_keep_the_window_open_once(hasty: Driver) -> None:
    """Closing: the first time the window stays and says why; a person who closes again gives the edits up."""
    driver, main = hasty, hasty.window.main
    driver.open_study()
    driver.run("report.open")
    driver.run("workspace.report")
    editor = main.report.editors[SectionKind.IMPRESSION]
    editor.insertPlainText("Nothing conspicuous.")
    with _locked(driver.station.folder.path):
        assert not main.close()
        assert main.isVisible()
        assert "not saved" in driver.station.notifications.rows[-1].message
        assert "Nothing conspicuous" in editor.toPlainText()
        assert main.close()
    assert not main.isVisible()


def test_what_another_window_saved_is_not_overwritten_and_the_typed_text_stays(driver: Driver) -> None:
    """3.3.3: two windows on one draft: the second is told, its text stays on the screen, and reopening does not take it away."""
    driver.open_study()
    desk, station = driver.window.desk, driver.station
    report = driver.run("report.open")
    driver.run("workspace.report")
    workspace = driver.window.main.report
    editor = workspace.editors[SectionKind.FINDINGS]
    with station.folder.database.read() as tx:
        theirs = tx.reports.get(report.report_id)
    assert theirs is not None
    station.reports.save(desk.actor, theirs)
    editor.insertPlainText("我写的。")
    workspace.flush()
    driver.until(lambda: desk.save_state == "failed")
    assert not workspace.save_typed()
    with pytest.raises(Refused):
        driver.run("report.sign")
    driver.run("report.open")
    assert "我写的。" in editor.toPlainText()
    assert workspace.save_typed()
    assert desk.save_state == "saved"
    found = station.reports.find(desk.actor, driver.study_uid)
    assert found is not None
    assert "我写的。" in found.section(SectionKind.FINDINGS).plain
