"""Messages end with their cause and never cross patients or log-outs."""

from __future__ import annotations

import queue
from collections.abc import Callable

import pytest

from app.errors import Refused
from app.jobs import JobRunner
from app.notifications import Level, Notifications, Scope
from app.session.dispatcher import MainThreadDispatcher
from app.session.pending_edits import PendingEdits

Main = tuple[MainThreadDispatcher, Callable[[], None]]


@pytest.fixture
def main() -> Main:
    """A dispatcher whose main thread is this one, and what runs the next thing that was posted."""
    posted: queue.Queue[Callable[[], None]] = queue.Queue()
    return MainThreadDispatcher(posted.put, Notifications()), lambda: posted.get(timeout=10)()


def _refuse(text: str = "no") -> None:
    raise Refused(text)


def _told(dispatcher: MainThreadDispatcher) -> list[str]:
    return [row.message for row in dispatcher.notifications.rows]


def test_a_message_ends_when_its_act_is_tried_again(main: Main) -> None:
    """Another act's message stays; the act that fails again is told once."""
    dispatcher, _ = main
    dispatcher.attempt(lambda: _refuse("at first"), cause="report.sign")
    dispatcher.attempt(lambda: _refuse("of another act"), cause="report.open")
    dispatcher.attempt(lambda: _refuse("again"), cause="report.sign")
    assert _told(dispatcher) == ["of another act", "again"]
    dispatcher.attempt(lambda: None, cause="report.sign")
    assert _told(dispatcher) == ["of another act"]


@pytest.mark.parametrize("level", [Level.WARNING, Level.ERROR])
def test_a_message_over_a_patient_goes_with_the_patient(main: Main, level: Level) -> None:
    """Also for those who come back to the study: it was told, and what it told may be over."""
    notifications = main[0].notifications
    notifications.move(study_uid="1", person_id="a")
    notifications.add(level, "quotes the report")
    notifications.add(Level.INFO, "done")
    notifications.move(study_uid="2", person_id="a")
    assert _told(main[0]) == ["done"]
    notifications.move(study_uid="1", person_id="a")
    assert _told(main[0]) == ["done"]


def test_nothing_of_a_person_is_told_after_log_out(main: Main) -> None:
    """What belongs to the station alone stays."""
    notifications = main[0].notifications
    notifications.move(study_uid="", person_id="a")
    notifications.add(Level.INFO, "of a")
    notifications.add(Level.ERROR, "disk", scope=Scope())
    notifications.move(study_uid="", person_id="")
    assert _told(main[0]) == ["disk"]
    notifications.move(study_uid="", person_id="a")
    assert _told(main[0]) == ["disk"]


def test_late_work_is_told_over_its_own_study_only(main: Main) -> None:
    """A job of the study before fails while the next is open: its reason waits for its study, the fact does
    not.
    """
    dispatcher, pump = main
    jobs = JobRunner()
    try:
        dispatcher.notifications.move(study_uid="1", person_id="a")
        job = jobs.submit("Segmenting", lambda **_: _refuse("quotes patient one"))
        dispatcher.follow(job, lambda _: None)
        dispatcher.notifications.move(study_uid="2", person_id="a")
        pump()
        assert [text for text in _told(dispatcher) if "quotes" in text] == []
        assert len(_told(dispatcher)) == 1
        assert "Segmenting" in _told(dispatcher)[0]
        dispatcher.notifications.move(study_uid="1", person_id="a")
        assert _told(dispatcher) == ["quotes patient one"]
    finally:
        jobs.close()


def test_a_failed_save_is_told_over_every_study_until_it_is_saved(main: Main) -> None:
    """An edit that is not saved matters to its author wherever they are."""
    dispatcher, pump = main
    edits = PendingEdits(dispatcher)
    dispatcher.notifications.move(study_uid="1", person_id="a")
    edits.save("report:1", lambda: _refuse("locked"))
    pump()
    dispatcher.notifications.move(study_uid="2", person_id="a")
    assert _told(dispatcher) == ["locked"]
    edits.save("report:1", lambda: None)
    pump()
    assert _told(dispatcher) == []
    edits.close()
