"""The station's rows: SQLite in WAL mode, one writer at a time, readers never wait.

Several threads and processes may use one database: the window and the command line do.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from app.audit import GENESIS
from app.domain.person import system_actor
from app.errors import BadInput, Cancelled, Unavailable, UserError
from app.storage.audit_head import AuditHead, Head
from app.storage.files import disk_full, free_bytes, keep_private, make_private, told_for
from app.storage.repositories.annotations import AnnotationRepository
from app.storage.repositories.audit import AuditRepository
from app.storage.repositories.facts import FactsRepository
from app.storage.repositories.notices import NoticeRepository
from app.storage.repositories.people import PeopleRepository
from app.storage.repositories.reports import ReportRepository
from app.storage.repositories.results import ResultRepository
from app.storage.repositories.settings import SettingsRepository
from app.storage.repositories.studies import StudyRepository
from app.storage.repositories.study_acts import StudyActRepository
from app.storage.repositories.texts import TextRepository
from app.storage.repositories.uids import UidRepository
from app.storage.repositories.worklist import WorklistRepository
from app.storage.schema import bring_up_to_date
from app.storage.table_set import TableSet

log = logging.getLogger(__name__)
T = TypeVar("T")

BUSY_TIMEOUT_S = 5.0
#: how long work in the background waits for another writer
PATIENCE_S = 60.0
#: who acts where the program itself does
_STATION = system_actor()
#: what SQLite wants for its journal and index, bytes
_LEAST_ROOM = 1 << 20
#: what SQLite says where somebody else altered tables or texts of a database that has our revision
_ALTERED = ("no such table", "no such column", "cannot modify", "Could not decode to UTF-8")


class Transaction:
    """The repositories of what features share, over one connection."""

    def __init__(self, connection: Connection, head: AuditHead) -> None:
        self.connection = connection
        self.studies = StudyRepository(connection)
        self.worklist = WorklistRepository(connection)
        self.study_acts = StudyActRepository(connection)
        self.texts = TextRepository(connection)
        self.facts = FactsRepository(connection)
        self.uids = UidRepository(connection)
        self.notices = NoticeRepository(connection)
        self.people = PeopleRepository(connection)
        self.annotations = AnnotationRepository(connection)
        self.reports = ReportRepository(connection)
        self.results = ResultRepository(connection)
        self.audit = AuditRepository(connection, head)
        self.settings = SettingsRepository(connection)

    def get(self, of: Callable[[Connection], T]) -> T:
        """A feature's repository over this connection."""
        return of(self.connection)


class Database:
    """One database file, migrated on opening.

    Parameters
    ----------
    path : the SQLite file; created when absent
    tables : what features bring of their own
    audit_head : file of the audit chain's signed head; beside the database where not given
    busy_timeout_s : how long a writer waits for another
    """

    def __init__(
        self,
        path: Path,
        *,
        tables: Sequence[TableSet] = (),
        audit_head: Path | None = None,
        busy_timeout_s: float = BUSY_TIMEOUT_S,
    ) -> None:
        self.path = path
        self._timeout_s = busy_timeout_s
        self._writer = threading.Lock()
        self._writing_thread: int | None = None
        self._head = AuditHead(audit_head or path.with_name("audit.head"))
        with told_for(path):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            make_private(path)
            for suffix in ("-wal", "-shm", "-journal"):  # SQLite gives new ones the rights of the database
                keep_private(path.with_name(path.name + suffix))
        self._engine = _engine(path, busy_timeout_s)
        try:
            with self._translated_errors():
                bring_up_to_date(self._engine, path, tables)
                self._begin_audit()
        except BaseException:
            self.close()
            raise

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """One consistent look; what others commit meanwhile is not seen.  Writing in it is a defect."""
        with self._translated_errors(), self._engine.connect() as connection, connection.begin():
            connection.exec_driver_sql("PRAGMA query_only = ON")
            try:
                yield Transaction(connection, self._head)
            finally:
                connection.exec_driver_sql("PRAGMA query_only = OFF")

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """All or nothing: committed at the end, rolled back when anything is raised.

        `Unavailable` when another writer holds the database longer than the timeout, or the disk is full.
        """
        with self._translated_errors(), self._turn(), self._engine.connect() as plain:
            connection = plain.execution_options(immediate=True)
            with connection.begin():
                tx = Transaction(connection, self._head)
                yield tx
                known = tx.audit.appended is not None and tx.audit.head_fits()
            if known and tx.audit.appended is not None:
                self._advance(tx.audit.appended)

    def write_with_retry(
        self, work: Callable[[Transaction], T], *, cancelled: Callable[[], bool] = lambda: False
    ) -> T:
        """`work` in one transaction, for what nobody sits and waits for and would be lost: another writer is
        waited for longer.

        Raises `Cancelled` when the wish to stop comes while it waits.
        """
        deadline, locked = time.monotonic() + PATIENCE_S, _locked(self.path, self._timeout_s).template
        while True:
            try:
                with self.write() as tx:
                    return work(tx)
            except (
                Unavailable
            ) as error:  # met at the beginning of the transaction: nothing of `work` was done
                if error.template != locked or time.monotonic() > deadline:
                    raise
                if cancelled():
                    raise Cancelled from error

    def _advance(self, head: Head) -> None:
        """Move the signed head on.  What was committed is committed: a head that stays behind for want of
        room follows with the next.
        """
        try:
            self._head.advance(head)
        except Unavailable:
            log.warning("the signed head of the audit record could not be moved to event %d", head.count)

    def change_mark(self) -> tuple[tuple[int, int], ...]:
        """Differs once this or another program has written: cheap enough to be asked every few seconds."""
        marks = []
        for path in (self.path, self.path.with_name(self.path.name + "-wal")):
            with contextlib.suppress(FileNotFoundError):
                state = path.stat()
                marks.append((state.st_mtime_ns, state.st_size))
        return tuple(marks)

    def close(self) -> None:
        """Give connections back."""
        self._engine.dispose()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Threads of one process queue here fairly; SQLite's own waiting is for other processes."""
        if self._writing_thread == threading.get_ident():
            raise RuntimeError("a write transaction was begun inside another one of the same thread")
        if not self._writer.acquire(timeout=self._timeout_s):
            raise _locked(self.path, self._timeout_s)
        self._writing_thread = threading.get_ident()
        try:
            yield
        finally:
            self._writing_thread = None
            self._writer.release()

    @contextmanager
    def _translated_errors(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            told = _translated(error, self.path, self._timeout_s)
            if told is None:
                raise
            raise told from error

    def _begin_audit(self) -> None:
        """The chain's head is begun with the empty chain only: a head that is missing later was taken
        away.
        """
        with self._engine.connect() as connection, connection.begin():
            empty = connection.exec_driver_sql("SELECT 1 FROM audit LIMIT 1").first() is None
        if empty:
            self._head.begin(GENESIS)
            return
        head = self._head.read()
        if head is not None and head.sealed_from == 0:
            self._begin_sealing()

    def _begin_sealing(self) -> None:
        """A station of a version without seals: from now on every event has one, and every row that acts
        name is pinned as it is.  A head that was put back after sealing had begun stays as it is, and is
        told.
        """
        with self._engine.connect() as plain:
            connection = plain.execution_options(immediate=True)
            with connection.begin():
                tx = Transaction(connection, self._head)
                if not tx.audit.head_fits():
                    return
                first = tx.audit.first_sealed()
                if first == 0:
                    self._advance(tx.audit.last())
                    first = tx.audit.last().count + 1
                    tx.audit.pin_all(_STATION)
                elif not tx.audit.head_is(first - 1):
                    return
            self._head.begin_sealing(first)
        if tx.audit.appended is not None:
            self._advance(tx.audit.appended)

    @property
    def keys(self) -> Path:
        """The folder of what the database must not hold: keys of the audit record and of the authority."""
        return self._head.folder


def _engine(path: Path, timeout_s: float) -> Engine:
    engine = create_engine(
        f"sqlite+pysqlite:///{path}",
        connect_args={"timeout": timeout_s, "check_same_thread": False},
        hide_parameters=True,  # an error's text would carry the row: patients
    )

    @event.listens_for(engine, "connect")
    def _set_up(raw: Any, _record: Any) -> None:
        raw.isolation_level = None  # BEGIN is ours: the driver's implicit one would be DEFERRED and late
        raw.execute("PRAGMA journal_mode = WAL")
        raw.execute("PRAGMA synchronous = FULL")  # a signed report survives a power cut
        raw.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("immediate", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


def _locked(path: Path, timeout_s: float) -> Unavailable:
    return Unavailable(
        "The database {path} was locked by another program for more than {limit} s.",
        hint="Wait until the other window or command has finished, then try again.",
        path=str(path),
        limit=f"{timeout_s:g}",
    )


def _translated(error: DBAPIError, path: Path, timeout_s: float) -> UserError | None:
    raw = error.orig
    if not isinstance(raw, sqlite3.Error):
        return None
    code = getattr(raw, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return _locked(path, timeout_s)
    if code == sqlite3.SQLITE_FULL:
        return disk_full(path)
    if code == sqlite3.SQLITE_IOERR and free_bytes(path) < _LEAST_ROOM:  # its own small files had no room
        return disk_full(path, needed=_LEAST_ROOM)
    if code == sqlite3.SQLITE_IOERR:
        return Unavailable(
            "The database {path} could not be read or written: {reason}.",
            hint="Check the disk and the room that is left on it.",
            path=str(path),
            reason=str(raw),
        )
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return Unavailable(
            "The database {path} cannot be written.",
            hint="Check the rights of file and folder.",
            path=str(path),
        )
    reason = str(raw).partition(" with text")[0]
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) or reason.startswith(_ALTERED):
        return BadInput(
            "The database {path} is damaged: {reason}.",
            hint="Put back a copy from the backup folder.",
            path=str(path),
            reason=reason,
        )
    return None
