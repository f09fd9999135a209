"""Importing, finding and showing what the archive holds (DB13/T 3.1.1, 3.3a)."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from app.archive import study_texts
from app.archive.importing import Filed, Importer, nobody_listens
from app.archive.kept_contents import KeptContents, SeriesContents
from app.archive.rights import IMPORT
from app.archive.series_facts import SeriesFacts, series_facts
from app.dicom.read.source_header import SourceHeader, of_patient
from app.dicom.read.study_texts import charset_choices
from app.dicom.read.thumbnail import thumbnail
from app.domain.display_set import SeriesDisplaySets
from app.domain.person import Actor
from app.domain.study import (
    CharsetChoice,
    FlowRow,
    ImportNotices,
    ImportSummary,
    Instance,
    Series,
    SeriesUid,
    Study,
    StudyFilter,
    StudyRow,
    StudyUid,
)
from app.errors import BadInput, NotFound, Refused
from app.i18n import tr
from app.jobs import Job, JobRunner, Progress, never_cancelled, no_progress
from app.jobs.runner import Cancelling
from app.people.rights import READ, require
from app.ports import ObjectLease
from app.processes.dicom import DicomProcesses
from app.storage.folder import DataFolder

log = logging.getLogger(__name__)
T = TypeVar("T")


class ArchiveService:
    """The archive of this station.  Original bytes are kept as they came, addressed by content."""

    def __init__(self, folder: DataFolder, jobs: JobRunner, dicom: DicomProcesses) -> None:
        self._folder = folder
        self._dicom = dicom
        self._db = folder.database
        self._jobs = jobs
        self._importer = Importer(folder, dicom)
        self._contents = KeptContents()

    # -- import ---------------------------------------------------------------------------------------------

    def start_import(
        self, actor: Actor, paths: Sequence[Path], *, filed: Filed = nobody_listens
    ) -> Job[ImportSummary]:
        """Import in the background."""
        require(actor, IMPORT)
        return self._jobs.submit(tr("Importing images"), self.import_paths, actor, tuple(paths), filed=filed)

    def import_paths(
        self,
        actor: Actor,
        paths: Sequence[Path],
        *,
        filed: Filed = nobody_listens,
        progress: Progress = no_progress,
        cancelled: Cancelling = never_cancelled,
    ) -> ImportSummary:
        """Import folders, files, ZIP archives and DICOMDIR media (`Importer.import_paths`)."""
        return self._importer.import_paths(actor, paths, filed=filed, progress=progress, cancelled=cancelled)

    def file_made(
        self,
        actor: Actor,
        folder: Path,
        record: Callable[[Any], T],
        *,
        cancelled: Cancelling = never_cancelled,
    ) -> T:
        """File objects that a method made, together with what `record` writes (`Importer.file_made`)."""
        return self._importer.file_made(actor, folder, record, cancelled=cancelled)

    # -- character sets -------------------------------------------------------------------------------------

    def charset(self, actor: Actor, study_uid: str) -> tuple[str, list[CharsetChoice]]:
        """The codec that a person chose for a study's texts ("" where it is guessed), and what may be
        chosen.
        """
        require(actor, READ)
        with self._db.read() as tx:
            return tx.texts.charset(study_uid), charset_choices(tx.texts.of_study(study_uid))

    def set_charset(self, actor: Actor, study_uid: str, encoding: str) -> Study:
        """Read a study's texts in another character set (a codec of `charset.ENCODINGS`), "" for the guess.

        What the study is found by follows; original objects and reports that were written stay as they are.
        """
        require(actor, IMPORT)
        self.study(actor, study_uid)
        with self._db.write() as tx:
            study_texts.choose(tx, actor, study_uid, encoding)
        return self.study(actor, study_uid)

    # -- browse ---------------------------------------------------------------------------------------------

    def studies(self, actor: Actor, wanted: StudyFilter = StudyFilter()) -> list[StudyRow]:
        """The study browser's rows, newest first."""
        require(actor, READ)
        with self._db.read() as tx:
            return list(tx.studies.rows(wanted))

    def study_rows(self, actor: Actor, study_uids: Sequence[str]) -> dict[str, StudyRow]:
        """The browser's rows of these studies, of those that the archive has."""
        require(actor, READ)
        with self._db.read() as tx:
            return {row.study.study_uid: row for row in tx.studies.rows_of(study_uids)}

    def same_patient(self, actor: Actor, study_uids: Sequence[str]) -> list[StudyUid]:
        """The other studies of these studies' patients: the number of priors is told with each."""
        require(actor, READ)
        with self._db.read() as tx:
            return list(tx.studies.same_patient(study_uids))

    def study(self, actor: Actor, study_uid: str) -> Study:
        """One study."""
        require(actor, READ)
        with self._db.read() as tx:
            found, deleted_by = tx.studies.study(study_uid), tx.study_acts.deleted_by(study_uid)
        if found is None:
            raise NotFound("The archive has no study {uid}.", hint="Import it first.", uid=study_uid)
        if deleted_by is not None:
            raise Refused(
                "The study was deleted by {person}.",
                hint="Restore it in the worklist, under “Deleted”.",
                person=deleted_by,
            )
        return found

    def series(self, actor: Actor, study_uid: str) -> list[Series]:
        """Series of a study in their order."""
        require(actor, READ)
        with self._db.read() as tx:
            return list(tx.studies.series_of(StudyUid(study_uid)))

    def one_series(self, actor: Actor, series_uid: str) -> Series:
        """One series."""
        require(actor, READ)
        with self._db.read() as tx:
            found = tx.studies.series(SeriesUid(series_uid))
        if found is None:
            raise NotFound(
                "The archive has no series {uid}.", hint="“list” names what is there.", uid=series_uid
            )
        return found

    def instances(self, actor: Actor, series_uid: str) -> list[Instance]:
        """Objects of a series."""
        require(actor, READ)
        with self._db.read() as tx:
            return list(tx.studies.instances(SeriesUid(series_uid)))

    def without_pictures(self, actor: Actor, study_uid: str) -> set[SeriesUid]:
        """Series of a study that hold objects, and none with an image."""
        require(actor, READ)
        with self._db.read() as tx:
            return tx.studies.without_pictures(StudyUid(study_uid))

    def priors(self, actor: Actor, study_uid: str) -> list[Study]:
        """Earlier and later studies of the same patient."""
        require(actor, READ)
        with self._db.read() as tx:
            return list(tx.studies.priors(StudyUid(study_uid)))

    def flow(self, actor: Actor, study_uid: str) -> tuple[FlowRow, ...]:
        """How far a study's examination is: every step, in order."""
        require(actor, READ)
        with self._db.read() as tx:
            found: tuple[FlowRow, ...] = tx.studies.flow(study_uid)
        return found

    def free_bytes(self) -> int:
        """Free room on the archive's disk."""
        return shutil.disk_usage(self._folder.path).free

    def has_notices(self, actor: Actor) -> bool:
        """Some import did not take all it found, or took something with a doubt."""
        require(actor, READ)
        with self._db.read() as tx:
            return tx.notices.any()

    def notices(self, actor: Actor, imports: int = 20) -> list[ImportNotices]:
        """What the newest imports did not take, or took with a doubt, import by import."""
        require(actor, READ)
        with self._db.read() as tx:
            return list(tx.notices.recent(imports))

    def display_set_thumbnail(self, actor: Actor, series_uid: str, display_set_id: str) -> bytes | None:
        """PNG of the middle image of one display set, made anew; None where the series has no such set."""
        require(actor, READ)
        sets = self._contents_of(actor, series_uid).held.sets
        found = next((one for one in sets if one.display_set_id == display_set_id), None)
        return None if found is None else thumbnail(found, self, parsers=self._dicom.parsers)

    def thumbnail(self, actor: Actor, series_uid: str) -> bytes | None:
        """PNG of the middle image of a series' first display set; made once, kept.  None where there is no
        image.
        """
        require(actor, READ)
        with self._db.read() as tx:
            known = tx.studies.thumbnail(SeriesUid(series_uid))
        if known is not None and self._folder.objects.has(known):
            with self.lease(known) as picture_file:
                return picture_file.read_bytes()
        sets = self._contents_of(actor, series_uid).held.sets
        if not sets:
            return None
        smallest = min(sets, key=lambda one: one.frames[0].rows) if sets[0].frames[0].tiles else sets[0]
        picture = thumbnail(smallest, self, parsers=self._dicom.parsers)
        stored = self._folder.objects.put_bytes(picture)
        self._folder.objects.sync()
        with self._db.write() as tx:
            tx.studies.set_thumbnail(SeriesUid(series_uid), stored.sha256)
        return picture

    def source(self, actor: Actor, series_uid: str) -> SourceHeader:
        """What objects made from a series take from it."""
        require(actor, READ)
        facts = self._facts(actor, series_uid)
        with self._db.read() as tx:
            corrected = tx.study_acts.corrected(facts.series.study_uid)
        return facts.source() if corrected is None else of_patient(facts.source(), corrected)

    def first_source(self, actor: Actor, series_uid: str) -> SourceHeader:
        """The same with one image only, where the technique of a series is asked for."""
        require(actor, READ)
        found = self._contents_of(actor, series_uid).first_source
        if found is None:
            raise BadInput("The series has no images.")
        return found

    def display_sets(self, actor: Actor, series_uid: str) -> SeriesDisplaySets:
        """All that a series holds: what can be looked at, the first one in front, and what is left out."""
        require(actor, READ)
        return self._contents_of(actor, series_uid).held

    def _contents_of(self, actor: Actor, series_uid: str) -> SeriesContents:
        """Built once; an object that cannot be read now may be there the next time."""
        series = self.one_series(actor, series_uid)
        kept = self._contents.get(series)
        if kept is None:
            facts = self._facts(actor, series_uid)
            kept = SeriesContents(facts.series, facts.display_sets(), facts.first_source())
            if facts.is_whole:
                self._contents.put(kept)
        return kept

    def _facts(self, actor: Actor, series_uid: str) -> SeriesFacts:
        series, instances = self.one_series(actor, series_uid), self.instances(actor, series_uid)
        return series_facts(self._db, series, instances, self, self._dicom.parsers)

    def warm(self) -> None:
        """Start the children that read and decode, so that the first import and the first image are quick."""
        self._dicom.warm()

    def lease(self, sha256: str) -> ObjectLease:
        """The file of an object while it is held."""
        return self._folder.objects.lease(sha256)
