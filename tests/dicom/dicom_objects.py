"""Small DICOM files, made byte by byte or by our writers, for the tests of `app.dicom`."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.dicom.read.header import Header, opened
from app.dicom.read.identity import identity_of
from app.dicom.read.prescan import prescan
from app.dicom.read.source_header import SourceHeader, joined, source_of
from app.dicom.write.ct_series import write_ct_series
from app.domain.geometry import Grid
from app.domain.provenance import derived_uid
from app.domain.study import Patient, Series, SeriesUid, Study, StudyUid

EXPLICIT = "1.2.840.10008.1.2.1"
IMPLICIT = "1.2.840.10008.1.2"
DEFLATED = "1.2.840.10008.1.2.1.99"
CT = "1.2.840.10008.5.1.4.1.1.2"
STARTED_AT = datetime(2026, 1, 2, 3, 4, 5)  # noqa: DTZ001  (DICOM local time)
SIGNED_AT = datetime(2026, 11, 21, 8, 0, 0, tzinfo=UTC)


def element(tag: int, vr: str, value: bytes, *, implicit: bool = False, length: int | None = None) -> bytes:
    """One data element, little endian; `length` may lie."""
    if len(value) % 2:
        value += b"\0" if vr in ("UI", "OB", "UN") else b" "
    size = len(value) if length is None else length
    head = struct.pack("<HH", tag >> 16, tag & 0xFFFF)
    if implicit:
        return head + struct.pack("<I", size) + value
    if vr in ("OB", "OW", "SQ", "UN", "UT"):
        return head + vr.encode() + b"\0\0" + struct.pack("<I", size) + value
    return head + vr.encode() + struct.pack("<H", size) + value


def part10(dataset: bytes, syntax: str = EXPLICIT, *, preamble: bool = True) -> bytes:
    """A file of a data set."""
    meta = element(0x00020010, "UI", syntax.encode())
    group = element(0x00020000, "UL", struct.pack("<I", len(meta)))
    return (b"\0" * 128 + b"DICM" if preamble else b"") + group + meta + dataset


def identity(
    n: int = 1, *, name: bytes = b"Test^One", charset: bytes | None = None, implicit: bool = False
) -> bytes:
    """SOP, patient and study of a small object."""
    parts = [] if charset is None else [element(0x00080005, "CS", charset, implicit=implicit)]
    parts += [
        element(0x00080016, "UI", CT.encode(), implicit=implicit),
        element(0x00080018, "UI", f"1.2.3.{n}".encode(), implicit=implicit),
        element(0x00080060, "CS", b"CT", implicit=implicit),
        element(0x00100010, "PN", name, implicit=implicit),
        element(0x00100020, "LO", b"P1", implicit=implicit),
        element(0x0020000D, "UI", b"1.2.3", implicit=implicit),
        element(0x0020000E, "UI", b"1.2.3.0", implicit=implicit),
    ]
    return b"".join(parts)


def image(
    rows: int = 4,
    columns: int = 4,
    frames: int | None = None,
    pixels: bytes | None = b"\0" * 32,
    *,
    length: int | None = None,
) -> bytes:
    """Image Pixel module and pixel data."""
    parts = [element(0x00280002, "US", struct.pack("<H", 1)), element(0x00280004, "CS", b"MONOCHROME2")]
    if frames is not None:
        parts.append(element(0x00280008, "IS", str(frames).encode()))
    parts += [
        element(0x00280010, "US", struct.pack("<H", rows)),
        element(0x00280011, "US", struct.pack("<H", columns)),
        element(0x00280100, "US", struct.pack("<H", 16)),
        element(0x00280101, "US", struct.pack("<H", 16)),
        element(0x00280103, "US", struct.pack("<H", 1)),
    ]
    if pixels is not None:
        parts.append(element(0x7FE00010, "OW", pixels, length=length))
    return b"".join(parts)


def nested(levels: int, *, implicit: bool = False, defined: bool = False) -> bytes:
    """Sequences within sequences, each with one item."""
    if not defined:
        opening = (
            element(0x00081140, "SQ", b"", implicit=implicit, length=0xFFFFFFFF)
            + b"\xfe\xff\x00\xe0\xff\xff\xff\xff"
        )
        closing = b"\xfe\xff\x0d\xe0\0\0\0\0\xfe\xff\xdd\xe0\0\0\0\0"
        return opening * levels + closing * levels
    inner = b""
    for _ in range(levels):
        inner = element(
            0x00081140, "SQ", b"\xfe\xff\x00\xe0" + struct.pack("<I", len(inner)) + inner, implicit=implicit
        )
    return inner


def deflated(dataset: bytes) -> bytes:
    """Raw deflate, as the transfer syntax has it."""
    engine = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return engine.compress(dataset) + engine.flush()


def study() -> Study:
    """A study in Chinese."""
    return Study(
        StudyUid(derived_uid("test-study")),
        Patient("YS-0001", "Zhang^San=张^三", birth_date=date(1960, 1, 2), sex="M"),
        study_id="1",
        accession_number="A1",
        description="胸部CT平扫",
        started_at=STARTED_AT,
        patient_age="066Y",
        institution="影枢示范医院",
        referring_physician="Li^Si=李^四",
    )


def series() -> Series:
    """Its CT series."""
    return Series(
        SeriesUid(derived_uid("test-series")),
        study().study_uid,
        "CT",
        1,
        "低剂量胸部",
        body_part="CHEST",
        frame_of_reference_uid=derived_uid("test-frame"),
        manufacturer="YingShu Phantom",
    )


def grid(slices: int = 6) -> Grid:
    """30 × 37 pixels: the columns are no multiple of eight."""
    return Grid((slices, 30, 37), (2.5, 0.8, 0.7), (-10.0, -20.0, 5.0), ((0, 0, 1), (0, 1, 0), (1, 0, 0)))


def values(slices: int = 6) -> NDArray[np.int16]:
    """Each voxel another value."""
    return (np.arange(slices * 30 * 37).reshape(slices, 30, 37) % 4000 - 1000).astype(np.int16)


def written(folder: Path, slices: int = 6) -> tuple[list[Path], SourceHeader]:
    """The series on disk and its header."""
    windows = ((-600.0, 1500.0, "LUNG"),)
    paths = write_ct_series(
        folder, study(), series(), grid(slices), values(slices), kvp=120, kernel="B30f", windows=windows
    )
    return paths, read_source_header(paths)


def read_source_header(paths: Sequence[Path]) -> SourceHeader:
    """What objects made from these files take from them."""
    sources = []
    for path in paths:
        with opened(path, header_only=True) as data:
            found = prescan(data)
            header = Header.of(found)
            sources.append(source_of(header, identity_of(header, found, str(path))))
    return joined(sources)
