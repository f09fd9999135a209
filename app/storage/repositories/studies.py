"""Studies, series and instances as indexed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, time
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Row,
    Select,
    and_,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.sqlite import insert as upsert

from app.domain.study import (
    FlowRow,
    FlowState,
    FlowStep,
    Instance,
    Notice,
    Series,
    SeriesUid,
    Study,
    StudyFilter,
    StudyRow,
    StudyUid,
)
from app.domain.worklist import Urgency
from app.storage import tables
from app.storage.repositories import objects
from app.storage.repositories.filing import Filing
from app.storage.repositories.study_rows import to_instance, to_series, to_study
from app.storage.search_text import terms

_study, _series, _instance, _flow = tables.study, tables.series, tables.instance, tables.flow
#: SQLite's own key of a study's row: short, and never given to another one, for no row is ever removed
row_key = literal_column("study.rowid", Integer)


class StudyRepository:
    """`tx.studies`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    # -- filing ---------------------------------------------------------------------------------------------

    def add(
        self, study: Study, series: Series, instances: Sequence[Instance], *, imported_at: datetime
    ) -> tuple[int, int, list[Notice]]:
        """File objects of one series: (added, known byte for byte, notices of what contradicts).

        An object whose SOP UID is here with other bytes is not taken, nor is a series that is here under
        another study. Where attributes contradict, what came first stays; what was empty is filled.
        """
        return Filing(self._db, study, series, imported_at).take(instances)

    # -- the browser ----------------------------------------------------------------------------------------

    def rows(self, wanted: StudyFilter) -> list[StudyRow]:
        """Studies that fit, newest first."""
        return self._listed(self._db.execute(_browse(wanted)).all())

    def rows_of(self, uids: Sequence[str]) -> list[StudyRow]:
        """The browser's rows of these studies, of those that are here."""
        return self._listed(self._rows_where(_study.c.study_uid, uids))

    def rows_at(self, keys: Sequence[int]) -> dict[int, StudyRow]:
        """The browser's rows by the keys that the worklist names them with (`repositories.worklist`)."""
        return self._by_key(self._rows_where(row_key, keys))

    def keyed_rows_of(self, uids: Sequence[str]) -> dict[int, StudyRow]:
        """The browser's rows of these studies, of those that are here, by the worklist's keys."""
        return self._by_key(self._rows_where(_study.c.study_uid, uids))

    def _by_key(self, found: Sequence[Row[Any]]) -> dict[int, StudyRow]:
        return dict(zip((row.row_key for row in found), self._listed(found), strict=True))

    def _rows_where(self, column: ColumnElement[Any], among: Sequence[Any]) -> list[Row[Any]]:
        wanted = select(_study, row_key.label("row_key"))
        return [row for part in _chunks(among) for row in self._db.execute(wanted.where(column.in_(part)))]

    def same_patient(self, uids: Sequence[str]) -> list[StudyUid]:
        """The other studies of these studies' patients."""
        mine, other = _study.alias("mine"), _study
        found: set[str] = set()
        for part in _chunks(uids):
            wanted = (
                select(other.c.study_uid)
                .join(mine, _same_patient(mine, other))
                .where(mine.c.study_uid.in_(part))
            )
            found.update(self._db.scalars(wanted))
        return [StudyUid(uid) for uid in sorted(found - set(uids))]

    def _listed(self, found: Sequence[Row[Any]]) -> list[StudyRow]:
        uids = [row.study_uid for row in found]
        flows, priors = self._flows(uids), self._prior_counts(uids)
        return [
            StudyRow(
                study=to_study(row),
                n_priors=priors.get(row.study_uid, 0),
                flow=flows.get(row.study_uid, ()),
                report_state=row.report_state,
                urgency=Urgency(row.urgency),
                reader_id=row.reader_id,
                reader_name=row.reader_name,
                deleted_at=row.deleted_at,
                deleted_by=row.deleted_by,
                delete_reason=row.delete_reason,
            )
            for row in found
        ]

    def study(self, study_uid: str) -> Study | None:
        """One study."""
        row = self._db.execute(select(_study).where(_study.c.study_uid == study_uid)).first()
        return None if row is None else to_study(row)

    def series_of(self, study_uid: str) -> list[Series]:
        """Series of a study by number."""
        wanted = (
            select(_series)
            .where(_series.c.study_uid == study_uid)
            .order_by(_series.c.number.nulls_last(), _series.c.series_uid)
        )
        return [to_series(row) for row in self._db.execute(wanted)]

    def series(self, series_uid: str) -> Series | None:
        """One series."""
        row = self._db.execute(select(_series).where(_series.c.series_uid == series_uid)).first()
        return None if row is None else to_series(row)

    def instances(self, series_uid: str) -> list[Instance]:
        """Objects of a series by number."""
        wanted = (
            select(_instance)
            .where(_instance.c.series_uid == series_uid)
            .order_by(_instance.c.number.nulls_last(), _instance.c.sop_uid)
        )
        return [to_instance(row) for row in self._db.execute(wanted)]

    def without_pictures(self, study_uid: str) -> set[SeriesUid]:
        """Series of a study whose objects have no rows, every one of them."""
        wanted = (
            select(_instance.c.series_uid)
            .join(_series, _series.c.series_uid == _instance.c.series_uid)
            .where(_series.c.study_uid == study_uid)
            .group_by(_instance.c.series_uid)
            .having(func.coalesce(func.max(_instance.c.rows), 0) == 0)
        )
        return {SeriesUid(uid) for uid in self._db.execute(wanted).scalars()}

    def instance(self, sop_uid: str) -> Instance | None:
        """One object."""
        row = self._db.execute(select(_instance).where(_instance.c.sop_uid == sop_uid)).first()
        return None if row is None else to_instance(row)

    def priors(self, study_uid: str) -> list[Study]:
        """Other studies of the same patient (number and issuer), newest first.  Studies without a number have
        none.
        """
        mine, other = _study.alias("mine"), _study
        wanted = (
            select(other)
            .join(mine, _same_patient(mine, other))
            .where(mine.c.study_uid == study_uid)
            .order_by(other.c.started_at.desc())
        )
        return [to_study(row) for row in self._db.execute(wanted)]

    # -- thumbnails and objects -----------------------------------------------------------------------------

    def set_thumbnail(self, series_uid: str, sha256: str) -> None:
        """Remember a series' picture."""
        self._db.execute(
            update(_series).where(_series.c.series_uid == series_uid).values(thumbnail_sha256=sha256)
        )

    def thumbnail(self, series_uid: str) -> str | None:
        """Address of a series' picture."""
        found: str | None = self._db.scalar(
            select(_series.c.thumbnail_sha256).where(_series.c.series_uid == series_uid)
        )
        return found

    def known_objects(self) -> set[str]:
        """Addresses of all objects that some row names."""
        return objects.known_objects(self._db)

    def known_among(self, addresses: set[str]) -> set[str]:
        """Those of `addresses` that some row names."""
        return objects.known_among(self._db, addresses)

    def mark_derived(self, series_uid: str) -> None:
        """The series was made here by a method."""
        self._db.execute(update(_series).where(_series.c.series_uid == series_uid).values(derived=True))

    # -- the flow of an examination -------------------------------------------------------------------------

    def flow(self, study_uid: str) -> tuple[FlowRow, ...]:
        """Steps that somebody has touched, in the order of the flow; the others are open."""
        return self._flows([study_uid])[study_uid]

    def set_flow(self, study_uid: str, step: FlowStep, state: FlowState, person: str, at: datetime) -> None:
        """Bring a step into a state."""
        values = {"state": str(state), "person": person, "at": at}
        row = upsert(_flow).values(study_uid=study_uid, step=str(step), **values)
        self._db.execute(
            row.on_conflict_do_update(index_elements=[_flow.c.study_uid, _flow.c.step], set_=values)
        )

    def _flows(self, uids: Sequence[str]) -> dict[str, tuple[FlowRow, ...]]:
        touched: dict[str, dict[FlowStep, FlowRow]] = {uid: {} for uid in uids}
        for part in _chunks(uids):
            for row in self._db.execute(select(_flow).where(_flow.c.study_uid.in_(part))):
                step = FlowStep(row.step)
                touched[row.study_uid][step] = FlowRow(step, FlowState(row.state), row.person, row.at)
        return {
            uid: tuple(steps[step] for step in FlowStep if step in steps) for uid, steps in touched.items()
        }

    def _prior_counts(self, uids: Sequence[str]) -> dict[str, int]:
        mine, other = _study.alias("mine"), _study
        found: dict[str, int] = {}
        for part in _chunks(uids):
            wanted = (
                select(mine.c.study_uid, func.count())
                .join(other, _same_patient(mine, other))
                .where(mine.c.study_uid.in_(part))
                .group_by(mine.c.study_uid)
            )
            found.update((uid, count) for uid, count in self._db.execute(wanted))
        return found


def _same_patient(mine: Any, other: Any) -> Any:
    return and_(
        mine.c.patient_id == other.c.patient_id,
        mine.c.patient_issuer == other.c.patient_issuer,
        mine.c.patient_id != "",
        mine.c.study_uid != other.c.study_uid,
        other.c.deleted_at.is_(None),
    )


def _browse(wanted: StudyFilter) -> Select[Any]:
    query = (
        select(_study)
        .where(_study.c.deleted_at.is_(None))
        .order_by(_study.c.started_at.desc().nulls_last(), _study.c.study_uid)
        .limit(wanted.limit)
    )
    for term in terms(wanted.text):
        query = query.where(func.instr(_study.c.search_text, term) > 0)
    if wanted.since is not None:
        query = query.where(_study.c.started_at >= datetime.combine(wanted.since, time.min))
    if wanted.modality:
        has = select(1).where(
            _series.c.study_uid == _study.c.study_uid, _series.c.modality == wanted.modality
        )
        query = query.where(has.exists())
    if wanted.report_state:
        query = query.where(_study.c.report_state == wanted.report_state)
    return query


def _chunks(among: Sequence[Any], size: int = 500) -> Iterator[Sequence[Any]]:
    for start in range(0, len(among), size):
        yield among[start : start + size]
