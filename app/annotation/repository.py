"""How marks are kept; `tx.get(MarkStateRepository)`."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, delete, insert, select

from app.annotation.tables import mark_state as _state
from app.domain.measurement import MarkState


class MarkStateRepository:
    """States by study and tracking UID."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def of(self, study_uid: str) -> dict[str, MarkState]:
        """Those of a study."""
        wanted = select(_state).where(_state.c.study_uid == study_uid)
        return {
            row.tracking_uid: MarkState(row.locked, row.hidden, row.follows)
            for row in self._db.execute(wanted)
        }

    def put(self, study_uid: str, states: Mapping[str, MarkState]) -> None:
        """Keep these, and no others, of a study."""
        self._db.execute(delete(_state).where(_state.c.study_uid == study_uid))
        rows = [
            {
                "study_uid": study_uid,
                "tracking_uid": uid,
                "locked": one.locked,
                "hidden": one.hidden,
                "follows": one.follows,
            }
            for uid, one in states.items()
        ]
        if rows:
            self._db.execute(insert(_state), rows)
