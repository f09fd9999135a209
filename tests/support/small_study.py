"""A small CT study with known values, written as real DICOM files: a body with two lungs, and a ramp."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.dicom.write.ct_series import write_ct_series
from app.domain.geometry import Grid
from app.domain.provenance import derived_uid
from app.domain.study import Patient, Series, SeriesUid, Study, StudyUid

GRID = Grid((24, 96, 96), (5.0, 3.5, 3.5), (-166.0, -166.0, -60.0), ((0, 0, 1), (0, 1, 0), (1, 0, 0)))
PATIENT = Patient("T0042", "Wang^Xiaoming=王^小明", birth_date=date(1970, 3, 4), sex="M")


def identity(name: str = "small", *, patient: Patient = PATIENT) -> tuple[Study, Series]:
    """Study and series of a small study; another name gives other UIDs."""
    study = Study(
        StudyUid(derived_uid("test", name, "study")),
        patient,
        study_id="S1",
        accession_number=f"ACC-{name}"[:16],
        description="胸部 CT 平扫",
        started_at=datetime(2026, 11, 18, 10, 30, tzinfo=UTC),
        modalities=("CT",),
        body_part="CHEST",
        institution="测试医院",
        patient_age="056Y",
    )
    uid = SeriesUid(derived_uid("test", name, "series"))
    series = Series(
        uid,
        study.study_uid,
        "CT",
        2,
        "胸部",
        "CHEST",
        frame_of_reference_uid=derived_uid("test", name, "frame"),
        slice_thickness_mm=5,
    )
    return study, series


def values(seed: int = 0) -> NDArray[np.int16]:
    """HU of shape `GRID.shape`: an elliptic body of 40 HU with two lungs of −850 HU and noise of 15 HU, air
    around.
    """
    rng = np.random.default_rng(seed)
    row, column = np.mgrid[: GRID.shape[1], : GRID.shape[2]]
    body = ((row - 48) / 32) ** 2 + ((column - 48) / 42) ** 2 < 1
    lungs = np.zeros_like(body)
    for centre in (30, 66):
        lungs |= ((row - 46) / 20) ** 2 + ((column - centre) / 13) ** 2 < 1
    plane = np.where(lungs, -850, np.where(body, 40, -1000)).astype(float)
    stack = np.repeat(plane[None], GRID.shape[0], axis=0)
    stack[:2][:, lungs] = 40
    stack[-2:][:, lungs] = 40
    return np.rint(stack + rng.normal(0, 15, stack.shape)).astype(np.int16)


def write_small_study(
    folder: Path, name: str = "small", *, patient: Patient = PATIENT, seed: int = 0
) -> tuple[Study, Series]:
    """Write the study into `folder`; the same name and seed give the same bytes."""
    study, series = identity(name, patient=patient)
    write_ct_series(
        folder,
        study,
        replace(series),
        GRID,
        values(seed),
        kvp=120,
        kernel="STANDARD",
        windows=((40, 400, ""),),
    )
    return study, series
