"""The tag browser of a window: follows the shown image while it is looked at, or shows a chosen object."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from psygnal import Signal

from app.domain.presentation import Window
from app.domain.study import Instance
from app.domain.tag_table import TagTable
from app.i18n import tr
from app.jobs import Job
from app.jobs.runner import Cancelling
from app.notifications import explain
from app.session.session import Session
from app.tags.image_lines import ImageLine, image_lines
from app.tags.listing import Listing, comparison, listing_of, series_listing
from app.tags.service import MAX_OBJECTS, Choice, TagService
from app.tags.shown import ShownObject, objects_beside, shown_object

T = TypeVar("T")


#: id of the tab
PANEL = "tags"


class Scope(StrEnum):
    """Whose elements are shown."""

    IMAGE = "image"
    SERIES = "series"


@dataclass(frozen=True, slots=True)
class Browsed:
    """What the browser shows: an object (`instance`; None of a series), its lines, and what is to be said."""

    listing: Listing = field(default_factory=Listing)
    instance: Instance | None = None
    frame: int | None = None
    other: Instance | None = None
    image: tuple[ImageLine, ...] = ()
    notes: tuple[str, ...] = ()


class TagController:
    """What is browsed, and the reading of it in the background; a reading that nobody waits for is ended."""

    #: `browsed`, `loading`, `scope` or `target` have changed
    changed = Signal()

    def __init__(self, session: Session) -> None:
        self._session = session
        self._tags = session.station.get(TagService)
        self._job: Job[Browsed] | None = None
        self._watching = False
        self._chosen: ShownObject | None = None
        self._wanted: tuple[object, ...] = ()
        self.browsed = Browsed()
        self.loading = False
        self.failure = ""
        self.scope = Scope.IMAGE
        self.compared = self._compared_series = ""
        session.screen.active_changed.connect(self._screen_changed)
        session.loaded.shown.connect(self._moved)
        session.study.series_changed.connect(self._moved)
        session.study.study_changed.connect(self._other_study)

    def _screen_changed(self, what: str) -> None:
        if what in ("active", "image", "view"):
            self._moved()

    # -- what is browsed ------------------------------------------------------------------------------------

    @property
    def target(self) -> ShownObject | None:
        """The object whose elements are wanted: the chosen one, else the one on the screen."""
        return self._chosen or shown_object(self._session)

    @property
    def follows(self) -> bool:
        """The browser goes with the screen."""
        return self._chosen is None

    def watch(self, watching: bool) -> None:
        """The browser is looked at, or no longer: nothing is read for nobody."""
        self._watching = watching
        if watching:
            self._load()
        else:
            self._stop()

    def open(self) -> None:
        """Show the browser, or close it where it is open."""
        panels = self._session.panels
        panels.close() if self._watching and panels.current == PANEL else panels.show(PANEL)

    def show(self, sop_uid: str = "", frame: int | None = None, *, series_uid: str = "") -> None:
        """Show an object of the open study, an image or not; with no arguments follow the screen again."""
        self._chosen = ShownObject(series_uid, sop_uid, frame) if sop_uid or series_uid else None
        self.scope = Scope.IMAGE
        self._session.panels.show(PANEL)
        self._load()

    def compare(self, sop_uid: str = "", series_uid: str = "") -> None:
        """Put another object beside this one; "" takes it away.  Without a series it is in the open study."""
        self.compared, self._compared_series, self.scope = sop_uid, series_uid, Scope.IMAGE
        self._load()

    def set_scope(self, scope: Scope) -> None:
        """This image, or the whole series."""
        if scope is not self.scope:
            self.scope = scope
            self.compared = ""
            self._load()

    def find_choices(self, done: Callable[[tuple[Choice, ...]], None]) -> None:
        """What the shown object may be compared with, told to `done`: neighbours, and the other series."""
        one, session, tags = self.browsed.instance, self._session, self._tags
        if one is None:
            return
        actor, series = session.user.actor, session.study.series
        beside = [(other.series_uid, other.sop_uid) for other in objects_beside(session)]
        beside = [other for other in beside if other[1] != one.sop_uid]

        def find(*, progress: object, cancelled: Cancelling) -> tuple[Choice, ...]:
            return tags.choices(actor, one, series, beside)

        session.dispatcher.follow(session.station.jobs.submit("", find), done)

    # -- reading --------------------------------------------------------------------------------------------

    def _moved(self, *_: object) -> None:
        if self._watching and self.follows:
            self._load()

    def _other_study(self) -> None:
        self._chosen, self.compared, self.scope = None, "", Scope.IMAGE
        self._stop()
        self._wanted, self.browsed, self.failure = (), Browsed(), ""
        self.changed.emit()

    def _stop(self) -> None:
        job, self._job = self._job, None
        if job is not None:
            job.cancel()
            self._wanted = ()
        self.loading = False

    def _load(self) -> None:
        target = self.target
        if not self._watching or target is None or not self._session.user.is_logged_in:
            return
        series_only = self.scope is Scope.SERIES
        wanted = (self.scope, target.series_uid) if series_only else (self.scope, target, self.compared)
        if wanted == self._wanted:
            return
        self._stop()
        self._wanted, self.loading = wanted, True
        work = self._series_work(target) if series_only else self._object_work(target)
        title = tr("Comparing the images of a series") if series_only else ""
        self._job = self._session.station.jobs.submit(title, work)
        job = self._job
        self._session.dispatcher.follow(
            job, lambda found: self._arrived(job, found), failed=lambda error: self._failed(job, error)
        )
        self.changed.emit()

    def _arrived(self, job: Job[Browsed], found: Browsed) -> None:
        if job is self._job:
            self.browsed, self.loading, self.failure, self._job = found, False, "", None
            self.changed.emit()

    def _failed(self, job: Job[Browsed], error: BaseException) -> None:
        if job is self._job:
            self.browsed, self.loading, self._job = Browsed(), False, None
            self.failure, self._wanted = explain(error).message, ()
            self.changed.emit()

    def _object_work(self, target: ShownObject) -> Callable[..., Browsed]:
        session, tags, compared = self._session, self._tags, self.compared
        actor, chosen = session.user.actor, session.screen.active_viewport.window
        window = chosen if self.follows and isinstance(chosen, Window) else None
        known = [series.series_uid for series in session.study.series]
        series = [target.series_uid] if target.series_uid else known
        beside = [self._compared_series] if self._compared_series else known

        def read(*, progress: object, cancelled: Cancelling) -> Browsed:
            one = tags.instance(actor, series, target.sop_uid)
            frame = target.frame if target.frame is not None or one.frames < 2 else 0
            table = tags.table(actor, one, frame or 0, cancelled=cancelled, whole=bool(compared))
            facts = tags.facts(one, frame or 0, cancelled=cancelled)
            image = image_lines(facts, table.transfer_syntax, window) if facts is not None else ()
            if not compared:
                return Browsed(listing_of(table, frame), one, frame, None, image, notes_of(table))
            other = tags.instance(actor, beside, compared)
            second = tags.table(actor, other, 0, cancelled=cancelled, whole=True)
            return Browsed(comparison(table, second), one, frame, other, image, notes_of(table))

        return read

    def _series_work(self, target: ShownObject) -> Callable[..., Browsed]:
        tags, actor = self._tags, self._session.user.actor
        known = [series.series_uid for series in self._session.study.series]

        def read(*, progress: Callable[..., None], cancelled: Cancelling) -> Browsed:
            series_uid = target.series_uid or tags.instance(actor, known, target.sop_uid).series_uid
            found = tags.series(actor, series_uid, progress=progress, cancelled=cancelled)
            notes = []
            if found.total > MAX_OBJECTS:
                notes.append(
                    tr(
                        "The first {limit} of {total} objects were compared.",
                        limit=MAX_OBJECTS,
                        total=found.total,
                    )
                )
            if found.read < min(found.total, MAX_OBJECTS):
                notes.append(
                    tr("Objects that cannot be read: {n}.", n=min(found.total, MAX_OBJECTS) - found.read)
                )
            return Browsed(series_listing(found.counts, found.read), notes=tuple(notes))

        return read


def notes_of(table: TagTable) -> tuple[str, ...]:
    """What is to be said of a table, in the language in use."""
    return tuple(tr(template, **params) for template, params in table.notices)
