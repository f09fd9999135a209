"""Compressed images that are damaged, contradict their header or are hostile: mended, or refused by
reason.
"""

from __future__ import annotations

import contextlib
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from openjpeg.utils import encode_array

from app.dicom.read.decode import PixelFile
from app.dicom.read.scanned_file import look_at_one
from app.errors import BadInput, LimitExceeded
from tests.dicom.pixel_objects import (
    DEFLATED_FRAMES,
    ENCODERS,
    JPEG_2000,
    JPEG_BASELINE,
    JPEG_LS,
    RLE,
    SHAPE,
    encapsulated,
    frame,
    j2k,
    jls,
    jpeg,
    picture,
    reasons,
    refusal,
    write,
)


def tile_part(stream: bytes, length: int) -> bytes:
    at = stream.index(b"\xff\x90\x00\x0a")
    return stream[: at + 6] + struct.pack(">I", length) + stream[at + 10 :]


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda s: tile_part(s, 1 << 30), ["repaired-image"]),
        (lambda s: tile_part(s, 13), ["repaired-image"]),
        (lambda s: s[:-2], None),
        (lambda s: s + b"\0" * 300, None),
        (lambda s: b"\0\0" + s, ["repaired-image"]),
    ],
    ids=["tile part too long", "tile part too short", "no end", "bytes behind", "bytes before"],
)
def test_jpeg_2000_is_mended(tmp_path: Path, damage: object, told: list[str] | None) -> None:
    assert callable(damage)
    path = write(tmp_path / "a.dcm", encapsulated([damage(j2k(picture()))]), syntax=JPEG_2000, vr="OB")
    assert np.array_equal(frame(path), picture())
    assert told is None or reasons(path) == told


@pytest.mark.parametrize(
    "damage",
    [lambda s: s[:-2], lambda s: s + b"\xff\xff\xff" * 40, lambda s: b"\0\0" + s, lambda s: s[:-2] + b"\0"],
    ids=["no end", "bytes behind", "bytes before", "zero for the end"],
)
def test_jpeg_and_jpeg_ls_are_mended(tmp_path: Path, damage: object) -> None:
    assert callable(damage)
    smooth = np.add.outer(np.arange(48) * 2, np.arange(64)).astype(np.uint8)
    path = tmp_path / "a.dcm"
    write(
        path,
        encapsulated([damage(jpeg(smooth))]),
        syntax=JPEG_BASELINE,
        vr="OB",
        BitsAllocated=8,
        shape=(48, 64),
    )
    assert np.abs(frame(path).astype(int) - smooth).max() <= 3
    write(path, encapsulated([damage(jls(picture()))]), syntax=JPEG_LS, vr="OB")
    assert np.array_equal(frame(path), picture())


def test_height_that_is_left_to_the_end(tmp_path: Path) -> None:
    """JPEG with the number of lines in a DNL segment."""
    smooth = np.add.outer(np.arange(48) * 2, np.arange(64)).astype(np.uint8)
    stream = jpeg(smooth)
    at = stream.index(b"\xff\xc0") + 5
    stream = stream[:at] + b"\0\0" + stream[at + 2 :]
    path = write(
        tmp_path / "a.dcm",
        encapsulated([stream]),
        syntax=JPEG_BASELINE,
        vr="OB",
        BitsAllocated=8,
        shape=(48, 64),
    )
    assert np.abs(frame(path).astype(int) - smooth).max() <= 3


@pytest.mark.parametrize(("kept", "told"), [(0.75, "damaged-image"), (1, "repaired-image")])
def test_a_cut_stream_is_told_from_one_with_wrong_lengths(tmp_path: Path, kept: float, told: str) -> None:
    """What has its end marker has all of its bytes, whatever its tile parts say."""
    stream = tile_part(j2k(picture()), 1 << 30)
    fragments = encapsulated([stream[: int(len(stream) * kept)]])
    path = write(tmp_path / "a.dcm", fragments, syntax=JPEG_2000, vr="OB")
    assert [notice.reason for notice in look_at_one(path, path.name).notices] == [told]


def test_half_a_jpeg_is_shown_with_a_notice(tmp_path: Path) -> None:
    smooth = np.add.outer(np.arange(48) * 2, np.arange(64)).astype(np.uint8)
    stream = jpeg(smooth)
    half = stream[: len(stream) * 3 // 4]
    path = write(
        tmp_path / "a.dcm",
        encapsulated([half]),
        syntax=JPEG_BASELINE,
        vr="OB",
        BitsAllocated=8,
        shape=(48, 64),
    )
    assert np.abs(frame(path)[:16].astype(int) - smooth[:16]).max() <= 3
    assert reasons(path) == ["damaged-image"]


@pytest.mark.parametrize(("signed_stream", "signed"), [(True, 1), (False, 1), (True, 0), (False, 0)])
def test_sign_of_stream_and_object(tmp_path: Path, signed_stream: bool, signed: int) -> None:
    """J2K values with or without a sign, under a Pixel Representation that may say the other."""
    values = picture(top=4096)
    as_signed = np.where(values >= 2048, values.astype(int) - 4096, values).astype(np.int16)
    stream = bytes(
        encode_array(as_signed if signed_stream else values, bits_stored=12, photometric_interpretation=2)
    )
    path = write(
        tmp_path / "a.dcm",
        encapsulated([stream]),
        syntax=JPEG_2000,
        vr="OB",
        BitsStored=12,
        PixelRepresentation=signed,
    )
    assert np.array_equal(frame(path), as_signed if signed else values)


@pytest.mark.parametrize("stored", [10, 12, 16])
def test_precision_of_the_stream_is_believed(tmp_path: Path, stored: int) -> None:
    """Bits Stored that is too small or too large for a stream of 12 bits."""
    path = write(
        tmp_path / "a.dcm", encapsulated([j2k(picture())]), syntax=JPEG_2000, vr="OB", BitsStored=stored
    )
    assert np.array_equal(frame(path), picture())


def test_reasons_of_all_decoders_are_told(tmp_path: Path) -> None:
    stream = j2k(picture())
    broken = stream[:100] + bytes(200)
    error = refusal(write(tmp_path / "a.dcm", encapsulated([broken]), syntax=JPEG_2000, vr="OB"))
    assert "JPEG 2000" in error.params["syntax"]
    assert error.params["cause"].startswith("OpenJPEG: ")
    stream = jls(picture())
    broken = stream[:60] + b"\xff\xd8" * 40 + b"\xff\xd9"
    error = refusal(write(tmp_path / "b.dcm", encapsulated([broken]), syntax=JPEG_LS, vr="OB"))
    assert "CharLS: " in error.params["cause"]
    assert "; GDCM: " in error.params["cause"]


def test_unknown_streams_are_named(tmp_path: Path) -> None:
    error = refusal(
        write(tmp_path / "a.dcm", encapsulated([b"\x11\x22" * 40]), syntax="1.2.840.10008.1.2.4.110")
    )
    assert "known kind" in error.params["cause"]


@pytest.mark.parametrize("encode", [j2k, jls])
def test_size_of_the_stream_against_the_header(tmp_path: Path, encode: object) -> None:
    assert callable(encode)
    path = write(
        tmp_path / "a.dcm", encapsulated([encode(picture())]), syntax=JPEG_2000, vr="OB", shape=(36, 40)
    )
    assert refusal(path).params == {
        "name": "picture", "found": "40 × 36 × 1", "expected": "36 × 40 × 1",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("attributes", "word"),
    [
        ({"shape": (0, 36)}, "0 × 36"),
        ({"BitsAllocated": 24}, "24"),
        ({"PhotometricInterpretation": "PALETTE COLOR"}, "palette"),
        ({"SamplesPerPixel": 2, "BitsAllocated": 8}, "2 samples"),
    ],
)
def test_header_that_makes_no_image(tmp_path: Path, attributes: dict[str, object], word: str) -> None:
    path = write(tmp_path / "a.dcm", bytes(40 * 36 * 6), **attributes)
    assert word in str(refusal(path))


def test_stream_that_claims_a_huge_image(tmp_path: Path) -> None:
    """The size is compared before a library reserves memory for it."""
    for stream, size in ((j2k(picture()), ">II"), (jls(picture()), ">HH")):
        huge = stream.replace(struct.pack(size, *SHAPE[:: -1 if size == ">II" else 1]), b"", 1)
        at = 8 if size == ">II" else stream.index(b"\xff\xf7") + 5
        huge = huge[:at] + struct.pack(size, 65520, 65520) + huge[at:]
        path = write(tmp_path / "a.dcm", encapsulated([huge]), syntax=JPEG_2000, vr="OB")
        assert refusal(path).params["found"] == "65520 × 65520 × 1"


def test_bombs_end_at_the_size_of_the_frame(tmp_path: Path) -> None:
    """Runs and deflated zeros that go on for hundreds of MB."""
    engine = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    zeros = engine.compress(bytes(200_000_000)) + engine.flush()
    path = write(tmp_path / "a.dcm", encapsulated([zeros]), syntax=DEFLATED_FRAMES, vr="OB")
    assert not frame(path).any()
    runs = struct.pack("<16I", 2, 64, 66, *[0] * 13) + b"\x81\x01" * 4_000_000
    path = write(tmp_path / "b.dcm", encapsulated([runs]), syntax=RLE, vr="OB")
    assert refusal(path).params["cause"].startswith("RLE: ")


def test_a_run_that_goes_beyond_the_frame_is_cut(tmp_path: Path) -> None:
    """As some writers end a segment; before it, PackBits as Pillow reads them too."""
    size = SHAPE[0] * SHAPE[1]
    high, low = b"\x01\x03\x04" + b"\x82\x00" * (size // 127 + 1), b"\x82\x07" * (size // 127 + 1)
    header = struct.pack("<16I", 2, 64, 64 + len(high), *[0] * 13)
    path = write(tmp_path / "a.dcm", encapsulated([header + high + low]), syntax=RLE, vr="OB")
    found = frame(path).reshape(-1)
    assert found[:3].tolist() == [0x0307, 0x0407, 0x0007]
    assert (found[2:] == 7).all()


def test_frame_above_the_limit(tmp_path: Path) -> None:
    path = write(tmp_path / "a.dcm", encapsulated([j2k(picture())]), syntax=JPEG_2000, shape=(65535, 65535))
    with pytest.raises(LimitExceeded):
        PixelFile(path, "picture")


def test_streams_cut_anywhere_have_an_answer(tmp_path: Path) -> None:
    """Never an unforeseen exception, never a crash of a library."""
    for syntax, encode in ENCODERS.items():
        stream = encode(picture())
        for end in range(0, len(stream), 7):
            path = write(tmp_path / "a.dcm", encapsulated([stream[:end]]), syntax=syntax, vr="OB")
            with contextlib.suppress(BadInput):
                assert frame(path).shape == SHAPE
