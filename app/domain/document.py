"""Objects that are read as pages: structured reports, encapsulated documents, lists of attributes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from app.domain.coding import Code
from app.domain.layers import ImageReference, SpatialReference


@dataclass(frozen=True, slots=True)
class Coordinates:
    """Graphic Type and points of a SCOORD (column, row), SCOORD3D (LPS mm), or times and samples of a
    TCOORD.
    """

    kind: str
    values: tuple[tuple[float, ...], ...]
    frame_of_reference_uid: str = ""


@dataclass(frozen=True, slots=True)
class ContentItem:
    """A node of a content tree (PS3.3 C.17.3).

    `position` are one-based numbers from the root, (1,) for the root itself. `text` is the value as it is
    written, of NUM the number; `code` that of CODE, or the qualifier that stands for a missing number.
    `target` is the position of an item that is referred to instead of one that is contained.
    """

    value_type: str
    position: tuple[int, ...] = (1,)
    relationship: str = ""
    concept: Code | None = None
    text: str = ""
    code: Code | None = None
    unit: Code | None = None
    images: tuple[ImageReference, ...] = ()
    coordinates: Coordinates | None = None
    target: tuple[int, ...] = ()
    continuous: bool = False
    children: tuple[ContentItem, ...] = ()


@dataclass(frozen=True, slots=True)
class StructuredDocument:
    """A structured report or a key object selection.  `completion` and `verification` are the flags as
    written.
    """

    sop_class_uid: str
    title: str
    root: ContentItem
    completion: str = ""
    verification: str = ""
    observers: tuple[str, ...] = ()
    written_at: datetime | None = None
    reference: SpatialReference = field(default_factory=SpatialReference)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; the highest `level` is 1."""

    text: str
    level: int = 2


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A text with what it is about in front, `indent` steps in."""

    text: str
    label: str = ""
    indent: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under a header, which is empty where the first column names the rows."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Block = Heading | Paragraph | Table


@dataclass(frozen=True, slots=True)
class Page:
    """A page to be read: plain text in blocks; nothing in it is markup."""

    title: str
    blocks: tuple[Block, ...]
    images: tuple[ImageReference, ...] = ()


@dataclass(frozen=True, slots=True)
class PdfDocument:
    """An encapsulated PDF; `sizes_pt` are (width, height) of its pages in points."""

    title: str
    sizes_pt: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, eq=False)
class PagePicture:
    """A page as a picture: RGB of shape (row, column, 3)."""

    pixels: NDArray[np.uint8]
