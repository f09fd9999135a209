"""What an object says as a page: headings, paragraphs, tables; plain text, nothing in it is markup."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from app.domain.document import Block, ContentItem, Heading, Page, Paragraph, StructuredDocument, Table
from app.domain.layers import MaskKind, PresentationState, SegmentationImage, StructureSet
from app.domain.presentation import VoiTransform, Window
from app.domain.study import display_name
from app.i18n import tr
from app.viewing.coded_words import concept_words
from app.viewing.wording import unit_text, window_words

_DEEPEST_HEADING = 5
#: lines of a page
_MOST_LINES = 5000
#: Referenced Segment (DCM)
_SEGMENT = "121191"
_REFERENCES = ("IMAGE", "COMPOSITE", "WAVEFORM")
_FLAGS = {"PARTIAL": "Partial", "COMPLETE": "Complete", "VERIFIED": "Verified", "UNVERIFIED": "Not verified"}


def report_page(document: StructuredDocument, here: int) -> Page:
    """A structured report or key object selection as it is read from top to bottom; so many of the images
    that it names are `here`.
    """
    blocks: list[Block] = [*_facts(document), *_places(document, here), *_contents(document.root, 1)]
    title = concept_words(document.root.concept) or document.title
    return Page(title, tuple(_bounded(blocks)), document.reference.images)


def _bounded(blocks: Iterable[Block]) -> Iterator[Block]:
    """As many lines as a page is laid out with in good time, and how many are left out."""
    room, left_out = _MOST_LINES, 0
    for block in blocks:
        lines = len(block.rows) if isinstance(block, Table) else 1
        if lines <= room:
            yield block
        elif isinstance(block, Table) and room:
            yield Table(block.header, block.rows[:room])
        left_out += max(lines - room, 0)
        room -= min(lines, room)
    if left_out:
        yield Paragraph(tr("It is too long to be shown whole; lines left out: {n}.", n=left_out))


def _facts(document: StructuredDocument) -> Iterator[Block]:
    flags = [tr(_FLAGS[flag]) for flag in (document.completion, document.verification) if flag in _FLAGS]
    if flags:
        yield Paragraph(" · ".join(flags), tr("State"))
    if document.written_at is not None:
        yield Paragraph(f"{document.written_at:%Y-%m-%d %H:%M}", tr("Written"))
    for observer in document.observers:
        yield Paragraph(observer, tr("Verified by"))


def _places(document: StructuredDocument, here: int) -> Iterator[Block]:
    """Over which images it can be shown, or why over none."""
    named = len({image.sop_uid for image in document.reference.images})
    if named:
        yield Paragraph(tr("{named} named, {here} in this study", named=named, here=here), tr("Images"))
        if not here:
            yield Paragraph(tr("It is for images that are not in this study: it can be shown over none."))
    items = tuple(_all(document.root))
    figures = [one for one in items if one.coordinates is not None and one.value_type != "TCOORD"]
    if not figures and any(one.value_type == "NUM" for one in items):
        if any(one.concept is not None and one.concept.value == _SEGMENT for one in items):
            yield Paragraph(tr("Its measurements are of segments: show the segmentation that it names."))
        else:
            yield Paragraph(tr("It names no places on the images: there are no marks to show over them."))
    unplaced = sum(one.value_type == "SCOORD" and not _has_image(one) for one in figures)
    if unplaced:
        yield Paragraph(tr("Figures that name no image are not shown: {n}.", n=unplaced))


def _all(item: ContentItem) -> Iterator[ContentItem]:
    yield item
    for child in item.children:
        yield from _all(child)


def _has_image(figure: ContentItem) -> bool:
    return any(child.value_type == "IMAGE" or child.target for child in figure.children)


def _contents(container: ContentItem, depth: int) -> Iterator[Block]:
    """What a container holds; its numbers stand in one table, its images in one line."""
    numbers = [child for child in container.children if child.value_type == "NUM"]
    images = [child for child in container.children if child.value_type in _REFERENCES]
    table_is_out = False
    for child in container.children:
        if child.value_type == "NUM":
            if not table_is_out:
                yield _measurements(numbers)
                table_is_out = True
        elif child.value_type == "CONTAINER":
            yield Heading(_named(child) or tr("Section"), min(depth + 1, _DEEPEST_HEADING))
            yield from _contents(child, depth + 1)
        elif child not in images:
            yield from _said(child, 0)
    if images:
        yield Paragraph(_images(images), tr("Images"))


def _measurements(numbers: list[ContentItem]) -> Table:
    """Name, value and unit, and whatever else is told of each (TID 300, TID 1419)."""
    rows = tuple(
        (_named(one), _value(one), "; ".join(_told(child) for child in one.children if _told(child)))
        for one in numbers
    )
    header = (tr("Measurement"), tr("Value"), tr("Details"))
    if any(row[2] for row in rows):
        return Table(header, rows)
    return Table(header[:2], tuple(row[:2] for row in rows))


def _said(item: ContentItem, indent: int) -> Iterator[Block]:
    """An item with what it has below it, each a step further in."""
    text, label = _value(item), _named(item)
    if item.target:
        text = tr("see item {number}", number=".".join(str(n) for n in item.target))
    if text or label:
        yield Paragraph(text, label, indent)
    for child in item.children:
        yield from _said(child, indent + 1)


def _told(item: ContentItem) -> str:
    """An item on one line."""
    label, value = _named(item), _value(item)
    return f"{label}: {value}" if label and value else value or label


def _named(item: ContentItem) -> str:
    return concept_words(item.concept)


def _value(item: ContentItem) -> str:
    if item.value_type == "NUM":
        return _number(item)
    if item.value_type == "CODE" and item.code is not None:
        return concept_words(item.code)
    if item.value_type in _REFERENCES:
        return _images([item])
    if item.coordinates is not None:
        kind, points = item.coordinates.kind, len(item.coordinates.values)
        return tr("{kind}, points: {n}", kind=kind, n=points)
    if item.value_type == "PNAME":
        return " ".join(item.text.replace("^", " ").split())
    if item.value_type in ("DATE", "DATETIME") and item.text[:8].isdigit():
        rest = item.text[8:14]
        clock = f" {rest[:2]}:{rest[2:4]}" if len(rest) >= 4 else ""
        return f"{item.text[:4]}-{item.text[4:6]}-{item.text[6:8]}{clock}"
    return item.text


def _number(item: ContentItem) -> str:
    """The number as it is written, with its unit; the reason where there is none."""
    if not item.text:
        return concept_words(item.code) or tr("no value")
    return f"{item.text} {unit_text(item.unit)}".strip()


def _images(items: Iterable[ContentItem]) -> str:
    count = sum(len(item.images) for item in items)
    frames = sum(len(image.frames) for item in items for image in item.images)
    return tr("Images: {n}; frames named: {frames}", n=count, frames=frames) if frames else str(count)


# -- what lies over images ----------------------------------------------------------------------------------


#: Segmentation Type with what fractions say (PS3.3 C.8.20.2.3), and Segment Algorithm Type
_MASK_WORDS = {
    MaskKind.BINARY: "Binary",
    MaskKind.LABELMAP: "Label map",
    MaskKind.PROBABILITY: "Probability",
    MaskKind.OCCUPANCY: "Share of the voxel",
}
_MADE_WORDS = {"AUTOMATIC": "Automatically", "SEMIAUTOMATIC": "Semi-automatically", "MANUAL": "By hand"}


def segments_page(layer: SegmentationImage) -> Page:
    """The segments of a segmentation: name, what they are, how many voxels."""
    rows = tuple(
        (
            str(mask.segment.number),
            mask.segment.label,
            tr(mask.segment.type.meaning),
            str(mask.voxels),
            tr(_MADE_WORDS.get(mask.algorithm_type, mask.algorithm_type)),
        )
        for mask in layer.masks
    )
    header = (tr("Number"), tr("Label"), tr("Structure"), tr("Voxels"), tr("Made"))
    title = layer.title or tr("Segmentation")
    return Page(
        title,
        (Paragraph(tr(_MASK_WORDS[layer.kind]), tr("Kind")), Table(header, rows)),
        layer.reference.images,
    )


def structures_page(layer: StructureSet) -> Page:
    """The structures of a structure set: name, role, how many contours."""
    rows = tuple(
        (str(one.number), one.name, one.interpreted, str(len(one.contours))) for one in layer.structures
    )
    header = (tr("Number"), tr("Label"), tr("Kind"), tr("Contours"))
    return Page(layer.title or tr("Structure set"), (Table(header, rows),), layer.reference.images)


def presentation_page(layer: PresentationState, here: int) -> Page:
    """What a presentation state changes, and the texts that it writes over images, of which so many are
    `here`.
    """
    blocks: list[Block] = [Paragraph(display_name(layer.creator), tr("Creator"))] if layer.creator else []
    named = len({image.sop_uid for image in layer.reference.images})
    blocks.append(Paragraph(tr("{named} named, {here} in this study", named=named, here=here), tr("Images")))
    if not here:
        blocks.append(
            Paragraph(tr("It is for images that are not in this study: it can be shown over none."))
        )
    blocks += [Paragraph(tr(template, **params)) for template, params in layer.told]
    blocks += [Paragraph(_voi(transform), tr("Window")) for one in layer.voi for transform in one.transforms]
    if layer.turns or layer.flipped:
        turned = tr("{degrees}°", degrees=90 * layer.turns)
        blocks.append(Paragraph(turned + (" · " + tr("mirrored") if layer.flipped else ""), tr("Turned")))
    for annotation in layer.annotations:
        blocks.append(Heading(annotation.layer or tr("Graphics")))
        blocks.append(Paragraph(str(len(annotation.graphics)), tr("Figures")))
        blocks += [Paragraph(text.text) for text in annotation.texts]
    return Page(layer.title or tr("Presentation state"), tuple(blocks), layer.reference.images)


def _voi(transform: VoiTransform) -> str:
    """Name, width and centre of a window, or the name of a table."""
    if isinstance(transform, Window):
        return window_words(transform, transform.label)
    return f"{tr('Table')} {transform.explanation}".strip()
