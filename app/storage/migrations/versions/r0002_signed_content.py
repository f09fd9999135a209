"""What signatures cover, stored beside them; of reports signed before, rebuilt here once.

A report signed before has only its document.  Its signed bytes are written from it in form 1, which never
changes, and kept where they have the digest that was signed; else the reason is kept, and the report does not
verify.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from alembic import op
from sqlalchemy import Connection, text

from app.domain.signed_forms import FORM_1, NotRebuilt, SignedContent

revision = "0002"
down_revision = "0001"

_TABLE = """
CREATE TABLE signed_content (
    digest_sha256 TEXT NOT NULL,
    report_id TEXT NOT NULL,
    form TEXT NOT NULL,
    content BLOB,
    not_rebuilt TEXT DEFAULT '' NOT NULL,
    PRIMARY KEY (digest_sha256)
)
"""
_GUARDS = (
    "CREATE TRIGGER signed_content_no_update BEFORE UPDATE ON signed_content "
    "BEGIN SELECT RAISE(ABORT, 'what was signed is never changed'); END",
    "CREATE TRIGGER signed_content_no_delete BEFORE DELETE ON signed_content "
    "BEGIN SELECT RAISE(ABORT, 'what was signed is never removed'); END",
)
_ROWS = (
    "SELECT report_id, document, signatures FROM report_frozen "
    "UNION ALL SELECT report_id, document, '[]' FROM report WHERE state NOT IN ('draft', 'returned')"
)
_KEEP = text(
    "INSERT INTO signed_content (digest_sha256, report_id, form, content, not_rebuilt) "
    "VALUES (:digest, :report_id, :form, :content, :not_rebuilt)"
)


def upgrade() -> None:
    """Create the table and fill it from the reports that are signed."""
    op.execute(_TABLE)
    _fill(op.get_bind())
    for guard in _GUARDS:
        op.execute(guard)


def _fill(connection: Connection) -> None:
    signed: dict[str, set[str]] = defaultdict(set)  # digests that the signatures of a report name
    rebuilt: dict[str, list[SignedContent | None]] = defaultdict(list)  # from each of its documents
    for row in connection.execute(text(_ROWS)):
        document = _tree(row.document)
        rebuilt[row.report_id].append(_rebuilt(document))
        given = [*_list(_tree(row.signatures)), *_list(_member(document, "signatures"))]
        signed[row.report_id].update(str(_member(one, "digest_sha256")) for one in given)
    kept = set[str]()
    for report_id, digests in signed.items():
        for digest in sorted(digests - kept):
            connection.execute(_KEEP, _values(report_id, digest, rebuilt[report_id]))
        kept |= digests


def _values(report_id: str, digest: str, rebuilt: list[SignedContent | None]) -> dict[str, Any]:
    content = next((c.content for c in rebuilt if c is not None and c.digest_sha256 == digest), None)
    why = NotRebuilt.UNREADABLE if None in rebuilt else NotRebuilt.DIFFERS
    return {
        "digest": digest,
        "report_id": report_id,
        "form": FORM_1.name,
        "content": content,
        "not_rebuilt": "" if content is not None else str(why),
    }


def _rebuilt(document: Any) -> SignedContent | None:
    try:
        return FORM_1.write(document, 1)
    except (ValueError, LookupError, TypeError, AttributeError):
        return None


def _tree(stored: str) -> Any:
    try:
        return json.loads(stored)
    except ValueError:
        return None


def _member(tree: Any, name: str) -> Any:
    return tree.get(name) if isinstance(tree, dict) else None


def _list(tree: Any) -> list[Any]:
    return tree if isinstance(tree, list) else []
