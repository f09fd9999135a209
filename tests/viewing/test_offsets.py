"""Views without a common frame of reference go together by an offset that was set by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.domain.geometry import Grid
from app.domain.volume import Volume
from app.errors import Refused
from app.viewing.layouts import grid_layout
from app.viewing.links import crosshair_in, index_of, link, link_kind, point_to, scroll_to
from app.viewing.offsets import forget_offset, link_here, offset_beside, set_offset
from app.viewing.resolve import facts_of, resolve, surroundings_of
from app.viewing.screen import Screen, SliceView, StackView, StudyRole, ViewportId
from app.viewing.viewport_texts import ChipTone
from tests.support.stacks import ultrasound
from tests.support.volumes import volume_of

ONE, TWO, THREE = (ViewportId(str(n)) for n in range(1, 4))


def _tilted(degrees: float) -> tuple[tuple[float, float, float], ...]:
    """Axes of an axial grid (slice, row, column) that is tilted about the left-right axis."""
    c, s = float(np.cos(np.radians(degrees))), float(np.sin(np.radians(degrees)))
    return ((0.0, -s, c), (0.0, c, s), (1.0, 0.0, 0.0))


def _series(name: str, slices: int, step: float, z: float, *, tilt: float = 0.0, space: str = "") -> Volume:
    shape = (slices, 32, 24)
    made = volume_of(np.zeros(shape, np.int16), (step, 0.8, 0.8), _tilted(tilt), origin_mm=(-10, -12, z))
    return _placed(made, made.grid, f"1.2.{name}", space or f"1.9.{name}")


def _placed(volume: Volume, grid: Grid, series_uid: str, space: str) -> Volume:
    """The same values in another place."""
    return Volume(grid, volume.voxels, volume.quantity, "CT", series_uid, space)  # type: ignore[arg-type]


def _screen(*volumes: Volume, axis: int = 0) -> Screen:
    screen = Screen(grid_layout(1, len(volumes)))
    for number, (viewport, volume) in enumerate(zip(screen.viewports.values(), volumes, strict=True)):
        viewport.show(volume, SliceView(axis, 5))
        viewport.study_uid = f"study {number}"  # type: ignore[assignment]
        viewport.role = StudyRole.PRIOR if number else StudyRole.CURRENT
    return screen


def _z(screen: Screen, viewport_id: ViewportId) -> float:
    viewport = screen.viewports[viewport_id]
    assert isinstance(viewport.image, Volume)
    assert isinstance(viewport.view, SliceView)
    index = [0.0, 0.0, 0.0]
    index[viewport.view.axis] = index_of(viewport)
    return float(viewport.image.grid.to_lps(index)[2])


def test_views_go_together_in_millimetres_from_where_they_were_linked() -> None:
    """2 mm slices beside 5 mm slices of another scanner: level with each other they stay so, whoever leads;
    the offset is the prior's place less the current one's.
    """
    screen = _screen(_series("1", 60, 2.0, 100.0), _series("2", 30, 5.0, -400.0))
    scroll_to(screen, ONE, 20)  # z 140
    scroll_to(screen, TWO, 7)  # z -365
    screen.active = TWO
    link_here(screen)
    assert (index_of(screen.viewports[ONE]), index_of(screen.viewports[TWO])) == (20, 7), "nothing jumps"
    for lead, follow, steps in ((ONE, TWO, 9), (TWO, ONE, -5), (ONE, TWO, 14), (TWO, ONE, 3)):
        scroll_to(screen, lead, index_of(screen.viewports[lead]) + steps)
        step = 5.0 if follow == TWO else 2.0
        assert abs(_z(screen, TWO) - _z(screen, ONE) + 505) <= step / 2
    around = surroundings_of(screen)
    assert [(around[i].link, around[i].offset_mm) for i in (ONE, TWO)] == [
        ("offset", pytest.approx(505)),
        ("offset", pytest.approx(-505)),
    ]
    header = resolve(screen.viewports[TWO], facts_of(screen, TWO), (500, 400)).header  # type: ignore[union-attr]
    assert header is not None
    assert header.chips[-1].text == "联动 · 偏移 −505.0 mm"


def _said(screen: Screen, viewport_id: ViewportId) -> tuple[str, ChipTone]:
    """How its header says that it is linked."""
    shown = resolve(screen.viewports[viewport_id], facts_of(screen, viewport_id), (500, 400))
    assert shown is not None
    assert shown.header is not None
    return shown.header.chips[-1].text, shown.header.chips[-1].tone


def test_one_goes_alone_and_is_linked_anew() -> None:
    """Scrolled alone and linked again, the offset is the new one; unlinked, it is remembered."""
    screen = _screen(_series("1", 60, 2.0, 0.0), _series("2", 60, 2.0, 0.0))
    link_here(screen)
    scroll_to(screen, TWO, 9, alone=True)
    assert index_of(screen.viewports[ONE]) == 5
    assert _said(screen, TWO) == ("偏移 0 mm，现为 +8.0 mm", ChipTone.LIMIT)
    assert _said(screen, ONE) == ("偏移 0 mm，现为 −8.0 mm", ChipTone.LIMIT)
    link_here(screen)
    assert _said(screen, TWO) == ("联动 · 偏移 +8.0 mm", ChipTone.LINKED)
    scroll_to(screen, ONE, 25)
    assert index_of(screen.viewports[TWO]) == 29
    screen.links = ()
    scroll_to(screen, ONE, 30)
    assert index_of(screen.viewports[TWO]) == 29
    link(screen, frozenset((ONE, TWO)))
    assert index_of(screen.viewports[TWO]) == 34
    screen.lay_out(grid_layout(2, 2))
    assert link_kind(screen.viewports[ONE], screen.viewports[TWO], screen.alignments) == "offset"
    forget_offset(screen)
    assert link_kind(screen.viewports[ONE], screen.viewports[TWO], screen.alignments) == "step"


def test_a_typed_offset_moves_the_prior() -> None:
    screen = _screen(_series("1", 60, 2.0, 0.0), _series("2", 60, 2.0, 0.0))
    for active, typed, place in ((TWO, -6.0, 4.0), (ONE, -8.0, 18.0), (TWO, 0.0, 10.0)):
        screen.active = active
        set_offset(screen, typed)
        assert (_z(screen, ONE), _z(screen, TWO)) == (10.0, place)
        found = offset_beside(screen, screen.viewports[active])
        assert found is not None
        assert found[1] == pytest.approx(typed)
    with pytest.raises(Refused, match="2000 mm"):
        set_offset(screen, float("nan"))


@pytest.mark.parametrize(("axis", "along"), [(1, 1), (2, 0)])
def test_coronal_and_sagittal_views_are_linked_alike(axis: int, along: int) -> None:
    """An offset along the front-back, the left-right axis; the one along the body is set on its own."""
    shifted = _series("2", 40, 2.0, 0.0)
    origin = list(shifted.grid.origin_mm)
    origin[along] += 30.0
    grid = replace(shifted.grid, origin_mm=(origin[0], origin[1], origin[2]))
    shifted = _placed(shifted, grid, shifted.series_uid, shifted.frame_of_reference_uid)
    screen = _screen(_series("1", 40, 2.0, 0.0), shifted, axis=axis)
    scroll_to(screen, TWO, 10)  # 4 mm further in its own grid
    link_here(screen)
    assert surroundings_of(screen)[TWO].offset_mm == pytest.approx(34.0)
    scroll_to(screen, ONE, 12)
    assert index_of(screen.viewports[TWO]) == 17
    for viewport in screen.viewports.values():
        viewport.view = SliceView(0, 5)
    assert link_kind(screen.viewports[ONE], screen.viewports[TWO], screen.alignments) == "step", "not set"


def test_planes_that_lean_too_far_are_refused() -> None:
    """A gantry tilted by 12° is linked, and stays level in the middle; 25° is refused with both figures."""
    screen = _screen(_series("1", 60, 2.0, 0.0), _series("2", 60, 2.0, 0.0, tilt=12.0))
    scroll_to(screen, TWO, 14)
    link_here(screen)
    scroll_to(screen, ONE, 25)
    assert index_of(screen.viewports[TWO]) in (33, 34)  # 40 mm along z are 39.1 mm along its normal
    screen = _screen(_series("1", 60, 2.0, 0.0), _series("2", 60, 2.0, 0.0, tilt=25.0))
    with pytest.raises(Refused) as refused:
        link_here(screen)
    assert refused.value.params == {"found": 25, "limit": 18}
    assert screen.links == ()
    screen.viewports[TWO].show(ultrasound(5), StackView())
    with pytest.raises(Refused, match="no place in the patient"):
        link_here(screen)
    screen.viewports[TWO].clear()
    with pytest.raises(Refused, match="no other series"):
        link_here(screen)


def test_a_spot_is_found_in_all_views_of_linked_spaces() -> None:
    """Current, its twin in the same space, a prior by offset: all go to the level; the cross of the prior is
    marked as one of an offset.  A third, aligned with the prior only, is found by way of it.
    """
    screen = _screen(_series("1", 60, 2.0, 0.0), _series("2", 60, 2.0, -200.0), _series("3", 60, 2.0, 300.0))
    link(screen, frozenset((ONE, TWO)))
    screen.active = TWO
    scroll_to(screen, THREE, 15, alone=True)
    screen.viewports[ONE].role = StudyRole.PRIOR
    link_here(screen)  # 2 with 1 and 3: -200 and +320 beside each other
    screen.active = ONE
    point_to(screen, ONE, (1.0, 2.0, 40.0))
    assert [index_of(v) for v in screen.viewports.values()] == [20, 20, 30]
    cross = screen.crosshair
    there = crosshair_in(screen, screen.viewports[THREE], cross)
    assert there is not None
    assert there.by_offset
    assert there.point_mm == pytest.approx((1.0, 2.0, 360.0))
    own = crosshair_in(screen, screen.viewports[ONE], cross)
    assert own is not None
    assert not own.by_offset
    scroll_to(screen, THREE, 31)
    assert screen.crosshair is not None
    assert screen.crosshair.point_mm[2] == pytest.approx(42.0), "it stays in the planes that are shown"
    screen.links = ()
    assert crosshair_in(screen, screen.viewports[THREE], screen.crosshair) is None


def test_two_breath_holds_of_one_frame_of_reference() -> None:
    """They go by position until a reader says where they agree."""
    screen = _screen(_series("1", 60, 2.0, 0.0, space="1.9.7"), _series("2", 60, 2.0, 0.0, space="1.9.7"))
    link(screen, frozenset((ONE, TWO)))
    scroll_to(screen, TWO, 9, alone=True)
    link_here(screen)
    scroll_to(screen, ONE, 20)
    assert index_of(screen.viewports[TWO]) == 24
    assert surroundings_of(screen)[TWO].offset_mm == pytest.approx(8.0)
