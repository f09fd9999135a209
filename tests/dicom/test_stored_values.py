"""Stored values of words of every size, order and place of the bits."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset

from app.processes.pool import Pool
from tests.dicom.frame_series import looked_at
from tests.dicom.pixel_objects import (
    DEFLATED_FRAMES,
    EXPLICIT,
    RLE,
    SHAPE,
    encapsulated,
    frame,
    picture,
    reasons,
    rle,
    under_syntax,
    write,
)

BIG, IMPLICIT, GE_PRIVATE = "1.2.840.10008.1.2.2", "1.2.840.10008.1.2", "1.2.840.113619.5.2"


@pytest.mark.parametrize("signed", [0, 1])
def test_high_bit_says_where_the_value_lies(tmp_path: Path, signed: int) -> None:
    """12 bits stored at the top of the word, something else in the four bits below."""
    values = picture(top=4096)
    words = (values << 4 | 5).astype("<u2")
    path = write(tmp_path / "a.dcm", words.tobytes(), BitsStored=12, HighBit=15, PixelRepresentation=signed)
    wanted = np.where(values >= 2048, values.astype(int) - 4096, values) if signed else values
    assert np.array_equal(frame(path), wanted)


@pytest.mark.parametrize("high_bit", [3, 17, 255])
def test_impossible_high_bit_is_not_followed(tmp_path: Path, high_bit: int) -> None:
    values = picture()
    path = write(tmp_path / "a.dcm", values.tobytes(), BitsStored=12, HighBit=high_bit)
    assert np.array_equal(frame(path), values)


@pytest.mark.parametrize("signed", [0, 1])
@pytest.mark.parametrize("syntax", [EXPLICIT, RLE])
def test_bits_above_the_value_are_left_out(tmp_path: Path, signed: int, syntax: str) -> None:
    """Overlays in bits 12 to 15, as old writers have them."""
    values = picture()
    words = (values | picture(1, top=16) << 12).astype("<u2")
    pixels = words.tobytes() if syntax == EXPLICIT else encapsulated([rle(words)])
    path = write(tmp_path / "a.dcm", pixels, syntax=syntax, BitsStored=12, PixelRepresentation=signed)
    wanted = np.where(values >= 2048, values.astype(int) - 4096, values) if signed else values
    assert np.array_equal(frame(path), wanted)


@pytest.mark.parametrize(("bits", "kind"), [(8, "u1"), (16, "i2"), (32, "u4"), (64, "i8")])
@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG])
def test_words_of_every_size_and_order(tmp_path: Path, bits: int, kind: str, syntax: str) -> None:
    order = ">" if syntax == BIG else "<"
    values = np.random.default_rng(0).integers(-100 if kind[0] == "i" else 0, 200, (3, *SHAPE)).astype(kind)
    pixels = values.astype(order + kind).tobytes()
    if bits == 8 and syntax == BIG:  # bytes in words of 16 bits, the first one below
        pixels = np.frombuffer(pixels, "<u2").astype(">u2").tobytes()
    path = write(
        tmp_path / "a.dcm", pixels, syntax=syntax, BitsAllocated=bits, NumberOfFrames=3,
        PixelRepresentation=int(kind[0] == "i"),
    )  # fmt: skip
    for index in range(3):
        assert frame(path, index).dtype == np.dtype(kind)
        assert np.array_equal(frame(path, index), values[index])


def test_twelve_bits_allocated(tmp_path: Path) -> None:
    """Two pixels in three bytes, retired."""
    values = picture().astype(np.uint32).reshape(-1, 2)
    packed = values[:, 0] | values[:, 1] << 12
    pixels = b"".join(int(pair).to_bytes(3, "little") for pair in packed)
    path = write(tmp_path / "a.dcm", pixels, BitsAllocated=12)
    assert np.array_equal(frame(path), picture())


@pytest.mark.parametrize("columns", [18, 13])
def test_one_bit_frames_follow_without_padding(tmp_path: Path, columns: int) -> None:
    bits = picture(shape=(5, 7, columns), top=2).astype(np.uint8)
    packed = np.packbits(bits.reshape(-1), bitorder="little").tobytes()
    path = write(tmp_path / "a.dcm", packed, vr="OB", BitsAllocated=1, NumberOfFrames=5, shape=(7, columns))
    for index in range(5):
        assert np.array_equal(frame(path, index), bits[index])
    deflated = []
    for one in bits:
        engine = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        deflated.append(engine.compress(np.packbits(one, bitorder="little").tobytes()) + engine.flush())
    write(
        path, encapsulated(deflated), syntax=DEFLATED_FRAMES, vr="OB", BitsAllocated=1, NumberOfFrames=5,
        shape=(7, columns),
    )  # fmt: skip
    for index in range(5):
        assert np.array_equal(frame(path, index), bits[index])


def test_pixels_of_the_other_order_than_the_header(tmp_path: Path) -> None:
    """GE's private transfer syntax: implicit VR, little endian, but for the pixels."""
    path = write(tmp_path / "a.dcm", picture().astype(">u2").tobytes(), syntax=IMPLICIT)
    assert np.array_equal(frame(under_syntax(path, IMPLICIT, GE_PRIVATE)), picture())
    assert reasons(path) == []


@pytest.mark.parametrize(
    ("sop_class", "relationship", "applied"),
    [
        ("1.2.840.10008.5.1.4.1.1.12.1", "LOG", False),
        ("1.2.840.10008.5.1.4.1.1.12.2", "DISP", False),
        ("1.2.840.10008.5.1.4.1.1.12.1", "LIN", True),
        ("1.2.840.10008.5.1.4.1.1.2", "LOG", True),
    ],
)
def test_the_modality_lut_of_an_x_ray_is_not_for_its_display(
    parsers: Pool, tmp_path: Path, sop_class: str, relationship: str, applied: bool
) -> None:
    """It leads to the beam's intensity; the windows of the object are of the stored values (PS3.3
    C.8.7.1.1.2).
    """
    table = Dataset()
    table.LUTDescriptor, table.ModalityLUTType = [4096, 0, 16], "US"
    table.LUTData = np.arange(4096, dtype="<u2")[::-1].tobytes()
    path = write(
        tmp_path / "a.dcm", picture().tobytes(), BitsStored=12, SOPClassUID=sop_class,
        PixelIntensityRelationship=relationship, ModalityLUTSequence=[table],
    )  # fmt: skip
    (shown,) = looked_at(parsers, [path], tmp_path).sets
    assert (shown.frames[0].transform is not None) is applied
