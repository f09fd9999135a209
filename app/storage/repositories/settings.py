"""Settings by theme."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert as upsert

from app.domain import schema_history
from app.storage import tables
from app.storage.documents import content_of, numbered

_setting = tables.setting


class SettingsRepository:
    """`tx.settings`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def get(self, theme: str) -> dict[str, Any]:
        """Stored values of a theme; empty where none were stored."""
        found = self._db.scalar(select(_setting.c.document).where(_setting.c.theme == theme))
        return {} if found is None else dict(content_of(schema_history.theme(theme), found))

    def set(self, theme: str, document: Mapping[str, Any]) -> None:
        """Store a theme's values."""
        values = {
            "document": numbered(schema_history.theme(theme), dict(document)),
            "changed_at": datetime.now(UTC),
        }
        row = upsert(_setting).values(theme=theme, **values)
        self._db.execute(row.on_conflict_do_update(index_elements=[_setting.c.theme], set_=values))
