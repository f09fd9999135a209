"""What people decide of studies: who reads them and how soon, that they are deleted, whose they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from app.domain.study import Patient
from app.domain.worklist import Urgency
from app.storage import tables
from app.storage.repositories.study_rows import to_study
from app.storage.search_text import found_by

_study, _raw = tables.study, tables.raw_text
#: columns of a patient's identity, by the members of `Patient`
IDENTITY = {
    "name": "patient_name",
    "patient_id": "patient_id",
    "issuer": "patient_issuer",
    "birth_date": "birth_date",
    "sex": "sex",
}


class StudyActRepository:
    """`tx.study_acts`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def assign(self, study_uid: str, person_id: str, person_name: str) -> None:
        """Say who reads a study; nobody where both are empty."""
        self._put(study_uid, reader_id=person_id, reader_name=person_name)

    def set_urgency(self, study_uid: str, urgency: Urgency) -> None:
        """Say how soon a study is to be read."""
        self._put(study_uid, urgency=urgency.value)

    def delete(self, study_uid: str, at: datetime, person: str, reason: str) -> None:
        """Take a study out of the lists; all of it stays."""
        self._put(study_uid, deleted_at=at, deleted_by=person, delete_reason=reason)

    def restore(self, study_uid: str) -> None:
        """Put a study back into the lists."""
        self._put(study_uid, deleted_at=None, deleted_by="", delete_reason="")

    def deleted_by(self, study_uid: str) -> str | None:
        """Who deleted a study; None where nobody has."""
        wanted = select(_study.c.deleted_by).where(
            _study.c.study_uid == study_uid, _study.c.deleted_at.is_not(None)
        )
        return self._db.scalar(wanted)

    def signed_among(self, uids: Sequence[str]) -> set[str]:
        """Studies that have a signed report, whatever became of it."""
        report, frozen = tables.report, tables.report_frozen
        wanted = select(report.c.study_uid).join(frozen, frozen.c.report_id == report.c.report_id)
        found: set[str] = set()
        for start in range(0, len(uids), 500):
            part = wanted.where(report.c.study_uid.in_(uids[start : start + 500]))
            found.update(self._db.scalars(part))
        return found

    def of_patient(self, patient_id: str, issuer: str) -> list[str]:
        """Studies of a patient, deleted ones too; none without a number."""
        if not patient_id:
            return []
        wanted = select(_study.c.study_uid).where(
            _study.c.patient_id == patient_id, _study.c.patient_issuer == issuer
        )
        return list(self._db.scalars(wanted.order_by(_study.c.study_uid)))

    def corrected(self, study_uid: str) -> Patient | None:
        """Whose study it is where a person has corrected that; None where its files are right."""
        wanted = select(_study).where(_study.c.study_uid == study_uid, _study.c.file_patient_id.is_not(None))
        row = self._db.execute(wanted).first()
        return None if row is None else to_study(row).patient

    def set_identity(self, study_uid: str, patient: Patient) -> None:
        """Say whose study it is. What its files say of the number and issuer is kept, so that others of its
        files are still filed with it; bytes of texts that the files have stand for what was corrected no
        more.
        """
        row = self._db.execute(select(_study).where(_study.c.study_uid == study_uid)).one()
        values: dict[str, Any] = {column: getattr(patient, name) for name, column in IDENTITY.items()}
        changed = [column for column, value in values.items() if getattr(row, column) != value]
        values["file_patient_id"] = func.coalesce(_study.c.file_patient_id, row.patient_id)
        values["file_patient_issuer"] = func.coalesce(_study.c.file_patient_issuer, row.patient_issuer)
        self._put(study_uid, **values)
        self._db.execute(
            delete(_raw).where(
                _raw.c.study_uid == study_uid, _raw.c.series_uid == "", _raw.c.name.in_(changed)
            )
        )
        stored = self._db.execute(select(_study).where(_study.c.study_uid == study_uid)).one()
        self._put(study_uid, **found_by(to_study(stored)))

    def _put(self, study_uid: str, **values: Any) -> None:
        self._db.execute(update(_study).where(_study.c.study_uid == study_uid).values(**values))
