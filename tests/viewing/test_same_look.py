"""What is done to one view is done to those of its kind, and to no others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.domain.presentation import Window
from app.domain.quantity import Quantity
from app.domain.study import SeriesUid
from app.domain.volume import Volume
from app.viewing.layouts import grid_layout
from app.viewing.same_look import SameLook, begin_alike
from app.viewing.screen import RenderingView, Screen, SliceView, StackView, StudyRole, Viewport, ViewportId
from tests.support.stacks import mammogram
from tests.support.volumes import AXIAL_AXES, display_set_of, volume_of


def _volume(quantity: Quantity = Quantity.HU, modality: str = "CT") -> Volume:
    made = volume_of(np.zeros((20, 16, 24), np.int16), (2.0, 0.8, 0.8), AXIAL_AXES)
    return Volume(made.grid, made.voxels, quantity, modality, made.series_uid, "1.2.9", made.sop_uids)


@pytest.fixture
def screen() -> Screen:
    """Two axial CT, a coronal one, an MR, a rendering, a mammogram."""
    made = Screen(grid_layout(2, 3))
    ct, other = _volume(), _volume()
    one, two, three, four, five, six = made.viewports.values()
    one.show(ct, SliceView(0, 3))
    two.show(other, SliceView(0, 9))
    three.show(other, SliceView(1, 3))
    four.show(_volume(Quantity.ARBITRARY, "MR"), SliceView(0, 3))
    five.show(ct, RenderingView())
    six.show(mammogram(), StackView())
    return made


def _zooms(screen: Screen) -> list[float]:
    return [viewport.zoom for viewport in screen.viewports.values()]


def _windowed(screen: Screen) -> list[bool]:
    return [viewport.window == Window(-600, 1500) for viewport in screen.viewports.values()]


def test_a_prior_begins_as_the_study_beside_it(screen: Screen) -> None:
    """Of the active view, else of one of the study in the same unit; MR has no scale between examinations."""
    views = list(screen.viewports.values())
    for view, window in ((views[0], Window(-600, 1500)), (views[2], Window(40, 400))):
        view.window, view.window_label, view.invert = window, "chosen", True
    for active, wanted in ((0, Window(-600, 1500)), (2, Window(40, 400)), (3, Window(-600, 1500))):
        screen.active = views[active].viewport_id
        prior = Viewport(ViewportId("7"), role=StudyRole.PRIOR)
        prior.show(_volume(), SliceView(0, 3))
        begin_alike(screen, prior)
        assert (prior.window, prior.window_label, prior.invert) == (wanted, "chosen", True)
    views[3].window = Window(500, 900)
    signal = Viewport(ViewportId("8"), role=StudyRole.PRIOR)
    signal.show(_volume(Quantity.ARBITRARY, "MR"), SliceView(0, 3))
    begin_alike(screen, signal)
    assert signal.window is None


def test_nothing_follows_until_it_is_switched_on(screen: Screen) -> None:
    _look = SameLook(screen)
    screen.active_viewport.zoom = 2.0
    assert _zooms(screen) == [2.0, 1.0, 1.0, 1.0, 1.0, 1.0]


def test_grey_levels_go_to_the_same_quantity_and_places_to_the_same_plane(screen: Screen) -> None:
    """The coronal CT takes the window, not the zoom; the axial MR the zoom, not the window."""
    _look = SameLook(screen)
    screen.same_look = True
    mine = screen.active_viewport
    mine.window, mine.window_label, mine.invert = Window(-600, 1500), "Lung window", True
    mine.zoom, mine.pan, mine.turns, mine.flipped = 2.0, (5.0, -3.0), 1, True
    assert _windowed(screen) == [True, True, True, False, False, False]
    assert _zooms(screen) == [2.0, 2.0, 1.0, 2.0, 1.0, 1.0]
    two = list(screen.viewports.values())[1]
    assert (two.pan, two.turns, two.flipped, two.invert) == ((5.0, -3.0), 1, True, True)
    assert [v.view for v in screen.viewports.values()][:2] == [SliceView(0, 3), SliceView(0, 9)]


def test_switching_it_on_levels_them(screen: Screen) -> None:
    _look = SameLook(screen)
    screen.active_viewport.window = Window(-600, 1500)
    assert _windowed(screen)[1] is False
    screen.same_look = True
    assert _windowed(screen)[1] is True
    screen.same_look = False
    screen.active_viewport.window = Window(40, 400)
    assert _windowed(screen) == [False, True, True, False, False, False]


def test_the_view_that_is_worked_on_leads(screen: Screen) -> None:
    _look = SameLook(screen)
    screen.same_look = True
    one, two = list(screen.viewports.values())[:2]
    screen.active = two.viewport_id
    two.zoom = 3.0
    assert one.zoom == 3.0


def test_an_empty_view_takes_no_part() -> None:
    made = Screen(grid_layout(1, 2))
    _look = SameLook(made)
    made.same_look = True
    first, second = made.viewports.values()
    first.zoom = 2.0
    assert isinstance(second, Viewport)
    assert second.zoom == 1.0


def test_the_signal_of_another_sequence_keeps_its_own_window() -> None:
    """T2 goes with T2 of a prior, whatever a scanner calls it; T1 and a nameless series stay as they are."""
    made = Screen(grid_layout(2, 2))
    _look = SameLook(made)
    made_of_signal = replace(
        volume_of(np.zeros((20, 16, 24), np.int16), (2.0, 0.8, 0.8), AXIAL_AXES),
        quantity=Quantity.ARBITRARY,
        modality="MR",
    )
    for viewport, title in zip(
        made.viewports.values(), ("t2_tse_tra", "AX T2 FRFSE", "t1_tse_tra", ""), strict=True
    ):
        volume = replace(made_of_signal, series_uid=SeriesUid(title))
        viewport.show(volume, SliceView(0, 3), display_set=display_set_of(volume))
        viewport.title = title
    made.same_look = True
    made.active_viewport.window, made.active_viewport.zoom = Window(-600, 1500), 2.0
    assert _windowed(made) == [True, True, False, False]
    assert _zooms(made) == [2.0] * 4


def test_breasts_back_to_back_are_moved_as_in_a_mirror() -> None:
    """Towards the middle of the screen is towards the chest wall on both sides."""
    made = Screen(grid_layout(2, 2))
    _look = SameLook(made)
    for viewport, (laterality, view) in zip(
        made.viewports.values(), (("R", "CC"), ("L", "CC"), ("R", "MLO"), ("L", "MLO")), strict=True
    ):
        viewport.show(mammogram(laterality, view, uid=f"1.2.{viewport.viewport_id}"), StackView())
        viewport.side = "right" if laterality == "R" else "left"
    made.same_look = True
    made.active_viewport.zoom, made.active_viewport.pan, made.active_viewport.turns = 2.0, (12.0, -3.0), 1
    assert _zooms(made) == [2.0] * 4
    assert [v.pan for v in made.viewports.values()] == [(12.0, -3.0), (-12.0, -3.0)] * 2
    assert [v.turns for v in made.viewports.values()] == [1, 0, 1, 0]
