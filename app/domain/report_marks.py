"""What structured reports and key object selections of others say of places on images."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from app.domain.coding import Code
from app.domain.display_set import TranslatableText
from app.domain.layers import ImageReference, SpatialReference

#: an arrow from its tip to its end: PS3.16 has no concept for it
ARROW = Code("ARROW", "99YINGSHU", "Arrow from its tip to its end")


class FigureKind(StrEnum):
    """Graphic Type of an SCOORD or SCOORD3D (PS3.3 C.18.6, C.18.9)."""

    POINT = "POINT"
    MULTIPOINT = "MULTIPOINT"
    POLYLINE = "POLYLINE"
    POLYGON = "POLYGON"
    CIRCLE = "CIRCLE"
    ELLIPSE = "ELLIPSE"
    ELLIPSOID = "ELLIPSOID"


@dataclass(frozen=True, slots=True)
class ReportedValue:
    """A number as it is written, what it is, and its unit."""

    concept: Code | None
    text: str
    unit: Code | None = None


@dataclass(frozen=True, slots=True)
class ReportMark:
    """A figure on `image`, (column, row) as SCOORD, or in the patient, LPS mm in a frame of reference.

    `label` is its tracking identifier, or the words that the report says of it; `finding` the code, `sites`
    where it is in the body.  An `is_arrow` points from its second to its first point.  Without `kind` it is
    the image as a whole that is meant (key objects).
    """

    kind: FigureKind | None
    points: tuple[tuple[float, ...], ...] = ()
    image: ImageReference | None = None
    frame_of_reference_uid: str = ""
    label: str = ""
    finding: Code | None = None
    values: tuple[ReportedValue, ...] = ()
    tracking_uid: str = ""
    sites: tuple[Code, ...] = ()
    is_arrow: bool = False


@dataclass(frozen=True, slots=True)
class ReportMarks:
    """The marks of a report, and who made it: `maker` is the device, `observers` are the people it names;
    `kind` is the coded title.

    `told` is what of its figures cannot be shown.
    """

    title: str
    maker: str
    marks: tuple[ReportMark, ...]
    reference: SpatialReference
    kind: Code | None = None
    observers: tuple[str, ...] = field(default=(), repr=False)
    told: tuple[TranslatableText, ...] = ()

    @property
    def count(self) -> int:
        """How many marks there are."""
        return len(self.marks)
