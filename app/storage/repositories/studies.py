"""Studies, series and instances as indexed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, time
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from app.domain.study import (
    FlowRow,
    FlowState,
    FlowStep,
    Instance,
    Notice,
    Patient,
    Series,
    SeriesUid,
    SopUid,
    Study,
    StudyFilter,
    StudyRow,
    StudyUid,
)
from app.storage import tables
from app.storage.repositories import objects
from app.storage.repositories.filing import Filing
from app.storage.search_text import terms

_study, _series, _instance, _flow, _report = tables.study, tables.series, tables.instance, tables.flow, tables.report


class StudyRepository:
    """`tx.studies`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    # -- filing ---------------------------------------------------------------------------------------------

    def add(self, study: Study, series: Series, instances: Sequence[Instance], *, imported_at: datetime) -> tuple[int, int, list[Notice]]:
        """File objects of one series: (added, known byte for byte, notices of what contradicts).

        An object whose SOP UID is here with other bytes is not taken, nor is a series that is here under another study.
        Where attributes contradict, what came first stays; what was empty is filled.
        """
        return Filing(self._db, study, series, imported_at).take(instances)

    # -- the browser ----------------------------------------------------------------------------------------

    def rows(self, wanted: StudyFilter) -> list[StudyRow]:
        """Studies that fit, newest first."""
        found = [_to_study(row) for row in self._db.execute(_browse(wanted))]
        uids = [s.study_uid for s in found]
        flows, reports, priors = self._flows(uids), self._report_states(uids), self._prior_counts(uids)
        return [StudyRow(s, priors.get(s.study_uid, 0), flows.get(s.study_uid, ()), reports.get(s.study_uid, "")) for s in found]

    def study(self, study_uid: str) -> Study | None:
        """One study."""
        row = self._db.execute(select(_study).where(_study.c.study_uid == study_uid)).first()
        return None if row is None else _to_study(row)

    def series_of(self, study_uid: str) -> list[Series]:
        """Series of a study by number."""
        wanted = select(_series).where(_series.c.study_uid == study_uid).order_by(_series.c.number.nulls_last(), _series.c.series_uid)
        return [_to_series(row) for row in self._db.execute(wanted)]

    def series(self, series_uid: str) -> Series | None:
        """One series."""
        row = self._db.execute(select(_series).where(_series.c.series_uid == series_uid)).first()
        return None if row is None else _to_series(row)

    def instances(self, series_uid: str) -> list[Instance]:
        """Objects of a series by number."""
        wanted = (
            select(_instance).where(_instance.c.series_uid == series_uid).order_by(_instance.c.number.nulls_last(), _instance.c.sop_uid)
        )
        return [_to_instance(row) for row in self._db.execute(wanted)]

    def instance(self, sop_uid: str) -> Instance | None:
        """One object."""
        row = self._db.execute(select(_instance).where(_instance.c.sop_uid == sop_uid)).first()
        return None if row is None else _to_instance(row)

    def priors(self, study_uid: str) -> list[Study]:
        """Other studies of the same patient (number and issuer), newest first.  Studies without a number have none."""
        mine, other = _study.alias("mine"), _study
        wanted = (
            select(other).join(mine, _same_patient(mine, other)).where(mine.c.study_uid == study_uid).order_by(other.c.started_at.desc())
        )
        return [_to_study(row) for row in self._db.execute(wanted)]

    # -- thumbnails and objects -----------------------------------------------------------------------------

    def set_thumbnail(self, series_uid: str, sha256: str) -> None:
        """Remember a series' picture."""
        self._db.execute(update(_series).where(_series.c.series_uid == series_uid).values(thumbnail_sha256=sha256))

    def thumbnail(self, series_uid: str) -> str | None:
        """Address of a series' picture."""
        found: str | None = self._db.scalar(select(_series.c.thumbnail_sha256).where(_series.c.series_uid == series_uid))
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
        self._db.execute(row.on_conflict_do_update(index_elements=[_flow.c.study_uid, _flow.c.step], set_=values))

    def _flows(self, uids: Sequence[str]) -> dict[str, tuple[FlowRow, ...]]:
        touched: dict[str, dict[FlowStep, FlowRow]] = {uid: {} for uid in uids}
        for part in _chunks(uids):
            for row in self._db.execute(select(_flow).where(_flow.c.study_uid.in_(part))):
                step = FlowStep(row.step)
                touched[row.study_uid][step] = FlowRow(step, FlowState(row.state), row.person, row.at)
        return {uid: tuple(steps[step] for step in FlowStep if step in steps) for uid, steps in touched.items()}

    def _report_states(self, uids: Sequence[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for part in _chunks(uids):
            wanted = select(_report.c.study_uid, _report.c.state).where(_report.c.study_uid.in_(part), _report.c.state != "superseded")
            found.update((row.study_uid, row.state) for row in self._db.execute(wanted.order_by(_report.c.saved_at)))
        return found

    def _prior_counts(self, uids: Sequence[str]) -> dict[str, int]:
        mine, other = _study.alias("mine"), _study
        found: dict[str, int] = {}
        for part in _chunks(uids):
            wanted = (
                select(mine.c.study_uid, func.count()).join(other, _same_patient(mine, other))
                .where(mine.c.study_uid.in_(part)).group_by(mine.c.study_uid)
            )  # fmt: skip
            found.update((uid, count) for uid, count in self._db.execute(wanted))
        return found


def _same_patient(mine: Any, other: Any) -> Any:
    return and_(
        mine.c.patient_id == other.c.patient_id, mine.c.patient_issuer == other.c.patient_issuer, mine.c.patient_id != "",
        mine.c.study_uid != other.c.study_uid,
    )  # fmt: skip


def _browse(wanted: StudyFilter) -> Select[Any]:
    query = select(_study).order_by(_study.c.started_at.desc().nulls_last(), _study.c.study_uid).limit(wanted.limit)
    for term in terms(wanted.text):
        query = query.where(func.instr(_study.c.search_text, term) > 0)
    if wanted.since is not None:
        query = query.where(_study.c.started_at >= datetime.combine(wanted.since, time.min))
    if wanted.modality:
        has = select(1).where(_series.c.study_uid == _study.c.study_uid, _series.c.modality == wanted.modality)
        query = query.where(has.exists())
    if wanted.report_state:
        said = select(1).where(_report.c.study_uid == _study.c.study_uid, _report.c.state == wanted.report_state)
        query = query.where(said.exists())
    return query


def _chunks(uids: Sequence[str], size: int = 500) -> Iterator[Sequence[str]]:
    for start in range(0, len(uids), size):
        yield uids[start : start + size]


def _to_study(row: Row[Any]) -> Study:
    patient = Patient(row.patient_id, row.patient_name, row.patient_issuer, row.birth_date, row.sex)
    return Study(
        study_uid=StudyUid(row.study_uid), patient=patient, study_id=row.study_id, accession_number=row.accession_number,
        description=row.description, started_at=row.started_at, modalities=tuple(m for m in row.modalities.split(",") if m),
        body_part=row.body_part, institution=row.institution, referring_physician=row.referring_physician,
        patient_age=row.patient_age, n_series=row.n_series, n_instances=row.n_instances, size_bytes=row.size_bytes,
        imported_at=row.imported_at,
    )  # fmt: skip


def _to_series(row: Row[Any]) -> Series:
    return Series(
        series_uid=SeriesUid(row.series_uid), study_uid=StudyUid(row.study_uid), modality=row.modality, number=row.number,
        description=row.description, body_part=row.body_part, protocol=row.protocol, manufacturer=row.manufacturer,
        frame_of_reference_uid=row.frame_of_reference_uid, n_instances=row.n_instances, size_bytes=row.size_bytes,
        derived=row.derived, slice_thickness_mm=row.slice_thickness_mm,
    )  # fmt: skip


def _to_instance(row: Row[Any]) -> Instance:
    return Instance(
        sop_uid=SopUid(row.sop_uid), series_uid=SeriesUid(row.series_uid), study_uid=StudyUid(row.study_uid),
        sop_class_uid=row.sop_class_uid, transfer_syntax_uid=row.transfer_syntax_uid, sha256=row.sha256, size_bytes=row.size_bytes,
        number=row.number, frames=row.frames, rows=row.rows, columns=row.columns,
        position_mm=None if row.position_mm is None else tuple(row.position_mm),
        orientation=None if row.orientation is None else tuple(row.orientation),
    )  # fmt: skip
