"""Importing, finding and showing what the archive holds (DB13/T 3.1.1, 3.3a)."""

from __future__ import annotations

import logging
import shutil
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from app.archive import study_texts
from app.archive.kept_contents import KeptContents, SeriesContents
from app.archive.keys import ArchiveKeys
from app.archive.rights import IMPORT
from app.archive.series_facts import SeriesFacts, series_facts
from app.dicom.read.folder_index import scan
from app.dicom.read.scanned_file import ScannedFile
from app.dicom.read.source_header import SourceHeader, of_patient
from app.dicom.read.study_texts import charset_choices
from app.dicom.read.thumbnail import thumbnail
from app.domain.display_set import SeriesDisplaySets
from app.domain.person import Actor
from app.domain.study import (
    CharsetChoice,
    FlowRow,
    FlowState,
    FlowStep,
    ImportNotices,
    ImportSummary,
    Instance,
    Notice,
    Series,
    SeriesUid,
    Study,
    StudyFilter,
    StudyRow,
    StudyUid,
)
from app.errors import BadInput, Cancelled, NotFound, Refused, UserError
from app.i18n import tr
from app.jobs import Job, JobRunner, Progress, never_cancelled, no_progress
from app.jobs.runner import Cancelling
from app.people.rights import ANALYSE, READ, require
from app.ports import ObjectLease
from app.processes.dicom import DicomProcesses
from app.processes.turns import Priority
from app.storage.folder import DataFolder
from app.storage.repositories.facts import StoredFacts

log = logging.getLogger(__name__)
T = TypeVar("T")

Filed = Callable[[StudyUid], None]


def nobody_listens(study_uid: StudyUid) -> None:
    """For importers that tell nobody which studies have got objects."""


#: objects made durable and committed together: one fsync round for each
BATCH = 200


class ArchiveService:
    """The archive of this station.  Original bytes are kept as they came, addressed by content."""

    def __init__(self, folder: DataFolder, jobs: JobRunner, dicom: DicomProcesses) -> None:
        self._folder = folder
        self._dicom = dicom
        self._db = folder.database
        self._jobs = jobs
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
        """Import folders, files, ZIP archives and DICOMDIR media.

        Each batch of files is durable before its rows are committed, so a crash leaves neither half a row nor
        a row without bytes. On cancel what was committed stays and is told in the summary's place:
        `Cancelled` is raised.  `filed` is told on the importing thread, perhaps more than once, of each study
        that has got objects.
        """
        require(actor, IMPORT)
        taken = _ImportTally(str(uuid.uuid4()), filed)
        try:
            with self._folder.temp_dir() as workdir:
                self._take(actor, paths, workdir, taken, progress, cancelled)
        except BaseException as error:
            self._end_import(
                actor, taken, "cancelled" if isinstance(error, Cancelled | KeyboardInterrupt) else "failed"
            )
            raise
        return self._end_import(actor, taken, "done")

    def _take(
        self,
        actor: Actor,
        paths: Sequence[Path],
        workdir: Path,
        taken: _ImportTally,
        progress: Progress,
        cancelled: Cancelling,
    ) -> None:
        batch: list[ScannedFile] = []
        for found in scan(
            paths, parsers=self._dicom.parsers, workdir=workdir, progress=progress, cancelled=cancelled
        ):
            if isinstance(found, Notice):
                taken.notices.append(found)
                continue
            batch.append(found)
            if len(batch) >= BATCH:
                self._commit(actor, batch, taken, workdir, cancelled)
                batch = []
                if cancelled():
                    raise Cancelled
        self._commit(actor, batch, taken, workdir, cancelled)

    def _end_import(self, actor: Actor, taken: _ImportTally, outcome: str) -> ImportSummary:
        """Keep the notices and the audit row, also of an import that did not come to its end: what it took
        stays.
        """
        summary = taken.summary()
        counts = {
            "examined": summary.examined,
            "added": summary.added,
            "known": summary.known,
            "notices": len(summary.notices),
        }

        def record(tx: Any) -> None:
            tx.notices.add(taken.import_id, taken.notices)
            tx.audit.append(actor, "study.import", taken.import_id, outcome, counts)

        try:
            if outcome == "done":
                self._db.write_with_retry(record)
            else:
                with self._db.write() as tx:
                    record(tx)
        except UserError:
            if outcome == "done":
                raise
            log.warning(
                "the end of import %s could not be recorded", taken.import_id
            )  # why it ended is what the person is told
        return summary

    def file_made(
        self,
        actor: Actor,
        folder: Path,
        record: Callable[[Any], T],
        *,
        cancelled: Cancelling = never_cancelled,
    ) -> T:
        """File objects that a method made, together with what `record` writes: one transaction, all or
        nothing.

        `record` is given the open transaction, after the objects' rows. A crash, a cancel or a full disk
        before its end leaves no row; bytes without a row are swept at the next opening. Objects that are
        filed already stay as they are.
        """
        require(actor, ANALYSE)
        with self._folder.temp_dir() as workdir:
            found = list(
                scan(
                    [folder],
                    parsers=self._dicom.parsers,
                    workdir=workdir,
                    progress=no_progress,
                    cancelled=cancelled,
                    priority=Priority.INTERACTIVE,
                )
            )
            refused = next((f for f in found if isinstance(f, Notice)), None)
            if refused is not None:
                raise BadInput(
                    "An object that was made cannot be filed: {reason}",
                    reason=tr(refused.template, **refused.params),
                )
            made = [f for f in found if isinstance(f, ScannedFile)]
            self._folder.objects.require_room({one.sha256: one.size for one in made})
            for one in made:
                if cancelled():
                    raise Cancelled
                self._folder.objects.put_file(one.path, one.sha256)
            self._folder.objects.sync()

            def file(tx: Any) -> T:
                keys = ArchiveKeys(tx.uids, made)
                keyed = [keys.keyed(one) for one in made]
                for study, series, instances in _grouped(keyed):
                    tx.studies.add(study, series, instances, imported_at=datetime.now(UTC))
                _keep_facts(tx, keyed)
                return record(tx)

            return self._db.write_with_retry(file, cancelled=cancelled)

    def _commit(
        self,
        actor: Actor,
        batch: Sequence[ScannedFile],
        taken: _ImportTally,
        workdir: Path,
        cancelled: Cancelling,
    ) -> None:
        if not batch:
            return
        objects, stored = self._folder.objects, []
        objects.require_room({found.sha256: found.size for found in batch})
        for found in batch:
            try:
                objects.put_file(found.path, found.sha256)
            except (
                BadInput,
                NotFound,
            ) as error:  # gone, changed or unreadable since it was looked at: the rest goes on
                taken.notices.append(
                    Notice(
                        "unreadable",
                        error.template,
                        {**error.params, "name": found.display_path},
                        found.display_path,
                    )
                )
            else:
                stored.append(found)
        objects.sync()
        for found in batch:
            if found.path.is_relative_to(workdir):
                found.path.unlink(missing_ok=True)  # out of an archive: it is in the store by now
        self._db.write_with_retry(lambda tx: self._add_rows(tx, actor, stored, taken), cancelled=cancelled)
        taken.begun = True
        taken.tell_grown()

    def _add_rows(self, tx: Any, actor: Actor, stored: Sequence[ScannedFile], taken: _ImportTally) -> None:
        now = datetime.now(UTC)
        if not taken.begun:  # in one transaction with the first rows: an import that is killed has its row
            tx.audit.append(actor, "study.import", taken.import_id, "begun", {})
        keys = ArchiveKeys(tx.uids, stored)
        read, texts = study_texts.read_together(tx, [keys.keyed(one) for one in stored])
        taken.add_once(keys.notices)
        for study, series, instances in _grouped(read):
            added, known, conflicts = tx.studies.add(study, series, instances, imported_at=now)
            taken.added += added
            taken.known += known
            taken.notices.extend(conflicts)
            if study.study_uid not in taken.studies:
                taken.studies.append(study.study_uid)
            if added:
                taken.grown.add(study.study_uid)
            if added and all(
                row.step is not FlowStep.ACQUISITION for row in tx.studies.flow(study.study_uid)
            ):
                tx.studies.set_flow(study.study_uid, FlowStep.ACQUISITION, FlowState.DONE, actor.name, now)
        study_texts.keep(tx, texts)
        _keep_facts(tx, read)

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


class _ImportTally:
    """Running sums of one import."""

    def __init__(self, import_id: str, filed: Filed) -> None:
        self.import_id = import_id
        self._filed = filed
        #: studies that have got objects since they were told
        self.grown: set[StudyUid] = set()
        self.begun = False
        self.added = self.known = 0
        self.notices: list[Notice] = []
        self._told: set[str] = set()
        self.studies: list[StudyUid] = []

    def add_once(self, notices: Mapping[str, Notice]) -> None:
        """Notices that are told once an import, by what they are about."""
        self.notices.extend(notice for key, notice in notices.items() if key not in self._told)
        self._told.update(notices)

    def tell_grown(self) -> None:
        """The rows are committed."""
        for study_uid in self.grown:
            self._filed(study_uid)
        self.grown.clear()

    def summary(self) -> ImportSummary:
        examined = self.added + self.known + len(self.notices)
        return ImportSummary(
            self.import_id, examined, self.added, self.known, tuple(self.notices), tuple(self.studies)
        )


def _keep_facts(tx: Any, files: Iterable[ScannedFile]) -> None:
    tx.facts.keep(
        StoredFacts(one.instance.sop_uid, one.documents.form, one.documents.facts, one.documents.source)
        for one in files
    )


def _grouped(batch: Iterable[ScannedFile]) -> list[tuple[Study, Series, list[Instance]]]:
    groups: dict[SeriesUid, tuple[Study, Series, list[Instance]]] = {}
    for found in batch:
        group = groups.setdefault(found.series.series_uid, (found.study, found.series, []))
        group[2].append(found.instance)
    return list(groups.values())
