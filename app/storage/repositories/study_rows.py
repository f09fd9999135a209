"""Rows of studies, series and instances as the domain has them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from app.domain.study import Instance, Patient, Series, SeriesUid, SopUid, Study, StudyUid


def to_study(row: Row[Any]) -> Study:
    """A row of the table `study`."""
    patient = Patient(row.patient_id, row.patient_name, row.patient_issuer, row.birth_date, row.sex)
    return Study(
        study_uid=StudyUid(row.study_uid),
        patient=patient,
        study_id=row.study_id,
        accession_number=row.accession_number,
        description=row.description,
        started_at=row.started_at,
        modalities=tuple(m for m in row.modalities.split(",") if m),
        body_part=row.body_part,
        institution=row.institution,
        referring_physician=row.referring_physician,
        patient_age=row.patient_age,
        n_series=row.n_series,
        n_instances=row.n_instances,
        size_bytes=row.size_bytes,
        imported_at=row.imported_at,
        dicom_uid=row.dicom_uid,
    )


def to_series(row: Row[Any]) -> Series:
    """A row of the table `series`."""
    return Series(
        series_uid=SeriesUid(row.series_uid),
        study_uid=StudyUid(row.study_uid),
        modality=row.modality,
        number=row.number,
        description=row.description,
        body_part=row.body_part,
        protocol=row.protocol,
        manufacturer=row.manufacturer,
        frame_of_reference_uid=row.frame_of_reference_uid,
        n_instances=row.n_instances,
        size_bytes=row.size_bytes,
        derived=row.derived,
        slice_thickness_mm=row.slice_thickness_mm,
        dicom_uid=row.dicom_uid,
    )


def to_instance(row: Row[Any]) -> Instance:
    """A row of the table `instance`."""
    return Instance(
        sop_uid=SopUid(row.sop_uid),
        series_uid=SeriesUid(row.series_uid),
        study_uid=StudyUid(row.study_uid),
        sop_class_uid=row.sop_class_uid,
        transfer_syntax_uid=row.transfer_syntax_uid,
        sha256=row.sha256,
        size_bytes=row.size_bytes,
        number=row.number,
        frames=row.frames,
        rows=row.rows,
        columns=row.columns,
        position_mm=None if row.position_mm is None else tuple(row.position_mm),
        orientation=None if row.orientation is None else tuple(row.orientation),
        dicom_uid=row.dicom_uid,
    )
