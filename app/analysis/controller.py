"""Methods on the shown series: planned, run, and their results shown over it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from psygnal import Signal

from app.analysis.service import AnalysisService, refusal
from app.analysis.settings import AnalysisSettings
from app.domain.image import Image
from app.domain.inference import Plan, Verdict
from app.domain.provenance import ResultState, ReviewState
from app.domain.segmentation import Segmentation
from app.domain.volume import Volume
from app.errors import Refused
from app.i18n import tr
from app.imaging.store import Lease
from app.jobs import Job
from app.ports import Archive
from app.session.session import Session
from app.viewing.layers import LabelLayer, ProcessedLayer
from app.viewing.screen import Compare, Viewport
from app.viewing.shown_image import display_set_id_of, series_uid_of


class AnalysisController:
    """Plan, run and results of the open study."""

    plan_changed = Signal()

    def __init__(self, session: Session) -> None:
        self._session = session
        self._analysis = session.station.get(AnalysisService)
        self._archive = session.station.get(Archive)
        self.plan: Plan | None = None
        #: newest segmentation and enhancement of the shown volumes, by volume and kind
        self._shown: dict[tuple[str, str], ResultState] = {}
        #: plans and the volumes they were made for; another one needs its own
        self._plans: list[tuple[str, Plan]] = []
        #: the result that was asked for last: it is shown when it comes
        self._just_made = ""
        #: segmentations by the volume they were made of
        self._segmentations: dict[str, Segmentation] = {}
        #: processed images by the volume they were made of
        self._processed: dict[str, Lease] = {}
        session.study.opened.connect(self._load_results)
        session.loaded.unloading.connect(self._unload)
        session.loaded.completed.connect(lambda _: self.show_results())
        session.loaded.shown.connect(self._show_layers)
        session.screen.active_changed.connect(self._active_changed)

    def _load_results(self, study_uid: str) -> None:
        self._session.study.set_results(self._analysis.results(self._session.user.actor, study_uid))

    def _unload(self, image: Image) -> None:
        unloaded = _key(image)
        self._just_made = ""  # what was asked for belonged to the series that was on the screen
        self._plans = [(key, plan) for key, plan in self._plans if key != unloaded]
        self.drop_plan()
        self._shown = {key: result for key, result in self._shown.items() if key[0] != unloaded}
        self._segmentations.pop(unloaded, None)
        self._close_processed(unloaded)

    def _active_changed(self, what: str) -> None:
        """A plan is of one volume: another one in hand needs its own."""
        if what not in ("active", "image") or self.plan is None:
            return
        volume = self._session.loaded.volume
        if volume is None or (_key(volume), self.plan) not in self._plans:
            self.drop_plan()

    def drop_plan(self) -> None:
        """Another method or other images: the plan that was made holds no longer."""
        if self.plan is not None:
            self.plan = None
            self.plan_changed.emit()

    def shown_result(self, kind: str) -> ResultState | None:
        """The result of a kind that is shown over the active volume."""
        volume = self._session.loaded.volume
        return self._shown.get((_key(volume), kind)) if volume is not None else None

    # -- running --------------------------------------------------------------------------------------------

    def make_plan(
        self, method_id: str, *, device: str = "", parameters: Mapping[str, float] = {}
    ) -> Job[Plan]:
        """Ask what a method would do with the shown series; `plan` holds the answer."""
        session, volume, actor = self._session, self._session.loaded.required, self._session.user.actor
        wanted = device or session.station.settings.get(AnalysisSettings).device

        def work(*, progress: Any, cancelled: Callable[[], bool]) -> Plan:
            return self._analysis.plan(actor, volume, method_id, device=wanted, parameters=parameters)

        def planned(plan: Plan) -> None:
            if session.loaded.volume is not volume:
                return  # late: another series is shown, and the guard has not looked at that one
            self.plan = plan
            self._plans.append((_key(volume), plan))
            self.plan_changed.emit()

        if not session.loaded.is_complete:
            raise Refused("The images are still loading.", hint="Wait until the series has arrived.")
        lease = session.loaded.hold(volume)
        job = session.station.jobs.submit(tr("Planning the AI method"), work)
        return session.dispatcher.follow(job, planned, always=lease.release)

    def run(self, plan: Plan | None = None) -> Job[ResultState]:
        """Run the plan on the shown series; the result is shown, unconfirmed, when it is there."""
        wanted = plan or self.plan
        if wanted is None:
            raise Refused("There is no plan to run.", hint="Choose a method first.")
        if wanted.verdict is Verdict.REFUSE:
            raise refusal(self._analysis.card(wanted.method_id), wanted)
        session, volume = self._session, self._session.loaded.required
        if (_key(volume), wanted) not in self._plans:
            raise Refused(
                "The plan was made for another series.", hint="Plan again for the series that is shown."
            )
        study_uid = session.study.required.study_uid
        lease = session.loaded.hold(volume)
        try:
            job = self._analysis.start(session.user.actor, volume, wanted, study_uid=study_uid)
        except BaseException:
            lease.release()
            raise
        return session.dispatcher.follow(
            job, lambda result: self._made(study_uid, result), always=lease.release
        )

    def _made(self, study_uid: str, result: ResultState) -> None:
        session = self._session
        session.archive_changed.emit(study_uid)
        if not session.user.is_logged_in or not session.study.is_open(study_uid):
            return
        self._just_made = result.result_id
        self._load_results(study_uid)
        session.study.set_series(tuple(self._archive.series(session.user.actor, study_uid)))
        self.show_results()

    def review(self, result_id: str, verdict: ReviewState) -> Job[ResultState]:
        """Accept or discard a result."""
        session, actor = self._session, self._session.user.actor

        def work(*, progress: Any, cancelled: Callable[[], bool]) -> ResultState:
            return self._analysis.review(actor, result_id, verdict)

        return session.dispatcher.follow(session.station.jobs.submit("", work), self._reviewed)

    def _reviewed(self, result: ResultState) -> None:
        self._session.archive_changed.emit(result.study_uid)
        if self._session.user.is_logged_in and self._session.study.is_open(result.study_uid):
            self._load_results(result.study_uid)
            self.show_results()

    # -- showing --------------------------------------------------------------------------------------------

    def show_results(self) -> None:
        """Show the newest enhancement and segmentation of each shown series over it."""
        session = self._session
        for viewport in session.screen.viewports.values():
            loaded = session.loaded.of_image(viewport.image)
            if loaded is not None and isinstance(viewport.image, Volume):
                uid = loaded.series.series_uid
                made = next((r for r in session.study.results if r.series_uid == uid), None)
                viewport.confirmed = confirmed_mark(made)
                viewport.unconfirmed = session.study.is_unconfirmed(loaded.series)
        for volume in self._volumes():
            self._show_results_of(volume)

    def _volumes(self) -> list[Volume]:
        """The volumes that are shown and have arrived, each once."""
        images = {_key(v.image): v.image for v in self._viewports() if isinstance(v.image, Volume)}
        return [volume for volume in images.values() if volume.voxels.ready.size and volume.voxels.complete]

    def _viewports(self) -> list[Viewport]:
        study = self._session.study
        tiles = self._session.screen.viewports.values()
        return [v for v in tiles if v.study_uid is not None and study.is_open(v.study_uid)]

    def _show_results_of(self, volume: Volume) -> None:
        mine = [r for r in self._session.study.results if self._analysis.is_made_of(r, volume)]
        newest = {r.kind: r for r in sorted(mine, key=lambda r: r.made_at)}
        for kind in ("segmentation", "images"):
            result, key = newest.get(kind), (_key(volume), kind)
            if result is None:
                self._hide_result(volume, kind)
            elif self._shown.get(key) != result:
                self._shown[key] = result
                self._load_result(volume, result)

    def _hide_result(self, volume: Volume, kind: str) -> None:
        self._shown.pop((_key(volume), kind), None)
        for viewport in self._session.screen.showing(volume):
            if kind == "segmentation":
                labels = viewport.layer(LabelLayer)
                if labels is not None and not labels.source:  # another object's segments stay
                    viewport.drop_layer(LabelLayer)
            else:
                viewport.compare = Compare.SOURCE
                viewport.drop_layer(ProcessedLayer)
        if kind == "segmentation":
            self._segmentations.pop(_key(volume), None)
        else:
            self._close_processed(_key(volume))

    def _close_processed(self, key: str) -> None:
        processed = self._processed.pop(key, None)
        if processed is not None:
            processed.release()

    def _load_result(self, volume: Volume, result: ResultState) -> None:
        if result.kind == "segmentation":
            self._load_segmentation(volume, result)
            return
        processed = self._processed.get(_key(volume))
        if processed is not None and processed.volume.series_uid == result.series_uid:
            self._show_layers()
            return
        self._load_images(volume, result)

    def _show_layers(self) -> None:
        """Every viewport of a volume shows what is laid over it."""
        for viewport in self._viewports():
            if isinstance(viewport.image, Volume):
                self._show_labels(viewport, _key(viewport.image))
                self._show_processed(viewport, _key(viewport.image))

    def _show_labels(self, viewport: Viewport, key: str) -> None:
        segmentation = self._segmentations.get(key)
        result = self._shown.get((key, "segmentation"))
        if segmentation is None or result is None:
            return
        unconfirmed = result.review is ReviewState.UNCONFIRMED
        before = viewport.layer(LabelLayer)
        if before is not None and before.source:
            return  # the reader has asked for another object's segments
        if before is None or before.segmentation is not segmentation:
            viewport.put_layer(LabelLayer(segmentation, unconfirmed, confirmed_mark(result)))
        elif before.unconfirmed is not unconfirmed:
            said = confirmed_mark(result)
            viewport.put_layer(replace(before, unconfirmed=unconfirmed, confirmed=said))

    def _show_processed(self, viewport: Viewport, key: str) -> None:
        processed, result = self._processed.get(key), self._shown.get((key, "images"))
        if processed is None or result is None:
            return
        unconfirmed = result.review is ReviewState.UNCONFIRMED
        before = viewport.layer(ProcessedLayer)
        if before is None or (before.volume, before.unconfirmed) != (processed.volume, unconfirmed):
            label = f"{tr(result.algorithm.name)} {result.algorithm.version}"
            viewport.put_layer(ProcessedLayer(processed.volume, label, unconfirmed, confirmed_mark(result)))

    def _load_segmentation(self, volume: Volume, result: ResultState) -> None:
        session, actor = self._session, self._session.user.actor

        def read(*, progress: Any, cancelled: Callable[[], bool]) -> Segmentation:
            return self._analysis.segmentation(actor, result, volume)

        def show(segmentation: Segmentation) -> None:
            if self._is_wanted(volume, result):
                self._segmentations[_key(volume)] = segmentation
                self._show_layers()

        job = session.station.jobs.submit(tr("Opening segmentation"), read)
        session.dispatcher.follow(job, show, failed=lambda error: self._not_loaded(volume, result, error))

    def _load_images(self, volume: Volume, result: ResultState) -> None:
        session, actor = self._session, self._session.user.actor

        def load(*, progress: Any, cancelled: Callable[[], bool]) -> Lease:
            return self._analysis.result_images(actor, result, volume, progress=progress, cancelled=cancelled)

        def show(loaded: Lease) -> None:
            if not self._is_wanted(volume, result):
                loaded.release()  # another series is shown, or the result was discarded meanwhile
                return
            self._close_processed(_key(volume))
            self._processed[_key(volume)] = loaded
            self._show_layers()
            # a reader who opens a study sees the original images first
            if result.result_id == self._just_made:
                for viewport in session.screen.showing(volume):
                    viewport.compare = Compare.RESULT

        job = session.station.jobs.submit(tr("Opening processed images"), load)
        session.dispatcher.follow(job, show, failed=lambda error: self._not_loaded(volume, result, error))

    def _is_wanted(self, volume: Volume, result: ResultState) -> bool:
        key = (_key(volume), result.kind)
        return self._session.loaded.holds(volume) and self._shown.get(key) == result

    def _not_loaded(self, volume: Volume, result: ResultState, error: BaseException) -> None:
        key = (_key(volume), result.kind)
        if self._shown.get(key) == result:
            del self._shown[key]  # the next look tries again
        self._session.station.notifications.add_error(error)


def _key(image: Image) -> str:
    """A series can hold several volumes."""
    return display_set_id_of(image) or series_uid_of(image)


def confirmed_mark(result: ResultState | None) -> str:
    """What stays on images that a method made when a doctor has confirmed them; "" where nobody has."""
    if result is None or result.review is not ReviewState.ACCEPTED:
        return ""
    return tr(
        "AI · confirmed · {method} {version} · {who}",
        method=tr(result.algorithm.name),
        version=result.algorithm.version,
        who=result.reviewed_by,
    )
