"""Stored views of the worklist and corrections of identity; `tx.get(…)`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert

from app.archive.tables import identity_change as _change
from app.archive.tables import worklist_view as _view
from app.domain.person import Actor


class ViewRepository:
    """Documents by owner and name; the name is empty for the list as it was left."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def of(self, owner: str) -> dict[str, str]:
        """Documents of a person by their names, in the order of these."""
        wanted = select(_view.c.name, _view.c.document).where(_view.c.owner == owner).order_by(_view.c.name)
        return {row.name: row.document for row in self._db.execute(wanted)}

    def put(self, owner: str, name: str, document: str) -> None:
        """Store a document in place of the one of this name."""
        values = {"document": document, "saved_at": datetime.now(UTC)}
        row = upsert(_view).values(owner=owner, name=name, **values)
        self._db.execute(row.on_conflict_do_update(index_elements=[_view.c.owner, _view.c.name], set_=values))

    def remove(self, owner: str, name: str) -> bool:
        """Take a document away; False where there was none."""
        wanted = delete(_view).where(_view.c.owner == owner, _view.c.name == name)
        return self._db.execute(wanted).rowcount > 0


class IdentityChanges:
    """Who the patient of a study was said to be, change by change."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(
        self, actor: Actor, study_uid: str, reason: str, before: dict[str, Any], after: dict[str, Any]
    ) -> None:
        """Keep a change with who made it and why."""
        self._db.execute(
            insert(_change).values(
                study_uid=study_uid,
                at=datetime.now(UTC),
                person_id=actor.person_id,
                person_name=actor.name,
                reason=reason,
                before=before,
                after=after,
            )
        )

    def of_study(self, study_uid: str) -> list[dict[str, Any]]:
        """The changes of a study, the first one first."""
        wanted = select(_change).where(_change.c.study_uid == study_uid).order_by(_change.c.change_id)
        return [dict(row._mapping) for row in self._db.execute(wanted)]
