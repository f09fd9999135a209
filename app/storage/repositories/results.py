"""Results of methods and what people said of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from app.domain.provenance import ResultState, ReviewState
from app.errors import NotFound
from app.storage import tables
from app.storage.documents import RESULT, from_json, to_json
from app.storage.repositories.objects import note_use

_result = tables.result


class ResultRepository:
    """`tx.results`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(self, state: ResultState, *, objects: Sequence[str] = ()) -> None:
        """File a result; `objects` are addresses that no instance row names."""
        self._db.execute(
            insert(_result).values(
                result_id=state.result_id,
                study_uid=state.study_uid,
                source_series_uid=state.source_series_uid,
                series_uid=state.series_uid,
                kind=state.kind,
                review=str(state.review),
                made_at=state.made_at,
                document=to_json(RESULT, state),
            )
        )
        note_use(self._db, f"result:{state.result_id}", objects)

    def get(self, result_id: str) -> ResultState | None:
        """One result."""
        return _parsed(self._db.scalar(select(_result.c.document).where(_result.c.result_id == result_id)))

    def by_series(self, series_uid: str) -> ResultState | None:
        """The result whose objects are in a series."""
        return _parsed(self._db.scalar(select(_result.c.document).where(_result.c.series_uid == series_uid)))

    def of_study(self, study_uid: str) -> list[ResultState]:
        """Results of a study, oldest first."""
        wanted = (
            select(_result.c.document)
            .where(_result.c.study_uid == study_uid)
            .order_by(_result.c.made_at, _result.c.result_id)
        )
        return [found for text in self._db.scalars(wanted) if (found := _parsed(text)) is not None]

    def set_review(self, result_id: str, review: ReviewState, person: str, at: datetime) -> None:
        """What a person said of a result."""
        stored = self.get(result_id)
        if stored is None:
            raise NotFound("There is no result {name}.", name=result_id)
        said = replace(stored, review=review, reviewed_by=person, reviewed_at=at)
        self._db.execute(
            update(_result)
            .where(_result.c.result_id == result_id)
            .values(review=str(review), document=to_json(RESULT, said))
        )


def _parsed(text: str | None) -> ResultState | None:
    return None if text is None else from_json(RESULT, text)
