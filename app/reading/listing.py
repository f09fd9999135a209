"""What the series of the open study and of its priors hold, for lists of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from psygnal import Signal

from app.domain.display_set import DisplaySet, DisplaySetId, SeriesDisplaySets, TranslatableText
from app.domain.person import Actor
from app.domain.study import Series, SeriesUid
from app.errors import Cancelled
from app.i18n import tr
from app.ports import Archive
from app.session.session import Session


@dataclass(frozen=True, slots=True)
class ListedSet:
    """A display set in a list: what tells it from its siblings, how many images and positions of the further
    axis.
    """

    display_set_id: DisplaySetId
    title: tuple[TranslatableText, ...]
    n_images: int
    n_positions: int = 1

    @property
    def name(self) -> str:
        """The title in the window's language, the finest difference in front: that is where a short line is
        not cut.
        """
        return words(self.title[::-1]) or tr("Images")


@dataclass(frozen=True, slots=True)
class ListedSeries:
    """All of a series, the display set to open first in front: nothing is uncounted.

    `left_out` are reasons with the number of images that no display set shows; `n_objects` are no images.
    """

    series_uid: SeriesUid
    sets: tuple[ListedSet, ...]
    left_out: tuple[tuple[TranslatableText, int], ...] = ()
    n_objects: int = 0


class SeriesListing:
    """Reads in the background what it is asked for, one series after the other; forgets when another study is
    open.
    """

    #: the Series Instance UID of a series that is listed now
    listed = Signal(str)

    def __init__(self, session: Session) -> None:
        self._session = session
        self._archive = session.station.get(Archive)
        self._generation = 0
        self._known: dict[SeriesUid, ListedSeries] = {}
        self._asked: set[SeriesUid] = set()
        session.study.study_changed.connect(self._forget)

    def _forget(self) -> None:
        self._generation += 1
        self._known.clear()
        self._asked.clear()

    def forget(self, series_uids: Iterable[str]) -> None:
        """Series that hold something else than before: listed anew when they are asked for."""
        for uid in map(SeriesUid, series_uids):
            self._known.pop(uid, None)
            self._asked.discard(uid)

    def of(self, series_uid: str) -> ListedSeries | None:
        """What a series holds; None while it is not known."""
        return self._known.get(SeriesUid(series_uid))

    def ask(self, series_uids: Iterable[str]) -> None:
        """List series; `listed` tells when each is there.  One that cannot be read stays unlisted."""
        actor = self._session.user.actor
        for uid in map(SeriesUid, series_uids):
            if uid not in self._asked:
                self._asked.add(uid)
                work = partial(self._read, self._generation, actor, uid)
                came: Callable[[ListedSeries], None] = partial(self._came, self._generation)
                job = self._session.station.jobs.submit_behind("", work)
                self._session.dispatcher.follow(job, came, failed=lambda _: None)

    def _read(self, generation: int, actor: Actor, series_uid: SeriesUid, **_: Any) -> ListedSeries:
        if generation != self._generation:  # another study is open by now
            raise Cancelled
        return listed_series(series_uid, self._archive.display_sets(actor, series_uid))

    def _came(self, generation: int, found: ListedSeries) -> None:
        if generation == self._generation:
            self._known[found.series_uid] = found
            self.listed.emit(found.series_uid)

    def line(self, series: Sequence[Series]) -> list[tuple[SeriesUid, DisplaySetId | None]]:
        """The display sets of series in their order; None stands for the first one of a series that is not
        listed yet.
        """
        found: list[tuple[SeriesUid, DisplaySetId | None]] = []
        for one in series:
            known = self._known.get(one.series_uid)
            sets = known.sets if known is not None else ()
            found += [(one.series_uid, held.display_set_id) for held in sets] or [(one.series_uid, None)]
        return found


def listed_series(series_uid: SeriesUid, held: SeriesDisplaySets) -> ListedSeries:
    """What lists need of it."""
    return ListedSeries(
        series_uid,
        tuple(_listed(one) for one in held.sets),
        tuple((one.reason, len(one.sop_uids)) for one in held.left_out),
        len(held.objects),
    )


def _listed(one: DisplaySet) -> ListedSet:
    positions = len(one.geometry.places) if one.geometry is not None else 1
    return ListedSet(one.display_set_id, one.title, len(one.frames), positions)


def words(title: Sequence[TranslatableText]) -> str:
    """A title in the window's language."""
    return " · ".join(tr(template, **params) for template, params in title)
