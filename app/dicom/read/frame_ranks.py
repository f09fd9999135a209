"""Frames that lie at one place and that no value tells apart: they go together by their order at each place.
Pure.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.display_set import Axis, AxisKind, TranslatableText
from app.domain.frame import Frame

UNTOLD = (
    "The headers do not say what tells the {n} images at each place apart: they follow the scanner's numbers."
)
Values = NDArray[np.float64]
_BEGINNING = datetime.combine(date.min, time())
#: so many images may be missing at a place for the others to be put where they belong
_MOST_MISSING = 4


@dataclass(frozen=True, slots=True)
class FrameArrangement:
    """Frames at places: ``rows[t][s]`` is an index into the frames given, -1 where a slice is missing.

    `told` names what all of them have in common and others have not.
    """

    rows: tuple[tuple[int, ...], ...]
    axis: Axis | None = None
    told: tuple[TranslatableText, ...] = ()
    warnings: tuple[TranslatableText, ...] = ()

    @property
    def members(self) -> list[int]:
        """All frames, each once."""
        return sorted({i for row in self.rows for i in row if i >= 0})


def some_of(row: Sequence[int]) -> int:
    """The first frame of a row that is there."""
    return next(i for i in row if i >= 0)


def times_axis(frames: Sequence[Frame], rows: Sequence[Sequence[int]]) -> Axis:
    """Seconds since the first, by the earliest frame of each row; the number of the row where times do not
    grow.
    """
    moments = [
        min((m for i in row if i >= 0 and (m := frames[i].distinction.acquired_at) is not None), default=None)
        for row in rows
    ]
    known: list[datetime] = [moment for moment in moments if moment is not None]
    if len(known) == len(rows) and all(a < b for a, b in itertools.pairwise(known)):
        return Axis(AxisKind.TIME, tuple((moment - known[0]).total_seconds() for moment in known), "s")
    return Axis(AxisKind.TIME, tuple(float(n) for n in range(len(rows))), "1")


def by_rank(
    frames: Sequence[Frame], here: dict[int, list[int]], told: tuple[TranslatableText, ...]
) -> list[FrameArrangement] | None:
    """Each place has its frames in an order of their own: of trigger and acquisition times, then of numbers.

    Where images are missing at a few places, those that are there lie with the ones of other places that have
    the nearest values.
    """
    places = [here[s] for s in sorted(here)]
    for key, kind in _ORDERS:
        if not all(_distinct([key(frames[i]) for i in group]) for group in places):
            continue
        columns = [sorted(group, key=lambda i: key(frames[i]) or 0.0) for group in places]
        values = [[key(frames[i]) or 0.0 for i in column] for column in columns]
        ranks = _ranks(values, shifted=kind is not AxisKind.PHASE)
        if ranks is None:
            continue
        rows = [[-1] * len(columns) for _ in range(max(map(len, columns)))]
        for s, (column, ranked) in enumerate(zip(columns, ranks, strict=True)):
            for i, rank in zip(column, ranked, strict=True):
                rows[rank][s] = i
        table = tuple(tuple(row) for row in rows)
        warnings: tuple[TranslatableText, ...] = (
            ((UNTOLD, {"n": str(len(table))}),) if kind is AxisKind.DYNAMIC else ()
        )
        return [FrameArrangement(table, _ranked_axis(frames, kind, table), told, warnings)]
    return None


def _seconds(frame: Frame) -> float | None:
    moment = frame.distinction.acquired_at
    return None if moment is None else (moment - _BEGINNING).total_seconds()


_ORDERS: tuple[tuple[Callable[[Frame], float | None], AxisKind], ...] = (
    (lambda f: f.distinction.trigger_ms, AxisKind.PHASE),
    (_seconds, AxisKind.TIME),
    (lambda f: f.number, AxisKind.DYNAMIC),
)


def _distinct(values: list[float | None]) -> bool:
    return None not in values and len(set(values)) == len(values)


def _ranks(columns: Sequence[Sequence[float]], *, shifted: bool) -> list[list[int]] | None:
    """Rank of each value of each place; None where so many are missing that it cannot be told.

    `shifted`: the values of a place may all have begun later than those of another, as slices are taken one
    after another.
    """
    most = max(map(len, columns))
    whole = [s for s, column in enumerate(columns) if len(column) == most]
    if 2 * len(whole) < len(columns) or min(map(len, columns)) < most - _MOST_MISSING:
        return None
    usual = np.median(np.array([columns[s] for s in whole]), axis=0)
    begins = [columns[s][0] - float(usual[0]) if shifted else 0.0 for s in whole]
    found = []
    for s, column in enumerate(columns):
        expected = float(np.interp(s, whole, begins))
        found.append(_nearest_ranks(np.array(column), usual, expected, shifted=shifted))
    return found


def _nearest_ranks(column: Values, usual: Values, expected: float, *, shifted: bool) -> list[int]:
    """Ranks of growing values so that they lie nearest to the usual ones; `expected` is by how much they are
    later.
    """
    spare = len(usual) - len(column)
    if spare == 0:
        return list(range(len(usual)))
    shifts = [float(column[0] - usual[rank]) for rank in range(spare + 1)] if shifted else [expected]
    gap = float(usual[-1] - usual[0]) / (len(usual) - 1)
    found = []
    for shift in shifts:
        apart, ranks = _aligned(column - shift, usual, spare)
        found.append((round(apart / gap), abs(shift - expected), ranks))
    return min(found)[2]


def _aligned(column: Values, usual: Values, spare: int) -> tuple[float, list[int]]:
    """How far values lie from the usual ones of the ranks that fit best, and those ranks, each higher than
    the last.
    """
    best: list[tuple[float, list[int]]] = [(0.0, [])] * (spare + 1)  # by how many ranks were left out so far
    for n, value in enumerate(column):
        reached = list(itertools.accumulate(best, min))
        best = [
            (apart + abs(float(value - usual[n + left])), [*ranks, n + left])
            for left, (apart, ranks) in enumerate(reached)
        ]
    return min(best)


def _ranked_axis(frames: Sequence[Frame], kind: AxisKind, rows: Sequence[Sequence[int]]) -> Axis:
    if kind is AxisKind.PHASE:
        delays = [
            float(np.median([frames[i].distinction.trigger_ms or 0.0 for i in row if i >= 0])) for row in rows
        ]
        return Axis(kind, tuple(delays), "ms")
    if kind is AxisKind.TIME:
        return times_axis(frames, rows)
    return Axis(kind, tuple(float(n) for n in range(len(rows))), "1")


def in_turn(
    frames: Sequence[Frame], here: dict[int, list[int]], told: tuple[TranslatableText, ...]
) -> list[FrameArrangement]:
    """The first frame of each place makes the first table, the second the next, with fewer slices."""
    order = {s: sorted(group, key=lambda i: _turn(frames[i])) for s, group in here.items()}
    most = max(len(group) for group in order.values())
    turns = [{s: group[n] for s, group in order.items() if len(group) > n} for n in range(most)]
    warnings: tuple[TranslatableText, ...] = ((UNTOLD, {"n": str(most)}),)
    return [
        FrameArrangement((tuple(turn[s] for s in sorted(turn)),), told=told, warnings=warnings)
        for turn in turns
    ]


def _turn(frame: Frame) -> tuple[Any, ...]:
    acquired = frame.distinction.acquired_at
    return (acquired is None, str(acquired), frame.number or 0, str(frame.sop_uid), frame.index, frame.sha256)
