"""Which workspace of the window is in front, and which tab beside the images."""

from __future__ import annotations

from psygnal import Signal


class WorkspaceState:
    """The workspace in front, by its id; `changed` when another one comes."""

    changed = Signal(str)

    def __init__(self) -> None:
        #: "" while there is no window
        self.current = ""

    def show(self, workspace_id: str) -> None:
        """Bring a workspace to the front."""
        self.current = workspace_id
        self.changed.emit(workspace_id)


class PanelState:
    """The tab beside the images that somebody asked for, by its id; "" when it is closed again."""

    changed = Signal(str)

    def __init__(self) -> None:
        self.current = ""

    def show(self, panel_id: str) -> None:
        """Bring a tab to the front, with the dock where that is hidden."""
        self.current = panel_id
        self.changed.emit(panel_id)

    def close(self) -> None:
        """Put back what was there before it was asked for."""
        self.show("")
