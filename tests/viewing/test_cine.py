"""Playing begins as the object says, goes on as a reader chooses."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain.display_set import Axis, AxisKind
from app.domain.image import ImageStack
from app.viewing.cine import (
    DEFAULT_HZ,
    LEAST_HZ,
    MOST_HZ,
    ends_of,
    own_rate_hz,
    play_mode,
    rate_hz,
    set_ends,
    set_first,
    set_last,
    set_rate,
    step_rate,
    toggle_cine,
    toggle_mode,
)
from app.viewing.screen import Cine, PlayMode, StackView, Viewport, ViewportId
from app.viewing.viewport_texts import axis_text
from tests.support.stacks import stack_of, ultrasound


def _viewport(**facts: object) -> Viewport:
    """A cine of six frames of 40 ms with other facts."""
    return _shown([facts] * 6)


def _shown(facts: list[dict[str, object]]) -> Viewport:
    cine = ultrasound(len(facts))
    frames = [replace(one, **given) for one, given in zip(cine.frames, facts, strict=True)]  # type: ignore[arg-type]
    images = [cine.pixels.stored(n) for n in range(len(frames))]
    made: ImageStack = stack_of(images, frames)
    viewport = Viewport(ViewportId("1"))
    viewport.show(made, StackView())
    return viewport


@pytest.mark.parametrize(
    ("facts", "rate"),
    [
        ({}, 25.0),
        ({"shown_rate_hz": 7.5}, 7.5),
        ({"frame_time_ms": None, "shown_rate_hz": 12.0}, 12.0),
        ({"frame_time_ms": None}, DEFAULT_HZ),
        ({"frame_time_ms": 1.0}, MOST_HZ),
        ({"frame_time_ms": 60_000.0}, LEAST_HZ),
    ],
)
def test_the_rate_is_what_the_object_says(facts: dict[str, object], rate: float) -> None:
    assert own_rate_hz(_viewport(**facts)) == rate


def test_of_a_vector_of_times_the_mean_counts() -> None:
    """Frames of 20, 60 and 40 ms."""
    times = (20.0, 60.0, 40.0)
    assert own_rate_hz(_shown([{"frame_time_ms": time} for time in times])) == pytest.approx(25.0)


def test_steps_go_through_what_is_offered_and_hold_at_the_ends() -> None:
    viewport = _viewport(frame_time_ms=1000 / 26)
    seen = []
    for step in (1, 1, -1, -1, -1):
        step_rate(viewport, step)
        seen.append(rate_hz(viewport))
    assert seen == [30.0, 40.0, 30.0, 25.0, 20.0]
    for wanted, held in ((1e9, MOST_HZ), (0.0, LEAST_HZ)):
        set_rate(viewport, wanted)
        assert rate_hz(viewport) == held
        step_rate(viewport, 1 if wanted else -1)
        assert rate_hz(viewport) == held


def test_what_was_chosen_holds_while_playing_and_afterwards() -> None:
    """Another image begins as it says itself."""
    viewport = _viewport(back_and_forth=True)
    assert play_mode(viewport) is PlayMode.BOUNCE
    toggle_cine(viewport)
    assert viewport.cine == Cine(25.0, PlayMode.BOUNCE)
    toggle_mode(viewport)
    step_rate(viewport, -1)
    assert viewport.cine == Cine(20.0, PlayMode.LOOP)
    toggle_cine(viewport)
    assert viewport.cine is None
    toggle_cine(viewport)
    assert viewport.cine == Cine(20.0, PlayMode.LOOP)
    viewport.show(ultrasound(4), StackView())
    assert (viewport.cine, rate_hz(viewport), play_mode(viewport)) == (None, 25.0, PlayMode.LOOP)


def test_a_range_holds_what_was_chosen_last() -> None:
    """From the third of six up to the fifth; the same again takes an end back; an end beyond the other gives
    that one up; two at least play, and other images begin whole.
    """
    viewport, seen = _viewport(), []
    for act, at in (
        (set_first, 2),
        (set_last, 4),
        (set_last, 4),
        (set_first, 2),
        (set_last, 1),
        (set_first, 3),
        (set_first, 5),
    ):
        viewport.view = StackView(at)
        act(viewport)
        seen.append(ends_of(viewport))
    assert seen == [(2, 5), (2, 4), (2, 5), (0, 5), (0, 1), (3, 5), (4, 5)]
    set_ends(viewport, 5, 1)
    assert ends_of(viewport) == (4, 5)
    set_ends(viewport, -3, 99)
    assert viewport.cine_range is None
    set_ends(viewport, 1, 2)
    viewport.show(ultrasound(4), StackView())
    assert ends_of(viewport) == (0, 3)


@pytest.mark.parametrize(
    ("axis", "told"),
    [
        (Axis(AxisKind.B_VALUE, (0.0, 1000.0), "s/mm2", ("", "")), "b 值 2 / 2 · 1000 s/mm²"),
        (
            Axis(AxisKind.B_VALUE, (0.0, 1000.0), "s/mm2", ("", "0.7 0.7 0.0")),
            "b 值 2 / 2 · 1000 s/mm² · 0.7 0.7 0.0",
        ),
        (Axis(AxisKind.PHASE, (0.0, 40.0), "%"), "期相 2 / 2 · 40 %"),
        (Axis(AxisKind.COMPONENT, (0.0, 1.0), "1", ("M", "P")), "成分 2 / 2 · P"),
    ],
)
def test_a_further_axis_tells_its_value(axis: Axis, told: str) -> None:
    assert axis_text(axis, 1, 2) == told
