"""Taking objects into the archive: files and media that people bring, and what methods made."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from app.archive import study_texts
from app.archive.keys import ArchiveKeys
from app.archive.rights import IMPORT
from app.dicom.read.folder_index import scan
from app.dicom.read.scanned_file import ScannedFile
from app.domain.person import Actor
from app.domain.study import (
    FlowState,
    FlowStep,
    ImportSummary,
    Instance,
    Notice,
    Series,
    SeriesUid,
    Study,
    StudyUid,
)
from app.errors import BadInput, Cancelled, NotFound, UserError
from app.i18n import tr
from app.jobs import Progress, never_cancelled, no_progress
from app.jobs.runner import Cancelling
from app.people.rights import ANALYSE, require
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


class Importer:
    """Original bytes are kept as they came, addressed by content."""

    def __init__(self, folder: DataFolder, dicom: DicomProcesses) -> None:
        self._folder = folder
        self._dicom = dicom
        self._db = folder.database

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
