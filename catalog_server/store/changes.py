"""The change log: every change of what is served, by sequence; the newest of a record is what a consumer gets
(4.4).
"""

from __future__ import annotations

import json
from typing import Literal

import sqlalchemy as sa

from catalog_client.schema.wire import ChangeRow, Tier
from catalog_server.domain.states import PUBLIC_LEVEL
from catalog_server.store.database import utc_now
from catalog_server.store.served import Origin
from catalog_server.store.tables import change, served_record

Op = Literal["put", "withdraw", "drop"]


def append(connection: sa.Connection, oid: str, op: Op, area_code: str, origin: Origin) -> int:
    """Log a change; earlier ones of the record no longer count.  Returns its sequence number."""
    connection.execute(
        sa.update(change).where(change.c.oid == oid, change.c.superseded.is_(False)).values(superseded=True)
    )
    statement = (
        sa.insert(change)
        .values(
            oid=oid,
            op=op,
            at=utc_now(),
            origin_node=origin.node,
            origin_tier=origin.tier,
            origin_area=area_code,
            origin_epoch=origin.epoch,
            origin_seq=origin.seq,
            superseded=False,
        )
        .returning(change.c.seq)
    )
    return int(connection.execute(statement).scalar_one())


def last_op(connection: sa.Connection, oid: str) -> str:
    """What consumers last heard of a record; "" when nothing."""
    found = connection.execute(
        sa.select(change.c.op).where(change.c.oid == oid, change.c.superseded.is_(False))
    ).scalar()
    return str(found or "")


def high_water(connection: sa.Connection) -> int:
    """The highest sequence number."""
    return int(connection.execute(sa.select(sa.func.coalesce(sa.func.max(change.c.seq), 0))).scalar_one())


def page(connection: sa.Connection, epoch: str, after: int, limit: int) -> list[ChangeRow]:
    """Changes above `after` in sequence; documents above the public level are not in the log and never
    leave.
    """
    statement = (
        sa.select(
            change,
            served_record.c.version,
            served_record.c.sha256,
            served_record.c.published_at,
            served_record.c.document,
        )
        .outerjoin(
            served_record,
            sa.and_(served_record.c.oid == change.c.oid, served_record.c.security_level <= PUBLIC_LEVEL),
        )
        .where(change.c.seq > after, change.c.superseded.is_(False))
        .order_by(change.c.seq)
        .limit(limit)
    )
    return [_row(row, epoch) for row in connection.execute(statement).mappings()]


def _row(row: sa.RowMapping, epoch: str) -> ChangeRow:
    own = row["origin_epoch"] == ""
    put = row["op"] == "put"
    return ChangeRow(
        seq=row["seq"],
        op=row["op"],
        oid=row["oid"],
        at=row["at"],
        origin_node=row["origin_node"],
        origin_tier=Tier(row["origin_tier"]),
        origin_area=row["origin_area"],
        origin_epoch=epoch if own else row["origin_epoch"],
        origin_seq=row["seq"] if own else row["origin_seq"],
        version=row["version"] if put else 0,
        sha256=row["sha256"] if put else "",
        published_at=row["published_at"] if put else "",
        document=json.loads(row["document"]) if put else None,
    )
