"""Which workspace of the window is in front, and which tab beside the images."""

from __future__ import annotations

from psygnal import Signal


class WorkspaceState:
    """The workspace that is worked in, by its id; `changed` when somebody asks for one."""

    changed = Signal(str)
    #: somebody has turned to the window of another one
    entered = Signal(str)

    def __init__(self) -> None:
        #: "" while there is no window
        self.current = ""

    def show(self, workspace_id: str) -> None:
        """Bring a workspace to the front."""
        self.current = workspace_id
        self.changed.emit(workspace_id)

    def enter(self, workspace_id: str) -> None:
        """A person has turned to the window that a workspace stands in."""
        if workspace_id != self.current:
            self.current = workspace_id
            self.entered.emit(workspace_id)


class PanelState:
    """The tab beside the images that somebody asked for, by its id; "" when it is closed again."""

    changed = Signal(str)

    def __init__(self) -> None:
        self.current = ""
        #: what was there before does not come back: somebody works in the tab from now on
        self.stays = False

    def show(self, panel_id: str, *, stays: bool = False) -> None:
        """Bring a tab to the front, with the dock where that is hidden."""
        self.current, self.stays = panel_id, stays
        self.changed.emit(panel_id)

    def close(self) -> None:
        """Put back what was there before it was asked for."""
        self.show("")
