"""A station with as many studies as a hospital of some years, filed without their images."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert

from app.domain.provenance import derived_uid
from app.domain.study import Patient, Study, StudyUid
from app.session.station import Station
from app.storage import tables
from app.storage.search_text import found_by

_FAMILIES, _GIVEN = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗", "伟芳娜秀英敏静丽强磊军洋勇"
_EXAMINED = (
    ("胸部CT平扫", "CT", "CHEST"), ("腹部CT增强", "CT", "ABDOMEN"), ("头颅MR平扫", "MR", "HEAD"),
    ("膝关节MR", "MR", "KNEE"), ("胸部正位", "DX", "CHEST"), ("双侧乳腺钼靶", "MG", "BREAST"),
    ("腰椎MR", "MR", "LSPINE"), ("甲状腺超声", "US", "THYROID"), ("CHEST PA", "CR", "CHEST"),
)  # fmt: skip
_STATES = ("", "", "draft", "signed", "final", "final", "final", "final")
_BATCH = 10_000


def file_studies(station: Station, count: int, *, seed: int = 8) -> None:
    """File `count` studies of about 0.4 × as many patients, over five years to now."""
    dice = random.Random(seed)
    now = datetime.now(UTC)
    with station.folder.database.write() as tx:
        for start in range(0, count, _BATCH):
            rows = [_row(dice, n, count, now) for n in range(start, min(start + _BATCH, count))]
            tx.connection.execute(insert(tables.study), rows)


def _row(dice: random.Random, n: int, count: int, now: datetime) -> dict[str, Any]:
    came = now - timedelta(minutes=dice.randrange(5 * 365 * 24 * 60))
    description, modality, part = dice.choice(_EXAMINED)
    name = f"{dice.choice(_FAMILIES)}^{dice.choice(_GIVEN)}{dice.choice(_GIVEN)}"
    study = Study(
        StudyUid(derived_uid("bench", "study", str(n))),
        Patient(f"P{dice.randrange(max(1, int(count * 0.4))):06d}", name),
        accession_number=f"A{n:08d}",
        description=description,
        started_at=came.replace(tzinfo=None),
        modalities=(modality,),
        body_part=part,
        institution="示例县人民医院",
        referring_physician=f"{dice.choice(_FAMILIES)}^{dice.choice(_GIVEN)}",
    )
    return {
        "study_uid": study.study_uid,
        "patient_id": study.patient.patient_id,
        "patient_name": name,
        "sex": dice.choice("MF"),
        "patient_age": f"{dice.randrange(1, 99):03d}Y",
        "accession_number": study.accession_number,
        "description": description,
        "started_at": study.started_at,
        "modalities": modality,
        "body_part": part,
        "institution": study.institution,
        "referring_physician": study.referring_physician,
        "n_series": 3,
        "n_instances": dice.randrange(1, 900),
        "size_bytes": 150_000_000,
        "imported_at": came,
        "report_state": dice.choice(_STATES),
        "urgency": dice.choice((0, 0, 0, 0, 0, 0, 1, 2)),
        **found_by(study),
    }
