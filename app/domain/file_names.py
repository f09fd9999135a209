"""Names of the files that leave the station: which study and which day; never who."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime

from app.domain.study import Patient, Study

#: longest part that names the study
_LONGEST = 40


def study_stem(
    patient: Patient, study_uid: str, *, accession_number: str, study_id: str, day: datetime | None
) -> str:
    """``ACC123_20261118``: accession number, else study id, else a digest of the study's UID; and the day."""
    named = _letters(f"{patient.name} {patient.patient_id}")
    study = hashlib.sha256(study_uid.encode()).hexdigest()[:12]
    for number in (accession_number, study_id):
        safe = re.sub(r"[^\w.-]+", "-", number.strip()).strip("-.")[:_LONGEST]
        # some devices write who the patient is where the study's number belongs
        if safe and not (len(_letters(safe)) > 1 and _letters(safe) in named):
            study = safe
            break
    return f"{study}_{day:%Y%m%d}" if day is not None else study


def stem_of(study: Study) -> str:
    """`study_stem` of a study that is in the archive."""
    return study_stem(
        study.patient,
        study.study_uid,
        accession_number=study.accession_number,
        study_id=study.study_id,
        day=study.started_at,
    )


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()
