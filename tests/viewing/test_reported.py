"""The marks of reports on images and planes: which show, where, and what is written beside them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.domain.coding import Code
from app.domain.geometry import Grid
from app.domain.layers import ImageReference, SpatialReference
from app.domain.report_marks import FigureKind, ReportedValue, ReportMark, ReportMarks
from app.domain.study import SopUid
from app.viewing.image_plane import ImagePlane, frame_plane, slice_plane
from app.viewing.reported import figures_on, key_words, placed_report, without_drawn
from tests.support.stacks import frame_of

PIXELS = np.zeros((40, 60), np.uint16)
GRID = Grid((20, 40, 60), (2.0, 1.0, 0.5), (-15.0, -20.0, 5.0), ((0, 0, 1), (0, 1, 0), (1, 0, 0)))
DIAMETER = ReportedValue(Code("81827009", "SCT", "Diameter"), "12.3456", Code("mm", "UCUM", "mm"))


def report(*marks: ReportMark, maker: str = "Other Works") -> ReportMarks:
    return ReportMarks("Imaging Measurement Report", maker, marks, SpatialReference())


def on(n: int, *frames: int) -> ImageReference:
    return ImageReference(SopUid(f"1.2.5.{n}"), frames)


def in_space(kind: FigureKind, *points: tuple[float, float, float]) -> ReportMark:
    return ReportMark(kind, points, None, "1.9")


def plane(axis: int, along: int) -> ImagePlane:
    return slice_plane(GRID, axis, along, "1.9")


def test_figures_show_on_their_own_images() -> None:
    """By object and frame; one without frames means all of the object's."""
    frames = [frame_of(PIXELS, 1, index=n, frames_in_object=3) for n in range(3)]
    line = ReportMark(FigureKind.POLYLINE, ((1, 2), (3, 4)), on(1, 2), values=(DIAMETER,), label="T1")
    everywhere = ReportMark(FigureKind.POINT, ((5, 6),), on(1))
    placed = placed_report(report(line, everywhere, replace(line, image=on(7))), frames)
    shown = [figures_on(placed, frame_plane(frame), frame) for frame in frames]
    assert [[one.kind for one in figures] for figures in shown] == [
        [FigureKind.POINT],
        [FigureKind.POLYLINE, FigureKind.POINT],
        [FigureKind.POINT],
    ]
    assert shown[1][0].points == ((1, 2), (3, 4))
    assert shown[1][0].lines == ("T1", "直径 12.35 mm")
    assert figures_on(placed, frame_plane(frames[1]), None) == ()


def test_our_own_marks_are_drawn_once() -> None:
    frame = frame_of(PIXELS, 1)
    marks = [
        ReportMark(FigureKind.POINT, ((n, n),), on(1), tracking_uid=uid)
        for n, uid in enumerate(("", "2.25.1"))
    ]
    placed = placed_report(report(*marks), [frame])
    figures = figures_on(placed, frame_plane(frame), frame)
    assert [one.tracking_uid for one in without_drawn(figures, frozenset(("2.25.1",)))] == [""]


def test_figures_in_space_show_on_the_planes_that_they_lie_on() -> None:
    """Points on the plane they are nearest to, lines where they lie in the plane; only in their own space."""
    middle = GRID.to_lps((7, 10, 30))
    point = in_space(FigureKind.POINT, middle)
    ends = tuple(GRID.to_lps((7, 10, c)) for c in (10, 50))
    line = in_space(FigureKind.POLYLINE, *ends)
    elsewhere = replace(point, frame_of_reference_uid="1.10")
    placed = placed_report(report(point, line, elsewhere), [])
    for axis, own in ((0, 7), (1, 10)):
        kinds = {
            n: [one.kind for one in figures_on(placed, plane(axis, n), None)] for n in (own - 1, own, own + 1)
        }
        assert kinds == {own - 1: [], own: [FigureKind.POINT, FigureKind.POLYLINE], own + 1: []}
    assert [one.kind for one in figures_on(placed, plane(2, 30), None)] == [FigureKind.POINT]
    shown = plane(0, 7)
    (at, drawn) = figures_on(placed, shown, None)
    assert np.allclose(shown.to_lps(*at.points[0]), middle)
    assert np.allclose([shown.to_lps(*p) for p in drawn.points], ends)


def test_an_ellipsoid_is_cut_by_the_planes() -> None:
    """Every point of the cut lies on its surface and on the plane; beyond it there is none."""
    centre, half = np.array(GRID.to_lps((8, 20, 30))), np.array((6.0, 9.0, 7.0))
    turn = np.linalg.qr(np.array(((1.0, 0.4, 0.2), (-0.3, 1.0, 0.1), (0.2, -0.2, 1.0))))[0]
    ends = [centre + sign * half[n] * turn[:, n] for n in range(3) for sign in (-1, 1)]
    solid = in_space(FigureKind.ELLIPSOID, *(tuple(map(float, end)) for end in ends))  # type: ignore[arg-type]
    placed = placed_report(report(solid), [])
    for axis, along in ((0, 8), (0, 10), (1, 24), (2, 22)):
        shown = plane(axis, along)
        (cut,) = figures_on(placed, shown, None)
        assert cut.kind is FigureKind.POLYGON
        surface = np.array([shown.to_lps(*point) for point in cut.points]) - centre
        assert ((surface @ turn / half) ** 2).sum(axis=1) == pytest.approx(np.ones(len(surface)))
    assert figures_on(placed, plane(0, 19), None) == ()


def test_key_objects_are_told_of_their_images() -> None:
    frames = [frame_of(PIXELS, n) for n in (1, 2)]
    key = ReportMark(None, image=on(2), label="请对比既往", finding=Code("113000", "DCM", "Of Interest"))
    placed = placed_report(report(key), frames)
    assert [key_words(placed, frame) for frame in frames] == [(), ("关注图像 · 请对比既往",)]
    assert placed.said == "Imaging Measurement Report · Other Works"
    people = replace(report(key, maker=""), observers=("Li^Lei",))
    assert placed_report(people, frames).said == "Imaging Measurement Report · Li Lei"
