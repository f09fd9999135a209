"""From files to volumes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread

from app.dicom.bounded import DicomProcesses
from app.dicom.decode import PixelFile
from app.dicom.folder_index import ScannedFile, scan
from app.dicom.frame_index import index_frames
from app.dicom.loader import VolumeLoader, examine
from app.domain.frames import Frame, FrameSet
from app.domain.study import SeriesUid, SopUid
from app.domain.volume import Quantity, Volume
from app.errors import BadInput, Cancelled, LimitExceeded
from app.i18n import catalogue
from app.jobs import never_cancelled, no_progress
from app.session.measuring import anchor_of
from app.viewing.state import Plane
from tests.dicom import dicom_objects as objects
from tests.support.real_data import real_data


def indexed(processes: DicomProcesses, folder: Path, workdir: Path) -> tuple[FrameSet, Callable[[str], Path]]:
    taken = [one for one in scan([folder], child=processes.parser, workdir=workdir) if isinstance(one, ScannedFile)]
    assert len({one.series.series_uid for one in taken}) == 1
    paths = {one.sha256: one.path for one in taken}
    frameset = index_frames(taken[0].series, [one.instance for one in taken], paths.__getitem__, child=processes.parser)
    return frameset, paths.__getitem__


def loaded(processes: DicomProcesses, folder: Path, workdir: Path) -> Volume:
    frameset, locate = indexed(processes, folder, workdir)
    volume, task = VolumeLoader(processes.decoder).open(frameset, locate)
    assert task.run(progress=no_progress, cancelled=never_cancelled) == len(frameset.frames)
    assert volume.voxels.complete
    return volume


def test_real_ct_becomes_hounsfield_units(processes: DicomProcesses, tmp_path: Path) -> None:
    """Slices lowest position first, values as pydicom has them, positions to a micrometre."""
    folder = real_data("ct_chest_cmb_crc")
    volume = loaded(processes, folder, tmp_path)
    assert (volume.quantity, volume.voxels.array.dtype, volume.grid.shape) == (Quantity.HU, np.int16, (100, 512, 512))
    assert not volume.warnings
    sources = {ds.SOPInstanceUID: ds for ds in (dcmread(path) for path in sorted(folder.glob("*.dcm"))[::17])}
    for uid, ds in sources.items():
        s = volume.sop_uids.index(SopUid(uid))
        hu = ds.pixel_array.astype(int) * int(ds.RescaleSlope) + int(ds.RescaleIntercept)
        assert np.array_equal(volume.at()[s], hu)
        assert np.abs(volume.grid.to_lps((s, 0, 0)) - np.array(ds.ImagePositionPatient, float)).max() < 1e-3
    assert volume.grid.to_lps((99, 0, 0))[2] > volume.grid.to_lps((0, 0, 0))[2]
    volume.voxels.close()


def test_sagittal_mr(processes: DicomProcesses, tmp_path: Path) -> None:
    volume = loaded(processes, real_data("mr_brain_ge_refaced"), tmp_path)
    assert volume.grid.shape == (196, 256, 256)
    assert volume.quantity is Quantity.ARBITRARY
    assert volume.voxels.array.dtype == np.int16
    assert volume.windows == (), "each image has a window of its own, from 9 at the edge to 4662 in the middle: none fits the volume"
    assert abs(volume.grid.axes[0][0]) > 0.9, "the slices of a sagittal series follow each other from side to side"
    volume.voxels.close()


def test_pet_becomes_suv(processes: DicomProcesses, tmp_path: Path) -> None:
    """Reference of the collection: SUVbw max 25.4123 in the crop, from raw BQML and from the IBSI-processed series alike."""
    folder = real_data("pet_ct_sts_001")
    raw = loaded(processes, folder / "pet_raw_bqml", tmp_path)
    processed = loaded(processes, folder / "ibsi_PET" / "dicom_image", tmp_path)
    assert raw.quantity is processed.quantity is Quantity.SUV_BW
    assert float(processed.at().max()) == pytest.approx(25.4123, abs=5e-4)
    peak = np.unravel_index(int(processed.at().argmax()), processed.grid.shape)
    at = np.rint(raw.grid.to_index(processed.grid.to_lps(peak))).astype(int)
    assert float(raw.at()[tuple(at)]) == pytest.approx(25.4123, abs=5e-4)
    raw.voxels.close()
    processed.voxels.close()


@pytest.mark.parametrize(
    ("part", "shape", "times"),
    [
        ("philips_enhanced_anat", (8, 256, 256), 1),
        ("siemens_vida_xa10_enhanced", (6, 64, 64), 4),
        ("philips_achieva_enhanced", (32, 64, 64), 2),
        ("hyperfine", (8, 138, 112), 1),
    ],
)
def test_enhanced_mr(processes: DicomProcesses, tmp_path: Path, part: str, shape: tuple[int, int, int], times: int) -> None:
    """Functional groups, shared and per frame; several values at one position make the time axis."""
    folder = real_data("mr_vendors") / part
    frameset, locate = indexed(processes, folder, tmp_path)
    volume, task = VolumeLoader(processes.decoder).open(frameset, locate)
    task.run(progress=no_progress, cancelled=never_cancelled)
    assert volume.voxels.array.shape == (times, *shape) or part == "siemens_vida_xa10_enhanced"
    assert volume.voxels.complete
    best = examine(frameset)[0]
    frame = frameset.frames[best.places[0][2]]
    with_pydicom = dcmread(locate(frame.sha256))
    stored = with_pydicom.pixel_array[frame.index].astype(float)
    assert np.allclose(volume.at()[2], stored * frame.slope + frame.intercept, atol=1e-2)
    assert np.allclose(volume.grid.to_lps((2, 0, 0)), frame.position_mm, atol=1e-2)
    several = len({f.sop_uid for f in frameset.frames}) < len(frameset.frames)
    assert volume.frame_numbers[2:3] == ((frame.index + 1,) if several else ()), "marks name the frame"
    assert anchor_of(volume, "1.2.3", Plane.AXIAL, 2.0).frame == (frame.index + 1 if several else None)
    volume.voxels.close()


@pytest.mark.parametrize(
    "syntax",
    [
        "BigEndianExplicit", "DeflatedExplicitVRLittleEndian", "JPEG2000LosslessOnly", "JPEGLSLossless", "JPEGProcess14SV1",
        "JPEGProcess14Tr", "LittleEndianImplicit", "RLELossless",
    ],
)  # fmt: skip
def test_lossless_transfer_syntaxes_are_equal(syntax: str) -> None:
    """One CT slice in each transfer syntax: the same values as uncompressed."""
    folder = real_data("dicom_kinds") / "cornerstone3D"
    plain = PixelFile(next(folder.glob("CTImage.dcm_LittleEndianExplicit*")), "plain")
    other = PixelFile(next(folder.glob(f"CTImage.dcm_{syntax}*")), syntax)
    assert np.array_equal(other.stored(0), plain.stored(0))
    plain.close()
    other.close()


@pytest.mark.parametrize("syntax", ["j2k", "jpeg", "jpegls"])
def test_compressed_mr_is_equal(syntax: str) -> None:
    """Slices of a Siemens MR in several compressions: the same values as in the simplest, RLE."""
    folder = real_data("mr_vendors")
    paths = sorted((folder / "same_volume_compressed_rle").glob("*.dcm"))
    assert len(paths) == 4
    for path in paths:
        plain, other = PixelFile(path, "plain"), PixelFile(folder / f"same_volume_compressed_{syntax}" / path.name, syntax)
        assert np.array_equal(plain.stored(0), other.stored(0))
        plain.close()
        other.close()


@pytest.mark.parametrize(
    ("syntax", "loss"), [("JPEG2000Transfer", 8), ("JPEGLSLossy", 4), ("JPEGProcess2_4", 0), ("JPEGProcess10_12", 0), ("JPEGProcess6_8", 0)]
)
def test_lossy_transfer_syntaxes_are_decoded(processes: DicomProcesses, syntax: str, loss: int) -> None:
    """Lossy ones lie near it; the retired JPEG processes, which pydicom has no decoder for, are decoded all the same."""
    from app.dicom.thumbnail import series_thumbnail

    folder = real_data("dicom_kinds") / "cornerstone3D"
    path = next(folder.glob(f"CTImage.dcm_{syntax}*"))
    assert series_thumbnail([path], child=processes.parser).startswith(b"\x89PNG")
    if loss:
        plain = PixelFile(next(folder.glob("CTImage.dcm_LittleEndianExplicit*")), "plain")
        other = PixelFile(path, syntax)
        assert np.abs(other.stored(0).astype(int) - plain.stored(0)).max() <= loss
        plain.close()
        other.close()


def test_first_slice_comes_first_then_outwards(processes: DicomProcesses, tmp_path: Path) -> None:
    """First image before the rest: the asked slice, its neighbours, and so on; each marked ready when told of."""
    paths, _ = objects.written(tmp_path / "ct", 12)
    frameset, locate = indexed(processes, tmp_path / "ct", tmp_path)
    order: list[int] = []
    volume, task = VolumeLoader(processes.decoder).open(
        frameset, locate, first=3, on_slice=lambda t, s: (order.append(s), volume.voxels.ready[t, s] or pytest.fail("not ready"))[0]
    )
    assert not volume.voxels.ready.any()
    fractions: list[float] = []
    task.run(progress=lambda fraction, done=0, total=0: fractions.append(fraction), cancelled=never_cancelled)
    assert order == [3, 2, 4, 1, 5, 0, 6, 7, 8, 9, 10, 11]
    assert fractions[-1] == 1.0
    assert np.array_equal(volume.at(), objects.values(12))
    assert volume.grid.same_as(objects.grid(12))
    assert volume.windows == ((-600.0, 1500.0, "LUNG"),)
    assert len(paths) == 12
    volume.voxels.close()


def test_load_is_cancelled_and_the_child_stays(processes: DicomProcesses, tmp_path: Path) -> None:
    """Cancel ≤ 1 s between slices; the decoder is warm for the next series."""
    objects.written(tmp_path / "ct", 60)
    frameset, locate = indexed(processes, tmp_path / "ct", tmp_path)
    volume, task = VolumeLoader(processes.decoder).open(frameset, locate)
    start = time.monotonic()
    with pytest.raises(Cancelled):
        task.run(progress=no_progress, cancelled=lambda: True)
    assert time.monotonic() - start < 1.0
    task.run(progress=no_progress, cancelled=never_cancelled)
    assert volume.voxels.complete
    volume.voxels.close()


def test_file_that_went_away_is_a_message(processes: DicomProcesses, tmp_path: Path) -> None:
    paths, _ = objects.written(tmp_path / "ct", 4)
    frameset, locate = indexed(processes, tmp_path / "ct", tmp_path)
    volume, task = VolumeLoader(processes.decoder).open(frameset, locate)
    paths[1].unlink()
    with pytest.raises(BadInput, match="CT"):
        task.run(progress=no_progress, cancelled=never_cancelled)
    volume.voxels.close()


def frames(positions: list[tuple[float, float, float]], **changes: object) -> FrameSet:
    base = Frame(SopUid("1"), "a", 0, 64, 64, 1, None, (1.0, 0, 0, 0, 1.0, 0), (1.0, 1.0))
    made = tuple(replace(base, sop_uid=SopUid(f"1.{i}"), number=i, position_mm=p) for i, p in enumerate(positions))
    fields = {"photometric": "MONOCHROME2", "samples": 1, "bits_stored": 12, "signed": True, "rescale_type": "HU"} | changes
    return FrameSet(SeriesUid("1"), "CT", objects.CT, frame_of_reference_uid="1.9", frames=made, **fields)  # type: ignore[arg-type]


def stack(*heights: float, tilt: float = 0.0) -> list[tuple[float, float, float]]:
    return [(0.0, tilt * z, z) for z in heights]


def test_slices_are_sorted_along_the_normal() -> None:
    """`cross(row, column)`: for a feet-up numbering the first image is the last slice."""
    (best,) = examine(frames(stack(10, 5, 0, -5)))
    assert best.places == ((3, 2, 1, 0),)
    assert best.grid.origin_mm == (0.0, 0.0, -5.0)
    assert (best.grid.spacing_mm[0], best.confidence) == (5.0, 1.0)


@pytest.mark.parametrize(
    ("positions", "text", "slices"),
    [
        (stack(0, 5, 10, 20, 25), "missing", 6),
        (stack(0, 5, 11, 14.5, 20, 25), "varies", 6),
        (stack(*range(0, 50, 5), tilt=0.2), "tilted", 10),
        (stack(0, 1, 2, 3, 400, 401), "leap", 4),
    ],
)
def test_geometry_is_warned_of(positions: list[tuple[float, float, float]], text: str, slices: int) -> None:
    """Missing slices, uneven spacing, gantry tilt: as warnings of the volume, with figures, in Chinese too."""
    best = examine(frames(positions))[0]
    (warning,) = best.warnings
    assert text in warning[0]
    assert "{" not in catalogue()[warning[0]].format(**warning[1])
    assert best.grid.shape[0] == slices
    assert best.confidence < 1.0


def test_missing_slice_has_its_empty_place() -> None:
    best = examine(frames(stack(0, 5, 10, 20, 25)))[0]
    assert best.places == ((0, 1, 2, -1, 3, 4),)
    assert best.grid.spacing_mm[0] == pytest.approx(5.0)


def test_mixed_series_gives_its_largest_stack() -> None:
    mixed = frames([*stack(0, 5, 10, 15), (0.0, 0.0, 50.0)])
    others = tuple(replace(f, orientation=(0.0, 1.0, 0, 0, 0, -1.0)) if i == 4 else f for i, f in enumerate(mixed.frames))
    best = examine(replace(mixed, frames=others))[0]
    assert best.grid.shape[0] == 4
    assert best.warnings[0][1] == {"n": "1", "total": "5"}


def test_time_points_and_duplicates() -> None:
    """Complete sets at each position are the time axis; incomplete ones are refused."""
    twice = frames([*stack(0, 5, 10), *stack(0, 5, 10)])
    assert examine(twice)[0].places == ((0, 1, 2), (3, 4, 5))
    with pytest.raises(BadInput, match="mixed"):
        examine(frames([*stack(0, 5, 10), *stack(0, 5)]))
    told_apart = tuple(replace(f, echo=10.0 if i < 3 else 20.0) for i, f in enumerate(frames([*stack(0, 5, 10), *stack(0, 5)]).frames))
    best = examine(replace(twice, frames=told_apart))[0]
    assert best.places == ((0, 1, 2),)
    assert "stacks" in best.warnings[0][0]


@pytest.mark.parametrize(
    ("frameset", "text"),
    [
        (replace(frames(stack(0)), frames=()), "no images"),
        (frames(stack(0)), "single"),
        (frames(stack(0, 0, 0)), "one position"),
        (frames(stack(0, 5), samples=3, photometric="RGB"), "colour"),
        (frames(stack(0, 5), samples=0), "pixel data"),
        (replace(frames(stack(0, 5)), frames=tuple(replace(f, position_mm=None) for f in frames(stack(0, 5)).frames)), "positions"),
        (frames([(0.0, 0.0, 0.0), (30.0, 0.0, 5.0), (0.0, 0.0, 10.0)]), "sideways"),
    ],
)
def test_what_makes_no_volume_is_refused(frameset: FrameSet, text: str) -> None:
    """A 2D image never becomes a volume; the refusal says what was found."""
    with pytest.raises(BadInput, match=text) as caught:
        examine(frameset)
    assert caught.value.template in catalogue()


def test_real_refusals(processes: DicomProcesses, tmp_path: Path) -> None:
    for part, text in (("siemens_mosaic_fmri", "one position"), ("rgb_map_j2k", "colour"), ("uih_umr770_dti", "positions")):
        frameset, _ = indexed(processes, real_data("mr_vendors") / part, tmp_path)
        with pytest.raises(BadInput, match=text):
            examine(frameset)


def test_volume_over_the_budget_is_refused(processes: DicomProcesses) -> None:
    """Before memory is touched."""
    many = frames(stack(*range(20_000)))
    huge = replace(many, frames=tuple(replace(f, rows=8192, columns=8192) for f in many.frames))
    with pytest.raises(LimitExceeded, match="MiB"):
        VolumeLoader(processes.decoder).open(huge, lambda _: Path("x"))
