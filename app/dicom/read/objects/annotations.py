"""Graphic annotations of presentation states (PS3.3 C.10.5), without trusting what they hold: what is left
out is counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from app.dicom.read.header import Header
from app.dicom.read.objects.cielab import recommended_color
from app.dicom.read.objects.opening import image_references
from app.domain.display_set import TranslatableText
from app.domain.geometry import PointPx
from app.domain.layers import Annotation, GraphicKind, GraphicObject, Rgb, TextObject, Units

_IMAGES = 0x00081140
_WHITE = 65535
#: compound figures that are lines through their points (PS3.3 C.10.5.1.5)
_LINES = ("MULTILINE", "INFINITELINE", "CUTLINE", "RANGELINE", "RULER", "AXIS", "ARROW")
_LEAST_POINTS = {
    GraphicKind.POLYLINE: 2,
    GraphicKind.INTERPOLATED: 2,
    GraphicKind.CIRCLE: 2,
    GraphicKind.ELLIPSE: 4,
}
#: points of a figure (Number of Graphic Points is a US) and of all figures; texts, and letters of one (ST)
MOST_POINTS, MOST_POINTS_OF_ALL, MOST_TEXTS, _MOST_LETTERS = 65535, 200_000, 1000, 1024
#: farther out there is no image: pixels of the largest slides, displayed areas
_FARTHEST = {Units.PIXEL: 1e6, Units.MATRIX: 1e7, Units.DISPLAY: 1e3}

#: templates of what is left out
UNKNOWN = "Figures of an unknown kind are not shown: {n}."
WITHOUT_POINTS = "Figures without readable points are not shown: {n}."
FAR_OUT = "Figures far outside of the image are not shown: {n}."
TOO_MANY_POINTS = "Figures of too many points are not shown: {n}."
_NO_PLACE = "Texts without a place are not shown: {n}."
_TOO_MANY_TEXTS = "Texts are too many; not shown: {n}."


class AnnotationReader:
    """The annotations of a state; `told` is what of them cannot be shown."""

    def __init__(self, header: Header) -> None:
        self._layers = {item.text(0x00700002): item for item in header.items(0x00700060)}
        self._left_out: Counter[str] = Counter()
        self._points, self._texts = 0, 0
        self.colors = {name: layer_color(layer) for name, layer in self._layers.items()}
        self.annotations = tuple(self._read(header.items(0x00700001)))

    @property
    def told(self) -> tuple[TranslatableText, ...]:
        """What is left out, and how often."""
        return tuple((template, {"n": str(n)}) for template, n in self._left_out.items())

    def _read(self, items: Sequence[Header]) -> Iterator[Annotation]:
        """By the order of the layers, the lowest first."""
        order = {name: item.integer(0x00700062) or 0 for name, item in self._layers.items()}
        for item in sorted(items, key=lambda one: order.get(one.text(0x00700002), 0)):
            name = item.text(0x00700002)
            yield Annotation(
                name,
                image_references(item, _IMAGES),
                tuple(self._figures(item)),
                tuple(self._read_texts(item)),
                self.colors.get(name),
            )

    # -- figures --------------------------------------------------------------------------------------------

    def _figures(self, item: Header) -> Iterator[GraphicObject]:
        """Simple figures, and the compound ones that are not also told by simple ones (PS3.3 C.10.5.1.5)."""
        simple = item.items(0x00700009)
        told = {one.word(0x00700226, "I") for one in simple} - {None}
        for one in simple:
            kind = one.text(0x00700023).upper()
            if kind not in GraphicKind.__members__:
                self._left_out[UNKNOWN] += 1
            elif points := self._usable(one, GraphicKind(kind), units := _units(one, 0x00700005)):
                filled = one.text(0x00700024).upper() == "Y"
                yield GraphicObject(GraphicKind(kind), points, units, filled, *_tracking(one))
        for one in item.items(0x00700209):
            if one.word(0x00700226, "I") not in told:
                yield from self._compound(one)

    def _compound(self, one: Header) -> Iterator[GraphicObject]:
        kind, units = one.text(0x00700294).upper(), _units(one, 0x00700282)
        turned = bool(one.double(0x00700230))
        if kind in _LINES and (points := self._usable(one, GraphicKind.POLYLINE, units)):
            yield GraphicObject(GraphicKind.POLYLINE, points, units)
        elif kind == "CROSSHAIR" and (points := self._usable(one, GraphicKind.POINT, units)):
            yield GraphicObject(GraphicKind.POINT, points[:1], units)
        elif kind in ("RECTANGLE", "ELLIPSE") and not turned:
            points = self._usable(one, GraphicKind.POLYLINE, units)
            if len(points) == 2:
                yield _in_box(kind, points[0], points[1], units)
        elif kind not in (*_LINES, "CROSSHAIR"):
            self._left_out[UNKNOWN] += 1

    def _usable(self, one: Header, kind: GraphicKind, units: Units) -> tuple[PointPx, ...]:
        """The points of a figure; none where it cannot be drawn."""
        size = len(one.raw(0x00700022)) // 8
        if size > MOST_POINTS or self._points + size > MOST_POINTS_OF_ALL:
            self._left_out[TOO_MANY_POINTS] += 1
            return ()
        points = points_of(one, 0x00700022)
        if len(points) < _LEAST_POINTS.get(kind, 1):
            self._left_out[WITHOUT_POINTS] += 1
            return ()
        if _is_far_out(points, units):
            self._left_out[FAR_OUT] += 1
            return ()
        self._points += size
        return points

    # -- texts ----------------------------------------------------------------------------------------------

    def _read_texts(self, item: Header) -> Iterator[TextObject]:
        for one in item.items(0x00700008):
            if self._texts == MOST_TEXTS:
                self._left_out[_TOO_MANY_TEXTS] += 1
                continue
            made = _text(one)
            if made is None:
                self._left_out[_NO_PLACE] += 1
                continue
            self._texts += 1
            yield made


def _in_box(kind: str, first: PointPx, last: PointPx, units: Units) -> GraphicObject:
    """A rectangle or an ellipse of two corners."""
    (left, top), (right, bottom) = first, last
    if kind == "RECTANGLE":
        corners = ((left, top), (right, top), (right, bottom), (left, bottom), (left, top))
        return GraphicObject(GraphicKind.POLYLINE, corners, units)
    x, y = (left + right) / 2, (top + bottom) / 2
    return GraphicObject(GraphicKind.ELLIPSE, ((left, y), (right, y), (x, top), (x, bottom)), units)


def _text(one: Header) -> TextObject | None:
    """None of one that has no place, or one where no image is."""
    corners = (*points_of(one, 0x00700010), *points_of(one, 0x00700011))
    anchor, units = points_of(one, 0x00700014)[:1], (_units(one, 0x00700003), _units(one, 0x00700004))
    box = corners if len(corners) == 2 and not _is_far_out(corners, units[0]) else ()
    if _is_far_out(anchor, units[1]):
        anchor = ()
    if not box and not anchor:
        return None
    said = one.lines(0x00700006)
    return TextObject(
        said if len(said) <= _MOST_LETTERS else f"{said[: _MOST_LETTERS - 1]}…",
        (box[0], box[1]) if box else None,
        units[0],
        anchor[0] if anchor else None,
        units[1],
        one.text(0x00700015).upper() == "Y",
        one.text(0x00700012).upper() or "LEFT",
        *_tracking(one),
    )


def layer_color(layer: Header) -> Rgb | None:
    """Recommended colour of a graphic layer: CIELab, else RGB (retired), else grey (PS3.3 C.10.7)."""
    color = recommended_color(layer, 0x00700401)
    if color is not None:
        return color
    words = layer.words(0x00700067, "H")
    if len(words) == 3:
        red, green, blue = (round(255 * word / _WHITE) for word in words)
        return red, green, blue
    grey = layer.short(0x00700066)
    return None if grey is None else (round(255 * grey / _WHITE),) * 3


def _is_far_out(points: Sequence[PointPx], units: Units) -> bool:
    most = _FARTHEST[units]
    return any(abs(value) > most for point in points for value in point)


def _tracking(item: Header) -> tuple[str, str]:
    """Tracking UID and Tracking ID (PS3.3 C.10.5)."""
    return item.uid(0x00620021), item.text(0x00620020)


def points_of(item: Header, tag: int) -> tuple[PointPx, ...]:
    """Pairs of an FL attribute; none where one of them is no number."""
    values = item.words(tag, "f")
    return tuple(pair for n, pair in enumerate(pairwise(values)) if n % 2 == 0)


def _units(item: Header, tag: int) -> Units:
    said = item.text(tag).upper()
    return Units(said) if said in Units.__members__ else Units.PIXEL
