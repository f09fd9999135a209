"""The marks of a report on the image that is shown: which lie on it, and what stands beside them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.domain.frame import Frame, FrameKey
from app.domain.geometry import PointPx
from app.domain.report_marks import FigureKind, ReportedValue, ReportMark, ReportMarks
from app.domain.spine import level_of
from app.domain.study import SopUid, display_name
from app.viewing.coded_words import concept_words
from app.viewing.image_plane import ImagePlane
from app.viewing.planes import PlaneView
from app.viewing.wording import unit_text

#: values beside a mark; half the reach of a plane that says nothing of its thickness
_MOST_VALUES, _REACH_MM = 4, 1.0
_RING = 72


@dataclass(frozen=True, slots=True, eq=False)
class PlacedReport:
    """The marks of a report, by the frames that they lie on, and those in the patient's space."""

    report: ReportMarks
    on_frames: Mapping[FrameKey, tuple[ReportMark, ...]]
    in_space: tuple[ReportMark, ...]

    @property
    def said(self) -> str:
        """Name of the report and who made it: the device, else the people."""
        report = self.report
        makers = report.maker or ", ".join(display_name(one) for one in report.observers)
        return " · ".join(part for part in (concept_words(report.kind) or report.title, makers) if part)


@dataclass(frozen=True, slots=True)
class ReportFigure:
    """A figure on the image that is shown: points in pixels as it hangs; `lines` stand beside it.  An
    `is_arrow` points from its second to its first point.
    """

    kind: FigureKind
    points: tuple[PointPx, ...]
    lines: tuple[str, ...]
    tracking_uid: str
    is_arrow: bool = False


def placed_report(report: ReportMarks, frames: Iterable[Frame]) -> PlacedReport:
    """The marks on the frames of a display set; a reference without frames means all of its object."""
    named: dict[SopUid, list[ReportMark]] = {}
    for mark in report.marks:
        if mark.image is not None:
            named.setdefault(mark.image.sop_uid, []).append(mark)
    on_frames = {
        frame.key: marks
        for frame in frames
        if (marks := tuple(mark for mark in named.get(frame.sop_uid, ()) if _means(mark, frame.index + 1)))
    }
    return PlacedReport(report, on_frames, tuple(mark for mark in report.marks if mark.image is None))


def _means(mark: ReportMark, frame: int) -> bool:
    return mark.image is not None and (not mark.image.frames or frame in mark.image.frames)


def key_words(placed: PlacedReport, frame: Frame | None) -> tuple[str, ...]:
    """What a key object selection says of the image."""
    if frame is None:
        return ()
    said = []
    for mark in placed.on_frames.get(frame.key, ()):
        if mark.kind is None:
            parts = (concept_words(mark.finding), mark.label)
            said.append(" · ".join(dict.fromkeys(part for part in parts if part)))
    return tuple(dict.fromkeys(said))


def figures_on(placed: PlacedReport, plane: ImagePlane, frame: Frame | None) -> tuple[ReportFigure, ...]:
    """The figures on an image; `frame` is the whole source image that is drawn, None for computed planes."""
    found: list[ReportFigure] = []
    if frame is not None and frame.crop is None and not frame.tiles:
        for mark in placed.on_frames.get(frame.key, ()):
            if mark.kind is not None:
                points = tuple(plane.from_source(point[0], point[1]) for point in mark.points)
                found.append(_figure(mark, mark.kind, points))
    if plane.pose is not None:
        reach = _reach_mm(plane, frame)
        for mark in placed.in_space:
            if mark.kind is not None and mark.frame_of_reference_uid == plane.frame_of_reference_uid:
                found += _in_plane(mark, mark.kind, plane, reach)
    return tuple(found)


def _reach_mm(plane: ImagePlane, frame: Frame | None) -> float:
    if plane.view is not None:
        return _step_mm(plane, plane.view) / 2
    thickness = frame.slice_thickness_mm if frame is not None else None
    return thickness / 2 if thickness else _REACH_MM


def _step_mm(plane: ImagePlane, view: PlaneView) -> float:
    """Distance of the planes along their normal; the grid may lean."""
    assert plane.pose is not None
    return view.step_mm * abs(float(np.dot(view.normal_vector, plane.pose.normal)))


def _in_plane(mark: ReportMark, kind: FigureKind, plane: ImagePlane, reach: float) -> Iterator[ReportFigure]:
    """What of a figure in space lies on a plane, or nearer to it than to its neighbours."""
    points = np.array(mark.points, dtype=float)
    if kind is FigureKind.ELLIPSOID:
        ring = _cut(points, plane)
        if ring is not None:
            yield _figure(mark, FigureKind.POLYGON, ring)
        return
    assert plane.pose is not None
    off = np.array([abs(plane.pose.distance_mm((x, y, z))) for x, y, z in points])
    near = off <= reach * (1 + 1e-6)
    if kind in (FigureKind.POINT, FigureKind.MULTIPOINT):
        points = points[near]
    elif not near.all():
        return
    if len(points):
        yield _figure(mark, kind, _pixels(points, plane))


def _pixels(points_mm: NDArray[np.float64], plane: ImagePlane) -> tuple[PointPx, ...]:
    return tuple((float(x), float(y)) for x, y in plane.pixels_of(points_mm))


def _cut(ends: NDArray[np.float64], plane: ImagePlane) -> tuple[PointPx, ...] | None:
    """The line in which a plane cuts an ellipsoid that is given by the ends of its three axes."""
    assert plane.pose is not None
    centre = ends.mean(axis=0)
    axes = ((ends[1::2] - ends[::2]) / 2).T
    if abs(float(np.linalg.det(axes))) < 1e-9:
        return None
    to_ball = np.linalg.inv(axes)
    base = np.array((plane.pose.across_mm, plane.pose.down_mm)).T
    # of the ball that the ellipsoid becomes: the plane's point nearest to its middle, and the circle there
    directions, scale = np.linalg.qr(to_ball @ base)
    start = to_ball @ (np.array(plane.pose.origin_mm) - centre)
    along = -directions.T @ start
    nearest = start + directions @ along
    square = 1 - float(nearest @ nearest)
    if square <= 0:
        return None
    angles = np.linspace(0, 2 * math.pi, _RING, endpoint=False)
    circle = along[:, None] + math.sqrt(square) * np.array((np.cos(angles), np.sin(angles)))
    x, y = np.linalg.solve(scale, circle) + 0.5
    return tuple((float(a), float(b)) for a, b in zip(x, y, strict=True))


# -- in words -----------------------------------------------------------------------------------------------


def _figure(mark: ReportMark, kind: FigureKind, points: tuple[PointPx, ...]) -> ReportFigure:
    return ReportFigure(kind, points, _lines(mark), mark.tracking_uid, mark.is_arrow)


def _lines(mark: ReportMark) -> tuple[str, ...]:
    """What it is called, what was found and where, and its values; a level of the spine is called by its
    name.
    """
    sites = [level_of(site) or concept_words(site) for site in mark.sites]
    parts = (mark.label, concept_words(mark.finding), *sites)
    head = " · ".join(dict.fromkeys(part for part in parts if part))
    values = [_value(one) for one in mark.values[:_MOST_VALUES]]
    return tuple(line for line in (head, *values) if line)


def _value(value: ReportedValue) -> str:
    parts = (concept_words(value.concept), _number(value.text), unit_text(value.unit))
    return " ".join(part for part in parts if part)


def _number(text: str) -> str:
    """A number as people read it: four digits of it, if it has a fraction."""
    try:
        value = float(text)
    except ValueError:
        return text
    if value.is_integer() or not math.isfinite(value):
        return text
    return f"{value:.4g}" if abs(value) < 10_000 else f"{value:.0f}"


def without_drawn(figures: Sequence[ReportFigure], drawn: frozenset[str]) -> tuple[ReportFigure, ...]:
    """Without those that are drawn as marks of our own already."""
    return tuple(one for one in figures if not one.tracking_uid or one.tracking_uid not in drawn)
