"""Files of every kind of spacing, of place and of stored value, with what is true of them.

Each kind has an image of values that grow evenly (`MIDDLE` + `RIGHT`·x + `DOWN`·y of millimetres right and
down of its middle, as it hangs), and one of a bright disc with a soft edge.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from tests.dicom.made_headers import items

CT, ENHANCED_CT = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.2.1"
CR, US, MR = "1.2.840.10008.5.1.4.1.1.1", "1.2.840.10008.5.1.4.1.1.6.1", "1.2.840.10008.5.1.4.1.1.4"
ROWS, COLUMNS, SLICES, STEP_MM = 120, 140, 9, 2.0
#: at the middle, and a millimetre right and down; no pixel lies halfway between two stored values
MIDDLE, RIGHT, DOWN = 40.0037, 3.013, -2.007
#: of the series, the slice with the disc; of single images the second one
DISC_SLICE = 1
_ROOT = "1.2.826.0.1.3680043.8.498"
Axial = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]


def places(pixel: tuple[float, float], *, mirrored: bool = False) -> tuple[NDArray[Any], NDArray[Any]]:
    """Millimetres of pixel centres right and down of the middle, as the image hangs; `pixel` is (right,
    down).
    """
    y, x = np.mgrid[:ROWS, :COLUMNS] + 0.5
    x, y = (x - COLUMNS / 2) * pixel[0], (y - ROWS / 2) * pixel[1]
    return (-x, -y) if mirrored else (x, y)


def ramp(pixel: tuple[float, float], *, mirrored: bool = False) -> NDArray[np.float64]:
    x, y = places(pixel, mirrored=mirrored)
    return np.asarray(MIDDLE + RIGHT * x + DOWN * y)


def disc_mm(pixel: tuple[float, float]) -> float:
    """Radius of the disc."""
    return 35 * min(pixel)


def disc(pixel: tuple[float, float]) -> NDArray[np.float64]:
    """Soft over about a pixel."""
    away = np.hypot(*places(pixel)) - disc_mm(pixel)
    return np.asarray(10 + 200 / (1 + np.exp(away / (0.8 * max(pixel)))))


def dataset(kind: str, modality: str, number: int, **told: Any) -> Dataset:
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID = kind
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID = f"{_ROOT}.7.{number + 1}"
    usual: dict[str, Any] = {
        "PatientID": "M1", "PatientName": "Test", "Modality": modality, "StudyInstanceUID": f"{_ROOT}.5",
        "SeriesInstanceUID": f"{_ROOT}.6", "StudyDate": "20260101", "StudyTime": "120000",
        "InstanceNumber": number + 1, "SeriesNumber": 1, "Rows": ROWS, "Columns": COLUMNS,
        "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"], "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2", "BitsAllocated": 16, "BitsStored": 16, "HighBit": 15,
        "PixelRepresentation": 0,
    }  # fmt: skip
    for name, value in (usual | told).items():
        setattr(ds, name, value)
    return ds


def store(ds: Dataset, stored: NDArray[np.float64], folder: Path) -> None:
    if ds.BitsAllocated == 8:
        ds.PixelData = np.round(stored).astype(np.uint8).tobytes()
    else:
        ds.PixelData = np.round(stored).astype("<i2" if ds.PixelRepresentation else "<u2").tobytes()
    ds.save_as(folder / f"{ds.InstanceNumber}.dcm", enforce_file_format=True)


@dataclass(frozen=True)
class Kind:
    """How files are written; `pixel` is (right, down) in millimetres as the image hangs.  A value told is
    `factor` times that of the ramp and `offset`, in `unit` (UCUM).  `size` are the words behind a length,
    `frame` the image of a stack with the ramp (the disc is the next one).
    """

    write: Callable[[Path], None]
    pixel: tuple[float, float]
    unit: str = "[hnsf'U]"
    factor: float = 1.0
    offset: float = 0.0
    is_volume: bool = True
    size: str = "mm"
    worth: str = ""
    frame: int = 0
    in_colour: bool = False
    #: of a stored value, in values of the ramp
    step: float = 0.1
    disc_pixel: tuple[float, float] | None = None

    def told(self) -> NDArray[np.float64]:
        """What is told of every pixel of the ramp as it hangs, stored values being whole numbers."""
        real = np.round(ramp(self.pixel) / self.step) * self.step
        return np.asarray(self.factor * real + self.offset)


def series(
    folder: Path,
    pixel: tuple[float, float],
    *,
    rescale: tuple[float, float] = (0.1, -1024.0),
    signed: bool = False,
    tilt: float = 0.0,
    orientation: list[float] = Axial,
    mirrored: bool = False,
    **told: Any,
) -> None:
    """CT slices along the normal of their orientation, or aslant."""
    slope, intercept = rescale
    row, column = np.array(orientation[:3]), np.array(orientation[3:])
    normal = np.cross(row, column)
    for n in range(SLICES):
        place = n * STEP_MM * (normal + tilt * column)
        ds = dataset(
            CT, "CT", n, PixelRepresentation=int(signed), FrameOfReferenceUID="1.2.3",
            PixelSpacing=[pixel[1], pixel[0]], SliceThickness=STEP_MM,
            ImageOrientationPatient=[round(float(v), 9) for v in orientation],
            ImagePositionPatient=[round(float(v), 6) for v in place], RescaleSlope=slope,
            RescaleIntercept=intercept, RescaleType="HU", **told,
        )  # fmt: skip
        real = disc(pixel) if n == DISC_SLICE else ramp(pixel, mirrored=mirrored)
        store(ds, (real - intercept) / slope, folder)


def _turned(about_z: float, about_x: float) -> list[float]:
    """Axial, turned by angles under which it still hangs as axial."""
    a, b = math.radians(about_z), math.radians(about_x)
    row = (math.cos(a), math.sin(a), 0.0)
    column = (-math.sin(a) * math.cos(b), math.cos(a) * math.cos(b), math.sin(b))
    return [*row, *column]


def enhanced(folder: Path, pixel: tuple[float, float]) -> None:
    """Its slope changes from frame to frame, as its position does."""
    measures = {"PixelSpacing": [pixel[1], pixel[0]], "SliceThickness": STEP_MM}
    shared = {
        "PixelMeasuresSequence": items(measures),
        "PlaneOrientationSequence": items({"ImageOrientationPatient": Axial}),
    }
    frames, groups = [], []
    for n in range(SLICES):
        slope = 0.05 * (n + 1)
        group, real = _frame_group(n, slope), disc(pixel) if n == DISC_SLICE else ramp(pixel)
        group["PlanePositionSequence"] = items({"ImagePositionPatient": [0, 0, n * STEP_MM]})
        groups.append(group)
        frames.append((real + 100) / slope)
    _save_enhanced(folder, shared, groups, frames)


def unlike_frames(folder: Path, pixels: tuple[tuple[float, float], ...]) -> None:
    """Every frame has a spacing of its own, (right, down): no volume."""
    groups, frames = [], []
    for n, pixel in enumerate(pixels):
        group = _frame_group(n, 0.05)
        group["PlanePositionSequence"] = items({"ImagePositionPatient": [0, 0, n * STEP_MM]})
        group["PixelMeasuresSequence"] = items({"PixelSpacing": [pixel[1], pixel[0]], "SliceThickness": 2})
        groups.append(group)
        frames.append((disc(pixel) if n == len(pixels) - 1 else ramp(pixel)) / 0.05 + 2000)
    shared = {"PlaneOrientationSequence": items({"ImageOrientationPatient": Axial})}
    _save_enhanced(folder, shared, groups, frames)


def _frame_group(n: int, slope: float) -> dict[str, Any]:
    content = {"DimensionIndexValues": [1, n + 1], "StackID": "1", "InStackPositionNumber": n + 1}
    values = {"RescaleSlope": slope, "RescaleIntercept": -100, "RescaleType": "HU"}
    return {"FrameContentSequence": items(content), "PixelValueTransformationSequence": items(values)}


def _save_enhanced(
    folder: Path, shared: dict[str, Any], groups: list[dict[str, Any]], frames: list[NDArray[np.float64]]
) -> None:
    ds = dataset(
        ENHANCED_CT, "CT", 0, PixelRepresentation=1, ImageType=["ORIGINAL", "PRIMARY", "VOLUME", "NONE"],
        FrameOfReferenceUID="1.2.3", NumberOfFrames=len(frames), SharedFunctionalGroupsSequence=items(shared),
        PerFrameFunctionalGroupsSequence=items(*groups),
    )  # fmt: skip
    store(ds, np.stack(frames), folder)


def projections(
    folder: Path, pixel: tuple[float, float], *, rescale: tuple[float, float] = (0.1, -200.0), **told: Any
) -> None:
    """Two films: the ramp and the disc."""
    slope, intercept = rescale
    for n, real in enumerate((ramp(pixel), disc(pixel))):
        ds = dataset(
            CR, "CR", n, ImageType=["ORIGINAL", "PRIMARY"], RescaleSlope=slope, RescaleIntercept=intercept,
            RescaleType="US", **told,
        )  # fmt: skip
        store(ds, (real - intercept) / slope, folder)


def ultrasound(folder: Path, pixel: tuple[float, float], *, colour: bool = False) -> None:
    """A region nearly as large as the image, with lengths on both axes."""
    region = {
        "RegionSpatialFormat": 1, "RegionDataType": 1, "RegionFlags": 0, "RegionLocationMinX0": 2,
        "RegionLocationMinY0": 3, "RegionLocationMaxX1": COLUMNS - 3, "RegionLocationMaxY1": ROWS - 2,
        "PhysicalUnitsXDirection": 3, "PhysicalUnitsYDirection": 3, "PhysicalDeltaX": pixel[0] / 10,
        "PhysicalDeltaY": pixel[1] / 10,
    }  # fmt: skip
    for n, real in enumerate((ramp(pixel), disc(pixel))):
        told: dict[str, Any] = {
            "SequenceOfUltrasoundRegions": items(region),
            "ImageType": ["ORIGINAL", "PRIMARY"],
        }
        if colour:
            told |= {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB", "PlanarConfiguration": 0,
                     "BitsAllocated": 8, "BitsStored": 8, "HighBit": 7}  # fmt: skip
            store(dataset(US, "US", n, **told), np.repeat(np.clip(real, 0, 255)[..., None], 3, 2), folder)
        else:
            store(dataset(US, "US", n, **told), real * 10 + 2000, folder)


def mapped(folder: Path, pixel: tuple[float, float]) -> None:
    """MR slices whose values are those of a Real World Value Mapping."""
    unit = items({"CodeValue": "mm2/s", "CodingSchemeDesignator": "UCUM", "CodeMeaning": "mm2/s"})
    mapping = {
        "RealWorldValueSlope": 1e-3,
        "RealWorldValueIntercept": -1.0,
        "MeasurementUnitsCodeSequence": unit,
    }
    for n in range(SLICES):
        ds = dataset(
            MR, "MR", n, FrameOfReferenceUID="1.2.3", PixelSpacing=[pixel[1], pixel[0]], SliceThickness=2,
            ImageOrientationPatient=Axial, ImagePositionPatient=[0, 0, n * STEP_MM], RescaleSlope=4,
            RescaleIntercept=0, RescaleType="US", RealWorldValueMappingSequence=items(mapping),
        )  # fmt: skip
        real = disc(pixel) if n == DISC_SLICE else ramp(pixel)
        store(ds, (real + 1000) * 10, folder)


_CALIBRATED = {"ImagerPixelSpacing": [0.3, 0.3], "PixelSpacing": [0.24, 0.24],
               "PixelSpacingCalibrationType": "GEOMETRY"}  # fmt: skip
KINDS: dict[str, Kind] = {
    "classic": Kind(lambda to: series(to, (0.7, 0.7)), (0.7, 0.7)),
    "signed, high pixels": Kind(
        lambda to: series(to, (0.5, 0.9), rescale=(0.05, 10), signed=True), (0.5, 0.9), step=0.05
    ),
    "wide pixels": Kind(lambda to: series(to, (0.9, 0.5)), (0.9, 0.5)),
    "negative slope": Kind(lambda to: series(to, (0.6, 0.8), rescale=(-0.1, 3000)), (0.6, 0.8)),
    "tilted gantry": Kind(lambda to: series(to, (0.6, 0.6), tilt=0.3), (0.6, 0.6)),
    "oblique": Kind(
        lambda to: series(to, (0.5, 0.7), orientation=_turned(25, 18), signed=True), (0.5, 0.7)
    ),
    "head first on the face": Kind(
        lambda to: series(to, (0.8, 0.6), orientation=[-1, 0, 0, 0, -1, 0], mirrored=True), (0.8, 0.6)
    ),
    "enhanced": Kind(lambda to: enhanced(to, (0.8, 0.5)), (0.8, 0.5), step=0.25),
    "enhanced, frames unlike": Kind(
        lambda to: unlike_frames(to, ((0.4, 0.4), (0.6, 0.9), (0.9, 0.6))),
        (0.6, 0.9),
        is_volume=False,
        frame=1,
        step=0.05,
        disc_pixel=(0.9, 0.6),
    ),
    "mapped": Kind(lambda to: mapped(to, (0.7, 0.5)), (0.7, 0.5), "mm2/s", 0.01, 9.0),
    "at the detector": Kind(
        lambda to: projections(to, (0.2, 0.3), ImagerPixelSpacing=[0.3, 0.2]),
        (0.2, 0.3), "1", is_volume=False, worth="探测器平面",
    ),
    "magnified": Kind(
        lambda to: projections(
            to, (0.2, 0.2), ImagerPixelSpacing=[0.25, 0.25], EstimatedRadiographicMagnificationFactor=1.25
        ),
        (0.2, 0.2), "1", is_volume=False, worth="÷ 1.25",
    ),
    "calibrated": Kind(
        lambda to: projections(to, (0.24, 0.24), rescale=(-0.1, 900.0), **_CALIBRATED),
        (0.24, 0.24), "1", is_volume=False,
    ),
    "form of pixels only": Kind(
        lambda to: projections(to, (0.3, 0.6), PixelAspectRatio=[2, 1]),
        (0.3, 0.6), "1", is_volume=False, size="px", worth="未校准",
    ),
    "ultrasound": Kind(
        lambda to: ultrasound(to, (0.15, 0.2)), (0.15, 0.2), "1", 10, 2000, is_volume=False
    ),
    "ultrasound in colour": Kind(
        lambda to: ultrasound(to, (0.16, 0.16), colour=True),
        (0.16, 0.16), "1", is_volume=False, in_colour=True,
    ),
}  # fmt: skip
