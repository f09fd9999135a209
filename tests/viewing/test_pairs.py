"""Two views in one: where the other's image lies, what is said of it, and what cannot be compared."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from app.domain.study import SeriesUid, StudyUid
from app.domain.volume import Volume
from app.errors import Refused
from app.viewing.layouts import grid_layout
from app.viewing.links import scroll_to
from app.viewing.pairs import step_pair_rate, toggle_pair
from app.viewing.resolve import Resolved, facts_of, resolve
from app.viewing.screen import PairMode, Screen, SliceView, StackView, StudyRole, ViewportId
from tests.support.stacks import mammogram
from tests.support.volumes import volume_of

ONE, TWO = ViewportId("1"), ViewportId("2")
SIZE = (400, 300)
SAGITTAL = ((1.0, 0.0, 0.0), (0.0, 0.0, -1.0), (0.0, 1.0, 0.0))


def _volume(**how: Any) -> Volume:
    return volume_of(np.zeros((9, 20, 30), np.int16), **how)


def _other_space(volume: Volume) -> Volume:
    return replace(volume, frame_of_reference_uid="9.9", series_uid=SeriesUid("9"))


def _screen(mine: Any, yours: Any, *, prior: bool = False) -> Screen:
    screen = Screen(layout=grid_layout(1, 2))
    for identity, image, role in ((ONE, mine, False), (TWO, yours, prior)):
        viewport = screen.viewports[identity]
        viewport.show(image, SliceView(0, 3) if isinstance(image, Volume) else StackView())
        viewport.role = StudyRole.PRIOR if role else StudyRole.CURRENT
        viewport.study_uid = StudyUid("2" if role else "1")
        viewport.study_date = "2020-01-02" if role else "2026-11-18"
    return screen


def _shown(screen: Screen) -> Resolved:
    shown = resolve(screen.viewports[ONE], facts_of(screen, ONE), SIZE)
    assert shown is not None
    return shown


def test_what_is_at_one_place_lies_over_it() -> None:
    """Other spacing, origin and size in one frame of reference: a point of the patient is at one pixel, also
    zoomed, moved and turned; the other follows to the nearest slice.
    """
    screen = _screen(_volume(), _volume(spacing_mm=(3.0, 1.1, 1.3), origin_mm=(-33.0, -21.0, 4.0)))
    toggle_pair(screen, PairMode.SWIPE)
    front = screen.viewports[ONE]
    front.zoom, front.pan, front.turns = 2.5, (4.0, -3.0), 1
    scroll_to(screen, ONE, 6)
    shown = _shown(screen)
    assert shown.beside is not None
    other = shown.beside.shown
    assert other.image.index == round((10 + 2 * 6 - 4) / 3)
    for point in ((-20.0, -15.0, 22.0), (-35.5, -25.0, 22.0)):
        ours, theirs = shown.plane.from_lps(point), other.plane.from_lps(point)
        assert ours is not None
        assert theirs is not None
        at = shown.placement.to_screen(*ours)
        assert other.placement.to_screen(*theirs) == pytest.approx(at, abs=1e-6)
    assert (shown.is_divided, shown.swipe_px, screen.maximised) == (True, 200.0, ONE)


def test_a_prior_in_another_space_lies_middle_over_middle() -> None:
    """Both sides say whose they are, with the date; the right corners are the prior's."""
    screen = _screen(_volume(), _other_space(_volume(spacing_mm=(2.0, 1.6, 1.6))), prior=True)
    toggle_pair(screen, PairMode.SWIPE)
    shown = _shown(screen)
    assert shown.beside is not None
    other = shown.beside.shown
    assert other.placement.middle == shown.placement.middle
    assert other.placement.px_per_unit == shown.placement.px_per_unit
    assert [name[-10:] for name in shown.beside.names] == ["2026-11-18", "2020-01-02"]
    assert shown.header is not None
    assert other.header is not None
    assert (shown.header.prior, other.header.prior) == (False, True)
    assert shown.corners.bottom_right == other.corners.bottom_right
    assert (shown.other_at((150.0, 100.0)), shown.other_at((250.0, 100.0))) == (None, shown.beside)
    before = screen.viewports[TWO].view
    scroll_to(screen, ONE, 5)
    assert screen.viewports[TWO].view == replace(before, index=5.0)  # type: ignore[type-var]


def test_projections_are_as_large_as_their_millimetres() -> None:
    """Two films without a place in the patient: those of a prior go over those of the study."""
    screen = _screen(mammogram(), mammogram(), prior=True)
    toggle_pair(screen, PairMode.FLICKER)
    shown = _shown(screen)
    assert shown.beside is not None
    assert shown.beside.shown.placement == shown.placement


@pytest.mark.parametrize(
    ("yours", "prior", "why"),
    [
        (_other_space(_volume()), False, "no common frame of reference"),
        (_volume(axes=SAGITTAL), True, "lie at 90°"),
        (mammogram(), True, "no place in the patient"),
        (replace(_other_space(_volume()), modality="MR"), True, "cannot be compared"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_the_reason(yours: Any, prior: bool, why: str) -> None:
    screen = _screen(_volume(), yours, prior=prior)
    with pytest.raises(Refused) as told:
        toggle_pair(screen, PairMode.SWIPE)
    assert why in str(told.value)
    assert (screen.pair, screen.maximised) == (None, None)


def test_a_pair_ends_as_it_began() -> None:
    """The same key ends it, another changes its kind; another image or layout ends it; rates have ends."""
    screen = _screen(_volume(), _other_space(_volume()), prior=True)
    toggle_pair(screen, PairMode.SWIPE)
    toggle_pair(screen, PairMode.FLICKER)
    assert screen.pair is not None
    assert screen.pair.mode is PairMode.FLICKER
    for _ in range(9):
        step_pair_rate(screen, 1)
    assert screen.pair.rate_hz == 3.0
    screen.pair_turned = True
    shown = _shown(screen)
    assert shown.beside is not None
    assert (shown.beside.turned, shown.is_divided) == (True, False)
    toggle_pair(screen, PairMode.FLICKER)
    assert (screen.pair, screen.pair_turned, screen.maximised) == (None, False, None)
    toggle_pair(screen, PairMode.SWIPE)
    screen.viewports[TWO].clear()
    assert (screen.pair, screen.maximised) == (None, None)
    with pytest.raises(Refused):
        toggle_pair(screen, PairMode.SWIPE)
