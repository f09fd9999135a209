"""The order in which calls get a child."""

from __future__ import annotations

import pytest

from app.processes.turns import PATIENCE, Priority, Turn, Turns

INTERACTIVE, VISIBLE, BACKGROUND = Priority


def served(turns: Turns, first: Turn, waiting: list[Turn]) -> list[Turn]:
    """One after the other: who has the only place, as each leaves it."""
    order, running = [], first
    while True:
        turns.leave(running)
        granted = [turn for turn in waiting if turn.granted.is_set() and turn not in order]
        if not granted:
            return order
        (running,) = granted
        order.append(running)


def test_smaller_priority_first_then_the_order_of_coming() -> None:
    turns = Turns(1)
    first = turns.ask(BACKGROUND)
    kinds = [BACKGROUND, VISIBLE, INTERACTIVE, BACKGROUND, VISIBLE, INTERACTIVE]
    waiting = [turns.ask(kind) for kind in kinds]
    order = served(turns, first, waiting)
    assert [waiting.index(turn) for turn in order] == [2, 5, 1, 4, 0, 3]


@pytest.mark.parametrize("size", [2, 3, 5])
@pytest.mark.parametrize("kind", [VISIBLE, BACKGROUND])
def test_one_place_is_for_what_is_waited_for(size: int, kind: Priority) -> None:
    turns = Turns(size)
    behind = [turns.ask(kind) for _ in range(size + 3)]
    assert [turn.granted.is_set() for turn in behind] == [True] * (size - 1) + [False] * 4
    opening = turns.ask(INTERACTIVE)
    assert opening.granted.is_set()
    second = turns.ask(INTERACTIVE)
    assert not second.granted.is_set()
    turns.leave(behind[0])
    assert second.granted.is_set(), "before those that came earlier"
    assert not behind[size - 1].granted.is_set()


def test_nothing_waits_for_ever() -> None:
    """Calls that are waited for come without end: an import goes on all the same."""
    turns = Turns(1)
    running = turns.ask(INTERACTIVE)
    imported, thumbnail = turns.ask(BACKGROUND), turns.ask(VISIBLE)
    passed = 0
    while not imported.granted.is_set():
        following = turns.ask(INTERACTIVE)
        turns.leave(running)
        running = next(turn for turn in (following, thumbnail, imported) if turn.granted.is_set())
        passed += 1
        assert passed <= 2 * PATIENCE
    assert passed > PATIENCE / 2


def test_who_leaves_the_line_is_not_served() -> None:
    turns = Turns(1)
    first, gone, last = (turns.ask(INTERACTIVE) for _ in range(3))
    turns.leave(gone)
    assert turns.others_wait(INTERACTIVE)
    turns.leave(first)
    assert last.granted.is_set()
    assert not gone.granted.is_set()
    assert not turns.others_wait(BACKGROUND)
    turns.leave(last)
    assert turns.running == 0
