"""What imports did not take, or took with a doubt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, func, insert, select

from app.domain.study import ImportNotices, Notice
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
            {
                "import_id": import_id,
                "at": now,
                "reason": n.reason,
                "template": n.template,
                "params": n.params,
                "path": n.path,
            }
            for n in notices
        ]
        self._db.execute(insert(_notice), rows)

    def any(self) -> bool:
        """Some import has left a notice."""
        return self._db.execute(select(_notice.c.notice_id).limit(1)).first() is not None

    def recent(self, imports: int) -> list[ImportNotices]:
        """Of the newest imports, the newest first; each whole, in the order of its files."""
        newest = (
            select(_notice.c.import_id)
            .group_by(_notice.c.import_id)
            .order_by(func.max(_notice.c.notice_id).desc())
            .limit(imports)
        )
        return [self._of_import(import_id) for import_id in self._db.scalars(newest).all()]

    def _of_import(self, import_id: str) -> ImportNotices:
        wanted = select(_notice).where(_notice.c.import_id == import_id).order_by(_notice.c.notice_id)
        rows = self._db.execute(wanted).all()
        told = tuple(Notice(r.reason, r.template, dict(r.params), r.path) for r in rows)
        return ImportNotices(import_id, rows[-1].at, told)
