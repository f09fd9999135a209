"""Content trees of structured reports and key object selections (PS3.3 A.35, C.17)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from app.dicom.read.header import Header
from app.dicom.read.objects.opening import code_of, first, image_references, object_header
from app.domain.document import ContentItem, Coordinates, StructuredDocument
from app.domain.layers import ImageReference, SpatialReference
from app.domain.study import SeriesUid
from app.errors import BadInput

_REFERENCES = 0x00081199
#: where the value of each type with one attribute stands
_TEXTS = {"DATE": 0x0040A121, "TIME": 0x0040A122, "DATETIME": 0x0040A120, "UIDREF": 0x0040A124}


def read_report(path: Path, name: str) -> StructuredDocument:
    """The tree of an SR or key object selection.  Runs in a bounded child; raises `BadInput` about `name`."""
    with object_header(path, name) as (header, _):
        return document_of(header, name)


def document_of(header: Header, name: str) -> StructuredDocument:
    """The tree of an opened object; raises `BadInput` about `name`."""
    if not header.text(0x0040A040):
        raise BadInput("{name} has no content.", name=name)
    root = _item(header, (1,))
    return StructuredDocument(
        header.uid(0x00080016),
        root.concept.meaning if root.concept is not None else header.text(0x0008103E),
        root,
        header.text(0x0040A491).upper(),
        header.text(0x0040A493).upper(),
        tuple(_observers(header)),
        header.moment(0x00080023, 0x00080033),
        _reference(header),
    )


def _observers(header: Header) -> Iterator[str]:
    """Those who verified it."""
    for item in header.items(0x0040A073):
        yield ", ".join(part for part in (item.name(0x0040A075), item.text(0x0040A027)) if part)


def _reference(header: Header) -> SpatialReference:
    """Evidence of the report, of this procedure and of others."""
    series: list[SeriesUid] = []
    images: list[ImageReference] = []
    for tag in (0x0040A375, 0x0040A385):
        for study in header.items(tag):
            for one in study.items(0x00081115):
                series.append(SeriesUid(one.uid(0x0020000E)))
                images += image_references(one, _REFERENCES)
    return SpatialReference("", tuple(series), tuple(images))


def _item(item: Header, position: tuple[int, ...]) -> ContentItem:
    kind = item.text(0x0040A040).upper()
    unit, code = None, code_of(first(item, 0x0040A168))
    if kind == "NUM":
        measured = first(item, 0x0040A300)
        unit = code_of(first(measured, 0x004008EA)) if measured is not None else None
        code = code_of(first(item, 0x0040A301))
    return ContentItem(
        kind,
        position,
        item.text(0x0040A010).upper(),
        code_of(first(item, 0x0040A043)),
        _text(item, kind),
        code,
        unit,
        image_references(item, _REFERENCES) if kind in ("IMAGE", "COMPOSITE", "WAVEFORM") else (),
        _coordinates(item, kind),
        tuple(item.words(0x0040DB73, "I")),
        item.text(0x0040A050).upper() == "CONTINUOUS",
        tuple(_item(one, (*position, n)) for n, one in enumerate(item.items(0x0040A730), 1)),
    )


def _text(item: Header, kind: str) -> str:
    """The value in words; of a number as it is written."""
    if kind == "PNAME":
        return item.name(0x0040A123)
    if kind == "CODE":
        code = code_of(first(item, 0x0040A168))
        return code.meaning if code is not None else ""
    if kind == "NUM":
        measured = first(item, 0x0040A300)
        return measured.text(0x0040A30A) if measured is not None else ""
    if kind == "TEXT":
        return item.lines(0x0040A160)
    return item.text(_TEXTS[kind]) if kind in _TEXTS else ""


def _coordinates(item: Header, kind: str) -> Coordinates | None:
    if kind in ("SCOORD", "SCOORD3D"):
        size = 2 if kind == "SCOORD" else 3
        values = item.words(0x00700022, "f")
        points = tuple(tuple(values[at : at + size]) for at in range(0, len(values) - size + 1, size))
        return Coordinates(item.text(0x00700023).upper(), points, item.uid(0x30060024))
    if kind == "TCOORD":
        samples = tuple((float(value),) for value in item.words(0x0040A132, "I"))
        offsets = tuple((value,) for value in item.numbers(0x0040A138))
        return Coordinates(item.text(0x0040A130).upper(), samples or offsets)
    return None
