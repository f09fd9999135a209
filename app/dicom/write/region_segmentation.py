"""Regions that were measured in a volume as a Segmentation object (PS3.3 A.51), a segment each.

A segment has the tracking UID of its measurement, which the measurement group of a structured report has too
(PS3.16 TID 1501): both speak of one thing.
"""

from __future__ import annotations

from collections.abc import Sequence as SequenceOf
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from app.dicom.read.objects.cielab import color_by_number
from app.dicom.read.source_header import SourceHeader
from app.dicom.write.codes import code_to_pydicom
from app.dicom.write.composite import (
    MANUFACTURER,
    MODEL,
    SERIAL,
    contribution,
    decimal,
    evidence,
    person_name,
    save,
    software_version,
)
from app.dicom.write.encapsulated import clock, day
from app.dicom.write.segmentation_object import frame_as_image, identification_of, name_frames, settle
from app.domain.coding import Code
from app.domain.geometry import Grid
from app.domain.provenance import Algorithm, derived_uid
from app.domain.roi import RoiKind
from app.domain.segmentation import RegionSegment
from app.domain.volume import FrameReference
from app.errors import BadInput

#: category and type of what a measured region is (PS3.16 CID 7150)
_LESION = (Code("49755003", "SCT", "Morphologically Abnormal Structure"), Code("52988006", "SCT", "Lesion"))
_LIVER = (Code("123037004", "SCT", "Anatomical Structure"), Code("10200004", "SCT", "Liver"))
_PLACE = (Code("309825002", "SCT", "Spatial and Relational Concept"), Code("111030", "DCM", "Image Region"))
_RULES = {
    RoiKind.VOI_RELATIVE: "Region growing over 41 % of the maximum",
    RoiKind.VOI_FIXED: "Region growing over SUVbw 2.5",
    RoiKind.VOI_PERCIST: "Region growing over 1.5 x liver mean + 2 SD",
}


def write_regions(
    path: Path,
    regions: SequenceOf[RegionSegment],
    grid: Grid,
    references: SequenceOf[FrameReference | None],
    header: SourceHeader,
    *,
    description: str,
    creator: str,
    made_at: datetime,
    series_uid: str,
    series_number: int,
    number: int = 1,
) -> str:
    """Write regions of one volume; returns the SOP Instance UID.

    ``references[s]`` is the image of slice `s` of the grid.  Regions may overlap.  `BadInput` where there is
    no region, or an image that one lies on is missing.
    """
    import highdicom as hd  # not when the window starts

    if not regions:
        raise BadInput("There is no region to save.")
    slices = sorted({s for one in regions for s in _slices(one)})
    sop_uid = derived_uid("region-segmentation", series_uid, str(number))
    images, frames = [], {}
    for s in slices:
        reference = references[s] if s < len(references) else None
        if reference is None:
            raise BadInput("An image that a region lies on is missing.")
        image = header.image(reference.sop_uid)
        if reference.frame is not None:
            uid = derived_uid("frame", image.sop_uid, str(s))
            frames[uid] = (image, reference.frame)
            image = frame_as_image(uid, image, reference.frame, grid, s)
        images.append(image)
    if frames:  # the header of a multi-frame object has no thickness at its top
        thickness = header.slice_thickness or decimal(grid.spacing_mm[0])
        header = replace(header, slice_thickness=thickness)
    ds: Dataset = hd.seg.Segmentation(
        list(evidence(header, images)),
        _masks(regions, slices, grid),
        hd.seg.SegmentationTypeValues.BINARY,
        [_description(n, one) for n, one in enumerate(regions, 1)],
        series_instance_uid=series_uid,
        series_number=series_number,
        sop_instance_uid=sop_uid,
        instance_number=number,
        manufacturer=MANUFACTURER,
        manufacturer_model_name=MODEL,
        software_versions=software_version(),
        device_serial_number=SERIAL,
        content_description=description[:64],
        content_label="REGIONS",
        omit_empty_frames=True,
    )
    name_frames(ds, frames)
    settle(ds, header, sop_uid)
    ds.SeriesDescription = description[:64]
    ds.SeriesDate = ds.ContentDate = day(made_at)
    ds.SeriesTime = ds.ContentTime = clock(made_at)
    ds.ContentCreatorName = person_name(creator)
    ds.ContributingEquipmentSequence = Sequence([contribution(None)])
    save(path, ds)
    return sop_uid


def _slices(region: RegionSegment) -> list[int]:
    """Slices that a region has voxels on."""
    first = region.voxels.first[0]
    return [first + int(s) for s in np.flatnonzero(region.voxels.mask.any(axis=(1, 2)))]


def _masks(regions: SequenceOf[RegionSegment], slices: list[int], grid: Grid) -> NDArray[np.uint8]:
    """Numbers of segments, (slice, row, column); where regions overlap a mask each, (…, segment)."""
    place = {s: n for n, s in enumerate(slices)}
    shape = (len(slices), *grid.shape[1:])
    numbers = np.zeros(shape, np.uint8)
    for number, one in enumerate(regions, 1):
        for s in _slices(one):
            section = one.voxels.section(0, s, grid.shape)
            assert section is not None
            if number > 255 or numbers[place[s]][section].any():
                return _masks_apart(regions, place, grid)
            numbers[place[s]][section] = number
    return numbers


def _masks_apart(regions: SequenceOf[RegionSegment], place: dict[int, int], grid: Grid) -> NDArray[np.uint8]:
    masks = np.zeros((len(place), *grid.shape[1:], len(regions)), np.uint8)
    for n, one in enumerate(regions):
        for s in _slices(one):
            section = one.voxels.section(0, s, grid.shape)
            assert section is not None
            masks[place[s], ..., n] = section
    return masks


def _description(number: int, region: RegionSegment) -> Any:
    import highdicom as hd

    category, kind = _meaning(region.kind)
    grown = region.kind in _RULES
    return hd.seg.SegmentDescription(
        number,
        region.label[:64],
        code_to_pydicom(category),
        code_to_pydicom(kind),
        hd.seg.SegmentAlgorithmTypeValues.SEMIAUTOMATIC
        if grown
        else hd.seg.SegmentAlgorithmTypeValues.MANUAL,
        algorithm_identification=identification_of(_algorithm(region)) if grown else None,
        tracking_uid=region.tracking_uid,
        tracking_id=region.label[:64],
        display_color=hd.color.CIELabColor.from_rgb(*color_by_number(number)),
    )


def _meaning(kind: RoiKind) -> tuple[Code, Code]:
    if kind is RoiKind.LIVER_REFERENCE:
        return _LIVER
    return _LESION if kind in _RULES else _PLACE


def _algorithm(region: RegionSegment) -> Algorithm:
    least = region.threshold
    told = () if least is None else (("threshold", f"{least[0]:.6g}"), ("unit", least[1]))
    return Algorithm(
        "region-growing",
        _RULES[region.kind],
        software_version(),
        Code("123101", "DCM", "Neighborhood Analysis"),
        parameters=told,
    )
