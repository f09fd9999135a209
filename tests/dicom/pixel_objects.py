"""Images in memory and as files with the pixel data given, for the tests of decoding."""

from __future__ import annotations

import io
import struct
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jpeg_ls
import numpy as np
import pytest
from numpy.typing import NDArray
from openjpeg.utils import encode_array
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.pixels.encoders import RLELosslessEncoder
from pydicom.uid import UID, ExplicitVRBigEndian, ImplicitVRLittleEndian, SecondaryCaptureImageStorage

from app.dicom.read.decode import PixelFile
from app.errors import BadInput
from tests.support.tools import require_tool

EXPLICIT = "1.2.840.10008.1.2.1"
JPEG_BASELINE, JPEG_LS = "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.80"
JPEG_2000, RLE, DEFLATED_FRAMES = "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.8.1"
SHAPE = (40, 36)  # the smallest that JPEG 2000 with its usual levels takes is 32
ITEM = b"\xfe\xff\x00\xe0"


def picture(n: int = 0, shape: tuple[int, ...] = SHAPE, top: int = 4096) -> NDArray[np.uint16]:
    """Random values below `top`, others for each `n`."""
    return np.random.default_rng(n).integers(0, top, shape).astype(np.uint16)


def write(path: Path, pixels: bytes, *, syntax: str = EXPLICIT, vr: str = "OW", **attributes: Any) -> Path:
    """A secondary capture with the Image Pixel attributes given by keyword; 16 bits where none are given."""
    data = Dataset()
    data.SOPClassUID, data.SOPInstanceUID = SecondaryCaptureImageStorage, "1.2.3.4"
    data.StudyInstanceUID, data.SeriesInstanceUID, data.Modality = "1.2.3", "1.2.3.0", "OT"
    rows, columns = attributes.pop("shape", SHAPE)
    usual: dict[str, Any] = {
        "SamplesPerPixel": 1, "PhotometricInterpretation": "MONOCHROME2", "Rows": rows, "Columns": columns,
        "BitsAllocated": 16, "BitsStored": attributes.get("BitsAllocated", 16), "PixelRepresentation": 0,
    }  # fmt: skip
    merged = usual | attributes
    merged.setdefault("HighBit", merged["BitsStored"] - 1)
    for name, value in merged.items():
        setattr(data, name, value)
    data.add_new(0x7FE00010, vr, pixels if len(pixels) % 2 == 0 else pixels + b"\0")
    if pixels.startswith(ITEM):
        data["PixelData"].is_undefined_length = True
    data.file_meta = FileMetaDataset()
    known = UID(syntax).is_transfer_syntax
    data.file_meta.TransferSyntaxUID = syntax if known else JPEG_2000
    data.save_as(
        path,
        implicit_vr=syntax == ImplicitVRLittleEndian,
        little_endian=syntax != ExplicitVRBigEndian,
        enforce_file_format=True,
    )
    return path if known else under_syntax(path, JPEG_2000, syntax)


def under_syntax(path: Path, written: str, said: str) -> Path:
    """Let the file meta information name another transfer syntax than the one it is written in."""
    data = path.read_bytes()
    old, new = (_syntax_element(uid) for uid in (written, said))
    assert data.count(old) == 1
    path.write_bytes(data.replace(old, new))
    return path


def _syntax_element(uid: str) -> bytes:
    value = uid.encode() + b"\0" * (len(uid) % 2)
    return struct.pack("<HH2sH", 2, 0x10, b"UI", len(value)) + value


def encapsulated(fragments: Sequence[bytes], table: Sequence[int] = ()) -> bytes:
    """Items of even length after a Basic Offset Table; the closing delimiter is written with the file."""
    parts = [ITEM, struct.pack("<I", 4 * len(table)), struct.pack(f"<{len(table)}I", *table)]
    for fragment in fragments:
        padded = fragment + b"\0" * (len(fragment) % 2)
        parts += [ITEM, struct.pack("<I", len(padded)), padded]
    return b"".join(parts)


@contextmanager
def opened(path: Path) -> Iterator[PixelFile]:
    file = PixelFile(path, "picture")
    try:
        yield file
    finally:
        file.close()


def frame(path: Path, index: int = 0) -> NDArray[Any]:
    with opened(path) as file:
        return np.array(file.stored(index))


def reasons(path: Path) -> list[str]:
    """Notices after all frames have been decoded."""
    with opened(path) as file:
        for index in range(file.frames):
            file.stored(index)
        return [notice.reason for notice in file.notices]


def by_dcmtk(path: Path, index: int = 0) -> NDArray[np.uint8] | None:
    """RGB or grey of a frame by dcmj2pnm; None where it does not read the file."""
    command = [require_tool("dcmj2pnm"), "+F", str(index + 1), "--write-raw-pnm", str(path)]
    out = subprocess.run(command, capture_output=True, check=False).stdout
    return np.asarray(Image.open(io.BytesIO(out))) if out else None


def j2k(values: NDArray[np.uint16]) -> bytes:
    return bytes(encode_array(values, bits_stored=12, photometric_interpretation=2))


def jls(values: NDArray[np.uint16]) -> bytes:
    return bytes(jpeg_ls.encode_array(values))


def rle(values: NDArray[np.uint16]) -> bytes:
    return bytes(
        RLELosslessEncoder.encode(
            values.tobytes(), rows=values.shape[0], columns=values.shape[1], samples_per_pixel=1,
            bits_allocated=16, bits_stored=16, pixel_representation=0, number_of_frames=1,
            photometric_interpretation="MONOCHROME2",
        )
    )  # fmt: skip


def jpeg(values: NDArray[np.uint8]) -> bytes:
    out = io.BytesIO()
    Image.fromarray(values).save(out, "JPEG", quality=95)
    return out.getvalue()


ENCODERS = {JPEG_2000: j2k, JPEG_LS: jls, RLE: rle}


def refusal(path: Path) -> BadInput:
    with pytest.raises(BadInput) as caught, opened(path) as file:
        file.stored(0)
    return caught.value
