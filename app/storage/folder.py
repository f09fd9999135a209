"""The data folder: objects, database, logs and temporary files of one station.

Every process that has the folder open holds a shared lock; who finds itself alone cleans up after those that
died.
"""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from app.errors import BadInput, Unavailable
from app.storage import layout
from app.storage.database import Database
from app.storage.files import keep_private, told_for
from app.storage.objects import ObjectStore
from app.storage.table_set import TableSet
from app.storage.window import WindowClaim, claim_window

log = logging.getLogger(__name__)

_SUBFOLDERS = ("objects", "database", "logs", "temp")


class DataFolder:
    """An open data folder.  Use `open`; `close` when done."""

    def __init__(self, path: Path, lock: int, objects: ObjectStore, database: Database) -> None:
        self.path = path
        self.objects = objects
        self.database = database
        self._lock = lock

    @classmethod
    def open(cls, path: Path, tables: Sequence[TableSet] = ()) -> DataFolder:
        """Open a data folder; create it, migrate it, clean up after a crash, as needed.

        `tables` are what features bring of their own.

        Raises
        ------
        BadInput
            It has a newer layout, or is a folder of something else; it stays untouched.
        Unavailable
            No permission, no room, locked by another process at the moment of a migration.
        """
        path = path.expanduser().resolve()
        version = _prepare(path)
        lock = _open_lock(path)
        try:
            alone = _alone(lock)
            if version is not None and version < layout.VERSION:
                _require_alone(alone, path)
                layout.migrate(path, version)
            with told_for(path):
                for name in _SUBFOLDERS:
                    (path / name).mkdir(mode=0o700, exist_ok=True)
            if version is None:
                layout.write(path)
            _keep_all_private(path)
            folder = cls(path, lock, ObjectStore(path / "objects"), _database(path, tables))
        except BaseException:
            os.close(lock)
            raise
        try:
            if alone:
                folder._clean_up()
            fcntl.flock(lock, fcntl.LOCK_SH)
        except BaseException:
            folder.close()
            raise
        return folder

    @contextmanager
    def temp_dir(self) -> Iterator[Path]:
        """A folder for work in progress; gone afterwards, and after a crash at the next opening."""
        with told_for(self.path):
            made = Path(tempfile.mkdtemp(dir=self.path / "temp"))
        try:
            yield made
        finally:
            shutil.rmtree(made, ignore_errors=True)

    @property
    def images(self) -> Path:
        """Where images lie for which memory has no room: gone after a crash at the next opening."""
        return self.path / "temp" / "images"

    def claim_window(self) -> WindowClaim | None:
        """Become the one window of this folder; None when another is
        (`app.storage.window.raise_other_window`).
        """
        return claim_window(self.path)

    @property
    def logs(self) -> Path:
        """Where logs go."""
        return self.path / "logs"

    def close(self) -> None:
        """Close the database and let the folder go."""
        if self._lock < 0:
            return
        self.database.close()
        os.close(self._lock)
        self._lock = -1

    def __enter__(self) -> DataFolder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _clean_up(self) -> None:
        """What processes that died left: temporary files, and objects that no committed row names."""
        with told_for(self.path):
            for left in (self.path / "temp").iterdir():
                _remove(left)
            put = self.objects.unsettled()
            if put or any((self.objects.root / "incoming").iterdir()):
                with self.database.read() as tx:
                    known = tx.studies.known_among(put)
                self.objects.sweep(known, only=put)


def _prepare(path: Path) -> int | None:
    """Make the folder, look at its version; nothing is changed in a folder that is refused."""
    if path.exists() and not path.is_dir():
        raise BadInput("The data folder {path} is a file.", hint="Choose a folder.", path=str(path))
    with told_for(path):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        version = layout.found_version(path)
        if version is not None:
            layout.refuse_newer(version, path)
        if path.stat().st_mode & 0o077 and path.stat().st_uid == os.getuid():
            path.chmod(0o700)
    return version


def _keep_all_private(path: Path) -> None:
    """What an older version or a copy from elsewhere left open to others.  The many folders of single objects
    lie behind `objects` itself.
    """
    with told_for(path):
        for folder in (path, *(path / name for name in (*_SUBFOLDERS, "backup"))):
            if folder.is_dir() and not folder.is_symlink():
                keep_private(folder)
                for entry in folder.iterdir():
                    keep_private(entry)


def _open_lock(path: Path) -> int:
    with told_for(path):
        return os.open(path / "in-use.lock", os.O_RDWR | os.O_CREAT, 0o600)


def _alone(lock: int) -> bool:
    """Whether nobody else has the folder open.  Leaves an exclusive lock when alone, else a shared one.

    Two that open at the same moment: the second waits here for the shared lock until the first has cleaned
    up.
    """
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        fcntl.flock(lock, fcntl.LOCK_SH)
        return False
    return True


def _require_alone(alone: bool, path: Path) -> None:
    if not alone:
        raise Unavailable(
            "The data folder {path} must be brought to a newer layout, but another YingShu has it open.",
            hint="Close the other window or command and try again.",
            path=str(path),
        )


def _database(path: Path, tables: Sequence[TableSet]) -> Database:
    return Database(path / "database" / layout.DATABASE_FILE, tables=tables, audit_head=path / "audit.head")


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
    log.info("stale temporary file removed")
