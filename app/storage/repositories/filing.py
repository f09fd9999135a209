"""Filing objects under their study and series; what contradicts is told and never merged in silence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, insert, select, update

from app.domain.study import Instance, Notice, Series, Study
from app.storage import tables
from app.storage.repositories.study_rows import to_study
from app.storage.search_text import found_by

_CHUNK = 500
_STUDY_FIELDS = (
    "patient_id",
    "patient_issuer",
    "patient_name",
    "birth_date",
    "sex",
    "patient_age",
    "study_id",
    "accession_number",
    "description",
    "started_at",
    "body_part",
    "institution",
    "referring_physician",
)
_SERIES_FIELDS = (
    "modality",
    "number",
    "description",
    "body_part",
    "protocol",
    "manufacturer",
    "frame_of_reference_uid",
    "slice_thickness_mm",
)
#: a difference in these is a doubt that a person must see, named by DICOM keyword; others (age, description,
#: thickness) vary within good studies
_TOLD = {
    "patient_id": "PatientID",
    "patient_issuer": "IssuerOfPatientID",
    "patient_name": "PatientName",
    "birth_date": "PatientBirthDate",
    "sex": "PatientSex",
    "accession_number": "AccessionNumber",
    "modality": "Modality",
    "frame_of_reference_uid": "FrameOfReferenceUID",
}
#: what was corrected by a person stays as it is, and contradicts nothing
_IDENTITY = frozenset({"patient_id", "patient_issuer", "patient_name", "birth_date", "sex"})


class Filing:
    """One call of `StudyRepository.add`."""

    def __init__(self, connection: Connection, study: Study, series: Series, imported_at: datetime) -> None:
        self._db = connection
        self._study = study
        self._series = series
        self._at = imported_at
        self._notices: list[Notice] = []

    def take(self, instances: Sequence[Instance]) -> tuple[int, int, list[Notice]]:
        """File; (added, known, notices)."""
        elsewhere = self._filed_elsewhere()
        if elsewhere is not None:
            self._notices.append(_elsewhere(self._series, len(instances)))
            return 0, 0, self._notices
        new, known = self._sorted_out(instances)
        if new:
            self._file_study()
            self._file_series()
            self._db.execute(insert(tables.instance), [self._instance_values(i) for i in new])
            self._add_up(new)
            self._note_found_by()
        return len(new), known, self._notices

    def _filed_elsewhere(self) -> str | None:
        found = self._db.scalar(
            select(tables.series.c.study_uid).where(tables.series.c.series_uid == self._series.series_uid)
        )
        return found if found is not None and found != self._study.study_uid else None

    def _sorted_out(self, instances: Sequence[Instance]) -> tuple[list[Instance], int]:
        held = self._held([i.sop_uid for i in instances])
        new, known = [], 0
        for instance in instances:
            first = held.get(instance.sop_uid)
            if first is None:
                held[instance.sop_uid] = instance.sha256
                new.append(instance)
            elif first == instance.sha256:
                known += 1
            else:
                self._notices.append(_other_bytes(instance, first))
        return new, known

    def _held(self, uids: Sequence[str]) -> dict[str, str]:
        table, held = tables.instance, dict[str, str]()
        for start in range(0, len(uids), _CHUNK):
            wanted = select(table.c.sop_uid, table.c.sha256).where(
                table.c.sop_uid.in_(uids[start : start + _CHUNK])
            )
            held.update((row.sop_uid, row.sha256) for row in self._db.execute(wanted))
        return held

    def _file_study(self) -> None:
        given = _study_values(self._study)
        stored = self._db.execute(
            select(tables.study).where(tables.study.c.study_uid == self._study.study_uid)
        ).first()
        if stored is None:
            self._db.execute(
                insert(tables.study).values(
                    study_uid=self._study.study_uid,
                    imported_at=self._at,
                    dicom_uid=self._study.dicom_uid,
                    **given,
                )
            )
            return
        if stored.deleted_at is not None:
            self._notices.append(_deleted(self._study.study_uid))
        corrected = stored.file_patient_id is not None
        fields = [name for name in _STUDY_FIELDS if not (corrected and name in _IDENTITY)]
        filled = self._reconcile(tables.study, stored, given, fields, self._study.study_uid)
        if filled:
            self._db.execute(
                update(tables.study).where(tables.study.c.study_uid == self._study.study_uid).values(**filled)
            )

    def _file_series(self) -> None:
        series = self._series
        given = {name: getattr(series, name) for name in _SERIES_FIELDS}
        stored = self._db.execute(
            select(tables.series).where(tables.series.c.series_uid == series.series_uid)
        ).first()
        if stored is None:
            self._db.execute(
                insert(tables.series).values(
                    series_uid=series.series_uid,
                    study_uid=self._study.study_uid,
                    derived=series.derived,
                    dicom_uid=series.dicom_uid,
                    **given,
                )
            )
            return
        filled = self._reconcile(tables.series, stored, given, _SERIES_FIELDS, series.series_uid)
        if filled:
            self._db.execute(
                update(tables.series).where(tables.series.c.series_uid == series.series_uid).values(**filled)
            )

    def _reconcile(
        self, table: Table, stored: Row[Any], given: dict[str, Any], fields: Sequence[str], uid: str
    ) -> dict[str, Any]:
        """What fills gaps; contradictions become one notice (field names only: the values are the
        patient's).
        """
        filled, against = {}, []
        for name in fields:
            old, new = getattr(stored, name), given[name]
            if new in (None, "") or new == old:
                continue
            if old in (None, ""):
                filled[name] = new
            elif name in _TOLD:
                against.append(_TOLD[name])
        if against:
            self._notices.append(_contradiction(table.name, uid, against))
        return filled

    def _instance_values(self, instance: Instance) -> dict[str, Any]:
        return {
            "sop_uid": instance.sop_uid,
            "series_uid": self._series.series_uid,
            "study_uid": self._study.study_uid,
            "sop_class_uid": instance.sop_class_uid,
            "transfer_syntax_uid": instance.transfer_syntax_uid,
            "sha256": instance.sha256,
            "size_bytes": instance.size_bytes,
            "number": instance.number,
            "frames": instance.frames,
            "rows": instance.rows,
            "columns": instance.columns,
            "position_mm": instance.position_mm,
            "orientation": instance.orientation,
            "dicom_uid": instance.dicom_uid,
        }

    def _add_up(self, new: Sequence[Instance]) -> None:
        count, size = len(new), sum(i.size_bytes for i in new)
        series, study = tables.series, tables.study
        of_study = series.c.study_uid == self._study.study_uid
        self._db.execute(
            update(series)
            .where(series.c.series_uid == self._series.series_uid)
            .values(n_instances=series.c.n_instances + count, size_bytes=series.c.size_bytes + size)
        )
        modalities = list(
            self._db.scalars(select(series.c.modality).where(of_study, series.c.modality != "").distinct())
        )
        n_series = len(list(self._db.scalars(select(series.c.series_uid).where(of_study))))
        self._db.execute(
            update(study)
            .where(study.c.study_uid == self._study.study_uid)
            .values(
                n_instances=study.c.n_instances + count,
                size_bytes=study.c.size_bytes + size,
                n_series=n_series,
                modalities=",".join(sorted(modalities)),
            )
        )

    def _note_found_by(self) -> None:
        """What the study is found and sorted by follows what is stored of it now."""
        table = tables.study
        own = table.c.study_uid == self._study.study_uid
        row = self._db.execute(select(table).where(own)).one()
        values = {name: text for name, text in found_by(to_study(row)).items() if getattr(row, name) != text}
        if values:
            self._db.execute(update(table).where(own).values(**values))


def _study_values(study: Study) -> dict[str, Any]:
    patient = study.patient
    own = {name: getattr(study, name) for name in _STUDY_FIELDS if hasattr(study, name)}
    return {
        **own,
        "patient_id": patient.patient_id,
        "patient_issuer": patient.issuer,
        "patient_name": patient.name,
        "birth_date": patient.birth_date,
        "sex": patient.sex,
        "patient_age": study.patient_age,
    }


def _other_bytes(instance: Instance, first: str) -> Notice:
    return Notice(
        "duplicate-uid",
        "Object {uid} is already here with other content ({first}, now {found}); the first one is kept.",
        {"uid": instance.sop_uid, "first": first[:12], "found": instance.sha256[:12]},
    )


def _elsewhere(series: Series, count: int) -> Notice:
    return Notice(
        "series-in-two-studies",
        "Series {uid} is already here under another study; {count} of its objects were not taken.",
        {"uid": series.series_uid, "count": str(count)},
    )


def _deleted(uid: str) -> Notice:
    return Notice(
        "deleted-study",
        "Study {uid} was deleted here; its objects were taken, and it stays out of the lists until it is "
        "restored.",
        {"uid": uid},
    )


def _contradiction(kind: str, uid: str, fields: Sequence[str]) -> Notice:
    template = (
        "Objects of study {uid} contradict each other in {fields}; what came first is kept."
        if kind == "study"
        else "Objects of series {uid} contradict each other in {fields}; what came first is kept."
    )
    return Notice("contradiction", template, {"uid": uid, "fields": ", ".join(fields)})
