"""Files that use one UID for two things are kept apart: by patient, study and series together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Protocol

from app.dicom.read.scanned_file import ScannedFile
from app.domain.provenance import derived_uid
from app.domain.study import Notice, SeriesUid, SopUid, StudyUid
from app.storage.repositories.uids import KnownUid

PATIENTS = "Study {uid} is used for different patients; they are kept apart."
STUDIES = "Series {uid} is used in different studies; they are kept apart."
CONTENTS = "Object {uid} is here with other content ({first}, now {found}); both are kept."


class HeldUids(Protocol):
    """What is held already under UIDs."""

    def studies(self, uids: Iterable[str]) -> Sequence[KnownUid]: ...
    def series(self, uids: Iterable[str]) -> Sequence[KnownUid]: ...
    def objects(self, uids: Iterable[str]) -> Sequence[KnownUid]: ...


class NothingHeld:
    """Files that come to nothing."""

    def studies(self, uids: Iterable[str]) -> Sequence[KnownUid]:
        """None."""
        return ()

    series = objects = studies


class ArchiveKeys:
    """Keys of what comes together, to what is held; `notices` say which UIDs were met twice."""

    def __init__(self, held: HeldUids, files: Sequence[ScannedFile]) -> None:
        self.notices: dict[str, Notice] = {}
        self._studies = _by_uid(held.studies(one.study.study_uid for one in files))
        self._series = _by_uid(held.series(one.series.series_uid for one in files))
        self._objects = _by_uid(held.objects(one.instance.sop_uid for one in files))

    def keyed(self, one: ScannedFile) -> ScannedFile:
        """The file with the archive's keys in place of UIDs that are in use for something else."""
        study_uid, series_uid, sop_uid = one.study.study_uid, one.series.series_uid, one.instance.sop_uid
        patient = (one.study.patient.patient_id.strip(), one.study.patient.issuer.strip())
        study = self._key(self._studies, study_uid, patient, _same_patient, PATIENTS)
        series = self._key(self._series, series_uid, (study, ""), _equal, STUDIES)
        sop = self._key(self._objects, sop_uid, (one.sha256, ""), _equal, CONTENTS)
        if (study, series, sop) == (study_uid, series_uid, sop_uid):
            return one
        return replace(
            one,
            study=replace(one.study, study_uid=StudyUid(study), dicom_uid=_other(study_uid, study)),
            series=replace(
                one.series,
                series_uid=SeriesUid(series),
                study_uid=StudyUid(study),
                dicom_uid=_other(series_uid, series),
            ),
            instance=replace(
                one.instance,
                sop_uid=SopUid(sop),
                series_uid=SeriesUid(series),
                study_uid=StudyUid(study),
                dicom_uid=_other(sop_uid, sop),
            ),
            texts=tuple(replace(text, series_uid=series if text.series_uid else "") for text in one.texts),
        )

    def _key(
        self, known: dict[str, list[KnownUid]], uid: str, owner: tuple[str, str], same: Any, template: str
    ) -> str:
        for one in known[uid]:
            if same(one.owner, owner):
                return one.key
        key = uid
        if known[uid]:
            key = derived_uid("archive-key", uid, *owner)
            told = {"uid": uid}
            if template is CONTENTS:
                told |= {"first": known[uid][0].owner[0][:12], "found": owner[0][:12]}
            self.notices.setdefault(template + uid, Notice("uid-twice", template, told))
        known[uid].append(KnownUid(uid, key, owner))
        return key


def _by_uid(found: Sequence[KnownUid]) -> dict[str, list[KnownUid]]:
    known: dict[str, list[KnownUid]] = defaultdict(list)
    for one in found:
        known[one.uid].append(one)
    return known


def _other(uid: str, key: str) -> str:
    return uid if key != uid else ""


def _equal(one: tuple[str, str], other: tuple[str, str]) -> bool:
    return one == other


def _same_patient(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Patient IDs and issuers differ only where both are given."""
    return all(
        not a.strip() or not b.strip() or a.strip().casefold() == b.strip().casefold()
        for a, b in zip(one, other, strict=True)
    )
