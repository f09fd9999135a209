"""What the headers of objects say, as documents that storage does not look into."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert as upsert

from app.storage import tables

_facts, _instance = tables.object_facts, tables.instance


@dataclass(frozen=True, slots=True)
class StoredFacts:
    """Documents of one object: `form` says how they are written, `source` is what objects made from it take
    from it.
    """

    sop_uid: str
    form: int
    facts: bytes
    source: bytes


class FactsRepository:
    """`tx.facts`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def of_series(self, series_uid: str) -> dict[str, StoredFacts]:
        """By SOP UID; objects that were imported by an earlier version have none."""
        wanted = (
            select(_facts)
            .join(_instance, _instance.c.sop_uid == _facts.c.sop_uid)
            .where(_instance.c.series_uid == series_uid)
        )
        return {
            row.sop_uid: StoredFacts(row.sop_uid, row.form, row.facts, row.source)
            for row in self._db.execute(wanted)
        }

    def keep(self, found: Iterable[StoredFacts]) -> None:
        """Store, in place of what was read in another form."""
        rows = [
            {"sop_uid": one.sop_uid, "form": one.form, "facts": one.facts, "source": one.source}
            for one in found
        ]
        if rows:
            row = upsert(_facts)
            changed = {name: row.excluded[name] for name in ("form", "facts", "source")}
            self._db.execute(row.on_conflict_do_update(index_elements=[_facts.c.sop_uid], set_=changed), rows)
