"""The object store: bytes as they came, addressed by their SHA-256.

Durability is bought in groups: `put_*` writes a temporary file and renames it; `sync` makes all since the
last `sync` durable, and only then may rows name them. A journal (``unsettled``) lists what was put, so that
after a crash only those few objects need to be looked at, however large the store is.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import hashlib
import logging
import os
import re
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO

from app.errors import BadInput, NotFound
from app.storage.files import fsync_folder, require_room, told_for

log = logging.getLogger(__name__)

_CHUNK = 1 << 20
_SHA = re.compile(r"[0-9a-f]{64}")
#: from this many files on, one flush of the whole file system is cheaper than one a file
_GROUP = 8
#: an object younger than this may have been put by another process that has not synced it yet
_FRESH_S = 3600.0


@dataclass(frozen=True, slots=True)
class StoredObject:
    """Address and size of stored bytes."""

    sha256: str
    size: int


class ObjectStore:
    """Objects under ``root/ab/cd/<sha256>``.  Safe for several threads and processes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._incoming = root / "incoming"
        self._journal = root / "unsettled"
        self._lock = threading.Lock()
        self._syncing = threading.Lock()
        self._unsynced: set[Path] = set()
        self._new_folders: set[Path] = set()
        self._leases: Counter[str] = Counter()
        with told_for(root):
            self._incoming.mkdir(mode=0o700, parents=True, exist_ok=True)

    # -- writing --------------------------------------------------------------------------------------------

    def put_file(self, path: Path, sha256: str | None = None) -> StoredObject:
        """Copy a file into the store.

        Parameters
        ----------
        sha256 : what the content must be, where it is known; `BadInput` when the file has changed meanwhile.
        """
        if sha256 is not None and self.has(sha256):
            return self._known(sha256)
        with _opened(path) as source:
            return self._put(_chunks(source, path.name), sha256, path.name)

    def require_room(self, sizes: Mapping[str, int]) -> None:
        """`Unavailable`, before anything is written, where what is not here yet has no room: `sizes` in bytes
        by address.
        """
        require_room(self.root, sum(size for sha256, size in sizes.items() if not self.has(sha256)))

    def put_bytes(self, data: bytes) -> StoredObject:
        """Store bytes."""
        sha256 = hashlib.sha256(data).hexdigest()
        return self._known(sha256) if self.has(sha256) else self._put([data], sha256, "")

    def sync(self) -> None:
        """All that was put since the last `sync` survives a power cut from now on, also what another thread
        is just making durable.
        """
        with self._syncing:
            self._sync()

    def _sync(self) -> None:
        with self._lock:
            files, folders = self._unsynced, self._new_folders
            self._unsynced, self._new_folders = set(), set()
        if not files:
            return
        with told_for(self.root):
            try:
                _flush(self.root, files, {*folders, *(f.parent for f in files)})
            except BaseException:
                with self._lock:
                    self._unsynced |= files
                    self._new_folders |= folders
                raise

    def _put(self, chunks: Iterable[bytes], expected: str | None, name: str) -> StoredObject:
        with told_for(self.root):
            descriptor, part = tempfile.mkstemp(dir=self._incoming)
        try:
            with os.fdopen(descriptor, "wb") as target, told_for(self.root):
                sha256, size = _copy(chunks, target)
                target.flush()
            if expected is not None and sha256 != expected:
                raise BadInput(
                    "The file {name} changed while it was read: its checksum was {expected} and is {found}.",
                    name=name,
                    expected=expected[:12],
                    found=sha256[:12],
                )
            with told_for(self.root):
                self._settle(Path(part), sha256)
        except BaseException:
            Path(part).unlink(missing_ok=True)
            raise
        return StoredObject(sha256, size)

    def _settle(self, part: Path, sha256: str) -> None:
        target = self._place(sha256)
        with self._lock:
            self._new_folders.update(_make_folders(target.parent))
        self._note(sha256)
        os.chmod(part, 0o400)
        os.replace(part, target)
        with self._lock:
            self._unsynced.add(target)

    def _note(self, sha256: str) -> None:
        """One short appended line is atomic between processes."""
        descriptor = os.open(self._journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, f"{sha256}\n".encode())
        finally:
            os.close(descriptor)

    def _known(self, sha256: str) -> StoredObject:
        place = self._place(sha256)
        state = place.stat()
        if time.time() - state.st_mtime < _FRESH_S:
            with self._lock:
                self._unsynced.add(place)
        return StoredObject(sha256, state.st_size)

    # -- reading --------------------------------------------------------------------------------------------

    def has(self, sha256: str) -> bool:
        """Whether the bytes are here."""
        return self._place(sha256).is_file()

    def path_of(self, sha256: str) -> Path:
        """Where the bytes are; `NotFound` when they are not here."""
        place = self._place(sha256)
        if not place.is_file():
            raise NotFound(
                "The stored object {sha256} is missing from the data folder.",
                hint="Import the images again.",
                sha256=sha256[:12],
            )
        return place

    @contextmanager
    def lease(self, sha256: str) -> Iterator[Path]:
        """The file of an object, which no sweep takes away while it is held; `NotFound` when it is not
        here.
        """
        with self._lock:
            self._leases[sha256] += 1
        try:
            yield self.path_of(sha256)
        finally:
            with self._lock:
                self._leases[sha256] -= 1
                if not self._leases[sha256]:
                    del self._leases[sha256]

    def read(self, sha256: str) -> bytes:
        """The bytes, checked against their address; `BadInput` when they are not what was stored."""
        data = self.path_of(sha256).read_bytes()
        found = hashlib.sha256(data).hexdigest()
        if found != sha256:
            raise BadInput(
                "The stored object {sha256} is damaged: its checksum is {found}.",
                hint="Import the images again from their source.",
                sha256=sha256[:12],
                found=found[:12],
            )
        return data

    def __iter__(self) -> Iterator[str]:
        """Addresses of all objects."""
        for first in sorted(self.root.iterdir()):
            if first.is_dir() and len(first.name) == 2:
                yield from (leaf.name for leaf in sorted(first.glob("??/*")) if _SHA.fullmatch(leaf.name))

    def _place(self, sha256: str) -> Path:
        if not _SHA.fullmatch(sha256):
            raise ValueError(f"an object's address is 64 hexadecimal digits, found {sha256!r}")
        return self.root / sha256[:2] / sha256[2:4] / sha256

    # -- after a crash --------------------------------------------------------------------------------------

    def unsettled(self) -> set[str]:
        """What was put since the journal was last cleared."""
        if not self._journal.exists():
            return set()
        lines = self._journal.read_text(encoding="ascii", errors="replace").split()
        return {line for line in lines if _SHA.fullmatch(line)}

    def sweep(self, known: set[str], *, only: Iterable[str] | None = None) -> int:
        """Remove objects that no row names, and parts of interrupted puts; how many objects went.

        Only for a caller that is alone in the folder. `only` limits the look to these addresses; None looks
        at all. What is leased stays until a later sweep.
        """
        for part in self._incoming.iterdir():
            part.unlink(missing_ok=True)
        looked_at = list(self) if only is None else list(only)
        unknown = [sha256 for sha256 in looked_at if sha256 not in known and self.has(sha256)]
        self._journal.unlink(missing_ok=True)
        removed = sum(self._remove(sha256) for sha256 in unknown)
        if removed:
            log.info("%d objects without a row were removed", removed)
        return removed

    def _remove(self, sha256: str) -> bool:
        with self._lock:
            if sha256 in self._leases:
                self._note(sha256)
                return False
            self._place(sha256).unlink(missing_ok=True)
            return True


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """A file to be stored; that it cannot be read is said of the file and not of the store."""
    try:
        source = path.open("rb")
    except FileNotFoundError as error:
        raise NotFound("The file {name} is not there any more.", name=path.name) from error
    except PermissionError as error:
        raise BadInput("No permission to read {name}.", name=path.name) from error
    except OSError as error:
        raise _unreadable(path.name, error) from error
    with source:
        yield source


def _chunks(source: BinaryIO, name: str) -> Iterator[bytes]:
    while True:
        try:
            chunk = source.read(_CHUNK)
        except OSError as error:
            raise _unreadable(name, error) from error
        if not chunk:
            return
        yield chunk


def _unreadable(name: str, error: OSError) -> BadInput:
    return BadInput(
        "{name} cannot be read ({cause}).", name=name, cause=error.strerror or type(error).__name__
    )


def _copy(chunks: Iterable[bytes], target: BinaryIO) -> tuple[str, int]:
    state, size = hashlib.sha256(), 0
    for chunk in chunks:
        state.update(chunk)
        target.write(chunk)
        size += len(chunk)
    return state.hexdigest(), size


def _make_folders(folder: Path) -> list[Path]:
    """Create a folder of objects and the one above it; the parents whose list of names changed."""
    changed = []
    for place in (folder.parent, folder):
        if not place.is_dir():
            place.mkdir(mode=0o700, exist_ok=True)
            changed.append(place.parent)
    return changed


def _flush(root: Path, files: set[Path], folders: set[Path]) -> None:
    flush_all = _syncfs()
    if flush_all is not None and len(files) >= _GROUP:
        descriptor = os.open(root, os.O_RDONLY)
        try:
            flush_all(descriptor)
        finally:
            os.close(descriptor)
        return
    for file in files:
        if not file.exists():
            continue  # another process, alone in the folder, may have swept it: then no row names it
        descriptor = os.open(file, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    for folder in folders:
        fsync_folder(folder)


@cache
def _syncfs() -> Callable[[int], None] | None:
    """Linux's syncfs(2), which reports write-back errors since 5.8; None elsewhere."""
    libc = ctypes.CDLL(None, use_errno=True)
    call = getattr(libc, "syncfs", None)
    if call is None:
        return None

    def flush(descriptor: int) -> None:
        if call(descriptor) != 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code))

    return flush
