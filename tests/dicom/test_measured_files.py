"""From files to figures: every measuring tool on files of every kind of spacing and of stored value."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from app.domain.geometry import PointPx
from app.processes.dicom import DicomProcesses
from app.viewing.screen import SliceView, StackView, Viewport, ViewportId
from app.viewing.shapes.shape import MeasuredImage
from app.viewing.shown_image import measured_image, shown_image
from tests.dicom.test_volume_loading import loaded, stack_of
from tests.support.capabilities import shape

_CT, _ENHANCED_CT = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.2.1"
_CR, _US = "1.2.840.10008.5.1.4.1.1.1", "1.2.840.10008.5.1.4.1.1.6.1"
ROWS, COLUMNS, SLICES, STEP_MM = 120, 140, 9, 2.0
#: value at the middle, and its growth with each millimetre to the right and down
MIDDLE, RIGHT, DOWN = 40.0, 3.0, -2.0


def _ramp(down: float, across: float) -> NDArray[np.float64]:
    """Real values of an image whose pixels are so large, in millimetres."""
    y, x = np.mgrid[:ROWS, :COLUMNS] + 0.5
    return np.asarray(MIDDLE + RIGHT * (x - COLUMNS / 2) * across + DOWN * (y - ROWS / 2) * down)


def _dataset(kind: str, modality: str, number: int, *, signed: bool = False) -> Dataset:
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID = kind
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID = f"1.2.826.0.1.3680043.8.498.7.{number + 1}"
    ds.PatientID, ds.PatientName, ds.Modality = "M1", "Test", modality
    ds.StudyInstanceUID, ds.SeriesInstanceUID = "1.2.826.0.1.3680043.8.498.5", "1.2.826.0.1.3680043.8.498.6"
    ds.StudyDate, ds.StudyTime, ds.InstanceNumber, ds.SeriesNumber = "20260101", "120000", number + 1, 1
    ds.Rows, ds.Columns = ROWS, COLUMNS
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, int(signed)
    return ds


def _store(ds: Dataset, stored: NDArray[np.float64], folder: Path) -> None:
    kind = np.int16 if ds.PixelRepresentation else np.uint16
    ds.PixelData = np.round(stored).astype(kind).tobytes()
    ds.save_as(folder / f"{ds.InstanceNumber}.dcm", enforce_file_format=True)


def _series(
    folder: Path,
    spacing: tuple[float, float],
    rescale: tuple[float, float],
    *,
    signed: bool,
    tilt: float = 0.0,
) -> None:
    slope, intercept = rescale
    for n in range(SLICES):
        ds = _dataset(_CT, "CT", n, signed=signed)
        ds.ImageType, ds.FrameOfReferenceUID = ["ORIGINAL", "PRIMARY", "AXIAL"], "1.2.3"
        ds.PixelSpacing, ds.SliceThickness = list(spacing), STEP_MM
        ds.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        ds.ImagePositionPatient = [0, tilt * n * STEP_MM, n * STEP_MM]
        ds.RescaleSlope, ds.RescaleIntercept, ds.RescaleType = slope, intercept, "HU"
        _store(ds, (_ramp(*spacing) - intercept) / slope, folder)


def _enhanced(folder: Path, spacing: tuple[float, float]) -> None:
    """Its slope changes from frame to frame, as its position does."""
    ds = _dataset(_ENHANCED_CT, "CT", 0, signed=True)
    ds.ImageType, ds.FrameOfReferenceUID = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"], "1.2.3"
    ds.NumberOfFrames = SLICES
    measures, orientation, shared = Dataset(), Dataset(), Dataset()
    measures.PixelSpacing, measures.SliceThickness = list(spacing), STEP_MM
    orientation.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    shared.PixelMeasuresSequence, shared.PlaneOrientationSequence = [measures], [orientation]
    ds.SharedFunctionalGroupsSequence = [shared]
    frames, groups = [], []
    for n in range(SLICES):
        position, content, values, group = Dataset(), Dataset(), Dataset(), Dataset()
        position.ImagePositionPatient = [0, 0, n * STEP_MM]
        content.DimensionIndexValues, content.StackID, content.InStackPositionNumber = [1, n + 1], "1", n + 1
        slope = 0.05 * (n + 1)
        values.RescaleSlope, values.RescaleIntercept, values.RescaleType = slope, -100, "HU"
        group.PlanePositionSequence, group.FrameContentSequence = [position], [content]
        group.PixelValueTransformationSequence = [values]
        groups.append(group)
        frames.append(np.round((_ramp(*spacing) + 100) / slope))
    ds.PerFrameFunctionalGroupsSequence = groups
    _store(ds, np.stack(frames), folder)


def _projection(folder: Path, spacing: float, magnification: float | None) -> None:
    ds = _dataset(_CR, "CR", 0)
    ds.ImageType, ds.ImagerPixelSpacing = ["ORIGINAL", "PRIMARY"], [spacing, spacing]
    if magnification:
        ds.EstimatedRadiographicMagnificationFactor = magnification
    true = spacing / (magnification or 1)
    ds.RescaleSlope, ds.RescaleIntercept, ds.RescaleType = 0.1, 0, "US"
    _store(ds, _ramp(true, true) * 10 + 2000, folder)


def _ultrasound(folder: Path, spacing: tuple[float, float]) -> None:
    ds = _dataset(_US, "US", 0)
    ds.ImageType = ["ORIGINAL", "PRIMARY"]
    region = Dataset()
    region.RegionSpatialFormat, region.RegionDataType, region.RegionFlags = 1, 1, 0
    region.RegionLocationMinX0, region.RegionLocationMinY0 = 2, 3
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = COLUMNS - 3, ROWS - 2
    region.PhysicalUnitsXDirection = region.PhysicalUnitsYDirection = 3  # cm
    region.PhysicalDeltaX, region.PhysicalDeltaY = spacing[1] / 10, spacing[0] / 10
    ds.SequenceOfUltrasoundRegions = [region]
    _store(ds, _ramp(*spacing) * 10 + 2000, folder)


#: each with the (row, column) millimetres of a pixel, and what its values are of the ramp: a·ramp + b
_KINDS: dict[str, tuple[Callable[[Path], None], tuple[float, float], tuple[float, float]]] = {
    "classic CT": (lambda to: _series(to, (0.7, 0.7), (0.1, -1024), signed=False), (0.7, 0.7), (1, 0)),
    "signed and anisotropic": (
        lambda to: _series(to, (0.9, 0.5), (0.05, 10), signed=True),
        (0.9, 0.5),
        (1, 0),
    ),
    "tilted": (lambda to: _series(to, (0.6, 0.6), (0.1, -1024), signed=False, tilt=0.3), (0.6, 0.6), (1, 0)),
    "enhanced": (lambda to: _enhanced(to, (0.5, 0.8)), (0.5, 0.8), (1, 0)),
    "at the detector": (lambda to: _projection(to, 0.2, None), (0.2, 0.2), (1, 200)),
    "magnified": (lambda to: _projection(to, 0.25, 1.25), (0.2, 0.2), (1, 200)),
    "ultrasound": (lambda to: _ultrasound(to, (0.15, 0.1)), (0.15, 0.1), (10, 2000)),
}


@pytest.mark.parametrize("name", list(_KINDS))
def test_files_are_measured_as_they_are(name: str, processes: DicomProcesses, tmp_path: Path) -> None:
    """Lengths, angles, areas and volumes to half a hundredth, values to half a pixel."""
    write, (down, across), (factor, offset) = _KINDS[name]
    folder = tmp_path / "files"
    folder.mkdir()
    write(folder)
    is_volume = len(list(folder.iterdir())) > 1 or name == "enhanced"
    if is_volume:
        volume = loaded(processes, folder, tmp_path)
        viewport = Viewport(ViewportId("1"), image=volume, view=SliceView(0, SLICES // 2))
    else:
        stack = stack_of(processes, folder, tmp_path)
        viewport = Viewport(ViewportId("1"), image=stack, view=StackView(0))
    shown = shown_image(viewport)
    assert shown is not None
    image = measured_image(viewport, shown)
    _measure(image, (down, across), lambda value: factor * value + offset, in_volume=is_volume)
    (volume.voxels if is_volume else stack.pixels).close()


def _measure(
    image: MeasuredImage, pixel_mm: tuple[float, float], real: Callable[[float], float], *, in_volume: bool
) -> None:
    down, across = pixel_mm

    def px(x: float, y: float) -> PointPx:
        return (x / across + COLUMNS / 2, y / down + ROWS / 2)

    def found(kind: str, *points_mm: tuple[float, float]) -> dict[str, float]:
        values = shape(kind).measure(image, [px(*point) for point in points_mm])
        return {value.concept.meaning: value.value for value in values}

    def value(x: float, y: float) -> float:
        return real(MIDDLE + RIGHT * x + DOWN * y)

    half_pixel = abs(real(1) - real(0)) * 0.5 * (RIGHT * across + abs(DOWN) * down)
    assert found("length", (-3, 2), (4, -2.5)) == {"Length": pytest.approx(math.hypot(7, 4.5), rel=0.005)}
    assert found("angle", (5, 0), (0, 0), (2, 2)) == {"Angle": pytest.approx(45, abs=0.1)}
    axes = found("bidirectional", (-4, -1), (4, 3), (-0.5, 2), (0.5, 0))
    assert axes["Long axis"] == pytest.approx(math.hypot(8, 4), rel=0.005)
    assert axes["Short axis"] == pytest.approx(math.hypot(1, 2), rel=0.005)
    turns = np.arange(8) * math.pi / 4
    corners = [(1 + 5 * math.cos(t), 3 * math.sin(t)) for t in turns]
    regions = {
        "ellipse": ([(-4.0, 0.0), (6.0, 0.0), (1.0, -3.0), (1.0, 3.0)], math.pi * 15),
        "rectangle": ([(-4.0, -3.0), (6.0, -3.0), (6.0, 3.0), (-4.0, 3.0)], 60.0),
        "polygon": (corners, 15 * 8 / 2 * math.sin(math.pi / 4)),
        "spline": (corners, math.pi * 15),
    }
    for kind, (points, area) in regions.items():
        told = found(kind, *points)
        assert told["Area"] == pytest.approx(area, rel=0.005), kind
        assert told["Mean"] == pytest.approx(value(1, 0), abs=half_pixel), kind
    (probe,) = found("probe", (2.0, 1.0)).values()
    assert probe == pytest.approx(value(2, 1), abs=1.1 * half_pixel)
    if in_volume:
        ball = found("sphere", (0.5, 0.0), (5.5, 0.0))
        assert ball["Volume"] == pytest.approx(4 / 3 * math.pi * 125 / 1000, rel=0.005)
        assert ball["Mean"] == pytest.approx(value(0.5, 0), abs=half_pixel)
