"""The vocabulary of a window: made ready in the background, exchanged for a release, one's own terms."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from psygnal import Signal

from app.domain.coding import Code
from app.i18n import tr
from app.jobs import Job, Progress
from app.notifications import Level
from app.session.session import Session
from app.terminology import Term
from app.vocabulary import relations
from app.vocabulary.service import Taken, VocabularyService
from app.vocabulary.words import taken_words

T = TypeVar("T")

#: one's own terms, in `PersonalDocuments`
_DOCUMENT = "terms"
_RECENT, _FAVOURITES = "recent", "favourites"
#: so many are remembered
RECENT, FAVOURITES = 30, 200


class VocabularyController:
    """What pickers ask of the vocabulary beside its search."""

    changed = Signal()

    def __init__(self, session: Session) -> None:
        self._session = session
        self._service = session.station.get(VocabularyService)
        self._prepared = False
        self.busy = False
        self._kept: dict[str, Any] = {}
        self._whose: str | None = None
        self._unsaved = False
        session.edits.about_to_close.connect(self._keep)

    def prepare(self) -> None:
        """Make the index ready before somebody types, once."""
        if self._prepared:
            return
        self._prepared = True

        def work(*, progress: Progress, cancelled: Callable[[], bool]) -> None:
            self._service.load()
            relations.prepare()

        job = self._session.station.jobs.submit_behind(tr("Preparing the vocabulary"), work)
        self._session.dispatcher.follow(job, lambda _: self.changed.emit())

    @property
    def taken(self) -> Taken | None:
        """The release in use; None for the shipped subset."""
        return self._service.taken

    def take_in(self, path: Path) -> Job[Taken]:
        """Take in a release in the background, and say what it holds."""
        actor = self._session.user.actor

        def work(*, progress: Progress, cancelled: Callable[[], bool]) -> Taken:
            return self._service.take_in(actor, path, progress)

        def done(taken: Taken) -> None:
            first, *rest = taken_words(taken)
            self._session.station.notifications.add(Level.INFO, first, "\n".join(rest))

        return self._follow(self._session.station.jobs.submit(tr("Reading the release"), work), done)

    def remove(self) -> Job[None]:
        """Use the shipped subset again."""
        actor = self._session.user.actor

        def work(*, progress: Progress, cancelled: Callable[[], bool]) -> None:
            self._service.remove(actor)

        job = self._session.station.jobs.submit(tr("Preparing the vocabulary"), work)
        return self._follow(job, lambda _: None)

    def _follow(self, job: Job[T], done: Callable[[T], None]) -> Job[T]:
        self.busy = True
        self.changed.emit()

        def over() -> None:
            self.busy = False
            self.changed.emit()

        return self._session.dispatcher.follow(job, done, always=over)

    # -- one's own terms ------------------------------------------------------------------------------------

    def recent(self) -> list[Term]:
        """Terms that the person took last, the last first."""
        return self._known(_RECENT)

    def favourites(self) -> list[Term]:
        """Terms that the person marked, in the order of marking."""
        return self._known(_FAVOURITES)

    def is_favourite(self, term: Term) -> bool:
        """Whether the person marked a term."""
        return term.rid in self._rids(_FAVOURITES)

    def related(self, term: Term) -> tuple[Code, ...]:
        """Codes of other schemes that mean the same."""
        return relations.related(term)

    def took(self, term: Term) -> None:
        """Remember that a term was taken; it is kept when the person leaves, or marks a term."""
        rids = [term.rid, *(rid for rid in self._rids(_RECENT) if rid != term.rid)]
        self._document()[_RECENT] = rids[:RECENT]
        self._unsaved = True

    def mark(self, term: Term) -> bool:
        """Make a term a favourite, or no longer one; whether it is now."""
        rids = self._rids(_FAVOURITES)
        now = term.rid not in rids
        rids = [*rids, term.rid] if now else [rid for rid in rids if rid != term.rid]
        self._document()[_FAVOURITES] = rids[-FAVOURITES:]
        self._unsaved = True
        self._keep()
        return now

    def _rids(self, name: str) -> list[str]:
        stored = self._document().get(name)
        return [rid for rid in stored if isinstance(rid, str)] if isinstance(stored, list) else []

    def _known(self, name: str) -> list[Term]:
        found = (self._session.station.terms.term(rid) for rid in self._rids(name))
        return [term for term in found if term is not None]

    def _document(self) -> dict[str, Any]:
        """What the person keeps; another person's is let go."""
        user = self._session.user
        whose = user.actor.person_id if user.is_logged_in else ""
        if whose != self._whose:
            self._whose, self._unsaved = whose, False
            self._kept = dict(self._session.documents.read(_DOCUMENT))
        return self._kept

    def _keep(self) -> None:
        if self._unsaved and self._session.user.is_logged_in:
            self._unsaved = False
            self._session.documents.keep(_DOCUMENT, dict(self._document()))
