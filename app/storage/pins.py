"""Rows whose present values the audit record names, so that a change behind the program's back is found.

An act that writes such a row keeps a digest of it in its audit event (``details.pins``); the newest event
that names a row says what the row must hold.  Digests are over the values as SQLite keeps them, type and all.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

#: member of an audit event's details that holds the digests
PINS = "pins"


@dataclass(frozen=True, slots=True)
class PinnedRows:
    """The rows of a table that are pinned.

    `key` is an SQL expression that gives a row its name, `values` are those that must stay as the last act
    left them.
    """

    table: str
    key: str
    values: tuple[str, ...]

    def digest(self, connection: Connection, key: str) -> str:
        """SHA-256, as hexadecimal, of a row's present values; empty where there is no such row."""
        found = connection.exec_driver_sql(f"{self._query} WHERE {self.key} = ?", (key,)).first()
        return "" if found is None else _digest(found[1:])

    def all(self, connection: Connection) -> Iterator[tuple[str, str]]:
        """(key, digest) of every row."""
        for row in connection.execution_options(yield_per=1000).exec_driver_sql(self._query):
            yield str(row[0]), _digest(row[1:])

    def name(self, key: str) -> str:
        """How audit events name a row."""
        return f"{self.table}/{key}"

    @property
    def _query(self) -> str:
        return f"SELECT {', '.join((self.key, *self.values))} FROM {self.table}"  # noqa: S608  our names


PERSON = PinnedRows(
    "person",
    "person_id",
    (
        "person_id",
        "login",
        "name",
        "roles",
        "active",
        "secret_hash",
        "signing_public",
        "signing_private",
        "password_given",
    ),
)
CERTIFICATE = PinnedRows("certificate", "fingerprint", ("person_id", "issued_at", "der", "revoked_at"))
SETTING = PinnedRows("setting", "theme", ("document",))
RESULT = PinnedRows("result", "result_id", ("study_uid", "series_uid", "review", "document"))
#: a draft is edited between its acts: only where it stands is pinned, its text from signing on
REPORT = PinnedRows(
    "report",
    "report_id",
    ("study_uid", "state", "version", "CASE WHEN state IN ('draft', 'returned') THEN '' ELSE document END"),
)
#: editions that were signed, under report, version and state
EDITION = PinnedRows(
    "report_frozen", "report_id || '/' || version || '/' || state", ("document", "signatures")
)
#: what signatures cover
CONTENT = PinnedRows("signed_content", "digest_sha256", ("report_id", "form", "content", "not_rebuilt"))

PINNED = (PERSON, CERTIFICATE, SETTING, RESULT, REPORT, EDITION, CONTENT)


def pins_of(details: str) -> Mapping[str, str]:
    """The digests that an audit event names, by name of the row."""
    if f'"{PINS}"' not in details:
        return {}
    try:
        found = json.loads(details).get(PINS, {})
    except (ValueError, AttributeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _digest(values: tuple[Any, ...]) -> str:
    plain = [f"x{v.hex()}" if isinstance(v, bytes) else v for v in values]
    kinds = [type(v).__name__ for v in values]
    text = json.dumps([kinds, plain], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
