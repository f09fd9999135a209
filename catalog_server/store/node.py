"""What a node remembers of itself: identity, epoch, secret."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from catalog_server.store.tables import node_state

_EPOCH_TIME = "%Y%m%dT%H%M%S%f"


def get(connection: sa.Connection, name: str) -> str:
    """A remembered value."""
    found = connection.execute(sa.select(node_state.c.value).where(node_state.c.name == name)).scalar()
    if found is None:
        raise LookupError(name)
    return str(found)


def prepare(connection: sa.Connection, tier: str, area_code: str) -> None:
    """Give a fresh database its identity; refuse one that belongs to another node."""
    _default(connection, "node_id", f"{tier}-{area_code}-{secrets.token_hex(4)}")
    _default(connection, "secret", secrets.token_hex(32))
    _default(connection, "epoch", new_epoch_name())
    _default(connection, "place", f"{tier} {area_code}")
    found = get(connection, "place")
    if found != f"{tier} {area_code}":
        raise ValueError(f"the database belongs to the node {found!r}, asked for was {tier} {area_code}")


def new_epoch_name(before: str = "") -> str:
    """An epoch later than the one before, whatever the clock says: its name sorts by time."""
    moment = datetime.now(UTC)
    if before:
        last = datetime.strptime(before.partition("-")[0], _EPOCH_TIME).replace(tzinfo=UTC)
        moment = max(moment, last + timedelta(microseconds=1))
    return f"{moment.strftime(_EPOCH_TIME)}-{secrets.token_hex(3)}"


def begin_epoch(connection: sa.Connection) -> str:
    """After a restore from backup: consumers read everything again and drop what is no longer here."""
    name = new_epoch_name(get(connection, "epoch"))
    connection.execute(sa.update(node_state).where(node_state.c.name == "epoch").values(value=name))
    return name


def _default(connection: sa.Connection, name: str, value: str) -> None:
    if connection.execute(sa.select(node_state.c.name).where(node_state.c.name == name)).first() is None:
        connection.execute(sa.insert(node_state).values(name=name, value=value))
