"""Colours as RGB: palettes, luminance and chrominance, planes, wide samples; against dcmtk where it reads
them.
"""

from __future__ import annotations

import contextlib
import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from pydicom import dcmread

from app.dicom.read.decode import PixelFile
from app.errors import BadInput
from tests.dicom.pixel_objects import (
    EXPLICIT,
    JPEG_BASELINE,
    RLE,
    by_dcmtk,
    encapsulated,
    frame,
    opened,
    picture,
    under_syntax,
    write,
)

BIG = "1.2.840.10008.1.2.2"


def palette(
    path: Path, tables: list[bytes], descriptor: tuple[int, int, int], *, segmented: bool = False
) -> Path:
    """Add a palette to a file; a descriptor is (entries, first value, bits)."""
    data = dcmread(path)
    signed = data.PixelRepresentation == 1
    for channel, table in enumerate(tables):
        data.add_new(0x00281101 + channel, "SS" if signed else "US", list(descriptor))
        data.add_new((0x00281221 if segmented else 0x00281201) + channel, "OW", table)
    data.save_as(path)
    return path


def three(n: int, entries: int, top: int) -> list[NDArray[np.uint16]]:
    return [picture(n + i, (entries,), top) for i in range(3)]


def indices(path: Path, values: NDArray[Any], **attributes: Any) -> Path:
    bits = 8 * values.dtype.itemsize
    return write(
        path,
        values.tobytes(),
        PhotometricInterpretation="PALETTE COLOR",
        BitsAllocated=bits,
        shape=values.shape,
        PixelRepresentation=int(values.dtype.kind == "i"),
        **attributes,
    )


def expected(values: NDArray[Any], first: int, tables: list[NDArray[Any]]) -> NDArray[np.uint8]:
    index = np.clip(values.astype(int) - first, 0, len(tables[0]) - 1)
    return np.stack([table[index] for table in tables], axis=-1).astype(np.uint8)


@pytest.mark.parametrize(("entries", "first"), [(256, 0), (100, 0), (100, 50), (256, 40000)])
@pytest.mark.parametrize("form", ["8 bits packed", "8 bits in words", "16 bits"])
def test_palettes(tmp_path: Path, entries: int, first: int, form: str) -> None:
    """Values outside the mapped ones have the colour of the ends; entries of 16 bits count by their high
    byte.
    """
    values = picture(0, (40, 36), 256).astype(np.uint8 if first < 256 else np.uint16)
    values += np.asarray(max(0, first - 50) if first > 256 else 0, values.dtype)
    tables = three(1, entries, 65536 if form == "16 bits" else 256)
    data = [table.astype(np.uint8 if "packed" in form else "<u2").tobytes() for table in tables]
    path = palette(
        indices(tmp_path / "a.dcm", values), data, (entries, first, 16 if form == "16 bits" else 8)
    )
    eight = [table >> 8 for table in tables] if form == "16 bits" else tables
    with opened(path) as file:
        assert (file.photometric_out, file.stored(0).dtype) == ("RGB", np.uint8)
        assert np.array_equal(file.stored(0), expected(values, first, eight))
    assert np.array_equal(frame(path), by_dcmtk(path))


def test_palette_with_a_signed_first_value(tmp_path: Path) -> None:
    values = (picture(0, (40, 36), 512).astype(np.int16) - 256).astype("<i2")
    tables = three(1, 300, 65536)
    path = palette(
        indices(tmp_path / "a.dcm", values),
        [table.astype("<u2").tobytes() for table in tables],
        (300, -150, 16),
    )
    assert np.array_equal(frame(path), expected(values, -150, [table >> 8 for table in tables]))
    assert np.array_equal(frame(path), by_dcmtk(path))


def test_palette_of_65536_entries(tmp_path: Path) -> None:
    """Zero entries mean 65536."""
    values = picture(0, (40, 36), 65536)
    tables = three(1, 65536, 65536)
    path = palette(
        indices(tmp_path / "a.dcm", values), [t.astype("<u2").tobytes() for t in tables], (0, 0, 16)
    )
    assert np.array_equal(frame(path), expected(values, 0, [table >> 8 for table in tables]))


def test_palette_that_says_16_bits_and_fills_8(tmp_path: Path) -> None:
    values = picture(0, (40, 36), 256).astype(np.uint8)
    tables = three(1, 256, 256)
    path = palette(
        indices(tmp_path / "a.dcm", values), [t.astype("<u2").tobytes() for t in tables], (256, 0, 16)
    )
    assert np.array_equal(frame(path), expected(values, 0, list(tables)))


def test_palette_in_big_endian(tmp_path: Path) -> None:
    """Two entries of eight bits in a word have the first one below."""
    values = picture(0, (40, 36), 256)
    tables = three(1, 256, 256)
    for bits, data in (
        (16, [(table << 8).astype(">u2").tobytes() for table in tables]),
        (8, [np.frombuffer(t.astype(np.uint8).tobytes(), "<u2").astype(">u2").tobytes() for t in tables]),
    ):
        path = write(
            tmp_path / "a.dcm",
            values.astype(">u2").tobytes(),
            syntax=BIG,
            PhotometricInterpretation="PALETTE COLOR",
        )
        assert np.array_equal(frame(palette(path, data, (256, 0, bits))), expected(values, 0, list(tables)))


@pytest.mark.parametrize("bits", [8, 16])
def test_segmented_palettes(tmp_path: Path, bits: int) -> None:
    """Values, a line, the same again by reference, a line down (PS3.3 C.7.9.2)."""
    unit = 1 if bits == 8 else 256
    wide = "B" if bits == 8 else "<H"
    first = [0, 3, 10 * unit, 20 * unit, 30 * unit, 1, 4, 70 * unit]
    low, high = 0, 0
    reference = [2, 2, low, high] if bits == 16 else [2, 2, low, high, 0, 0]
    down = [1, 10, 0]
    words = [*first, *reference, *down]
    data = b"".join(struct.pack(wide, word) for word in words)
    line = [10, 20, 30, 40, 50, 60, 70]
    table = np.array([*line, *line, *(63, 56, 49, 42, 35, 28, 21, 14, 7, 0)], np.uint16)
    values = picture(0, (40, 36), 30).astype(np.uint8)
    path = palette(indices(tmp_path / "a.dcm", values), [data] * 3, (len(table), 0, bits), segmented=True)
    assert np.array_equal(frame(path), expected(values, 0, [table] * 3))


def test_hostile_segments_end(tmp_path: Path) -> None:
    """References to themselves and to what does not exist, lines of 65535 entries repeated 65535 times."""
    values = picture(0, (40, 36), 256).astype(np.uint8)
    for words in (
        [0, 1, 5, 2, 65535, 6, 0, 2, 65535, 0, 0],
        [1, 65535, 9, *[2, 65535, 0, 0] * 1000],
        [2, 5, 65535, 65535, 0, 9, 1],
        [7, 7, 7, 7],
        [1, 0, 0, 0, 2, 8, 8],
        [*[0, 0] * 50_000, *[2, 65535, 0, 0] * 25_000],  # each reference repeats 50 000 empty segments
    ):
        data = np.array(words, "<u2").tobytes()
        path = palette(indices(tmp_path / "a.dcm", values), [data] * 3, (256, 0, 16), segmented=True)
        with contextlib.suppress(BadInput):
            assert frame(path).shape == (40, 36, 3)


def ycc(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """JFIF's luminance and chrominance, rounded."""
    matrix = np.array(((0.299, 0.587, 0.114), (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312)))
    return np.clip(rgb @ matrix.T + (0.5, 128.5, 128.5), 0, 255).astype(np.uint8)


def smooth() -> NDArray[np.uint8]:
    rows, columns = np.mgrid[:40, :36]
    return np.stack([rows * 6, columns * 7, 255 - rows * 3 - columns * 3], axis=-1).astype(np.uint8)


def colour(path: Path, pixels: bytes, photometric: str, *, syntax: str = EXPLICIT, **attributes: Any) -> Path:
    merged: dict[str, Any] = {"SamplesPerPixel": 3, "BitsAllocated": 8, "PlanarConfiguration": 0} | attributes
    return write(path, pixels, syntax=syntax, vr="OB", PhotometricInterpretation=photometric, **merged)


@pytest.mark.parametrize("planar", [0, 1])
def test_rgb_and_ybr_by_pixel_and_by_plane(tmp_path: Path, planar: int) -> None:
    def laid(samples: NDArray[np.uint8]) -> bytes:
        return (np.moveaxis(samples, 2, 0) if planar else samples).tobytes()

    path = colour(tmp_path / "a.dcm", laid(smooth()), "RGB", PlanarConfiguration=planar)
    assert np.array_equal(frame(path), smooth())
    path = colour(tmp_path / "b.dcm", laid(ycc(smooth())), "YBR_FULL", PlanarConfiguration=planar)
    assert np.abs(frame(path).astype(int) - smooth()).max() <= 2  # two roundings
    other = by_dcmtk(path)
    assert other is not None
    assert np.abs(frame(path).astype(int) - other).max() <= 2


def test_planes_of_several_frames(tmp_path: Path) -> None:
    frames = [np.roll(smooth(), n, axis=0) for n in range(3)]
    pixels = b"".join(np.moveaxis(one, 2, 0).tobytes() for one in frames)
    path = colour(tmp_path / "a.dcm", pixels, "RGB", PlanarConfiguration=1, NumberOfFrames=3)
    for index in range(3):
        assert np.array_equal(frame(path, index), frames[index])


@pytest.mark.parametrize("said", ["YBR_FULL_422", "YBR_PARTIAL_422"])
def test_uncompressed_chrominance_of_pairs(tmp_path: Path, said: str) -> None:
    """Y Y Cb Cr; and the same label on pixels that have all three samples, told by their length."""
    wanted = np.repeat(smooth()[:, ::2], 2, axis=1)
    samples = ycc(wanted)
    if said.startswith("YBR_PARTIAL"):
        samples = (samples.astype(float) * (219 / 255, 224 / 255, 224 / 255) + (16.5, 16.5, 16.5)).astype(
            np.uint8
        )
    pairs = np.concatenate([samples[:, ::2, :1], samples[:, 1::2, :1], samples[:, ::2, 1:]], axis=2)
    path = colour(tmp_path / "a.dcm", pairs.tobytes() * 2, said, NumberOfFrames=2)
    for index in (0, 1):
        assert np.abs(frame(path, index).astype(int) - wanted).max() <= 5
    path = colour(tmp_path / "b.dcm", samples.tobytes(), said)
    assert np.abs(frame(path).astype(int) - wanted).max() <= 5


@pytest.mark.parametrize(
    ("photometric", "is_ycc", "marked"),
    [
        ("RGB", False, True), ("RGB", True, True), ("YBR_FULL_422", True, True), ("YBR_FULL", False, True),
        ("RGB", False, False), ("YBR_FULL_422", True, False),
    ],
)  # fmt: skip
def test_jpeg_tells_its_colours(tmp_path: Path, photometric: str, is_ycc: bool, marked: bool) -> None:
    """The stream's own markers are believed more than Photometric Interpretation; where there are none, the
    latter.
    """
    out = io.BytesIO()
    Image.fromarray(smooth()).save(out, "JPEG", quality=98, subsampling=0, keep_rgb=not is_ycc)
    stream = out.getvalue()
    if not marked:  # without JFIF or Adobe, and components that are named 0 1 2
        start = stream.index(b"\xff\xdb")
        stream = b"\xff\xd8" + stream[start:]
        at = stream.index(b"\xff\xc0") + 10
        old = [stream[at + 3 * i] for i in range(3)]
        scan = stream.index(b"\xff\xda") + 5
        changed = bytearray(stream)
        for i in range(3):
            changed[at + 3 * i] = changed[scan + 2 * i] = i
        assert [stream[scan + 2 * i] for i in range(3)] == old
        stream = bytes(changed)
    path = colour(tmp_path / "a.dcm", encapsulated([stream]), photometric, syntax=JPEG_BASELINE)
    assert np.abs(frame(path).astype(int) - smooth()).max() <= 12


@pytest.mark.parametrize("syntax", [EXPLICIT, RLE])
@pytest.mark.parametrize(("allocated", "stored"), [(16, 16), (16, 12), (32, 32), (8, 5)])
def test_wide_and_narrow_samples(tmp_path: Path, syntax: str, allocated: int, stored: int) -> None:
    """Colour has eight bits: the upper ones of wide samples, narrow ones stretched."""
    kind = f"u{allocated // 8}"
    wide = smooth().astype(kind)
    samples = wide << (stored - 8) if stored >= 8 else wide >> (8 - stored)
    pixels = samples.astype(f"<{kind}").tobytes()
    if syntax == RLE:
        parts = [samples[..., i].astype(f">{kind}").reshape(-1).view(np.uint8) for i in range(3)]
        planes = [
            part.reshape(-1, allocated // 8)[:, byte].tobytes()
            for part in parts
            for byte in range(allocated // 8)
        ]
        coded = [
            b"".join(bytes([len(p[i : i + 128]) - 1]) + p[i : i + 128] for i in range(0, len(p), 128))
            for p in planes
        ]
        offsets = np.cumsum([64, *map(len, coded[:-1])]).tolist()
        header = struct.pack("<16I", len(coded), *offsets, *[0] * (15 - len(coded)))
        pixels = encapsulated([header + b"".join(coded)])
    path = colour(
        tmp_path / "a.dcm", pixels, "RGB", syntax=syntax, BitsAllocated=allocated, BitsStored=stored
    )
    wanted = smooth() if stored >= 8 else (smooth() >> 3).astype(int) * 255 // 31
    assert np.array_equal(frame(path), wanted)


def test_hue(tmp_path: Path) -> None:
    """HSV, retired: red, half saturated; green; black."""
    samples = np.zeros((40, 36, 3), np.uint8)
    samples[:10], samples[10:20] = (0, 128, 255), (85, 255, 255)
    shown = frame(colour(tmp_path / "a.dcm", samples.tobytes(), "HSV"))
    assert np.abs(shown[5, 5].astype(int) - (255, 127, 127)).max() <= 1
    assert shown[15, 5].tolist() == [0, 255, 0]
    assert not shown[20:].any()


def test_four_samples(tmp_path: Path) -> None:
    """ARGB and CMYK, retired."""
    alpha = picture(0, (40, 36, 1), 256).astype(np.uint8)
    pixels = np.concatenate([alpha, smooth()], axis=2).tobytes()
    assert np.array_equal(frame(colour(tmp_path / "a.dcm", pixels, "ARGB", SamplesPerPixel=4)), smooth())
    pixels = np.concatenate([255 - smooth(), 0 * alpha], axis=2).tobytes()
    assert np.array_equal(frame(colour(tmp_path / "a.dcm", pixels, "CMYK", SamplesPerPixel=4)), smooth())


def test_monochrome_stays_stored_values(tmp_path: Path) -> None:
    """Also where a supplemental palette colours a part of them: that is for whoever presents the image."""
    path = write(tmp_path / "a.dcm", picture().tobytes(), PhotometricInterpretation="MONOCHROME1")
    path = palette(path, [table.tobytes() for table in three(1, 100, 65536)], (100, 4000, 16))
    with opened(path) as file:
        assert file.photometric_out == "MONOCHROME1"
        assert np.array_equal(file.stored(0), picture())


def test_label_and_number_of_samples(tmp_path: Path) -> None:
    """A missing Photometric Interpretation is that of the number of samples."""
    path = colour(tmp_path / "a.dcm", smooth().tobytes(), "")
    assert np.array_equal(frame(path), smooth())
    file = PixelFile(path, "picture")
    assert file.photometric_out == "RGB"
    file.close()
    assert under_syntax(path, EXPLICIT, "1.2.840.10008.1.2.4.50") == path
    assert np.array_equal(frame(path), smooth())
