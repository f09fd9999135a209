"""Bringing a database to the schema of this version.

Alembic is loaded only when there is something to do: an up-to-date database opens without it.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, text

from app.errors import BadInput
from app.storage.files import fsync_folder, told_for

if TYPE_CHECKING:
    from alembic.config import Config

#: newest revision in `migrations/versions`; a test holds the two together
HEAD = "0001"
MIGRATIONS = Path(__file__).resolve().parent / "migrations"


def revision_of(connection: Connection) -> str | None:
    """The revision of a database; None for an empty one."""
    if connection.execute(text("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'")).first() is None:
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def bring_up_to_date(engine: Engine, path: Path) -> None:
    """Migrate, in one transaction; an older database with content is copied to ``backup/`` first.

    `BadInput` for a database of a newer version, which stays untouched.
    """
    with engine.connect() as connection:
        found = revision_of(connection)
    if found == HEAD:
        return
    if found is not None:
        _refuse_newer(found, path)
        back_up(path, path.parent.parent / "backup")
    _upgrade(engine)


def known_revisions() -> list[str]:
    """Revisions that this version can come from, oldest first."""
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(_config())
    return [step.revision for step in reversed(list(script.walk_revisions()))]


def back_up(path: Path, folder: Path) -> Path:
    """A whole copy of a database, taken through SQLite's own backup; where it is."""
    target = folder / f"{path.stem}-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}{path.suffix}"
    with told_for(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
        fsync_folder(folder)
    return target


def _refuse_newer(found: str, path: Path) -> None:
    if found not in known_revisions():
        raise BadInput(
            "The database {path} has schema {found}; this version of YingShu knows schemas up to {known}.",
            hint="Use a newer version of YingShu.", path=str(path), found=found, known=HEAD,
        )  # fmt: skip


def _upgrade(engine: Engine) -> None:
    from alembic import command

    config = _config()
    with engine.execution_options(immediate=True).begin() as connection:
        # whoever had the lock before us may have done it all
        if revision_of(connection) != HEAD:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
