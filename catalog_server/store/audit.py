"""Who did what: append-only rows, each bound to the one before by a hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from catalog_server.store.database import utc_now
from catalog_server.store.tables import audit

_FIELDS = ("at", "actor", "action", "object", "outcome", "detail")
_START = "0" * 64


def append(
    connection: sa.Connection,
    actor: str,
    action: str,
    obj: str,
    outcome: str = "done",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """One row, in the transaction of what it tells of.  No values of documents: they may hold what was
    refused.
    """
    prev = (
        connection.execute(sa.select(audit.c.hash).order_by(audit.c.seq.desc()).limit(1)).scalar() or _START
    )
    row = {
        "at": utc_now(),
        "actor": actor,
        "action": action,
        "object": obj,
        "outcome": outcome,
        "detail": json.dumps(detail or {}, ensure_ascii=False, sort_keys=True),
    }
    connection.execute(sa.insert(audit).values(**row, prev_hash=prev, hash=_hash(prev, row)))


def first_broken(connection: sa.Connection) -> int | None:
    """Sequence number of the first row whose hash does not fit; None where the chain holds."""
    prev = _START
    for row in connection.execute(sa.select(audit).order_by(audit.c.seq)).mappings():
        if row["prev_hash"] != prev or row["hash"] != _hash(prev, dict(row)):
            return int(row["seq"])
        prev = row["hash"]
    return None


def _hash(prev: str, row: Mapping[str, Any]) -> str:
    return hashlib.sha256("\x1f".join([prev, *(row[field] for field in _FIELDS)]).encode("utf-8")).hexdigest()
