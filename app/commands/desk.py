"""The reading desk: what one person has open, and how acts reach the services.

The desk lives on the main thread.  Long work runs in jobs; `post` carries their results back to the main thread
(a Qt bridge in the window, a queue in the command line).  Panels listen to its signals and call commands.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from psygnal import EmitLoopError, Signal

from app.commands.keeping import Keeper
from app.commands.patient_words import age_text, sex_text
from app.domain.inference import Plan, Verdict
from app.domain.key_object import KeyImage
from app.domain.measurement import Measurement
from app.domain.person import Actor, Right
from app.domain.presentation import Window
from app.domain.provenance import ResultState, ReviewState
from app.domain.report import Check, Report
from app.domain.roi import ImageAnchor
from app.domain.study import NO_PICTURE, ImportSummary, Series, Study
from app.domain.volume import Quantity, Volume, Voxels
from app.errors import Cancelled, NotFound, Refused, Unavailable, UserError
from app.i18n import tr
from app.jobs import Job, JobState
from app.notifications import Level, explain, root_cause
from app.people.rights import may, require
from app.people.signing import SigningKey
from app.ports import ElementValue, PictureDrawer
from app.services.directory import Registration
from app.services.reading import OpenedSeries
from app.services.reports import ExportedReport, with_evidence
from app.services.station import Station
from app.session.measuring import anchor_of, describe, make_measurement, reshape
from app.session.reading import Reading
from app.settings import AnalysisSettings, ReadingSettings
from app.viewing.planes import nearest_slice, plane_view
from app.viewing.presets import automatic_window, window_presets
from app.viewing.resolve import plane_name
from app.viewing.state import SLICE_PLANES, Compare, CornerText, Drawn, Mark, Plane, Reshaped, ScreenState, Tool

log = logging.getLogger(__name__)
T = TypeVar("T")

#: width of a key image's picture: 85 mm at 300 dpi
PICTURE_PX = 1000
#: what of the images' headers the report's technique tells, where they hold it
_TOLD = ("ContrastBolusAgent", "ManufacturerModelName", "KVP", "MagneticFieldStrength", "ConvolutionKernel", "SliceThickness")


class Desk:
    """One person's desk: who sits there, the open study, screen, report."""

    actor_changed = Signal()
    workspace_changed = Signal(str)
    archive_changed = Signal()
    report_changed = Signal()
    plan_changed = Signal()
    directory_changed = Signal()
    #: edits are about to lose their place or their author: whoever holds some hands them over now (`edit_report`)
    leaving = Signal()

    def __init__(self, station: Station, post: Callable[[Callable[[], None]], None], draw: PictureDrawer | None = None) -> None:
        self.station = station
        self.post = post
        self.draw = draw
        self.screen = ScreenState()
        self._apply_habits()
        self.reading = Reading()
        self.workspace = "worklist"
        self.report: Report | None = None
        self.plan: Plan | None = None
        #: open segmentation result and enhancement result of the shown series
        self.shown_results: dict[str, ResultState] = {}
        self._actor: Actor | None = None
        self._keeper = Keeper(post)
        #: why the newest edit of a thing is not saved
        self._not_saved: dict[str, BaseException] = {}
        self._settling = self._warned = False
        #: revision of a report as this desk last saved it
        self._revisions: dict[str, int] = {}
        self._opened: OpenedSeries | None = None
        self._result_volume: Volume | None = None
        self._keys: dict[str, SigningKey] = {}
        #: voxels that jobs work on, by identity; those of a study that was closed meanwhile are given back at the job's end
        self._in_use: Counter[int] = Counter()
        self._given_up: dict[int, Voxels] = {}
        #: plans made for the shown series; another series needs its own
        self._plans: list[Plan] = []
        self._loading = 0
        #: the result that was asked for last: it is shown when it comes
        self._just_made = ""
        self._guessed_window: Window | None = None
        self._selected = ""
        self._taking_over = False
        self.screen.drawn.connect(lambda drawn: self.attempt(lambda: self._drawn(drawn)))
        self.screen.reshaped.connect(lambda change: self.attempt(lambda: self._reshaped(change)))
        self.screen.mark_selected.connect(self._select)
        self.screen.series_asked.connect(lambda step: self.attempt(lambda: self.step_series(step)))
        self.reading.annotations.changed.connect(self._annotations_changed)

    def _apply_habits(self) -> None:
        """Take over how this station's readers set mouse and presets."""
        habits = self.station.settings.get(ReadingSettings)
        self.screen.tool = Tool(habits.left_drag)
        self.screen.wheel_down_next = habits.wheel_direction == "down-next"
        self.screen.rendering_preset = habits.volume_preset

    # -- people ---------------------------------------------------------------------------------------------

    @property
    def actor(self) -> Actor:
        """Who sits here; `Refused` while nobody has logged in."""
        if self._actor is None:
            raise Refused("Nobody is logged in.", hint="Log in first.")
        return self._actor

    @property
    def has_actor(self) -> bool:
        """Somebody is logged in."""
        return self._actor is not None

    def log_in(self, login: str, password: str) -> Actor:
        """Somebody sits down.  The signing key is opened with the same password and kept in memory only."""
        if self._actor is not None:
            self._finish_edits()
        return self._sit_down(*self._known(login, password))

    def start_log_in(
        self, login: str, password: str, done: Callable[[], None], failed: Callable[[BaseException], None]
    ) -> Job[tuple[Actor, SigningKey | None]]:  # fmt: skip
        """As `log_in`, in the background: a password is looked at slowly by design.  Until then everything stays as it is."""
        if self._actor is not None:
            self._finish_edits()

        def work(*, progress: Any, cancelled: Callable[[], bool]) -> tuple[Actor, SigningKey | None]:
            return self._known(login, password)

        def known(found: tuple[Actor, SigningKey | None]) -> None:
            if not job.cancelled():  # else the person has changed their mind meanwhile
                self._sit_down(*found)
                done()

        job = self.station.jobs.submit("", work)
        return self.follow(job, known, failed=failed)

    def _known(self, login: str, password: str) -> tuple[Actor, SigningKey | None]:
        people = self.station.people
        actor = people.login(login, password)
        return actor, people.unlock_signing(actor, password) if may(actor, Right.SIGN_REPORT) else None

    def _sit_down(self, actor: Actor, key: SigningKey | None) -> Actor:
        if self._actor is not None:
            self._leave(stays_open=may(actor, Right.READ))
        if key is not None:
            self._keys[actor.person_id] = key
        self._actor = actor
        self.actor_changed.emit()
        return actor

    def log_out(self) -> None:
        """Somebody leaves: edits are saved, the study is closed, the key is forgotten.  Jobs go on in their name.

        `Refused` the first time where edits cannot be saved; the second time they are given up.
        """
        if self._actor is not None:
            self._finish_edits()
            self._leave(stays_open=False)
        self._actor = None
        self.actor_changed.emit()

    def _leave(self, *, stays_open: bool) -> None:
        self._keys.clear()
        if not stays_open:
            self.close_study()

    # -- edits on their way ---------------------------------------------------------------------------------

    def settle(self, study_uid: str = "") -> None:
        """Wait until every edit that was handed over (or those of one study) is saved; raises why one is not.  It stays on the screen."""
        self._settled()
        for key, error in self._not_saved.items():
            if study_uid and not key.endswith(f":{study_uid}"):
                continue
            if isinstance(error, UserError):
                raise error
            raise Unavailable("The last edits could not be saved.", hint="Details are in the log.") from error

    def _settled(self) -> bool:
        """Wait until every edit was tried; whether none waits for another try."""
        self._settling = True
        try:
            return self._keeper.settle()
        finally:
            self._settling = False

    def may_leave(self) -> bool:
        """Everything that was edited is saved; tells it where not.  Asked a second time, edits that cannot be saved are given up."""
        try:
            self._finish_edits()
        except UserError as error:
            self.station.notifications.add_error(error)
            return False
        return True

    def _finish_edits(self) -> None:
        self.attempt(self.leaving.emit)
        try:
            self.settle()
        except UserError as error:
            if not self._warned:
                self._warned = True
                told = explain(error)
                raise Refused(
                    "The last edits are not saved: {reason}", hint="Try again. Leaving a second time gives these edits up.",
                    reason=" ".join(x for x in (told.message, told.hint) if x),
                ) from error  # fmt: skip
            log.error("edits were given up that could not be saved")
            self._not_saved.clear()
            self._keeper.drop()
        self._warned = False

    def end_keeping(self) -> None:
        """Nothing is saved any more: the desk is cleared away."""
        self._keeper.close()

    def _keep(self, key: str, write: Callable[[], T], done: Callable[[T], None] = lambda _: None) -> None:
        """Save something in the background; the newest of each thing counts."""

        def kept(result: T) -> None:
            self._not_saved.pop(key, None)
            self._warned = self._warned and bool(self._not_saved)
            done(result)

        def failed(error: BaseException) -> None:
            self._not_saved[key] = error
            if not isinstance(error, UserError):
                log.error("an edit could not be saved", exc_info=error)
            if not self._settling:
                self.station.notifications.add_error(error)
            self.report_changed.emit()

        self._keeper.keep(key, write, kept, failed)

    def _settle_study(self, study_uid: str) -> None:
        """What was edited of a study is in the database before it is read from there."""
        if self._keeper.holds(f"report:{study_uid}") or self._keeper.holds(f"annotation:{study_uid}"):
            self.settle(study_uid)

    # -- frame ----------------------------------------------------------------------------------------------

    def show_workspace(self, name: str) -> None:
        """Bring a workspace to the front: worklist, read, report, directory."""
        self.workspace = name
        self.workspace_changed.emit(name)

    def follow(
        self, job: Job[T], done: Callable[[T], None], *, failed: Callable[[BaseException], None] | None = None,
        always: Callable[[], None] | None = None,
    ) -> Job[T]:  # fmt: skip
        """When the job ends, go on with its result on the main thread; errors become notifications."""
        first = threading.Lock()

        def look(which: Job[T]) -> None:
            if which.ended and first.acquire(blocking=False):  # the worker's thread and this one may look at once
                self.post(lambda: self._ended(which, done, failed, always))

        job.changed.connect(look)
        look(job)
        return job

    def _ended(
        self, job: Job[T], done: Callable[[T], None], failed: Callable[[BaseException], None] | None, always: Callable[[], None] | None
    ) -> None:
        if always is not None:
            self.attempt(always)
        if job.state is JobState.DONE:
            self.attempt(lambda: done(job.result))  # type: ignore[arg-type]
        elif job.error is not None:
            if failed is not None:
                failed(job.error)
            else:
                self.station.notifications.add_error(job.error)

    # -- worklist -------------------------------------------------------------------------------------------

    def import_paths(self, paths: Sequence[Path]) -> Job[ImportSummary]:
        """Import in the background and tell what came of it."""
        job = self.station.archive.start_import(self.actor, list(paths))
        return self.follow(job, self._imported, always=self.archive_changed.emit)

    def _imported(self, summary: ImportSummary) -> None:
        level = Level.WARNING if summary.notices else Level.INFO
        text = tr(
            "Imported. New images: {added}; here already: {known}; notices: {notices}.",
            added=summary.added, known=summary.known, notices=len(summary.notices),
        )  # fmt: skip
        self.station.notifications.add(level, text)

    # -- reading --------------------------------------------------------------------------------------------

    def open_study(self, study_uid: str, *, series_uid: str | None = None) -> Job[OpenedSeries] | None:
        """Put a study on the table and show its best series (or the one asked for)."""
        archive = self.station.archive
        study = archive.study(self.actor, study_uid)
        self._hand_over()
        self._settle_study(study_uid)
        series = tuple(archive.series(self.actor, study_uid))
        priors = tuple(archive.priors(self.actor, study_uid))
        self.close_study()
        self.reading.open(study, series, priors)
        self._take_over_annotations(study_uid)
        self.reading.set_results(self.station.analysis.results(self.actor, study_uid))
        self.report = self.station.reports.find(self.actor, study_uid)
        self.report_changed.emit()
        chosen = next((s for s in series if s.series_uid == series_uid), None) or best_series(series)
        if chosen is None:
            self.screen.notice = tr("This study holds no images, only reports or other objects.")
            return None
        return self.show_series(chosen.series_uid)

    def close_study(self) -> None:
        """Clear the table and give the memory back; edits are saved in the background."""
        self._hand_over()
        self._loading += 1
        self._drop_volumes()
        self.screen.notice = ""
        self.report = None
        self._selected = ""
        if self.reading.study is not None:
            self.reading.close()
            self.report_changed.emit()

    def _hand_over(self) -> None:
        if self.report is not None:
            self.attempt(self.leaving.emit)

    def show_series(self, series_uid: str) -> Job[OpenedSeries]:
        """Load a series into the viewers; the first image shows before the rest has come."""
        series = next((s for s in self.reading.series if s.series_uid == series_uid), None)
        series = series or self.station.archive.one_series(self.actor, series_uid)
        self._loading += 1
        generation = self._loading
        actor = self.actor

        def work(*, progress: Any, cancelled: Callable[[], bool]) -> OpenedSeries:
            opened = self.station.reading.open_series(actor, series_uid)
            if cancelled():
                opened.job.cancel()
                raise Cancelled
            return opened

        def failed(error: BaseException) -> None:
            if not isinstance(error, Cancelled):
                told = self.station.notifications.add_error(error)
                if generation == self._loading and self.screen.volume is None:
                    self.screen.notice = self._why_nothing("\n".join(x for x in (told.message, told.hint) if x))

        if self.screen.volume is None:
            self.screen.notice = tr("Opening series")
        job = self.station.jobs.submit(tr("Opening series"), work)
        return self.follow(job, lambda opened: self._opened_series(generation, opened), failed=failed)

    def _why_nothing(self, reason: str) -> str:
        """Why no images are shown, and what can be done."""
        others = len(self.pictured_series()) > 1
        way = (
            tr("Choose another series at the left.")
            if others
            else tr("Series that make a volume (CT, MR, PET) can be shown. The images stay in the archive.")
        )
        return f"{reason}\n{way}"

    def pictured_series(self) -> list[Series]:
        """Series of the open study that have pictures, in the strip's order; discarded results are left out."""
        kept = {result.series_uid for result in self.reading.results}
        return [s for s in self.reading.series if s.modality not in NO_PICTURE and (not s.derived or s.series_uid in kept)]

    def step_series(self, step: int) -> None:
        """Show the next (1) or previous (-1) series of the study; the ends hold."""
        series = self.pictured_series()
        current = self.reading.current.series_uid if self.reading.current is not None else ""
        at = next((i for i, s in enumerate(series) if s.series_uid == current), None)
        to = (0 if at is None else at + step) if series else -1
        if 0 <= to < len(series):
            self.show_series(series[to].series_uid)

    def step_study(self, step: int) -> None:
        """Open the patient's next (1) or previous (-1) study by date; the ends hold."""
        study = self._study()
        line = sorted((study, *self.reading.priors), key=lambda s: s.started_at.replace(tzinfo=None).isoformat() if s.started_at else "")
        to = line.index(study) + step
        if 0 <= to < len(line):
            self.open_study(line[to].study_uid)

    def _opened_series(self, generation: int, opened: OpenedSeries) -> None:
        if generation != self._loading:
            opened.job.cancel()
            self.follow(opened.job, lambda _: None, always=opened.volume.voxels.close, failed=lambda _: None)
            return
        self._drop_volumes()
        self._opened = opened
        volume = opened.volume
        screen = self.screen
        for state in screen.viewports.values():
            state.zoom, state.pan_mm = 1.0, (0.0, 0.0)
        screen.invert = False
        screen.result, screen.segmentation, screen.compare = None, None, Compare.SOURCE
        screen.window, screen.window_label = self._first_window(volume)
        self._guessed_window = screen.window
        screen.corner_text = corner_text(self.reading.study, self._titled(opened.series), volume)
        screen.volume_unconfirmed = self._unconfirmed(opened.series)
        screen.volume, screen.notice = volume, ""
        screen.go_to(volume.grid.centre_mm)
        self.reading.show(opened.series)
        self._show_marks()
        self._watch_filling(generation, opened)
        self.follow(opened.job, lambda _: self._loaded(generation, opened))
        for template, params in volume.warnings:
            self.station.notifications.add(Level.WARNING, tr(template, **params))

    def _first_window(self, volume: Volume) -> tuple[Window, str]:
        """The window the station's readers want for CT, else the images' own."""
        wanted = self.station.settings.get(ReadingSettings).ct_preset
        preset = next((p for p in window_presets() if p.name == wanted), None)
        if volume.quantity is Quantity.HU and preset is not None:
            return preset.window, preset.title
        return first_window(volume)

    def _watch_filling(self, generation: int, opened: OpenedSeries) -> None:
        def look(job: Job[int]) -> None:
            self.post(arrived)

        def arrived() -> None:
            if generation == self._loading:
                self.screen.arrived += 1

        opened.job.changed.connect(look)

    def _loaded(self, generation: int, opened: OpenedSeries) -> None:
        if generation != self._loading:
            return
        self.screen.arrived += 1
        if self.screen.window == self._guessed_window:  # guessed from the first slices, and nobody has changed it since
            self.screen.window, self.screen.window_label = self._first_window(opened.volume)
        self.show_results()

    @property
    def loaded(self) -> bool:
        """The shown series has arrived whole."""
        return self._opened is not None and self._opened.volume.voxels.complete

    def _hold(self, volume: Volume) -> Callable[[], None]:
        """Keep a volume's memory while a job works on it; what is returned lets it go again."""
        voxels = volume.voxels
        self._in_use[id(voxels)] += 1

        def let_go() -> None:
            self._in_use[id(voxels)] -= 1
            if not self._in_use[id(voxels)]:
                del self._in_use[id(voxels)]
                if self._given_up.pop(id(voxels), None) is not None:
                    voxels.close()

        return let_go

    def _close_voxels(self, voxels: Voxels) -> None:
        if self._in_use[id(voxels)]:
            self._given_up[id(voxels)] = voxels
        else:
            voxels.close()

    def _drop_volumes(self) -> None:
        self._just_made = ""  # what was asked for belonged to the series that was on the screen
        had_plan, self.plan, self._plans = self.plan is not None, None, []
        if had_plan:
            self.plan_changed.emit()
        self.screen.segmentation = None
        self.screen.result = None
        self.screen.volume = None
        self.screen.marks = ()
        self.shown_results = {}
        if self._result_volume is not None:
            self._result_volume.voxels.close()
            self._result_volume = None
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.job.cancel()
            voxels = opened.volume.voxels
            self.follow(opened.job, lambda _: None, failed=lambda _: None, always=lambda: self._close_voxels(voxels))

    # -- drawing --------------------------------------------------------------------------------------------

    def _volume(self) -> Volume:
        if self.screen.volume is None:
            raise Refused("No images are open.", hint="Open a study first.")
        return self.screen.volume

    def _drawn(self, drawn: Drawn) -> None:
        if self.screen.volume is None or self.reading.study is None or not self._may_draw():
            return
        measurement = make_measurement(
            self.screen.volume, drawn, study_uid=self.reading.study.study_uid, made_by=self.actor.name, at=datetime.now(UTC),
            known=self.reading.annotations.measurements,
        )  # fmt: skip
        self.reading.annotations.add(measurement)

    def _reshaped(self, change: Reshaped) -> None:
        known = self.reading.annotations.measurement(change.tracking_uid)
        if known is not None and self.screen.volume is not None and self._may_draw():
            self.reading.annotations.change(reshape(self.screen.volume, known, change.points_mm, at=datetime.now(UTC)))

    @property
    def may_draw(self) -> bool:
        """Who sits here may draw, change and delete marks."""
        return self.has_actor and may(self.actor, Right.ANNOTATE)

    def _may_draw(self) -> bool:
        """Whether who sits here may draw; tells it where not, and takes the shape off the screen again."""
        if self.may_draw:
            return True
        self.attempt(lambda: require(self.actor, Right.ANNOTATE))
        self._show_marks()
        return False

    def _titled(self, series: Series) -> Series:
        """The series; one that a method made is described by the method's title in the window's language."""
        made_by = next((r.algorithm for r in self.reading.results if r.series_uid == series.series_uid), None)
        return series if made_by is None else replace(series, description=f"{tr(made_by.name)} {made_by.version}")

    def _unconfirmed(self, series: Series) -> bool:
        """A machine made the series and nobody has confirmed it."""
        if not series.derived:
            return False
        review = next((r.review for r in self.reading.results if r.series_uid == series.series_uid), ReviewState.UNCONFIRMED)
        return review is not ReviewState.ACCEPTED

    def _select(self, tracking_uid: str) -> None:
        self._selected = tracking_uid
        self._show_marks()

    @property
    def selected_mark(self) -> str:
        """Tracking UID of the selected mark, or ""."""
        return self._selected

    def delete_selected(self) -> None:
        """Delete the selected measurement (undoable)."""
        self.delete_measurement(self._selected)

    def delete_measurement(self, tracking_uid: str) -> None:
        """Delete a measurement (undoable)."""
        if self.reading.annotations.measurement(tracking_uid) is not None and self._may_draw():
            self.reading.annotations.remove(tracking_uid)

    def rename_measurement(self, tracking_uid: str, label: str) -> None:
        """Give a measurement another label (undoable)."""
        known = self.reading.annotations.measurement(tracking_uid)
        if known is not None and self._may_draw():
            self.reading.annotations.change(replace(known, label=label))

    def unmark_key_image(self, key_id: str) -> None:
        """Take a key image's mark away (undoable)."""
        if self._may_draw():
            self.reading.annotations.unmark_key(key_id)

    def go_to_measurement(self, tracking_uid: str) -> None:
        """Bring the views to a measurement."""
        known = self.reading.annotations.measurement(tracking_uid) or self._reported_measurement(tracking_uid)
        if known is None:
            raise NotFound("The measurement was deleted.", hint="Take its value out of the text, or undo the deletion.")
        points = known.roi.points_mm

        def go() -> None:
            self.screen.go_to(tuple(sum(axis) / len(points) for axis in zip(*points, strict=True)))  # type: ignore[arg-type]
            self.screen.active = Plane(known.anchor.plane[0])
            self._select(tracking_uid)

        self._on_series(known.anchor.series_uid, go)

    def _reported_measurement(self, tracking_uid: str) -> Measurement | None:
        """A measurement as the report holds it: a signed report keeps what was deleted from the images later."""
        return next((m for m in self.report.measurements if m.tracking_uid == tracking_uid), None) if self.report is not None else None

    def go_to_key_image(self, key_id: str) -> None:
        """Bring the views to a key image, windowed as it was marked."""
        reported = self.report.key_images if self.report is not None else ()
        key = next((k for k in (*self.reading.annotations.key_images, *reported) if k.key_id == key_id), None)
        if key is None:
            raise NotFound("The key image's mark was taken away.", hint="Take the reference out of the text, or undo the deletion.")

        def go() -> None:
            plane = Plane(key.anchor.plane[0])
            self.screen.active = plane
            self.screen.viewport(plane).index = key.anchor.plane[1]
            self.screen.window, self.screen.window_label = key.window, key.window.label

        self._on_series(key.anchor.series_uid, go)

    def _on_series(self, series_uid: str, act: Callable[[], None]) -> None:
        """Act once the series is shown; it is opened first where another one is."""
        shown = self.screen.volume
        if shown is not None and shown.series_uid == series_uid:
            act()
            return

        def opened(which: OpenedSeries) -> None:
            if self.screen.volume is which.volume:
                act()

        self.follow(self.show_series(series_uid), opened, failed=lambda _: None)  # why not is told by the opening itself

    def mark_key_image(self, caption: str = "") -> KeyImage:
        """Mark the active view's image as a key image and draw its picture."""
        volume = self._volume()
        if self.draw is None:
            raise Refused("Key images are drawn in the window; it is not open.")
        plane = self.screen.active if self.screen.active in SLICE_PLANES else Plane.AXIAL
        view = plane_view(volume.grid, plane)
        slice_ = nearest_slice(self.screen.viewport(plane).index, view.count)
        arrived = volume.voxels.ready[0]
        if not (arrived[slice_] if view.normal == 0 else arrived.all()):
            raise Refused("This image is still loading.", hint="Mark it when it has arrived.")
        index = float(slice_)
        assert self.reading.study is not None
        anchor = anchor_of(volume, self.reading.study.study_uid, plane, index)
        window = replace(self.screen.window, label=self.screen.window_label)
        shown = [
            m for m in self.reading.annotations.measurements
            if m.anchor.series_uid == volume.series_uid and m.anchor.plane[0] == plane and abs(m.anchor.plane[1] - index) < 0.5
        ]  # fmt: skip
        png = self.draw(
            volume, plane, index, (window.low, window.high), PICTURE_PX, measurements=self._marks(shown),
            unconfirmed=self.screen.volume_unconfirmed, invert=self.screen.invert,
        )  # fmt: skip
        key = KeyImage(
            str(uuid.uuid4()), anchor, window, caption or key_caption(volume, plane, index, window),
            self.station.reading.keep_picture(self.actor, png), self.actor.name, datetime.now(UTC),
        )  # fmt: skip
        self.reading.annotations.mark_key(key)
        return key

    def key_picture(self, key: KeyImage) -> bytes:
        """PNG of a key image."""
        return self.station.reading.picture(self.actor, key.picture_sha256)

    def _take_over_annotations(self, study_uid: str) -> None:
        """Show what was stored; that is no change of anybody's."""
        stored = self.station.reading.annotations(self.actor, study_uid)
        self._taking_over = True
        try:
            self.reading.annotations.load(study_uid, *stored)
        finally:
            self._taking_over = False

    def _annotations_changed(self) -> None:
        layer = self.reading.annotations
        if self._selected and layer.measurement(self._selected) is None:
            self._selected = ""
        self._show_marks()
        if self._taking_over or self.reading.study is None or self.reading.study.study_uid != layer.study_uid:
            return
        self.attempt(self._keep_annotations)

    def _keep_annotations(self) -> None:
        layer, actor, reading = self.reading.annotations, self.actor, self.station.reading
        require(actor, Right.ANNOTATE)
        drawn = (layer.study_uid, layer.measurements, layer.key_images)
        self._keep(f"annotation:{layer.study_uid}", lambda: reading.save_annotations(actor, *drawn))
        if self.report is not None and self.report.state in ("draft", "returned"):
            self.edit_report(with_evidence(self.report, layer.measurements, layer.key_images))

    def _show_marks(self) -> None:
        shown = self.reading.current.series_uid if self.reading.current else ""
        self.screen.marks = self._marks([m for m in self.reading.annotations.measurements if m.anchor.series_uid == shown])

    def _marks(self, measurements: Sequence[Any]) -> tuple[Mark, ...]:
        return tuple(
            Mark(
                m.tracking_uid, m.roi, Plane(m.anchor.plane[0]), m.anchor.plane[1], describe(m), m.tracking_uid == self._selected,
                m.review is ReviewState.UNCONFIRMED,
            )
            for m in measurements
        )  # fmt: skip

    # -- analysis -------------------------------------------------------------------------------------------

    def plan_analysis(self, method_id: str, *, device: str = "", parameters: Mapping[str, float] = {}) -> Job[Plan]:
        """Ask what a method would do with the shown series; `plan` holds the answer."""
        volume, actor = self._volume(), self.actor
        wanted = device or self.station.settings.get(AnalysisSettings).device

        def work(*, progress: Any, cancelled: Callable[[], bool]) -> Plan:
            return self.station.analysis.plan(actor, volume, method_id, device=wanted, parameters=parameters)

        def planned(plan: Plan) -> None:
            if self.screen.volume is not volume:
                return  # late: another series is shown, and the guard has not looked at that one
            self.plan = plan
            self._plans.append(plan)
            self.plan_changed.emit()

        if not self.loaded:
            raise Refused("The images are still loading.", hint="Wait until the series has arrived.")
        return self.follow(self.station.jobs.submit(tr("Planning"), work), planned, always=self._hold(volume))

    def run_analysis(self, plan: Plan | None = None) -> Job[ResultState]:
        """Run the plan on the shown series; the result is shown, unconfirmed, when it is there."""
        wanted = plan or self.plan
        if wanted is None:
            raise Refused("There is no plan to run.", hint="Choose a method first.")
        if wanted.verdict is Verdict.REFUSE:
            from app.services.analysis import refusal

            raise refusal(self.station.analysis.card(wanted.method_id), wanted)
        volume = self._volume()
        if wanted not in self._plans:
            raise Refused("The plan was made for another series.", hint="Plan again for the series that is shown.")
        assert self.reading.study is not None
        study_uid = self.reading.study.study_uid
        job = self.station.analysis.start(self.actor, volume, wanted, study_uid=study_uid)
        return self.follow(job, lambda result: self._analysed(study_uid, result), always=self._hold(volume))

    def _analysed(self, study_uid: str, result: ResultState) -> None:
        self.archive_changed.emit()
        if not self.has_actor or self.reading.study is None or self.reading.study.study_uid != study_uid:
            return
        self._just_made = result.result_id
        self.reading.set_results(self.station.analysis.results(self.actor, study_uid))
        self.reading.set_series(tuple(self.station.archive.series(self.actor, study_uid)))
        self.show_results()

    def show_results(self) -> None:
        """Show the newest enhancement and segmentation of the shown series over it."""
        volume = self.screen.volume
        if volume is None:
            return
        if self.reading.current is not None:
            self.screen.volume_unconfirmed = self._unconfirmed(self.reading.current)
        mine = [r for r in self.reading.results if r.source_series_uid == volume.series_uid]
        newest = {r.kind: r for r in sorted(mine, key=lambda r: r.made_at)}
        for kind in ("segmentation", "images"):
            result = newest.get(kind)
            if result is None:
                self._hide_result(kind)
            elif self.shown_results.get(kind) != result:
                self.shown_results[kind] = result
                self._load_result(self._loading, volume, result)

    def _hide_result(self, kind: str) -> None:
        self.shown_results.pop(kind, None)
        if kind == "segmentation":
            self.screen.segmentation = None
        else:
            self.screen.compare = Compare.SOURCE
            self.screen.result = None
            if self._result_volume is not None:
                self._result_volume.voxels.close()
                self._result_volume = None

    def _load_result(self, generation: int, volume: Volume, result: ResultState) -> None:
        actor = self.actor
        unconfirmed = result.review is ReviewState.UNCONFIRMED

        def failed(error: BaseException) -> None:
            if self.shown_results.get(result.kind) == result:
                del self.shown_results[result.kind]  # the next look tries again
            self.station.notifications.add_error(error)

        if result.kind == "segmentation":

            def read(*, progress: Any, cancelled: Callable[[], bool]) -> Any:
                return self.station.reading.segmentation(actor, result, volume)

            def show(segmentation: Any) -> None:
                if generation == self._loading and self.shown_results.get(result.kind) == result:
                    self.screen.segmentation_unconfirmed = unconfirmed
                    self.screen.segmentation = segmentation

            self.follow(self.station.jobs.submit(tr("Opening segmentation"), read), show, failed=failed)
            return
        if self.screen.result is not None and self._result_volume is not None and self._result_volume.series_uid == result.series_uid:
            self.screen.result_unconfirmed = unconfirmed
            return

        def load(*, progress: Any, cancelled: Callable[[], bool]) -> Volume:
            return self.station.analysis.result_volume(actor, result, volume, progress=progress, cancelled=cancelled)

        def shown(loaded: Volume) -> None:
            if generation != self._loading or self.shown_results.get(result.kind) != result:
                loaded.voxels.close()  # another series is shown, or the result was discarded meanwhile
                return
            self._result_volume = loaded
            self.screen.result_label = f"{tr(result.algorithm.name)} {result.algorithm.version}"
            self.screen.result_unconfirmed = unconfirmed
            self.screen.result = loaded
            if result.result_id == self._just_made:  # a reader who opens a study sees the original images first
                self.screen.compare = Compare.RESULT

        self.follow(self.station.jobs.submit(tr("Opening processed images"), load), shown, failed=failed)

    def review_result(self, result_id: str, verdict: ReviewState) -> ResultState:
        """Accept or discard a result."""
        result = self.station.analysis.review(self.actor, result_id, verdict)
        self.reading.set_results(self.station.analysis.results(self.actor, result.study_uid))
        self.show_results()
        return result

    # -- report ---------------------------------------------------------------------------------------------

    def open_report(self) -> Report:
        """The report of the open study; a draft from the fitting template where there is none."""
        study = self._study()
        self._hand_over()
        if not self._settled():
            self.settle(study.study_uid)
        self._not_saved.pop(f"report:{study.study_uid}", None)  # refused for good: what was typed stays on the screen
        self.report = self.station.reports.open(self.actor, study.study_uid, technique=self._technique())
        layer = self.reading.annotations
        if self.report.state in ("draft", "returned"):
            fresh = with_evidence(self.report, layer.measurements, layer.key_images)
            if fresh != self.report:
                self.report = self.station.reports.save(self.actor, fresh)
        self.report_changed.emit()
        return self.report

    def edit_report(self, report: Report) -> None:
        """Take an edit over at once and save it in the background; the newest text wins.  `save_state` tells how far that is."""
        actor = self.actor
        self.station.reports.require_editable(actor, report)
        self.report = report

        def saved(kept: Report) -> None:
            if self.report is report:  # nothing was edited since
                self.report = kept
            self.report_changed.emit()

        self._keep(f"report:{report.header.study_uid}", lambda: self._write_report(actor, report), saved)
        self.report_changed.emit()

    def save_report(self, report: Report) -> Report:
        """Save an edit now, after those that are on their way."""
        self.settle(report.header.study_uid)
        self.report = self._write_report(self.actor, report)
        self.report_changed.emit()
        return self.report

    def _write_report(self, actor: Actor, report: Report) -> Report:
        """Save on top of what this desk saved last.  On the keeper's thread, or on the main thread while that rests."""
        on = max(report.revision, self._revisions.get(report.report_id, 0))
        saved = self.station.reports.save(actor, replace(report, revision=on))
        self._revisions[report.report_id] = saved.revision
        return saved

    @property
    def save_state(self) -> str:
        """How far the saving of the open report is: "saved", "saving", or "failed" (told, and tried again where that helps)."""
        key = f"report:{self.report.header.study_uid}" if self.report is not None else ""
        if key in self._not_saved:
            return "failed"
        return "saving" if key and self._keeper.holds(key) else "saved"

    def check_report(self) -> list[Check]:
        """The rules' findings on the present text."""
        return self.station.reports.check(self.report) if self.report is not None else []

    def sign_report(self) -> Report:
        """Sign as reporting doctor."""
        return self._sign(self.station.reports.sign)

    def approve_report(self) -> Report:
        """Sign as reviewing doctor."""
        return self._sign(self.station.reports.approve)

    def return_report(self, reason: str) -> Report:
        """Return to the author."""
        shown = self._report()
        self.report = self.station.reports.send_back(self.actor, shown.report_id, reason, shown=shown)
        self.report_changed.emit()
        self.archive_changed.emit()
        return self.report

    def export_report(self, out: Path) -> Job[ExportedReport]:
        """Write all forms of the report into a folder, in the background."""
        report, actor = self._report(), self.actor
        job = self.station.jobs.submit(tr("Exporting report"), self.station.reports.export, actor, report.report_id, out)
        return self.follow(
            job, lambda _: self._tell(tr("The report was written to {folder}.", folder=str(out)))
        )  # fmt: skip

    def report_pdf(self) -> bytes:
        """The printed report as it would be now (drafts with a watermark)."""
        return self.station.reports.pdf(self.actor, self._report())

    def _sign(self, act: Callable[..., Report]) -> Report:
        """Sign what is on the screen, and nothing that was stored meanwhile."""
        key = self._keys.get(self.actor.person_id)
        if key is None:
            raise Refused("{person} has no signing key open.", hint="Log in again.", person=self.actor.name)
        self._hand_over()
        self.settle(self._report().header.study_uid)
        shown = self._report()
        self.report = act(self.actor, shown.report_id, key, shown=shown)
        self.report_changed.emit()
        self.archive_changed.emit()
        return self.report

    def _report(self) -> Report:
        if self.report is None:
            raise Refused("No report is open.", hint="Open a study and its report first.")
        return self.report

    def _study(self) -> Study:
        if self.reading.study is None:
            raise Refused("No study is open.", hint="Open one in the worklist.")
        return self.reading.study

    def _technique(self) -> dict[str, str]:
        if self.screen.volume is None:
            return {}
        return {k: v for k in _TOLD if (v := self.screen.volume.details.get(k, ""))}

    # -- directory ------------------------------------------------------------------------------------------

    def propose_record(self) -> tuple[ElementValue, ...]:
        """Element values for registering the open study."""
        return self.station.directory.propose(self.actor, self._study().study_uid)

    def register_study(self, values: Sequence[ElementValue]) -> Job[Registration]:
        """Register the open study and its report at the county."""
        study_uid, actor = self._study().study_uid, self.actor

        def work(*, progress: Any, cancelled: Callable[[], bool]) -> Registration:
            return self.station.directory.register(actor, study_uid, values)

        return self.follow(self.station.jobs.submit(tr("Registering in the directory"), work), self._registered)

    def _registered(self, registration: Registration) -> None:
        if registration.sent:
            self._tell(tr("Registered at the county as {identifier}.", identifier=registration.identifier))
        else:
            text = tr("The registration waits in the outbox and is sent by itself.")
            self.station.notifications.add(Level.WARNING, text, registration.reason)
        self.directory_changed.emit()
        self.archive_changed.emit()

    def send_outbox(self) -> Job[int]:
        """Send what waits."""
        job = self.station.jobs.submit(tr("Sending the outbox"), self.station.directory.send_outbox, self.actor)
        return self.follow(job, lambda n: self._tell(tr("Registrations sent: {n}.", n=n)), always=self.directory_changed.emit)

    def send_waiting(self) -> Job[int]:
        """The station itself sends what waits; told only when something went."""

        def told(count: int) -> None:
            if count:
                self._tell(tr("Registrations sent: {n}.", n=count))
                self.directory_changed.emit()
                self.archive_changed.emit()

        return self.follow(self.station.jobs.submit("", self.station.directory.send_unattended), told)

    def refresh_registrations(self, answered: Callable[[], None], failed: Callable[[BaseException], None]) -> Job[int]:
        """The station asks how what it registered stands; nothing is told but by list and flow."""

        def came(changed: int) -> None:
            answered()
            if changed:
                self.directory_changed.emit()
                self.archive_changed.emit()

        return self.follow(self.station.jobs.submit("", self.station.directory.refresh), came, failed=failed)

    def open_record_study(self, identifier: str) -> Job[OpenedSeries] | None:
        """Open the local study of a directory record."""
        study_uid = self.station.directory.local_study(self.actor, identifier)
        if study_uid is None:
            raise Refused("This station does not hold the images of {identifier}.", identifier=identifier)
        job = self.open_study(study_uid)
        self.show_workspace("read")
        return job

    # -- inside ---------------------------------------------------------------------------------------------

    def attempt(self, act: Callable[[], T]) -> T | None:
        """Do something a person asked for; an error becomes a notification."""
        try:
            return act()
        except UserError as error:
            self.station.notifications.add_error(error)
        except EmitLoopError as error:  # a refusal met by a listener is told as one; anything else is a defect
            if not isinstance(root_cause(error), UserError):
                raise
            self.station.notifications.add_error(error)
        return None

    def _tell(self, text: str) -> None:
        self.station.notifications.add(Level.INFO, text)


def best_series(series: Sequence[Series]) -> Series | None:
    """The series a reader wants first: original images, most of them."""
    images = [s for s in series if s.modality not in NO_PICTURE]
    return max(images, key=lambda s: (not s.derived, s.n_instances), default=None)


def first_window(volume: Volume) -> tuple[Window, str]:
    """The images' own window, else one made from the values."""
    if volume.windows:
        centre, width, label = volume.windows[0]
        if width > 0:
            return Window(centre, width), label
    if volume.quantity is Quantity.HU:
        return Window(40, 400), ""
    return automatic_window(volume), ""


def corner_text(study: Study | None, series: Series, volume: Volume) -> CornerText:
    """Corner lines that stay the same while reading: patient, study, series, technique."""
    if study is None:
        return CornerText()
    patient = study.patient
    kvp, kernel = volume.details.get("KVP", ""), volume.details.get("ConvolutionKernel", "")
    facts = " ".join(x for x in (f"{float(kvp):g} kV" if kvp else "", kernel) if x)
    when = f"{study.started_at:%Y-%m-%d %H:%M}" if study.started_at else ""
    return CornerText(
        top_left=_lines(
            patient.display_name, " ".join(x for x in (sex_text(patient.sex), age_text(study.patient_age), patient.patient_id) if x)
        ),
        top_right=_lines(study.institution, " ".join(x for x in (study.description, when) if x)),
        bottom_right=_lines(series.description, facts),
    )


def key_caption(volume: Volume, plane: Plane, index: float, window: Window) -> str:
    """Caption of a new key image, e.g. 轴位 52 肺窗; the plane is named for what it is in the patient."""
    name = plane_name(plane_view(volume.grid, plane))
    return " ".join(x for x in (name, str(int(index) + 1), tr(window.label) if window.label else "") if x)


def _lines(*texts: str) -> tuple[str, ...]:
    return tuple(text for text in texts if text)


def result_of(result: ResultState | None) -> str:
    """Review state of a result as a word for people."""
    if result is None:
        return ""
    return {
        ReviewState.UNCONFIRMED: tr("not confirmed"), ReviewState.ACCEPTED: tr("confirmed"), ReviewState.DISCARDED: tr("discarded"),
    }[result.review]  # fmt: skip


def anchor_label(anchor: ImageAnchor, volume: Volume | None) -> str:
    """Where something is, for lists: plane in the patient and slice; the slice alone where its series is not the shown one."""
    plane, index = anchor.plane
    if volume is None or volume.series_uid != anchor.series_uid:
        return tr("Slice {n}", n=round(index) + 1)
    return f"{plane_name(plane_view(volume.grid, Plane(plane)))} {round(index) + 1}"
