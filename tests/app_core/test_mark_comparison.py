"""Which mark of a prior is the same lesion, and how its size has changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.annotation.comparison import compared
from app.annotation.listing import size_words
from app.annotation.prior_marks import PriorMarks
from app.domain.anchor import FrameAnchor
from app.domain.coding import Code
from app.domain.measurement import PLAIN_MARK, MarkState, MeasuredValue, Measurement
from app.domain.roi import Roi, RoiKind
from app.domain.study import SeriesUid, SopUid, StudyUid
from app.viewing.shapes.concepts import (
    LENGTH,
    LONG_AXIS,
    MILLILITRE,
    MILLIMETRE,
    PIXEL,
    SHORT_AXIS,
    VOLUME,
    WIDTH,
)
from tests.support.capabilities import SHAPES

_AT = datetime(2026, 11, 2, tzinfo=UTC)


def _mark(
    uid: str, label: str, *values: tuple[Code, float, Code], kind: RoiKind = RoiKind.LENGTH
) -> Measurement:
    return Measurement(
        tracking_uid=uid,
        label=label,
        roi=Roi(kind, ()),
        anchor=FrameAnchor(StudyUid("1"), SeriesUid("2"), SopUid("3")),
        values=tuple(MeasuredValue(*value) for value in values),
        made_by="p",
        made_at=_AT,
    )


def _length(uid: str, label: str, mm: float) -> Measurement:
    return _mark(uid, label, (LENGTH, mm, MILLIMETRE))


def _found(
    mark: Measurement, *prior: Measurement, follows: str = "", also: tuple[Measurement, ...] = ()
) -> str:
    state = MarkState(follows=follows) if follows else PLAIN_MARK
    found = compared(mark, state, [PriorMarks("9", _AT, prior)], (mark, *also), SHAPES)
    return found.prior.tracking_uid if found is not None else ""


def test_the_same_lesion_is_tracked_named_or_said_to_be() -> None:
    """In that order of trust: what a person said, the tracking UID, a name that a person gave."""
    mark, one, other = _length("a", "左上叶结节", 9), _length("a", "L1", 8), _length("b", "左上叶结节", 7)
    assert _found(mark, one, other) == "a"
    assert _found(mark, other) == "b"
    assert _found(mark, one, other, follows="b") == "b"
    assert _found(mark, one, other, follows="gone") == "", "no other is taken for what was said to be it"
    assert _found(replace(mark, label=" 左上叶结节 "), other) == "b"


def test_what_is_not_sure_is_not_compared() -> None:
    """Automatic names, names that two have, marks of another kind, notes."""
    mark = _length("a", "L1", 9)
    assert _found(mark, _length("b", "L1", 7)) == ""
    mark = replace(mark, label="结节")
    named = _length("b", "结节", 7)
    assert _found(mark, named, replace(named, tracking_uid="c")) == ""
    assert _found(mark, named, also=(replace(mark, tracking_uid="d"),)) == ""
    assert _found(mark, replace(named, roi=Roi(RoiKind.BIDIRECTIONAL, ()))) == ""
    note = replace(mark, roi=Roi(RoiKind.NOTE, ()))
    assert _found(note, replace(note, tracking_uid="a")) == ""


def test_the_newest_prior_that_has_it_counts() -> None:
    priors = [
        PriorMarks("new", _AT, (_length("x", "其他", 1),)),
        PriorMarks("old", _AT, (_length("b", "结节", 7),)),
    ]
    found = compared(_length("a", "结节", 9), PLAIN_MARK, priors, (), SHAPES)
    assert found is None, "a name counts where the mark itself is among those that were asked"
    mark = _length("a", "结节", 9)
    found = compared(mark, PLAIN_MARK, priors, (mark,), SHAPES)
    assert found is not None
    assert found.prior.tracking_uid == "b"


def test_sizes_are_compared_one_by_one_in_their_own_unit() -> None:
    """Each with its like, also two of one concept; never pixels with millimetres."""
    axes = ((LONG_AXIS, 24.6, MILLIMETRE), (SHORT_AXIS, 22.8, MILLIMETRE))
    before = ((LONG_AXIS, 16.4, MILLIMETRE), (SHORT_AXIS, 0.0, MILLIMETRE))
    kind = RoiKind.BIDIRECTIONAL
    mark = _mark("a", "T1", *axes, kind=kind)
    prior = PriorMarks("9", _AT, (_mark("a", "T1", *before, kind=kind),))
    found = compared(mark, PLAIN_MARK, [prior], (mark,), SHAPES)
    assert found is not None
    words = [size_words(size) for size in found.sizes]
    assert [(w.before, w.now, w.difference, w.percent) for w in words] == [
        ("16.4 mm", "24.6 mm", "+8.2", "+50 %"),
        ("0.0 mm", "22.8 mm", "+22.8", ""),
    ]
    widths = _mark("a", "H1", (WIDTH, 12, MILLIMETRE), (WIDTH, 27, MILLIMETRE))
    earlier = _mark("a", "H1", (WIDTH, 12, MILLIMETRE), (WIDTH, 25, MILLIMETRE))
    found = compared(widths, PLAIN_MARK, [PriorMarks("9", _AT, (earlier,))], (widths,), SHAPES)
    assert found is not None
    assert [size_words(size).change for size in found.sizes] == ["0.0 mm  0 %", "+2.0 mm  +8 %"]
    pixels = _mark("a", "L1", (LENGTH, 9, PIXEL))
    found = compared(pixels, PLAIN_MARK, [PriorMarks("9", _AT, (_length("a", "L1", 8),))], (pixels,), SHAPES)
    assert found is not None
    assert found.sizes == ()


@pytest.mark.parametrize(("before", "now", "said"), [(2.06, 6.96, "217"), (5.0, 4.0, ""), (0.0, 4.0, "")])
def test_a_volume_that_grows_has_a_doubling_time(before: float, now: float, said: str) -> None:
    """2.06 mL to 6.96 mL in 382 days: 217 days, as the field reckons."""
    mark = _mark("a", "O1", (VOLUME, now, MILLILITRE), kind=RoiKind.SPHERE)
    prior = _mark("a", "O1", (VOLUME, before, MILLILITRE), kind=RoiKind.SPHERE)
    found = compared(mark, PLAIN_MARK, [PriorMarks("9", _AT, (prior,))], (mark,), SHAPES)
    assert found is not None
    (size,) = found.sizes
    assert said in size_words(size, 382).doubling
    assert bool(size_words(size, 382).doubling) is bool(said)
    assert size_words(size).doubling == ""
