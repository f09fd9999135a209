"""The layout of the data folder and its version."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from app.errors import BadInput
from app.storage.files import fsync_folder, write_atomically
from app.storage.schema import back_up

VERSION = 1
LAYOUT_FILE = "layout.json"
DATABASE_FILE = "yingshu.sqlite3"


def found_version(folder: Path) -> int | None:
    """Layout version of a folder; None for one that is not used yet.  `BadInput` for a folder of something
    else.
    """
    file = folder / LAYOUT_FILE
    if file.exists():
        return _read(file)
    if (folder / DATABASE_FILE).exists():
        return 0
    foreign = sorted(entry.name for entry in folder.iterdir() if entry.is_file() and not _ours(entry.name))
    if foreign:
        raise BadInput(
            "{path} is not a data folder of YingShu: it holds {name} and no layout.json.",
            hint="Choose an empty folder or one that does not exist yet.",
            path=str(folder),
            name=foreign[0],
        )
    return None


def refuse_newer(version: int, folder: Path) -> None:
    """`BadInput` for a folder that a newer version has written."""
    if version > VERSION:
        raise BadInput(
            "The data folder {path} has layout {found}; this version of YingShu knows layouts up to {known}.",
            hint="Use a newer version of YingShu, or choose another data folder.",
            path=str(folder),
            found=version,
            known=VERSION,
        )


def migrate(folder: Path, version: int) -> Path:
    """Bring an older folder to this version, step by step, after copying what the steps touch; where the copy
    is.
    """
    backup = folder / "backup" / f"layout-{version}-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"
    backup.mkdir(mode=0o700, parents=True)
    for name in (LAYOUT_FILE, "audit.head", "audit.key"):
        if (folder / name).exists():
            write_atomically(backup / name, (folder / name).read_bytes())
    for database in (folder / DATABASE_FILE, folder / "database" / DATABASE_FILE):
        if database.exists():
            back_up(database, backup)
    for step in range(version, VERSION):
        STEPS[step](folder)
        write(folder, step + 1)
    return backup


def write(folder: Path, version: int = VERSION) -> None:
    """Say which layout a folder has."""
    text = json.dumps(
        {"product": "YingShu", "layout": version, "written_at": datetime.now(UTC).isoformat()}, indent=1
    )
    write_atomically(folder / LAYOUT_FILE, text.encode("utf-8"))


def _ours(name: str) -> bool:
    """What a first opening that was cut short may have left."""
    return name.endswith(".lock") or (name.startswith(".") and name.endswith(".part"))


def _read(file: Path) -> int:
    try:
        version = json.loads(file.read_text(encoding="utf-8"))["layout"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadInput(
            "{path} cannot be read.", hint="Put back a copy from the backup folder.", path=str(file)
        ) from error
    if not isinstance(version, int):
        raise BadInput("{path} names layout {found}, which is no number.", path=str(file), found=str(version))
    return version


def _database_into_its_folder(folder: Path) -> None:
    """Layout 0, before there was a layout file: the database lay at the top, its WAL beside it."""
    target = folder / "database"
    target.mkdir(mode=0o700, exist_ok=True)
    for suffix in ("-wal", "-shm", ""):  # the main file last: a step cut short is taken up again
        old = folder / f"{DATABASE_FILE}{suffix}"
        if old.exists():
            os.replace(old, target / old.name)
    fsync_folder(target)
    fsync_folder(folder)


#: from version → what makes the next one of it
STEPS: Mapping[int, Callable[[Path], None]] = {0: _database_into_its_folder}
