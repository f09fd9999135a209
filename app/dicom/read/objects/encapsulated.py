"""Encapsulated documents (PS3.3 A.45): PDF as pages, CDA as text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
from lxml import etree

from app.dicom.read.header import Header
from app.dicom.read.objects.opening import object_header
from app.domain.document import Block, Heading, Page, PagePicture, Paragraph, PdfDocument, Table
from app.errors import BadInput, NotFound

_DOCUMENT, _TITLE = 0x00420011, 0x00420010
#: readers allow for a few bytes in front of a PDF
_BEFORE_PDF = 1024
_WIDEST_PX = 8000
_V3 = "{urn:hl7-org:v3}"


def read_pdf(path: Path, name: str) -> PdfDocument:
    """Title and sizes of the pages.  Runs in a bounded child; raises `BadInput` about `name`."""
    with object_header(path, name) as (header, _):
        title = header.text(_TITLE) or header.text(0x0008103E)
        document = _opened_pdf(header, name)
        try:
            sizes = tuple(document.get_page_size(number) for number in range(len(document)))
        finally:
            document.close()
        return PdfDocument(title, tuple((float(width), float(height)) for width, height in sizes))


def draw_pdf_page(path: Path, name: str, number: int, width_px: int) -> PagePicture:
    """A page (from 0) as a picture of the wanted width.  Runs in a bounded child."""
    with object_header(path, name) as (header, _):
        document = _opened_pdf(header, name)
        try:
            if not 0 <= number < len(document):
                raise NotFound("The document has {found} pages.", found=len(document))
            page = document[number]
            scale = min(width_px, _WIDEST_PX) / page.get_width()
            scale = min(scale, 2 * _WIDEST_PX / page.get_height())
            bitmap = page.render(scale=scale, rev_byteorder=True)
            pixels = np.ascontiguousarray(bitmap.to_numpy()[..., :3], np.uint8).copy()
            bitmap.close()
            page.close()
            return PagePicture(pixels)
        finally:
            document.close()


def _opened_pdf(header: Header, name: str) -> Any:
    data = header.raw(_DOCUMENT)
    if b"%PDF-" not in data[:_BEFORE_PDF]:
        raise BadInput("{name} says it is a PDF, but holds none.", name=name)
    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise BadInput("The PDF in {name} cannot be opened (damaged, or locked).", name=name) from error


def read_cda(path: Path, name: str) -> Page:
    """The words of a CDA document.  Runs in a bounded child; raises `BadInput` about `name`."""
    with object_header(path, name) as (header, _):
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        try:
            root = etree.fromstring(header.raw(_DOCUMENT).rstrip(b"\0 "), parser)
        except etree.XMLSyntaxError as error:
            raise BadInput("{name} says it is a CDA document, but holds none.", name=name) from error
        title = _words(root.find(f"{_V3}title")) or header.text(_TITLE)
        blocks = [block for section in root.iter(f"{_V3}section") for block in _section(section)]
        return Page(title, tuple(blocks))


def _section(section: Any) -> Iterator[Block]:
    """Title and narrative of one section; nested ones follow by themselves."""
    if title := _words(section.find(f"{_V3}title")):
        depth = sum(1 for _ in section.iterancestors(f"{_V3}section"))
        yield Heading(title, min(2 + depth, 4))
    text = section.find(f"{_V3}text")
    if text is not None:
        yield from _narrative(text)


def _narrative(element: Any) -> Iterator[Block]:
    """Paragraphs, items of lists and tables of a narrative, in their order."""
    if own := " ".join((element.text or "").split()):
        yield Paragraph(own)
    for child in element:
        kind = etree.QName(child).localname if isinstance(child.tag, str) else ""
        if kind == "table":
            yield from _table(child)
        elif kind in ("list", "item", "paragraph") and any(
            isinstance(one.tag, str) and etree.QName(one).localname in ("list", "table", "paragraph")
            for one in child
        ):
            yield from _narrative(child)
        elif kind == "list":
            for one in child:
                yield Paragraph(_words(one), indent=1)
        elif kind and (words := _words(child)):
            yield Paragraph(words)
        if tail := " ".join((child.tail or "").split()):
            yield Paragraph(tail)


def _table(table: Any) -> Iterator[Block]:
    rows = [
        tuple(_words(cell) for cell in row if isinstance(cell.tag, str)) for row in table.iter(f"{_V3}tr")
    ]
    rows = [row for row in rows if row]
    head = table.find(f"{_V3}thead")
    if rows:
        yield Table(rows[0] if head is not None else (), tuple(rows[1:] if head is not None else rows))


def _words(element: Any) -> str:
    return "" if element is None else " ".join("".join(element.itertext()).split())
