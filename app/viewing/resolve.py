"""From intent to what is drawn: `resolve` is pure, its result frozen.

The same `ResolvedSlice` is drawn to the window and to a picture.  Pixels of the screen are device-independent, `(x, y)` from the
upper left corner of the tile.  Nothing is interpolated here: the image on the screen is a slice of the array, placed by `rect`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from app.domain.geometry import Grid, Point3, orientation_letters
from app.domain.presentation import Window
from app.domain.roi import RoiKind
from app.domain.volume import Quantity, Volume
from app.i18n import tr
from app.viewing.marks import Box, MarkPx, place_marks, text_width
from app.viewing.planes import PlaneView, as_point, nearest_slice, plane_view
from app.viewing.sampling import value_at
from app.viewing.state import SLICE_PLANES, Compare, Layout, Mark, Plane, ScreenState, TextLevel
from app.viewing.wording import UNIT_WORDS, number

PointPx = tuple[float, float]

#: line of a plane whose normal is nearest to x, y, z: blue left-right, red front-back, green foot-head (DICOM's MPR colours)
AXIS_COLORS = ("#4d8dff", "#ff6b5e", "#43c77a")
#: shares of the window's width that a difference is shown over, and its bounds in the unit of the values
_DIFFERENCE_SHARE, _DIFFERENCE_MOST = 0.125, 200.0


class Role(StrEnum):
    """What a corner line is."""

    TEXT = "text"
    QUIET = "quiet"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class TextLine:
    """A corner line."""

    text: str
    role: Role = Role.TEXT


@dataclass(frozen=True, slots=True)
class CrossLines:
    """Where the other two slice views cut this one: upright and level line, each with the colour of its plane."""

    at: PointPx
    upright_color: str
    level_color: str


@dataclass(frozen=True, slots=True)
class ScaleBar:
    """A bar of a round length."""

    length_mm: float
    length_px: float
    text: str


@dataclass(frozen=True, slots=True)
class Overlay:
    """Which segments are drawn: (number, colour), how strongly, and whether a person has confirmed them."""

    colors: tuple[tuple[int, tuple[int, int, int]], ...]
    opacity: float
    unconfirmed: bool


@dataclass(frozen=True, slots=True)
class Corners:
    """Text lines of the four corners."""

    top_left: tuple[TextLine, ...] = ()
    top_right: tuple[TextLine, ...] = ()
    bottom_left: tuple[TextLine, ...] = ()
    bottom_right: tuple[TextLine, ...] = ()


@dataclass(frozen=True, slots=True)
class ResolvedSlice:
    """One slice view, complete.

    `index` is the slice asked for, `shown` the nearest that has arrived (None: none has); `rect` is (x, y, width, height) of the image
    in pixels of the tile.  `generation` is that of the voxels it was made for: a drawer whose voxels have another one drops it.
    """

    plane: Plane
    grid: Grid
    view: PlaneView
    size_px: tuple[int, int]
    rect: tuple[float, float, float, float]
    px_per_mm: float
    index: int
    shown: int | None
    ready: bool
    complete: bool
    generation: int
    result_generation: int
    low: float
    high: float
    invert: bool
    compare: Compare
    difference_half: float
    swipe_px: float
    swipe_labels: tuple[str, str]
    letters: tuple[str, str, str, str]  # left, right, top, bottom
    cross: CrossLines | None
    scale_bar: ScaleBar
    marks: tuple[MarkPx, ...]
    corners: Corners
    overlay: Overlay | None
    active: bool

    @property
    def scale(self) -> tuple[float, float]:
        """Pixels of the screen for one of the image, (across, down)."""
        return (self.rect[2] / self.view.size[0], self.rect[3] / self.view.size[1])

    @property
    def affine(self) -> tuple[float, float, float, float, float, float]:
        """(a, b, c, d, e, f): image (x, y) → screen (a·x + c·y + e, b·x + d·y + f)."""
        across, down = self.scale
        return (across, 0.0, 0.0, down, self.rect[0], self.rect[1])

    def to_px(self, point_mm: Point3) -> PointPx:
        """Screen pixel of a point, projected along the normal."""
        x, y = self.view.to_image(as_point(self.grid.to_index(point_mm)))
        across, down = self.scale
        return (self.rect[0] + x * across, self.rect[1] + y * down)

    def to_lps(self, at: PointPx) -> Point3:
        """LPS point on the shown plane under a pixel of the screen."""
        across, down = self.scale
        x, y = (at[0] - self.rect[0]) / across, (at[1] - self.rect[1]) / down
        return as_point(self.grid.to_lps(self.view.to_index(x, y, self.index)))

    def holds(self, at: PointPx) -> bool:
        """The pixel lies on the image."""
        x, y, width, height = self.rect
        return x <= at[0] < x + width and y <= at[1] < y + height


def resolve(screen: ScreenState, plane: Plane, size_px: tuple[int, int], device_ratio: float = 1.0) -> ResolvedSlice | None:
    """What a tile of `size_px` shows; None while there is no volume (or it has been closed)."""
    volume = screen.volume
    if volume is None or plane is Plane.RENDERING or not volume.voxels.ready.size:
        return None
    grid = volume.grid
    view = plane_view(grid, plane)
    state = screen.viewport(plane)
    index = nearest_slice(state.index, view.count)
    shown = _nearest_ready(volume, view, index)
    rect, px_per_mm = _place(view, size_px, state.zoom, state.pan_mm)
    compare = screen.compare if screen.result is not None and screen.result.voxels.ready.size else Compare.SOURCE
    half = min(screen.window.width * _DIFFERENCE_SHARE, _DIFFERENCE_MOST) or 1.0
    low, high = (-half, half) if compare is Compare.DIFFERENCE else (screen.window.low, screen.window.high)
    bar = scale_bar(px_per_mm, min(size_px))
    partial = ResolvedSlice(
        plane, grid, view, size_px, rect, px_per_mm, index, shown, shown == index, volume.voxels.complete, volume.voxels.generation,
        screen.result.voxels.generation if screen.result is not None else 0, low, high, screen.invert != falls_white(volume), compare, half,
        screen.swipe * size_px[0], (tr("Original"), tr("Processed")) if compare is Compare.SWIPE else ("", ""),
        _letters(view), None, bar, (), Corners(), _overlay(screen, volume), screen.active is plane,
    )  # fmt: skip
    corners = _corners(screen, volume, partial, device_ratio)
    return replace(
        partial,
        cross=_cross(screen, partial),
        marks=place_marks(source_told(screen.marks, compare), partial, _reserved(corners, size_px)),
        corners=corners,
    )


def source_told(marks: Sequence[Mark], compare: Compare) -> tuple[Mark, ...]:
    """Marks whose values say that they are those of the original images, where something else is on the screen."""
    if compare is Compare.SOURCE:
        return tuple(marks)
    told = tr("of the original")  # on the last line: another line would make the label cover what it measures in a small view
    return tuple(
        replace(m, lines=(*m.lines[:-1], f"{m.lines[-1]} · {told}")) if m.lines and m.roi.kind is not RoiKind.LENGTH else m for m in marks
    )


def falls_white(volume: Volume) -> bool:
    """The lowest value is meant to be drawn white (MONOCHROME1, PS3.3 C.7.6.3.1.2)."""
    return volume.details.get("photometric", "") == "MONOCHROME1"


def fit_px_per_mm(view: PlaneView, size_px: tuple[int, int]) -> float:
    """Scale at which the image just fits the tile."""
    width_mm, height_mm = (n * s for n, s in zip(view.size, view.spacing_mm, strict=True))
    return min(max(size_px[0], 1) / width_mm, max(size_px[1], 1) / height_mm)


def _place(
    view: PlaneView, size_px: tuple[int, int], zoom: float, pan_mm: tuple[float, float]
) -> tuple[tuple[float, float, float, float], float]:
    scale = fit_px_per_mm(view, size_px) * zoom
    width, height = (n * s * scale for n, s in zip(view.size, view.spacing_mm, strict=True))
    x = (size_px[0] - width) / 2 + pan_mm[0] * scale
    y = (size_px[1] - height) / 2 + pan_mm[1] * scale
    return (x, y, width, height), scale


def _nearest_ready(volume: Volume, view: PlaneView, index: int) -> int | None:
    """The slice to show: in the acquired plane the nearest that has arrived; planes across it show what there is."""
    ready = volume.voxels.ready[0]
    if view.normal != 0:
        return index if ready.any() else None
    if ready[index]:
        return index
    arrived = np.flatnonzero(ready)
    return int(arrived[np.argmin(np.abs(arrived - index))]) if arrived.size else None


def _letters(view: PlaneView) -> tuple[str, str, str, str]:
    right, down = np.array(view.right_vector), np.array(view.down_vector)
    return (orientation_letters(-right), orientation_letters(right), orientation_letters(-down), orientation_letters(down))


def _cross(screen: ScreenState, shown: ResolvedSlice) -> CrossLines | None:
    if screen.crosshair_mm is None or not screen.crosshair_visible:
        return None
    view = shown.view
    index = [screen.viewport(plane).index for plane in SLICE_PLANES]
    x, y = view.to_image((index[0], index[1], index[2]))
    across, down = shown.scale
    axes = [plane_view(shown.grid, plane).patient_axis for plane in SLICE_PLANES]
    return CrossLines((shown.rect[0] + x * across, shown.rect[1] + y * down), AXIS_COLORS[axes[view.across]], AXIS_COLORS[axes[view.down]])


def scale_bar(px_per_mm: float, side_px: int) -> ScaleBar:
    """The longest of 1, 2, 5 × 10ⁿ mm that takes at most a fifth of the tile's shorter side."""
    most = max(side_px, 1) / 5 / px_per_mm
    power = 10.0 ** math.floor(math.log10(most))
    length = next(power * step for step in (5, 2, 1) if power * step <= most * (1 + 1e-9))
    text = f"{length / 10:g} cm" if length >= 10 else f"{length:g} mm"
    return ScaleBar(length, length * px_per_mm, text)


def _overlay(screen: ScreenState, volume: Volume) -> Overlay | None:
    segmentation = screen.segmentation
    if segmentation is None or not screen.overlay_visible or segmentation.grid.shape != volume.grid.shape:
        return None
    colors = tuple((s.number, s.color) for s in segmentation.segments if s.number not in screen.hidden_segments)
    return Overlay(colors, screen.overlay_opacity, screen.segmentation_unconfirmed) if colors else None


# -- texts ------------------------------------------------------------------------------------------------------


def plane_name(view: PlaneView) -> str:
    """What the plane is in the patient, whatever the direction of acquisition."""
    return (tr("Sagittal"), tr("Coronal"), tr("Axial"))[view.patient_axis]


def window_words(window: Window, label: str = "") -> str:
    """E.g. ``肺窗  W 1500  L −600``; label of a preset or of the image."""
    digits = 0 if window.width >= 10 else 2
    text = f"W {number(window.width, digits)}  L {number(window.centre, digits)}"
    return f"{tr(label)}  {text}" if label else text


def _corners(screen: ScreenState, volume: Volume, shown: ResolvedSlice, device_ratio: float) -> Corners:
    """All lines; few: those of the view; none: only what must never be hidden (processed, not confirmed, lossy, warnings)."""
    must = _safety_lines(screen, volume, shown)
    if screen.text_level is TextLevel.NONE:
        return Corners(bottom_right=must)
    whole = screen.text_level is TextLevel.ALL and (shown.plane is Plane.AXIAL or screen.layout is Layout.SINGLE)
    own = screen.corner_text
    view_lines = (TextLine(_where(volume, shown)),)
    return Corners(
        top_left=(*(_plain(own.top_left) if whole else ()), *view_lines),
        top_right=(*(_plain(own.top_right) if whole else ()), TextLine(_window_line(screen, volume, shown))),
        bottom_left=(*(_plain(own.bottom_left) if whole else ()), *_image_lines(screen, shown, device_ratio)),
        bottom_right=(*(_plain(own.bottom_right) if whole else ()), *must),
    )


def _plain(lines: tuple[str, ...]) -> tuple[TextLine, ...]:
    return tuple(TextLine(line, Role.QUIET) for line in lines if line)


def _where(volume: Volume, shown: ResolvedSlice) -> str:
    view = shown.view
    name = plane_name(view) if view.normal == 0 else f"{plane_name(view)} MPR"
    return (
        f"{name}   {tr('Slice {n} / {count}', n=shown.index + 1, count=view.count)}   {number(view.step_mm, 2).rstrip('0').rstrip('.')} mm"
    )


def _window_line(screen: ScreenState, volume: Volume, shown: ResolvedSlice) -> str:
    if shown.compare is Compare.DIFFERENCE:
        return tr("Difference ±{half} {unit}", half=number(shown.difference_half), unit=UNIT_WORDS[volume.quantity]).strip()
    label = screen.window_label or screen.window.label
    return window_words(screen.window, label) + (f"  {tr('inverted')}" if screen.invert else "")


def _image_lines(screen: ScreenState, shown: ResolvedSlice, device_ratio: float) -> tuple[TextLine, ...]:
    view = shown.view
    x, y = (number(s, 2) for s in view.spacing_mm)
    matrix = f"{view.size[0]} × {view.size[1]}   {x if x == y else f'{x} × {y}'} mm"
    # an MPR of unequal spacing is stretched on the screen: the reader should know that the detail is not measured
    uneven = max(view.spacing_mm) > 1.05 * min(view.spacing_mm)
    lines = [TextLine(matrix + (f"   {tr('interpolated')}" if uneven else ""), Role.QUIET)]
    zoom = screen.viewport(shown.plane).zoom
    if abs(zoom - 1) > 1e-3:
        lines.append(TextLine(tr("Zoom {zoom}×", zoom=number(zoom, 1)), Role.QUIET))
    if screen.active is shown.plane and screen.pointer_text:
        lines.append(TextLine(screen.pointer_text))
    return tuple(lines)


def _safety_lines(screen: ScreenState, volume: Volume, shown: ResolvedSlice) -> tuple[TextLine, ...]:
    lines = [TextLine(tr(template, **params), Role.WARNING) for template, params in volume.warnings]
    if lossy := volume.details.get("lossy", ""):
        lines.append(TextLine(tr("Lossy compressed {ratio}", ratio="" if lossy == "1" else f"{lossy}:1").strip(), Role.WARNING))
    if shown.compare is not Compare.SOURCE:
        lines.append(TextLine(screen.result_label or tr("Processed")))
        if screen.result_unconfirmed:
            lines.append(TextLine(tr("AI · not confirmed"), Role.WARNING))
    if screen.volume_unconfirmed and (shown.compare is Compare.SOURCE or not screen.result_unconfirmed):
        lines.append(TextLine(tr("AI · not confirmed"), Role.WARNING))
    if shown.overlay is not None and shown.overlay.unconfirmed:
        lines.append(TextLine(tr("AI segmentation · not confirmed"), Role.WARNING))
    if not shown.ready or not shown.complete:
        lines.append(TextLine(tr("Loading {percent} %", percent=round(volume.voxels.fraction * 100)), Role.QUIET))
    return tuple(lines)


def _reserved(corners: Corners, size_px: tuple[int, int]) -> tuple[Box, ...]:
    """Boxes of the corner texts, which labels of marks keep clear of."""
    width, height = size_px
    boxes = []
    for lines, right, bottom in (
        (corners.top_left, False, False), (corners.top_right, True, False),
        (corners.bottom_left, False, True), (corners.bottom_right, True, True),
    ):  # fmt: skip
        if lines:
            w, h = (
                max(text_width(line.text) for line in lines) + 20,
                len(lines) * 20.0 + 32,
            )  # with the row that a narrow tile leaves to the letter
            boxes.append(Box(width - w if right else 0.0, height - h if bottom else 0.0, w, h))
    return tuple(boxes)


def shown_value(screen: ScreenState, shown: ResolvedSlice, at: PointPx) -> str:
    """Value under a pixel in words, of what is drawn there; "" off the image or where nothing has arrived."""
    volume = screen.volume
    if volume is None or not shown.holds(at) or volume.voxels.generation != shown.generation:
        return ""
    result = screen.result
    use_result = result is not None and (
        shown.compare is Compare.RESULT or (shown.compare is Compare.SWIPE and at[0] >= shown.swipe_px)
    )  # fmt: skip
    value = _value(result if use_result and result is not None else volume, shown, at)
    if shown.compare is Compare.DIFFERENCE and result is not None and value is not None:
        other = _value(result, shown, at)
        value = other - value if other is not None else None
    if value is None:
        return ""
    digits = 0 if volume.quantity is Quantity.HU or abs(value) >= 100 else 2
    return tr("Pointer {value} {unit}", value=number(value, digits), unit=UNIT_WORDS[volume.quantity]).strip()


def _value(volume: Volume, shown: ResolvedSlice, at: PointPx) -> float | None:
    return value_at(volume, shown.to_lps(at))
