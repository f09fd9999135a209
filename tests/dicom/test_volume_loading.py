"""From files to volumes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import dcmread

from app.annotation.measuring import make_measurement
from app.dicom.read.decode import PixelFile
from app.dicom.read.display_sets import display_sets
from app.dicom.read.facts_document import unpack_facts
from app.dicom.read.filling import real_into
from app.dicom.read.folder_index import ScannedFile, scan
from app.dicom.read.loader import ImageLoader
from app.domain.anchor import FrameAnchor
from app.domain.display_set import DisplaySet
from app.domain.file_blocks import BlockFiles
from app.domain.image import ImageStack
from app.domain.pixel import Rescale
from app.domain.quantity import Quantity
from app.domain.study import SopUid
from app.domain.volume import Volume
from app.errors import BadInput, Cancelled, Unavailable
from app.jobs import never_cancelled, no_progress
from app.processes.dicom import DicomProcesses
from app.viewing.draft import drawn_at
from app.viewing.screen import SliceView, Viewport, ViewportId
from app.viewing.shown_image import anchor_of, shown_image
from tests.dicom import dicom_objects as objects
from tests.dicom.frame_series import found as made
from tests.dicom.frame_series import slices
from tests.support.capabilities import shape
from tests.support.leased_objects import FilesByAddress
from tests.support.real_data import real_data


def indexed(processes: DicomProcesses, folder: Path, workdir: Path) -> tuple[DisplaySet, FilesByAddress]:
    """The first display set of a folder with one series."""
    taken = [
        one
        for one in scan([folder], parsers=processes.parsers, workdir=workdir)
        if isinstance(one, ScannedFile)
    ]
    assert len({one.series.series_uid for one in taken}) == 1
    paths = {one.sha256: one.path for one in taken}
    series = taken[0].series
    facts = [unpack_facts(one.documents.facts) for one in taken]
    held = display_sets(facts, study_uid=series.study_uid, series_uid=series.series_uid)
    return held.sets[0], FilesByAddress(paths)


def loaded(processes: DicomProcesses, folder: Path, workdir: Path) -> Volume:
    found, stored_at = indexed(processes, folder, workdir)
    volume, task = ImageLoader(processes.decoders).open_volume(found, stored_at)
    assert task.run(progress=no_progress, cancelled=never_cancelled) == len(found.frames)
    assert volume.voxels.complete
    return volume


def test_real_ct_becomes_hounsfield_units(processes: DicomProcesses, tmp_path: Path) -> None:
    """Slices from head to feet, values as pydicom has them, positions to a micrometre."""
    folder = real_data("ct_chest_cmb_crc")
    volume = loaded(processes, folder, tmp_path)
    assert (volume.quantity, volume.voxels.array.dtype, volume.grid.shape) == (
        Quantity.HU,
        np.int16,
        (100, 512, 512),
    )
    assert not volume.warnings
    sources = {ds.SOPInstanceUID: ds for ds in (dcmread(path) for path in sorted(folder.glob("*.dcm"))[::17])}
    for uid, ds in sources.items():
        s = volume.sop_uids.index(SopUid(uid))
        hu = ds.pixel_array.astype(int) * int(ds.RescaleSlope) + int(ds.RescaleIntercept)
        assert np.array_equal(volume.at()[s], hu)
        assert np.abs(volume.grid.to_lps((s, 0, 0)) - np.array(ds.ImagePositionPatient, float)).max() < 1e-3
    assert volume.grid.to_lps((99, 0, 0))[2] < volume.grid.to_lps((0, 0, 0))[2]
    volume.voxels.close()


def test_sagittal_mr(processes: DicomProcesses, tmp_path: Path) -> None:
    volume = loaded(processes, real_data("mr_brain_ge_refaced"), tmp_path)
    assert volume.grid.shape == (196, 256, 256)
    assert volume.quantity is Quantity.ARBITRARY
    assert volume.voxels.array.dtype == np.int16
    assert volume.windows == (), (
        "each image has a window of its own, from 9 at the edge to 4662 in the middle: none fits the volume"
    )
    assert abs(volume.grid.axes[0][0]) > 0.9, (
        "the slices of a sagittal series follow each other from side to side"
    )
    volume.voxels.close()


def test_pet_becomes_suv(processes: DicomProcesses, tmp_path: Path) -> None:
    """Reference of the collection: SUVbw max 25.4123 in the crop, from raw BQML and from the IBSI-processed
    series alike.
    """
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


def test_a_lesion_in_real_pet(processes: DicomProcesses, tmp_path: Path) -> None:
    """The sarcoma of the collection by one click: what SimpleITK connects, SUVmax 25.4123."""
    import SimpleITK as sitk

    volume = loaded(processes, real_data("pet_ct_sts_001") / "ibsi_PET" / "dicom_image", tmp_path)
    hot = tuple(int(n) for n in np.unravel_index(int(volume.at().argmax()), volume.grid.shape))
    viewport = Viewport(ViewportId("1"), image=volume, view=SliceView(0, float(hot[0])))
    beside = volume.grid.to_lps((hot[0], hot[1] + 1, hot[2] - 1))
    drawn = drawn_at(viewport, shape("voi-relative"), [tuple(float(x) for x in beside)], (300, 300))  # type: ignore[list-item]
    made = make_measurement(viewport, drawn, made_by="x", at=datetime.now(UTC))
    found = {value.concept.meaning: value.value for value in made.values}
    image = sitk.GetImageFromArray(volume.at().astype(np.float32))
    image.SetSpacing(volume.grid.spacing_mm[::-1])
    tumour = sitk.ConnectedThreshold(image, [hot[::-1]], 0.41 * 25.4123, 1000.0)
    inside = sitk.GetArrayFromImage(tumour) > 0
    truth = volume.at()[inside].astype(np.float64)
    size_ml = truth.size * np.prod(volume.grid.spacing_mm) / 1000
    assert truth.size > 10
    assert found["Maximum"] == pytest.approx(25.4123, abs=5e-4)
    assert found["Mean"] == pytest.approx(truth.mean(), rel=1e-6)
    assert found["Metabolic Volume"] == pytest.approx(size_ml, rel=1e-6)
    assert found["Total Lesion Glycolysis"] == pytest.approx(truth.mean() * size_ml, rel=1e-6)
    places = volume.grid.to_lps(np.stack(np.indices(volume.grid.shape), axis=-1))
    means = [
        volume.at()[np.linalg.norm(places - volume.grid.to_lps(at), axis=-1) <= 6.2035].mean(dtype=np.float64)
        for at in np.argwhere(inside)
    ]
    assert found["Peak Value Within ROI"] == pytest.approx(max(means), rel=1e-6)
    volume.voxels.close()


@pytest.mark.parametrize(
    ("part", "shape", "times"),
    [
        ("philips_enhanced_anat", (8, 256, 256), 1),
        ("siemens_vida_xa10_enhanced", (6, 64, 64), 4),
        ("philips_achieva_enhanced", (32, 64, 64), 1),
        ("hyperfine", (8, 138, 112), 1),
    ],
)
def test_enhanced_mr(
    processes: DicomProcesses, tmp_path: Path, part: str, shape: tuple[int, int, int], times: int
) -> None:
    """Functional groups, shared and per frame; several values at one position make the time axis."""
    folder = real_data("mr_vendors") / part
    found, stored_at = indexed(processes, folder, tmp_path)
    volume, task = ImageLoader(processes.decoders).open_volume(found, stored_at)
    task.run(progress=no_progress, cancelled=never_cancelled)
    assert volume.voxels.array.shape == (times, *shape)
    assert volume.voxels.complete
    assert found.geometry is not None
    frame = found.frames[found.geometry.places[0][2]]
    assert isinstance(frame.transform, Rescale)
    with_pydicom = dcmread(stored_at.paths[frame.sha256])
    stored = with_pydicom.pixel_array[frame.index].astype(float)
    assert np.allclose(volume.at()[2], stored * frame.transform.slope + frame.transform.intercept, atol=1e-2)
    assert np.allclose(volume.grid.to_lps((2, 0, 0)), frame.position_mm, atol=1e-2)
    several = frame.frames_in_object > 1
    assert volume.frame_numbers[2:3] == ((frame.index + 1,) if several else ()), "marks name the frame"
    viewport = Viewport(ViewportId("1"), image=volume, view=SliceView(0, 2.0))
    shown = shown_image(viewport)
    assert shown is not None
    anchor = anchor_of(viewport, shown)
    assert isinstance(anchor, FrameAnchor)
    assert anchor.frame == (frame.index + 1 if several else None)
    volume.voxels.close()


def test_first_slice_comes_first_then_outwards(processes: DicomProcesses, tmp_path: Path) -> None:
    """First image before the rest: the asked slice, its neighbours, and so on; each ready when told
    of.
    """
    paths, _ = objects.written(tmp_path / "ct", 12)
    found, stored_at = indexed(processes, tmp_path / "ct", tmp_path)
    volume, task = ImageLoader(processes.decoders).open_volume(found, stored_at, first=3)
    assert not volume.voxels.ready.any()
    fractions: list[float] = []
    ready: list[list[int]] = []

    def look(fraction: float, done: int = 0, total: int = 0) -> None:
        fractions.append(fraction)
        ready.append(np.flatnonzero(volume.voxels.ready[0]).tolist())
        assert len(ready[-1]) >= done, "what is told of is ready"

    task.run(progress=look, cancelled=never_cancelled)
    outwards = [3, 2, 4, 1, 5, 0, 6, 7, 8, 9, 10, 11]
    assert all(slices == sorted(outwards[: len(slices)]) for slices in ready)
    assert len(ready) > 1, "told before all have arrived"
    assert fractions[-1] == 1.0
    assert np.array_equal(volume.at(), objects.values(12)[::-1]), "the head first"
    assert np.allclose(volume.grid.to_lps((0, 3, 4)), objects.grid(12).to_lps((11, 3, 4)))
    assert [volume.number(0, s) for s in range(3)] == [12, 11, 10], "the scanner's numbers"
    assert volume.windows == ((-600.0, 1500.0, "LUNG"),)
    assert len(paths) == 12
    volume.voxels.close()


def test_load_is_cancelled_and_the_child_stays(processes: DicomProcesses, tmp_path: Path) -> None:
    """Between slices; the decoder is warm for the next series."""
    objects.written(tmp_path / "ct", 60)
    found, stored_at = indexed(processes, tmp_path / "ct", tmp_path)
    volume, task = ImageLoader(processes.decoders).open_volume(found, stored_at)
    with pytest.raises(Cancelled):
        task.run(progress=no_progress, cancelled=lambda: True)
    task.run(progress=no_progress, cancelled=never_cancelled)
    assert volume.voxels.complete
    volume.voxels.close()


def test_file_that_went_away_is_a_message(processes: DicomProcesses, tmp_path: Path) -> None:
    paths, _ = objects.written(tmp_path / "ct", 4)
    found, stored_at = indexed(processes, tmp_path / "ct", tmp_path)
    volume, task = ImageLoader(processes.decoders).open_volume(found, stored_at)
    paths[1].unlink()
    with pytest.raises(BadInput, match="CT"):
        task.run(progress=no_progress, cancelled=never_cancelled)
    volume.voxels.close()


def test_an_image_that_nothing_has_room_for_is_refused(processes: DicomProcesses, tmp_path: Path) -> None:
    """Before memory or disk is touched."""
    huge = [replace(one, rows=8192, columns=8192) for one in slices(range(20_000))]
    (volume,) = made(huge).sets
    loader, files = ImageLoader(processes.decoders), BlockFiles(tmp_path / "images", 1 << 20)
    for opened in (loader.open_volume, loader.open_stack):  # type: ignore[list-item]
        with pytest.raises(Unavailable, match=r"2,560,000\.0 MiB of memory"):
            opened(volume, FilesByAddress({}))
        with pytest.raises(Unavailable, match=r"need 2,684,3..\.. MB"):
            opened(volume, FilesByAddress({}), files=files)
    assert not files.folder.exists()


@pytest.mark.parametrize("as_stack", [False, True])
def test_a_series_in_a_file(processes: DicomProcesses, tmp_path: Path, as_stack: bool) -> None:
    """Its values are those in memory, an image that is damaged costs itself."""
    paths, _ = objects.written(tmp_path / "ct", 9)
    found, stored_at = indexed(processes, tmp_path / "ct", tmp_path)
    paths[4].write_bytes(paths[4].read_bytes()[:900])
    loader, files = ImageLoader(processes.decoders), BlockFiles(tmp_path / "images", 1 << 20)
    opening = loader.open_stack if as_stack else loader.open_volume
    images = []
    for lies_in in (None, files):
        image: ImageStack | Volume
        image, task = opening(found, stored_at, files=lies_in)  # type: ignore[operator]
        with pytest.raises(BadInput):
            task.run(progress=no_progress, cancelled=never_cancelled)
        images.append(image)
    inside, outside = (_values(image) for image in images)
    assert [value is not None for value in outside] == [s != 4 for s in range(9)]
    for one, other in zip(inside, outside, strict=True):
        assert (one is None and other is None) or np.array_equal(one, other)  # type: ignore[arg-type]
    for image in images:
        (image.pixels if isinstance(image, ImageStack) else image.voxels).close()
    assert list(files.folder.iterdir()) == []


def _values(image: ImageStack | Volume) -> list[NDArray[Any] | None]:
    """Copies of all images; None for those that have not arrived."""
    if isinstance(image, ImageStack):
        stored = [image.pixels.stored(n) for n in range(len(image.frames))]
        return [None if one is None else one.copy() for one in stored]
    ready = image.voxels.ready[0]
    return [image.at()[n].copy() if ready[n] else None for n in range(len(ready))]


def test_an_image_that_cannot_be_read_costs_itself(processes: DicomProcesses, tmp_path: Path) -> None:
    paths, _ = objects.written(tmp_path / "ct", 9)
    found, stored_at = indexed(processes, tmp_path / "ct", tmp_path)
    paths[4].write_bytes(paths[4].read_bytes()[:900])
    volume, task = ImageLoader(processes.decoders).open_volume(found, stored_at)
    with pytest.raises(BadInput):
        task.run(progress=no_progress, cancelled=never_cancelled)
    assert [bool(arrived) for arrived in volume.voxels.ready[0]] == [s != 4 for s in range(9)]
    volume.voxels.close()


def stack_of(processes: DicomProcesses, path: Path, workdir: Path) -> ImageStack:
    """The first display set of a file as a stack of stored pixels."""
    found, stored_at = indexed(processes, path, workdir)
    image, task = ImageLoader(processes.decoders).open_stack(found, stored_at, first=1)
    task.run(progress=no_progress, cancelled=never_cancelled)
    assert image.pixels.complete
    return image


@pytest.mark.parametrize(
    ("name", "shape", "dtype"),
    [
        ("go-dicom/I_000000.dcm", (512, 512), "uint8"),
        ("pydicom/examples_ybr_color.dcm", (240, 320, 3), "uint8"),
        ("pydicom/examples_palette.dcm", (350, 800, 3), "uint8"),
        ("pydicom-data/parametric_map_float.dcm", (128, 128), "float32"),
        ("highdicom/dx_image.dcm", (169, 211), "uint8"),
    ],
)
def test_single_images_cines_and_colour(
    processes: DicomProcesses, tmp_path: Path, name: str, shape: tuple[int, ...], dtype: str
) -> None:
    """Stored pixels, colours as RGB, equal to what the decoder gives for each frame."""
    path = real_data("dicom_kinds") / name
    image = stack_of(processes, path, tmp_path)
    file = PixelFile(path, "plain")
    for index in range(0, len(image.frames), 7):
        pixels = image.pixels.stored(index)
        assert pixels is not None
        assert (pixels.shape, str(pixels.dtype)) == (shape, dtype)
        assert np.array_equal(pixels, file.stored(index))
    file.close()
    image.pixels.close()


def test_a_slide_is_put_together_of_its_tiles(processes: DicomProcesses, tmp_path: Path) -> None:
    path = real_data("dicom_kinds") / "highdicom" / "sm_image.dcm"
    image = stack_of(processes, path, tmp_path)
    pixels = image.pixels.stored(0)
    assert pixels is not None
    assert pixels.shape == (50, 50, 3)
    file = PixelFile(path, "plain")
    for frame, row, column in image.frames[0].tiles:
        assert np.array_equal(pixels[row : row + 10, column : column + 10], file.stored(frame))
    file.close()
    image.pixels.close()


def test_a_mosaic_becomes_slices_at_their_places(processes: DicomProcesses, tmp_path: Path) -> None:
    """Siemens: 6 × 6 tiles, 30 slices; the corner of the first one lies where dcm2niix puts it."""
    folder = real_data("mr_vendors") / "siemens_prisma_multiecho" / "4_me_fMRI"
    volume = loaded(processes, folder, tmp_path)
    assert volume.voxels.array.shape == (3, 30, 64, 64)
    ds = dcmread(folder / "0001.dcm")
    whole = ds.pixel_array
    lowest = volume.at()[29]
    assert np.array_equal(lowest, whole[:64, :64])
    assert np.array_equal(volume.at()[0], whole[4 * 64 : 5 * 64, 5 * 64 :])
    row, column = (np.array(ds.ImageOrientationPatient[i : i + 3], float) for i in (0, 3))
    corner = np.array(ds.ImagePositionPatient, float) + (row + column) * (384 - 64) / 2 * 3.0
    assert np.allclose(volume.grid.to_lps((29, 0, 0)), corner)
    volume.voxels.close()


def test_resampled_slices_lie_between_their_neighbours(processes: DicomProcesses, tmp_path: Path) -> None:
    """Values that grow evenly along the body stay what they are at their heights, whatever the distances."""
    heights = (0.0, 5.0, 11.0, 14.5, 20.0, 27.0)
    paths, _ = objects.written(tmp_path / "ct", len(heights))
    for path, height in zip(paths, heights, strict=True):
        ds = dcmread(path)
        ds.ImagePositionPatient = [-10, -20, height]
        ds.PixelData = np.full((30, 37), round(height * 10), np.int16).tobytes()
        ds.RescaleIntercept, ds.RescaleSlope = "0", "1"
        ds.save_as(path)
    taken = scan([tmp_path / "ct"], parsers=processes.parsers, workdir=tmp_path)
    kept = [one for one in taken if isinstance(one, ScannedFile)]
    where = FilesByAddress({one.sha256: one.path for one in kept})
    facts = [unpack_facts(one.documents.facts) for one in kept]
    originals, resampled = display_sets(facts, study_uid="1", series_uid="2").sets
    assert (originals.kind, resampled.kind) == ("stack", "volume")
    volume, task = ImageLoader(processes.decoders).open_volume(resampled, where, first=0)
    task.run(progress=no_progress, cancelled=never_cancelled)
    assert volume.voxels.complete
    for s in range(volume.grid.shape[0]):
        assert volume.at()[s].mean() == pytest.approx(volume.grid.to_lps((s, 0, 0))[2] * 10, abs=0.51)
    volume.voxels.close()


def test_values_are_held_and_never_wrap() -> None:
    """Whole numbers beyond int16 stop at its ends."""
    out = np.empty(3, np.int16)
    real_into(np.array([0, 40000, 65535], np.uint16), Rescale(1.0, -1024.0), out)
    assert out.tolist() == [-1024, 32767, 32767]
    real_into(np.array([-32768, 0, 5], np.int16), Rescale(2.0, -1024.0), out)
    assert out.tolist() == [-32768, -1024, -1014]


@pytest.mark.parametrize(
    "part",
    [
        "ct_chest_cmb_crc",
        "pet_ct_sts_001/pet_raw_bqml",
        "mr_vendors/hitachi_echelon",
        "mr_vendors/same_volume_compressed_jpegls",
        "odd_cases/one_duplicate",
        "odd_cases/_images_of_the_seg_cases",
    ],
)
def test_positions_and_pixels_are_those_of_gdcm(processes: DicomProcesses, tmp_path: Path, part: str) -> None:
    """Each slice lies where SimpleITK puts it and holds its values, whichever way it is counted."""
    import SimpleITK as sitk

    folder = real_data(part.split("/", maxsplit=1)[0]) / "/".join(part.split("/")[1:])
    found, stored_at = indexed(processes, folder, tmp_path)
    volume, task = ImageLoader(processes.decoders).open_volume(found, stored_at)
    task.run(progress=no_progress, cancelled=never_cancelled)
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames([str(stored_at.paths[found.frames[i].sha256]) for i in found.geometry.places[0]])  # type: ignore[union-attr]
    image = reader.Execute()
    values = sitk.GetArrayFromImage(image).astype(np.float64)
    factor = float(found.details.get("suv_factor", 1.0))
    assert np.allclose(volume.at(), values * factor, rtol=1e-5, atol=1e-3)
    for s, row, column in ((0, 0, 0), (volume.grid.shape[0] - 1, 3, 5), (1, 7, 0)):
        file = sitk.ReadImage(str(stored_at.paths[found.frames[found.geometry.places[0][s]].sha256]))  # type: ignore[union-attr]
        at = file.TransformIndexToPhysicalPoint((column, row, 0))
        assert np.abs(volume.grid.to_lps((s, row, column)) - np.array(at)).max() < 1e-3
    volume.voxels.close()
