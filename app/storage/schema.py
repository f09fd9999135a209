"""Bringing a database to the schema of this version: the station's tables, then each feature's.

Alembic is loaded only when there is something to do: an up-to-date database opens without it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, text

from app.errors import BadInput
from app.storage.files import fsync_folder, make_private, told_for
from app.storage.table_set import STATION, TableSet
from app.storage.tables import metadata

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATIONS = Path(__file__).resolve().parent / "migrations"
STATION_TABLES = TableSet(STATION, metadata, _MIGRATIONS / "versions", head="0007")


def revision_of(connection: Connection, tables: TableSet = STATION_TABLES) -> str | None:
    """The revision of a set of tables; None where the database has none of it."""
    name = tables.version_table
    known = text("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = :name")
    if connection.execute(known, {"name": name}).first() is None:
        return None
    found: str | None = connection.execute(text(f"SELECT version_num FROM {name}")).scalar()  # noqa: S608  our names
    return found


def bring_up_to_date(engine: Engine, path: Path, features: Sequence[TableSet] = ()) -> None:
    """Migrate, in one transaction; an older database with content is copied to ``backup/`` first.

    `BadInput` for a database of a newer version, which stays untouched.
    """
    every = (STATION_TABLES, *features)
    with engine.connect() as connection:
        found = {tables.owner: revision_of(connection, tables) for tables in every}
    behind = [tables for tables in every if found[tables.owner] != tables.head]
    if not behind:
        return
    for tables in behind:
        _refuse_newer(found[tables.owner], tables, path)
    if found[STATION] is not None:
        back_up(path, path.parent.parent / "backup")
    _upgrade(engine, behind)


def known_revisions(tables: TableSet = STATION_TABLES) -> list[str]:
    """Revisions that this version can come from, oldest first."""
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(_config(tables))
    return [step.revision for step in reversed(list(script.walk_revisions()))]


def back_up(path: Path, folder: Path) -> Path:
    """A whole copy of a database, taken through SQLite's own backup; where it is."""
    target = folder / f"{path.stem}-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}{path.suffix}"
    with told_for(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        make_private(target)
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
        fsync_folder(folder)
    return target


def _refuse_newer(found: str | None, tables: TableSet, path: Path) -> None:
    if found is not None and found not in known_revisions(tables):
        raise BadInput(
            "The database {path} has schema {found}; this version of YingShu knows schemas up to {known}.",
            hint="Use a newer version of YingShu.",
            path=str(path),
            found=_named(found, tables),
            known=_named(tables.head, tables),
        )


def _named(revision: str, tables: TableSet) -> str:
    return revision if tables.owner == STATION else f"{tables.owner} {revision}"


def _upgrade(engine: Engine, behind: Sequence[TableSet]) -> None:
    from alembic import command

    with engine.execution_options(immediate=True).begin() as connection:
        for tables in behind:
            # whoever had the lock before us may have done it all
            if revision_of(connection, tables) != tables.head:
                config = _config(tables)
                config.attributes["connection"] = connection
                config.attributes["tables"] = tables
                command.upgrade(config, "head")


def _config(tables: TableSet) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("path_separator", "os")
    config.set_main_option("script_location", _escaped(_MIGRATIONS))
    config.set_main_option("version_locations", _escaped(tables.revisions))
    return config


def _escaped(path: Path) -> str:
    return str(path).replace("%", "%%")
