"""Full text over tokens made by `catalog_client.schema.text`: the only module that knows the database's own
index.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from catalog_client.schema.text import Term, index_tokens

#: hidden columns of the index: its name as a column takes the query, its row id is the record's
_index = sa.table("served_fts", sa.column("rowid", sa.Integer), sa.column("served_fts", sa.Text))
#: a word in the title weighs as four in the body
_BEST_FIRST: sa.ColumnElement[float] = sa.literal_column("bm25(served_fts, 4.0, 1.0)")


def put(connection: sa.Connection, record_id: int, title: str, body: str) -> None:
    """Index a record."""
    row = {"id": record_id, "title": " ".join(index_tokens(title)), "body": " ".join(index_tokens(body))}
    connection.execute(sa.text("INSERT INTO served_fts(rowid, title, body) VALUES (:id, :title, :body)"), row)


def remove(connection: sa.Connection, record_id: int) -> None:
    """Forget a record."""
    connection.execute(sa.text("DELETE FROM served_fts WHERE rowid = :id"), {"id": record_id})


def condition(record_id: sa.ColumnElement[int], terms: Sequence[Term]) -> sa.ColumnElement[bool]:
    """Records that have all terms."""
    return record_id.in_(sa.select(_index.c.rowid).where(_index.c.served_fts.op("MATCH")(_expression(terms))))


def by_relevance(
    statement: sa.Select[Any],
    record_id: sa.ColumnElement[int],
    terms: Sequence[Term],
    then: Sequence[sa.ColumnElement[Any]],
) -> sa.Select[Any]:
    """The statement with its rows best first."""
    joined = statement.join(_index, _index.c.rowid == record_id).where(
        _index.c.served_fts.op("MATCH")(_expression(terms))
    )
    return joined.order_by(_BEST_FIRST, *then)


def _expression(terms: Sequence[Term]) -> str:
    # tokens are ASCII letters and digits only (see text.py), so quoting is enough
    return " AND ".join('"' + " ".join(term.tokens) + '"' + ("*" if term.prefix else "") for term in terms)
