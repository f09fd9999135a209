"""The part of each image that a view shows, as a presentation state says it (PS3.3 C.10.4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from app.domain.frame import Frame
from app.domain.layers import DisplayedArea, ImageReference
from app.domain.study import SopUid
from app.viewing.image_plane import turn_of
from app.viewing.presented import displayed_box
from app.viewing.resolve import Resolved
from app.viewing.screen import SizeMode, Viewport


@dataclass(frozen=True, slots=True)
class ShownPart:
    """An image, how its stored pixels are turned (quarter turns, after the flip), and what part of it an
    applied state shows.
    """

    frame: Frame
    turn: tuple[int, bool]
    area: DisplayedArea | None


def named_image(frame: Frame) -> ImageReference:
    """A reference to a frame."""
    frames = (frame.index + 1,) if frame.frames_in_object > 1 else ()
    return ImageReference(frame.sop_uid, frames, frame.sop_class_uid)


def image_references(frames: Iterable[Frame]) -> tuple[ImageReference, ...]:
    """An object is named once, with all its frames that are meant."""
    found: dict[tuple[SopUid, str], tuple[int, ...]] = {}
    for frame in frames:
        key = (frame.sop_uid, frame.sop_class_uid)
        found[key] = (*found.get(key, ()), *named_image(frame).frames)
    return tuple(ImageReference(uid, tuple(sorted(named)), kind) for (uid, kind), named in found.items())


def displayed_areas(
    images: Sequence[ShownPart], shown: Resolved, viewport: Viewport
) -> Iterator[DisplayedArea]:
    """The part that shows, of all images of its size; of others the whole, or what an applied state said."""
    groups: dict[tuple[int, int, DisplayedArea | None], list[ShownPart]] = {}
    for one in images:
        groups.setdefault((one.frame.rows, one.frame.columns, one.area), []).append(one)
    seen, mode = shown.image.frame, viewport.size_mode
    is_centred = viewport.pan == (0.0, 0.0) and (viewport.zoom == 1.0 or mode is SizeMode.PIXELS)
    for (rows, columns, kept), group in groups.items():
        box, turn = (0.0, 0.0, float(columns), float(rows)), group[0].turn
        is_seen = seen is not None and (seen.rows, seen.columns) == (rows, columns)
        is_kept = kept is not None and mode is SizeMode.FIT and (is_centred or not is_seen)
        spacing = group[0].frame.spacing
        if is_kept and kept is not None:
            box, sized = displayed_box(kept), (kept.mode, kept.magnification)
        else:
            sized = _sized(viewport, has_mm=spacing.mm is not None)
            if is_seen and not is_centred:
                box = _seen_box(shown, box)
        yield DisplayedArea(
            image_references(one.frame for one in group) if len(groups) > 1 else (),
            *_corners(box, turn),
            mode=sized[0],
            magnification=sized[1],
            spacing_mm=kept.spacing_mm if is_kept and kept is not None else spacing.mm,
            aspect=(1, 1) if spacing.mm is not None else _whole_ratio(spacing.aspect),
        )


def _sized(viewport: Viewport, *, has_mm: bool) -> tuple[str, float | None]:
    """Presentation Size Mode and magnification."""
    if viewport.size_mode is SizeMode.PIXELS:
        return "MAGNIFY", viewport.zoom
    if viewport.size_mode is SizeMode.TRUE and viewport.zoom == 1.0 and has_mm:
        return "TRUE SIZE", None
    return "SCALE TO FIT", None


def _whole_ratio(ratio: tuple[float, float]) -> tuple[int, int]:
    """A ratio of whole numbers (IS)."""
    found = Fraction(ratio[0] / ratio[1]).limit_denominator(1000)
    return (found.numerator, found.denominator) if found else (1, 1)


def _seen_box(shown: Resolved, whole: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """(left, top, right, bottom) of the part of the stored image that fills the tile; all where none does.

    It ends at the image's edges: corners beyond them are allowed (PS3.3 C.10.4), but others take them for
    unsigned numbers.
    """
    area, plane = shown.area, shown.plane
    ends = ((area.x, area.y), (area.x + area.width, area.y + area.height))
    points = np.array([plane.to_source(*shown.placement.to_image(end)) for end in ends])
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    left, top = float(np.round(left)), float(np.round(top))
    right, bottom = max(float(np.round(right)), left + 1), max(float(np.round(bottom)), top + 1)
    left, top = max(left, 0.0), max(top, 0.0)
    right, bottom = min(right, whole[2]), min(bottom, whole[3])
    return (left, top, right, bottom) if left < right and top < bottom else whole


def _corners(
    box: tuple[float, float, float, float], turn: tuple[int, bool]
) -> tuple[tuple[int, int], tuple[int, int]]:
    """One-based pixels that lie at the upper left and the lower right on the screen."""
    left, top, right, bottom = (round(edge) for edge in box)
    (a, b), (c, d) = turn_of(*turn)
    across = {True: (left + 1, right), False: (right, left + 1)}
    down = {True: (top + 1, bottom), False: (bottom, top + 1)}
    x, y = across[a + c > 0], down[b + d > 0]
    return (x[0], y[0]), (x[1], y[1])
