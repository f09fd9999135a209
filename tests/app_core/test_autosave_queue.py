"""Edits on their way: the newest is written, what is given up is not, and every loss is told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from app.errors import Refused, Unavailable
from app.session.autosave import AutosaveQueue


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Iterator[AutosaveQueue]:
    """One whose outcomes are taken over by `settle` alone, and that tries again soon."""
    monkeypatch.setattr("app.session.autosave.RETRY_S", 0.05)
    made = AutosaveQueue(lambda act: None)
    yield made
    made.close()


def _flush(queue: AutosaveQueue) -> bool:
    """Wait until everything was tried once and take over what came of it; whether nothing waits any more."""
    queue.wait()
    queue.deliver()
    return not queue.is_pending("k")


def _failing(*errors: Exception) -> tuple[Callable[[], str], list[str]]:
    left, written = list(errors), []

    def write() -> str:
        if left:
            raise left.pop(0)
        written.append("text")
        return "text"

    return write, written


def test_the_newest_is_written_and_the_first_failure_told(queue: AutosaveQueue) -> None:
    """Two failures of the same kind are told once; the edit is written when there is room again."""
    write, written = _failing(Unavailable("locked"), Unavailable("locked"))
    told: list[str] = []
    queue.enqueue("k", write, lambda _: told.append("done"), lambda error: told.append(str(error)))
    while not _flush(queue):
        pass
    assert (told, written) == (["locked", "done"], ["text"])


def test_a_loss_after_a_told_failure_is_told_too(queue: AutosaveQueue) -> None:
    """Locked, then refused: the refusal drops the edit, so it must not pass unseen."""
    write, written = _failing(Unavailable("locked"), Refused("changed elsewhere"))
    told: list[str] = []
    queue.enqueue("k", write, lambda _: None, lambda error: told.append(str(error)))
    while not _flush(queue):
        pass
    assert (told, written) == (["locked", "changed elsewhere"], [])


def test_what_was_given_up_is_not_written_later(queue: AutosaveQueue) -> None:
    """Whoever left with edits that could not be saved gave them up: they do not turn up in the next person's
    report.
    """
    write, written = _failing(*[Unavailable("locked")] * 3)
    queue.enqueue("k", write, lambda _: None, lambda _: None)
    assert not _flush(queue)
    queue.discard()
    assert _flush(queue)
    threading.Event().wait(0.2)
    assert not queue.is_pending("k")
    assert written == []


@pytest.fixture
def held(queue: AutosaveQueue) -> Iterator[threading.Event]:
    """The writing thread is busy with an edit until the event is set."""
    begun, let_go = threading.Event(), threading.Event()

    def write() -> None:
        begun.set()
        let_go.wait(60)

    queue.enqueue("busy", write, lambda _: None, lambda _: None)
    assert begun.wait(60)
    yield let_go
    let_go.set()


def _waiting(queue: AutosaveQueue) -> threading.Thread:
    """A thread that waits for all that was handed over, as a job does before it signs."""
    waiter = threading.Thread(target=queue.wait, daemon=True)
    waiter.start()
    while not queue._lock._waiters:  # type: ignore[attr-defined]
        threading.Event().wait(0.01)
    return waiter


def test_whoever_waits_for_an_edit_waits_for_what_replaces_it(
    queue: AutosaveQueue, held: threading.Event
) -> None:
    """A doctor types on while a job waits for the last edit: it ends with the newer one, not never."""
    written: list[str] = []
    queue.enqueue("k", lambda: written.append("old"), lambda _: None, lambda _: None)
    waiter = _waiting(queue)
    queue.enqueue("k", lambda: written.append("new"), lambda _: None, lambda _: None)
    held.set()
    waiter.join(60)
    assert not waiter.is_alive()
    assert written == ["new"]


def test_whoever_waits_for_an_edit_that_is_given_up_waits_no_longer(
    queue: AutosaveQueue, held: threading.Event
) -> None:
    """Edits are given up at log-out, also those that a job waits for."""
    queue.enqueue("k", lambda: None, lambda _: None, lambda _: None)
    waiter = _waiting(queue)
    queue.discard()
    held.set()
    waiter.join(60)
    assert not waiter.is_alive()
