"""How much room the archive's disk has."""

from __future__ import annotations

from app.archive.service import ArchiveService
from app.i18n import tr
from widgets.command_ui import CommandUi
from widgets.elements import retone
from widgets.workspace import StatusLabel


class DiskStatus(StatusLabel):
    """Free room in GB; amber below 10, red below 2.  Nothing is shown before it is known."""

    def __init__(self, ui: CommandUi) -> None:
        super().__init__()
        self._ui = ui
        self.hide()

    def look(self) -> None:
        self._ui.quietly(
            self._ui.session.station.get(ArchiveService).free_bytes, self._show, failed=lambda _: None
        )

    def _show(self, free_bytes: int) -> None:
        if not self._ui.closed:
            self.show()
            self.setText(tr("Disk free {n} GB", n=f"{free_bytes / 1e9:,.0f}"))
            retone(self, "tone", "danger" if free_bytes < 2e9 else "amber" if free_bytes < 10e9 else "")
