"""Which stored objects rows name."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert as upsert

from app.storage import tables

_CHUNK = 500


def note_use(connection: Connection, owner: str, addresses: Iterable[str]) -> None:
    """Remember that `owner` (``annotation:…``, ``report:…``, ``result:…``) names these objects.

    Never taken back: histories name them too.
    """
    rows = [{"sha256": sha, "owner": owner} for sha in sorted({a for a in addresses if a})]
    if rows:
        connection.execute(upsert(tables.object_use).on_conflict_do_nothing(), rows)


def known_objects(connection: Connection) -> set[str]:
    """All objects that some row names."""
    found = set(connection.scalars(select(tables.instance.c.sha256)))
    found |= set(
        connection.scalars(
            select(tables.series.c.thumbnail_sha256).where(tables.series.c.thumbnail_sha256.is_not(None))
        )
    )
    return found | set(connection.scalars(select(tables.object_use.c.sha256)))


def known_among(connection: Connection, addresses: Iterable[str]) -> set[str]:
    """Those of `addresses` that some row names; quick, whatever the archive's size."""
    wanted, found = sorted(set(addresses)), set[str]()
    columns = (tables.instance.c.sha256, tables.series.c.thumbnail_sha256, tables.object_use.c.sha256)
    for start in range(0, len(wanted), _CHUNK):
        part = wanted[start : start + _CHUNK]
        for column in columns:
            found |= {sha for sha in connection.scalars(select(column).where(column.in_(part))) if sha}
    return found
