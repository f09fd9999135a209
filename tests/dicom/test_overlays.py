"""Overlay planes: apart, embedded, of several frames, with their places and names."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import dcmread

from app.dicom.read.overlays import overlays, read_overlays
from tests.dicom.pixel_objects import EXPLICIT, RLE, encapsulated, opened, picture, rle, write
from tests.support.real_data import real_data
from tests.support.tools import require_tool

BIG, IMPLICIT = "1.2.840.10008.1.2.2", "1.2.840.10008.1.2"


def bits(n: int, *shape: int) -> NDArray[np.uint8]:
    return picture(n, shape, 2).astype(np.uint8)


def with_overlay(path: Path, group: int, bitmaps: NDArray[np.uint8], **elements: tuple[str, Any]) -> Path:
    """Add Overlay Data to a file; `elements` are (value representation, value) by the four digits of the
    tag.
    """
    data = dcmread(path)
    packed = np.packbits(bitmaps.reshape(-1), bitorder="little").tobytes()
    packed += b"\0" * (len(packed) % 2)
    if not data.original_encoding[1]:  # words of 16 bits, the first pixel in the lowest bit
        packed = np.frombuffer(packed, "<u2").astype(">u2").tobytes()
    usual = {
        "_0010": ("US", bitmaps.shape[-2]), "_0011": ("US", bitmaps.shape[-1]), "_0040": ("CS", "G"),
        "_0050": ("SS", [1, 1]), "_0100": ("US", 1), "_0102": ("US", 0), "_3000": ("OW", packed),
    }  # fmt: skip
    for name, (vr, value) in (usual | elements).items():
        data.add_new((group, int(name[1:], 16)), vr, value)
    data.save_as(path)
    return path


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG])
def test_plane_with_its_place_and_names(tmp_path: Path, syntax: str) -> None:
    """Larger than the image, beginning outside of it; rows of bits that do not end at a byte."""
    order = ">u2" if syntax == BIG else "<u2"
    path = write(tmp_path / "a.dcm", picture().astype(order).tobytes(), syntax=syntax)
    drawn = bits(1, 43, 37)
    with_overlay(
        path, 0x6002, drawn, _0050=("SS", [-2, 5]), _0040=("CS", "R"), _0045=("LO", "USER"),
        _1500=("LO", "Lesion"), _0022=("LO", "marked"),
    )  # fmt: skip
    (plane,) = read_overlays(path, "picture", (0,))[0]
    assert np.array_equal(plane.bitmap, drawn)
    assert (plane.group, plane.origin, plane.kind) == (0x6002, (-2, 5), "R")
    assert (plane.subtype, plane.label, plane.description) == ("USER", "Lesion", "marked")


def test_planes_of_several_frames(tmp_path: Path) -> None:
    """Three frames of an overlay from the image's second frame on, another one over all frames."""
    pixels = b"".join(picture(n).tobytes() for n in range(5))
    path = write(tmp_path / "a.dcm", pixels, NumberOfFrames=5)
    cine, still = bits(1, 3, 7, 9), bits(2, 40, 36)
    with_overlay(path, 0x6000, cine, _0015=("IS", "3"), _0051=("US", 2))
    with_overlay(path, 0x601E, still)
    with opened(path) as file:
        for index in range(5):
            planes = {plane.group: plane for plane in overlays(file, index)}
            assert np.array_equal(planes[0x601E].bitmap, still)
            assert planes[0x601E].frames == 0
            assert (0x6000 in planes) == (1 <= index <= 3)
            if 0x6000 in planes:
                assert np.array_equal(planes[0x6000].bitmap, cine[index - 1])
                assert (planes[0x6000].first_frame, planes[0x6000].frames) == (2, 3)


@pytest.mark.parametrize("syntax", [EXPLICIT, RLE])
@pytest.mark.parametrize(("high_bit", "position"), [(11, 15), (11, 12), (15, 0), (15, 3)])
def test_plane_in_unused_bits(tmp_path: Path, syntax: str, high_bit: int, position: int) -> None:
    drawn, below = bits(1, 40, 36), high_bit - 11
    words = (picture().astype(np.uint16) << below | drawn.astype(np.uint16) << position).astype("<u2")
    pixels = words.tobytes() if syntax == EXPLICIT else encapsulated([rle(words)])
    path = write(tmp_path / "a.dcm", pixels, syntax=syntax, BitsStored=12, HighBit=high_bit)
    data = dcmread(path)
    for element, vr, value in (
        (0x10, "US", 40),
        (0x11, "US", 36),
        (0x100, "US", 16),
        (0x102, "US", position),
    ):
        data.add_new((0x6000, element), vr, value)
    data.save_as(path)
    with opened(path) as file:
        (plane,) = overlays(file, 0)
        assert np.array_equal(plane.bitmap, drawn)
        assert np.array_equal(file.stored(0), picture())


def test_planes_without_their_bits_are_left_out(tmp_path: Path) -> None:
    """Overlay Data that is too short, a bit position inside the value."""
    path = write(tmp_path / "a.dcm", picture().tobytes(), BitsStored=12)
    with_overlay(path, 0x6000, bits(1, 40, 36), _0010=("US", 4000))
    data = dcmread(path)
    data.add_new((0x6002, 0x102), "US", 5)
    data.save_as(path)
    assert read_overlays(path, "picture", (0,)) == {}


@pytest.mark.real_data
def test_real_planes_are_those_of_pydicom_and_dcmtk(tmp_path: Path) -> None:
    """A Siemens MR with a marked lesion; a test image with two embedded and two separate planes, whose packed
    ones dcmdump shows.
    """
    path = real_data("dicom_kinds") / "pydicom" / "examples_overlay.dcm"
    (plane,) = read_overlays(path, "MR", (0,))[0]
    row, column = plane.origin
    whole = np.zeros((300, 484), np.uint8)
    whole[row - 1 : row - 1 + plane.shape[0], column - 1 : column - 1 + plane.shape[1]] = plane.bitmap
    assert np.array_equal(whole, dcmread(path).overlay_array(0x6000))
    assert plane.bitmap.any()
    path = real_data("dicom_kinds") / "weasis-dicom-tools" / "overlay.dcm"
    with opened(path) as file:
        planes = overlays(file, 0)
    assert [plane.group for plane in planes] == [0x6000, 0x6002, 0x6004, 0x6006]
    assert all(0 < plane.bitmap.mean() < 0.5 for plane in planes)
    shown = []
    for option in (["-O"], ["+O", "0"]):  # without overlays, with all of them burnt in white
        out = tmp_path / f"{len(shown)}.pgm"
        command = [require_tool("dcmj2pnm"), *option, "--write-raw-pnm", str(path), str(out)]
        subprocess.run(command, check=True, capture_output=True)
        shown.append(np.frombuffer(out.read_bytes()[-512 * 512 :], np.uint8).reshape(512, 512))
    drawn = np.any([plane.bitmap for plane in planes], axis=0)
    assert np.array_equal(shown[1][~drawn], shown[0][~drawn])
    assert (shown[1][drawn] != shown[0][drawn]).mean() > 0.9


def test_what_is_drawn_is_all_that_is_sent(tmp_path: Path) -> None:
    """Planes are cut to their drawing, which stays where it was; those of all frames are sent once."""
    path = write(tmp_path / "a.dcm", b"".join(picture(n).tobytes() for n in range(3)), NumberOfFrames=3)
    still, empty = np.zeros((40, 36), np.uint8), np.zeros((40, 36), np.uint8)
    still[11:14, 5:30] = bits(3, 3, 25) | 1
    with_overlay(path, 0x6000, still, _0050=("SS", [3, -1]))
    with_overlay(path, 0x6002, empty)
    found = read_overlays(path, "picture", (0, 2))
    assert set(found) == {0, 2}
    (first,), (last,) = found[0], found[2]
    assert first is last
    assert (first.origin, first.shape) == ((14, 4), (3, 25))
    assert np.array_equal(first.bitmap, still[11:14, 5:30])
