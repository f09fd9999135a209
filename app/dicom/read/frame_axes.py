"""What changes between frames that lie at one place: the further axis of a volume, or other volumes.
Pure.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np

from app.dicom.read.frame_ranks import FrameArrangement, by_rank, in_turn, some_of, times_axis
from app.dicom.read.slice_geometry import SAME_PLACE_MM, axes_of, clusters, lay_out, places
from app.domain.display_set import Axis, AxisKind, Correction, TranslatableText
from app.domain.frame import Distinction, Frame

#: values of Image Type that say how an image was filtered or stored, not what it shows
_NO_KIND = re.compile(
    r"(ORIGINAL|DERIVED|PRIMARY|SECONDARY|ND|NORM|DIS[23]D|FM\d*|FIL|SH|TE\d+|MOSAIC|VFRAME|OTHER|NONE)\Z"
)
#: fewer slices are no stack of their own
_LEAST_SLICES = 3
#: share of the places that each value of a further axis must have
_MOST_PLACES = 0.5
#: and that all of them have on average, where there are more values than frames at any place
_MEAN_PLACES = 0.6
#: directions of one shell differ by so much, in s/mm² or as a share of the b-value
_B_APART, _B_SHARE = 1.0, 0.04

Key = Callable[[Frame], Hashable]


@dataclass(frozen=True, slots=True)
class _Field:
    """Something that tells frames apart: its value, and how it is called."""

    key: Callable[[Distinction], Any]
    kind: AxisKind
    unit: str = ""
    title: str = ""


def component(distinction: Distinction) -> str:
    """What Image Type says of the kind of values: magnitude, phase, water, a map."""
    return "\\".join(value for value in distinction.image_type if not _NO_KIND.match(value))


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


#: differences that make other images of the same places
_HARD = (
    _Field(component, AxisKind.COMPONENT, title="{value}"),
    _Field(lambda d: d.kernel, AxisKind.COMPONENT, title="kernel {value}"),
    _Field(lambda d: d.stack_id, AxisKind.COMPONENT, title="stack {value}"),
    _Field(lambda d: d.energy_window, AxisKind.COMPONENT, title="energy window {value}"),
    _Field(lambda d: d.detector, AxisKind.COMPONENT, title="detector {value}"),
    _Field(lambda d: d.view, AxisKind.COMPONENT, title="view {value}"),
)
_ECHO = _Field(lambda d: _rounded(d.echo_ms, 2), AxisKind.ECHO, "ms", "echo {value} ms")
_INVERSION = _Field(lambda d: _rounded(d.inversion_ms, 1), AxisKind.INVERSION, "ms", "inversion {value} ms")
_B_VALUE = _Field(lambda d: d.b_value, AxisKind.B_VALUE, "s/mm2", "b {value} s/mm²")
_VARIED = (_ECHO, _INVERSION, _B_VALUE)
#: differences that are looked at only where several frames lie at one place, the most telling first
_SOFT = (
    _Field(lambda d: d.temporal_index, AxisKind.TIME, "1"),
    _Field(lambda d: d.phase_percent, AxisKind.PHASE, "%"),
    _Field(lambda d: d.trigger_ms, AxisKind.PHASE, "ms"),
    _Field(lambda d: d.acquired_at, AxisKind.TIME, "s"),
    _Field(lambda d: d.reference_s, AxisKind.TIME, "s"),
    _Field(lambda d: d.gradient, AxisKind.B_VALUE, "s/mm2"),
    _Field(lambda d: d.contrast, AxisKind.CONTRAST),
    _Field(lambda d: d.acquisition_number, AxisKind.DYNAMIC, "1", "acquisition {value}"),
    _Field(lambda d: d.image_type, AxisKind.COMPONENT),
    _Field(lambda d: d.echo_number, AxisKind.ECHO, "1"),
    _Field(lambda d: d.tube_kv, AxisKind.COMPONENT, "kV"),
    _Field(lambda d: d.flip_deg, AxisKind.COMPONENT, "deg"),
    _Field(lambda d: d.content_at, AxisKind.TIME, "s"),
    _Field(lambda d: d.dimensions, AxisKind.DYNAMIC, "1"),
)


def arrange(frames: Sequence[Frame]) -> list[FrameArrangement]:
    """Frames of one matrix, spacing and orientation as tables of times and slices, each frame in one of them.

    Slices are in the order of counting.  Every input order gives the same.
    """
    spot = _spots(frames)
    classes: list[tuple[list[int], dict[AxisKind, float | None], list[TranslatableText]]] = [
        (list(range(len(frames))), {}, [])
    ]
    for field in (*_HARD, *_VARIED):
        classes = [part for one in classes for part in _split(frames, spot, field, *one)]
    tables: list[tuple[FrameArrangement, dict[AxisKind, float | None]]] = []
    for members, values, told in classes:
        tables.extend((table, values) for table in _resolved(frames, spot, members, tuple(told)))
    return _merged(frames, spot, tables)


def _spots(frames: Sequence[Frame]) -> list[int]:
    """Number of the place of each frame, in the order of counting; frames beside each other lie at two
    places.
    """
    axes = axes_of(frames[0])
    assert axes is not None
    at = places(frames, axes)
    spot = np.zeros(len(frames), dtype=int)
    number = 0
    for members in clusters(at[:, 0]):
        beside: list[list[int]] = []
        for i in sorted(members, key=lambda i: (at[i, 1], at[i, 2])):
            if beside and np.abs(at[i, 1:] - at[beside[-1][0], 1:]).max() <= SAME_PLACE_MM:
                beside[-1].append(i)
            else:
                beside.append([i])
        for together in beside:
            spot[together] = number
            number += 1
    return [int(value) for value in spot]


def _values(frames: Sequence[Frame], field: _Field, members: Iterable[int]) -> dict[int, Any]:
    """The field's value of each frame; near b-values are one."""
    found = {i: field.key(frames[i].distinction) for i in members}
    if field is not _B_VALUE:
        return found
    known = sorted({value for value in found.values() if value is not None})
    shell: dict[float, float] = {}
    first = -_B_APART
    for value in known:
        if value - first > max(_B_APART, _B_SHARE * value):
            first = value
        shell[value] = first
    return {i: None if value is None else shell[value] for i, value in found.items()}


def _split(
    frames: Sequence[Frame],
    spot: list[int],
    field: _Field,
    members: list[int],
    values: dict[AxisKind, float | None],
    told: list[TranslatableText],
) -> list[tuple[list[int], dict[AxisKind, float | None], list[TranslatableText]]]:
    """Classes of one value each, where the values are not as many as the slices."""
    found = _values(frames, field, members)
    groups: dict[Any, list[int]] = defaultdict(list)
    for i in members:
        groups[found[i]].append(i)
    if len(groups) < 2 or _varies_by_slice(spot, list(groups.values())):
        return [(members, values, told)]
    common = set.intersection(*(set(str(value).split("\\")) for value in groups))
    parts = []
    for value in sorted(groups, key=lambda v: (v is None, v)):
        shown = " ".join(part for part in _shown(value).split("\\") if part not in common)
        named = [*told, (field.title, {"value": shown})] if value is not None and shown else told
        known = {**values, field.kind: value} if field in _VARIED else values
        parts.append((groups[value], known, list(named)))
    return parts


def _varies_by_slice(spot: list[int], groups: list[list[int]]) -> bool:
    """Most frames have a value of their own, and no place has two frames."""
    everywhere = [i for group in groups for i in group]
    crowded = len({spot[i] for i in everywhere}) < len(everywhere)
    alone = sum(len(group) for group in groups if len({spot[i] for i in group}) == 1)
    return not crowded and alone > len(everywhere) / 2


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _resolved(
    frames: Sequence[Frame], spot: list[int], members: list[int], told: tuple[TranslatableText, ...]
) -> list[FrameArrangement]:
    """A class as tables where each place has one frame a row."""
    here: dict[int, list[int]] = defaultdict(list)
    for i in members:
        here[spot[i]].append(i)
    if max(len(group) for group in here.values()) == 1:
        return _one_a_place(frames, [here[s][0] for s in sorted(here)], told)
    return (
        _by_value(frames, here, members, told)
        or _by_part(frames, spot, here, members, told)
        or by_rank(frames, here, told)
        or in_turn(frames, here, told)
    )


def _one_a_place(
    frames: Sequence[Frame], order: list[int], told: tuple[TranslatableText, ...]
) -> list[FrameArrangement]:
    """Frames in the order of counting as one table; as one for each value of a field where the slices of each
    value lie evenly and all of them together do not: an acquisition between the slices of another one.
    """
    if len(order) >= 2 * _LEAST_SLICES and not _is_even(frames, order):
        for field in _SOFT:
            groups: dict[Any, list[int]] = defaultdict(list)
            for i in order:
                groups[field.key(frames[i].distinction)].append(i)
            if len(groups) > 1 and all(_is_even(frames, group) for group in groups.values()):
                ordered = _in_order(frames, field, {v: dict(enumerate(group)) for v, group in groups.items()})
                return [_alone(field, v, dict(enumerate(groups[v])), told) for v in ordered]
    return [FrameArrangement((tuple(order),), told=told)]


def _is_even(frames: Sequence[Frame], order: Sequence[int]) -> bool:
    """The frames make one grid at their own places."""
    laid = lay_out([frames[i] for i in order]) if len(order) >= _LEAST_SLICES else None
    if laid is None or len(laid) > 1 or laid[0].correction is Correction.RESAMPLED:
        return False
    return laid[0].last - laid[0].first == len(order)


def _by_value(
    frames: Sequence[Frame],
    here: dict[int, list[int]],
    members: list[int],
    told: tuple[TranslatableText, ...],
) -> list[FrameArrangement] | None:
    """A field whose values each stand for one time of all slices, of which some may be missing; a time of few
    slices stands alone.
    """
    best: tuple[float, _Field, dict[Any, dict[int, int]]] | None = None
    spot = {i: s for s, group in here.items() for i in group}
    most = max(len(group) for group in here.values())
    for field in _SOFT:
        groups: dict[Any, dict[int, int]] = defaultdict(dict)
        for i in members:
            groups[field.key(frames[i].distinction)][spot[i]] = i
        unique = sum(len(group) for group in groups.values()) == len(members)
        if len(groups) < 2 or not unique:
            continue
        if len(groups) > most and not field.title and _is_sparse(len(here), groups.values()):
            continue  # times of slices, which are more than there are of the whole
        least = min(len(group) for group in groups.values()) / len(here)
        if best is None or least > best[0] or (best[0] < _MOST_PLACES <= least):
            best = (least, field, groups)
    if best is None:
        return None
    least, field, groups = best
    ordered = _in_order(frames, field, groups)
    slots = sorted(here)
    whole = [value for value in ordered if len(groups[value]) >= _MOST_PLACES * len(slots)]
    is_sparse = least < _MOST_PLACES if field.title else _is_sparse(len(slots), groups.values())
    is_apart = (field.title or is_sparse) and not _same_range(slots, groups.values())
    if len(whole) < 2 or is_apart or (field.title and is_sparse):
        return [_alone(field, value, groups[value], told) for value in ordered]
    rows = tuple(tuple(groups[value].get(s, -1) for s in slots) for value in whole)
    few = [_alone(field, value, groups[value], told) for value in ordered if value not in whole]
    return [FrameArrangement(rows, _axis(frames, field, whole, rows), told), *few]


def _by_part(
    frames: Sequence[Frame],
    spot: list[int],
    here: dict[int, list[int]],
    members: list[int],
    told: tuple[TranslatableText, ...],
) -> list[FrameArrangement] | None:
    """Tables for each value of a field that most places have all values of: of two that tell the frames of a
    place apart together, the one with fewer.
    """
    best: tuple[_Field, dict[Any, list[int]]] | None = None
    most = max(len(group) for group in here.values())
    for field in reversed(_SOFT):
        parts: dict[Any, list[int]] = defaultdict(list)
        for i in members:
            parts[field.key(frames[i].distinction)].append(i)
        if 2 <= len(parts) <= (most if best is None else len(best[1]) - 1):
            there = [dict.fromkeys((spot[i] for i in part), 0) for part in parts.values()]
            best = best if _is_sparse(len(here), there) else (field, parts)
    if best is None:
        return None
    field, parts = best
    ordered = _in_order(frames, field, {value: dict(enumerate(part)) for value, part in parts.items()})
    return [
        table
        for value in ordered
        for table in _resolved(frames, spot, parts[value], (*told, *_named(field, value)))
    ]


def _named(field: _Field, value: Any) -> tuple[TranslatableText, ...]:
    """What a value of a field is called where it has a table of its own."""
    if value is None or value == "" or not isinstance(value, str | int | float):
        return ()
    if field.title:
        return ((field.title, {"value": _shown(value)}),)
    if isinstance(value, str):
        return (("{value}", {"value": value}),)
    return (
        () if field.unit in ("", "1") else (("{value} {unit}", {"value": _shown(value), "unit": field.unit}),)
    )


def _is_sparse(places_: int, groups: Collection[dict[int, int]]) -> bool:
    """The values have few of the places on average."""
    return sum(map(len, groups)) <= _MEAN_PLACES * len(groups) * places_


def _same_range(slots: Sequence[int], groups: Iterable[dict[int, int]]) -> bool:
    """All groups reach from the first place to the last: what they lack is missing, not of another range."""
    return all(slots[0] in group and slots[-1] in group for group in groups)


def _in_order(frames: Sequence[Frame], field: _Field, groups: dict[Any, dict[int, int]]) -> list[Any]:
    """Values of a field: numbers as they grow, directions and names as the scanner numbered their images."""
    if field.kind in (AxisKind.B_VALUE, AxisKind.CONTRAST, AxisKind.COMPONENT):
        first = {v: min(frames[i].number or 0 for i in group.values()) for v, group in groups.items()}
        return sorted(groups, key=lambda v: (first[v], str(v)))
    return sorted(groups, key=lambda v: (v is None, v if v is not None else 0))


def _alone(
    field: _Field, value: Any, group: dict[int, int], told: tuple[TranslatableText, ...]
) -> FrameArrangement:
    is_named = value is not None and field.title
    named = (*told, (field.title, {"value": _shown(value)})) if is_named else told
    return FrameArrangement((tuple(group[s] for s in sorted(group)),), told=named)


def _axis(frames: Sequence[Frame], field: _Field, ordered: list[Any], rows: Sequence[Sequence[int]]) -> Axis:
    """Values of the rows in the field's unit; times from the first, an index where there are none."""
    if field.kind is AxisKind.B_VALUE:
        values = tuple(float(frames[some_of(row)].distinction.b_value or 0.0) for row in rows)
        return Axis(field.kind, values, field.unit, tuple(_direction(value) for value in ordered))
    if field.kind is AxisKind.TIME:
        since = _since_first(ordered) if field.unit == "s" else None
        return times_axis(frames, rows) if since is None else Axis(field.kind, since, field.unit)
    if all(isinstance(value, int | float) for value in ordered):
        return Axis(field.kind, tuple(float(value) for value in ordered), field.unit)
    labels = tuple(_label(value) for value in ordered)
    return Axis(field.kind, tuple(float(n) for n in range(len(ordered))), "1", labels)


def _label(value: Any) -> str:
    return " ".join(str(part) for part in value) if isinstance(value, tuple) else str(value or "")


def _since_first(ordered: list[Any]) -> tuple[float, ...] | None:
    """Seconds since the first of moments or of seconds; None where one has none."""
    if None in ordered:
        return None
    gaps = [value - ordered[0] for value in ordered]
    return tuple(gap.total_seconds() if isinstance(gap, timedelta) else float(gap) for gap in gaps)


def _direction(value: Any) -> str:
    return "" if value is None else " ".join(f"{part:.3f}" for part in value)


def _merged(
    frames: Sequence[Frame],
    spot: list[int],
    tables: list[tuple[FrameArrangement, dict[AxisKind, float | None]]],
) -> list[FrameArrangement]:
    """Tables of the same places that differ in echo, inversion time or b-value alone make one axis."""
    for field in _VARIED:
        groups: dict[Hashable, list[tuple[FrameArrangement, dict[AxisKind, float | None]]]] = defaultdict(
            list
        )
        for table, values in tables:
            others = tuple(sorted((kind, value) for kind, value in values.items() if kind is not field.kind))
            kinds = tuple(t for t in table.told if t[0] != field.title)
            slots = tuple(spot[i] for i in table.rows[0])
            free = table.axis is None or (field is _B_VALUE and table.axis.kind is AxisKind.B_VALUE)
            alone = None if free and values.get(field.kind) is not None else len(groups)
            groups[others, str(kinds), slots, alone].append((table, values))
        tables = [_joined(frames, field, group) for group in groups.values()]
    return [table for table, _ in tables]


def _joined(
    frames: Sequence[Frame], field: _Field, group: list[tuple[FrameArrangement, dict[AxisKind, float | None]]]
) -> tuple[FrameArrangement, dict[AxisKind, float | None]]:
    if len(group) == 1:
        return group[0]
    group = sorted(group, key=lambda one: one[1][field.kind] or 0.0)
    rows = tuple(row for table, _ in group for row in table.rows)
    values = tuple(float(one[field.kind] or 0.0) for table, one in group for _ in table.rows)
    labels: tuple[str, ...] = ()
    if field is _B_VALUE:
        values = tuple(float(frames[some_of(row)].distinction.b_value or 0.0) for row in rows)
        labels = tuple(_direction(frames[some_of(row)].distinction.gradient) for row in rows)
    told = tuple(t for t in group[0][0].told if t[0] != field.title)
    known = {kind: value for kind, value in group[0][1].items() if kind is not field.kind}
    return replace(
        group[0][0], rows=rows, axis=Axis(field.kind, values, field.unit, labels), told=told
    ), known
