"""A small MR series in several display sets, and a cine, written as real DICOM files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from app.domain.provenance import derived_uid
from app.domain.study import SeriesUid, StudyUid

STUDY = StudyUid(derived_uid("test", "small mr", "study"))
MR, CINE = (SeriesUid(derived_uid("test", "small mr", name)) for name in ("mr", "cine"))
_MR_IMAGE, _US_MULTI_FRAME = "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.3.1"
_TRANSVERSE, _SAGITTAL = (1, 0, 0, 0, 1, 0), (0, 1, 0, 0, 0, -1)


def write_small_mr(folder: Path) -> None:
    """One series with 4 transverse slices of 16 × 16 at 3 times and 5 sagittal slices of 24 × 24 at one, all
    in one frame of reference; and an ultrasound of 6 frames.
    """
    folder.mkdir(parents=True, exist_ok=True)
    number = 0
    for time in range(3):
        for z in (0, 4, 8, 12):
            number += 1
            place = {"TemporalPositionIdentifier": time + 1, "NumberOfTemporalPositions": 3}
            moment = {"AcquisitionTime": f"0835{10 * time:02d}"}
            _mr_image(folder, number, _TRANSVERSE, (-16.0, -16.0, z), 16, **place, **moment)
    for x in (-8, -4, 0, 4, 8):
        number += 1
        _mr_image(folder, number, _SAGITTAL, (x, -24.0, 30.0), 24)
    cine = _head(CINE, "US", _US_MULTI_FRAME, 1)
    cine.FrameTime, cine.FrameIncrementPointer = 40, 0x00181063
    pixels = np.random.default_rng(7).integers(0, 250, (6, 24, 32)).astype(np.uint8)
    cine.NumberOfFrames = len(pixels)
    _save(folder / "cine.dcm", cine, pixels)


def _mr_image(
    folder: Path,
    number: int,
    orientation: Sequence[int],
    position: Sequence[float],
    size: int,
    **elements: Any,
) -> None:
    ds = _head(MR, "MR", _MR_IMAGE, number)
    ds.FrameOfReferenceUID = derived_uid("test", "small mr", "frame")
    ds.ImagePositionPatient, ds.ImageOrientationPatient = list(position), list(orientation)
    ds.PixelSpacing, ds.SliceThickness, ds.EchoTime = [2.0, 2.0], 4.0, 30
    for keyword, value in elements.items():
        setattr(ds, keyword, value)
    pixels = np.random.default_rng(number).integers(0, 1000, (size, size)).astype(np.uint16)
    _save(folder / f"{number:03d}.dcm", ds, pixels)


def _head(series: SeriesUid, modality: str, sop_class: str, number: int) -> Dataset:
    ds = Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID = sop_class, derived_uid("test", series, str(number))
    ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.InstanceNumber = STUDY, series, number
    ds.Modality, ds.SeriesNumber, ds.ImageType = modality, 1, ["ORIGINAL", "PRIMARY", "M"]
    ds.PatientID, ds.PatientName, ds.StudyDate, ds.StudyTime = "MR-1", "Test^MR", "20261119", "083000"
    return ds


def _save(path: Path, ds: Dataset, pixels: NDArray[Any]) -> None:
    ds.Rows, ds.Columns = pixels.shape[-2:]
    ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PixelRepresentation = 1, "MONOCHROME2", 0
    bits = 8 * pixels.dtype.itemsize
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = bits, bits, bits - 1
    ds.PixelData = pixels.tobytes()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.save_as(path, enforce_file_format=True)
