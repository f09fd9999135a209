"""CT Image Storage (PS3.3 A.3), built from the object definition."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from app.dicom.read.source_header import SourceHeader
from app.dicom.write.composite import CT_IMAGE, composite, decimal, put_equipment
from app.domain.geometry import Grid


def ct_image(
    header: SourceHeader, grid: Grid, index: int, hu: NDArray[Any], *, sop_uid: str, image_type: list[str]
) -> Dataset:
    """Slice `index` of a grid, values (row, column) in HU, stored as they are (slope 1, intercept 0)."""
    ds = composite(header, sop_class_uid=CT_IMAGE, sop_uid=sop_uid)
    ds.ImageType = image_type
    ds.Modality = "CT"
    ds.PatientPosition = header.patient_position
    ds.FrameOfReferenceUID = header.frame_of_reference_uid
    ds.PositionReferenceIndicator = header.position_reference
    if header.body_part:
        ds.BodyPartExamined = header.body_part
    if header.laterality or not header.body_part:
        ds.Laterality = header.laterality  # type 2C: nobody knows that the part is not a paired one
    if header.institution:
        ds.InstitutionName = header.institution
    put_equipment(ds)
    ds.KVP = header.kvp or None
    if header.kernel:
        ds.ConvolutionKernel = header.kernel
    ds.InstanceNumber = index + 1
    ds.AcquisitionNumber = None
    _put_plane(ds, grid, index, header.slice_thickness)
    _put_pixels(ds, np.asarray(hu))
    if header.windows:
        ds.WindowCenter = [decimal(centre) for centre, _, _ in header.windows]
        ds.WindowWidth = [decimal(width) for _, width, _ in header.windows]
        if all(name for _, _, name in header.windows):
            ds.WindowCenterWidthExplanation = [name[:64] for _, _, name in header.windows]
    return ds


def _put_plane(ds: Dataset, grid: Grid, index: int, thickness: str) -> None:
    ds.ImagePositionPatient = [decimal(float(v)) for v in grid.to_lps((index, 0, 0))]
    ds.ImageOrientationPatient = [decimal(v) for v in (*grid.axes[2], *grid.axes[1])]
    ds.PixelSpacing = [decimal(grid.spacing_mm[1]), decimal(grid.spacing_mm[2])]
    ds.SliceThickness = thickness or decimal(grid.spacing_mm[0])
    ds.SpacingBetweenSlices = decimal(grid.spacing_mm[0])
    ds.SliceLocation = decimal(float(np.dot(grid.to_lps((index, 0, 0)), grid.axes[0])))


def _put_pixels(ds: Dataset, hu: NDArray[Any]) -> None:
    whole = hu if hu.dtype == np.int16 else np.clip(np.rint(hu), -32768, 32767).astype(np.int16)
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.Rows, ds.Columns = whole.shape
    ds.BitsAllocated = ds.BitsStored = 16
    ds.HighBit = 15
    ds.PixelRepresentation = 1
    ds.RescaleIntercept, ds.RescaleSlope, ds.RescaleType = "0", "1", "HU"
    ds.add_new(0x7FE00010, "OW", np.ascontiguousarray(whole, "<i2").tobytes())
