"""Methods on a series: plan, run, keep what came out, let a person say what it is worth (DB13/T 5.2, 5.3)."""

from __future__ import annotations

import logging
import shutil
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from app.analysis.rights import CONFIRM_RESULT
from app.dicom.write.derived_series import derived_series_uid, write_derived_ct
from app.dicom.write.segmentation_object import read_segmentation, segmentation_series_uid, write_segmentation
from app.domain.file_names import stem_of
from app.domain.inference import InferenceResult, MethodCard, Plan, Task, Verdict
from app.domain.person import Actor
from app.domain.provenance import ResultState, ReviewState
from app.domain.quantity import Quantity
from app.domain.segmentation import Segmentation
from app.domain.study import FlowState, FlowStep, StudyUid
from app.domain.volume import Volume
from app.errors import NotFound, Refused, UserError
from app.i18n import tr
from app.imaging.store import Lease
from app.jobs import Job, JobRunner, Progress, never_cancelled, no_progress
from app.jobs.runner import Cancelling
from app.people.rights import ANALYSE, EXPORT, READ, require
from app.ports import Archive, InferenceEngine, VolumeReading
from app.processes.dicom import DicomProcesses
from app.storage.files import require_room, told_for, written_together
from app.storage.folder import DataFolder
from app.storage.pins import RESULT

log = logging.getLogger(__name__)


class AnalysisService:
    """Runs methods through the engine port and files what they make."""

    def __init__(
        self,
        folder: DataFolder,
        archive: Archive,
        reading: VolumeReading,
        engine: InferenceEngine,
        jobs: JobRunner,
        dicom: DicomProcesses,
    ) -> None:
        self._dicom = dicom
        self._folder = folder
        self._db = folder.database
        self._archive = archive
        self._reading = reading
        self._engine = engine
        self._jobs = jobs

    def methods(self) -> list[MethodCard]:
        """All methods of the registry."""
        return list(self._engine.methods())

    def card(self, method_id: str) -> MethodCard:
        """One method."""
        found = next((card for card in self._engine.methods() if card.method_id == method_id), None)
        if found is None:
            raise NotFound(
                "There is no method {name}.",
                hint="Methods are: {known}.",
                name=method_id,
                known=", ".join(card.method_id for card in self._engine.methods()),
            )
        return found

    def plan(
        self,
        actor: Actor,
        volume: Volume,
        method_id: str,
        *,
        device: str = "auto",
        parameters: Mapping[str, float] = {},
    ) -> Plan:
        """What a method would do with a volume, and the guard's verdict.  Shown before anything runs."""
        require(actor, ANALYSE)
        self.card(method_id)
        return self._engine.plan(method_id, volume, device=device, parameters=parameters)

    def start(self, actor: Actor, volume: Volume, plan: Plan, *, study_uid: str) -> Job[ResultState]:
        """Run in the background and file the result."""
        require(actor, ANALYSE)
        return self._jobs.submit(
            tr(self.card(plan.method_id).title), self.run, actor, volume, plan, study_uid
        )

    def run(
        self,
        actor: Actor,
        volume: Volume,
        plan: Plan,
        study_uid: str,
        *,
        progress: Progress = no_progress,
        cancelled: Cancelling = never_cancelled,
    ) -> ResultState:
        """Run a plan and file its result; the same job gives the same objects and is filed once.

        Raises `Refused` when the guard refused, `Unavailable` when the worker process died, `Cancelled`.
        """
        require(actor, ANALYSE)
        if plan.verdict is Verdict.REFUSE:
            raise refusal(self.card(plan.method_id), plan)
        if (
            self.card(plan.method_id).task is Task.ENHANCE
        ):  # the images and their copy in the archive; not after minutes of work
            require_room(self._folder.path, 2 * 2 * int(np.prod(volume.grid.shape)))
        try:
            result = self._engine.run(
                plan, volume, progress=lambda f, d=0, t=0: progress(0.9 * f, d, t), cancelled=cancelled
            )
        except UserError as error:
            self._audit_failure(actor, volume, plan, error)
            raise
        try:
            with self._folder.temp_dir() as workdir:
                with told_for(self._folder.path):
                    kind, name = self._write(volume, plan, result, workdir, actor, cancelled)
                progress(0.95)
                state = self._archive.file_made(
                    actor,
                    workdir,
                    lambda tx: self._file(tx, actor, volume, plan, result, study_uid, kind, name),
                    cancelled=cancelled,
                )
        except UserError as error:
            self._audit_failure(actor, volume, plan, error)
            raise
        finally:
            if result.images is not None:
                result.images.close()
        progress(1.0)
        return state

    def results(self, actor: Actor, study_uid: str) -> tuple[ResultState, ...]:
        """What was made of a study and not discarded."""
        require(actor, READ)
        with self._db.read() as tx:
            rows = tx.results.of_study(study_uid)
        return tuple(row for row in rows if row.review is not ReviewState.DISCARDED)

    def review(self, actor: Actor, result_id: str, verdict: ReviewState) -> ResultState:
        """Accept or discard a result.  The object itself is never rewritten."""
        require(actor, CONFIRM_RESULT)
        with self._db.write() as tx:
            if tx.results.get(result_id) is None:
                raise NotFound("There is no result {name}.", name=result_id)
            tx.results.set_review(result_id, verdict, actor.name, datetime.now(UTC))
            tx.audit.append(actor, f"result.{verdict}", result_id, "done", {}, pins=((RESULT, result_id),))
            found = tx.results.get(result_id)
        assert found is not None
        return found

    def export(self, actor: Actor, result: ResultState, out: Path, *, overwrite: bool = False) -> list[Path]:
        """Copy the objects of a result into a folder, named by study, day, what they are and number: all of
        them, or none.

        The files carry who the patient is, as DICOM does; their names do not.  That they went out is audited.
        `FilesThere` where there are such files, unless they may be overwritten.
        """
        require(actor, EXPORT)
        instances = sorted(
            self._archive.instances(actor, result.series_uid), key=lambda i: (i.number or 0, i.sop_uid)
        )
        study = self._archive.study(actor, result.study_uid)
        stem = stem_of(study)
        names = [f"{stem}_{result.kind}_{position:04d}.dcm" for position in range(1, len(instances) + 1)]
        require_room(out, sum(instance.size_bytes for instance in instances))
        with written_together(out, overwrite=overwrite) as stage:
            for name, instance in zip(names, instances, strict=True):
                with told_for(out), self._archive.lease(instance.sha256) as stored:
                    shutil.copyfile(stored, stage / name)
            with self._db.write() as tx:  # before the files get their names: nothing goes out without its row
                tx.audit.append(actor, "result.export", result.series_uid, "done", {"objects": len(names)})
        return [out / name for name in names]

    def result_images(
        self,
        actor: Actor,
        result: ResultState,
        source: Volume,
        *,
        progress: Progress = no_progress,
        cancelled: Cancelling = never_cancelled,
    ) -> Lease:
        """A lease on the enhanced images of a result, whole; refused where they do not lie on the source's
        grid. Blocking.
        """
        _, lease = self._reading.acquire_volume(actor, result.series_uid, cancelled=cancelled)
        try:
            if not lease.volume.grid.same_as(source.grid, tolerance_mm=0.01):
                raise Refused(
                    "The processed images {uid} do not lie on the grid of their source.",
                    uid=result.series_uid,
                )
            lease.wait(progress=progress, cancelled=cancelled)
        except BaseException:
            lease.release()
            raise
        return lease

    def is_made_of(self, result: ResultState, volume: Volume) -> bool:
        """The result was made of this volume, not of another one of its series: its UID is made of its
        sources.
        """
        if result.source_series_uid != volume.series_uid:
            return False
        if result.kind == "images":
            uid = derived_series_uid(volume.sop_uids, result.algorithm, volume.frame_numbers)
        else:
            uid = segmentation_series_uid(volume.sop_uids, result.algorithm.key(), volume.frame_numbers)
        return uid == result.series_uid

    def segmentation(self, actor: Actor, result: ResultState, volume: Volume) -> Segmentation:
        """The segmentation object of a result, on the grid of the volume it was made for."""
        require(actor, READ)
        instances = self._archive.instances(actor, result.series_uid)
        if not instances:
            raise NotFound("The archive has no series {uid}.", uid=result.series_uid)
        with self._archive.lease(instances[0].sha256) as stored:
            return read_segmentation(stored, volume.grid, parsers=self._dicom.parsers)

    # -- filing ---------------------------------------------------------------------------------------------

    def _write(
        self,
        volume: Volume,
        plan: Plan,
        result: InferenceResult,
        workdir: Path,
        actor: Actor,
        cancelled: Cancelling,
    ) -> tuple[str, str]:
        """Write the objects; their kind, and the Series UID of images or the SOP UID of a segmentation."""
        source = self._archive.source(actor, volume.series_uid)
        if result.images is not None:
            if volume.quantity is not Quantity.HU:
                raise Refused(
                    "Enhanced images are written for CT in HU; found {found}.", found=str(volume.quantity)
                )
            values = np.rint(result.images.array[0]).astype(np.int16, copy=False)
            name = self.card(plan.method_id).title
            write_derived_ct(
                workdir,
                volume.grid,
                values,
                volume.sop_uids,
                source,
                result.algorithm,
                description=name,
                source_frames=volume.frame_numbers,
                cancelled=cancelled,
            )
            return "images", derived_series_uid(volume.sop_uids, result.algorithm, volume.frame_numbers)
        assert result.labels is not None
        segmentation = Segmentation(
            volume.grid,
            result.labels,
            result.segments,
            volume.series_uid,
            volume.sop_uids,
            volume.frame_of_reference_uid,
            volume.frame_numbers,
        )
        title = self.card(plan.method_id).title
        return "segmentation", write_segmentation(
            workdir / "segmentation.dcm", segmentation, source, result.algorithm, description=title
        )

    def _file(
        self,
        tx: Any,
        actor: Actor,
        volume: Volume,
        plan: Plan,
        result: InferenceResult,
        study_uid: str,
        kind: str,
        name: str,
    ) -> ResultState:
        """The result's row, flow step and audit row, in the transaction that files its objects."""
        now = datetime.now(UTC)
        written = tx.studies.instance(name) if kind != "images" else None
        series_uid = written.series_uid if written is not None else name
        known: ResultState | None = tx.results.by_series(series_uid)
        details = {
            "method": plan.method_id,
            "version": result.algorithm.version,
            "weights": result.algorithm.weights_sha256,
            "device": plan.device,
            "precision": plan.precision,
            "seconds": round(result.seconds, 2),
            "known": known is not None,
        }
        if known is not None:
            if known.review is ReviewState.DISCARDED:
                tx.results.set_review(known.result_id, ReviewState.UNCONFIRMED, actor.name, now)
            pins = ((RESULT, known.result_id),)
            tx.audit.append(actor, "analysis.run", series_uid, "done", details, pins=pins)
            return tx.results.get(known.result_id) or known
        state = ResultState(
            result_id=str(uuid.uuid4()),
            study_uid=study_uid,
            source_series_uid=volume.series_uid,
            series_uid=series_uid,
            kind=kind,
            algorithm=result.algorithm,
            made_at=now,
            seconds=result.seconds,
            review=ReviewState.UNCONFIRMED,
            figures=result.figures,
        )
        tx.results.add(state)
        pins = ((RESULT, state.result_id),)
        tx.audit.append(actor, "analysis.run", series_uid, "done", details, pins=pins)
        tx.studies.mark_derived(series_uid)
        step = FlowStep.PROCESSING if self.card(plan.method_id).task is Task.ENHANCE else FlowStep.ANALYSIS
        tx.studies.set_flow(StudyUid(study_uid), step, FlowState.DONE, actor.name, now)
        return state

    def _audit_failure(self, actor: Actor, volume: Volume, plan: Plan, error: UserError) -> None:
        """Why the run failed is what the person is told, also where its row cannot be written."""
        details = {"method": plan.method_id, "error": type(error).__name__}
        try:
            with self._db.write() as tx:
                tx.audit.append(actor, "analysis.run", volume.series_uid, "failed", details)
        except UserError:
            log.warning("a failed run of %s could not be recorded", plan.method_id)


def refusal(card: MethodCard, plan: Plan) -> Refused:
    """The guard's refusal as an error with all its reasons."""
    reasons = "; ".join(tr(r.template, **r.params) for r in plan.reasons)
    return Refused("{method} is not made for these images: {reasons}", method=tr(card.title), reasons=reasons)
