"""Blocks that lie in files: images that memory has no room for.

The pages of such a file are the system's: it keeps in memory what is used, and takes the rest back when
memory is wanted elsewhere.  Readers map the file; whoever fills it writes into it, so that a failing disk is
an error and not the end of the process.  A file is its owner's alone (mode 0600), has all its room on the
disk before anything is written, and goes with its block; what a killed process left goes at the next start,
as with other blocks.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import mmap
import os
import shutil
import threading
import weakref
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.blocks import Block, own_name
from app.domain.plane_slabs import PlaneSlabs
from app.errors import Unavailable

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
#: left on the disk for the database and for what is imported meanwhile: a twentieth of it, at most
_SPARE_BYTES = 1 << 30


class FileBlock:
    """A mapped file that several processes fill and read; the counterpart of `Block`.

    It may be closed while somebody still reads a view: the mapping then goes with its last view.
    """

    def __init__(self, path: Path, *, descriptor: int | None = None) -> None:
        """Open the file, or take over its descriptor."""
        self.path = path
        self._fd = os.open(path, os.O_RDWR | os.O_NOFOLLOW) if descriptor is None else descriptor
        try:
            self.size = os.fstat(self._fd).st_size
            self._mmap: mmap.mmap | None = mmap.mmap(self._fd, self.size)
        except BaseException:
            os.close(self._fd)
            raise
        self.buf: memoryview | None = memoryview(self._mmap)

    @property
    def name(self) -> str:
        """What another process opens it by (`attached`)."""
        return str(self.path)

    def write(self, values: NDArray[Any], offset: int) -> None:
        """Put an array's bytes, in C order, into the file; `Unavailable` where the disk takes them no
        more.
        """
        data = np.ascontiguousarray(values).reshape(-1).view(np.uint8).data
        try:
            while data:
                done = os.pwrite(self._fd, data, offset)
                data, offset = data[done:], offset + done
        except OSError as error:
            raise _failed(self.path.parent, error) from error

    def read_into(self, target: memoryview, offset: int) -> None:
        """Bytes of the file, without mapping them: they are not counted to the process."""
        while target:
            try:
                done = os.preadv(self._fd, [target], offset)
            except OSError as error:
                raise _failed(self.path.parent, error) from error
            if not done:
                raise Unavailable("The images’ file in {path} was cut short.", path=str(self.path.parent))
            target, offset = target[done:], offset + done

    def expect(self, offset: int, length: int) -> None:
        """These bytes will be wanted soon: the system reads them while others work."""
        with contextlib.suppress(OSError):
            os.posix_fadvise(self._fd, offset, length, os.POSIX_FADV_WILLNEED)

    def forget_pages(self) -> None:
        """Let this process's pages go; the system keeps them as long as it has room."""
        mapped = self._mmap
        if mapped is not None:
            with contextlib.suppress(OSError, ValueError):  # closed meanwhile
                mapped.madvise(mmap.MADV_DONTNEED)

    def unlink(self) -> None:
        """Take the file away; processes that have it keep it until they close it."""
        self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Let the file go."""
        mapped, self._mmap, self.buf = self._mmap, None, None
        if mapped is not None:
            with contextlib.suppress(BufferError):
                mapped.close()
            os.close(self._fd)


class BlockFiles:
    """Makes file blocks in one folder, and sees that the process does not gather their pages.

    Parameters
    ----------
    folder : where the files lie; made when it is first needed
    window_bytes : what may be in the process of them, about: a quarter for mapped pages, the rest for planes
        across the slices of volumes
    """

    def __init__(self, folder: Path, window_bytes: int) -> None:
        self.folder = folder
        self.resident_bytes = window_bytes // 4
        self.planes = PlaneSlabs(window_bytes - self.resident_bytes)
        self._live: weakref.WeakSet[FileBlock] = weakref.WeakSet()
        self._lock, self._making = threading.Lock(), threading.Lock()
        self._pages_before = 0

    def made(self, size: int) -> FileBlock:
        """A new block, all zero, with all its room on the disk; `Unavailable` where there is none."""
        with self._making:  # of two that ask at once the disk may have room for one
            self._require_room(size)
            block = self._made(size)
        with self._lock:
            self._live.add(block)
        return block

    def _require_room(self, size: int) -> None:
        usable = _usable_bytes(self.folder)
        if usable is not None and size > usable:
            raise _no_room(self.folder, size)

    def _made(self, size: int) -> FileBlock:
        try:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            path, descriptor = _new_file(self.folder)
        except OSError as error:
            raise _failed(self.folder, error, size) from error
        with contextlib.suppress(OSError):  # where files cannot be locked, the name alone tells the owner
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        try:
            _take_room(descriptor, size)
            return FileBlock(path, descriptor=descriptor)
        except OSError as error:
            path.unlink(missing_ok=True)
            raise _failed(self.folder, error, size) from error

    def used(self) -> None:
        """Pages are about to be used: when the process holds too many, they are let go first."""
        pages = _shared_pages()
        if pages is None:
            return
        with self._lock:
            self._pages_before = min(self._pages_before or pages, pages)
            if (pages - self._pages_before) * mmap.PAGESIZE <= self.resident_bytes:
                return
            live = list(self._live)
        for block in live:
            block.forget_pages()
        with self._lock:
            self._pages_before = _shared_pages() or 0


def attached(name: str) -> Block | FileBlock:
    """The block of another process by its name."""
    return FileBlock(Path(name)) if os.sep in name else Block(name=name)


def _new_file(folder: Path) -> tuple[Path, int]:
    while True:
        path = folder / own_name()
        with contextlib.suppress(FileExistsError):
            return path, os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)


def _take_room(descriptor: int, size: int) -> None:
    try:
        os.posix_fallocate(descriptor, 0, size)
    except OSError:
        os.close(descriptor)
        raise


def _usable_bytes(folder: Path) -> int | None:
    """What images may take of the disk where a folder lies, or would be made."""
    for place in (folder, *folder.parents):
        with contextlib.suppress(OSError):
            found = shutil.disk_usage(place)
            return max(0, found.free - min(_SPARE_BYTES, found.total // 20))
    return None


def _failed(folder: Path, error: OSError, size: int = 0) -> Unavailable:
    if error.errno in _NO_ROOM:
        return _no_room(folder, size)
    return Unavailable(
        "The images could not be put into {path}: {reason}.",
        hint="Check the disk.",
        path=str(folder),
        reason=str(error.strerror),
    )


def _no_room(folder: Path, size: int) -> Unavailable:
    return Unavailable(
        "The images need {needed_mb} MB: memory has no room for them, and of the disk that holds {path} they "
        "may take {usable_mb} MB.",
        hint="Make room on the disk, close other series, or allow images more memory in the settings under "
        "“Archive and import”.",
        needed_mb=f"{size / 1e6:,.1f}",
        path=str(folder),
        usable_mb=f"{(_usable_bytes(folder) or 0) / 1e6:,.1f}",
    )


def _shared_pages() -> int | None:
    """Pages of files and of shared memory that this process has mapped (proc(5), statm); None where that is
    not known.
    """
    try:
        with open("/proc/self/statm", "rb", buffering=0) as file:
            return int(file.read(128).split()[2])
    except OSError:
        return None
