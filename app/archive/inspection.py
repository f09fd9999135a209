"""What files, folders, archives and media hold, without importing them."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.archive.keys import ArchiveKeys, NothingHeld
from app.dicom.read.display_sets import display_sets
from app.dicom.read.facts_document import unpack_facts
from app.dicom.read.folder_index import scan
from app.dicom.read.loader import slots_of
from app.dicom.read.object_facts import sop_class_name
from app.dicom.read.scanned_file import ScannedFile
from app.dicom.read.study_texts import reading_of, readings, reread
from app.dicom.read.value_range import ValueRange, value_range
from app.domain.display_set import DisplaySet, LeftOut, SeriesDisplaySets, TranslatableText
from app.domain.pixel import LookupTable
from app.domain.presentation import VoiTransform
from app.domain.study import Notice, Series, Study
from app.errors import UserError
from app.i18n import tr
from app.jobs import Progress, never_cancelled, no_progress
from app.jobs.runner import Cancelling
from app.processes.dicom import DicomProcesses


@dataclass(frozen=True, slots=True)
class InspectedSeries:
    """One series: its display sets, the values of the first; `files` by SOP UID and by digest."""

    series: Series
    held: SeriesDisplaySets
    values: ValueRange | None
    failure: str
    files: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class InspectedStudy:
    """One study of one patient."""

    study: Study
    series: tuple[InspectedSeries, ...]


@dataclass(frozen=True, slots=True)
class Inspection:
    """All that was found; `notices` name the files that were not taken, or taken with a doubt."""

    studies: tuple[InspectedStudy, ...]
    notices: tuple[Notice, ...]

    @property
    def is_empty(self) -> bool:
        """Nothing readable was found."""
        return not any(one.held.sets or one.held.objects for study in self.studies for one in study.series)


def inspect(
    paths: Sequence[Path],
    processes: DicomProcesses,
    *,
    progress: Progress = no_progress,
    cancelled: Cancelling = never_cancelled,
) -> Inspection:
    """Look at all files under `paths`; nothing is kept, and what archives were taken apart into is
    removed.
    """
    with tempfile.TemporaryDirectory(prefix="yingshu-") as workdir:
        taken: list[ScannedFile] = []
        notices: list[Notice] = []
        for found in scan(
            paths, parsers=processes.parsers, workdir=Path(workdir), progress=progress, cancelled=cancelled
        ):
            if isinstance(found, Notice):
                notices.append(found)
            else:
                taken.append(found)
        keys = ArchiveKeys(NothingHeld(), taken)
        studies = tuple(_study(files, processes, cancelled) for files in _by_study(taken, keys))
    return Inspection(studies, (*notices, *keys.notices.values()))


def _by_study(files: Iterable[ScannedFile], keys: ArchiveKeys) -> list[list[ScannedFile]]:
    """As the archive would keep them: two patients of one UID are two studies, a missing ID is of any."""
    groups: dict[str, list[ScannedFile]] = defaultdict(list)
    for one in files:
        groups[keys.keyed(one).study.study_uid].append(one)
    return list(groups.values())


def _study(files: list[ScannedFile], processes: DicomProcesses, cancelled: Cancelling) -> InspectedStudy:
    """Names are decoded as all texts of the study together tell."""
    texts = tuple(dict.fromkeys(text for one in files for text in one.texts))
    reading = reading_of(texts)
    groups: dict[str, list[ScannedFile]] = defaultdict(list)
    for one in files:
        groups[one.series.series_uid].append(one)
    study, inspected = files[0].study, []
    for members in groups.values():
        first = members[0]
        named, series = reread(first.study, first.series, readings(first.texts, reading))
        study = named if study is first.study else study
        inspected.append(_series(series, members, processes, cancelled))
    return InspectedStudy(study, tuple(inspected))


def _series(
    series: Series, files: Sequence[ScannedFile], processes: DicomProcesses, cancelled: Cancelling
) -> InspectedSeries:
    facts = [unpack_facts(one.documents.facts) for one in files]
    held = display_sets(
        facts, study_uid=series.study_uid, series_uid=series.series_uid, body_part=series.body_part
    )
    names: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for fact, one in zip(facts, files, strict=True):
        names[fact.sop_uid] += (one.display_path,)
        names[one.sha256] += (one.display_path,)
    values, failure = None, ""
    grey = [one for one in held.sets[:1] if all(frame.pixel_format.is_grey for frame in one.frames)]
    if grey:
        paths = {one.sha256: one.path for one in files}
        try:
            values = _values(grey[0], paths, processes, cancelled)
        except UserError as error:
            failure = str(error)
    return InspectedSeries(series, held, values, failure, dict(names))


def _values(
    found: DisplaySet, paths: dict[str, Path], processes: DicomProcesses, cancelled: Cancelling
) -> ValueRange | None:
    events = processes.decoders.stream(
        value_range, slots_of(found, paths.__getitem__), about=found.modality, cancelled=cancelled
    )
    while True:
        try:
            next(events)
        except StopIteration as end:
            values: ValueRange | None = end.value
            return values


# -- as plain data ---------------------------------------------------------------------------------------


def as_data(found: Inspection) -> dict[str, Any]:
    """The inspection as JSON values."""
    return {
        "studies": [
            {
                "patient_name": one.study.patient.name,
                "patient_id": one.study.patient.patient_id,
                "study_uid": one.study.study_uid,
                "study_description": one.study.description,
                "started_at": one.study.started_at.isoformat() if one.study.started_at else None,
                "series": [_series_data(series) for series in one.series],
            }
            for one in found.studies
        ],
        "notices": [
            {"file": notice.path, "reason": tr(notice.template, **notice.params), "kind": notice.reason}
            for notice in found.notices
        ],
    }


def _series_data(one: InspectedSeries) -> dict[str, Any]:
    return {
        "series_uid": one.series.series_uid,
        "modality": one.series.modality,
        "number": one.series.number,
        "description": one.series.description,
        "display_sets": [
            _set_data(found, one.values if n == 0 else None, one.failure if n == 0 else "")
            for n, found in enumerate(one.held.sets)
        ],
        "objects": [
            {
                "sop_class": found.sop_class_uid,
                "name": sop_class_name(found.sop_class_uid),
                "files": list(one.files[found.sop_uid]),
            }
            for found in one.held.objects
        ],
        "refused": [_refused_data(left, one.files) for left in one.held.left_out],
    }


def _refused_data(left: LeftOut, files: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    keys = [sha256 or uid for uid, sha256 in zip(left.sop_uids, left.sha256s, strict=True)]
    names = [name for key in dict.fromkeys(keys) for name in files[key]]
    return {"reason": told(left.reason), "files": names, "count": len(left.sop_uids)}


def _set_data(found: DisplaySet, values: ValueRange | None, failure: str) -> dict[str, Any]:
    frame, geometry = found.frames[0], found.geometry
    factor = found.details.get("suv_factor")
    return {
        "kind": found.kind,
        "sop_class": found.sop_class_uid,
        "sop_class_name": sop_class_name(found.sop_class_uid),
        "title": [told(one) for one in found.title],
        "frames": len(found.frames),
        "shape": list(geometry.grid.shape) if geometry is not None else [frame.rows, frame.columns],
        "spacing_mm": list(geometry.grid.spacing_mm)
        if geometry is not None
        else (None if frame.spacing.mm is None else list(frame.spacing.mm)),
        "spacing_source": str(frame.spacing.source),
        "correction": str(geometry.correction) if geometry is not None else None,
        "axis": None if found.axis is None else {
            "kind": str(found.axis.kind), "values": list(found.axis.values), "unit": found.axis.unit,
            "labels": list(found.axis.labels),
        },
        "photometric": frame.pixel_format.photometric,
        "quantity": str(found.quantity),
        "unit": found.unit,
        "minimum": None if values is None else values.low,
        "maximum": None if values is None else values.high,
        "mean": None if values is None else values.mean,
        "suv_factor": None if factor is None else float(factor),
        "suv_inputs": {name[5:]: value for name, value in found.details.items() if name.startswith("suv: ")},
        "windows": [_voi_data(one) for one in found.voi or frame.voi],
        "warnings": [told(one) for one in found.warnings] + ([failure] if failure else []),
    }  # fmt: skip


def _voi_data(one: VoiTransform) -> dict[str, Any]:
    if isinstance(one, LookupTable):
        return {"table": one.explanation, "entries": len(one.entries)}
    return {
        "centre": one.centre, "width": one.width, "explanation": one.label, "function": str(one.function),
    }  # fmt: skip


def told(one: TranslatableText) -> str:
    """In the language of the program."""
    template, params = one
    return tr(template, **params)
