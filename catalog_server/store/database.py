"""The node's database: connections, transactions, migrations."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from catalog_server.store.private import keep_private

_BUSY_TIMEOUT_MS = 15_000


def _file_of(url: str) -> Path:
    example = "give a file of SQLite, e.g. sqlite:////var/lib/yingshu/county.db"
    try:
        asked = sa.make_url(url)
    except sa.exc.ArgumentError as error:
        raise ValueError(f"the address of the database cannot be read; {example}") from error
    # the address itself is not repeated: it may hold a password
    if asked.get_backend_name() != "sqlite":
        raise ValueError(
            f"a node does not run on {asked.get_backend_name()!r} yet: its full-text search is built on "
            f"SQLite; {example}"
        )
    if asked.database in (None, "", ":memory:") or "uri" in asked.query:
        raise ValueError(f"a node keeps its records in a file; {example}")
    return Path(str(asked.database))


def utc_now() -> str:
    """Now as text that sorts: UTC with microseconds."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


class Database:
    """A file of SQLite with write-ahead log; another dialect needs its full-text module first
    (`store.fulltext`).

    Raises
    ------
    ValueError
        The address is none, or names another database than a file of SQLite.
    OSError
        The file can be neither made nor opened.
    """

    def __init__(self, url: str) -> None:
        keep_private(_file_of(url))
        self.url = url
        # an error of the database must not carry the values of a document into the log
        self.engine = sa.create_engine(url, hide_parameters=True)
        sa.event.listen(self.engine, "connect", _prepare_connection)
        sa.event.listen(self.engine, "begin", _begin)
        # one writer in the process: waiting here is fair, waiting on the file lock is a lottery
        self._writing = threading.RLock()

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A transaction that sees one state and changes nothing."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction that holds the write lock from its beginning; committed whole or not at all."""
        with (
            self._writing,
            self.engine.connect().execution_options(yingshu_immediate=True) as connection,
            connection.begin(),
        ):
            yield connection

    def migrate(self) -> None:
        """Bring the tables to this program's layout; a newer layout is refused."""
        with self.config() as config:
            known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
            with self.read() as connection:
                found = self._revision(connection)
            if found is not None and found not in known:
                raise ValueError(
                    f"the database has layout {found!r}, which this program does not know; it was made "
                    f"by a newer one"
                )
            command.upgrade(config, "head")

    @contextmanager
    def config(self) -> Iterator[Config]:
        """Alembic's configuration for this database."""
        with as_file(files("catalog_server.store").joinpath("migrations")) as folder:
            config = Config()
            config.set_main_option("script_location", str(Path(folder)).replace("%", "%%"))
            config.attributes["engine"] = self.engine
            yield config

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    @staticmethod
    def _revision(connection: sa.Connection) -> str | None:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
        return found


def as_utc(text: str) -> str:
    """A moment as `utc_now` writes it; `ValueError` where the text is none, or does not say its time zone."""
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _prepare_connection(dbapi: Any, _record: Any) -> None:
    # the driver's own transaction handling is switched off: `_begin` says how a transaction starts
    dbapi.isolation_level = None
    cursor = dbapi.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={_BUSY_TIMEOUT_MS}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: sa.Connection) -> None:
    immediate = connection.get_execution_options().get("yingshu_immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
