"""The window is ended from outside or closed in the middle of work: drafts saved, no child, no shared memory
left.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from app.analysis.controller import AnalysisController
from app.dicom.write.ct_series import write_ct_series
from app.domain.blocks import FOLDER
from app.domain.person import Role
from app.domain.provenance import derived_uid
from app.domain.report import SectionKind
from app.domain.study import SeriesUid
from app.errors import Refused
from app.imaging.store import ImageStore
from app.people.service import PeopleService
from app.reporting.controller import ReportController
from app.reporting.service import ReportService
from tests.journeys.conftest import Driver
from tests.support.homes import StudyHome
from tests.support.screen import labels_of
from tests.support.small_study import GRID, identity, values

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.window

#: a station's window as `run_window` opens it, with somebody logged in who does something; says when it is at
#: it
_PROGRAM = """
import json, sys
from pathlib import Path
from PySide6.QtCore import QTimer
from app.bootstrap import window as w
from app.analysis.controller import AnalysisController
from app.bootstrap.run import run_window
from app.reading.controller import ReadingController

def main():
    home, act = Path(sys.argv[1]), sys.argv[2]
    login, password, study = json.loads(sys.argv[3])
    once = w.when_idle

    def when_idle(window, begin, after_ms=0):
        session = window.session

        def started():
            begin()
            session.user.log_in(login, password)
            session.get(ReadingController).open_study(study)
            session.workspaces.show("read")
            if act == "load":
                say("loading")
                return
            look.start(20)

        def step():
            if not session.loaded.is_complete or "planned" in told:
                return
            told.append("planned")
            look.stop()
            session.dispatcher.follow(session.get(AnalysisController).make_plan("ct/lungs-classical"), run)

        def run(plan):
            session.get(AnalysisController).run(plan)
            say("analysing")
            if act == "close":
                window.main.close()

        look = QTimer(window.main)
        look.timeout.connect(step)
        once(window, started, after_ms)

    told = []
    w.when_idle = when_idle
    raise SystemExit(run_window(home, [], language="en"))

def say(text):
    print(text, flush=True)

if __name__ == "__main__":
    main()
"""


def _blocks(owners: Iterable[psutil.Process]) -> list[str]:
    """Blocks of shared memory whose names tell one of the owners."""
    return [block.name for owner in owners for block in FOLDER.glob(f"yingshu-*-{owner.pid}-*")]


@pytest.mark.parametrize(
    ("act", "word", "ended_by"),
    [("load", "loading", "term"), ("analyse", "analysing", "term"), ("close", "analysing", "")],
)
def test_ended_in_the_middle_of_work_it_leaves_nothing_behind(
    study_home: StudyHome, tmp_path: Path, act: str, word: str, ended_by: str
) -> None:
    """Status 0, no child process and no block of shared memory, whether closed or sent SIGTERM."""
    home = study_home.copy_to(tmp_path / "home")
    program = tmp_path / "window.py"
    program.write_text(_PROGRAM)
    given = json.dumps([*study_home.logins[Role.REPORTING], study_home.study_uid])
    process = subprocess.Popen(
        [sys.executable, str(program), str(home), act, given],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        assert line == word, process.communicate(timeout=30)
        window = psutil.Process(process.pid)
        children = window.children(recursive=True)
        assert act == "load" or _blocks([window]) != []
        if ended_by:
            process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
        assert "Traceback" not in errors, errors
        _, alive = psutil.wait_procs(children, timeout=3)
        assert alive == []
        assert _blocks([window, *children]) == []
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def test_an_edit_not_yet_saved_is_saved_when_its_author_leaves(driver: Driver) -> None:
    """3.3.3a: logging out by its command saves the text in the author's name, closes the study and forgets
    the key.
    """
    driver.open_study()
    driver.open_report()
    driver.run("workspace.report")
    workspace = driver.window.main.workspaces["report"]
    editor = workspace.desk.text.editors[SectionKind.FINDINGS]
    editor.insertPlainText("右肺上叶见结节。")
    assert (
        "右肺上叶"
        not in driver.window.session.get(ReportController).report.section(SectionKind.FINDINGS).plain
    )  # type: ignore[union-attr]
    driver.run("person.log-out")
    session = driver.window.session
    assert session.study.study is None
    assert session.get(ReportController).report is None
    assert session.user._keys == {}
    actor = driver.station.get(PeopleService).login(*driver.logins[Role.REPORTING])
    kept = driver.station.get(ReportService).find(actor, driver.study_uid)
    assert kept is not None
    assert "右肺上叶" in kept.section(SectionKind.FINDINGS).plain


def test_the_next_persons_session_has_the_next_persons_key_alone(driver: Driver) -> None:
    """Signing: who sits down ends the other's session; the other's key is gone from memory."""
    session = driver.window.session
    reviewer = driver.run("person.log-in", *driver.logins[Role.REVIEWING])
    assert list(session.user._keys) == [reviewer.person_id]
    driver.run("person.log-in", *driver.logins[Role.CATALOGUING])
    assert session.user._keys == {}


def test_a_plan_is_for_the_series_it_was_made_for(driver: Driver, tmp_path: Path) -> None:
    """5.3: the guard judged one series; its plan runs on no other, and one that comes late is dropped."""
    study, series = identity()
    other = replace(series, series_uid=SeriesUid(derived_uid("test", "another series")), number=7)
    write_ct_series(tmp_path / "other", study, other, GRID, values())
    driver.wait(driver.run("study.import", [tmp_path / "other"]))
    driver.wait(driver.run("study.open", driver.study_uid, series_uid=series.series_uid))
    driver.run("workspace.read")
    session = driver.window.session
    driver.until(lambda: session.loaded.is_complete)
    plan = driver.wait(driver.run("analysis.plan", "ct/lungs-classical"))
    assert session.get(AnalysisController).plan is plan
    driver.wait(driver.run("series.show", other.series_uid))
    driver.until(
        lambda: session.loaded.is_complete and session.loaded.required.series_uid == other.series_uid
    )
    assert session.get(AnalysisController).plan is not plan
    with pytest.raises(Refused):
        session.get(AnalysisController).run(plan)
    late = driver.run("analysis.plan", "ct/lungs-classical")
    driver.run("study.close")
    driver.until(lambda: late.ended and not driver.station.jobs.active)
    driver.wait(late)
    assert session.get(AnalysisController).plan is None
    assert driver.station.get(ImageStore).held == 0


def test_closing_the_study_during_an_analysis_files_its_result_and_shows_nothing(driver: Driver) -> None:
    """The job goes on in its person's name on the images it was given; the next person's screen stays as it
    is.
    """
    driver.open_study()
    session = driver.window.session
    plan = driver.wait(driver.run("analysis.plan", "ct/lungs-classical"))
    author = session.user.actor
    job = driver.run("analysis.run", plan)
    driver.run("person.log-out")
    driver.run("person.log-in", *driver.logins[Role.REVIEWING])
    result = driver.wait(job)
    assert session.study.study is None
    assert labels_of(session.screen) is None
    with driver.station.folder.database.read() as tx:
        row = tx.audit.rows(action="analysis.run")[0]
    assert (row.person_id, row.subject, row.outcome) == (author.person_id, result.series_uid, "done")


def test_a_refusal_met_by_a_listener_is_told_in_words(driver: Driver) -> None:
    """A `UserError` raised while a signal is told reaches the person as its own words, not as a defect."""
    session = driver.window.session

    def refuse() -> None:
        raise Refused("The disk {name} is full.", name="/data")

    session.archive_changed.connect(refuse)
    try:
        session.dispatcher.attempt(lambda: session.archive_changed.emit(""))
    finally:
        session.archive_changed.disconnect(refuse)
    assert "/data" in driver.station.notifications.rows[-1].message


def test_closing_the_window_saves_the_edit(driver: Driver) -> None:
    """Closing the window saves the edit before the study is closed."""
    driver.open_study()
    report = driver.open_report()
    driver.run("workspace.report")
    driver.window.main.workspaces["report"].desk.text.editors[SectionKind.IMPRESSION].insertPlainText(
        "建议随访。"
    )
    driver.window.close()
    with driver.station.folder.database.read() as tx:
        kept = tx.reports.get(report.report_id)
    assert kept is not None
    assert "建议随访" in kept.section(SectionKind.IMPRESSION).plain
