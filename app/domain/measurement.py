"""Measured values and what they were measured on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.domain.anchor import Anchor
from app.domain.coding import Code
from app.domain.provenance import Algorithm, ReviewState
from app.domain.roi import Roi


@dataclass(frozen=True, slots=True)
class MeasuredValue:
    """One number with its concept and UCUM unit, e.g. (SCT 410668003 Length, 8.4, mm)."""

    concept: Code
    value: float
    unit: Code


@dataclass(frozen=True, slots=True)
class Measurement:
    """A measurement group (PS3.16 TID 1410/1501): one shape on one image and the values taken from it.

    `tracking_uid` stays the same through edits, reports and follow-up; `label` is what people call it.
    """

    tracking_uid: str
    label: str
    roi: Roi
    anchor: Anchor
    values: tuple[MeasuredValue, ...]
    made_by: str
    made_at: datetime
    finding: Code | None = None
    site: Code | None = None
    algorithm: Algorithm | None = None
    review: ReviewState = ReviewState.ACCEPTED


@dataclass(frozen=True, slots=True)
class MarkState:
    """How a mark is kept on the images, beside what it says.

    A `locked` mark is neither moved, named anew nor deleted; a `hidden` one is in the list only.  `follows`
    is the tracking UID of a prior's mark of the same lesion, where a person said so, else "".
    """

    locked: bool = False
    hidden: bool = False
    follows: str = ""


PLAIN_MARK = MarkState()
