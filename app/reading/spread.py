"""The views of a study over two or three monitors."""

from __future__ import annotations

from app.session.session import Session

#: the windows that show the second and the third part of the layout
WINDOW_IDS = ("images", "images-3")
#: the workspace that it is shared with
WORKSPACE_ID = "read"


class SpreadViews:
    """While more windows of images are out, the layout is shared out over all of them."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._closing_up = False
        session.windows.changed.connect(self._share_out)

    @property
    def monitors(self) -> int:
        """How many monitors the views are on."""
        return 1 + sum(self._session.windows.is_out(name) for name in WINDOW_IDS)

    def can_take(self, monitors: int) -> bool:
        """There are so many monitors, or the views are on so many."""
        return self.monitors >= monitors or self._session.windows.monitor_count >= monitors

    def switch(self, monitors: int) -> None:
        """Share the views out over so many monitors, or take them together again where they are."""
        windows, wanted = self._session.windows, 1 if self.monitors == monitors else monitors
        for name in reversed(WINDOW_IDS[wanted - 1 :]):
            windows.put_back(name)
        for name in WINDOW_IDS[: wanted - 1]:
            if not windows.is_out(name):
                windows.take_out(name, beside=WORKSPACE_ID)
        self._session.workspaces.show(WORKSPACE_ID)

    def _share_out(self) -> None:
        if self._closing_up:
            return
        windows, (second, third) = self._session.windows, WINDOW_IDS
        if windows.is_out(third) and not windows.is_out(second):  # the monitor between has gone
            self._closing_up = True
            try:
                windows.put_back(third)
                windows.take_out(second, beside=WORKSPACE_ID)
            finally:
                self._closing_up = False
        if self._session.screen.parts != self.monitors:
            self._session.screen.parts = self.monitors
