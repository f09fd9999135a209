"""The main job without a person: each act goes through a command id, exactly as a button's would.

Runs in a real window (a virtual display will do), and leaves in its folder what a day's work would: screens,
processed images, segmentation, report in all forms, directory record, and a summary with what each step took
and measured.
"""

from __future__ import annotations

import json
import logging
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from app.analysis.service import AnalysisService
from app.archive.service import ArchiveService
from app.bootstrap.window import SessionWindow
from app.demo.measured_step import MeasuredStep
from app.demo.portal_visit import approve_and_publish
from app.demo.study import SERIES_UID, STUDY_UID, DemoTruth, make_demo_study, read_truth
from app.demo.window_driver import WindowDriver
from app.demo.written_report import Seen, seen_at, written
from app.directory.service import DirectoryService
from app.domain.report import Report
from app.domain.roi import RoiKind
from app.domain.study import StudyFilter
from app.errors import NotFound, Refused, Unavailable, UserError
from app.exporters import ReportExporters
from app.i18n import language, tr
from app.notifications import explain
from app.ports import DemoDirectory
from app.reading.series_order import best_series
from app.reading.service import ReadingService
from app.reporting.controller import ReportController
from app.reporting.output import ExportedReport
from app.session.commands import Commands
from inference.quality import dice, psnr_ssim

log = logging.getLogger(__name__)
T = TypeVar("T")

ENHANCE = "ct/red-unet"
SEGMENT = "ct/lungs-classical"
#: window in HU over which PSNR and SSIM are taken (stated beside every figure)
QUALITY_WINDOW = (-1000.0, 400.0)
HARVEST_S = 60.0


@dataclass(slots=True)
class Step:
    """One line of the summary."""

    name: str
    status: str = "ok"  # ok | refused | failed
    seconds: float = 0.0
    reason: str = ""
    figures: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class MainJob:
    """State of one run."""

    window: SessionWindow
    driver: WindowDriver
    commands: Commands
    directory: DemoDirectory
    out: Path
    data: Path | None
    steps: list[Step] = field(default_factory=list)
    truth: DemoTruth | None = None
    demo_home: Path | None = None

    # -- the flow -------------------------------------------------------------------------------------------

    def run(self) -> bool:
        """All steps; True when none failed (a refusal with its reason is not a failure)."""
        self.out.mkdir(parents=True, exist_ok=True)
        (self.out / "screens").mkdir(exist_ok=True)
        self.driver.log_in("reporting")
        if self._step("import", self._import) and self._step("open", self._open):
            self._step("denoise", self._denoise)
            self._step("segment", self._segment)
            self._step("measure", self._measure)
            self._step("key-images", self._key_images)
            self.driver.shot("read")
            later = (
                ("report", self._report),
                ("register", self._register),
                ("publish", self._publish),
                ("find", self._find),
            )
            all(self._step(name, act) for name, act in later)
        self._summary()
        return all(step.status != "failed" for step in self.steps)

    def _step(self, name: str, act: Callable[[Step], None]) -> bool:
        step = Step(name)
        self.steps.append(step)
        started = time.monotonic()
        try:
            act(step)
        except UserError as error:
            told = explain(error)
            step.reason = told.message
            step.status = (
                "refused" if isinstance(error, Refused) and name in ("denoise", "segment") else "failed"
            )
        except Exception as error:
            log.exception("step %s met a defect", name)
            step.status, step.reason = "failed", f"{type(error).__name__}: {error}"
        step.seconds = round(time.monotonic() - started, 2)
        print(f"{name:12s} {step.status:8s} {step.seconds:7.2f} s  {step.reason}", flush=True)
        self.driver.settle()
        return step.status == "ok"

    # -- steps ----------------------------------------------------------------------------------------------

    def _import(self, step: Step) -> None:
        if self.data is None:
            self.demo_home = self.out / ".demo"
            make_demo_study(self.demo_home)
            self.truth = read_truth(self.demo_home)
            source = self.demo_home / "dicom"
        else:
            source = self.data
            if not source.exists():
                raise NotFound("There is nothing at {path}.", path=str(source))
        summary = self.driver.wait(self.commands.run("study.import", [source]))
        step.figures = {"examined": summary.examined, "added": summary.added, "notices": len(summary.notices)}
        self.commands.run("workspace.worklist")
        self.driver.settle(1.0)
        self.driver.shot("worklist")

    def _open(self, step: Step) -> None:
        session = self.window.session
        study_uid, series_uid = self._first_volume()
        self.driver.wait(self.commands.run("study.open", study_uid, series_uid=series_uid))
        self.commands.run("workspace.read")
        self.driver.until(lambda: session.loaded.is_complete, 300, "the series did not load")
        volume = session.screen.volume
        assert volume is not None
        if volume.modality == "CT":
            self.commands.run("window.lung")
        step.figures = {
            "series": volume.modality,
            "shape": list(volume.grid.shape),
            "spacing_mm": [round(s, 4) for s in volume.grid.spacing_mm],
        }

    def _first_volume(self) -> tuple[str, str]:
        """Study and series that are read: the demo's, or the first that makes a volume."""
        if self.truth is not None:
            return STUDY_UID, SERIES_UID
        session = self.window.session
        station, reasons = session.station, []
        for row in sorted(
            station.get(ArchiveService).studies(session.user.actor, StudyFilter()),
            key=lambda r: r.study.study_uid,
        ):
            series = [
                s
                for s in station.get(ArchiveService).series(session.user.actor, row.study.study_uid)
                if not s.derived
            ]
            while series:
                chosen = best_series(series)
                if chosen is None:
                    break
                series.remove(chosen)
                try:
                    _, lease = station.get(ReadingService).acquire_volume(
                        session.user.actor, chosen.series_uid
                    )
                except UserError as error:
                    reasons.append(explain(error).message)
                    continue
                lease.release()
                return row.study.study_uid, chosen.series_uid
        raise NotFound(
            "No series makes a volume: {reasons}", reasons="; ".join(reasons[:3]) or tr("there is no image")
        )

    def _analyse(self, step: Step, method_id: str) -> Any:
        session = self.window.session
        plan = self.driver.wait(self.commands.run("analysis.plan", method_id))
        step.figures = {
            "method": method_id,
            "device": plan.device,
            "backend": plan.backend,
            "precision": plan.precision,
            "predicted_seconds": round(plan.seconds, 1),
            "predicted_memory_mib": round(plan.memory_bytes / 2**20),
            "verdict": str(plan.verdict),
            "said": [tr(said.template, **said.params) for said in (*plan.notes, *plan.reasons)],
        }
        result = self.driver.wait(self.commands.run("analysis.run", plan))
        step.figures["run_seconds"] = round(result.seconds, 2)
        step.figures |= {name: round(value, 3) for name, value, _ in result.figures}
        assert session.study.study is not None
        return result

    def _denoise(self, step: Step) -> None:
        session = self.window.session
        result = self._analyse(step, ENHANCE)
        self.driver.until(self.driver.processed_is_whole, 120, "the processed images did not open")
        session.station.get(AnalysisService).export(
            session.user.actor, result, self.out / "denoised", overwrite=True
        )
        source, processed = session.screen.volume, self.driver.processed()
        if self.truth is not None and source is not None and processed is not None:
            truth = self.truth.in_order_of(source.grid)
            before = psnr_ssim(source.at(), truth.noise_free, QUALITY_WINDOW)
            after = psnr_ssim(processed.at(), truth.noise_free, QUALITY_WINDOW)
            step.figures |= {
                "window_hu": list(QUALITY_WINDOW),
                "psnr_before_db": round(before[0], 2),
                "psnr_after_db": round(after[0], 2),
                "psnr_gain_db": round(after[0] - before[0], 2),
                "ssim_before": round(before[1], 4),
                "ssim_after": round(after[1], 4),
            }
        self.driver.wait(self.commands.run("result.accept", result.result_id))

    def _segment(self, step: Step) -> None:
        session = self.window.session
        result = self._analyse(step, SEGMENT)
        self.driver.until(lambda: self.driver.labels() is not None, 60, "the segmentation did not open")
        instance = session.station.get(ArchiveService).instances(session.user.actor, result.series_uid)[0]
        with session.station.get(ArchiveService).lease(instance.sha256) as stored:
            shutil.copyfile(stored, self.out / "segmentation.dcm")
        labels = self.driver.labels()
        assert labels is not None
        if self.truth is not None:
            truth = self.truth.in_order_of(labels.grid)
            step.figures["dice_lungs"] = round(dice(labels.labels > 0, truth.lungs > 0), 4)
        self.driver.shot("read-unconfirmed")
        self.driver.wait(self.commands.run("result.accept", result.result_id))

    def _measure(self, step: Step) -> None:
        step.figures |= MeasuredStep(self.driver).run(self.truth)

    def _key_images(self, step: Step) -> None:
        session = self.window.session
        screen = session.screen
        targets = [m.roi.points_mm[0] for m in session.study.annotations.measurements[:2]]
        for point in targets:
            self.driver.go_to(point)
            self.commands.run("image.mark-key")
        first, second, *_ = screen.viewports
        screen.active = second
        self.commands.run("image.mark-key")
        screen.active = first
        step.figures["key_images"] = len(session.study.annotations.key_images)
        self.driver.settle(2.0)

    def _report(self, step: Step) -> None:
        self.driver.wait(self.commands.run("report.open"))
        self.commands.run("workspace.report")
        draft = self.window.session.get(ReportController).required
        self.driver.wait(self.commands.run("report.save", written(draft, self._seen(draft))))
        self.driver.settle(1.0)
        self.driver.shot("report")
        self.driver.wait(self.commands.run("report.sign"))
        self.driver.log_in("reviewing")
        final = self.driver.wait(self.commands.run("report.approve"))
        self.driver.settle(0.5)
        self.driver.shot("report-final")
        exported = self.driver.wait(self.commands.run("report.export", self.out, overwrite=True))
        step.figures = {"signatures": len(final.signatures), "files": self._named_as_promised(exported)}

    def _named_as_promised(self, exported: ExportedReport) -> list[str]:
        """The job's results have names of their own, which say nothing of the study."""
        named = []
        for one in self.window.session.station.get(ReportExporters):
            path = exported.files.get(one.exporter_id)
            if path is not None:
                named.append(one.prefix + one.suffix)
                path.replace(self.out / named[-1])
        return named

    def _seen(self, report: Report) -> dict[str, Seen]:
        """What the images show at the demo's nodules; another study gets no diagnosis from a program."""
        screen = self.window.session.screen
        if self.truth is None or screen.volume is None:
            return {}
        nodules = [m for m in report.measurements if m.roi.kind is RoiKind.LENGTH]
        return {m.tracking_uid: seen_at(m, screen.volume, self.driver.labels()) for m in nodules}

    def _register(self, step: Step) -> None:
        self.driver.log_in("cataloguing")
        values = self.commands.run("directory.propose")
        registration = self.driver.wait(self.commands.run("directory.register", values))
        if not registration.sent:
            raise Unavailable(
                "The county did not take the registration: {reason}", reason=registration.reason
            )
        step.figures = {"identifier": registration.identifier, "elements": len(values)}

    def _publish(self, step: Step) -> None:
        identifier = self._figure("register", "identifier")
        seen = approve_and_publish(self.directory.urls["county"], identifier, self.directory.accounts)
        step.figures = {"pages": seen}

    def _find(self, step: Step) -> None:
        session = self.window.session
        identifier = self._figure("register", "identifier")
        service = session.station.get(DirectoryService)

        def found() -> bool:
            answer = service.search(session.user.actor, "", "province", limit=50)
            return any(hit.identifier == identifier for hit in answer.hits)

        started = time.monotonic()
        self.driver.until(found, HARVEST_S, "the record did not reach the province", pause_s=0.5)
        step.figures = {"harvest_seconds": round(time.monotonic() - started, 2)}
        record = service.record(session.user.actor, identifier, "province")
        (self.out / "record.json").write_text(
            json.dumps(record.document, ensure_ascii=False, indent=1), encoding="utf-8"
        )
        self.commands.run("workspace.directory")
        self.commands.run("directory.show-record", "province", identifier)
        self.driver.settle(2.0)
        self.driver.shot("directory")
        job = self.commands.run("directory.open-study", identifier)
        if job is not None:
            self.driver.wait(job)
        step.figures["opened_local_study"] = session.study.study is not None
        self.commands.run("workspace.worklist")
        self.driver.settle(0.5)
        self.driver.shot("worklist-done")

    # -- inside ---------------------------------------------------------------------------------------------

    def _figure(self, step: str, name: str) -> str:
        return str(next(s for s in self.steps if s.name == step).figures[name])

    def _summary(self) -> None:
        summary = {
            "product": "影枢 YingShu",
            "language": language(),
            "data": "demo" if self.data is None else str(self.data.name),
            "ok": all(s.status != "failed" for s in self.steps),
            "seconds": round(sum(s.seconds for s in self.steps), 2),
            "safety": "Research software, not a registered medical device.",
            "steps": [asdict(s) for s in self.steps],
        }
        (self.out / "summary.json").write_text(
            json.dumps(summary, ensure_ascii=False, indent=1), encoding="utf-8"
        )
        if self.demo_home is not None:
            shutil.rmtree(self.demo_home, ignore_errors=True)
