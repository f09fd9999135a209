"""Pixel data that contradict their header or were cut: what is right of them is shown, with a notice."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.uid import UID

from app.dicom.read import filling
from app.dicom.read.value_range import ValueRange, value_range
from tests.dicom import dicom_objects
from tests.dicom.pixel_objects import (
    DEFLATED_FRAMES,
    ENCODERS,
    EXPLICIT,
    JPEG_2000,
    JPEG_LS,
    SHAPE,
    encapsulated,
    frame,
    j2k,
    jls,
    opened,
    picture,
    reasons,
    refusal,
    under_syntax,
    write,
)

BIG, IMPLICIT = "1.2.840.10008.1.2.2", "1.2.840.10008.1.2"


@pytest.mark.parametrize("said", [EXPLICIT, IMPLICIT, BIG, "1.2.840.10008.1.2.1.99"])
@pytest.mark.parametrize("written", [EXPLICIT, IMPLICIT, BIG])
def test_every_native_syntax_under_the_name_of_another(tmp_path: Path, said: str, written: str) -> None:
    order = ">" if written == BIG else "<"
    path = write(tmp_path / "a.dcm", picture().astype(f"{order}u2").tobytes(), syntax=written)
    under_syntax(path, written, said)
    with opened(path) as file:
        assert np.array_equal(file.stored(0), picture())
        assert file.found.transfer_syntax == written
        told = [notice.params for notice in file.notices]
    if said == written:
        assert told == []
    else:
        assert told == [{"said": UID(said).name, "found": UID(written).name.split(" (")[0]}]


@pytest.mark.parametrize("implicit", [False, True])
def test_group_lengths(tmp_path: Path, implicit: bool) -> None:
    """Group length elements, retired, before every group and before the pixels."""
    parts = [dicom_objects.identity(implicit=implicit)]
    values = {0x280002: 1, 0x280010: 40, 0x280011: 36, 0x280100: 16, 0x280101: 16, 0x280103: 0}
    parts += [
        dicom_objects.element(t, "US", struct.pack("<H", v), implicit=implicit) for t, v in values.items()
    ]
    parts.append(dicom_objects.element(0x7FE00010, "OW", picture().tobytes(), implicit=implicit))
    with_lengths = []
    for group, part in ((8, parts[0]), (0x28, b"".join(parts[1:-1])), (0x7FE0, parts[-1])):
        length = dicom_objects.element(group << 16, "UL", struct.pack("<I", len(part)), implicit=implicit)
        with_lengths.append(length + part)
    path = tmp_path / "a.dcm"
    path.write_bytes(dicom_objects.part10(b"".join(with_lengths), IMPLICIT if implicit else EXPLICIT))
    assert np.array_equal(frame(path), picture())
    assert reasons(path) == []


def test_deflated_data_set_with_the_header_of_zlib(tmp_path: Path) -> None:
    data = write(tmp_path / "a.dcm", picture().tobytes()).read_bytes()
    body = data[data.index(b"\x08\x00\x16\x00UI") :]
    for packed in (dicom_objects.deflated(body), zlib.compress(body)):
        path = tmp_path / "b.dcm"
        path.write_bytes(dicom_objects.part10(packed, dicom_objects.DEFLATED))
        assert np.array_equal(frame(path), picture())


def test_no_meta_and_no_preamble(tmp_path: Path) -> None:
    path = write(tmp_path / "a.dcm", encapsulated([j2k(picture())]), syntax=JPEG_2000, vr="OB")
    data = path.read_bytes()
    path.write_bytes(data[data.index(b"\x08\x00\x16\x00UI") :])
    assert np.array_equal(frame(path), picture())


def test_compressed_pixels_under_a_native_syntax_and_the_reverse(tmp_path: Path) -> None:
    path = write(tmp_path / "a.dcm", encapsulated([jls(picture())]), syntax=JPEG_LS, vr="OB")
    with opened(under_syntax(path, JPEG_LS, EXPLICIT)) as file:
        assert np.array_equal(file.stored(0), picture())
        assert (file.decoder, [n.reason for n in file.notices]) == ("CharLS", ["transfer-syntax"])
    path = write(tmp_path / "b.dcm", picture().tobytes())
    with opened(under_syntax(path, EXPLICIT, JPEG_LS)) as file:
        assert np.array_equal(file.stored(0), picture())
        assert (file.decoder, [n.reason for n in file.notices]) == ("native", ["transfer-syntax"])


@pytest.mark.parametrize("syntax", [JPEG_LS, EXPLICIT])
def test_stream_without_fragments(tmp_path: Path, syntax: str) -> None:
    """The stream is the value of Pixel Data itself."""
    smooth = (np.add.outer(np.arange(40), np.arange(36)) * 50).astype(np.uint16)
    path = write(tmp_path / "a.dcm", jls(smooth), vr="OB")
    under_syntax(path, EXPLICIT, syntax)
    assert np.array_equal(frame(path), smooth)
    assert reasons(path) == (["transfer-syntax"] if syntax == EXPLICIT else [])


def frames_in_fragments(syntax: str, parts: int) -> tuple[list[bytes], list[int]]:
    """Four frames, each in several fragments; and the offsets of their first ones."""
    fragments: list[bytes] = []
    offsets, at = [], 0
    for n in range(4):
        stream = ENCODERS[syntax](picture(n))
        stream += b"\0" * (len(stream) % 2)
        size = len(stream) // parts // 2 * 2
        pieces = [stream[i * size : (i + 1) * size] for i in range(parts - 1)] + [
            stream[(parts - 1) * size :]
        ]
        fragments += pieces
        offsets.append(at)
        at += sum(len(piece) + 8 for piece in pieces)
    return fragments, offsets


@pytest.mark.parametrize("syntax", ENCODERS)
@pytest.mark.parametrize("table", ["right", "none", "wrong"])
@pytest.mark.parametrize("parts", [1, 3])
def test_frames_are_found_with_and_without_their_table(
    tmp_path: Path, syntax: str, table: str, parts: int
) -> None:
    fragments, offsets = frames_in_fragments(syntax, parts)
    told = {"right": offsets, "none": [], "wrong": [offset + 2 for offset in offsets]}[table]
    path = write(tmp_path / "a.dcm", encapsulated(fragments, told), syntax=syntax, vr="OB", NumberOfFrames=4)
    for index in range(4):
        assert np.array_equal(frame(path, index), picture(index))
    assert reasons(path) == []


def test_extended_offset_table(tmp_path: Path) -> None:
    """Fragments that start like nothing known are told apart by the table of 64-bit offsets only."""
    streams = []
    for n in range(3):
        engine = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        data = engine.compress(picture(n).tobytes()) + engine.flush()
        streams.append(data + b"\0" * (len(data) % 2))
    cut = [20, 40, 60]
    fragments, offsets, at = [], [], 0
    for stream, where in zip(streams, cut, strict=True):
        offsets.append(at)
        fragments += [stream[:where], stream[where:]]
        at += len(stream) + 16
    fragments += [b"\0\0"]
    path = write(
        tmp_path / "a.dcm", encapsulated(fragments), syntax=DEFLATED_FRAMES, vr="OB", NumberOfFrames=3,
        ExtendedOffsetTable=struct.pack("<3Q", *offsets),
        ExtendedOffsetTableLengths=struct.pack("<3Q", *(len(stream) for stream in streams)),
    )  # fmt: skip
    for index in range(3):
        assert np.array_equal(frame(path, index), picture(index))


@pytest.mark.parametrize("syntax", ENCODERS)
def test_odd_lengths_and_a_missing_end(tmp_path: Path, syntax: str) -> None:
    streams = [ENCODERS[syntax](picture(n)) for n in range(4)]
    streams = [stream if len(stream) % 2 else stream + b"\0" for stream in streams]
    for pad in (b"", b"\0"):  # a pad byte that the length does not count is met too
        parts = [b"\xfe\xff\x00\xe0\0\0\0\0"]
        for stream in streams:
            parts.append(b"\xfe\xff\x00\xe0" + struct.pack("<I", len(stream)) + stream + pad)
        path = write(tmp_path / "a.dcm", b"".join(parts), syntax=syntax, vr="OB", NumberOfFrames=4)
        data = path.read_bytes()
        path.write_bytes(data[: data.rindex(streams[-1]) + len(streams[-1])])
        for index in range(4):
            assert np.array_equal(frame(path, index), picture(index))


def test_more_streams_than_frames_are_declared(tmp_path: Path) -> None:
    fragments, _ = frames_in_fragments(JPEG_LS, 1)
    path = write(tmp_path / "a.dcm", encapsulated(fragments), syntax=JPEG_LS, vr="OB")
    with opened(path) as file:
        assert file.frames == 4
        assert file.notices[0].params == {"frames": "1", "found": "4"}
    assert np.array_equal(frame(path, 3), picture(3))


@pytest.mark.parametrize(("declared", "there"), [(3, 5), (5, 3), (2, 1), (1, 4)])
@pytest.mark.parametrize("odd", [b"", b"\0"])
def test_number_of_frames_that_is_not_there(tmp_path: Path, declared: int, there: int, odd: bytes) -> None:
    """The whole frames that are there are shown, with a notice; eight-bit frames of 15 bytes, padded or
    not.
    """
    pixels = b"".join(picture(n, (3, 5), 256).astype(np.uint8).tobytes() for n in range(there))
    path = write(
        tmp_path / "a.dcm", pixels + odd, vr="OB", BitsAllocated=8, NumberOfFrames=declared, shape=(3, 5)
    )
    with opened(path) as file:
        assert file.frames == there
        assert [n.reason for n in file.notices] == ["frames"]
    assert np.array_equal(frame(path, there - 1), picture(there - 1, (3, 5), 256))


def test_native_file_cut_short(tmp_path: Path) -> None:
    """The whole frames are shown; a file cut before the end of the first one is refused."""
    pixels = b"".join(picture(n).tobytes() for n in range(5))
    whole = write(tmp_path / "a.dcm", pixels, NumberOfFrames=5).read_bytes()
    size = SHAPE[0] * SHAPE[1] * 2
    for missing, left in ((1, 4), (size, 4), (size + 1, 3), (4 * size, 1)):
        path = tmp_path / "cut.dcm"
        path.write_bytes(whole[:-missing])
        with opened(path) as file:
            assert file.frames == left
            assert [n.reason for n in file.notices] == ["frames"]
        assert np.array_equal(frame(path, left - 1), picture(left - 1))
    path.write_bytes(whole[: -4 * size - 1])
    assert "(7FE0,0010)" in str(refusal(path))


@pytest.mark.parametrize("table", [True, False])
@pytest.mark.parametrize("parts", [1, 3])
def test_compressed_file_cut_short(tmp_path: Path, table: bool, parts: int) -> None:
    fragments, offsets = frames_in_fragments(JPEG_2000, parts)
    data = encapsulated(fragments, offsets if table else [])
    whole = write(tmp_path / "a.dcm", data, syntax=JPEG_2000, vr="OB", NumberOfFrames=4).read_bytes()
    at = whole.index(fragments[2 * parts])  # the first fragment of the third frame
    for cut, left in ((at + 30, 2), (at - 20, 1), (whole.index(fragments[parts]) - 20, 0)):
        path = tmp_path / "cut.dcm"
        path.write_bytes(whole[:cut])
        if not left:
            assert "(7FE0,0010)" in str(refusal(path))
            continue
        with opened(path) as file:
            assert file.frames == left
            assert [n.reason for n in file.notices] == ["frames"]
        assert np.array_equal(frame(path, left - 1), picture(left - 1))


def test_no_samples_are_one(tmp_path: Path) -> None:
    """Samples per Pixel of 0: the image is grey, and not refused for a size that is right."""
    values = picture()
    assert np.array_equal(frame(write(tmp_path / "a.dcm", values.tobytes(), SamplesPerPixel=0)), values)


def test_a_palette_that_was_cut_has_the_colours_that_are_left(tmp_path: Path) -> None:
    """Of 256 entries of 16 bits 100 are there: they are not read as twice as many of 8."""
    table = np.arange(256, dtype="<u2") * 256
    index = np.arange(SHAPE[0] * SHAPE[1], dtype=np.uint8).reshape(SHAPE) % 100
    colours: dict[str, Any] = {}
    for name in ("Red", "Green", "Blue"):
        colours[f"{name}PaletteColorLookupTableDescriptor"] = [256, 0, 16]
        colours[f"{name}PaletteColorLookupTableData"] = table[:100].tobytes()
    path = write(
        tmp_path / "a.dcm",
        index.tobytes(),
        PhotometricInterpretation="PALETTE COLOR",
        BitsAllocated=8,
        **colours,
    )
    assert np.array_equal(frame(path), np.repeat(index[..., None], 3, axis=2))


def test_the_values_of_many_frames_need_one_look_at_their_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of thousands of frames takes long to look through."""
    opened_files: list[Path] = []

    class Counted(filling.PixelFile):
        def __init__(self, path: Path, name: str) -> None:
            opened_files.append(path)
            super().__init__(path, name)

    monkeypatch.setattr(filling, "PixelFile", Counted)
    whole = np.stack([picture(n) for n in range(8)])
    halves = (whole[:4].tobytes(), whole[4:].tobytes())
    paths = [write(tmp_path / f"{n}.dcm", half, NumberOfFrames=4) for n, half in enumerate(halves)]
    slots = [
        filling.Slot(filling.Source(path, "image", index, SHAPE), (0, index), None)
        for path in paths
        for index in range(4)
    ]
    events = value_range(slots)
    assert [next(events) for _ in slots] == list(range(1, 9))
    with pytest.raises(StopIteration) as end:
        next(events)
    assert end.value.value == ValueRange(whole.min(), whole.max(), pytest.approx(whole.mean()), whole.size)
    assert opened_files == paths
