"""Images of the open study's other series, loaded while nobody waits for any."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from app.domain.display_set import DisplaySetId
from app.domain.person import Actor
from app.domain.study import SeriesUid
from app.jobs import Job
from app.reading.listing import SeriesListing
from app.reading.service import ReadingService
from app.reading.settings import ReadingSettings
from app.session.session import Session

#: a display set of a series, the first where it is None
_Wanted = tuple[SeriesUid, DisplaySetId | None]


class SeriesPrefetch:
    """Begins when the images that were asked for have arrived, one display set after the other, the next
    ones of the strip first, as far as the memory's budget has room.

    Stops when images are asked for, and when another study is opened.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._reading = session.station.get(ReadingService)
        self._generation = 0
        self._queued: Job[Job[int] | None] | None = None
        self._filling: Job[int] | None = None
        session.loaded.completed.connect(lambda _: self._begin())
        session.loaded.asking.connect(self._stop)
        session.study.study_changed.connect(self._stop)

    def _stop(self) -> None:
        self._generation += 1
        begun: tuple[Job[Any] | None, ...] = (self._queued, self._filling)
        self._queued = self._filling = None
        for job in begun:
            if job is not None:
                job.cancel()

    def _begin(self) -> None:
        session = self._session
        wanted = session.station.settings.get(ReadingSettings).prefetch
        if wanted and session.user.is_logged_in and session.study.study is not None and self._filling is None:
            self._generation += 1
            self._next(self._generation, self._others())

    def _others(self) -> list[_Wanted]:
        """What is not shown: what comes behind the active images, then what is before them."""
        session = self._session
        line = session.get(SeriesListing).line(session.study.pictured_series())
        active = session.loaded.of_image(session.screen.active_viewport.image)
        current = session.study.current
        here: _Wanted | None = None
        if active is not None:
            here = (active.series.series_uid, active.display_set.display_set_id)
        if here not in line:
            here = None if current is None else (current.series_uid, None)
        at = line.index(here) if here in line else -1
        return [*line[at + 1 :], *line[: max(at, 0)]]

    def _next(self, generation: int, left: Sequence[_Wanted]) -> None:
        if generation != self._generation or not left:
            return
        session, (series_uid, display_set_id) = self._session, left[0]

        def work(actor: Actor, **_: Any) -> Job[int] | None:
            return self._reading.prefetch(actor, series_uid, display_set_id or "")

        self._queued = job = session.station.jobs.submit_ahead("", work, session.user.actor)
        session.dispatcher.follow(
            job,
            partial(self._begun, generation, left[1:]),
            failed=lambda _: self._next(generation, left[1:]),  # told when somebody opens it
        )

    def _begun(self, generation: int, left: Sequence[_Wanted], filling: Job[int] | None) -> None:
        if filling is None:
            self._next(generation, left)
            return
        if generation != self._generation:
            filling.cancel()
            return
        self._filling = filling
        self._session.dispatcher.follow(
            filling, lambda _: None, failed=lambda _: None, always=partial(self._filled, generation, left)
        )

    def _filled(self, generation: int, left: Sequence[_Wanted]) -> None:
        if generation == self._generation:
            self._filling = None
            self._next(generation, left)
