"""Nodes below that announced themselves, and which of them are read."""

from __future__ import annotations

import sqlalchemy as sa

from catalog_client.schema.wire import Announcement
from catalog_server.store.database import utc_now
from catalog_server.store.tables import child

WAITING, ADMITTED = "waiting", "admitted"


def get(connection: sa.Connection, node_id: str) -> sa.RowMapping | None:
    """What is known of a node."""
    return connection.execute(sa.select(child).where(child.c.node_id == node_id)).mappings().first()


def put(connection: sa.Connection, told: Announcement, state: str) -> None:
    """Keep an announcement."""
    connection.execute(sa.delete(child).where(child.c.node_id == told.node_id))
    row = {"node_id": told.node_id, "url": told.url, "tier": str(told.tier), "area_code": told.area_code}
    connection.execute(sa.insert(child).values(**row, state=state, at=utc_now()))


def count(connection: sa.Connection, state: str) -> int:
    """How many are in a state."""
    return int(
        connection.execute(
            sa.select(sa.func.count()).select_from(child).where(child.c.state == state)
        ).scalar_one()
    )


def rows(connection: sa.Connection) -> list[sa.RowMapping]:
    """All, the first announced first."""
    return list(connection.execute(sa.select(child).order_by(child.c.at, child.c.node_id)).mappings())


def admitted(connection: sa.Connection) -> dict[str, sa.RowMapping]:
    """Address → the node that is expected there."""
    return {row["url"]: row for row in rows(connection) if row["state"] == ADMITTED}


def newest_at(connection: sa.Connection, url: str) -> str:
    """The node that announced an address last; "" where none did."""
    found = [row["node_id"] for row in rows(connection) if row["url"] == url]
    return found[-1] if found else ""


def hold_at(connection: sa.Connection, url: str) -> int:
    """Hold back every node that announced an address; how many."""
    return connection.execute(sa.update(child).where(child.c.url == url).values(state=WAITING)).rowcount


def decide(connection: sa.Connection, node_id: str, state: str) -> bool:
    """Admit or hold back a node; whether it is known.  Who is admitted takes the place of others at its
    address.
    """
    row = get(connection, node_id)
    if row is None:
        return False
    if state == ADMITTED:
        connection.execute(sa.delete(child).where(child.c.url == row["url"], child.c.node_id != node_id))
    connection.execute(sa.update(child).where(child.c.node_id == node_id).values(state=state))
    return True
