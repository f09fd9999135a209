"""The bytes of a study's texts, and how they are read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from app.domain.study import RawField
from app.storage import tables
from app.storage.repositories.studies import StudyRepository
from app.storage.search_text import found_by

_raw, _study, _series = tables.raw_text, tables.study, tables.series


class TextRepository:
    """`tx.texts`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def of_study(self, study_uid: str) -> tuple[RawField, ...]:
        """Bytes of the texts that a character set makes a difference for, of the study and of its series."""
        wanted = select(_raw).where(_raw.c.study_uid == study_uid).order_by(_raw.c.series_uid, _raw.c.name)
        return tuple(
            RawField(row.series_uid, row.name, row.raw, tuple(row.declared))
            for row in self._db.execute(wanted)
        )

    def charset(self, study_uid: str) -> str:
        """The character set (a codec) that a person chose for a study; empty where it is guessed."""
        found = self._db.scalar(select(_study.c.charset).where(_study.c.study_uid == study_uid))
        return found or ""

    def choose_charset(self, study_uid: str, encoding: str) -> None:
        """Remember what a person chose; empty for the guess."""
        self._db.execute(update(_study).where(_study.c.study_uid == study_uid).values(charset=encoding))

    def keep(self, study_uid: str, fields: Iterable[RawField], read: Mapping[tuple[str, str], str]) -> None:
        """Keep the bytes of the texts that are stored; bytes of what was not taken are not kept."""
        stored: dict[str, Mapping[str, Any]] = {}
        for field in fields:
            owner = field.series_uid
            if owner not in stored:
                stored[owner] = self._stored(study_uid, owner)
            if stored[owner].get(field.name) == read.get((owner, field.name)):
                values = {
                    "study_uid": study_uid,
                    "series_uid": owner,
                    "name": field.name,
                    "raw": field.raw,
                    "declared": list(field.declared),
                }
                self._db.execute(upsert(_raw).values(**values).on_conflict_do_nothing())

    def put(self, study_uid: str, read: Mapping[tuple[str, str], str]) -> None:
        """Store the texts as they are read now, and what the study is found by."""
        changed = False
        for owner in {series_uid for series_uid, _ in read}:
            stored = self._stored(study_uid, owner)
            values = {
                name: text for (of, name), text in read.items() if of == owner and stored.get(name) != text
            }
            if values:
                changed = True
                table, key = (
                    (_series, _series.c.series_uid == owner)
                    if owner
                    else (_study, _study.c.study_uid == study_uid)
                )
                self._db.execute(update(table).where(key).values(**values))
        study = StudyRepository(self._db).study(study_uid) if changed else None
        if study is not None:
            self._db.execute(update(_study).where(_study.c.study_uid == study_uid).values(**found_by(study)))

    def _stored(self, study_uid: str, series_uid: str) -> Mapping[str, Any]:
        if series_uid:
            wanted = select(_series).where(
                _series.c.series_uid == series_uid, _series.c.study_uid == study_uid
            )
        else:
            wanted = select(_study).where(_study.c.study_uid == study_uid)
        row = self._db.execute(wanted).first()
        return {} if row is None else dict(row._mapping)
