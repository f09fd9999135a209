"""Identifiers: tails under each arc, counted up in one statement, never given twice (DB13/T 4.8.2c, 4.9.3)."""

from __future__ import annotations

import sqlalchemy as sa

from catalog_client.schema.oid import ResourceOid, join
from catalog_server.domain.areas import province_arc
from catalog_server.refusals import Refusal
from catalog_server.store.tables import oid_arc

#: tails of one node under one arc; the node's place in the province stands above them, so nodes cut off never collide
TAILS_PER_NODE = 1_000_000


def allocate(connection: sa.Connection, root: str, area_code: str, category_code: str) -> ResourceOid:
    """The next identifier of a category at a node.

    The tail is ``place × 1,000,000 + count`` with the last four digits of the node's area code as place: 130608 gives
    608000001, 608000002 …
    """
    category, subject, details = (int(part) for part in category_code.split("."))
    province = province_arc(area_code)
    arc = join(root, province, category, subject, details)
    connection.execute(sa.text("INSERT INTO oid_arc(arc, last_tail) VALUES (:arc, 0) ON CONFLICT(arc) DO NOTHING"), {"arc": arc})
    statement = sa.update(oid_arc).where(oid_arc.c.arc == arc).values(last_tail=oid_arc.c.last_tail + 1).returning(oid_arc.c.last_tail)
    count = int(connection.execute(statement).scalar_one())
    if count >= TAILS_PER_NODE:
        raise Refusal(
            507, "tails-used-up", f"弧 {arc} 在本节点的后段码已用完（上限 {TAILS_PER_NODE - 1}）。",
            f"The tails of this node under {arc} are used up (limit {TAILS_PER_NODE - 1}).",
        )  # fmt: skip
    return ResourceOid(root, province, category, subject, details, int(area_code[2:]) * TAILS_PER_NODE + count)
