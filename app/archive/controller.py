"""Importing into the archive from the window."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import replace
from pathlib import Path

from psygnal import Signal

from app.archive.service import ArchiveService
from app.domain.person import Actor
from app.domain.study import ImportSummary, StudyUid
from app.i18n import tr
from app.jobs import Job
from app.notifications import Level
from app.session.session import Session


class ArchiveController:
    """What the window asks of the archive."""

    #: an import has ended in whatever way: there may be other notices
    import_ended = Signal()

    def __init__(self, session: Session) -> None:
        self._session = session
        self._archive = session.station.get(ArchiveService)

    def import_paths(self, paths: Sequence[Path]) -> Job[ImportSummary]:
        """Import in the background and tell what came of it, and which studies have got objects, also where
        it did not come to its end.
        """
        session, actor = self._session, self._session.user.actor
        grown: set[StudyUid] = set()
        job = self._archive.start_import(actor, list(paths), filed=grown.add)
        return session.dispatcher.follow(job, self._imported, always=lambda: self._ended(actor, grown))

    def _ended(self, actor: Actor, grown: Set[StudyUid]) -> None:
        """The studies have changed, and the other ones of their patients: each has another number of
        priors.
        """
        session, changed = self._session, sorted(grown)

        def tell(others: Sequence[StudyUid]) -> None:
            for study_uid in others:
                session.archive_changed.emit(study_uid)

        tell(changed)
        self.import_ended.emit()
        if changed:
            job = session.station.jobs.submit_behind(
                "", lambda **_: self._archive.same_patient(actor, changed)
            )
            session.dispatcher.follow(job, tell)

    def _imported(self, summary: ImportSummary) -> None:
        text = tr(
            "Imported. New images: {added}; here already: {known}; notices: {notices}.",
            added=summary.added,
            known=summary.known,
            notices=len(summary.notices),
        )
        level = Level.WARNING if summary.notices else Level.INFO
        told = self._session.station.notifications
        told.add(level, text, scope=replace(told.scope, study_uid=""))  # counts only, of no open study
