"""How much memory images take."""

from __future__ import annotations

from app.i18n import tr
from app.imaging.store import ImageStore
from widgets.command_ui import CommandUi
from widgets.elements import retone
from widgets.workspace import StatusLabel


class MemoryStatus(StatusLabel):
    """Memory of images in use and their budget, in GB; amber where nine tenths are in use."""

    def __init__(self, ui: CommandUi) -> None:
        super().__init__()
        self._images = ui.session.station.get(ImageStore)
        self.look()

    def look(self) -> None:
        found = self._images.statistics
        in_use, budget = f"{found.held_bytes / 1e9:.1f}", f"{found.budget_bytes / 1e9:.1f}"
        self.setText(tr("Images {n} of {budget} GB", n=in_use, budget=budget))
        retone(self, "tone", "amber" if found.held_bytes > 0.9 * found.budget_bytes else "")
