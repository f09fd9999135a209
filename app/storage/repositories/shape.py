"""Whether a database is whole, and has the tables and guards that this program made: rows that fit say little
where a table is a view, a key is not unique or a guard does nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from sqlalchemy import Connection, Table, UniqueConstraint
from sqlalchemy.exc import DBAPIError

from app.audit import AuditProblem
from app.errors import UserError
from app.storage import tables
from app.storage.pins import PINNED

#: what those who look meet where a value, a table or a file was altered
UNREADABLE = (
    UserError,
    DBAPIError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    RecursionError,
)
_REFUSED = {
    ("audit", "UPDATE"): "the audit record is append-only",
    ("audit", "DELETE"): "the audit record is append-only",
    ("report_frozen", "UPDATE"): "a signed report is never changed",
    ("report_frozen", "DELETE"): "a signed report is never removed",
    ("signed_content", "UPDATE"): "what was signed is never changed",
    ("signed_content", "DELETE"): "what was signed is never removed",
}
#: triggers that refuse changes, with the table of each and its text as it was made
GUARDS = {
    f"{table}_no_{act.lower()}": (
        table,
        f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{said}'); END",
    )
    for (table, act), said in _REFUSED.items()
}
_WATCHED = ("audit", *(rows.table for rows in PINNED))
#: faults of the file that are told one by one
_MOST_TOLD = 5


def told(part: Callable[[], Iterable[AuditProblem]]) -> Iterator[AuditProblem]:
    """The problems that a part of the look finds; that it met what cannot be read is one."""
    try:
        yield from part()
    except UNREADABLE as error:
        yield AuditProblem(
            0, "A part of what the record vouches for cannot be read: {reason}.", {"reason": _reason(error)}
        )


def shape_faults(connection: Connection) -> Iterator[AuditProblem]:
    """What is wrong with the file, its guards and its tables."""
    for (said,) in connection.exec_driver_sql(f"PRAGMA integrity_check({_MOST_TOLD})"):
        if said != "ok":
            params = {"reason": str(said)[:200]}
            yield AuditProblem(0, "The file of the database is damaged: {reason}.", params)
    yield from _guard_faults(connection)
    for name in _WATCHED:
        if not _is_as_made(connection, tables.metadata.tables[name]):
            yield AuditProblem(0, "The table {table} is not as this program made it.", {"table": name})


def _guard_faults(connection: Connection) -> Iterator[AuditProblem]:
    found = connection.exec_driver_sql("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'")
    there = {row.name: (row.tbl_name, " ".join(row.sql.split())) for row in found}
    for name, made in sorted(GUARDS.items()):
        if there.pop(name, None) != made:
            params = {"name": name, "table": made[0]}
            yield AuditProblem(0, "The guard {name} of the table {table} was removed.", params)
    for name, (table, _) in sorted(there.items()):
        params = {"name": name, "table": table}
        yield AuditProblem(0, "This program made no trigger {name} of the table {table}.", params)


def _is_as_made(connection: Connection, table: Table) -> bool:
    """Whether it is a table, with its columns, its key, and what must be unique."""
    kind = connection.exec_driver_sql("SELECT type FROM sqlite_master WHERE name = ?", (table.name,)).scalar()
    rows = list(connection.exec_driver_sql("SELECT name, pk FROM pragma_table_info(?)", (table.name,)))
    key = [name for name, place in sorted(rows, key=lambda row: row.pk) if place]
    unique = {
        frozenset(connection.exec_driver_sql("SELECT name FROM pragma_index_info(?)", (index,)).scalars())
        for (index,) in connection.exec_driver_sql(
            'SELECT name FROM pragma_index_list(?) WHERE "unique" AND NOT partial', (table.name,)
        )
    }
    wanted = {
        frozenset(column.name for column in one.columns)
        for one in table.constraints
        if isinstance(one, UniqueConstraint)
    }
    return (
        kind == "table"
        and {name for name, _ in rows} == set(table.columns.keys())
        and key == [column.name for column in table.primary_key]
        and wanted <= unique
    )


def _reason(error: BaseException) -> str:
    """What met it; the words of rows stay where they are."""
    if isinstance(error, DBAPIError):
        return str(error.orig).partition(" with text")[0]
    return str(error) if isinstance(error, UserError) else type(error).__name__
