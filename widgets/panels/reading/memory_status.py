"""How much memory images take."""

from __future__ import annotations

from app.i18n import tr
from app.imaging.store import ImageStore
from widgets.command_ui import CommandUi
from widgets.elements import retone
from widgets.workspace import StatusLabel


class MemoryStatus(StatusLabel):
    """Memory of images in use and their budget, in GB, and what lies on the disk because memory has no room
    for it; amber where nine tenths are in use.
    """

    def __init__(self, ui: CommandUi) -> None:
        super().__init__()
        self._images = ui.session.station.get(ImageStore)
        post = ui.session.dispatcher.post
        ui.listen(self._images.changed, lambda: post(lambda: None if ui.closed else self.look()))
        self.look()

    def look(self) -> None:
        found = self._images.statistics
        figures = {"n": _gigabytes(found.held_bytes), "budget": _gigabytes(found.budget_bytes)}
        if found.file_bytes:
            on_disk = _gigabytes(found.file_bytes)
            self.setText(tr("Images {n} of {budget} GB, {file} GB on the disk", file=on_disk, **figures))
            self.setToolTip(
                tr("Memory has no room for all images: some lie on the disk while they are open.")
            )
        else:
            self.setText(tr("Images {n} of {budget} GB", **figures))
            self.setToolTip("")
        retone(self, "tone", "amber" if found.held_bytes > 0.9 * found.budget_bytes else "")


def _gigabytes(count: int) -> str:
    """Two digits that tell: a single ultrasound video is not nothing."""
    return f"{count / 1e9:.2f}" if count < 1e9 else f"{count / 1e9:.1f}"
