"""Importing, finding and showing what the archive holds (DB13/T 3.1.1, 3.3a)."""

from __future__ import annotations

import logging
import shutil
import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from app.dicom.bounded import DicomProcesses
from app.dicom.folder_index import scan
from app.dicom.header import ScannedFile
from app.dicom.source_header import SourceHeader, source_header
from app.dicom.thumbnail import series_thumbnail
from app.domain.person import Actor, Right
from app.domain.study import (
    FlowRow,
    FlowState,
    FlowStep,
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
from app.errors import BadInput, Cancelled, NotFound, UserError
from app.i18n import tr
from app.jobs import Job, JobRunner, Progress, never_cancelled, no_progress
from app.jobs.runner import Cancelling
from app.people.rights import require
from app.storage.folder import DataFolder

log = logging.getLogger(__name__)
T = TypeVar("T")

#: objects made durable and committed together: one fsync round for each
BATCH = 200


class ArchiveService:
    """The archive of this station.  Original bytes are kept as they came, addressed by content."""

    def __init__(self, folder: DataFolder, jobs: JobRunner, dicom: DicomProcesses) -> None:
        self._folder = folder
        self._dicom = dicom
        self._db = folder.database
        self._jobs = jobs

    # -- import ---------------------------------------------------------------------------------------------

    def start_import(self, actor: Actor, paths: Sequence[Path]) -> Job[ImportSummary]:
        """Import in the background."""
        require(actor, Right.IMPORT)
        return self._jobs.submit(tr("Importing images"), self.import_paths, actor, tuple(paths))

    def import_paths(
        self, actor: Actor, paths: Sequence[Path], *, progress: Progress = no_progress, cancelled: Cancelling = never_cancelled
    ) -> ImportSummary:
        """Import folders, files, ZIP archives and DICOMDIR media.

        Each batch of files is durable before its rows are committed, so a crash leaves neither half a row nor a row
        without bytes.  On cancel what was committed stays and is told in the summary's place: `Cancelled` is raised.
        """
        require(actor, Right.IMPORT)
        taken = _Taken(str(uuid.uuid4()))
        try:
            with self._folder.temp_dir() as workdir:
                self._take(actor, paths, workdir, taken, progress, cancelled)
        except BaseException as error:
            self._end_import(actor, taken, "cancelled" if isinstance(error, Cancelled | KeyboardInterrupt) else "failed")
            raise
        return self._end_import(actor, taken, "done")

    def _take(
        self, actor: Actor, paths: Sequence[Path], workdir: Path, taken: _Taken, progress: Progress, cancelled: Cancelling
    ) -> None:  # fmt: skip
        batch: list[ScannedFile] = []
        for found in scan(paths, child=self._dicom.parser, workdir=workdir, progress=progress, cancelled=cancelled):
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

    def _end_import(self, actor: Actor, taken: _Taken, outcome: str) -> ImportSummary:
        """Keep the notices and the audit row, also of an import that did not come to its end: what it took stays."""
        summary = taken.summary()
        counts = {"examined": summary.examined, "added": summary.added, "known": summary.known, "notices": len(summary.notices)}

        def record(tx: Any) -> None:
            tx.notices.add(taken.import_id, taken.notices)
            tx.audit.append(actor, "study.import", taken.import_id, outcome, counts)

        try:
            if outcome == "done":
                self._db.write_patiently(record)
            else:
                with self._db.write() as tx:
                    record(tx)
        except UserError:
            if outcome == "done":
                raise
            log.warning("the end of import %s could not be recorded", taken.import_id)  # why it ended is what the person is told
        return summary

    def file_made(self, actor: Actor, folder: Path, record: Callable[[Any], T], *, cancelled: Cancelling = never_cancelled) -> T:
        """File objects that a method made, together with what `record` writes: one transaction, all or nothing.

        `record` is given the open transaction, after the objects' rows.  A crash, a cancel or a full disk before its end
        leaves no row; bytes without a row are swept at the next opening.  Objects that are filed already stay as they are.
        """
        require(actor, Right.ANALYSE)
        with self._folder.temp_dir() as workdir:
            found = list(scan([folder], child=self._dicom.parser, workdir=workdir, progress=no_progress, cancelled=cancelled))
            refused = next((f for f in found if isinstance(f, Notice)), None)
            if refused is not None:
                raise BadInput("An object that was made cannot be filed: {reason}", reason=tr(refused.template, **refused.params))
            made = [f for f in found if isinstance(f, ScannedFile)]
            self._folder.objects.require_room({one.sha256: one.size for one in made})
            for one in made:
                if cancelled():
                    raise Cancelled
                self._folder.objects.put_file(one.path, one.sha256)
            self._folder.objects.sync()

            def file(tx: Any) -> T:
                for study, series, instances in _grouped(made):
                    tx.studies.add(study, series, instances, imported_at=datetime.now(UTC))
                return record(tx)

            return self._db.write_patiently(file, cancelled=cancelled)

    def _commit(
        self, actor: Actor, batch: Sequence[ScannedFile], taken: _Taken, workdir: Path, cancelled: Cancelling
    ) -> None:  # fmt: skip
        if not batch:
            return
        objects, stored = self._folder.objects, []
        objects.require_room({found.sha256: found.size for found in batch})
        for found in batch:
            try:
                objects.put_file(found.path, found.sha256)
            except (BadInput, NotFound) as error:  # gone, changed or unreadable since it was looked at: the rest goes on
                taken.notices.append(Notice("unreadable", error.template, {**error.params, "name": found.display_path}, found.display_path))
            else:
                stored.append(found)
        objects.sync()
        for found in batch:
            if found.path.is_relative_to(workdir):
                found.path.unlink(missing_ok=True)  # out of an archive: it is in the store by now
        self._db.write_patiently(lambda tx: self._add_rows(tx, actor, stored, taken), cancelled=cancelled)
        taken.begun = True

    def _add_rows(self, tx: Any, actor: Actor, stored: Sequence[ScannedFile], taken: _Taken) -> None:
        now = datetime.now(UTC)
        if not taken.begun:  # in one transaction with the first rows: an import that is killed has its row
            tx.audit.append(actor, "study.import", taken.import_id, "begun", {})
        for study, series, instances in _grouped(stored):
            added, known, conflicts = tx.studies.add(study, series, instances, imported_at=now)
            taken.added += added
            taken.known += known
            taken.notices.extend(conflicts)
            if study.study_uid not in taken.studies:
                taken.studies.append(study.study_uid)
            if added and all(row.step is not FlowStep.ACQUISITION for row in tx.studies.flow(study.study_uid)):
                tx.studies.set_flow(study.study_uid, FlowStep.ACQUISITION, FlowState.DONE, actor.name, now)

    # -- browse ---------------------------------------------------------------------------------------------

    def studies(self, actor: Actor, wanted: StudyFilter = StudyFilter()) -> list[StudyRow]:
        """The study browser's rows, newest first."""
        require(actor, Right.READ)
        with self._db.read() as tx:
            return list(tx.studies.rows(wanted))

    def study(self, actor: Actor, study_uid: str) -> Study:
        """One study."""
        require(actor, Right.READ)
        with self._db.read() as tx:
            found = tx.studies.study(StudyUid(study_uid))
        if found is None:
            raise NotFound("The archive has no study {uid}.", hint="Import it first.", uid=study_uid)
        return found

    def series(self, actor: Actor, study_uid: str) -> list[Series]:
        """Series of a study in their order."""
        require(actor, Right.READ)
        with self._db.read() as tx:
            return list(tx.studies.series_of(StudyUid(study_uid)))

    def one_series(self, actor: Actor, series_uid: str) -> Series:
        """One series."""
        require(actor, Right.READ)
        with self._db.read() as tx:
            found = tx.studies.series(SeriesUid(series_uid))
        if found is None:
            raise NotFound("The archive has no series {uid}.", hint="“list” names what is there.", uid=series_uid)
        return found

    def instances(self, actor: Actor, series_uid: str) -> list[Instance]:
        """Objects of a series."""
        require(actor, Right.READ)
        with self._db.read() as tx:
            return list(tx.studies.instances(SeriesUid(series_uid)))

    def priors(self, actor: Actor, study_uid: str) -> list[Study]:
        """Earlier and later studies of the same patient."""
        require(actor, Right.READ)
        with self._db.read() as tx:
            return list(tx.studies.priors(StudyUid(study_uid)))

    def flow(self, actor: Actor, study_uid: str) -> tuple[FlowRow, ...]:
        """How far a study's examination is: every step, in order."""
        require(actor, Right.READ)
        with self._db.read() as tx:
            found: tuple[FlowRow, ...] = tx.studies.flow(study_uid)
        return found

    def free_bytes(self) -> int:
        """Free room on the archive's disk."""
        return shutil.disk_usage(self._folder.path).free

    def notices(self, actor: Actor, limit: int = 200) -> list[Notice]:
        """What recent imports did not take, or took with a doubt."""
        require(actor, Right.READ)
        with self._db.read() as tx:
            return list(tx.notices.recent(limit))

    def thumbnail(self, actor: Actor, series_uid: str) -> bytes | None:
        """PNG of a series' middle image; made once, kept in the object store.  None where it has no image."""
        require(actor, Right.READ)
        with self._db.read() as tx:
            known = tx.studies.thumbnail(SeriesUid(series_uid))
            instances = tx.studies.instances(SeriesUid(series_uid)) if known is None else []
        if known is not None and self._folder.objects.has(known):
            return self._folder.objects.path_of(known).read_bytes()
        if known is not None:  # lost with the disk's last seconds: it is made again
            instances = self.instances(actor, series_uid)
        images = [i for i in instances if i.rows]
        if not images:
            return None
        picture = series_thumbnail([self.locate(i.sha256) for i in images], child=self._dicom.parser)
        stored = self._folder.objects.put_bytes(picture)
        self._folder.objects.sync()
        with self._db.write() as tx:
            tx.studies.set_thumbnail(SeriesUid(series_uid), stored.sha256)
        return picture

    def source(self, actor: Actor, series_uid: str) -> SourceHeader:
        """What objects made from a series take from it."""
        require(actor, Right.READ)
        series = self.one_series(actor, series_uid)
        return source_header(series, self.instances(actor, series_uid), self.locate, child=self._dicom.parser)

    def warm(self) -> None:
        """Start the children that read and decode, so that the first import and the first image are quick."""
        self._dicom.warm()

    def locate(self, sha256: str) -> Path:
        """Where the bytes of an object are."""
        return self._folder.objects.path_of(sha256)


class _Taken:
    """Running sums of one import."""

    def __init__(self, import_id: str) -> None:
        self.import_id = import_id
        self.begun = False
        self.added = self.known = 0
        self.notices: list[Notice] = []
        self.studies: list[StudyUid] = []

    def summary(self) -> ImportSummary:
        examined = self.added + self.known + len(self.notices)
        return ImportSummary(self.import_id, examined, self.added, self.known, tuple(self.notices), tuple(self.studies))


def _grouped(batch: Iterable[ScannedFile]) -> list[tuple[Study, Series, list[Instance]]]:
    groups: dict[SeriesUid, tuple[Study, Series, list[Instance]]] = {}
    for found in batch:
        group = groups.setdefault(found.series.series_uid, (found.study, found.series, []))
        group[2].append(found.instance)
    return list(groups.values())
