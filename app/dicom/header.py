"""Headers as the index needs them.  Runs in the bounded child; the values are read without trusting their form."""

from __future__ import annotations

import contextlib
import hashlib
import io
import math
import mmap
import os
import re
import struct
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset
from pydicom.filereader import read_dataset
from pydicom.tag import BaseTag

from app.dicom.charset import decode_text
from app.dicom.limits import MAX_FILE_BYTES, MIB, mebibytes
from app.dicom.prescan import Buffer, Prescan, Unusable, prescan
from app.domain.study import Instance, Notice, Patient, Series, SeriesUid, SopUid, Study, StudyUid

#: what pydicom raises on malformed data sets
PARSE_FAILURES = (
    ValueError, KeyError, TypeError, AttributeError, IndexError, EOFError, NotImplementedError, RuntimeError,
    OverflowError, AssertionError, LookupError, struct.error,
)  # fmt: skip
MEDIA_DIRECTORY = "1.2.840.10008.1.3.10"
_UID = re.compile(r"[0-9A-Za-z][0-9A-Za-z.\-_]{0,63}\Z")
_WHOLE = 64 * MIB  # files up to this size are read at once, larger ones mapped
_PAGE = 4096
_DIGESTS = ThreadPoolExecutor(1)


@dataclass(frozen=True, slots=True)
class ScannedFile:
    """One usable file: where it lies, what it is.  `path` may be a temporary one, for entries of archives."""

    path: Path
    display_path: str
    size: int
    sha256: str
    preamble: bool
    study: Study
    series: Series
    instance: Instance


@dataclass(frozen=True, slots=True)
class Looked:
    """What became of one file: taken or not, and what is to be said of it."""

    taken: ScannedFile | None
    notices: tuple[Notice, ...] = ()


@contextlib.contextmanager
def opened(path: Path, *, header_only: bool = False) -> Iterator[Buffer]:
    """The bytes of a file: read, or mapped where it is large or where only its header is wanted."""
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size > MAX_FILE_BYTES:
            raise Unusable("limit", "the file has {found} (limit {limit})", found=mebibytes(size), limit=mebibytes(MAX_FILE_BYTES))
        if size <= (_PAGE if header_only else _WHOLE):
            yield file.read()
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            yield mapped


class Header:
    """Values of a data set (or of an item of a sequence in it) as plain Python, None or empty where they are not usable."""

    def __init__(self, source: Prescan | Dataset, little: bool, charsets: list[str]) -> None:
        self._source = source
        self._parsed: Dataset | None = source if isinstance(source, Dataset) else None
        self._little = little
        self._charsets = charsets

    @classmethod
    def of(cls, found: Prescan) -> Header:
        """The header of a file that has been looked at, without its pixel data."""
        header = cls(found, found.little, [])
        header._charsets = header.raw(0x00080005).strip(b"\0 ").decode("ascii", "replace").split("\\")
        return header

    def detach(self) -> Header:
        """Keep the header's own bytes, so that it can be used after the file is closed."""
        if isinstance(self._source, Prescan):
            self._source.data = bytes(self._source.data[: self._source.pixel_offset])
        return self

    @property
    def dataset(self) -> Dataset:
        """The whole data set, parsed when something in a sequence is asked for; plain values need no parser."""
        if self._parsed is None:
            found = self._source
            assert isinstance(found, Prescan)
            stop = found.pixel_offset
            file = io.BytesIO(found.data[found.start : stop] if stop is not None else found.data[found.start :])
            self._parsed = read_dataset(file, not found.explicit, found.little, stop_when=_at_pixels)
        return self._parsed

    def raw(self, tag: int) -> bytes:
        """The value's bytes."""
        if isinstance(self._source, Prescan):
            at, length = self._source.places.get(tag, (0, 0))
            return bytes(self._source.data[at : at + length])
        try:
            element = self._source.get_item(BaseTag(tag))
        except PARSE_FAILURES:
            return b""
        value: Any = element.value if element is not None else b""
        if isinstance(value, bytes):
            return value
        if value is None:
            return b""
        return "\\".join(str(v) for v in value).encode() if isinstance(value, (list, tuple)) else str(value).encode()

    def text(self, tag: int, *, person_name: bool = False) -> str:
        """Decoded text; control characters become spaces."""
        decoded = decode_text(self.raw(tag), self._charsets, person_name=person_name)
        return "".join(c if c.isprintable() else " " for c in decoded).strip()

    def name(self, tag: int) -> str:
        """A person's name without empty groups at its end."""
        return self.text(tag, person_name=True).rstrip("= ")

    def texts(self, tag: int) -> tuple[str, ...]:
        """The values of a multi-valued text."""
        return tuple(part.strip() for part in self.text(tag).split("\\"))

    def uid(self, tag: int) -> str:
        """A unique identifier, without padding."""
        return self.raw(tag).split(b"\\")[0].strip(b"\0 ").decode("ascii", "replace")

    def integer(self, tag: int) -> int | None:
        """First value of an integer string."""
        number = self.number(tag)
        return None if number is None else int(number)

    def number(self, tag: int) -> float | None:
        """First value of a decimal or integer string."""
        found = self.numbers(tag)
        return found[0] if found else None

    def numbers(self, tag: int) -> tuple[float, ...]:
        """All values of a decimal string, empty if one of them is none."""
        out = []
        for part in self.raw(tag).strip(b"\0 ").split(b"\\"):
            try:
                value = float(part)
            except ValueError:
                return ()
            if not math.isfinite(value):
                return ()
            out.append(value)
        return tuple(out)

    def short(self, tag: int) -> int | None:
        """An unsigned 16-bit value."""
        raw = self.raw(tag)
        return int.from_bytes(raw[:2], "little" if self._little else "big") if len(raw) == 2 else None

    def double(self, tag: int) -> float | None:
        """A 64-bit floating point value (FD)."""
        raw = self.raw(tag)
        if len(raw) != 8:
            return self.number(tag) if raw else None
        value = float(struct.unpack("<d" if self._little else ">d", raw)[0])
        return value if math.isfinite(value) else None

    def day(self, tag: int) -> date | None:
        """A date."""
        text = self.raw(tag)[:10].decode("ascii", "replace").strip("\0 ").replace(".", "").replace("-", "")[:8]
        try:
            return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
        except ValueError:
            return None

    def clock(self, tag: int) -> time | None:
        """A time of day; missing parts are zero."""
        text = self.raw(tag).decode("ascii", "replace").strip("\0 ").replace(":", "")
        match = re.match(r"(\d{2})(\d{2})?(\d{2})?(?:\.(\d{1,6}))?", text)
        if match is None:
            return None
        hour, minute, second, fraction = match.groups()
        try:
            return time(int(hour), int(minute or 0), min(59, int(second or 0)), int((fraction or "0").ljust(6, "0")))
        except ValueError:
            return None

    def moment(self, day_tag: int, clock_tag: int) -> datetime | None:
        """Date and time of two attributes."""
        day = self.day(day_tag)
        return None if day is None else datetime.combine(day, self.clock(clock_tag) or time())

    def items(self, tag: int) -> list[Header]:
        """Items of a sequence."""
        if isinstance(self._source, Prescan) and tag not in self._source.sequences and tag not in self._source.places:
            return []  # a sequence of unknown kind may stand among the plain values
        try:
            value = self.dataset[BaseTag(tag)].value if BaseTag(tag) in self.dataset else []
            return [Header(item, self._little, self._charsets) for item in value or [] if isinstance(item, Dataset)]
        except PARSE_FAILURES:
            return []

    def has(self, tag: int) -> bool:
        """The attribute is there with a value."""
        return bool(self.raw(tag))


def _at_pixels(tag: BaseTag, _vr: str | None, _length: int) -> bool:
    return int(tag) in (0x7FE00008, 0x7FE00009, 0x7FE00010)


def look_at(files: list[tuple[Path, str]]) -> list[Looked]:
    """Look at a batch of files given as (path, path for people)."""
    return [look_at_one(path, display) for path, display in files]


def look_at_one(path: Path, display: str) -> Looked:
    """Digest, pre-scan and header of one file."""
    try:
        with opened(path) as data:
            digest: Future[str] = _DIGESTS.submit(_sha256, data)
            try:
                return _header_of(path, display, data, digest)
            finally:
                digest.result()
    except Unusable as refusal:
        return Looked(None, (Notice(refusal.reason, refusal.template, refusal.params, display),))
    except OSError as error:
        return Looked(None, (unreadable(display, error),))
    except PARSE_FAILURES as error:
        cause = type(error).__name__
        return Looked(None, (Notice("damaged", "the header cannot be parsed ({cause})", {"cause": cause}, display),))


def unreadable(display: str, error: OSError) -> Notice:
    """The notice of a file that the system does not let us read."""
    if isinstance(error, PermissionError):
        return Notice("permission", "no permission to read it", {}, display)
    return Notice("unreadable", "cannot be read ({cause})", {"cause": error.strerror or type(error).__name__}, display)


def _sha256(data: Buffer) -> str:
    return hashlib.sha256(data).hexdigest()


def _header_of(path: Path, display: str, data: Buffer, digest: Future[str]) -> Looked:
    found = prescan(data)
    header = Header.of(found)
    sop_class = header.uid(0x00080016) or found.uid(0x00020002)
    if sop_class == MEDIA_DIRECTORY or header.has(0x00041220):
        return Looked(None, (Notice("directory", "a directory of files, not an image", {}, display),))
    if not sop_class:
        kind = "not-dicom" if not found.preamble else "no-class"
        return Looked(None, (Notice(kind, "has no SOP Class UID", {}, display),))
    study_uid, series_uid, sop_uid = _identity(header, found)
    study = _study(header, study_uid)
    series = _series(header, study_uid, series_uid)
    instance = _instance(header, found, study_uid, series_uid, sop_uid, digest.result(), len(data))
    taken = ScannedFile(path, display, len(data), instance.sha256, found.preamble, study, series, instance)
    return Looked(taken, _doubts(found, display))


def _identity(header: Header, found: Prescan) -> tuple[str, str, str]:
    names = {0x0020000D: "Study Instance UID", 0x0020000E: "Series Instance UID", 0x00080018: "SOP Instance UID"}
    uids = []
    for tag, name in names.items():
        uid = header.uid(tag) or (found.uid(0x00020003) if tag == 0x00080018 else "")
        if not uid:
            raise Unusable("no-identity", "has no {attribute}", attribute=name)
        if not _UID.match(uid):
            raise Unusable("bad-identity", "{attribute} is not a UID ({found} characters)", attribute=name, found=len(uid))
        uids.append(uid)
    return uids[0], uids[1], uids[2]


def _doubts(found: Prescan, display: str) -> tuple[Notice, ...]:
    if found.pixel_offset is None and found.number(0x00280010) and not found.transfer_syntax.startswith("1.2.840.10008.1.2.4.94"):
        return (Notice("no-pixel-data", "taken, but it has no pixel data", {}, display),)
    return ()


def _study(header: Header, uid: str) -> Study:
    patient = Patient(
        patient_id=header.text(0x00100020), name=header.name(0x00100010), issuer=header.text(0x00100021),
        birth_date=header.day(0x00100030), sex=header.text(0x00100040),
    )  # fmt: skip
    started = (
        header.moment(0x00080020, 0x00080030) or header.moment(0x00080021, 0x00080031)
        or header.moment(0x00080022, 0x00080032) or header.moment(0x00080023, 0x00080033)
    )  # fmt: skip
    modality = header.text(0x00080060)
    return Study(
        StudyUid(uid), patient, study_id=header.text(0x00200010), accession_number=header.text(0x00080050),
        description=header.text(0x00081030), started_at=started, modalities=(modality,) if modality else (),
        body_part=header.text(0x00180015), institution=header.text(0x00080080),
        referring_physician=header.name(0x00080090), patient_age=header.text(0x00101010),
    )  # fmt: skip


def _series(header: Header, study_uid: str, uid: str) -> Series:
    return Series(
        SeriesUid(uid), StudyUid(study_uid), header.text(0x00080060), number=header.integer(0x00200011),
        description=header.text(0x0008103E), body_part=header.text(0x00180015), protocol=header.text(0x00181030),
        manufacturer=header.text(0x00080070), frame_of_reference_uid=header.uid(0x00200052),
        slice_thickness_mm=header.number(0x00180050),
    )  # fmt: skip


def _instance(header: Header, found: Prescan, study_uid: str, series_uid: str, sop_uid: str, digest: str, size: int) -> Instance:
    position, orientation = header.numbers(0x00200032), header.numbers(0x00200037)
    sop_class = header.uid(0x00080016) or found.uid(0x00020002)
    return Instance(
        SopUid(sop_uid), SeriesUid(series_uid), StudyUid(study_uid), sop_class, found.transfer_syntax, digest,
        size_bytes=size, number=header.integer(0x00200013), frames=found.frames,
        rows=found.number(0x00280010) or None, columns=found.number(0x00280011) or None,
        position_mm=(position[0], position[1], position[2]) if len(position) == 3 else None,
        orientation=_six(orientation),
    )  # fmt: skip


def _six(values: tuple[float, ...]) -> tuple[float, float, float, float, float, float] | None:
    if len(values) != 6:
        return None
    return (values[0], values[1], values[2], values[3], values[4], values[5])
