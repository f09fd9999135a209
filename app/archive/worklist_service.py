"""The worklist: what it shows, and what may be done with its studies."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.archive.repository import ViewRepository
from app.archive.settings import WorklistSettings
from app.archive.worklist_views import (
    MOST_FILTERS,
    ListLayout,
    WorklistViews,
    checked_name,
    filter_document,
    layout_document,
    read_filter,
    read_layout,
)
from app.domain.person import Actor
from app.domain.report import ReportState
from app.domain.study import StudyRow
from app.domain.worklist import WorklistCounts, WorklistQuery, WorklistReader
from app.errors import NotFound, Refused
from app.people.rights import READ, require
from app.settings import SettingsStore
from app.storage.database import Database

#: rows that are read together
PAGE = 100
#: studies that are shown before all that fit are counted
FIRST = 200


@dataclass(frozen=True, slots=True)
class ListedPage:
    """Keys of studies in their order, and the rows of some of them.  `whole`: no others fit."""

    keys: array[int]
    rows: dict[int, StudyRow]
    whole: bool = True


class WorklistService:
    """Answers page by page: a list of 100,000 studies is one array of keys."""

    def __init__(self, database: Database, settings: SettingsStore) -> None:
        self._db = database
        self._settings = settings

    def first_page(self, actor: Actor, query: WorklistQuery) -> ListedPage:
        """The first studies that fit, at once."""
        require(actor, READ)
        reader = self._reader(actor)
        with self._db.read() as tx:
            keys = tx.worklist.keys(query, reader, FIRST + 1)
            whole = len(keys) <= FIRST
            return ListedPage(keys[:FIRST], _marked(tx.studies.rows_at(keys[:FIRST]), reader), whole)

    def listed(self, actor: Actor, query: WorklistQuery, changed: Sequence[str] = ()) -> ListedPage:
        """All studies that fit, and the rows of those that have changed, whether they fit or not."""
        require(actor, READ)
        reader = self._reader(actor)
        with self._db.read() as tx:
            rows = _marked(tx.studies.keyed_rows_of(changed), reader)
            return ListedPage(tx.worklist.keys(query, reader), rows)

    def rows(self, actor: Actor, keys: Sequence[int]) -> dict[int, StudyRow]:
        """What is shown of studies."""
        require(actor, READ)
        reader = self._reader(actor)
        with self._db.read() as tx:
            return _marked(tx.studies.rows_at(keys), reader)

    def key(self, actor: Actor, study_uid: str) -> int | None:
        """The key by which the list names a study."""
        require(actor, READ)
        with self._db.read() as tx:
            return tx.worklist.key(study_uid)

    def counts(self, actor: Actor) -> WorklistCounts:
        """How many studies there are of each kind."""
        require(actor, READ)
        reader = self._reader(actor)
        with self._db.read() as tx:
            return tx.worklist.counts(reader)

    # -- how a person has it --------------------------------------------------------------------------------

    def views(self, actor: Actor) -> WorklistViews:
        """The list as the person left it, and the filters that the person saved."""
        require(actor, READ)
        with self._db.read() as tx:
            documents = tx.get(ViewRepository).of(actor.person_id)
        layout = read_layout(documents.pop("", ""))
        filters = {name: read_filter(document) for name, document in documents.items()}
        return WorklistViews(layout, {name: query for name, query in filters.items() if query is not None})

    def keep_layout(self, actor: Actor, layout: ListLayout) -> None:
        """Keep the list as it is now."""
        require(actor, READ)
        with self._db.write() as tx:
            tx.get(ViewRepository).put(actor.person_id, "", layout_document(layout))

    def save_filter(self, actor: Actor, name: str, query: WorklistQuery) -> str:
        """Save what is asked for under a name, in place of the filter that has it; the name as it is kept."""
        require(actor, READ)
        plain = checked_name(name)
        with self._db.write() as tx:
            views = tx.get(ViewRepository)
            there = views.of(actor.person_id).keys() - {""}
            if plain not in there and len(there) >= MOST_FILTERS:
                raise Refused(
                    "You have {found} filters; {limit} are kept at most.",
                    hint="Delete one first.",
                    found=len(there),
                    limit=MOST_FILTERS,
                )
            views.put(actor.person_id, plain, filter_document(query))
        return plain

    def remove_filter(self, actor: Actor, name: str) -> None:
        """Delete a filter of one's own."""
        require(actor, READ)
        with self._db.write() as tx:
            if not name or not tx.get(ViewRepository).remove(actor.person_id, name):
                raise NotFound("You have no filter {name}.", name=name)

    def _reader(self, actor: Actor) -> WorklistReader:
        limits = self._settings.get(WorklistSettings).overdue_after()
        return WorklistReader(actor.person_id, overdue_after=limits)


def _marked(rows: dict[int, StudyRow], reader: WorklistReader) -> dict[int, StudyRow]:
    """The rows, those marked that are overdue for this reader."""
    return {key: replace(row, is_overdue=_is_overdue(row, reader)) for key, row in rows.items()}


def _is_overdue(row: StudyRow, reader: WorklistReader) -> bool:
    came = row.study.imported_at
    waits = row.deleted_at is None and row.report_state != ReportState.FINAL
    return waits and came is not None and came < reader.overdue_before(row.urgency)
