"""Files within files: ZIP archives and DICOMDIR media.  Runs in a bounded child."""

from __future__ import annotations

import errno
import io
import os
import shutil
import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from app.dicom.read.file_names import shown_bytes, shown_name
from app.dicom.read.header import MEDIA_DIRECTORY, PARSE_FAILURES, Header, opened
from app.dicom.read.prescan import Unusable, prescan
from app.dicom.read.scanned_file import ScanResult, look_at_one
from app.domain.study import Notice
from app.errors import BadInput, LimitExceeded, Unavailable
from app.processes.limits import (
    MAX_FILE_BYTES,
    MAX_ZIP_ENTRIES,
    MAX_ZIP_RATIO,
    MAX_ZIP_TOTAL_BYTES,
    ZIP_RATIO_FLOOR,
    mebibytes,
)

_CHUNK = 1 << 20
_END_RECORD = 22 + 65535  # the end record and the longest comment
_ENTRY = 46  # bytes of the smallest central directory entry
#: a step into an archive ends after this time or this many entries
_STEP_S = 0.1
STEP_ENTRIES = 64


def looks_zipped(path: Path) -> bool:
    """The file starts as a ZIP archive does."""
    with open(path, "rb") as file:
        return file.read(4) in (b"PK\x03\x04", b"PK\x05\x06")


def zip_entries(path: Path) -> int:
    """Number of entries of an archive; refuses an archive that is too much before it is taken apart."""
    with _opened_archive(path) as archive:
        return len(archive.infolist())


def zip_entry_name(path: Path, number: int) -> str:
    """What an entry is called, for people."""
    with _opened_archive(path) as archive:
        return _entry_name(archive.infolist()[number])


@dataclass(frozen=True, slots=True)
class ZipPlace:
    """How far an archive has been looked into: the next entry, and the bytes that were extracted before
    it.
    """

    entry: int = 0
    extracted_bytes: int = 0


@dataclass(frozen=True, slots=True)
class ZipStep:
    """What became of some entries; `place` is where the next step begins, None after the last entry."""

    looked: tuple[ScanResult, ...]
    place: ZipPlace | None


def look_into_zip(
    path: Path, display: str, workdir: Path, place: ZipPlace, most: int = STEP_ENTRIES
) -> ZipStep:
    """Extract entries from `place` on into `workdir` and look at each: `most` of them, or as many as a tenth
    of a second allows, but one at least.
    """
    until, total = time.monotonic() + _STEP_S, place.extracted_bytes
    looked: list[ScanResult] = []
    with _opened_archive(path) as archive:
        entries = archive.infolist()
        number = place.entry
        while number < len(entries) and number - place.entry < most:
            found, size = _look_at_entry(archive, entries[number], display, workdir / f"{number:06d}", total)
            looked += found
            total, number = total + size, number + 1
            if time.monotonic() > until:
                break
        last = number >= len(entries)
    if last:
        _directory.cache_clear()
    return ZipStep(tuple(looked), None if last else ZipPlace(number, total))


def _look_at_entry(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, display: str, target: Path, total: int
) -> tuple[list[ScanResult], int]:
    """What an entry is, and how many bytes were extracted for it."""
    if entry.is_dir():
        return [], 0
    name = f"{display}/{_entry_name(entry)}"
    target.unlink(missing_ok=True)  # of a child that did not survive it
    refusal = _refusal(entry) or _extract(archive, entry, target, MAX_ZIP_TOTAL_BYTES - total)
    if refusal is not None:
        return [ScanResult(None, (Notice(refusal.reason, refusal.template, refusal.params, name),))], 0
    size = target.stat().st_size
    looked = look_at_one(target, name)
    if looked.taken is None:
        target.unlink()
    return [looked], size


class _ReopenedFile(io.RawIOBase):
    """The file of an archive that is kept: open only while a step reads it, so that a medium can be taken
    out.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Read from here."""
        with open(self._path, "rb") as file:
            self._file = file
            try:
                yield
            finally:
                self._file = None

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self._lent.seek(offset, whence)

    def tell(self) -> int:
        return self._lent.tell()

    def read(self, size: int = -1) -> bytes:
        return self._lent.read(size)

    @property
    def _lent(self) -> BinaryIO:
        if self._file is None:
            raise ValueError("the archive's file is not open")
        return self._file


@contextmanager
def _opened_archive(path: Path) -> Iterator[zipfile.ZipFile]:
    state = path.stat()
    file, archive = _directory(path, state.st_mtime_ns, state.st_size)
    with file.opened():
        yield archive


@lru_cache(maxsize=1)
def _directory(path: Path, changed_ns: int, size: int) -> tuple[_ReopenedFile, zipfile.ZipFile]:
    """An archive whose central directory has been read; kept for its next step, until its file changes."""
    file = _ReopenedFile(path)
    with file.opened():
        return file, _archive(file, shown_name(path.name), size)


def _archive(file: _ReopenedFile, name: str, size: int) -> zipfile.ZipFile:
    file.seek(max(0, size - _END_RECORD))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    # the directory is as long as its entries need: a lying count does not help the archive
    directory = int.from_bytes(tail[at + 12 : at + 16], "little") if at >= 0 else 0
    if directory != 0xFFFFFFFF and directory // _ENTRY > MAX_ZIP_ENTRIES * 8:
        raise LimitExceeded("{name} has more than {limit} entries.", name=name, limit=MAX_ZIP_ENTRIES)
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise BadInput("{name} is not a readable ZIP archive.", name=name) from error
    if len(archive.infolist()) > MAX_ZIP_ENTRIES:
        raise LimitExceeded("{name} has more than {limit} entries.", name=name, limit=MAX_ZIP_ENTRIES)
    return archive


def _entry_name(entry: zipfile.ZipInfo) -> str:
    """For people only: nothing is ever created under this name."""
    if entry.flag_bits & 0x800:
        return shown_bytes(entry.filename.encode("utf-8", "replace"))
    return shown_bytes(entry.filename.encode("cp437", "replace"))


def _refusal(entry: zipfile.ZipInfo) -> Unusable | None:
    parts = PurePosixPath(entry.filename.replace("\\", "/")).parts
    if entry.filename.startswith(("/", "\\")) or ".." in parts or (parts and ":" in parts[0]):
        return Unusable("outside", "the archive's entry points outside the archive")
    if (entry.external_attr >> 16) & 0o170000 == 0o120000:
        return Unusable("link", "a link, not a file")
    if entry.flag_bits & 0x1:
        return Unusable("encrypted", "encrypted")
    if entry.file_size > MAX_FILE_BYTES:
        return Unusable(
            "limit",
            "the file has {found} (limit {limit})",
            found=mebibytes(entry.file_size),
            limit=mebibytes(MAX_FILE_BYTES),
        )
    if entry.file_size > ZIP_RATIO_FLOOR and entry.file_size > MAX_ZIP_RATIO * max(1, entry.compress_size):
        return Unusable("limit", "compressed more than {limit} times", limit=MAX_ZIP_RATIO)
    return None


def _extract(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, budget: int) -> Unusable | None:
    written = 0
    cap = min(MAX_FILE_BYTES, budget, max(ZIP_RATIO_FLOOR, MAX_ZIP_RATIO * max(1, entry.compress_size)))
    try:
        with archive.open(entry) as source, open(target, "xb") as out:
            while chunk := source.read(_CHUNK):
                written += len(chunk)
                if not out.tell() and chunk[:4] == b"PK\x03\x04":
                    raise Unusable("nested", "an archive within an archive is not opened")
                if written > cap:
                    raise Unusable("limit", "grows over {limit}", limit=mebibytes(cap))
                out.write(chunk)
    except Unusable as refusal:
        target.unlink(missing_ok=True)
        return refusal
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        target.unlink(missing_ok=True)
        return Unusable("damaged", "the archive's entry is damaged ({cause})", cause=type(error).__name__)
    except OSError as error:  # what was written of the entry goes again
        target.unlink(missing_ok=True)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):  # of no entry: the import stops and says so
            raise full(target.parent, max(written, entry.file_size)) from error
        return Unusable(
            "unreadable", "cannot be read ({cause})", cause=error.strerror or type(error).__name__
        )
    return None


def full(folder: Path, needed: int) -> Unavailable:
    """The refusal of a disk that has no room for an entry of `needed` bytes."""
    return Unavailable(
        "The disk that holds {path} is full: {needed_mb} MB are needed, {free_mb} MB are left.",
        hint="Make room and try again. What was stored before is whole.",
        path=str(folder),
        needed_mb=f"{needed / 1e6:.1f}",
        free_mb=f"{shutil.disk_usage(folder).free / 1e6:.1f}",
    )


def directory_files(path: Path) -> list[tuple[str, ...]] | None:
    """Referenced File IDs of a DICOMDIR, as path parts, in file order; None where the file is no DICOMDIR."""
    try:
        with opened(path, header_only=True) as data:
            header = Header.of(prescan(data))
            if header.uid(0x00080016) not in ("", MEDIA_DIRECTORY) or 0x00041220 not in header.dataset:
                return None
            files = [
                record.texts(0x00041500) for record in header.items(0x00041220) if record.has(0x00041500)
            ]
    except Unusable:
        return None
    except PARSE_FAILURES:
        return None
    return [tuple(part for part in parts if part) for parts in files]
