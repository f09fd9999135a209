"""Another arrangement goes on where the views stood."""

from __future__ import annotations

import numpy as np
import pytest

from app.domain.study import SeriesUid
from app.domain.volume import Volume
from app.viewing.layouts import grid_layout, layout
from app.viewing.links import index_of, point_to
from app.viewing.screen import Screen, SliceView, StackView, Viewport
from app.viewing.shown_places import ShownPlaces
from tests.support.stacks import ultrasound
from tests.support.volumes import AXIAL_AXES, volume_of


def _volume(series: str, frame: str, slices: int = 41, step: float = 2.0) -> Volume:
    made = volume_of(np.zeros((slices, 8, 8), np.int16), (step, 4.0, 4.0), AXIAL_AXES)
    uid = SeriesUid(series)
    return Volume(made.grid, made.voxels, made.quantity, "CT", uid, frame, made.references)


@pytest.fixture
def seen() -> tuple[Screen, Volume, ShownPlaces]:
    """One view at slice 30 of 41 (20 mm beyond the middle), left behind for two others."""
    screen, current = Screen(grid_layout(1, 1)), _volume("current", "1.2.9")
    screen.active_viewport.show(current, SliceView(0, 30.0))
    stood = ShownPlaces.of(screen)
    screen.lay_out(grid_layout(1, 2))
    return screen, current, stood


def _shown(screen: Screen, image: Volume, stood: ShownPlaces, axis: int = 0) -> Viewport:
    viewport = list(screen.viewports.values())[1]
    viewport.show(image, SliceView(axis, float((image.grid.shape[axis] - 1) // 2)))
    stood.put_back(screen, viewport)
    return viewport


def test_what_nobody_has_moved_binds_nothing() -> None:
    """A study that hangs begins in its middles, whatever was opened first."""
    screen, image = Screen(grid_layout(1, 1)), _volume("current", "1.2.9")
    for index, counts in ((20.0, False), (19.5, False), (22.0, True)):
        screen.active_viewport.show(image, SliceView(0, index))
        assert bool(ShownPlaces.of(screen, moved=True).views) is counts
    screen.active_viewport.show(ultrasound(), StackView(0))
    assert not ShownPlaces.of(screen, moved=True).views


def test_the_same_images_stay_where_they_stood(seen: tuple[Screen, Volume, ShownPlaces]) -> None:
    screen, current, stood = seen
    assert _shown(screen, current, stood).view == SliceView(0, 30.0)
    assert _shown(screen, current, stood, axis=1).view == SliceView(1, 3.0), "nothing was said of this plane"


def test_images_of_the_same_space_go_to_the_place(seen: tuple[Screen, Volume, ShownPlaces]) -> None:
    """Slices of 1 mm beside slices of 2 mm, from the same corner."""
    screen, _, stood = seen
    assert index_of(_shown(screen, _volume("thin", "1.2.9", 81, 1.0), stood)) == 60


def test_a_prior_of_another_space_begins_as_far_from_its_middle(
    seen: tuple[Screen, Volume, ShownPlaces],
) -> None:
    screen, _, stood = seen
    assert index_of(_shown(screen, _volume("prior", "1.2.7", 21, 5.0), stood)) == 14


def test_the_crosshair_goes_on_in_the_plane_that_was_looked_at(
    seen: tuple[Screen, Volume, ShownPlaces],
) -> None:
    screen, current, stood = seen
    screen.lay_out(layout("mpr"))
    views = list(screen.viewports.values())[:3]
    for axis, viewport in enumerate(views):
        viewport.show(current, SliceView(axis, 0.0))
    assert stood.point_at(screen, views[0].viewport_id)
    assert [index_of(viewport) for viewport in views] == [30, 4, 4]
    point_to(screen, views[0].viewport_id, tuple(current.grid.to_lps((12, 2, 5))))  # type: ignore[arg-type]
    again = ShownPlaces.of(screen)
    screen.crosshair = None
    assert again.point_at(screen, views[0].viewport_id)
    assert [index_of(viewport) for viewport in views] == [12, 2, 5]
    assert not ShownPlaces().point_at(screen, views[0].viewport_id)


def test_a_cine_stays_at_its_frame_and_tiles_of_a_stack_stay_apart() -> None:
    screen, cine = Screen(grid_layout(1, 2)), ultrasound()
    one, two = screen.viewports.values()
    one.show(cine, StackView(12))
    stood = ShownPlaces.of(screen)
    one.show(cine, StackView(0))
    stood.put_back(screen, one)
    assert one.view == StackView(12)
    two.show(cine, StackView(1))
    stood.put_back(screen, two)
    assert two.view == StackView(1)
