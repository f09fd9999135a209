"""What other objects say over the active images: segments, structures, presentation states; shown and
hidden.
"""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QToolButton, QVBoxLayout, QWidget

from app.domain.label_image import MOST_LABELS
from app.i18n import tr
from app.objects.layers import LayersController
from app.objects.service import LayerEntry
from widgets.command_ui import CommandUi
from widgets.elements import Elided, clear, column, icon_button, label, row


class LayersList(QFrame):
    """A line for each layer."""

    def __init__(self, ui: CommandUi) -> None:
        super().__init__()
        self._ui = ui
        self._layers = ui.session.get(LayersController)
        self.heading = label(tone="muted")
        self._rows = QVBoxLayout()
        self._rows.setSpacing(2)
        self.eyes: list[QToolButton] = []
        self.setLayout(column(self.heading, self._rows, gap=4))
        ui.listen(self._layers.changed, self.rebuild)
        self.rebuild()

    def rebuild(self) -> None:
        """Show the layers there are now."""
        clear(self._rows)
        layers = self._layers.available
        self.setVisible(bool(layers))
        self.heading.setText(tr("Layers of the study {n}", n=len(layers)))
        self.eyes = []
        for layer in layers:
            self._rows.addWidget(self._line(layer))

    def _line(self, layer: LayerEntry) -> QWidget:
        shown = self._layers.is_shown(layer)
        eye = icon_button("eye" if shown else "eye-off", tr("Show or hide"), checkable=True)
        eye.setChecked(shown)
        eye.clicked.connect(lambda: self._toggle(layer))
        self.eyes.append(eye)
        part = f" {layer.first + 1}–{layer.last}" if layer.count > MOST_LABELS else ""
        name = Elided(f"{layer.title}{part}")
        kind = label(f"{tr(layer.entry.kind)} · {layer.count}", tone="muted")
        holder = QWidget()
        line = row(column(name, kind, gap=0), eye, gap=8)
        line.setStretch(0, 1)
        holder.setLayout(line)
        return holder

    def _toggle(self, layer: LayerEntry) -> None:
        if self._layers.is_shown(layer):
            self._ui.run("layer.hide", layer)
        else:
            self._ui.run("layer.show", layer)
