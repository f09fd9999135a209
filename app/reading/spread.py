"""The views of a study over two monitors."""

from __future__ import annotations

from app.session.session import Session

#: the window that shows the second part of the layout
WINDOW_ID = "images"
#: the workspace that it is shared with
WORKSPACE_ID = "read"


class SpreadViews:
    """While a second window of images is out, the layout is shared out over both."""

    def __init__(self, session: Session) -> None:
        self._session = session
        session.windows.changed.connect(self._share_out)

    @property
    def is_on(self) -> bool:
        """The views are on two monitors."""
        return self._session.windows.is_out(WINDOW_ID)

    def switch(self) -> None:
        """Share the views out over a second monitor, or take them together again."""
        windows = self._session.windows
        if self.is_on:
            windows.put_back(WINDOW_ID)
        else:
            windows.take_out(WINDOW_ID, beside=WORKSPACE_ID)
        self._session.workspaces.show(WORKSPACE_ID)

    def _share_out(self) -> None:
        parts = 2 if self.is_on else 1
        if self._session.screen.parts != parts:
            self._session.screen.parts = parts
