"""An image and presentation states for it, written by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from tests.dicom.objects.made_objects import base, item

ROWS, COLUMNS = 32, 64
STORED = (np.arange(ROWS * COLUMNS, dtype=np.uint16) * 2).reshape(ROWS, COLUMNS)


def grey_image(photometric: str = "MONOCHROME2", number: int = 1, **facts: Any) -> Dataset:
    """A secondary capture of 12 bits, a ramp of even values."""
    ds = base("1.2.840.10008.5.1.4.1.1.7", f"1.2.826.0.1.3680043.8.498.70.{number}", "OT")
    ds.SeriesInstanceUID = f"{ds.SeriesInstanceUID}.{number}"
    ds.ConversionType = "WSD"
    ds.Rows, ds.Columns, ds.SamplesPerPixel, ds.PhotometricInterpretation = ROWS, COLUMNS, 1, photometric
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0
    ds.PixelData = STORED.astype("<u2").tobytes()
    for name, value in facts.items():
        setattr(ds, name, value)
    return ds


def area(left: int = 1, top: int = 1, right: int = COLUMNS, bottom: int = ROWS) -> Dataset:
    """A displayed area that fills the tile."""
    return item(
        DisplayedAreaTopLeftHandCorner=[left, top],
        DisplayedAreaBottomRightHandCorner=[right, bottom],
        PresentationSizeMode="SCALE TO FIT",
        PresentationPixelAspectRatio=["1", "1"],
    )


def state_for(image: Dataset, number: int = 1, **facts: Any) -> Dataset:
    """A grayscale softcopy state for an image; `facts` are its attributes, None takes one away."""
    ds = base("1.2.840.10008.5.1.4.1.1.11.1", f"{image.SOPInstanceUID}.71.{number}", "PR")
    ds.SeriesInstanceUID = f"{image.SeriesInstanceUID}.71"
    ds.InstanceNumber, ds.ContentLabel, ds.ContentDescription = number, "MARKS", "术前"
    ds.PresentationCreationDate, ds.PresentationCreationTime = "20260102", "030405"
    ds.ContentCreatorName = "Li^Lei"
    named = item(ReferencedSOPClassUID=image.SOPClassUID, ReferencedSOPInstanceUID=image.SOPInstanceUID)
    ds.ReferencedSeriesSequence = [
        item(SeriesInstanceUID=image.SeriesInstanceUID, ReferencedImageSequence=[named])
    ]
    ds.DisplayedAreaSelectionSequence = [area()]
    ds.PresentationLUTShape = "IDENTITY"
    for name, value in facts.items():
        if value is None:
            delattr(ds, name)
        else:
            setattr(ds, name, value)
    return ds


def window(centre: float, width: float) -> Dataset:
    return item(WindowCenter=str(centre), WindowWidth=str(width))


def table(entries: NDArray[np.integer], first: int, bits: int) -> Dataset:
    """A LUT item."""
    made = Dataset()
    made.add_new(0x00283002, "US", [len(entries), first, bits])
    made.add_new(0x00283006, "OW", entries.astype("<u2").tobytes())
    return made


def with_plane(ds: Dataset, group: int, bitmap: NDArray[np.uint8], layer: str = "") -> Dataset:
    """Add an overlay plane, in a graphic layer where one is named."""
    packed = np.packbits(bitmap.reshape(-1), bitorder="little").tobytes()
    for element, vr, value in (
        (0x10, "US", bitmap.shape[0]),
        (0x11, "US", bitmap.shape[1]),
        (0x40, "CS", "G"),
        (0x50, "SS", [1, 1]),
        (0x100, "US", 1),
        (0x102, "US", 0),
        (0x3000, "OW", packed),
        *(((0x1001, "CS", layer),) if layer else ()),
    ):
        ds.add_new((group, element), vr, value)
    return ds
