"""The main attributes of any object as a page: what is shown of plans, palettes, registrations and the
like.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.uid import UID

from app.dicom.read.header import PARSE_FAILURES, Header, attribute_name
from app.dicom.read.objects.opening import object_header
from app.domain.document import Block, Heading, Page, Paragraph, Table

_BINARY = ("OB", "OW", "OF", "OD", "OL", "OV", "UN", "SQ")
_LONGEST = 400  # characters of one value
_MOST_VALUES = 16
_MOST_BLOCKS = 1500
_DEEPEST = 4
#: what a page of attributes leaves out: the character set, and numbers of storage
_LEFT_OUT = frozenset((0x00080005, 0x00080016, 0x00080018))


def read_attributes(path: Path, name: str) -> Page:
    """A page of any object.  Runs in a bounded child; raises `BadInput` about `name`."""
    with object_header(path, name) as (header, _):
        kind = UID(header.uid(0x00080016)).name
        title = header.text(0x0008103E) or header.text(0x00700081) or kind
        blocks: list[Block] = [Paragraph(kind)]
        for block in _blocks(header, 0):
            if len(blocks) >= _MOST_BLOCKS:
                blocks.append(Paragraph("…"))
                break
            blocks.append(block)
        return Page(title, tuple(blocks))


def _blocks(header: Header, depth: int) -> Iterator[Block]:
    """The plain values of a data set as a table, then each item of its sequences under a heading."""
    elements = list(_elements(header.dataset))
    rows = [row for one in elements if one.VR not in _BINARY and (row := _row(header, one)) is not None]
    if rows:
        yield Table((), tuple(rows))
    if depth >= _DEEPEST:
        return
    for one in elements:
        if one.VR != "SQ":
            continue
        items = header.items(int(one.tag))
        for n, item in enumerate(items, 1):
            number = f" {n}" if len(items) > 1 else ""
            yield Heading(attribute_name(int(one.tag)).removesuffix(" Sequence") + number, min(2 + depth, 4))
            yield from _blocks(item, depth + 1)


def _elements(dataset: Dataset) -> Iterator[DataElement]:
    """Elements that can be read; private ones and lengths of groups say nothing to people."""
    for tag in sorted(dataset.keys()):
        if tag.is_private or tag.element == 0 or int(tag) in _LEFT_OUT:
            continue
        try:
            yield dataset[tag]
        except PARSE_FAILURES:
            continue


def _row(header: Header, one: DataElement) -> tuple[str, str] | None:
    if one.VR == "UI":
        text = ", ".join(UID(part).name for part in str(one.value).split("\\") if part)
    elif one.VR == "PN":
        text = header.name(int(one.tag))
    elif isinstance(one.value, (str, bytes)):
        text = header.text(int(one.tag))
    else:
        values = one.value if one.VM > 1 else [one.value]
        text = ", ".join(str(value) for value in list(values)[:_MOST_VALUES] if value is not None)
        text += " …" if one.VM > _MOST_VALUES else ""
    text = text[:_LONGEST] + ("…" if len(text) > _LONGEST else "")
    return (attribute_name(int(one.tag)), text) if text.strip() else None
