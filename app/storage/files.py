"""Files that are whole or absent, and the system's refusals in words."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from app.errors import FilesThere, Unavailable

#: EFBIG is what a file-size limit (ulimit -f) gives; for the person it is the same: no more room
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
#: rights of the group and of everybody
_OTHERS = 0o077
_NO_RIGHT = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
#: the disk fails, was pulled out, or its server does not answer
_FAILING = frozenset({errno.EIO, errno.ENODEV, errno.ENXIO, errno.ESTALE, errno.EREMOTEIO, errno.ETIMEDOUT})
#: the name cannot be what is wanted: a file where a folder should be, a loop of links, a name too long
_MISFIT = frozenset(
    {errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.ENOTEMPTY}
)


@contextmanager
def told_for(path: Path) -> Iterator[None]:
    """Turn the system's refusals about the place `path` into `Unavailable`; others pass."""
    try:
        yield
    except OSError as error:
        told = in_words(error, path)
        if told is None:
            raise
        raise told from error
    except Unavailable as error:  # a writer that knows neither the place nor what is left there
        cause = error.__cause__
        if isinstance(cause, OSError) and cause.errno in _NO_ROOM and "free_mb" not in error.params:
            raise disk_full(path) from cause
        raise


def in_words(error: OSError, path: Path) -> Unavailable | None:
    """The `Unavailable` that says what an `OSError` about `path` means; None where it has no better words."""
    if error.errno in _NO_ROOM:
        return disk_full(path)
    if error.errno == errno.EROFS:
        return Unavailable(
            "{path} lies on a file system that is mounted read-only.",
            hint="Choose another data folder.",
            path=str(path),
        )
    if error.errno in _NO_RIGHT:
        return Unavailable(
            "No permission to write to {path}.",
            hint="Change the folder's owner or rights, or choose another data folder.",
            path=str(path),
        )
    if error.errno in _FAILING:
        return Unavailable(
            "The disk that holds {path} reports a read or write error.",
            hint="Check the disk.",
            path=str(path),
        )
    if error.errno in _MISFIT:
        return Unavailable(
            "{path} cannot be written: {reason}.",
            hint="Choose another folder.",
            path=str(_shown(path)),
            reason=str(error.strerror),
        )
    return None


def disk_full(path: Path, *, needed: int = 0) -> Unavailable:
    """No room at `path`, with what is left there, and what was needed where that is known (bytes)."""
    place, left = str(_shown(path)), free_bytes(path)
    if needed > left:
        return Unavailable(
            "The disk that holds {path} is full: {needed_mb} MB are needed, {free_mb} MB are left.",
            hint="Make room and try again. What was stored before is whole.",
            path=place,
            needed_mb=_mb(needed),
            free_mb=_mb(left),
        )
    return Unavailable(
        "The disk that holds {path} is full: {free_mb} MB are left, or the limit for one file is reached.",
        hint="Make room and try again. What was stored before is whole.",
        path=place,
        free_mb=_mb(left),
    )


def require_room(path: Path, needed: int) -> None:
    """`Unavailable`, before anything is written, where `needed` bytes have no room at `path`."""
    if needed > free_bytes(path):
        raise disk_full(path, needed=needed)


def free_bytes(path: Path) -> int:
    """What is left at a place, or where it would be made."""
    for place in (path, *path.parents):
        with contextlib.suppress(OSError):
            return shutil.disk_usage(place).free
    return 0


def _mb(count: int) -> str:
    return f"{count / 1e6:.1f}"


def _shown(path: Path) -> Path:
    """The place as the person named it: without the hidden folder in which files wait for their names."""
    for place in (path, *path.parents):
        if place.name.startswith(".") and place.name.endswith(".part"):
            return place.parent
    return path


def keep_private(path: Path) -> None:
    """Take the rights of others off a file or folder of ours; what is absent, a link, or another's stays.

    A file system without rights (a USB stick) refuses: then its mount decides who may read.
    """
    with contextlib.suppress(FileNotFoundError, PermissionError):
        state = path.lstat()
        ours = state.st_uid == os.getuid() and not stat.S_ISLNK(state.st_mode)
        if ours and state.st_mode & _OTHERS:
            path.chmod(stat.S_IMODE(state.st_mode) & ~_OTHERS)


def make_private(path: Path) -> None:
    """Make an empty file of its owner alone, for a writer that would make one that others may read; tighten
    one that is there.
    """
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        keep_private(path)


def write_atomically(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Write `data` so that `path` holds either what was there before or all of it, also after a power cut.

    Raises `Unavailable` when the disk is full or the place is not writable; nothing is left behind then.
    """
    require_room(path, len(data))
    with told_for(path):
        descriptor, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fchmod(file.fileno(), mode)
                os.fsync(file.fileno())
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        fsync_folder(path.parent)


def require_absent(folder: Path, names: Iterable[str]) -> None:
    """Raise `FilesThere`, naming them, where files of these names are in the folder."""
    there = sorted(name for name in names if (folder / name).is_file())
    if there:
        raise FilesThere(
            "{folder} holds files of the same names already: {files}.",
            hint="Choose another folder, or ask for them to be overwritten.",
            folder=str(folder),
            files=", ".join(there),
        )


@contextmanager
def written_together(folder: Path, *, overwrite: bool) -> Iterator[Path]:
    """A place to write files that all appear in `folder` at the end, or none of them does.

    `FilesThere` where one of them is there already, unless it may be overwritten.

    The place lies inside `folder`, so that the last step only gives names; a full disk, a cancel or an error
    before it leaves `folder` as it was, and removes it where it was not there.
    """
    with told_for(folder):
        made = [place for place in (folder, *folder.parents) if not place.exists()]
        folder.mkdir(parents=True, exist_ok=True)
    try:
        with told_for(folder):
            stage = Path(tempfile.mkdtemp(prefix=".", suffix=".part", dir=folder))
        try:
            yield stage
            with told_for(folder):
                _publish(stage, folder, overwrite=overwrite)
        finally:
            shutil.rmtree(stage, ignore_errors=True)
    except BaseException:
        for place in made:
            with contextlib.suppress(OSError):
                place.rmdir()
        raise


def _publish(stage: Path, folder: Path, *, overwrite: bool) -> None:
    files = sorted(stage.iterdir())
    if not overwrite:
        require_absent(folder, [file.name for file in files])
    for file in files:
        descriptor = os.open(file, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    for file in files:
        if (folder / file.name).is_dir():
            raise Unavailable(
                "{path} is a folder; a file of that name was to be written.", path=str(folder / file.name)
            )
    for file in files:
        os.replace(file, folder / file.name)
    fsync_folder(folder)


def fsync_folder(folder: Path) -> None:
    """Make names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
