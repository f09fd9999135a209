"""Where the report is written: in its workspace, beside the images, or in a window of its own."""

from __future__ import annotations

from enum import StrEnum

from psygnal import Signal

from app.session.session import Session

#: name that a person's place is kept under
NAME = "report-place"
WORKSPACE_ID = "report"
PANEL_ID = "report"
_IMAGES = "read"


class ReportPlace(StrEnum):
    """Places of the report's editor."""

    WORKSPACE = "workspace"
    DOCK = "dock"
    WINDOW = "window"


class ReportPlaces:
    """The place of the one editor, kept by person.  `changed` when it stands elsewhere."""

    changed = Signal()

    def __init__(self, session: Session) -> None:
        self._session = session
        self._beside = False
        self._told = ReportPlace.WORKSPACE
        session.user.changed.connect(self._person_changed)
        session.windows.changed.connect(self._tell)

    @property
    def current(self) -> ReportPlace:
        """Where the editor stands; in its workspace while the monitor of its window is gone."""
        if self._beside:
            return ReportPlace.DOCK
        out = self._session.windows.is_out(WORKSPACE_ID)
        return ReportPlace.WINDOW if out else ReportPlace.WORKSPACE

    def put(self, place: ReportPlace) -> None:
        """Move the editor, and go there."""
        session = self._session
        beside = place is ReportPlace.DOCK
        if beside != self._beside:
            self._beside = beside
            session.documents.keep(NAME, {"beside": beside})
        if place is ReportPlace.WINDOW:
            session.windows.take_out(WORKSPACE_ID)
        elif session.windows.is_out(WORKSPACE_ID):
            session.windows.put_back(WORKSPACE_ID)
        self._tell()
        self.go()

    def go(self) -> None:
        """Bring the place of the editor to the front."""
        if self._beside:
            self._session.workspaces.show(_IMAGES)
            self._session.panels.show(PANEL_ID, stays=True)
        else:
            self._session.workspaces.show(WORKSPACE_ID)

    def _tell(self) -> None:
        if self.current is not self._told:
            self._told = self.current
            self.changed.emit()

    def _person_changed(self) -> None:
        stored = self._session.documents.read(NAME)
        self._beside = stored.get("beside") is True
        self._tell()
