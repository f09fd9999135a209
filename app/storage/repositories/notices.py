"""What imports did not take, or took with a doubt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, insert, select

from app.domain.study import Notice
from app.storage import tables

_notice = tables.notice


class NoticeRepository:
    """`tx.notices`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(self, import_id: str, notices: Sequence[Notice]) -> None:
        """Keep an import's notices."""
        if not notices:
            return
        now = datetime.now(UTC)
        rows = [
            {"import_id": import_id, "at": now, "reason": n.reason, "template": n.template, "params": n.params, "path": n.path}
            for n in notices
        ]
        self._db.execute(insert(_notice), rows)

    def recent(self, limit: int) -> list[Notice]:
        """The newest first."""
        wanted = select(_notice).order_by(_notice.c.notice_id.desc()).limit(limit)
        return [Notice(r.reason, r.template, dict(r.params), r.path) for r in self._db.execute(wanted)]

    def of_import(self, import_id: str) -> list[Notice]:
        """One import's, in their order."""
        wanted = select(_notice).where(_notice.c.import_id == import_id).order_by(_notice.c.notice_id)
        return [Notice(r.reason, r.template, dict(r.params), r.path) for r in self._db.execute(wanted)]
