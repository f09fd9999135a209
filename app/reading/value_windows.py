"""Windows that are made from all values of an image: of many values on another thread."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from app.domain.presentation import Window
from app.domain.volume import SharedVoxels, Volume
from app.errors import Refused
from app.jobs import Job
from app.session.session import Session
from app.viewing.own_window import scale_position
from app.viewing.presets import automatic_window
from app.viewing.screen import Viewport

#: values that are looked at without a job
_AT_ONCE = 1 << 25


class ValueWindows:
    """Windows between two shares of the values of the active view's volume."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._asked = 0

    def show(self, shares: tuple[float, float], label: str = "") -> Job[Window] | None:
        """Window the active view, and those that are windowed with it, from one share of its values (0…1) to
        another; (0, 1) is their full range.  What is in a file, or large, is read in the background.
        """
        viewport = self._session.screen.active_viewport
        volume = viewport.image
        assert isinstance(volume, Volume)
        time = scale_position(volume, viewport.further)
        make = partial(automatic_window, volume, *shares, time=time)
        self._asked += 1
        if not _is_much(volume):
            self._set(viewport, make(), label)
            return None
        return self._follow(viewport, volume, make, label)

    def _follow(
        self, viewport: Viewport, volume: Volume, make: Callable[[], Window], label: str
    ) -> Job[Window] | None:
        session, asked = self._session, self._asked
        try:
            lease = session.loaded.hold(volume)
        except Refused:
            return None  # on its way off the screen

        def work(*, progress: Any, cancelled: Any) -> Window:
            return make()

        def came(window: Window) -> None:
            screen = session.screen
            here = screen.viewports.get(viewport.viewport_id)
            if asked == self._asked and here is viewport and viewport.image is volume:
                screen.act_begun.emit("")
                self._set(viewport, window, label)
                screen.act_ended.emit()

        job = session.station.jobs.submit("", work)
        return session.dispatcher.follow(job, came, always=lease.release)

    def _set(self, viewport: Viewport, window: Window, label: str) -> None:
        for one in self._session.screen.together(viewport.viewport_id):
            one.window, one.window_label = window, label


def _is_much(volume: Volume) -> bool:
    voxels = volume.voxels
    return voxels.array.size > _AT_ONCE or (isinstance(voxels, SharedVoxels) and voxels.in_file)
