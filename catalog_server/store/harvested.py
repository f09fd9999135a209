"""Taking over a page of a child's change feed, whole, with its checkpoint, in the caller's transaction
(4.4.2).

Nothing lost and nothing twice: a record is renewed only by a later change of its origin (epoch, then
sequence); own records are never touched; what was withdrawn comes back only by a later change.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field

import sqlalchemy as sa

from catalog_client.schema.document import digest
from catalog_client.schema.wire import ChangeEnd, ChangeRow
from catalog_server.store import changes, served
from catalog_server.store.database import as_utc, utc_now
from catalog_server.store.tables import checkpoint, resource, served_record, tombstone

#: why a document is not taken over, or "" when it is
Examine = Callable[[ChangeRow], str]


@dataclass(slots=True)
class Applied:
    """What a page did; `refused` are (identifier, reason) pairs."""

    put: int = 0
    withdrawn: int = 0
    skipped: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)


def position(connection: sa.Connection, source: str) -> tuple[str, int, bool]:
    """(epoch, sequence, whether the epoch was read to its end) of a child; ("", 0, False) at first."""
    row = connection.execute(sa.select(checkpoint).where(checkpoint.c.source == source)).mappings().first()
    return ("", 0, False) if row is None else (row["epoch"], row["seq"], bool(row["complete"]))


def restart(connection: sa.Connection, source: str, epoch: str) -> None:
    """Read a child from the beginning: its epoch changed."""
    _set_position(connection, source, epoch, 0, complete=False)


def apply_page(
    connection: sa.Connection, self_node: str, rows: Sequence[ChangeRow], end: ChangeEnd, examine: Examine
) -> Applied:
    """Take a page over.  At the end of a new epoch, copies that the child no longer has are dropped."""
    done = Applied()
    _, before, complete = position(connection, end.node_id)
    for row in rows:
        if row.seq <= before or row.origin_node == self_node:
            done.skipped += 1
        elif row.op == "put":
            _put(connection, row, end, examine, done)
        else:
            _withdraw(connection, row, end, done)
    reached = end.next >= end.high_water
    if reached and not complete:
        _drop_unseen(connection, end, done)
    _set_position(connection, end.node_id, end.epoch, max(before, end.next), complete=complete or reached)
    return done


def _put(connection: sa.Connection, row: ChangeRow, end: ChangeEnd, examine: Examine, done: Applied) -> None:
    existing, buried = _existing(connection, row.oid), _buried(connection, row.oid)
    if existing is not None and (existing["source"] == "" or not _later(row, existing)):
        _seen(connection, row, existing, end)
        done.skipped += 1
        return
    if _is_foreign(connection, row, existing, buried):
        done.refused.append((row.oid, "origin"))  # an identifier belongs to the node that gave it
        return
    if buried is not None and not _later(row, buried):
        done.skipped += 1
        return
    assert (
        row.document is not None
    )  # the caller's `examine` has the schema's word for it; see federation.parse_page
    reason = examine(row) or ("checksum" if digest(row.document) != row.sha256 else "")
    if reason:
        done.refused.append((row.oid, reason))
        return
    origin = served.Origin(
        row.origin_node, str(row.origin_tier), row.origin_epoch, row.origin_seq, end.node_id, end.epoch
    )
    same = existing is not None and existing["sha256"] == row.sha256 and existing["version"] == row.version
    # a child whose clock is ahead does not stand above all others until then
    published_at = min(as_utc(row.published_at), utc_now())
    served.put(
        connection, row.oid, row.version, row.document, row.sha256, row.origin_area, published_at, origin
    )
    connection.execute(sa.delete(tombstone).where(tombstone.c.oid == row.oid))
    if same:  # only its stamp is new: consumers need not hear of it
        done.skipped += 1
        return
    changes.append(connection, row.oid, "put", row.origin_area, origin)
    done.put += 1


def _withdraw(connection: sa.Connection, row: ChangeRow, end: ChangeEnd, done: Applied) -> None:
    existing, buried = _existing(connection, row.oid), _buried(connection, row.oid)
    own = existing is not None and existing["source"] == ""
    stale = any(known is not None and _later(known, row) for known in (existing, buried))
    foreign_drop = row.op == "drop" and existing is not None and existing["source"] != end.node_id
    if own or stale or foreign_drop or _is_foreign(connection, row, existing, buried):
        done.skipped += 1
        return
    origin = served.Origin(
        row.origin_node, str(row.origin_tier), row.origin_epoch, row.origin_seq, end.node_id, end.epoch
    )
    if row.op == "withdraw":
        _bury(connection, row)
    if existing is None:
        done.skipped += 1
        return
    served.remove(connection, row.oid)
    changes.append(connection, row.oid, row.op, row.origin_area, origin)
    done.withdrawn += 1


def _bury(connection: sa.Connection, row: ChangeRow) -> None:
    connection.execute(sa.delete(tombstone).where(tombstone.c.oid == row.oid))
    connection.execute(
        sa.insert(tombstone).values(
            oid=row.oid,
            origin_node=row.origin_node,
            origin_epoch=row.origin_epoch,
            origin_seq=row.origin_seq,
            at=utc_now(),
        )
    )


def _buried(connection: sa.Connection, oid: str) -> sa.RowMapping | None:
    return connection.execute(sa.select(tombstone).where(tombstone.c.oid == oid)).mappings().first()


def _is_foreign(
    connection: sa.Connection, row: ChangeRow, existing: sa.RowMapping | None, buried: sa.RowMapping | None
) -> bool:
    """Whether an identifier is another origin's: of what is served, of what was withdrawn, or our own."""
    # a tombstone of before the origin was kept there names none
    owners = {known["origin_node"] for known in (existing, buried) if known is not None} - {""}
    if owners - {row.origin_node}:
        return True
    return connection.execute(sa.select(resource.c.oid).where(resource.c.oid == row.oid)).first() is not None


def _drop_unseen(connection: sa.Connection, end: ChangeEnd, done: Applied) -> None:
    condition = sa.and_(served_record.c.source == end.node_id, served_record.c.source_epoch != end.epoch)
    done.withdrawn += _drop(connection, condition)


def _drop(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> int:
    rows = list(connection.execute(sa.select(served_record).where(condition)).mappings())
    for row in rows:
        origin = served.Origin(
            row["origin_node"],
            row["origin_tier"],
            row["origin_epoch"],
            row["origin_seq"],
            row["source"],
            row["source_epoch"],
        )
        served.remove(connection, row["oid"])
        changes.append(connection, row["oid"], "drop", row["area_code"], origin)
    return len(rows)


def sources(connection: sa.Connection) -> dict[str, int]:
    """Child → how many of its records are held here."""
    statement = (
        sa.select(served_record.c.source, sa.func.count())
        .where(served_record.c.source != "")
        .group_by(served_record.c.source)
    )
    return {source: int(amount) for source, amount in connection.execute(statement)}


def comes_by(connection: sa.Connection, origin: str, sources: Set[str]) -> bool:
    """Whether records of a node are held that came by one of some children."""
    condition = sa.and_(served_record.c.origin_node == origin, served_record.c.source.in_(sorted(sources)))
    return connection.execute(sa.select(served_record.c.id).where(condition).limit(1)).first() is not None


def forget(connection: sa.Connection, source: str) -> int:
    """Drop the copies of a child that is gone for good; how many.  Should it come back, it is read from its
    beginning.
    """
    if not source:
        return 0
    connection.execute(sa.delete(checkpoint).where(checkpoint.c.source == source))
    return _drop(connection, served_record.c.source == source)


def _existing(connection: sa.Connection, oid: str) -> sa.RowMapping | None:
    return connection.execute(sa.select(served_record).where(served_record.c.oid == oid)).mappings().first()


def _seen(connection: sa.Connection, row: ChangeRow, existing: sa.RowMapping, end: ChangeEnd) -> None:
    """The child still has it.  The same change of the same origin also makes the copy this child's: the one
    it came by before is not read any more, or is not the origin itself.
    """
    same = (existing["origin_node"], _stamp(existing)) == (row.origin_node, _stamp(row))
    adopted = existing["source"] != "" and same
    if adopted or existing["source"] == end.node_id:
        known = (existing["source"], existing["source_epoch"])
        if known != (end.node_id, end.epoch):
            connection.execute(
                sa.update(served_record)
                .where(served_record.c.id == existing["id"])
                .values(source=end.node_id, source_epoch=end.epoch)
            )


def _stamp(row: ChangeRow | sa.RowMapping) -> tuple[str, int]:
    return (
        (row.origin_epoch, row.origin_seq)
        if isinstance(row, ChangeRow)
        else (row["origin_epoch"], row["origin_seq"])
    )


def _later(row: ChangeRow | sa.RowMapping, than: ChangeRow | sa.RowMapping) -> bool:
    return _stamp(row) > _stamp(than)


def _set_position(connection: sa.Connection, source: str, epoch: str, seq: int, *, complete: bool) -> None:
    connection.execute(sa.delete(checkpoint).where(checkpoint.c.source == source))
    connection.execute(
        sa.insert(checkpoint).values(source=source, epoch=epoch, seq=seq, complete=int(complete))
    )
