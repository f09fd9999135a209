"""Segmentations of any maker, against highdicom's reader, NRRD files and arrays that they were made from."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import highdicom as hd
import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage

from app.dicom.read.objects.segmentation import read_labels
from app.domain.geometry import Grid
from app.domain.layers import MaskKind, SegmentationImage, SegmentMask
from app.domain.resampled_masks import require_overlap, resampled
from app.errors import BadInput
from app.processes.pool import Pool
from tests.dicom.objects.made_objects import FRAME_OF_REFERENCE, ct_images, seg
from tests.support.real_data import real_data

BINARY, FRACTIONAL, LABELMAP = (
    hd.seg.SegmentationTypeValues.BINARY,
    hd.seg.SegmentationTypeValues.FRACTIONAL,
    hd.seg.SegmentationTypeValues.LABELMAP,
)
IMAGE_GRID = Grid((4, 12, 10), (2.5, 0.8, 0.7), (-3.0, 5.0, 10.0), ((0, 0, 1), (0, 1, 0), (1, 0, 0)))


def whole(layer: SegmentationImage, mask: SegmentMask) -> NDArray[np.uint8]:
    """A mask on all planes of its layer."""
    planes = max(len(layer.frame_images), 1)
    out = np.zeros((planes, layer.rows, layer.columns), np.uint8)
    part = tuple(slice(a, a + n) for a, n in zip(mask.first, mask.shape, strict=True))
    out[part] = mask.values
    return out


def blobs(count: int, shape: tuple[int, int, int] = (4, 12, 10)) -> NDArray[np.uint8]:
    """Masks that overlap, shape (slice, row, column, segment)."""
    random = np.random.default_rng(5)
    return (random.random((*shape, count)) > 0.6).astype(np.uint8)


def test_overlapping_segments_keep_all_their_voxels(parsers: Pool, tmp_path: Path) -> None:
    """A voxel belongs to as many segments as the object says; the bounded child carries them whole."""
    masks = blobs(3)
    path = seg(tmp_path / "seg.dcm", ct_images(), masks, BINARY, 3, omit_empty_frames=False)
    layer = parsers.call(read_labels, path, "seg", about="seg")
    assert layer.kind is MaskKind.BINARY
    assert layer.count == 3
    for n, mask in enumerate(layer.masks):
        assert np.array_equal(resampled(mask, layer.planes, IMAGE_GRID), masks[..., n])
        assert mask.segment.label == f"segment {n + 1}"
        assert mask.segment.type.meaning == "Liver"
        assert np.abs(np.array(mask.segment.color) - (200, 31 + n, 40)).max() <= 1
    assert layer.reference.frame_of_reference_uid == FRAME_OF_REFERENCE
    assert {image.sop_uid for image in layer.reference.images} == {d.SOPInstanceUID for d in ct_images()}


def test_more_segments_than_a_byte_can_count(tmp_path: Path) -> None:
    """Label maps of 300 segments."""
    labels = np.random.default_rng(7).integers(0, 301, (4, 12, 10)).astype(np.uint16)
    layer = read_labels(seg(tmp_path / "seg.dcm", ct_images(), labels, LABELMAP, 300), "seg")
    assert layer.count == 300
    assert layer.kind is MaskKind.LABELMAP
    for number in (1, 2, 255, 256, 300):
        mask = next(m for m in layer.masks if m.segment.number == number)
        assert np.array_equal(resampled(mask, layer.planes, IMAGE_GRID), labels == number)


@pytest.mark.parametrize("kind", ["PROBABILITY", "OCCUPANCY"])
def test_fractions_of_the_highest_value(tmp_path: Path, kind: str) -> None:
    """200 is one where the object says so."""
    fractions = np.random.default_rng(3).random((4, 12, 10, 1)).astype(np.float32)
    path = seg(
        tmp_path / "seg.dcm", ct_images(), fractions, FRACTIONAL, 1,
        max_fractional_value=200, fractional_type=kind, omit_empty_frames=False,
    )  # fmt: skip
    layer = read_labels(path, "seg")
    assert layer.kind is MaskKind(kind)
    got = resampled(layer.masks[0], layer.planes, IMAGE_GRID) / 255
    assert np.abs(got - np.rint(fractions[..., 0] * 200) / 200).max() <= 0.5 / 255 + 1e-6


def test_an_oblique_target_takes_the_nearest_voxel_of_each_place(tmp_path: Path) -> None:
    """Another orientation and spacing than the segments': every voxel against its own nearest source."""
    masks = blobs(1)
    layer = read_labels(seg(tmp_path / "seg.dcm", ct_images(), masks, BINARY, 1), "seg")
    c, s = np.cos(0.4), np.sin(0.4)
    target = Grid((15, 14, 13), (0.9, 0.75, 0.65), (-4.0, 5.5, 9.0), ((0, -s, c), (0, c, s), (1, 0, 0)))
    got = resampled(layer.masks[0], layer.planes, target)
    index = IMAGE_GRID.to_index(target.to_lps(np.moveaxis(np.indices(target.shape), 0, -1)))
    whole_index = np.floor(index + 0.5).astype(int)
    inside = np.all((whole_index >= 0) & (whole_index < IMAGE_GRID.shape), axis=-1)
    expected = np.zeros(target.shape, np.uint8)
    expected[inside] = masks[..., 0][tuple(whole_index[inside].T)]
    assert expected.sum() > 50
    assert np.count_nonzero(got != expected) <= 0.002 * got.size  # points halfway between two voxels


def test_fractions_are_interpolated_between_planes(tmp_path: Path) -> None:
    """Linear in all directions, as SciPy has it."""
    fractions = np.random.default_rng(9).random((4, 12, 10, 1)).astype(np.float32)
    path = seg(
        tmp_path / "seg.dcm", ct_images(), fractions, FRACTIONAL, 1,
        max_fractional_value=255, omit_empty_frames=False,
    )  # fmt: skip
    layer = read_labels(path, "seg")
    target = Grid((7, 9, 8), (1.0, 0.9, 0.75), (-2.8, 5.3, 10.4), IMAGE_GRID.axes)
    index = IMAGE_GRID.to_index(target.to_lps(np.moveaxis(np.indices(target.shape), 0, -1)))
    values = np.rint(fractions[..., 0] * 255)
    expected = ndimage.map_coordinates(values, np.moveaxis(index, -1, 0), order=1, mode="constant")
    got = resampled(layer.masks[0], layer.planes, target)
    assert np.abs(got - expected).max() <= 0.51


def test_left_out_empty_frames_stay_empty(tmp_path: Path) -> None:
    """Planes without a segment are not written: what lies there is no part of it."""
    masks = np.zeros((4, 12, 10, 1), np.uint8)
    masks[0, 2:5, 3:6] = masks[3, 2:5, 3:6] = 1
    layer = read_labels(seg(tmp_path / "seg.dcm", ct_images(), masks, BINARY, 1), "seg")
    assert layer.planes is not None
    assert len(layer.planes.origins_mm) == 2
    assert np.array_equal(resampled(layer.masks[0], layer.planes, IMAGE_GRID), masks[..., 0])


def test_frames_that_lie_nowhere_are_not_put_on_each_other(tmp_path: Path) -> None:
    """Positions are not readable, no image is named: no voxel of a frame covers one of another."""
    masks = blobs(2)
    path = seg(tmp_path / "seg.dcm", ct_images(), masks, BINARY, 2, omit_empty_frames=False)
    data = pydicom.dcmread(path)
    for groups in data.PerFrameFunctionalGroupsSequence:
        del groups.PlanePositionSequence, groups.DerivationImageSequence
    data.save_as(path)
    found = read_labels(path, "seg")
    assert [int(np.count_nonzero(mask.values)) for mask in found.masks] == [
        int(np.count_nonzero(masks[..., n])) for n in range(2)
    ]


def test_a_segment_beside_the_images_is_told(tmp_path: Path) -> None:
    """Nothing is shown silently."""
    layer = read_labels(seg(tmp_path / "seg.dcm", ct_images(), blobs(1), BINARY, 1), "seg")
    away = Grid((4, 12, 10), (2.5, 0.8, 0.7), (200.0, 5.0, 10.0), IMAGE_GRID.axes)
    with pytest.raises(BadInput, match="beside the images"):
        require_overlap(layer.masks[0], layer.planes, away)
    assert not resampled(layer.masks[0], layer.planes, away).any()


def test_frames_that_are_not_parallel_are_refused_by_reason(tmp_path: Path) -> None:
    """No grid holds them."""
    path = seg(tmp_path / "seg.dcm", ct_images(), blobs(1), BINARY, 1, omit_empty_frames=False)
    ds = pydicom.dcmread(path)
    shared = ds.SharedFunctionalGroupsSequence[0].PlaneOrientationSequence
    del ds.SharedFunctionalGroupsSequence[0].PlaneOrientationSequence
    for n, item in enumerate(ds.PerFrameFunctionalGroupsSequence):
        own = pydicom.Dataset()
        own.ImageOrientationPatient = [0, 1, 0, 0, 0, -1] if n == 1 else shared[0].ImageOrientationPatient
        item.PlaneOrientationSequence = [own]
    ds.save_as(path)
    with pytest.raises(BadInput, match="not parallel"):
        read_labels(path, "seg")


@pytest.mark.real_data
def test_real_segmentations_as_highdicom_reads_them() -> None:
    """Every voxel of binary and fractional segmentations of several makers, compressed and big endian ones
    too.
    """
    kinds = real_data("dicom_kinds")
    seen = 0
    for path in sorted([*kinds.glob("highdicom/seg_image_ct*.dcm"), *kinds.glob("pydicom-data/liver*.dcm")]):
        layer = read_labels(path, path.name)
        plain = re.sub("_(deflate|rle|j2k)", "", path.name)  # the same, not compressed
        ds = pydicom.dcmread(path.with_name(plain))
        frames = ds.pixel_array.reshape(-1, ds.Rows, ds.Columns)
        expected = _by_segment(ds, frames)
        for mask in layer.masks:
            got = whole(layer, mask)
            for plane in range(len(got)):
                of_plane = expected[mask.segment.number][plane] if plane < len(got) else 0
                assert np.array_equal(got[plane] > 0, of_plane > 0), (path.name, mask.segment.number, plane)
            seen += 1
    assert seen >= 10


def _by_segment(ds: Any, frames: NDArray[Any]) -> dict[int, list[NDArray[Any]]]:
    """Frames by segment and plane, planes by height."""
    shared = ds.SharedFunctionalGroupsSequence[0]
    placed = []
    for item, frame in zip(ds.PerFrameFunctionalGroupsSequence, frames, strict=True):
        groups = item if "PlanePositionSequence" in item else shared
        number = int(
            (item if "SegmentIdentificationSequence" in item else shared)
            .SegmentIdentificationSequence[0].ReferencedSegmentNumber
        )  # fmt: skip
        holder = item if "PlaneOrientationSequence" in item else shared
        six = [float(v) for v in holder.PlaneOrientationSequence[0].ImageOrientationPatient]
        normal = np.cross(six[:3], six[3:])
        at = [float(v) for v in groups.PlanePositionSequence[0].ImagePositionPatient]
        placed.append((round(float(normal @ at), 2), number, frame))
    heights = sorted({one[0] for one in placed})
    empty = np.zeros(frames.shape[1:])
    numbers = {one[1] for one in placed}
    return {
        n: [next((f for h, m, f in placed if h == height and m == n), empty) for height in heights]
        for n in numbers
    }


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["sparse-labelmap-noppv", "sparse-labelmap-ppv5"])
def test_label_maps_as_the_nrrd_they_stand_for(name: str) -> None:
    """dcmqi's own arrays: a label map with and without a padding value."""
    folder = real_data("dicom_seg_sr_rt") / "dcmqi" / "segmentations"
    layer = read_labels(folder / f"{name}.dcm", name)
    truth = sitk.ReadImage(str(folder / f"{name.replace('-', '_')}_seg.nrrd"))
    array = sitk.GetArrayFromImage(truth)
    spacing, origin = truth.GetSpacing(), truth.GetOrigin()
    direction = np.array(truth.GetDirection()).reshape(3, 3).T
    axes = tuple(tuple(float(v) for v in direction[k]) for k in (2, 1, 0))
    grid = Grid(array.shape, (spacing[2], spacing[1], spacing[0]), origin, axes)  # type: ignore[arg-type]
    assert layer.masks
    for mask in layer.masks:
        assert np.array_equal(resampled(mask, layer.planes, grid) > 0, array == mask.segment.number)


@pytest.mark.real_data
def test_segments_that_overlap_by_48_voxels() -> None:
    """The odd case: 192 voxels each, 48 of them shared."""
    layer = read_labels(real_data("odd_cases") / "seg_overlap" / "seg.dcm", "seg")
    one, two = (whole(layer, mask) for mask in layer.masks)
    assert (one.sum(), two.sum(), (one & two).sum()) == (192, 192, 48)


@pytest.mark.real_data
def test_turned_frames_come_to_their_true_place() -> None:
    """The odd case: a voxel is set where a set pixel of the turned frame is nearest to it, within its
    thickness.
    """
    folder = real_data("odd_cases")
    layer = read_labels(folder / "seg_turned_same_corner" / "seg.dcm", "seg")
    images = [pydicom.dcmread(p) for p in sorted((folder / "_images_of_the_seg_cases").glob("*.dcm"))]
    images.sort(key=lambda ds: float(ds.ImagePositionPatient[2]))
    first = images[0]
    spacing = [float(v) for v in first.PixelSpacing]
    step = float(images[1].ImagePositionPatient[2]) - float(first.ImagePositionPatient[2])
    six = [float(v) for v in first.ImageOrientationPatient]
    grid = Grid(
        (len(images), first.Rows, first.Columns), (step, *spacing),  # type: ignore[arg-type]
        tuple(float(v) for v in first.ImagePositionPatient),  # type: ignore[arg-type]
        ((0.0, 0.0, 1.0), tuple(six[3:]), tuple(six[:3])),  # type: ignore[arg-type]
    )  # fmt: skip
    ds = pydicom.dcmread(folder / "seg_turned_same_corner" / "seg.dcm")
    shared = ds.SharedFunctionalGroupsSequence[0]
    expected = np.zeros(grid.shape, np.uint8)
    for item, frame in zip(
        ds.PerFrameFunctionalGroupsSequence, ds.pixel_array.reshape(-1, ds.Rows, ds.Columns), strict=True
    ):
        holder = item if "PlaneOrientationSequence" in item else shared
        turned = [float(v) for v in holder.PlaneOrientationSequence[0].ImageOrientationPatient]
        measures = item if "PixelMeasuresSequence" in item else shared
        distance = [float(v) for v in measures.PixelMeasuresSequence[0].PixelSpacing]
        corner = np.array([float(v) for v in item.PlanePositionSequence[0].ImagePositionPatient])
        points = grid.to_lps(np.moveaxis(np.indices(grid.shape), 0, -1)) - corner
        column = np.rint(points @ turned[:3] / distance[1]).astype(int)
        row = np.rint(points @ turned[3:] / distance[0]).astype(int)
        thick = float(measures.PixelMeasuresSequence[0].SliceThickness)
        near = np.abs(points @ np.cross(turned[:3], turned[3:])) <= thick / 2
        near &= (row >= 0) & (row < ds.Rows) & (column >= 0) & (column < ds.Columns)
        expected[near] |= frame[row[near], column[near]]
    assert expected.any()
    assert np.array_equal(resampled(layer.masks[0], layer.planes, grid), expected)


@pytest.mark.real_data
def test_tiles_of_a_slide_in_both_organizations() -> None:
    """The same dots as sparse and as full tiles, and pixels of the label map as of the binary one."""
    folder = real_data("dicom_kinds") / "highdicom"
    sparse = read_labels(folder / "seg_image_sm_dots.dcm", "seg")
    full = read_labels(folder / "seg_image_sm_dots_tiled_full.dcm", "seg")
    for one, other in zip(sparse.masks, full.masks, strict=True):
        assert np.array_equal(whole(sparse, one), whole(full, other))
    binary = read_labels(folder / "seg_image_sm_control.dcm", "seg")
    labels = read_labels(folder / "seg_image_sm_control_labelmap_palette_color.dcm", "seg")
    assert {m.segment.label: m.voxels for m in binary.masks} == {
        m.segment.label: m.voxels for m in labels.masks
    }


def test_large_labels_need_no_room_for_those_below_them(tmp_path: Path) -> None:
    """Boxes are made for the labels that are there, not for two thousand million."""
    labels = np.zeros((4, 12, 10), np.uint16)
    labels[1, 2:5, 3:6] = 1
    path = seg(tmp_path / "seg.dcm", ct_images(), labels, LABELMAP, 1, omit_empty_frames=False)
    data = pydicom.dcmread(path)
    large = data.pixel_array.astype("<u4") * 2_000_000_000
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelData = 32, 32, 31, large.tobytes()
    data.save_as(path)
    (_, found) = read_labels(path, "seg").masks
    assert found.segment.number == 2_000_000_000
    assert np.count_nonzero(found.values) == 9
