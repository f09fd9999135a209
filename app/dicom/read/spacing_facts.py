"""Distance of pixels and what it was measured on (PS3.3 10.7, C.8.5.5, CP-586)."""

from __future__ import annotations

import math

from app.dicom.read.functional_groups import Groups
from app.dicom.read.header import Header
from app.dicom.read.numbers import LEAST_MM, MOST_MM
from app.domain.frame import RegionAxis, UltrasoundRegion
from app.domain.pixel import PixelSpacing, SpacingSource

_MEASURES = 0x00289110
#: Plane Position (Volume): planes of an ultrasound volume, in millimetres of its own space
_VOLUME_PLACE = 0x0020930E
#: images of a projection, on a detector at a distance from the patient
_PROJECTIONS = frozenset(("CR", "DX", "MG", "XA", "RF", "IO", "PX", "RG", "XC", "DG"))
_NOT_OF_THE_PATIENT = frozenset(("OT", "US", "IVUS", "ES", "GM"))
#: Physical Units of an ultrasound region (PS3.3 C.8.5.5.1.2) in UCUM; centimetres are told in millimetres
_REGION_UNITS = {
    1: "%", 2: "dB", 3: "mm", 4: "s", 5: "Hz", 6: "dB/s", 7: "cm/s", 8: "cm2", 9: "cm2/s", 10: "cm3",
    11: "cm3/s", 12: "deg",
}  # fmt: skip
_REGION_KINDS = {1: "2d", 2: "m-mode", 3: "spectral", 4: "waveform", 5: "graphics"}
#: more of a unit is in no pixel, and no value of 0 lies farther from the image
_MOST_STEP, _MOST_ZERO_PX = 1e9, 1e9
_FEW = 0.02  # relative difference of two spacings that counts as one


def pixel_spacing(groups: Groups, modality: str, regions: tuple[UltrasoundRegion, ...]) -> PixelSpacing:
    """The distance of pixels with its source, and the aspect ratio where there is none."""
    header = groups.top
    aspect = _pair(header, 0x00280034) or (1.0, 1.0)
    plain = _pair(groups.one(_MEASURES), 0x00280030)
    placed = groups.one(0x00209113).has(0x00200032)
    # slices that were reconstructed of projections (tomosynthesis, rotational angiography) lie in the patient
    if modality in _PROJECTIONS and not (placed and plain is not None and groups.item(_MEASURES) is not None):
        return _projected(header, plain, aspect)
    if plain is not None and groups.item(_VOLUME_PLACE) is not None:
        return PixelSpacing(plain, SpacingSource.CALIBRATED, aspect=aspect)
    if plain is not None:
        free = modality in _NOT_OF_THE_PATIENT and not placed
        return PixelSpacing(plain, SpacingSource.DETECTOR if free else SpacingSource.PATIENT, aspect=aspect)
    scanned = _pair(header, 0x00182010) or _pair(header, 0x00181164)
    if scanned is not None:
        return PixelSpacing(scanned, SpacingSource.DETECTOR, aspect=aspect)
    return _of_regions(regions, aspect)


def _pair(header: Header, tag: int) -> tuple[float, float] | None:
    values = header.lengths(tag)
    return (values[0], values[1]) if len(values) >= 2 and min(values[:2]) >= LEAST_MM else None


def _projected(
    header: Header, plain: tuple[float, float] | None, aspect: tuple[float, float]
) -> PixelSpacing:
    """Pixel Spacing that differs from Imager Pixel Spacing, or names its calibration, was calibrated."""
    imager = _pair(header, 0x00181164) or _pair(header, 0x00182010)
    magnification = header.number(0x00181114)
    magnification = magnification if magnification and magnification > 0 else None
    calibrated = bool(header.text(0x00280A02))
    if plain is not None and (calibrated or (imager is not None and not _same(plain, imager))):
        return PixelSpacing(plain, SpacingSource.CALIBRATED, aspect=aspect)
    on_detector = imager or plain
    if on_detector is None:
        return PixelSpacing(aspect=aspect)
    if magnification is not None and magnification > 1:
        in_patient = (on_detector[0] / magnification, on_detector[1] / magnification)
        return PixelSpacing(in_patient, SpacingSource.CALIBRATED, magnification, aspect)
    return PixelSpacing(on_detector, SpacingSource.DETECTOR, aspect=aspect)


def _same(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return all(math.isclose(a, b, rel_tol=1e-3) for a, b in zip(one, other, strict=True))


def ultrasound_regions(header: Header) -> tuple[UltrasoundRegion, ...]:
    """Calibrated regions of an ultrasound image, in the order of the object."""
    return tuple(region for item in header.items(0x00186011) if (region := _region(item)) is not None)


def _region(item: Header) -> UltrasoundRegion | None:
    corners = [item.word(tag, "I") for tag in (0x00186018, 0x0018601A, 0x0018601C, 0x0018601E)]
    if None in corners:
        return None
    left, top, right, bottom = (int(corner) for corner in corners)
    across = _axis(item, left, (0x00186024, 0x0018602C, 0x00186020, 0x00186028))
    down = _axis(item, top, (0x00186026, 0x0018602E, 0x00186022, 0x0018602A))
    if not across.step and not down.step:
        return None
    lengths = across.unit == "mm" == down.unit
    spacing = (abs(down.step) or 1.0, abs(across.step) or 1.0)
    if lengths and not all(LEAST_MM <= one <= MOST_MM for one in spacing):
        return None
    kind = _REGION_KINDS.get(item.short(0x00186012) or 0, "")
    if kind == "2d" and item.short(0x00186014) == 2:
        kind = "colour"
    unit = "mm" if lengths else ""
    return UltrasoundRegion((left, top, right, bottom), spacing, unit, kind, (across, down))


def _axis(item: Header, edge: int, tags: tuple[int, int, int, int]) -> RegionAxis:
    """One side of a region: Physical Units, Physical Delta, Reference Pixel (from the region's `edge` on) and
    its physical value.
    """
    units, delta, pixel, value = tags
    unit, step = _REGION_UNITS.get(item.short(units) or 0, ""), item.double(delta)
    if not step or abs(step) > _MOST_STEP:
        return RegionAxis()
    at, worth = item.word(pixel, "i"), item.double(value)
    zero = edge + at + 0.5 - worth / step if at is not None and worth is not None else None
    step *= 10.0 if unit == "mm" else 1.0
    return RegionAxis(unit, step, zero if zero is not None and abs(zero) <= _MOST_ZERO_PX else None)


def _of_regions(regions: tuple[UltrasoundRegion, ...], aspect: tuple[float, float]) -> PixelSpacing:
    """One distance for the image where all its regions of lengths have the same."""
    lengths = [
        region.spacing for region in regions if region.unit == "mm" and region.kind in ("2d", "colour")
    ]
    if lengths and all(
        math.isclose(a, b, rel_tol=_FEW)
        for other in lengths[1:]
        for a, b in zip(lengths[0], other, strict=True)
    ):
        return PixelSpacing(lengths[0], SpacingSource.CALIBRATED, aspect=aspect)
    return PixelSpacing(aspect=aspect)
