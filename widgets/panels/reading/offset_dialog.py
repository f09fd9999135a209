"""The offset between two views, seen and typed."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.i18n import tr
from app.viewing.offsets import MOST_MM, compared_with, offset_shown
from app.viewing.pairs import pair_name
from widgets.command_ui import CommandUi
from widgets.dialogs import Dialog
from widgets.elements import label, row
from widgets.number_fields import NumberField


class OffsetDialog(Dialog):
    """Of the active view; `Refused` where it has nothing to be linked with."""

    def __init__(self, ui: CommandUi, parent: QWidget) -> None:
        screen = ui.session.screen
        mine = screen.active_viewport
        other = compared_with(screen, mine)
        super().__init__(tr("Link views by an offset"), parent, width=460)
        self._ui = ui
        self.body.addWidget(label(f"{pair_name(mine, other)}  −  {pair_name(other, mine)}", size="strong"))
        self.offset_mm = NumberField()
        self.offset_mm.setRange(-MOST_MM, MOST_MM)
        self.offset_mm.setDecimals(1)
        self.offset_mm.setSuffix(" mm")
        self.offset_mm.setFixedWidth(140)
        self.offset_mm.setValue(offset_shown(screen, mine, other))
        self.offset_mm.setAccessibleName(tr("Offset"))
        self.offset_mm.selectAll()
        self.body.addLayout(row(label(tr("Offset")), self.offset_mm, None, gap=12))
        means = tr(
            "The place of the first less that of the second, towards the head, the back or the left."
            " Across the plane the middles of the images are matched."
        )
        self.body.addWidget(label(means, tone="muted", wrap=True))
        cancel = self.add_button(tr("Cancel"))
        cancel.clicked.connect(self.reject)
        self.take = self.add_button(tr("Link"), kind="primary", default=True)
        self.take.clicked.connect(self.link)

    def link(self) -> None:
        """Link them so, and close."""
        self._ui.run("link.set-offset", self.offset_mm.value())
        self.accept()
