"""The images on a second monitor: the part of the layout that the reading workspace leaves to it."""

from __future__ import annotations

from PySide6.QtWidgets import QStackedWidget, QWidget

from app.i18n import tr
from widgets.command_ui import CommandUi
from widgets.elements import column
from widgets.notices import EmptyState
from widgets.ui_feature import WindowParts
from widgets.workspace import Workspace

_PART = 1


class ImagesWorkspace(Workspace):
    """Viewports alone; tools, series and the side panel are those of the reading workspace."""

    def __init__(self, ui: CommandUi, parts: WindowParts) -> None:
        super().__init__(ui)
        self.viewer = parts.viewer(_PART)
        self.empty = EmptyState("device-desktop-analytics", "", "")
        self._pages = QStackedWidget()
        self._pages.addWidget(self.empty)
        self._pages.addWidget(self.viewer)
        self.setLayout(column(self._pages, gap=0))
        ui.listen(ui.session.study.study_changed, self._show_page)
        for signal in (ui.session.screen.events.layout, ui.session.screen.events.parts):
            ui.listen(signal, lambda *_: self._show_page())
        self._show_page()

    def regions(self) -> list[QWidget]:
        return [self.empty if self._pages.currentWidget() is self.empty else self.viewer]

    def arrived(self) -> None:
        self._show_page()

    def _show_page(self) -> None:
        here = self.session.study.study is not None
        views = self.session.screen.cells_of_part(_PART)
        self._pages.setCurrentWidget(self.viewer if here and views else self.empty)
        self.empty.title.setText(tr("All views are on the other monitor") if here else tr("No study is open"))
        self.empty.text.setText(
            tr("Choose a layout of more views; its right half appears here.")
            if here
            else tr("Open a study in the worklist; the right half of its layout appears here.")
        )
