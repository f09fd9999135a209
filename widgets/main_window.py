"""The window: rail, banner, workspaces, tray."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QByteArray, QRect, QSettings, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QGuiApplication, QShowEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QStackedWidget, QWidget

from app.commands.desk import Desk
from app.commands.registry import Commands
from app.domain.study import FlowRow
from app.errors import NotConfigured, Unavailable, UserError
from app.i18n import tr
from widgets.about import AboutDialog
from widgets.acts import Acts
from widgets.banner import PatientBanner
from widgets.bridge import JobBridge
from widgets.directory_workspace import DirectoryWorkspace
from widgets.elements import column, row
from widgets.first_person import FirstPersonDialog
from widgets.focus import everything, step_focus
from widgets.garbage import CalmCollector
from widgets.login import DemoAccount, LoginDialog, role_names
from widgets.palette import Palette
from widgets.rail import Rail
from widgets.read_workspace import ReadWorkspace
from widgets.report_workspace import ReportWorkspace
from widgets.safety import SafetyNotice
from widgets.settings_dialog import SettingsDialog
from widgets.shortcuts import Shortcuts, bind, writing
from widgets.tray import Tray
from widgets.worklist import WorklistWorkspace
from widgets.workspace import Workspace

#: how often the directory and the disk are looked at
STATION_LOOK_MS = 60_000
#: the smallest size that the layout is made for, but never more than the screen has; a frame's title takes some of its height
MINIMUM = (1366, 768)
TITLE_BAR = 40


class MainWindow(QMainWindow):
    """The one main window.

    Parameters
    ----------
    desk, commands
        What every panel acts through.
    viewer
        The viewport grid, or a callable that makes it when the reading workspace is first shown.
    demo
        Marks the window as 演示.
    demo_accounts
        Accounts that the login dialog offers as one-click buttons.
    memory
        Where geometry and the accepted safety notice are remembered; None remembers nothing.
    on_close
        Called once after the window has let go of everything.
    ask_login
        Ask who sits here when the window is first shown and nobody has logged in.
    """

    def __init__(
        self, desk: Desk, commands: Commands, *, viewer: QWidget | Callable[[], QWidget], demo: bool = False,
        demo_accounts: Sequence[DemoAccount] = (), memory: QSettings | None = None, on_close: Callable[[], None] | None = None,
        ask_login: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        self.desk = desk
        self.acts = Acts(desk, commands, self)
        self._memory, self._on_close, self._demo_accounts, self._ask_login = memory, on_close, tuple(demo_accounts), ask_login
        self._asked = False
        self._closed = False
        self._collector = CalmCollector(self)
        self.setWindowTitle(f"影枢 YingShu{' · ' + tr('Demo') if demo else ''}")
        self.setAcceptDrops(True)
        self.jobs = JobBridge(desk.station.jobs, self)

        self.rail = Rail()
        self.patient = PatientBanner()
        self.tray = Tray(self.acts, self.jobs)
        self.worklist = WorklistWorkspace(self.acts)
        self.read = ReadWorkspace(self.acts, viewer)
        self.report = ReportWorkspace(self.acts)
        self.directory = DirectoryWorkspace(self.acts)
        self.workspaces: dict[str, Workspace] = {w.name: w for w in (self.worklist, self.read, self.report, self.directory)}
        self._centre = QStackedWidget()
        self._banners = QStackedWidget()
        self._banners.setObjectName("banner")
        self._banners.setFixedHeight(self.patient.height())
        self._banners.addWidget(self.patient)
        for workspace in self.workspaces.values():
            self._centre.addWidget(workspace)
            if workspace.banner is not None:
                self._banners.addWidget(workspace.banner)
        ground = QWidget()
        ground.setObjectName("ground")
        ground.setLayout(row(self.rail, column(self._banners, self._centre, self.tray, gap=0), gap=0))
        self.setCentralWidget(ground)
        self.palette_box = Palette(self.acts, ground)
        self._connect()
        self._keys = Shortcuts(self, self.acts)
        for key, act in (
            ("Ctrl+K", self.palette_box.open), ("Ctrl+Shift+P", self.palette_box.open), ("Ctrl+,", self.open_settings),
            ("F1", self.open_about), ("F6", lambda: self.next_region(1)), ("Shift+F6", lambda: self.next_region(-1)),
            ("Ctrl+F", self._search), ("F9", self._toggle_dock), ("Ctrl+Down", lambda: self._neighbour(1)),
            ("Ctrl+Up", lambda: self._neighbour(-1)),
        ):  # fmt: skip
            bind(self, key, act)
        self._station_clock = QTimer(self)
        self._station_clock.setInterval(STATION_LOOK_MS)
        self._station_clock.timeout.connect(self.look_at_station)
        self._show_actor()
        self._show_patient()
        self._show_dock_state()
        self.show_workspace(desk.workspace)
        room = QGuiApplication.primaryScreen().availableGeometry()
        self.setMinimumSize(min(MINIMUM[0], room.width()), min(MINIMUM[1], room.height() - TITLE_BAR))
        self._restore_geometry()

    def _connect(self) -> None:
        desk, listen = self.desk, self.acts.listen
        self.rail.workspace_asked.connect(lambda name: self.acts.run(f"workspace.{name}"))
        self.rail.palette_asked.connect(self.palette_box.open)
        self.rail.settings_asked.connect(self.open_settings)
        self.rail.about_asked.connect(self.open_about)
        self.rail.log_out_asked.connect(self.change_person)
        self.directory.reach_changed.connect(self.look_at_station)
        self.directory.settings_asked.connect(self.open_settings)
        self.patient.dock_toggle.clicked.connect(self._toggle_dock)
        listen(desk.workspace_changed, self.show_workspace)
        listen(desk.actor_changed, self._show_actor)
        listen(desk.leaving, self.flush)
        listen(desk.directory_changed, self.look_at_station)
        listen(desk.archive_changed, self._show_patient)
        listen(desk.report_changed, self._show_patient)
        listen(desk.reading.study_changed, self._show_patient)
        listen(desk.reading.results_changed, self._show_patient)

    # -- frame ----------------------------------------------------------------------------------------------

    def show_workspace(self, name: str) -> None:
        """Bring a workspace to the front."""
        coming = self.workspaces[name]
        leaving = self._centre.currentWidget()
        if isinstance(leaving, Workspace) and leaving is not coming:
            leaving.flush()
        self._centre.setCurrentWidget(coming)
        self._banners.setCurrentWidget(coming.banner or self.patient)
        self.rail.show_workspace(name)
        self.patient.dock_toggle.setVisible(name == "read")
        coming.arrived()
        if self.isVisible():
            regions = coming.regions()
            if regions:
                regions[0].setFocus()

    def _show_patient(self) -> None:
        study = self.desk.reading.study
        flow: Sequence[FlowRow] = ()
        if study is not None and self.desk.has_actor:
            uid = study.study_uid
            flow = self.desk.attempt(lambda: self.desk.station.archive.flow(self.desk.actor, uid)) or ()
        self.patient.show_study(study, self.desk.reading.priors, flow)

    def _show_actor(self) -> None:
        if self.desk.has_actor:
            actor = self.desk.actor
            self.rail.show_person(actor.name, role_names(actor.roles))
            self.look_at_station()
        else:
            self.rail.show_person("", "")

    def _toggle_dock(self) -> None:
        current = self._centre.currentWidget()
        if isinstance(current, Workspace):
            current.toggle_dock()
        self._show_dock_state()

    def _show_dock_state(self) -> None:
        self.patient.dock_toggle.setChecked(not self.read.dock.isHidden())

    def _search(self) -> None:
        current = self._centre.currentWidget()
        if isinstance(current, WorklistWorkspace | DirectoryWorkspace):
            current.search_line.setFocus()
            current.search_line.selectAll()

    def _neighbour(self, step: int) -> None:
        """While reading: the next or previous study of the list."""
        if self.desk.workspace == "read" and not writing():
            self.worklist.open_neighbour(step)

    def next_region(self, step: int) -> None:
        """Bring the focus to the next region of the window."""
        current = self._centre.currentWidget()
        inner = current.regions() if isinstance(current, Workspace) else []
        wanted = [*inner, self.rail.buttons[self.desk.workspace], self.tray.message]
        shown = {region for region in wanted if region.isVisible() and region.isEnabled()}
        regions = [widget for widget in everything(self) if widget in shown]
        focus = QApplication.focusWidget()
        at = next((i for i, region in enumerate(regions) if focus is region or (focus is not None and region.isAncestorOf(focus))), -1)
        regions[(at + step) % len(regions)].setFocus()

    def focusNextPrevChild(self, next: bool) -> bool:
        return step_focus(self, 1 if next else -1)

    # -- station --------------------------------------------------------------------------------------------

    def look_at_station(self) -> None:
        """Ask in the background how the directory and the disk are."""
        if not self.desk.has_actor or self._closed:
            return
        station, actor = self.desk.station, self.desk.actor

        def look() -> tuple[int, int, int, int]:
            waiting, free = len(station.directory.outbox(actor)), station.archive.free_bytes()
            try:
                nodes = station.directory.nodes(actor)
            except NotConfigured:
                return (0, 0, waiting, free)
            except Unavailable:
                return (0, 1, waiting, free)
            except UserError:
                return (0, 0, waiting, free)
            return (sum(node.online for node in nodes), len(nodes), waiting, free)

        def show(told: tuple[int, int, int, int]) -> None:
            if not self._closed:
                self.tray.show_directory(*told[:3])
                self.tray.show_disk(told[3])

        self.acts.quietly(look, show, failed=lambda _: None)

    # -- dialogs --------------------------------------------------------------------------------------------

    def open_settings(self) -> None:
        """Open the settings."""
        SettingsDialog(self.acts, self).open()

    def open_about(self) -> None:
        """Open what the product is."""
        AboutDialog(self).open()

    def change_person(self) -> None:
        """Save what is open, close it, and ask who sits here now; who has edits that cannot be saved stays."""
        if self.desk.has_actor:
            self.acts.run("person.log-out")
        if not self.desk.has_actor:
            self.log_in()

    def log_in(self) -> None:
        """Ask who sits here."""
        if self.desk.station.people.empty():
            FirstPersonDialog(self.acts, self).open()
        else:
            LoginDialog(self.acts, self._demo_accounts, self).open()

    def flush(self) -> None:
        """Hand over what is still being edited; it is saved in the background (`Desk.settle` waits for it)."""
        for workspace in self.workspaces.values():
            workspace.flush()

    # -- window ---------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._asked:
            self._asked = True
            self._station_clock.start()
            QTimer.singleShot(0, self, self._first_questions)

    def _first_questions(self) -> None:
        if self._ask_login and not self.desk.has_actor:
            self.log_in()
        if self._memory is not None and not SafetyNotice.was_read(self._memory):
            SafetyNotice(self._memory, self).open()

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._closed and not self.desk.may_leave():
            event.ignore()
            return
        if self._memory is not None:
            self._memory.setValue("window/geometry", self.saveGeometry())
        self.dispose()
        super().closeEvent(event)

    def dispose(self) -> None:
        """Let go of all listeners and timers; called by closing, harmless twice."""
        if self._closed:
            return
        self._closed = True
        self._collector.stop()
        for clock in self.findChildren(QTimer):
            clock.stop()
        self.jobs.close()
        self.acts.close()
        if self._on_close is not None:
            self._on_close()

    def _restore_geometry(self) -> None:
        """The last place on the screen, if it still is on one; else a good size in the middle."""
        saved = self._memory.value("window/geometry") if self._memory is not None else None
        screen = QGuiApplication.primaryScreen().availableGeometry()
        if isinstance(saved, QByteArray) and self.restoreGeometry(saved):
            frame = self.frameGeometry()
            if any(_overlap(s.availableGeometry(), frame) > 0.5 for s in QGuiApplication.screens()):
                return
        width, height = min(1920, screen.width()), min(1080, screen.height())
        self.setGeometry(QRect(screen.x() + (screen.width() - width) // 2, screen.y() + (screen.height() - height) // 2, width, height))

    # -- drag and drop --------------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls() and any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.acts.run("workspace.worklist")
            self.worklist.import_paths(paths)


def _overlap(screen: QRect, frame: QRect) -> float:
    """Share of a window that lies on a screen."""
    common = screen.intersected(frame)
    area = frame.width() * frame.height()
    return common.width() * common.height() / area if area and common.isValid() else 0.0
