"""Softcopy presentation states, grayscale and colour (PS3.3 A.33, C.10.4 to C.10.8, C.11.8)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from app.dicom.read.colour import read_palette
from app.dicom.read.functional_groups import Groups
from app.dicom.read.header import Header
from app.dicom.read.image_facts import shutter
from app.dicom.read.objects.cielab import recommended_color
from app.dicom.read.objects.opening import image_references, object_header
from app.dicom.read.overlays import activation_layers, planes_of_object
from app.dicom.read.prescan import Prescan
from app.dicom.read.value_facts import presentation_lut, value_transform, voi_transforms
from app.domain.geometry import PointPx
from app.domain.layers import (
    Annotation,
    DisplayedArea,
    GraphicKind,
    GraphicObject,
    ImageReference,
    PresentationState,
    SoftcopyVoi,
    SpatialReference,
    TextObject,
    Units,
)
from app.domain.study import SeriesUid

_IMAGES = 0x00081140
_COLOUR, _PSEUDO_COLOUR = (f"1.2.840.10008.5.1.4.1.1.11.{n}" for n in (2, 3))
_WHITE = 65535
#: compound figures that are lines through their points (PS3.3 C.10.5.1.5)
_LINES = ("MULTILINE", "INFINITELINE", "CUTLINE", "RANGELINE", "RULER", "AXIS", "ARROW")


def read_presentation(path: Path, name: str) -> PresentationState:
    """What a presentation state shows.  Runs in a bounded child; raises `BadInput` about `name`."""
    with object_header(path, name) as (header, found):
        flipped = header.text(0x00700041).upper() == "Y"
        quarters = (header.short(0x00700042) or 0) // 90 % 4
        covering = _bitmap_shutter_group(header)
        planes = {plane.group: plane for plane in planes_of_object(header, found)}
        groups = activation_layers(header)
        colors = {name: _layer_color(layer) for name, layer in _layers(header).items()}
        modality, value_type = value_transform(Groups(header), None)
        kind = header.uid(0x00080016)
        return PresentationState(
            title=presentation_title(header),
            reference=presentation_reference(header),
            annotations=tuple(_annotations(header)),
            shutter=shutter(header),
            voi=tuple(_voi(header)),
            areas=tuple(_areas(header)),
            # the object turns first and flips then: turned the other way after the flip, it is the same
            turns=-quarters % 4 if flipped else quarters,
            flipped=flipped,
            inverse=header.text(0x20500020).upper() == "INVERSE",
            modality=modality,
            value_type=value_type,
            presentation_lut=presentation_lut(header),
            bitmap_shutter=planes.get(covering) if covering else None,
            shutter_grey=(header.short(0x00181622) or 0) / _WHITE,
            shutter_color=recommended_color(header, 0x00181624),
            active_groups=frozenset(groups),
            group_colors=tuple(
                (group, color) for group, name in groups.items() if (color := colors.get(name)) is not None
            ),
            planes=tuple(plane for group, plane in planes.items() if group in groups and group != covering),
            is_grey=kind != _COLOUR,
            palette=_palette(found) if kind == _PSEUDO_COLOUR else b"",
            description=header.text(0x00700081),
            creator=header.name(0x00700084),
        )


def _palette(found: Prescan) -> bytes:
    """Colours of a pseudo-colour state (PS3.3 C.7.9), RGB in turn."""
    palette = read_palette(found, signed=False)
    return palette.table.tobytes() if palette is not None else b""


def presentation_title(header: Header) -> str:
    """Content Label and Content Description, else the name of the series."""
    said = dict.fromkeys((header.text(0x00700080), header.text(0x00700081)))
    return " · ".join(part for part in said if part) or header.text(0x0008103E)


def _bitmap_shutter_group(header: Header) -> int:
    """Group of the overlay plane that covers the image; 0 where none does (PS3.3 C.7.6.15)."""
    if "BITMAP" not in {shape.upper() for shape in header.texts(0x00181600)}:
        return 0
    return header.short(0x00181623) or 0


def presentation_reference(header: Header) -> SpatialReference:
    """The series and images that the state is for."""
    series: list[SeriesUid] = []
    images: list[ImageReference] = []
    for item in header.items(0x00081115):
        series.append(SeriesUid(item.uid(0x0020000E)))
        images += image_references(item, _IMAGES)
    return SpatialReference("", tuple(series), tuple(images))


def _annotations(header: Header) -> Iterator[Annotation]:
    """By the order of the layers, the lowest first."""
    layers = _layers(header)
    order = {name: item.integer(0x00700062) or 0 for name, item in layers.items()}
    found = header.items(0x00700001)
    for item in sorted(found, key=lambda one: order.get(one.text(0x00700002), 0)):
        layer = layers.get(item.text(0x00700002))
        yield Annotation(
            item.text(0x00700002),
            image_references(item, _IMAGES),
            tuple(_figures(item)),
            tuple(_texts(item)),
            _layer_color(layer) if layer is not None else None,
        )


def _layers(header: Header) -> dict[str, Header]:
    """Graphic layers by their names."""
    return {item.text(0x00700002): item for item in header.items(0x00700060)}


def _layer_color(layer: Header) -> tuple[int, int, int] | None:
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


def _figures(item: Header) -> Iterator[GraphicObject]:
    """Simple figures, and the compound ones that are not also told by simple ones (PS3.3 C.10.5.1.5)."""
    simple = item.items(0x00700009)
    told = {one.word(0x00700226, "I") for one in simple} - {None}
    yield from _graphics(simple)
    yield from _compound([one for one in item.items(0x00700209) if one.word(0x00700226, "I") not in told])


def _graphics(items: Sequence[Header]) -> Iterator[GraphicObject]:
    for one in items:
        kind, points = one.text(0x00700023).upper(), _points(one, 0x00700022)
        if kind in GraphicKind.__members__ and points:
            filled = one.text(0x00700024).upper() == "Y"
            yield GraphicObject(GraphicKind(kind), points, _units(one, 0x00700005), filled, *_tracking(one))


def _compound(items: Sequence[Header]) -> Iterator[GraphicObject]:
    for one in items:
        kind, points = one.text(0x00700294).upper(), _points(one, 0x00700022)
        units = _units(one, 0x00700282)
        if kind in _LINES and len(points) > 1:
            yield GraphicObject(GraphicKind.POLYLINE, points, units)
        elif kind == "RECTANGLE" and len(points) == 2:
            (left, top), (right, bottom) = points
            corners = ((left, top), (right, top), (right, bottom), (left, bottom), (left, top))
            yield GraphicObject(GraphicKind.POLYLINE, corners, units)


def _texts(item: Header) -> Iterator[TextObject]:
    for one in item.items(0x00700008):
        corners = (*_points(one, 0x00700010), *_points(one, 0x00700011))
        anchor = _points(one, 0x00700014)
        yield TextObject(
            one.lines(0x00700006),
            (corners[0], corners[1]) if len(corners) == 2 else None,
            _units(one, 0x00700003),
            anchor[0] if anchor else None,
            _units(one, 0x00700004),
            one.text(0x00700015).upper() == "Y",
            one.text(0x00700012).upper() or "LEFT",
            *_tracking(one),
        )


def _tracking(item: Header) -> tuple[str, str]:
    """Tracking UID and Tracking ID (PS3.3 C.10.5)."""
    return item.uid(0x00620021), item.text(0x00620020)


def _points(item: Header, tag: int) -> tuple[PointPx, ...]:
    values = item.words(tag, "f")
    return tuple(pair for n, pair in enumerate(pairwise(values)) if n % 2 == 0)


def _units(item: Header, tag: int) -> Units:
    said = item.text(tag).upper()
    return Units(said) if said in Units.__members__ else Units.PIXEL


def _voi(header: Header) -> Iterator[SoftcopyVoi]:
    for item in header.items(0x00283110):
        found = voi_transforms(Groups(item), None)
        if found:
            yield SoftcopyVoi(image_references(item, _IMAGES), found)


def _areas(header: Header) -> Iterator[DisplayedArea]:
    for item in header.items(0x0070005A):
        upper, lower = item.words(0x00700052, "i"), item.words(0x00700053, "i")
        if len(upper) != 2 or len(lower) != 2:
            continue
        spacing, ratio = item.lengths(0x00700101), item.integers(0x00700102)
        yield DisplayedArea(
            image_references(item, _IMAGES),
            (upper[0], upper[1]),
            (lower[0], lower[1]),
            item.text(0x00700100).upper() or "SCALE TO FIT",
            item.word(0x00700103, "f"),
            (spacing[0], spacing[1]) if len(spacing) == 2 else None,
            (ratio[0], ratio[1]) if len(ratio) == 2 else (1, 1),
        )
