"""What was drawn on the priors of the open study: looked at beside it, and compared with."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psygnal import Signal

from app.annotation.service import AnnotationService
from app.domain.measurement import PLAIN_MARK, Measurement
from app.domain.person import Actor
from app.domain.study import Study
from app.errors import UserError
from app.session.session import Session

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PriorMarks:
    """The marks of one prior that are shown: what was hidden on it is not among them."""

    study_uid: str
    done_at: datetime | None
    measurements: tuple[Measurement, ...]


class PriorMarksReader:
    """Reads the marks of the open study's priors, the newest study first.  `changed` when they are there."""

    changed = Signal()

    def __init__(self, session: Session) -> None:
        self._session = session
        self._asked: tuple[Study, ...] = ()
        self.marks: tuple[PriorMarks, ...] = ()
        session.study.study_changed.connect(self._look)
        session.study.contents_changed.connect(self._look)

    @property
    def measurements(self) -> tuple[Measurement, ...]:
        """Of all priors."""
        return tuple(m for prior in self.marks for m in prior.measurements)

    def _look(self) -> None:
        session = self._session
        priors = session.study.priors if session.study.study is not None else ()
        if priors == self._asked:
            return
        self._asked = priors
        self._take(priors, ())
        if not priors:
            return
        service, actor = session.station.get(AnnotationService), session.user.actor

        def read(**_: Any) -> tuple[PriorMarks, ...]:
            return read_marks(service, actor, priors)

        job = session.station.jobs.submit_behind("", read)
        session.dispatcher.follow(job, lambda marks: self._take(priors, marks))

    def _take(self, priors: tuple[Study, ...], marks: tuple[PriorMarks, ...]) -> None:
        if priors == self._asked and marks != self.marks:
            self.marks = marks
            self.changed.emit()


def read_marks(service: AnnotationService, actor: Actor, studies: Iterable[Study]) -> tuple[PriorMarks, ...]:
    """Marks of studies that have some, the newest study first; one that cannot be read is left out."""
    found = []
    for study in studies:
        try:
            measurements, _ = service.annotations(actor, study.study_uid)
            states = service.mark_states(actor, study.study_uid)
        except UserError:
            log.warning("marks of a prior cannot be read", exc_info=True)
            continue
        shown = tuple(m for m in measurements if not states.get(m.tracking_uid, PLAIN_MARK).hidden)
        if shown:
            found.append(PriorMarks(study.study_uid, study.started_at, shown))
    return tuple(sorted(found, key=lambda one: str(one.done_at or ""), reverse=True))
