"""Edits on their way: the newest is written, what is given up is not, and every loss is told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from app.commands.keeping import Keeper
from app.errors import Refused, Unavailable


@pytest.fixture
def keeper(monkeypatch: pytest.MonkeyPatch) -> Iterator[Keeper]:
    """One whose outcomes are taken over by `settle` alone, and that tries again soon."""
    monkeypatch.setattr("app.commands.keeping.RETRY_S", 0.05)
    made = Keeper(lambda act: None)
    yield made
    made.close()


def _failing(*errors: Exception) -> tuple[Callable[[], str], list[str]]:
    left, written = list(errors), []

    def write() -> str:
        if left:
            raise left.pop(0)
        written.append("text")
        return "text"

    return write, written


def test_the_newest_is_written_and_the_first_failure_told(keeper: Keeper) -> None:
    """Two failures of the same kind are told once; the edit is written when there is room again."""
    write, written = _failing(Unavailable("locked"), Unavailable("locked"))
    told: list[str] = []
    keeper.keep("k", write, lambda _: told.append("done"), lambda error: told.append(str(error)))
    while not keeper.settle():
        pass
    assert (told, written) == (["locked", "done"], ["text"])


def test_a_loss_after_a_told_failure_is_told_too(keeper: Keeper) -> None:
    """Locked, then refused: the refusal drops the edit, so it must not pass unseen."""
    write, written = _failing(Unavailable("locked"), Refused("changed elsewhere"))
    told: list[str] = []
    keeper.keep("k", write, lambda _: None, lambda error: told.append(str(error)))
    while not keeper.settle():
        pass
    assert (told, written) == (["locked", "changed elsewhere"], [])


def test_what_was_given_up_is_not_written_later(keeper: Keeper) -> None:
    """Whoever left with edits that could not be saved gave them up: they do not turn up in the next person's report."""
    write, written = _failing(*[Unavailable("locked")] * 3)
    keeper.keep("k", write, lambda _: None, lambda _: None)
    assert not keeper.settle()
    keeper.drop()
    assert keeper.settle()
    threading.Event().wait(0.2)
    assert not keeper.holds("k")
    assert written == []
