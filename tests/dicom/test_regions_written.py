"""Measured regions as a segmentation: valid, read back voxel by voxel, one thing with their report."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import highdicom as hd
import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from app.dicom.read.objects.segmentation import read_labels
from app.dicom.read.source_header import SourceHeader
from app.dicom.write.measurement_report import write_measurement_report
from app.dicom.write.region_segmentation import write_regions
from app.domain.layers import SegmentMask
from app.domain.roi import RoiKind
from app.domain.segmentation import RegionSegment
from app.domain.study import SopUid
from app.domain.uptake import VoxelRegion, sphere
from app.domain.volume import FrameReference
from app.errors import BadInput
from app.viewing.shapes.shape import MeasuredImage
from tests.dicom import dicom_objects as objects
from tests.dicom.test_dicom_writers import SIGNED_AT, faults, report
from tests.dicom.test_measured_shapes_written import measured_shape
from tests.support.capabilities import SHAPES
from tests.viewing.measured_kinds import KINDS

GRID = objects.grid()


def _ball(at: tuple[int, int, int], radius_mm: float) -> VoxelRegion:
    found = sphere(GRID, tuple(float(x) for x in GRID.to_lps(at)), radius_mm)  # type: ignore[arg-type]
    assert found is not None
    return found


def regions(*, overlap: bool) -> list[RegionSegment]:
    return [
        RegionSegment("2.25.501", "V1", RoiKind.VOI_RELATIVE, _ball((2, 12, 10), 5.0), (4.1, "g/ml{SUVbw}")),
        RegionSegment("2.25.502", "病灶2", RoiKind.VOI_PERCIST, _ball((4, 20, 28), 4.0), (3.5, "1")),
        RegionSegment("2.25.503", "G1", RoiKind.LIVER_REFERENCE, _ball((1, 24, 8), 3.0)),
        RegionSegment("2.25.504", "O1", RoiKind.SPHERE, _ball((2, 14 if overlap else 4, 11), 4.0)),
    ]


def references(header: SourceHeader) -> list[FrameReference | None]:
    return [FrameReference(SopUid(image.sop_uid), image.sop_class_uid) for image in header.images]


def written(path: Path, header: SourceHeader, found: list[RegionSegment]) -> Dataset:
    write_regions(
        path,
        found,
        GRID,
        references(header),
        header,
        description="PET 2026-01-02",
        creator="李雷",
        made_at=SIGNED_AT,
        series_uid="2.25.500",
        series_number=9950,
    )
    return dcmread(path)


def whole(region: VoxelRegion) -> np.ndarray:
    made = np.zeros(GRID.shape, bool)
    made[region.box] = region.mask
    return made


def placed(mask: SegmentMask, heights_mm: np.ndarray) -> np.ndarray:
    """A mask of the object on the grid of the volume, its planes by their height."""
    made = np.zeros(GRID.shape, bool)
    for plane, values in enumerate(mask.values, mask.first[0]):
        s = round((float(heights_mm[plane]) - GRID.origin_mm[2]) / GRID.spacing_mm[0])
        rows, columns = (slice(mask.first[n], mask.first[n] + mask.shape[n]) for n in (1, 2))
        made[s, rows, columns] = values.astype(bool)
    return made


@pytest.mark.parametrize("overlap", [False, True])
def test_regions_come_back_voxel_by_voxel(tmp_path: Path, overlap: bool) -> None:
    """By us and by highdicom, also where they overlap; what they are, and how they were made."""
    header: SourceHeader = objects.written(tmp_path / "source")[1]
    found = regions(overlap=overlap)
    ds = written(tmp_path / "seg.dcm", header, found)
    assert faults(tmp_path / "seg.dcm") == []
    assert [
        (s.SegmentLabel, s.SegmentAlgorithmType, s.SegmentedPropertyTypeCodeSequence[0].CodeMeaning)
        for s in ds.SegmentSequence
    ] == [
        ("V1", "SEMIAUTOMATIC", "Lesion"),
        ("病灶2", "SEMIAUTOMATIC", "Lesion"),
        ("G1", "MANUAL", "Liver"),
        ("O1", "MANUAL", "Image Region"),
    ]
    method = ds.SegmentSequence[0].SegmentationAlgorithmIdentificationSequence[0]
    told = "".join(method.AlgorithmParameters)
    assert "threshold=4.1" in told
    assert "unit=g/ml{SUVbw}" in told
    assert str(ds.ContentCreatorName) == "李雷^"
    assert ds.ContentDate == ds.SeriesDate
    read = read_labels(tmp_path / "seg.dcm", "seg")
    assert read.planes is not None
    for mask, one in zip(read.masks, found, strict=True):
        assert np.array_equal(placed(mask, read.planes.heights_mm), whole(one.voxels)), one.label
    independent = hd.seg.segread(tmp_path / "seg.dcm")
    wanted = [image.sop_uid for image in header.images]
    planes = independent.get_pixels_by_source_instance(
        wanted, assert_missing_frames_are_empty=True, ignore_spatial_locations=False
    )
    assert np.array_equal(planes.astype(bool), np.stack([whole(one.voxels) for one in found], axis=-1))


def test_a_segment_and_its_measurement_have_one_tracking_uid(tmp_path: Path) -> None:
    """That of the report's group (TID 1501)."""
    header: SourceHeader = objects.written(tmp_path / "source")[1]
    image: MeasuredImage = KINDS["anisotropic"]().image
    kinds = (RoiKind.VOI_RELATIVE, RoiKind.VOI_PERCIST, RoiKind.LIVER_REFERENCE, RoiKind.SPHERE)
    found = regions(overlap=False)
    made = tuple(
        replace(
            measured_shape(SHAPES.of(kind), image, header, in_space=False),
            tracking_uid=one.tracking_uid,
            label=one.label,
        )
        for kind, one in zip(kinds, found, strict=True)
    )
    write_measurement_report(
        tmp_path / "sr.dcm", replace(report(header), measurements=made, findings=(), key_images=()), [header]
    )
    ds = written(tmp_path / "seg.dcm", header, found)
    groups = hd.sr.srread(tmp_path / "sr.dcm").content.get_image_measurement_groups()
    assert {(g.tracking_uid, g.tracking_identifier) for g in groups} == {
        (s.TrackingUID, s.TrackingID) for s in ds.SegmentSequence
    }


def test_frames_of_one_object_are_named(tmp_path: Path) -> None:
    """Enhanced PET: each frame of the segmentation names the object and its frame."""
    paths, _ = objects.written(tmp_path / "source")
    combined = hd.legacy.LegacyConvertedEnhancedCTImage(
        [dcmread(path) for path in paths],
        series_instance_uid=hd.UID(),
        series_number=3,
        sop_instance_uid=hd.UID(),
        instance_number=1,
    )
    combined.save_as(tmp_path / "whole.dcm")
    header = objects.read_source_header([tmp_path / "whole.dcm"])
    image = header.images[0]
    named = [FrameReference(SopUid(image.sop_uid), image.sop_class_uid, n) for n in range(1, 7)]
    found = regions(overlap=False)[:2]
    write_regions(
        tmp_path / "seg.dcm",
        found,
        GRID,
        named,
        header,
        description="PET",
        creator="",
        made_at=SIGNED_AT,
        series_uid="2.25.500",
        series_number=9950,
    )
    assert faults(tmp_path / "seg.dcm") == []
    ds = dcmread(tmp_path / "seg.dcm")
    for group in ds.PerFrameFunctionalGroupsSequence:
        (source,) = group.DerivationImageSequence[0].SourceImageSequence
        height = float(group.PlanePositionSequence[0].ImagePositionPatient[2])
        assert source.ReferencedSOPInstanceUID == image.sop_uid
        assert source.ReferencedFrameNumber == 1 + round((height - GRID.origin_mm[2]) / GRID.spacing_mm[0])
    read = read_labels(tmp_path / "seg.dcm", "seg")
    assert read.planes is not None
    for mask, one in zip(read.masks, found, strict=True):
        assert np.array_equal(placed(mask, read.planes.heights_mm), whole(one.voxels))


def test_a_region_without_its_images_is_refused(tmp_path: Path) -> None:
    header: SourceHeader = objects.written(tmp_path / "source")[1]
    with pytest.raises(BadInput, match="no region"):
        written(tmp_path / "none.dcm", header, [])
    fewer = replace(header, images=header.images[:2])
    with pytest.raises(BadInput, match="missing"):
        written(tmp_path / "fewer.dcm", fewer, regions(overlap=False))
    assert not list(tmp_path.glob("*.dcm"))
