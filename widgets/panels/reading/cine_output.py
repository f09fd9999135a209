"""The active view's cine, or its way through the images, saved as a video."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from app.errors import Refused, Unavailable
from app.i18n import tr
from app.jobs import Job, Progress
from app.jobs.runner import Cancelling
from app.people.rights import EXPORT
from app.reading.cine_video import ENDING, CineVideoService
from app.reading.picture_service import picture_name
from app.session.commands import Command
from app.viewing.cine import can_play, ends_of, play_mode, played, plays_further, rate_hz
from app.viewing.links import at_index
from app.viewing.screen import PlayMode, Viewport
from widgets.command_ui import CommandUi
from widgets.panels.reading.view_output import picture_shape
from widgets.panels.reading.window_thread import from_window

#: longest side of a video, pixels
VIDEO_PX = 1280


class CineOutput:
    """The command that asks for a file and writes it in the background; the tray shows how far it is and
    stops it.
    """

    def __init__(self, ui: CommandUi, parent: QWidget) -> None:
        self._ui = ui
        self._parent = parent

    def commands(self) -> Sequence[Command]:
        """Save the cine."""
        return (
            Command("cine.save", "Save cine as video", self.ask_and_save, where="read", enabled=self._can),
        )

    def _can(self) -> bool:
        session = self._ui.session
        return can_play(session.screen.active_viewport) and self._ui.may(EXPORT)

    def ask_and_save(self) -> None:
        """Ask for the file and whether texts that name the patient go along."""
        kinds = {
            tr("MP4 without the patient's name") + f" (*{ENDING})": False,
            tr("MP4 with all texts") + f" (*{ENDING})": True,
        }
        dialog = QFileDialog(self._parent, tr("Save cine as video"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(list(kinds))
        dialog.setDefaultSuffix(ENDING[1:])
        dialog.selectFile(picture_name(self._ui.session.study.required, "cine") + ENDING)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            path = Path(dialog.selectedFiles()[0])
            # the dialog has asked about the file of this name, and of no other
            is_video = path.suffix.lower() == ENDING
            path = path if is_video else path.with_name(path.name + ENDING)
            self.save(path, named=kinds[dialog.selectedNameFilter()], overwrite=is_video)

    def save(self, path: Path, *, named: bool, overwrite: bool = False) -> Job[Path]:
        """The view as it stands now, at every position, in the order and at the rate that it plays."""
        session = self._ui.session
        live = session.screen.active_viewport
        drawing = _Drawing(self._ui, live, named=named)
        rate, service = rate_hz(live), session.station.get(CineVideoService)
        actor, uid = session.user.actor, str(live.study_uid or "")
        steps = _positions(live)

        def work(*, progress: Progress, cancelled: Cancelling) -> Path:
            pictures = [
                partial(from_window, session.dispatcher, partial(drawing.at, step), cancelled)
                for step in steps
            ]
            return service.save(
                actor,
                uid,
                pictures,
                path,
                rate_hz=rate,
                named=named,
                overwrite=overwrite,
                progress=progress,
                cancelled=cancelled,
            )

        job = session.station.jobs.submit(tr("Saving video"), work)
        return session.dispatcher.follow(
            job, lambda saved: session.dispatcher.tell(tr("The video was saved as {name}.", name=saved.name))
        )


class _Drawing:
    """A view as it stood when saving began, drawn at other positions; the screen is left as it is."""

    def __init__(self, ui: CommandUi, live: Viewport, *, named: bool) -> None:
        self._session = ui.session
        self._live, self._named = live, named
        self._view = Viewport(**{one.name: getattr(live, one.name) for one in fields(live)})
        self._further = plays_further(live)
        self._shape = picture_shape(live)

    def at(self, position: int) -> bytes:
        """PNG at a position; `Refused` once the view shows other images, whose memory may be gone."""
        session, view = self._session, self._view
        now = session.screen.viewports.get(view.viewport_id)
        if now is None or now.image is not view.image:
            raise Refused("The view shows other images now: the video was not written.")
        if session.draw_view is None:
            raise Unavailable("Pictures need a graphical application; it is not started.")
        if self._further:
            view.further = position
        else:
            view.view = at_index(view, position)
        ratio = VIDEO_PX / max(self._shape)
        return session.draw_view(
            session.screen, view.viewport_id, self._shape, ratio, named=self._named, instead=view, quick=True
        )


def _positions(viewport: Viewport) -> list[int]:
    """Once through what plays, and back where it plays back and forth."""
    ends, mode = ends_of(viewport), play_mode(viewport)
    count = ends[1] - ends[0] + 1
    steps = count if mode is PlayMode.LOOP else max(2 * (count - 1), 1)
    return [played(ends[0], step, ends, mode) for step in range(steps)]
