"""The images on a second or third monitor: the part of the layout that the others leave to it."""

from __future__ import annotations

from PySide6.QtWidgets import QStackedWidget, QWidget

from app.i18n import tr
from widgets.command_ui import CommandUi
from widgets.elements import column
from widgets.notices import EmptyState
from widgets.ui_feature import WindowParts
from widgets.workspace import Workspace


class ImagesWorkspace(Workspace):
    """Viewports alone; tools, series and the side panel are those of the reading workspace."""

    def __init__(self, ui: CommandUi, parts: WindowParts, part: int) -> None:
        super().__init__(ui)
        self._part = part
        self.viewer = parts.viewer(part)
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
        views = self.session.screen.cells_of_part(self._part)
        self._pages.setCurrentWidget(self.viewer if here and views else self.empty)
        self.empty.title.setText(tr("All views are on other monitors") if here else tr("No study is open"))
        self.empty.text.setText(
            tr("Choose a layout of more views; its part for this monitor appears here.")
            if here
            else tr("Open a study in the worklist; this monitor's part of its layout appears here.")
        )
