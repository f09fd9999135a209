"""Studies, series and instances for tests of storage; names are invented."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime

from app.domain.person import Actor, Role
from app.domain.study import Instance, Patient, Series, SeriesUid, SopUid, Study, StudyUid

NOW = datetime(2026, 11, 21, 3, 4, 5, 678901, tzinfo=UTC)
DOCTOR = Actor("p-1", "演示甲", frozenset({Role.REPORTING}), "station-1")
REVIEWER = Actor("p-2", "演示乙", frozenset({Role.REVIEWING}), "station-1")
ADMINISTRATOR = Actor("p-9", "管理员", frozenset({Role.ADMINISTRATOR}), "station-1")


def a_study(uid: str = "1.2.3", name: str = "Wang^XiaoDong=王^小东=", **given: object) -> Study:
    patient = Patient(
        str(given.pop("patient_id", "ID-77")), name, str(given.pop("issuer", "")), date(1970, 2, 3), "M"
    )
    values: dict[str, object] = {
        "study_id": "S1",
        "accession_number": "ACC123",
        "description": "胸部CT平扫",
        "started_at": datetime(2026, 11, 20, 9, 30),  # noqa: DTZ001
    }
    return Study(StudyUid(uid), patient, **{**values, **given})  # type: ignore[arg-type]


def a_series(study: Study, uid: str = "1.2.3.1", modality: str = "CT", **given: object) -> Series:
    values: dict[str, object] = {"number": 1, "description": "lung 1.0", "slice_thickness_mm": 1.25}
    return Series(SeriesUid(uid), study.study_uid, modality, **{**values, **given})  # type: ignore[arg-type]


def instances(series: Series, count: int, *, salt: str = "", start: int = 1) -> list[Instance]:
    return [
        Instance(
            SopUid(f"{series.series_uid}.{n}"),
            series.series_uid,
            series.study_uid,
            "1.2.840.10008.5.1.4.1.1.2",
            "1.2.840.10008.1.2.1",
            sha_of(f"{salt}{series.series_uid}.{n}"),
            1000 + n,
            n,
            1,
            512,
            512,
            (0.0, 0.0, float(n)),
            (1.0, 0.0, 0.0, 0.0, 1.0, 0.0),
        )
        for n in range(start, start + count)
    ]


def sha_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
