"""Texts of studies in the character set that all of their files together tell, or that a person chose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.dicom.read.charset import ENCODINGS, Guess
from app.dicom.read.scanned_file import ScannedFile
from app.dicom.read.study_texts import reading_of, readings, reread
from app.domain.person import Actor
from app.domain.study import RawField
from app.errors import BadInput


@dataclass(frozen=True, slots=True)
class StudyTexts:
    """Texts of one study that came with an import, and how the study is read."""

    new: tuple[RawField, ...]
    reading: Guess


def read_together(
    tx: Any, files: Sequence[ScannedFile]
) -> tuple[list[ScannedFile], Mapping[str, StudyTexts]]:
    """The files with their texts as all texts of their studies tell; what is stored already is read anew with
    them.
    """
    came: dict[str, dict[RawField, None]] = {}
    for one in files:
        came.setdefault(one.study.study_uid, {}).update(dict.fromkeys(one.texts))
    texts: dict[str, StudyTexts] = {}
    for uid, new in came.items():
        known = tx.texts.of_study(uid)
        if new or known:
            reading = reading_of((*known, *new), tx.texts.charset(uid))
            tx.texts.put(uid, readings(known, reading))
            texts[uid] = StudyTexts(tuple(new), reading)
    return [_reread(one, texts) for one in files], texts


def _reread(one: ScannedFile, texts: Mapping[str, StudyTexts]) -> ScannedFile:
    if not one.texts:
        return one
    study, series = reread(one.study, one.series, readings(one.texts, texts[one.study.study_uid].reading))
    return replace(one, study=study, series=series)


def keep(tx: Any, texts: Mapping[str, StudyTexts]) -> None:
    """Keep the bytes of the texts that were filed."""
    for uid, found in texts.items():
        tx.texts.keep(uid, found.new, readings(found.new, found.reading))


def choose(tx: Any, actor: Actor, study_uid: str, encoding: str) -> None:
    """Read the stored texts of a study in a character set, "" for the guess; in the audit record."""
    if encoding and encoding not in {one.codec for one in ENCODINGS}:
        raise BadInput("{found} is no character set that may be chosen.", found=encoding)
    fields = tx.texts.of_study(study_uid)
    if not fields:
        raise BadInput(
            "No text of this study depends on a character set, or it was imported by an earlier version.",
            hint="Import its files again, then choose.",
        )
    tx.texts.choose_charset(study_uid, encoding)
    tx.texts.put(study_uid, readings(fields, reading_of(fields, encoding)))
    tx.audit.append(actor, "study.charset", study_uid, "done", {"charset": encoding})
