"""A window of its own for a workspace: the patient on top, the workspace, the line at the bottom."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QKeyEvent,
    QMoveEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.session.window_places import Place
from app.viewing.monitors import monitor_of
from widgets.command_ui import CommandUi
from widgets.elements import column
from widgets.focus import press_focused, step_focus
from widgets.shell.banner import PatientBanner
from widgets.shell.bridge import JobBridge
from widgets.shell.drops import accept_files, dropped_files
from widgets.shell.geometry import area_of, screen_of
from widgets.shell.tray import Tray
from widgets.shell.window_keys import WindowKeys
from widgets.ui_feature import WorkspaceSpec
from widgets.workspace import Workspace

#: a window that is dragged has come to rest
_REST_MS = 600


class WorkspaceWindow(QWidget):
    """Shows one workspace; hidden, and empty, while that stands in the main window."""

    #: somebody closed it: the workspace goes back into the main window
    closed = Signal()
    #: it became the active window
    entered = Signal()
    #: a person has moved or resized it
    rested = Signal(object)
    files_dropped = Signal(object)

    def __init__(self, ui: CommandUi, jobs: JobBridge, specs: Sequence[WorkspaceSpec]) -> None:
        super().__init__()
        self.setObjectName("ground")
        self.setAcceptDrops(True)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)  # `come` takes the focus
        self.patient = PatientBanner()
        self.patient.setObjectName("banner")
        self.patient.dock_toggle.clicked.connect(self._toggle_side_panel)
        self.patient.priors_asked.connect(lambda: ui.session.study.priors_asked.emit())
        self.tray = Tray(ui, jobs)
        self._place = QStackedWidget()
        self.setLayout(column(self.patient, self._place, self.tray, gap=0))
        self.keys = WindowKeys(
            self,
            self,
            ui,
            specs,
            shown=lambda: self.workspace,
            frame_regions=lambda: [self.tray.message],
            toggle_side_panel=self._toggle_side_panel,
        )
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self._come_to_rest)

    @property
    def workspace(self) -> Workspace:
        """The workspace that stands here."""
        found = self._place.currentWidget()
        assert isinstance(found, Workspace)
        return found

    @property
    def is_filled(self) -> bool:
        """The workspace stands here."""
        return self._place.count() > 0

    def take(self, workspace: Workspace) -> None:
        """A workspace moves in."""
        self._place.addWidget(workspace)
        self._place.setCurrentWidget(workspace)
        workspace.show()
        self._show_side_panel_state()

    def give(self) -> Workspace:
        """The workspace moves out, and the window is hidden."""
        self._rest.stop()
        self.hide()
        workspace = self.workspace
        self._place.removeWidget(workspace)
        return workspace

    def come(self) -> None:
        """Come to the front, ready for keys."""
        self.show()
        self.raise_()
        self.activateWindow()
        regions = self.workspace.regions()
        if regions:
            regions[0].setFocus()

    def _toggle_side_panel(self) -> None:
        self.workspace.toggle_side_panel()
        self._show_side_panel_state()

    def _show_side_panel_state(self) -> None:
        self.patient.show_side_panel(self.workspace.side_panel)

    # -- window ---------------------------------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.ActivationChange and self.isActiveWindow() and self.is_filled:
            self.entered.emit()

    def closeEvent(self, event: QCloseEvent) -> None:
        """The workspace goes back; the window itself lives, hidden, as long as the main window."""
        app = QGuiApplication.instance()
        shuts_down = isinstance(app, QGuiApplication) and app.isSavingSession()
        if self.is_filled and not shuts_down:
            self.closed.emit()
        super().closeEvent(event)

    def moveEvent(self, event: QMoveEvent) -> None:
        super().moveEvent(event)
        self._rest.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._rest.start()

    def _come_to_rest(self) -> None:
        monitor = monitor_of(self.screen())
        if self.isVisible() and not self.isMinimized() and screen_of(monitor.key) is not None:
            self.rested.emit(Place(monitor.key, monitor.name, area_of(self)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not press_focused(event):
            super().keyPressEvent(event)

    def focusNextPrevChild(self, next: bool) -> bool:
        return step_focus(self, 1 if next else -1)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        accept_files(event)

    def dropEvent(self, event: QDropEvent) -> None:
        paths = dropped_files(event)
        if paths:
            self.files_dropped.emit(paths)
