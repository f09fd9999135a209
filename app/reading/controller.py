"""Opening studies and series for reading."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.domain.display_set import DisplaySetId
from app.domain.image import ImageStack
from app.domain.study import Series, Study
from app.domain.volume import Volume
from app.errors import Cancelled, Refused
from app.i18n import tr
from app.imaging.store import ImageStore
from app.jobs import Job
from app.ports import Archive
from app.reading.hanging import link_comparison, make_room, point_at, targets
from app.reading.listing import SeriesListing
from app.reading.preferences import ReadingPreferences
from app.reading.series_order import best_first, first_page
from app.reading.series_presenter import SeriesPresenter, technique_of
from app.reading.service import ReadingService
from app.reading.tiles import end_tiles
from app.session.loaded_series import Loaded
from app.session.session import Session
from app.viewing.alignment import NO_ALIGNMENTS
from app.viewing.layouts import Layout, grid_layout, layout
from app.viewing.same_look import begin_alike
from app.viewing.screen import Viewport, ViewportId
from app.viewing.shown_image import series_uid_of
from app.viewing.shown_places import ShownPlaces
from app.viewing.tiling import forget_tiles, is_film, spread, tile

#: gives a viewport that has just got its images the state that a hanging protocol wants
Arrange = Callable[[Viewport], None]


class ReadingController:
    """Puts a study and a series of it on the screen, and takes them off again."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._archive = session.station.get(Archive)
        self._reading = session.station.get(ReadingService)
        #: studies that were asked for so far
        self._opening = 0
        #: the reader has chosen a series or a layout of the open study: nothing hangs by itself any more
        self.chosen_by_hand = False
        self._presenter = SeriesPresenter(session)
        self._preferences = ReadingPreferences(session)
        attempt = session.dispatcher.attempt
        session.user.ending.connect(self._user_ends)
        session.screen.series_asked.connect(lambda _, step: attempt(lambda: self.step_display_set(step)))
        session.screen.dropped.connect(
            lambda into, *what: attempt(lambda: self.show_series(*what, into=into))
        )
        session.screen.active_changed.connect(self._active_changed)
        session.archive_changed.connect(lambda _: self._refresh())

    def _user_ends(self, stays_open: bool) -> None:
        if not stays_open:
            self.close_study()
            self._session.station.get(ImageStore).drop_unused()

    # -- studies --------------------------------------------------------------------------------------------

    def open_study(
        self, study_uid: str, *, series_uid: str | None = None, then: Callable[[], None] = lambda: None
    ) -> Job[Any] | None:
        """Open a study and show its best series (or the one asked for); `then` is done when it is open.

        Where edits of the study are on their way, it opens once these are saved.
        """
        session = self._session
        self._commit_edits()
        self._opening += 1
        asked = self._opening
        if not session.edits.is_pending(study_uid, "report", "annotation", "marks"):
            job = self._open_study(study_uid, series_uid)
            then()
            return job
        settle = session.edits.tried(study_uid)

        def saved(_: None) -> None:
            session.edits.deliver()
            if asked == self._opening and session.user.is_logged_in:  # nothing else was opened meanwhile
                self._open_study(study_uid, series_uid)
                then()

        job_before = session.station.jobs.submit(tr("Saving the last edits …"), lambda **_: settle())
        return session.dispatcher.follow(job_before, saved)

    def _open_study(self, study_uid: str, series_uid: str | None) -> Job[Loaded] | None:
        session, actor = self._session, self._session.user.actor
        study = self._archive.study(actor, study_uid)
        series = tuple(self._archive.series(actor, study_uid))
        priors = tuple(self._archive.priors(actor, study_uid))
        self.close_study()
        session.screen.lay_out(layout("mpr"))
        self._preferences.take_first_tool()
        session.study.open(study, series, priors)
        pictured = self._pictured(study_uid, series)
        asked = next((s for s in series if s.series_uid == series_uid), None)
        chosen = asked or next(iter(pictured), None)
        self.chosen_by_hand = series_uid is not None
        if chosen is not None and chosen in pictured:
            return self._show(chosen.series_uid, "", targets(session.screen, prior=False))
        notice = tr("This study holds no images, only reports or other objects.")
        session.screen.active_viewport.notice = notice
        page = chosen or first_page(series)
        if page is not None:
            session.commands.run("object.open", page.series_uid)
        return None

    def _refresh(self) -> None:
        """What has been filed since the study was opened is listed too."""
        session, archive = self._session, self._archive
        study = session.study.study
        if study is None or not session.user.is_logged_in:
            return
        actor, study_uid = session.user.actor, study.study_uid

        def read(**_: Any) -> tuple[tuple[Series, ...], tuple[Study, ...]]:
            return tuple(archive.series(actor, study_uid)), tuple(archive.priors(actor, study_uid))

        def came(found: tuple[tuple[Series, ...], tuple[Study, ...]]) -> None:
            if session.study.is_open(study_uid):
                before = set(session.study.series)
                session.get(SeriesListing).forget(one.series_uid for one in found[0] if one not in before)
                session.study.refresh(*found)

        job = session.station.jobs.submit_behind("", read)
        session.dispatcher.follow(job, came, failed=lambda _: None)

    def _pictured(self, study_uid: str, series: Sequence[Series]) -> list[Series]:
        """The series of a study that have pictures, by what a reader wants first.

        The modality does not tell: a document can say any.
        """
        bare = self._archive.without_pictures(self._session.user.actor, study_uid)
        return [one for one in best_first(series) if one.series_uid not in bare]

    def close_study(self) -> None:
        """Close the study and give the memory back; edits are saved in the background."""
        session = self._session
        self._commit_edits()
        session.loaded.unload_all()
        screen = session.screen
        screen.links, screen.alignments, screen.same_look = (), NO_ALIGNMENTS, False
        screen.active = next(iter(screen.viewports))  # the next study begins at the first view
        if session.study.study is not None:
            session.study.close()

    def step_study(self, step: int) -> None:
        """Open the patient's next (1) or previous (-1) study by date; the ends hold."""
        study = self._session.study.required
        line = sorted(
            (study, *self._session.study.priors),
            key=lambda s: s.started_at.replace(tzinfo=None).isoformat() if s.started_at else "",
        )
        to = line.index(study) + step
        if 0 <= to < len(line):
            self.open_study(line[to].study_uid)

    def _commit_edits(self) -> None:
        if self._session.study.study is not None:
            self._session.dispatcher.attempt(self._session.edits.about_to_close.emit)

    # -- series ---------------------------------------------------------------------------------------------

    def show_series(self, series_uid: str, display_set_id: str = "", *, into: str = "") -> Job[Loaded]:
        """Load a display set of a series, the first where none is named, into the viewport that is named, or
        where it belongs; its first image shows before the rest.

        A prior's series goes beside the current study and leaves banner and report as they are.
        """
        self.chosen_by_hand = True
        session = self._session
        prior = not any(s.series_uid == series_uid for s in session.study.series)
        if prior and session.screen.tiling is not None:
            end_tiles(session)  # it goes beside the current images
            into = ""
        if session.screen.tiling is not None:
            places = list(session.screen.viewports)
        else:
            places = [ViewportId(into)] if into else targets(session.screen, prior=prior)
        return self._show(series_uid, display_set_id, places)

    def show_prior(self, prior: Study) -> None:
        """Show the largest series of another study of the patient beside the current one."""
        uid = prior.study_uid
        series = self._pictured(uid, self._archive.series(self._session.user.actor, uid))
        if not series:
            raise Refused("The prior has no images.", hint="Open it to see what it holds.")
        self.show_series(series[0].series_uid)

    def _show(
        self,
        series_uid: str,
        display_set_id: str,
        places: Sequence[ViewportId],
        arrange: Arrange | None = None,
        stood: ShownPlaces | None = None,
    ) -> Job[Loaded]:
        session, actor = self._session, self._session.user.actor
        ticket = session.loaded.ask(places)

        def work(*, progress: Any, cancelled: Callable[[], bool]) -> Loaded:
            opened = Loaded(*self._reading.acquire(actor, series_uid, display_set_id, cancelled=cancelled))
            if cancelled():
                opened.lease.release()
                raise Cancelled
            return opened

        for viewport in session.loaded.waiting(ticket):
            if viewport.image is None:
                viewport.notice = tr("Opening series")

        job = session.station.jobs.submit(tr("Opening series"), work)
        return session.dispatcher.follow(
            job,
            lambda opened: self._opened(ticket, opened, arrange, stood),
            failed=lambda error: self._not_opened(ticket, error),
        )

    def _not_opened(self, ticket: int, error: BaseException) -> None:
        if isinstance(error, Cancelled):
            return
        told = self._session.station.notifications.add_error(error)
        reason = "\n".join(x for x in (told.message, told.hint) if x)
        screen, empty = self._session.screen, self._session.loaded.waiting(ticket)
        if len(empty) > 1 and not any(viewport.image for viewport in screen.viewports.values()):
            screen.lay_out(grid_layout(1, 1))  # one place is enough to say it
            empty = list(screen.viewports.values())
        for viewport in empty:
            if viewport.image is None:
                viewport.notice = self._why_nothing(reason)

    def lay_out(self, wanted: Layout) -> None:
        """Another layout: its planes take over the active volume, other viewports keep what they show.

        Tiles are laid out over another grid; any other layout ends them.
        """
        self.chosen_by_hand = True
        session, screen = self._session, self._session.screen
        if screen.tiling is not None:
            if is_film(wanted):
                tile(screen, wanted)
                session.loaded.shown.emit()
                return
            forget_tiles(screen)
        image, places = screen.active_viewport.image, ShownPlaces.of(screen)
        screen.lay_out(wanted)
        loaded = session.loaded.of_image(image) if isinstance(image, Volume) else None
        planes = [viewport for i, viewport in screen.viewports.items() if screen.cell(i).view]
        if loaded is not None:
            for viewport in planes:
                self._presenter.show(viewport, loaded)
            point_at(screen, planes, places)
        session.loaded.unload_unseen()
        session.loaded.shown.emit()

    def hang(
        self,
        wanted: Layout,
        places: Mapping[tuple[str, str], Sequence[ViewportId]],
        arrange: Arrange,
        *,
        begins: bool = False,
    ) -> None:
        """Lay out the screen and show display sets, named by (series, display set), in viewports of it.

        `arrange` gives each viewport its initial state.  Views go on where the views before stood (where
        reading `begins`, only if the reader has moved them); viewports without a display set are emptied.
        """
        session, screen = self._session, self._session.screen
        forget_tiles(screen)
        same, stood = screen.layout == wanted, ShownPlaces.of(screen, moved=begins)
        screen.lay_out(wanted)
        if not same:
            screen.crosshair = None  # it pointed across the planes of the layout before
        planned = {viewport_id for into in places.values() for viewport_id in into}
        session.loaded.ask(screen.viewports)  # what was asked for before is late
        for viewport_id, viewport in screen.viewports.items():
            if viewport_id not in planned:
                viewport.clear()
        for (series_uid, display_set_id), into in places.items():
            loaded = session.loaded.find(DisplaySetId(display_set_id))
            if loaded is None:
                self._show(series_uid, display_set_id, into, arrange, stood)
                continue
            views = [screen.viewports[i] for i in into]
            elsewhere = [v for v in views if not same or v.image is not loaded.image]
            self._put_in(elsewhere, loaded, arrange, stood)
            for viewport in views:
                if viewport not in elsewhere:
                    arrange(viewport)
        session.loaded.unload_unseen()
        session.loaded.shown.emit()

    def step_series(self, step: int) -> None:
        """Show the next (1) or previous (-1) series of the study; the ends hold."""
        study = self._session.study
        series = study.pictured_series()
        current = study.current.series_uid if study.current is not None else ""
        at = next((i for i, s in enumerate(series) if s.series_uid == current), None)
        to = (0 if at is None else at + step) if series else -1
        if 0 <= to < len(series):
            self.show_series(series[to].series_uid)

    def step_display_set(self, step: int) -> None:
        """Show the next (1) or previous (-1) display set, of the series or of its neighbour; the ends
        hold.
        """
        session = self._session
        current = session.study.current
        loaded = session.loaded.of_image(session.screen.active_viewport.image)
        if loaded is None or current is None or loaded.series.series_uid != current.series_uid:
            self.step_series(step)
            return
        line = session.get(SeriesListing).line(session.study.pictured_series())
        here = (current.series_uid, loaded.display_set.display_set_id)
        if here not in line:  # not listed yet, or images came to the series
            self.step_series(step)
            return
        to = line.index(here) + step
        if 0 <= to < len(line):
            self.show_series(line[to][0], line[to][1] or "")

    def technique(self) -> dict[str, str]:
        """What the shown images tell of the technique, by DICOM keyword."""
        volume = self._session.loaded.volume
        return technique_of(volume) if volume is not None else {}

    def _why_nothing(self, reason: str) -> str:
        """Why no images are shown, and what can be done."""
        way = (
            tr("Choose another series at the left.")
            if len(self._session.study.pictured_series()) > 1
            else tr("The images stay in the archive.")
        )
        return f"{reason}\n{way}"

    def _opened(
        self, ticket: int, opened: Loaded, arrange: Arrange | None = None, stood: ShownPlaces | None = None
    ) -> None:
        session = self._session
        viewports = session.loaded.waiting(ticket)
        known = session.loaded.find(opened.display_set.display_set_id)
        if known is not None or not viewports:
            opened.lease.release()  # it is shown already, or nobody waits for it any more
        if known is None and not viewports:
            return
        loaded = known or opened
        if known is None:
            session.loaded.put(loaded)
        if isinstance(loaded.image, ImageStack) and arrange is None:
            viewports = make_room(session.screen, viewports, loaded.image)
        if stood is None and not session.study.is_open(loaded.series.study_uid):
            stood = ShownPlaces.of(session.screen)  # a prior begins level with what is read
        self._put_in(viewports, loaded, arrange, stood)
        if session.screen.tiling is not None:
            spread(session.screen, 0)
        session.loaded.unload_unseen()
        beside = arrange is not None and session.screen.active_viewport not in viewports
        if not beside and any(s.series_uid == opened.series.series_uid for s in session.study.series):
            session.study.show(opened.series)
        link_comparison(session.screen)
        session.loaded.shown.emit()
        if known is None:
            self._presenter.follow(loaded)

    def _put_in(
        self, viewports: list[Viewport], loaded: Loaded, arrange: Arrange | None, stood: ShownPlaces | None
    ) -> None:
        for viewport in viewports:
            self._presenter.show(viewport, loaded)
        screen = self._session.screen
        planes = any(screen.cell(viewport.viewport_id).view for viewport in viewports)
        if arrange is None or planes:
            point_at(screen, viewports, stood)
        for viewport in viewports:
            if stood is not None and not planes:
                stood.put_back(screen, viewport)
            if arrange is not None:
                arrange(viewport)
            else:
                begin_alike(screen, viewport)

    def _active_changed(self, what: str) -> None:
        """The strip and the panels follow the active viewport, where it shows the study that is read."""
        if what != "active":
            return
        study, image = self._session.study, self._session.screen.active_viewport.image
        series_uid = series_uid_of(image) if image is not None else ""
        series = next((s for s in study.series if s.series_uid == series_uid), None)
        if series is not None and (study.current is None or study.current.series_uid != series_uid):
            study.show(series)
