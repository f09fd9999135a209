"""Words that tell the display sets of one series apart.  Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace

import numpy as np

from app.dicom.read.slice_geometry import as_patient_grows, axes_of, places
from app.domain.display_set import Correction, DisplaySet, TranslatableText

_PLANES = ("Sagittal", "Coronal", "Axial")
#: of the length of the normal: what leans more is oblique
_UPRIGHT = 0.9


def told_apart(sets: Sequence[DisplaySet]) -> list[DisplaySet]:
    """The same display sets in their order, each with a title that no other of them has."""
    titles = {n: one.title for n, one in enumerate(sets)}
    for tell in _FIELDS:
        for alike in _alike(titles):
            _add(titles, dict(zip(alike, tell([sets[n] for n in alike]), strict=True)))
    for alike in _alike(titles):
        total = str(len(alike))
        _add(titles, {n: ("{n} of {total}", {"n": str(i), "total": total}) for i, n in enumerate(alike, 1)})
    return [replace(one, title=titles[n]) for n, one in enumerate(sets)]


def _alike(titles: dict[int, tuple[TranslatableText, ...]]) -> list[list[int]]:
    groups: dict[str, list[int]] = defaultdict(list)
    for n, title in titles.items():
        groups[str(title)].append(n)
    return [group for group in groups.values() if len(group) > 1]


def _add(titles: dict[int, tuple[TranslatableText, ...]], told: dict[int, TranslatableText | None]) -> None:
    """Add what was found to each title, where it tells any of them apart."""
    if len({str(one) for one in told.values()}) > 1:
        for n, one in told.items():
            titles[n] = titles[n] if one is None else (*titles[n], one)


# -- what may tell them apart, the most telling first -----------------------------------------------------


def _each(
    tell: Callable[[DisplaySet], TranslatableText | None],
) -> Callable[[Sequence[DisplaySet]], list[TranslatableText | None]]:
    return lambda sets: [tell(one) for one in sets]


def _made(one: DisplaySet) -> TranslatableText | None:
    """The interpolated volume beside the images that it was made of."""
    resampled = one.geometry is not None and one.geometry.correction is Correction.RESAMPLED
    return ("interpolated volume", {}) if resampled else None


def _colour(one: DisplaySet) -> TranslatableText | None:
    return ("colour", {}) if _common([frame.pixel_format.is_grey for frame in one.frames]) is False else None


def _plane(one: DisplaySet) -> TranslatableText | None:
    axes = axes_of(one.frames[0])
    if axes is None:
        return None
    along = np.abs(axes[0])
    return (_PLANES[int(along.argmax())] if along.max() > _UPRIGHT else "Oblique", {})


def _matrix(one: DisplaySet) -> TranslatableText | None:
    if _common([(frame.rows, frame.columns) for frame in one.frames]) is None:
        return None
    frame = one.frames[0]
    return ("{columns} × {rows}", {"columns": str(frame.columns), "rows": str(frame.rows)})


def _pixels(one: DisplaySet) -> TranslatableText | None:
    """Distance of pixels."""
    if _common([frame.spacing.mm for frame in one.frames]) is None:
        return None
    spacing = one.frames[0].spacing.mm
    return None if spacing is None else ("pixels of {mm} mm", {"mm": f"{spacing[1]:.3g}"})


def _slices(one: DisplaySet) -> TranslatableText | None:
    """Distance of slices."""
    if one.geometry is None:
        return None
    return ("slices every {mm} mm", {"mm": f"{one.geometry.grid.spacing_mm[0]:.3g}"})


def _references(sets: Sequence[DisplaySet]) -> list[TranslatableText | None]:
    """Frames of reference have no names: they are counted in the order of the sets."""
    uids = list(dict.fromkeys(one.frames[0].frame_of_reference_uid for one in sets))
    return [
        ("frame of reference {n}", {"n": str(uids.index(one.frames[0].frame_of_reference_uid) + 1)})
        for one in sets
    ]


def _acquisition(one: DisplaySet) -> TranslatableText | None:
    number = _common([frame.distinction.acquisition_number for frame in one.frames])
    return None if number is None else ("acquisition {value}", {"value": str(number)})


def _place(one: DisplaySet) -> TranslatableText | None:
    """Where along the normal the slices lie, as the patient's axis that it is nearest to grows."""
    axes = axes_of(one.frames[0])
    placed = [frame for frame in one.frames if frame.position_mm is not None]
    if axes is None or not placed:
        return None
    along = places(placed, axes)[:, 0] * as_patient_grows(axes[0])
    return ("{low} … {high} mm", {"low": str(round(along.min())), "high": str(round(along.max()))})


def _numbers(one: DisplaySet) -> TranslatableText | None:
    """The scanner's numbers."""
    numbers = [frame.number for frame in one.frames if frame.number is not None]
    if not numbers:
        return None
    first, last = str(min(numbers)), str(max(numbers))
    if first == last:
        return ("image no. {number}", {"number": first})
    return ("images {first}–{last}", {"first": first, "last": last})


def _time(one: DisplaySet) -> TranslatableText | None:
    at = min((t for f in one.frames if (t := f.distinction.acquired_at) is not None), default=None)
    return None if at is None else ("at {time}", {"time": f"{at:%H:%M:%S}"})


def _common(values: Sequence[Hashable]) -> Hashable:
    """What all have; None where they differ."""
    found = set(values)
    return found.pop() if len(found) == 1 else None


_FIELDS: tuple[Callable[[Sequence[DisplaySet]], list[TranslatableText | None]], ...] = (
    _each(_made),
    _each(_colour),
    _each(_plane),
    _references,
    _each(_slices),
    _each(_acquisition),
    _each(_matrix),
    _each(_pixels),
    _each(_place),
    _each(_numbers),
    _each(_time),
)
