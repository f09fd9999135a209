"""Softcopy presentation states, grayscale and colour (PS3.3 A.33, C.10.4 to C.10.8, C.11.8)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from app.dicom.read.colour import read_palette
from app.dicom.read.functional_groups import Groups
from app.dicom.read.header import Header
from app.dicom.read.image_facts import shutter
from app.dicom.read.objects.annotations import AnnotationReader
from app.dicom.read.objects.cielab import recommended_color
from app.dicom.read.objects.opening import image_references, object_header
from app.dicom.read.overlays import activation_layers, planes_of_object
from app.dicom.read.prescan import Prescan
from app.dicom.read.value_facts import presentation_lut, value_transform, voi_transforms
from app.domain.layers import DisplayedArea, ImageReference, PresentationState, SoftcopyVoi, SpatialReference
from app.domain.study import SeriesUid

_IMAGES = 0x00081140
_COLOUR, _PSEUDO_COLOUR = (f"1.2.840.10008.5.1.4.1.1.11.{n}" for n in (2, 3))
_WHITE = 65535
_NO_WINDOW = "{attribute}: the window or table cannot be used."
_NOT_USED = "{attribute} {text} is not used."
_NO_COLOURS = "Its colours cannot be used; it is shown grey."
_NO_COVER = "Its bitmap shutter is missing; nothing is covered."
#: nobody magnifies more
_MOST_MAGNIFIED = 1000.0


def read_presentation(path: Path, name: str) -> PresentationState:
    """What a presentation state shows.  Runs in a bounded child; raises `BadInput` about `name`."""
    with object_header(path, name) as (header, found):
        flipped = header.text(0x00700041).upper() == "Y"
        quarters = (header.short(0x00700042) or 0) // 90 % 4
        covering = _bitmap_shutter_group(header)
        planes = {plane.group: plane for plane in planes_of_object(header, found)}
        groups = activation_layers(header)
        drawn = AnnotationReader(header)
        modality, value_type = value_transform(Groups(header), None)
        kind = header.uid(0x00080016)
        palette = _palette(found) if kind == _PSEUDO_COLOUR else b""
        return PresentationState(
            title=presentation_title(header),
            reference=presentation_reference(header),
            annotations=drawn.annotations,
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
                (group, color)
                for group, name in groups.items()
                if (color := drawn.colors.get(name)) is not None
            ),
            planes=tuple(plane for group, plane in planes.items() if group in groups and group != covering),
            is_grey=kind != _COLOUR,
            palette=palette,
            description=header.text(0x00700081),
            creator=header.name(0x00700084),
            told=(
                *header.doubts,
                *(((_NO_COLOURS, {}),) if kind == _PSEUDO_COLOUR and not palette else ()),
                *(((_NO_COVER, {}),) if covering and covering not in planes else ()),
                *drawn.told,
            ),
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


def _voi(header: Header) -> Iterator[SoftcopyVoi]:
    for item in header.items(0x00283110):
        found = voi_transforms(Groups(item), None)
        if found:
            yield SoftcopyVoi(image_references(item, _IMAGES), found)
        elif not header.doubts:
            header.tell(_NO_WINDOW, 0x00283110, "")


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
            _magnification(item),
            (spacing[0], spacing[1]) if len(spacing) == 2 else None,
            (ratio[0], ratio[1]) if len(ratio) == 2 else (1, 1),
        )


def _magnification(item: Header) -> float | None:
    found = item.word(0x00700103, "f")
    if found is None or 1 / _MOST_MAGNIFIED <= found <= _MOST_MAGNIFIED:
        return None if found is None else float(found)
    item.tell(_NOT_USED, 0x00700103, f"{found:g}")
    return None
