"""The window is ended from outside or closed in the middle of work: drafts saved, no child, no shared memory left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import psutil
import pytest

from app.domain.blocks import FOLDER
from app.domain.person import Role
from app.domain.report import SectionKind
from app.errors import Refused
from tests.journeys.conftest import Driver
from tests.support.homes import StudyHome

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.window

#: a station's window as `run_window` opens it, with somebody logged in who does something; says when it is at it
_PROGRAM = """
import json, sys
from pathlib import Path
from PySide6.QtCore import QTimer
from app.bootstrap import window as w
from app.bootstrap.run import run_window

def main():
    home, act = Path(sys.argv[1]), sys.argv[2]
    login, password, study = json.loads(sys.argv[3])
    once = w.when_idle

    def when_idle(window, begin, after_ms=0):
        desk = window.desk

        def started():
            begin()
            desk.log_in(login, password)
            desk.open_study(study)
            desk.show_workspace("read")
            if act == "load":
                say("loading")
                return
            look.start(20)

        def step():
            if not desk.loaded or "planned" in told:
                return
            told.append("planned")
            look.stop()
            desk.follow(desk.plan_analysis("ct/lungs-classical"), run)

        def run(plan):
            desk.run_analysis(plan)
            say("analysing")
            if act == "close":
                window.main.close()

        look = QTimer(window.main)
        look.timeout.connect(step)
        once(window, started, after_ms)

    told = []
    w.when_idle = when_idle
    raise SystemExit(run_window(home, [], language="en", demo=False, own_home=True))

def say(text):
    print(text, flush=True)

if __name__ == "__main__":
    main()
"""


def _blocks(owners: Iterable[psutil.Process]) -> list[str]:
    """Blocks of shared memory whose names tell one of the owners."""
    return [block.name for owner in owners for block in FOLDER.glob(f"yingshu-*-{owner.pid}-*")]


@pytest.mark.parametrize(
    ("act", "word", "ended_by"), [("load", "loading", "term"), ("analyse", "analysing", "term"), ("close", "analysing", "")]
)
def test_ended_in_the_middle_of_work_it_leaves_nothing_behind(
    study_home: StudyHome, tmp_path: Path, act: str, word: str, ended_by: str
) -> None:
    """Within 10 s, status 0, no child process and no block of shared memory, whether closed or sent SIGTERM."""
    home = study_home.copy_to(tmp_path / "home")
    program = tmp_path / "window.py"
    program.write_text(_PROGRAM)
    given = json.dumps([*study_home.logins[Role.REPORTING], study_home.study_uid])
    process = subprocess.Popen(
        [sys.executable, str(program), str(home), act, given], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        assert line == word, process.communicate(timeout=30)
        window = psutil.Process(process.pid)
        children = window.children(recursive=True)
        assert act == "load" or _blocks([window]) != []
        began = time.monotonic()
        if ended_by:
            process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=15)
        assert time.monotonic() - began < 10, errors
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
    """3.3.3a: logging out by its command saves the text in the author's name, closes the study and forgets the key."""
    driver.open_study()
    driver.run("report.open")
    driver.run("workspace.report")
    workspace = driver.window.main.report
    editor = workspace.editors[SectionKind.FINDINGS]
    editor.insertPlainText("右肺上叶见结节。")
    assert "右肺上叶" not in driver.window.desk.report.section(SectionKind.FINDINGS).plain  # type: ignore[union-attr]
    driver.run("person.log-out")
    desk = driver.window.desk
    assert desk.reading.study is None
    assert desk.report is None
    assert desk._keys == {}
    actor = driver.station.people.login(*driver.logins[Role.REPORTING])
    kept = driver.station.reports.find(actor, driver.study_uid)
    assert kept is not None
    assert "右肺上叶" in kept.section(SectionKind.FINDINGS).plain


def test_the_next_persons_desk_has_the_next_persons_key_alone(driver: Driver) -> None:
    """Signing: who sits down ends the other's session; the other's key is gone from memory."""
    desk = driver.window.desk
    reviewer = driver.run("person.log-in", *driver.logins[Role.REVIEWING])
    assert list(desk._keys) == [reviewer.person_id]
    driver.run("person.log-in", *driver.logins[Role.CATALOGUING])
    assert desk._keys == {}


def test_a_plan_is_for_the_series_it_was_made_for(driver: Driver) -> None:
    """5.3: the guard judged one series; its plan runs on no other, and one that comes late is dropped."""
    driver.open_study()
    desk = driver.window.desk
    plan = driver.wait(driver.run("analysis.plan", "ct/lungs-classical"))
    driver.wait(driver.run("series.show", desk.reading.series[0].series_uid))
    driver.until(lambda: desk.loaded)
    assert desk.plan is not plan
    with pytest.raises(Refused):
        desk.run_analysis(plan)
    late = driver.run("analysis.plan", "ct/lungs-classical")
    driver.run("study.close")
    driver.until(lambda: late.ended and not driver.station.jobs.active)
    driver.wait(late)
    assert desk.plan is None
    assert not desk._in_use
    assert not desk._given_up


def test_closing_the_study_during_an_analysis_files_its_result_and_shows_nothing(driver: Driver) -> None:
    """The job goes on in its person's name on the images it was given; the next person's screen stays as it is."""
    driver.open_study()
    desk = driver.window.desk
    plan = driver.wait(driver.run("analysis.plan", "ct/lungs-classical"))
    author = desk.actor
    job = driver.run("analysis.run", plan)
    driver.run("person.log-out")
    driver.run("person.log-in", *driver.logins[Role.REVIEWING])
    result = driver.wait(job)
    assert desk.reading.study is None
    assert desk.screen.segmentation is None
    with driver.station.folder.database.read() as tx:
        row = tx.audit.rows(action="analysis.run")[0]
    assert (row.person_id, row.subject, row.outcome) == (author.person_id, result.series_uid, "done")
    assert not desk._given_up


def test_a_refusal_met_by_a_listener_is_told_in_words(driver: Driver) -> None:
    """A `UserError` raised while a signal is told reaches the person as its own words, not as a defect."""
    desk = driver.window.desk

    def refuse() -> None:
        raise Refused("The disk {name} is full.", name="/data")

    desk.archive_changed.connect(refuse)
    try:
        desk.attempt(desk.archive_changed.emit)
    finally:
        desk.archive_changed.disconnect(refuse)
    assert "/data" in driver.station.notifications.rows[-1].message


def test_closing_the_window_saves_the_edit(driver: Driver) -> None:
    """Closing the window saves the edit before the study is closed."""
    driver.open_study()
    report = driver.run("report.open")
    driver.run("workspace.report")
    driver.window.main.report.editors[SectionKind.IMPRESSION].insertPlainText("建议随访。")
    driver.window.close()
    with driver.station.folder.database.read() as tx:
        kept = tx.reports.get(report.report_id)
    assert kept is not None
    assert "建议随访" in kept.section(SectionKind.IMPRESSION).plain
