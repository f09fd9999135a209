"""Measured values and what they were measured on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.domain.coding import Code
from app.domain.provenance import Algorithm, ReviewState
from app.domain.roi import ImageAnchor, Roi


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
    anchor: ImageAnchor
    values: tuple[MeasuredValue, ...]
    made_by: str
    made_at: datetime
    finding: Code | None = None
    site: Code | None = None
    algorithm: Algorithm | None = None
    review: ReviewState = ReviewState.ACCEPTED
