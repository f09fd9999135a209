"""The worklist's questions: which studies fit, in which order, and how many there are of each kind.

The answer to a question is the row keys of all studies that fit, 8 bytes each; what is shown of them is read
page by page (`StudyRepository.rows_at`).  So 100,000 studies are listed, searched and sorted by one walk over
one index, or one sort, in SQLite.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, literal, or_, select

from app.domain.report import ReportState
from app.domain.study import FlowState
from app.domain.worklist import (
    Narrowing,
    Stage,
    Urgency,
    WorklistColumn,
    WorklistCounts,
    WorklistQuery,
    WorklistReader,
)
from app.storage import tables
from app.storage.repositories.studies import row_key
from app.storage.search_text import terms

_study, _flow = tables.study, tables.flow
_STAGES = {
    Stage.TO_READ: ("", ReportState.DRAFT.value, ReportState.RETURNED.value),
    Stage.TO_REVIEW: (ReportState.SIGNED.value,),
    Stage.DONE: (ReportState.FINAL.value,),
}
#: in the order of the work
_STATES = ("", ReportState.DRAFT, ReportState.RETURNED, ReportState.SIGNED, ReportState.FINAL)


class WorklistRepository:
    """`tx.worklist`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def keys(self, query: WorklistQuery, reader: WorklistReader, limit: int | None = None) -> array[int]:
        """Row keys of the studies that fit, in their order; of the first ones only with a limit."""
        wanted = _ordered(select(row_key).where(*_fits(query, reader)), query).limit(limit)
        # by the driver's cursor: rows of SQLAlchemy take four times as long as SQLite does
        return array("q", [key for (key,) in self._db.execute(wanted).cursor.fetchall()])

    def key(self, study_uid: str) -> int | None:
        """The row key of a study."""
        found: int | None = self._db.scalar(select(row_key).where(_study.c.study_uid == study_uid))
        return found

    def counts(self, reader: WorklistReader) -> WorklistCounts:
        """How many studies there are of each kind."""
        here, done = _study.c.deleted_at.is_(None), _study.c.report_state.in_(_STAGES[Stage.DONE])
        asked: dict[Any, ColumnElement[Any]] = {Stage.ALL: literal(1)}
        asked |= {stage: _study.c.report_state.in_(states) for stage, states in _STAGES.items()}
        asked |= {narrowing: _narrowed(narrowing, reader) for narrowing in Narrowing}
        asked["done today"] = and_(done, _narrowed(Narrowing.TODAY, reader))
        sums = [func.coalesce(func.sum(case((one, 1), else_=0)), 0) for one in asked.values()]
        row = self._db.execute(select(*sums).where(here)).one()
        found = {kind: int(n) for kind, n in zip(asked, row, strict=True)}
        deleted = select(func.count()).select_from(_study).where(_study.c.deleted_at.is_not(None))
        found[Stage.DELETED] = self._db.scalar(deleted) or 0
        return WorklistCounts(
            {stage: found[stage] for stage in Stage},
            {narrowing: found[narrowing] for narrowing in Narrowing},
            found["done today"],
            self._modalities(),
        )

    def _modalities(self) -> tuple[str, ...]:
        wanted = select(_study.c.modalities).where(_study.c.deleted_at.is_(None)).distinct()
        return tuple(sorted({m for text in self._db.scalars(wanted) for m in text.split(",") if m}))


def _fits(query: WorklistQuery, reader: WorklistReader) -> list[ColumnElement[bool]]:
    deleted = query.stage is Stage.DELETED
    found: list[ColumnElement[bool]] = [
        _study.c.deleted_at.is_not(None) if deleted else _study.c.deleted_at.is_(None)
    ]
    if query.stage in _STAGES:
        found.append(_study.c.report_state.in_(_STAGES[query.stage]))
    found += [_narrowed(one, reader) for one in sorted(query.narrowed)]
    if query.modality:
        held = func.instr("," + _study.c.modalities + ",", f",{query.modality},")
        found.append(held > 0)
    found += [func.instr(_study.c.search_text, term) > 0 for term in terms(query.text)]
    return found


def _narrowed(narrowing: Narrowing, reader: WorklistReader) -> ColumnElement[bool]:
    """`sqlalchemy` compares moments as the texts that they are stored as, whose order is that of time."""
    if narrowing is Narrowing.MINE:
        return and_(_study.c.reader_id == reader.person_id, literal(reader.person_id) != "")
    if narrowing is Narrowing.URGENT:
        return _study.c.urgency > Urgency.ROUTINE.value
    if narrowing is Narrowing.OVERDUE:
        late = [
            and_(_study.c.urgency == urgency.value, _study.c.imported_at < reader.overdue_before(urgency))
            for urgency in Urgency
        ]
        return and_(_study.c.report_state.not_in(_STAGES[Stage.DONE]), or_(*late))
    return _of_today(reader.now)


def _of_today(now: datetime) -> ColumnElement[bool]:
    """Examined or imported today, on the reader's calendar; the time of a device is its own clock's."""
    day = datetime.combine(now.date(), time.min)
    began = datetime.combine(now.date(), time.min, now.tzinfo)
    examined = and_(_study.c.started_at >= day, _study.c.started_at < day + timedelta(days=1))
    came = and_(
        _study.c.imported_at >= began.astimezone(UTC),
        _study.c.imported_at < (began + timedelta(days=1)).astimezone(UTC),
    )
    return or_(examined, came)


def _ordered(wanted: Select[Any], query: WorklistQuery) -> Select[Any]:
    """By the column, and the newest first where that is the same; what says nothing comes last."""
    if query.sort is WorklistColumn.TIME and query.descending:
        return wanted.order_by(_study.c.started_at.desc())  # as the index lies
    if query.sort is WorklistColumn.TIME:
        return wanted.order_by(_study.c.started_at.is_(None), _study.c.started_at)
    order: list[ColumnElement[Any]] = []
    for column in _sorted_by(query.sort):
        if column.type.python_type is str:
            order.append(column == "")
        order.append(column.desc() if query.descending else column)
    if query.sort is WorklistColumn.PRIORS:
        wanted = wanted.outerjoin(_patients, _is_of(_patients))
    return wanted.order_by(*order, _study.c.started_at.desc())


#: how many studies each patient has
_patients = (
    select(_study.c.patient_id, _study.c.patient_issuer, func.count().label("n"))
    .where(_study.c.patient_id != "", _study.c.deleted_at.is_(None))
    .group_by(_study.c.patient_id, _study.c.patient_issuer)
    .subquery("patients")
)


def _is_of(patients: Any) -> ColumnElement[bool]:
    return and_(
        patients.c.patient_id == _study.c.patient_id, patients.c.patient_issuer == _study.c.patient_issuer
    )


def _sorted_by(column: WorklistColumn) -> Sequence[ColumnElement[Any]]:
    """What a column is sorted by."""
    if column is WorklistColumn.FLOW:
        done = select(func.count()).where(
            _flow.c.study_uid == _study.c.study_uid, _flow.c.state == FlowState.DONE.value
        )
        return (done.correlate(_study).scalar_subquery(),)
    if column is WorklistColumn.STATE:
        ranks = {str(state): rank for rank, state in enumerate(_STATES)}
        return (case(ranks, value=_study.c.report_state, else_=len(ranks)),)
    return {
        WorklistColumn.PATIENT: (_study.c.name_key, _study.c.patient_name),
        WorklistColumn.SEX_AGE: (_study.c.sex, func.coalesce(_study.c.birth_date, "")),
        WorklistColumn.PATIENT_ID: (_study.c.patient_id,),
        WorklistColumn.ACCESSION: (_study.c.accession_number,),
        WorklistColumn.EXAM: (_study.c.description,),
        WorklistColumn.MODALITY: (_study.c.modalities,),
        WorklistColumn.BODY_PART: (_study.c.body_part,),
        WorklistColumn.URGENCY: (_study.c.urgency,),
        WorklistColumn.IMAGES: (_study.c.n_instances,),
        WorklistColumn.PRIORS: (func.coalesce(_patients.c.n, 0),),
        WorklistColumn.REFERRING: (_study.c.referring_physician,),
        WorklistColumn.READER: (_study.c.reader_name,),
    }[column]
