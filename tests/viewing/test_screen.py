"""Layouts as data, viewports with a state of their own, links and the crosshair."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

from app.domain.presentation import Window
from app.domain.volume import Volume
from app.errors import NotFound
from app.i18n import catalogue
from app.viewing.layers import LabelLayer, ShapeAnnotation, ShapeLayer
from app.viewing.layouts import grid_layout, layout, named_layouts
from app.viewing.links import index_of, link, link_kind, link_parallel, point_to, scroll_to
from app.viewing.same_look import SameLook
from app.viewing.screen import (
    Crosshair,
    RenderingView,
    Screen,
    ScrollLink,
    SliceView,
    StackView,
    StudyRole,
    ViewportId,
)
from tests.support.capabilities import shape
from tests.support.stacks import mammogram, ultrasound
from tests.support.volumes import AXIAL_AXES, volume_of

ONE, TWO, THREE, FOUR = (ViewportId(str(n)) for n in range(1, 5))


def _volume(
    slices: int = 20, thick: float = 2.0, z: float = 0.0, frame_of_reference: str = "1.2.9"
) -> Volume:
    volume = volume_of(
        np.zeros((slices, 16, 24), np.int16), (thick, 0.8, 0.8), AXIAL_AXES, origin_mm=(-40, -30, z)
    )
    return Volume(
        volume.grid,
        volume.voxels,
        volume.quantity,
        "CT",
        volume.series_uid,
        frame_of_reference,
        volume.sop_uids,
    )


@pytest.mark.parametrize("rows", range(1, 7))
@pytest.mark.parametrize("columns", range(1, 7))
def test_grids_fill_the_screen(rows: int, columns: int) -> None:
    """1×1 to 6×6: equal cells in reading order, by their name."""
    cells = layout(f"grid-{rows}x{columns}").cells
    assert len(cells) == rows * columns
    assert sum(c.width * c.height for c in cells) == pytest.approx(1)
    assert [(c.y, c.x) for c in cells] == sorted((c.y, c.x) for c in cells)


def test_named_layouts_fill_the_screen_and_have_chinese_names() -> None:
    """Each is data: cells that do not overlap, with a title that is translated."""
    assert named_layouts()[0].layout_id == "mpr"
    assert [c.view for c in layout("mpr").cells] == ["axial", "coronal", "sagittal", "rendering"]
    for one in named_layouts():
        assert sum(c.width * c.height for c in one.cells) == pytest.approx(1)
        assert one.title in catalogue()


@pytest.mark.parametrize("name", ["grid-7x1", "grid-0x3", "grid-2", "axial"])
def test_unknown_layouts_are_refused(name: str) -> None:
    """By name."""
    with pytest.raises(NotFound, match=name):
        layout(name)


def test_another_layout_keeps_the_images_in_order() -> None:
    """Fewer cells end the last viewports, links to them and the one that filled the screen."""
    screen = Screen(grid_layout(2, 2))
    stack = ultrasound(4)
    for viewport in screen.viewports.values():
        viewport.show(stack, StackView(int(viewport.viewport_id) - 1))
    screen.links = (ScrollLink(frozenset((ONE, TWO, FOUR))), ScrollLink(frozenset((TWO, THREE))))
    screen.active = screen.maximised = FOUR
    screen.lay_out(grid_layout(1, 2))
    assert [index_of(v) for v in screen.viewports.values()] == [0, 1]
    assert (screen.active, screen.maximised) == (ONE, None)
    assert screen.links == (ScrollLink(frozenset((ONE, TWO))),)
    screen.lay_out(grid_layout(6, 6))
    assert len(screen.shown) == 36
    assert screen.viewports[TWO].image is stack
    assert screen.viewports[THREE].image is None


def test_a_view_that_has_gone_keeps_no_image() -> None:
    """Viewports without a cell go, with what they showed, and screens too."""
    screen = Screen(grid_layout(2, 2))
    look = SameLook(screen)
    screen.viewports[FOUR].show(mammogram(), StackView())
    gone = [weakref.ref(screen.viewports[FOUR]), weakref.ref(screen)]
    screen.lay_out(grid_layout(1, 1))
    gc.collect()
    assert gone[0]() is None
    del screen, look
    gc.collect()
    assert gone[1]() is None


def test_every_viewport_has_a_state_of_its_own() -> None:
    """CT beside MG beside US: a change of one is no change of another."""
    screen = Screen(grid_layout(1, 3))
    for viewport, image in zip(
        screen.viewports.values(), (_volume(), mammogram(), ultrasound()), strict=True
    ):
        viewport.show(image, SliceView(0, 3) if isinstance(image, Volume) else StackView())
    heard: list[str] = []
    for viewport in screen.viewports.values():
        viewport.events.connect(lambda info, v=viewport: heard.append(v.viewport_id))
    two = screen.viewports[TWO]
    two.window, two.zoom, two.turns, two.invert = Window(1, 2), 3.0, 1, True
    assert set(heard) == {TWO}
    scroll_to(screen, THREE, 12)
    assert (index_of(screen.viewports[ONE]), index_of(two), index_of(screen.viewports[THREE])) == (3, 0, 12)


def test_a_new_image_brings_nothing_of_the_one_before() -> None:
    """Window, zoom, layers, inversion, cine position: all as opened."""
    viewport = Screen(grid_layout(1, 1)).viewports[ONE]
    viewport.show(mammogram(), StackView())
    viewport.window, viewport.zoom, viewport.invert, viewport.further = Window(1, 2), 3.0, True, 2
    viewport.put_layer(ShapeLayer((ShapeAnnotation("1", shape("probe"), None, ((1.0, 1.0),)),)))  # type: ignore[arg-type]
    viewport.show(ultrasound(), StackView(3))
    assert (viewport.window, viewport.zoom, viewport.invert, viewport.further) == (None, 1.0, False, 0)
    assert (viewport.layers, viewport.marks) == ((), ())
    viewport.clear("why")
    assert (viewport.image, viewport.display_set, viewport.notice) == (None, None, "why")


def test_layers_are_kept_by_type() -> None:
    """Putting replaces the one of its type."""
    viewport = Screen(grid_layout(1, 1)).viewports[ONE]
    first, second = ShapeLayer(()), ShapeLayer((ShapeAnnotation("1", shape("probe"), None),))  # type: ignore[arg-type]
    viewport.put_layer(first)
    viewport.put_layer(second)
    assert viewport.layers == (second,)
    assert viewport.layer(LabelLayer) is None
    viewport.drop_layer(ShapeLayer)
    assert viewport.layers == ()


def test_planes_of_one_volume_are_windowed_together_in_the_layout_made_for_them() -> None:
    """In a grid the same CT may hang twice with two windows (read-compare)."""
    screen, volume = Screen(), _volume()
    for axis, identity in enumerate((ONE, TWO, THREE)):
        screen.viewports[identity].show(volume, SliceView(axis))
    screen.viewports[FOUR].show(_volume(), RenderingView())
    assert [v.viewport_id for v in screen.together(TWO)] == [ONE, TWO, THREE]
    screen.lay_out(grid_layout(2, 2))
    assert [v.viewport_id for v in screen.together(TWO)] == [TWO]


def test_linked_views_go_to_the_same_place() -> None:
    """Slices of 2 mm beside slices of 5 mm that begin elsewhere, in one frame of reference."""
    screen = Screen(grid_layout(1, 3))
    thin, thick, other = (
        _volume(50, 2.0),
        _volume(20, 5.0, z=-10),
        _volume(50, 2.0, frame_of_reference="1.2.10"),
    )
    for identity, volume in ((ONE, thin), (TWO, thick), (THREE, other)):
        screen.viewports[identity].show(volume, SliceView(0, 10))
    screen.links = (ScrollLink(frozenset((ONE, TWO, THREE))),)
    scroll_to(screen, ONE, 25)  # z = 50
    assert index_of(screen.viewports[TWO]) == 12
    assert index_of(screen.viewports[THREE]) == 25  # another frame of reference: as many images
    assert link_kind(screen.viewports[ONE], screen.viewports[TWO]) == "position"
    assert link_kind(screen.viewports[ONE], screen.viewports[THREE]) == "step"
    screen.viewports[TWO].view = SliceView(1, 3)
    assert link_kind(screen.viewports[ONE], screen.viewports[TWO]) == "step"


def test_views_that_are_linked_show_the_same_place_at_once() -> None:
    """Those of one frame of reference come to the active view's place; others keep theirs."""
    screen = Screen(grid_layout(1, 3))
    for identity, volume in (
        (ONE, _volume(50, 2.0)),
        (TWO, _volume(20, 5.0, z=-10)),
        (THREE, _volume(50, 2.0, frame_of_reference="1.2.10")),
    ):
        screen.viewports[identity].show(volume, SliceView(0, 10))
    screen.active = TWO  # z = 40
    link(screen, frozenset((ONE, TWO, THREE)))
    assert screen.links == (ScrollLink(frozenset((ONE, TWO, THREE))),)
    assert [index_of(v) for v in screen.viewports.values()] == [20, 10, 10]
    link(screen, frozenset((ONE,)))
    assert screen.links == ()


def test_a_prior_scrolls_with_the_planes_it_is_parallel_to() -> None:
    """An axial prior goes with the axial images, not with the coronal ones beside them."""
    screen = Screen(grid_layout(2, 2))
    current, prior = _volume(50, 2.0), _volume(40, 2.0, frame_of_reference="1.2.10")
    for identity, volume, axis in ((ONE, current, 0), (TWO, current, 1), (THREE, prior, 0)):
        screen.viewports[identity].show(volume, SliceView(axis, 1))
    screen.viewports[THREE].role = StudyRole.PRIOR
    link_parallel(screen, frozenset((ONE, TWO, THREE)))
    assert screen.links == (ScrollLink(frozenset((ONE, THREE))),)
    screen.viewports[THREE].view = SliceView(2, 1)
    link_parallel(screen, frozenset((ONE, TWO, THREE)))
    assert screen.links == ()


def test_linked_views_hold_at_their_ends_and_without_images() -> None:
    """A shorter series stays at its last image; an empty tile is no obstacle."""
    screen = Screen(grid_layout(1, 3))
    screen.viewports[ONE].show(_volume(50, frame_of_reference=""), SliceView(0, 0))
    screen.viewports[TWO].show(ultrasound(5), StackView())
    screen.links = (ScrollLink(frozenset((ONE, TWO, THREE))),)
    scroll_to(screen, ONE, 40)
    assert [index_of(v) for v in screen.viewports.values()] == [40, 4, 0]


def test_the_crosshair_takes_the_views_of_its_space_along() -> None:
    """Planes of the volume and of another in the same frame of reference; nothing else."""
    screen, volume = Screen(grid_layout(1, 4)), _volume()
    for axis, identity in enumerate((ONE, TWO, THREE)):
        screen.viewports[identity].show(volume, SliceView(axis))
    screen.viewports[FOUR].show(_volume(frame_of_reference="1.2.10"), SliceView(0, 2))
    point = tuple(volume.grid.to_lps((7, 5, 11)))
    point_to(screen, TWO, point)
    assert [index_of(v) for v in screen.viewports.values()] == [7, 5, 11, 2]
    scroll_to(screen, ONE, 9)
    assert screen.crosshair is not None
    assert volume.grid.to_index(screen.crosshair.point_mm) == pytest.approx((9, 5, 11))
    scroll_to(screen, FOUR, 5)
    assert screen.crosshair == Crosshair(screen.crosshair.point_mm, "1.2.9")
