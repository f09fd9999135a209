"""What a view shows, saved in the study as presentation states."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from app.domain.study import SeriesUid
from app.errors import Refused
from app.i18n import tr
from app.jobs import Job
from app.objects.filing import FilingService
from app.objects.layers import LayersController
from app.session.session import Session
from app.viewing.screen import Viewport
from app.viewing.view_states import ViewStates, view_states

#: Content Label of what a person saves
_LABEL = "MARKS"
#: letters of a series' name in it, so that the time has room too
_LONGEST = 47


class SavedViewsController:
    """Saves the active view: its marks, window, part that shows, turns, shutters."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._filing = session.station.get(FilingService)
        self._layers = session.get(LayersController)

    def save(self, description: str = "") -> Job[SeriesUid]:
        """Save the active view, with the marks on all images of its series."""
        session, actor = self._session, self._session.user.actor
        viewport = own_viewport(session)
        at = datetime.now(UTC).astimezone()  # the time of the station
        title = description or saved_title(viewport, at)
        made = view_states(
            session.screen, viewport.viewport_id, label=_LABEL, description=title, creator=actor.name
        )
        study_uid = session.study.required.study_uid

        def work(**_: Any) -> SeriesUid:
            return self._filing.file_states(actor, study_uid, made.states, label=_LABEL, made_at=at)

        def filed(_: SeriesUid) -> None:
            session.dispatcher.tell(" ".join(_told(made)))
            session.archive_changed.emit(study_uid)
            self._layers.look_again()

        job = session.station.jobs.submit(tr("Saving marks and view"), work)
        return session.dispatcher.follow(job, filed)


def own_viewport(session: Session) -> Viewport:
    """The active view, where it shows images of the study that is read."""
    viewport = session.screen.active_viewport
    if viewport.image is None:
        raise Refused("No images are open.", hint="Open a study first.")
    if viewport.study_uid is None or not session.study.is_open(viewport.study_uid):
        raise Refused(
            "This image is of a prior; what is saved belongs to the study that is read.",
            hint="Open the prior itself to save its view.",
        )
    return viewport


def saved_title(viewport: Viewport, at: datetime) -> str:
    """What a list calls it: the series, and when."""
    return " ".join(x for x in (viewport.title[:_LONGEST].strip(), f"{at:%Y-%m-%d %H:%M}") if x)


def _told(made: ViewStates) -> list[str]:
    """What was saved, and what could not be."""
    images = sum(max(len(one.frames), 1) for state in made.states for one in state.reference.images)
    said = [tr("Marks and view saved: marks {marks}, images {images}.", marks=made.marks, images=images)]
    if made.cut:
        said.append(tr("Marks that leave the image end at its edge: {n}.", n=made.cut))
    if made.beside:
        said.append(tr("Marks outside of the image are not in it: {n}.", n=made.beside))
    if made.across:
        said.append(tr("Marks on computed planes are not in it: {n}.", n=made.across))
    if made.loses_brightness:
        said.append(tr("Brightness and inversion of colour images are not in it."))
    return said
