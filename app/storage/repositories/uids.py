"""Under which keys the archive has what files call by one UID.

A UID is its own key.  Where files use one UID for two things, the later ones have keys of their own, and
their rows name the UID of the files in `dicom_uid`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, func, or_, select

from app.storage import tables

_CHUNK = 400


@dataclass(frozen=True, slots=True)
class KnownUid:
    """A row that has a UID: its key, and what tells it from others of the same UID."""

    uid: str
    key: str
    owner: tuple[str, str]


class UidRepository:
    """`tx.uids`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def studies(self, uids: Iterable[str]) -> list[KnownUid]:
        """Studies of these UIDs; their owners are (Patient ID, issuer).  A study whose patient was corrected
        has two: as its files have them, and as objects that are made of it here do.
        """
        table, asked = tables.study, list(uids)
        here = (table.c.patient_id, table.c.patient_issuer)
        in_files = (
            func.coalesce(table.c.file_patient_id, table.c.patient_id),
            func.coalesce(table.c.file_patient_issuer, table.c.patient_issuer),
        )
        found = self._known(table, table.c.study_uid, here, asked)
        return list(dict.fromkeys([*found, *self._known(table, table.c.study_uid, in_files, asked)]))

    def series(self, uids: Iterable[str]) -> list[KnownUid]:
        """Series; their owners are (key of the study, "")."""
        table = tables.series
        return self._known(table, table.c.series_uid, (table.c.study_uid,), uids)

    def objects(self, uids: Iterable[str]) -> list[KnownUid]:
        """Objects; their owners are (SHA-256, "")."""
        table = tables.instance
        return self._known(table, table.c.sop_uid, (table.c.sha256,), uids)

    def _known(self, table: Table, key: Any, owner: tuple[Any, ...], uids: Iterable[str]) -> list[KnownUid]:
        found = []
        for part in _chunks(sorted(set(uids))):
            wanted = select(key, table.c.dicom_uid, *owner).where(
                or_(key.in_(part), table.c.dicom_uid.in_(part))
            )
            for row in self._db.execute(wanted):
                own = tuple(str(value) for value in row[2:])
                found.append(KnownUid(row[1] or row[0], row[0], (own[0], own[1] if len(own) > 1 else "")))
        return found


def _chunks(uids: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(uids), _CHUNK):
        yield uids[start : start + _CHUNK]
