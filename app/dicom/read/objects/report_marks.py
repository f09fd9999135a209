"""The marks of structured reports: figures with their measurements (PS3.16 TID 1410, 1411, 1501, 300, and any
other tree), and images that key object selections point out (TID 2010).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from app.dicom.read.header import Header
from app.dicom.read.objects.annotations import (
    FAR_OUT,
    MOST_POINTS,
    MOST_POINTS_OF_ALL,
    TOO_MANY_POINTS,
    UNKNOWN,
    WITHOUT_POINTS,
)
from app.dicom.read.objects.opening import object_header
from app.dicom.read.objects.structured_report import document_of
from app.domain.coding import Code
from app.domain.display_set import TranslatableText
from app.domain.document import ContentItem, Coordinates, StructuredDocument
from app.domain.layers import ImageReference, SpatialReference
from app.domain.object_kind import ObjectKind, object_kind
from app.domain.report_marks import ARROW, FigureKind, ReportedValue, ReportMark, ReportMarks

_FIGURES = ("SCOORD", "SCOORD3D")
#: pixels, or millimetres: nothing is farther away; and how much is shown of one report
_FARTHEST, _MOST_MARKS = 1e7, 20_000
_NO_IMAGE = "Figures that name no image are not shown: {n}."
_TOO_MANY = "Figures are too many; not shown: {n}."
#: concepts by their codes (DCM)
_IDENTIFIER, _UNIQUE_IDENTIFIER, _FINDING, _DESCRIPTION = "112039", "112040", "121071", "113012"
_OBSERVER = "121008"
#: Finding Site (SCT, before that SRT)
_SITES = ("363698007", "G-C0E3")
#: tracking identifiers of arrows that have both ends in a POINT: the tip, then the end
_CORNERSTONE_ARROW = "ArrowAnnotate"
_LEAST_POINTS = {
    FigureKind.POLYLINE: 2,
    FigureKind.POLYGON: 3,
    FigureKind.CIRCLE: 2,
    FigureKind.ELLIPSE: 4,
    FigureKind.ELLIPSOID: 6,
}


def read_report_marks(path: Path, name: str) -> ReportMarks:
    """The marks of a report.  Runs in a bounded child; raises `BadInput` about `name`."""
    with object_header(path, name) as (header, _):
        return marks_of(header, name)


def marks_of(header: Header, name: str) -> ReportMarks:
    """The same of an opened object."""
    document = document_of(header, name)
    maker = " ".join(dict.fromkeys(x for x in (header.text(0x00080070), header.text(0x00081090)) if x))
    people = tuple(dict.fromkeys(one.text for one in _all(document.root) if _is(one, _OBSERVER) and one.text))
    if object_kind(document.sop_class_uid) is ObjectKind.KEY_OBJECTS:
        marks = tuple(_pointed_out(document))
        told: tuple[TranslatableText, ...] = ()
    else:
        found = _Collected(_by_position(document.root))
        found.walk(document.root, _Group())
        marks, told = tuple(_without_tips(found.marks.values())), found.told
    over, kind = _reference(document, marks), document.root.concept
    return ReportMarks(document.title, maker, marks, over, kind, people, told)


def _reference(document: StructuredDocument, marks: tuple[ReportMark, ...]) -> SpatialReference:
    """The images and the frame of reference that the marks lie on."""
    images = tuple(dict.fromkeys(mark.image for mark in marks if mark.image is not None))
    frames = (mark.frame_of_reference_uid for mark in marks if mark.frame_of_reference_uid)
    return SpatialReference(next(frames, ""), document.reference.series_uids, images)


def _all(item: ContentItem) -> Iterator[ContentItem]:
    yield item
    for child in item.children:
        yield from _all(child)


def _by_position(root: ContentItem) -> dict[tuple[int, ...], ContentItem]:
    return {item.position: item for item in _all(root)}


def _is(item: ContentItem, value: str) -> bool:
    return item.concept is not None and item.concept.value == value


def _pointed_out(document: StructuredDocument) -> Iterator[ReportMark]:
    """Each image of a key object selection, with what is said of all."""
    said = " ".join(one.text for one in document.root.children if _is(one, _DESCRIPTION))
    for item in _all(document.root):
        if item.value_type == "IMAGE":
            for image in item.images:
                yield ReportMark(None, image=image, label=said, finding=document.root.concept)


def _without_tips(marks: Iterable[ReportMark]) -> Iterator[ReportMark]:
    """Without the points that are the tip of an arrow of the same group."""
    found = list(marks)
    tips = {(one.tracking_uid, one.points[:1], one.image) for one in found if one.is_arrow}
    for one in found:
        if one.kind is not FigureKind.POINT or (one.tracking_uid, one.points, one.image) not in tips:
            yield one


@dataclass(frozen=True, slots=True)
class _Group:
    """What the container around an item says of it."""

    label: str = ""
    tracking_uid: str = ""
    finding: Code | None = None
    values: tuple[ReportedValue, ...] = ()
    sites: tuple[Code, ...] = ()


@dataclass(slots=True)
class _Collected:
    """Marks by their figures: one that several values were taken from is one mark."""

    items: dict[tuple[int, ...], ContentItem]
    marks: dict[tuple[object, ...], ReportMark] = field(default_factory=dict)
    #: positions of figures that are left out, by the reason
    left_out: dict[str, set[tuple[int, ...]]] = field(default_factory=dict)
    points: int = 0

    @property
    def told(self) -> tuple[TranslatableText, ...]:
        """What is left out, and how often."""
        return tuple((reason, {"n": str(len(places))}) for reason, places in self.left_out.items())

    def walk(self, item: ContentItem, around: _Group) -> None:
        """Take the figures below an item; `around` is said of them."""
        if item.value_type == "CONTAINER":
            around = self._of_container(item, around)
        for child in item.children:
            meant = self.items.get(child.target, child) if child.target else child
            if meant.value_type in _FIGURES:
                self._take(meant, self._said(item, around))
            if not child.target:
                self.walk(child, self._said(item, around) if item.value_type != "CONTAINER" else around)

    def _of_container(self, item: ContentItem, around: _Group) -> _Group:
        """A group with an identifier is one thing; its values without figures of their own belong to its
        figures.
        """
        label = next((one.text for one in item.children if _is(one, _IDENTIFIER)), "")
        uid = next((one.text for one in item.children if _is(one, _UNIQUE_IDENTIFIER)), "")
        finding = next((one.code for one in item.children if _is(one, _FINDING)), None)
        sites = tuple(one.code for one in item.children if one.code is not None and _is_site(one))
        if not (label or uid or finding):
            return replace(around, values=(), sites=sites or around.sites)
        loose = (one for one in item.children if one.value_type == "NUM" and not self._has_figure(one))
        return _Group(label, uid, finding, tuple(_value(one) for one in loose), sites)

    def _has_figure(self, item: ContentItem) -> bool:
        """References are followed one step only: they may go round in a ring."""
        return any(
            self.items.get(one.target, one).value_type in _FIGURES
            or (not one.target and self._has_figure(one))
            for one in item.children
        )

    def _said(self, parent: ContentItem, around: _Group) -> _Group:
        """What an item that a figure belongs to says of it."""
        if parent.value_type == "NUM":
            return replace(around, values=(_value(parent),))
        if parent.value_type in ("TEXT", "CODE") and not around.label:
            return replace(around, label=parent.text)
        return around

    def _take(self, item: ContentItem, said: _Group) -> None:
        at = item.coordinates
        images = tuple(self._images(item)) if item.value_type == "SCOORD" else (None,)
        reason = self._useless(at, images)
        if at is None or reason:
            self.left_out.setdefault(reason, set()).add(item.position)
            return
        kind = FigureKind(at.kind)
        self.points += len(at.values)
        is_arrow = _is_arrow(item, kind, at, said.label)
        if is_arrow:
            kind = FigureKind.POLYLINE
        for image in images:
            key = (kind, at.values, image, at.frame_of_reference_uid, said.tracking_uid)
            mark = ReportMark(
                kind,
                at.values,
                image,
                at.frame_of_reference_uid if image is None else "",
                said.label,
                said.finding,
                said.values,
                said.tracking_uid,
                said.sites,
                is_arrow,
            )
            known = self.marks.get(key)
            self.marks[key] = mark if known is None else _joined(known, mark)

    def _useless(self, at: Coordinates | None, images: Sequence[ImageReference | None]) -> str:
        """Why a figure cannot be shown; "" where it can."""
        if at is None or at.kind not in FigureKind.__members__:
            return UNKNOWN
        if len(at.values) < _LEAST_POINTS.get(FigureKind(at.kind), 1):
            return WITHOUT_POINTS
        if len(at.values) > MOST_POINTS or self.points + len(at.values) > MOST_POINTS_OF_ALL:
            return TOO_MANY_POINTS
        if any(abs(value) > _FARTHEST for point in at.values for value in point):
            return FAR_OUT
        if not images or (images[0] is None and not at.frame_of_reference_uid):
            return _NO_IMAGE
        return "" if len(self.marks) < _MOST_MARKS else _TOO_MANY

    def _images(self, item: ContentItem) -> Iterator[ImageReference]:
        """The images that a figure was selected from."""
        for child in item.children:
            meant = self.items.get(child.target, child) if child.target else child
            if meant.value_type == "IMAGE":
                yield from meant.images


def _is_site(item: ContentItem) -> bool:
    return item.concept is not None and item.concept.value in _SITES


def _is_arrow(item: ContentItem, kind: FigureKind, at: Coordinates, label: str) -> bool:
    if len(at.values) != 2:
        return False
    if kind is FigureKind.POINT:
        return label.endswith(_CORNERSTONE_ARROW)
    return kind is FigureKind.POLYLINE and item.concept is not None and item.concept.same_as(ARROW)


def _value(item: ContentItem) -> ReportedValue:
    """Its concept; of a statistic the derivation, which tells it from others of the group."""
    derivation = next((one.code for one in item.children if _is(one, "121401")), None)
    return ReportedValue(derivation or item.concept, item.text, item.unit)


def _joined(one: ReportMark, other: ReportMark) -> ReportMark:
    return replace(
        one,
        label=one.label or other.label,
        finding=one.finding or other.finding,
        values=tuple(dict.fromkeys((*one.values, *other.values))),
        tracking_uid=one.tracking_uid or other.tracking_uid,
        sites=one.sites or other.sites,
    )
