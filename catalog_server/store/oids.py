"""Identifiers: tails under each arc, counted up in one statement, never given twice (DB13/T 4.8.2c,
4.9.3).
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa

from catalog_client.schema.oid import ResourceOid, join
from catalog_server.domain.areas import province_arc
from catalog_server.domain.origins import TAILS_PER_NODE
from catalog_server.refusals import Refusal
from catalog_server.store.tables import oid_arc

#: a count is never below the seconds since this moment: what a lost database gave is behind one that is set
#: up later
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def allocate(
    connection: sa.Connection, root: str, area_code: str, category_code: str, now: datetime | None = None
) -> ResourceOid:
    """The next identifier of a category at a node.

    The tail is ``place × 1,000,000,000 + count`` with the last four digits of the node's area code as place.
    The count is one more than the last, and at least the seconds since `BEGAN`. So a node that lost its
    database, or was restored from a backup, gives none of the numbers again that it gave after the backup,
    unless it had given more than one a second, or its clock was set back.
    """
    category, subject, details = (int(part) for part in category_code.split("."))
    province = province_arc(area_code)
    arc = join(root, province, category, subject, details)
    connection.execute(
        sa.text("INSERT INTO oid_arc(arc, last_tail) VALUES (:arc, 0) ON CONFLICT(arc) DO NOTHING"),
        {"arc": arc},
    )
    following, floor = oid_arc.c.last_tail + 1, int(((now or datetime.now(UTC)) - BEGAN).total_seconds())
    statement = (
        sa.update(oid_arc)
        .where(oid_arc.c.arc == arc)
        .values(last_tail=sa.case((following > floor, following), else_=floor))
    )
    count = int(connection.execute(statement.returning(oid_arc.c.last_tail)).scalar_one())
    if count >= TAILS_PER_NODE:
        raise Refusal(
            507,
            "tails-used-up",
            f"弧 {arc} 在本节点的后段码已用完（上限 {TAILS_PER_NODE - 1}），或本机时钟有误。",
            f"The tails of this node under {arc} are used up (limit {TAILS_PER_NODE - 1}), or this "
            f"machine's clock is wrong.",
        )
    return ResourceOid(
        root, province, category, subject, details, int(area_code[2:]) * TAILS_PER_NODE + count
    )
