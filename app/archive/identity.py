"""Correcting who the patient of a study is, and merging patients that are one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from app.archive.repository import IdentityChanges
from app.archive.rights import CORRECT_IDENTITY
from app.archive.study_acts import LONGEST_REASON, MOST_STUDIES
from app.domain.person import Actor
from app.domain.report import EDITABLE
from app.domain.study import Patient, StudyUid
from app.errors import BadInput, NotFound
from app.people.rights import READ, require
from app.storage.database import Database

SEXES = ("", "M", "F", "O")
#: PN has 64 characters a group of three at most, LO has 64 (PS3.5 6.2)
LONGEST_NAME, LONGEST_ID = 194, 64


@dataclass(frozen=True, slots=True)
class CorrectionScope:
    """What a correction would touch: studies, those of them with a signed report (which stays as it is), and
    those with a draft, whose head follows.
    """

    studies: tuple[StudyUid, ...]
    signed: int
    drafts: int


class PatientIdentities:
    """Files are never changed: their bytes, and the number that they give, are kept as they came."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def affected(self, actor: Actor, uids: Sequence[str], into: Patient | None = None) -> CorrectionScope:
        """What `correct` would touch, or with `into` what `merge` would: also the patients' other studies."""
        require(actor, READ)
        with self._db.read() as tx:
            touched = _others_too(tx, uids, into) if into is not None else list(uids)
            rows = tx.studies.rows_of(touched)
            drafts = sum(row.report_state in EDITABLE for row in rows)
            signed = len(tx.study_acts.signed_among(touched))
        return CorrectionScope(tuple(row.study.study_uid for row in rows), signed, drafts)

    def correct(
        self, actor: Actor, uids: Sequence[str], patient: Patient, reason: str
    ) -> tuple[StudyUid, ...]:
        """Give studies the identity of `patient`, all or none; the studies that were touched."""
        require(actor, CORRECT_IDENTITY)
        with self._db.write() as tx:
            return _give(tx, actor, "study.correct-identity", list(uids), checked(patient), _said(reason))

    def correct_patient(
        self, actor: Actor, old: Patient, patient: Patient, reason: str
    ) -> tuple[StudyUid, ...]:
        """The same for all studies under the number and issuer of `old`."""
        require(actor, CORRECT_IDENTITY)
        with self._db.write() as tx:
            uids = tx.study_acts.of_patient(old.patient_id, old.issuer)
            return _give(tx, actor, "study.correct-identity", uids, checked(patient), _said(reason))

    def merge(self, actor: Actor, uids: Sequence[str], into: Patient, reason: str) -> tuple[StudyUid, ...]:
        """The patients of these studies are one, `into`: all studies of theirs get that identity."""
        require(actor, CORRECT_IDENTITY)
        with self._db.write() as tx:
            touched = _others_too(tx, uids, into)
            return _give(tx, actor, "patient.merge", touched, checked(into), _said(reason))

    def history(self, actor: Actor, study_uid: str) -> list[dict[str, Any]]:
        """Who corrected the identity of a study, when, why, from what to what."""
        require(actor, READ)
        with self._db.read() as tx:
            return tx.get(IdentityChanges).of_study(study_uid)


def checked(patient: Patient) -> Patient:
    """An identity that may be given, without blanks around; `BadInput` says what is wrong."""
    told = replace(
        patient,
        name=" ".join(patient.name.split()),
        patient_id=patient.patient_id.strip(),
        issuer=patient.issuer.strip(),
    )
    if not told.name and not told.patient_id:
        raise BadInput("A patient needs a name or a number.")
    for text, limit in ((told.name, LONGEST_NAME), (told.patient_id, LONGEST_ID), (told.issuer, LONGEST_ID)):
        if len(text) > limit:
            raise BadInput(
                "“{text}…” has {found} characters; {limit} are allowed.",
                text=text[:16],
                found=len(text),
                limit=limit,
            )
        if any(ord(c) < 32 or c == "\\" for c in text):
            raise BadInput("“{text}” has a character that DICOM does not allow.", text=text[:16])
    if told.sex not in SEXES:
        raise BadInput("The sex is M, F, O or not given, found {found}.", found=told.sex)
    if told.birth_date is not None and not date(1850, 1, 1) <= told.birth_date <= datetime.now(UTC).date():
        raise BadInput("Nobody who is examined was born on {day}.", day=f"{told.birth_date:%Y-%m-%d}")
    return told


def _said(reason: str) -> str:
    plain = " ".join(reason.split())[:LONGEST_REASON]
    if not plain:
        raise BadInput("Say why the identity is changed.")
    return plain


def _others_too(tx: Any, uids: Sequence[str], into: Patient) -> list[str]:
    """The studies, and the other ones of those of their patients that have a number."""
    touched = dict.fromkeys(uids)
    for row in tx.studies.rows_of(uids):
        patient = row.study.patient
        if (patient.patient_id, patient.issuer) != (into.patient_id, into.issuer):
            touched |= dict.fromkeys(tx.study_acts.of_patient(patient.patient_id, patient.issuer))
    return list(touched)


def _give(
    tx: Any, actor: Actor, action: str, uids: list[str], patient: Patient, reason: str
) -> tuple[StudyUid, ...]:
    if len(uids) > MOST_STUDIES:
        raise BadInput(
            "{found} studies are chosen; {limit} at most are taken at once.",
            found=len(uids),
            limit=MOST_STUDIES,
        )
    rows = tx.studies.rows_of(uids)
    if len(rows) != len(set(uids)):
        raise NotFound("A study is not in the archive any more.", hint="Look at the list again.")
    changed = [row.study for row in rows if row.study.patient != patient]
    for study in changed:
        before, after = _plain(study.patient), _plain(patient)
        tx.study_acts.set_identity(study.study_uid, patient)
        tx.get(IdentityChanges).add(actor, study.study_uid, reason, before, after)
        fields = sorted(name for name in after if after[name] != before[name])
        tx.audit.append(actor, action, study.study_uid, "done", {"fields": fields})
        _put_into_draft(tx, study.study_uid, patient)
    return tuple(study.study_uid for study in changed)


def _put_into_draft(tx: Any, study_uid: str, patient: Patient) -> None:
    """A report that is still written names the patient as the study does; a signed one stays as signed."""
    report = tx.reports.of_study(study_uid)
    if report is not None and report.state in EDITABLE:
        header, now = replace(report.header, patient=patient), datetime.now(UTC)
        tx.reports.save(replace(report, header=header, revision=report.revision + 1, updated_at=now))


def _plain(patient: Patient) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(asdict(patient), default=str))
    return found
