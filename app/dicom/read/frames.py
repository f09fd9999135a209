"""Every frame of an object as facts, classic and multi-frame alike.  Runs in the bounded child."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from app.dicom.read.distinction_facts import distinction, nuclear
from app.dicom.read.functional_groups import Groups, groups_of, is_enhanced
from app.dicom.read.header import Header, _six
from app.dicom.read.image_facts import frame_times, lossy_ratio, plays_back_and_forth, shown_rate_hz, shutter
from app.dicom.read.image_pixel import ImagePixel
from app.dicom.read.mosaic import mosaic_frames
from app.dicom.read.native import has_bits_above
from app.dicom.read.object_facts import ObjectFacts, sop_class_name
from app.dicom.read.prescan import LONG_VIDEO, Prescan
from app.dicom.read.slide import slide_frames
from app.dicom.read.spacing_facts import pixel_spacing, ultrasound_regions
from app.dicom.read.suv_header import suv_inputs
from app.dicom.read.technique_facts import technique
from app.dicom.read.value_facts import (
    padding,
    pixel_format,
    real_world,
    value_transform,
    values_span,
    voi_transforms,
)
from app.dicom.read.view_facts import laterality, view_modifiers, view_position
from app.domain.display_set import TranslatableText
from app.domain.frame import Frame, Orientation
from app.domain.geometry import Point3
from app.domain.pixel import Rescale
from app.domain.study import SopUid

RAW_DATA = "1.2.840.10008.5.1.4.1.1.66"
SPECTROSCOPY = frozenset(("1.2.840.10008.5.1.4.1.1.4.2",))
DOSE = "1.2.840.10008.5.1.4.1.1.481.2"
SLIDE = "1.2.840.10008.5.1.4.1.1.77.1.6"
#: objects with pixel data that are read as what they are, not as images
_SEGMENTATIONS = frozenset(("1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7"))
#: in the names of all classes of images
_IMAGE_CLASS = "Image Storage"
_UP_TO_NUMBER = 1 << 20  # bytes that are digested at once

NO_PIXELS = "The object says it is an image, but it has no pixel data."
NO_AREA = "The object says that its image has {columns} × {rows} pixels."
RAW = "Raw data of the scanner are no image."
NO_SPECTRA = "Spectra are no image."
BITS_ABOVE = "Pixels have bits set above their Bits Stored ({bits}); these are no part of the values."
ENCRYPTED = "The object is encrypted."


def object_facts(header: Header, found: Prescan, digest: str, sop_uid: str) -> ObjectFacts:
    """Facts of an object that has been looked at; `sop_uid` is its UID, or the key that it got in place of
    one.
    """
    sop_class = header.uid(0x00080016) or found.uid(0x00020002)
    modality = header.text(0x00080060).upper()
    facts = ObjectFacts(SopUid(sop_uid), sop_class, modality)
    refusal = _refusal(header, found, sop_class)
    if refusal is not None:
        return replace(facts, refusal=refusal)
    if found.pixel_offset is None or sop_class in _SEGMENTATIONS:
        return facts
    frames = tuple(
        _frames(
            header, found, replace(_base(header, found, sop_class, digest), sop_uid=facts.sop_uid), modality
        )
    )
    empty = next((frame for frame in frames if not (frame.rows and frame.columns)), None)
    if empty is not None:
        size = {"columns": str(empty.columns), "rows": str(empty.rows)}
        return replace(facts, refusal=(NO_AREA, size))
    suv = suv_inputs([header]) if modality == "PT" else None
    return replace(
        facts,
        frames=frames,
        pixel_digest=_pixel_digest(found),
        doubts=(*header.doubts, *_pixel_doubts(found)),
        suv=suv,
        transfer_syntax=found.transfer_syntax,
    )


def _refusal(header: Header, found: Prescan, sop_class: str) -> TranslatableText | None:
    if sop_class == RAW_DATA:
        return RAW, {}
    if sop_class in SPECTROSCOPY:
        return NO_SPECTRA, {}
    if found.pixel_offset is None and header.items(0x04000500):
        return ENCRYPTED, {}
    if found.pixel_offset is None and _IMAGE_CLASS in sop_class_name(sop_class):
        return NO_PIXELS, {}
    return None


def _pixel_doubts(found: Prescan) -> Iterator[TranslatableText]:
    yield from ((one.template, one.params) for one in found.notices if one.template == LONG_VIDEO)
    if has_bits_above(found):
        yield BITS_ABOVE, {"bits": str(ImagePixel.of(found).bits_stored)}


def _pixel_digest(found: Prescan) -> str:
    """Of the bytes of the pixel data, up to the end of the file: their CRC-32, the sum of their 64-bit words
    and their number, which take a third of the time of a digest that nobody can forge.  Not where they are
    so many that it would take long.
    """
    size = len(found.data) - (found.pixel_offset or 0)
    if size > 64 * _UP_TO_NUMBER:
        return ""
    with memoryview(found.data) as whole, whole[found.pixel_offset :] as pixels:  # not a copy of them
        total = np.frombuffer(pixels, "<u8", size // 8).sum(dtype=np.uint64)
        return f"{zlib.crc32(pixels):08x}{int(total):016x}{size:08x}"


def _base(header: Header, found: Prescan, sop_class: str, digest: str) -> Frame:
    """What all frames of an object have in common."""
    shape = pixel_format(header, found)
    orientation = header.texts(0x00200020)
    return Frame(
        SopUid(header.uid(0x00080018) or found.uid(0x00020003)),
        sop_class,
        digest,
        0,
        found.number(0x00280010),
        found.number(0x00280011),
        shape,
        frames_in_object=found.frames,
        number=header.integer(0x00200013),
        location_mm=header.length(0x00201041),
        frame_of_reference_uid=header.uid(0x00200052),
        padding=padding(header, shape),
        presentation_inverse=header.text(0x20500020).upper() == "INVERSE",
        shutter=shutter(header),
        regions=ultrasound_regions(header),
        has_overlays=any(tag >> 16 & 0xFF00 == 0x6000 for tag in found.places),
        lossy_ratio=lossy_ratio(header, found.transfer_syntax),
        shown_rate_hz=shown_rate_hz(header),
        back_and_forth=plays_back_and_forth(header),
        is_compressed=found.encapsulated,
        is_video=found.is_video,
        view_position=view_position(header),
        view_modifiers=view_modifiers(header),
        patient_orientation=(orientation[0], orientation[1]) if len(orientation) == 2 else None,
    )


def _frames(header: Header, found: Prescan, base: Frame, modality: str) -> Iterator[Frame]:
    groups = Groups(header)
    if base.sop_class_uid == SLIDE and (slide := slide_frames(header, found, _own(base, groups, modality))):
        yield from slide
        return
    placed = _PLACERS.get(base.sop_class_uid if base.sop_class_uid == DOSE else modality)
    times = frame_times(header, found.frames)
    several = found.frames > 1 and not is_enhanced(header)
    last, common = groups, base
    for index, own in enumerate(groups_of(header, found)):
        if own is not last:  # frames without groups of their own have all but their number in common
            last, common = own, _own(base, own, modality)
        number = index + 1 if found.frames > 1 else common.number
        frame = replace(common, index=index, number=number, frame_time_ms=times[index])
        if several:  # one place for several frames: nothing that says where each lies
            frame = replace(frame, position_mm=None, location_mm=None)
            if placed is not None:
                frame = placed(header, frame)
        yield from mosaic_frames(header, frame) if found.frames == 1 else (frame,)


def _own(base: Frame, groups: Groups, modality: str) -> Frame:
    """A frame with what its functional groups say."""
    transform, value_type = value_transform(groups, base.pixel_format)
    span = values_span(base.pixel_format, transform)
    if base.sop_class_uid == DOSE:
        transform, value_type = _dose(groups.top)
    elif modality == "PT":
        value_type = groups.top.text(0x00541001).upper()
    place = groups.one(0x00209113).lengths(0x00200032)
    return replace(
        base,
        position_mm=_three(place),
        orientation=_six(groups.one(0x00209116).numbers(0x00200037)),
        spacing=pixel_spacing(groups, modality, base.regions),
        slice_thickness_mm=groups.one(0x00289110).length(0x00180050),
        transform=transform,
        value_type=value_type,
        real_world=real_world(groups, base.pixel_format),
        voi=voi_transforms(groups, span),
        distinction=distinction(groups),
        technique=technique(groups),
        laterality=laterality(groups),
    )


def _dose(header: Header) -> tuple[Rescale | None, str]:
    """PS3.3 C.8.8.3: Dose Grid Scaling, Dose Units."""
    scaling = header.number(0x3004000E)
    return (Rescale(scaling, 0.0) if scaling else None), header.text(0x30040002).upper()


def _three(values: tuple[float, ...]) -> Point3 | None:
    return (values[0], values[1], values[2]) if len(values) == 3 else None


def _dose_place(header: Header, frame: Frame) -> Frame:
    """Grid Frame Offset Vector: relative to the first plane, or (first value not 0) coordinates (PS3.3
    C.8.8.3.2).
    """
    offsets, origin = header.lengths(0x3004000C), _three(header.lengths(0x00200032))
    if len(offsets) <= frame.index or origin is None or frame.orientation is None:
        return frame
    return replace(frame, position_mm=_shifted(origin, frame.orientation, offsets[frame.index] - offsets[0]))


def _nuclear_place(header: Header, frame: Frame) -> Frame:
    """Reconstructed slices lie at Spacing Between Slices, whose sign is the direction (PS3.3 C.8.4.15)."""
    detectors = header.items(0x00540022)
    frame = replace(frame, distinction=nuclear(header, frame.index, frame.distinction))
    at = (frame.distinction.detector or frame.index + 1) - 1
    if at < len(detectors):
        frame = replace(frame, view_position=view_position(detectors[at]) or frame.view_position)
    kinds = frame.distinction.image_type
    detector = next(iter(detectors), None)
    if detector is None or not any("RECON" in kind for kind in kinds):
        return frame
    origin, orientation = _three(detector.lengths(0x00200032)), _six(detector.numbers(0x00200037))
    origin = origin or _three(header.lengths(0x00200032))
    orientation = orientation or frame.orientation
    distance = header.length(0x00180088) or header.length(0x00180050)
    if origin is None or orientation is None or not distance:
        return frame
    slices = header.words(0x00540080, "H")
    step = slices[frame.index] - 1 if frame.index < len(slices) else frame.index
    return replace(frame, position_mm=_shifted(origin, orientation, step * distance), orientation=orientation)


def _shifted(origin: Point3, orientation: Orientation, by_mm: float) -> Point3:
    """A point moved along the normal of an image."""
    (a, b, c, d, e, f) = orientation
    normal = (b * f - c * e, c * d - a * f, a * e - b * d)
    x, y, z = (at + by_mm * along for at, along in zip(origin, normal, strict=True))
    return (x, y, z)


#: where several frames lie that have no functional groups
_PLACERS: dict[str, Callable[[Header, Frame], Frame]] = {DOSE: _dose_place, "NM": _nuclear_place}
