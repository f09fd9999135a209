"""The window: rail, banner, workspaces, tray."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QSettings, QTimer
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QKeyEvent,
    QMoveEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QMainWindow, QStackedWidget, QWidget

from app.domain.study import FlowRow
from app.i18n import tr
from app.people.rights import MANAGE_PEOPLE
from app.people.service import PeopleService
from app.ports import Archive
from app.session.commands import Command
from app.session.session import Session
from widgets.command_ui import CommandUi
from widgets.elements import column, row
from widgets.focus import press_focused, step_focus
from widgets.shell.about import AboutDialog
from widgets.shell.banner import PatientBanner
from widgets.shell.bridge import JobBridge
from widgets.shell.drops import accept_files, dropped_files
from widgets.shell.first_person import FirstPersonDialog
from widgets.shell.garbage import MainThreadGarbageCollector
from widgets.shell.geometry import restore
from widgets.shell.lock import WindowLock
from widgets.shell.login import DemoAccount, LoginDialog, role_names
from widgets.shell.people_dialog import OwnPasswordDialog, PeopleDialog
from widgets.shell.rail import Rail
from widgets.shell.safety import SafetyNotice
from widgets.shell.saving_notice import SavingNotice
from widgets.shell.tray import Tray
from widgets.shell.window_keys import WindowKeys
from widgets.shell.workspace_windows import BesideWindow, WorkspaceWindows
from widgets.theme import dressed_once
from widgets.ui_feature import (
    UiFeature,
    WindowParts,
    panels_of,
    status_of,
    toolbar_of,
    windows_of,
    workspace_commands,
    workspaces_of,
)
from widgets.workspace import Workspace

#: how often is looked at how the station is
STATION_LOOK_MS = 60_000
#: the smallest size that the layout is made for, but never more than the screen has; a frame's title takes
#: some of its height
MINIMUM = (1366, 768)
TITLE_BAR = 40


class MainWindow(QMainWindow):
    """The one main window.

    Parameters
    ----------
    session
        What every panel works with.
    features
        Whose workspaces, panels and status words the window has, in the order of the rail.
    viewer
        Makes the viewport grid of a monitor when a workspace first shows it.
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

    #: made, and not closed yet
    _is_ready = False

    @dressed_once()
    def __init__(
        self,
        session: Session,
        features: Sequence[UiFeature],
        *,
        viewer: Callable[[int], QWidget],
        demo: bool = False,
        demo_accounts: Sequence[DemoAccount] = (),
        memory: QSettings | None = None,
        on_close: Callable[[], None] | None = None,
        ask_login: bool = True,
    ) -> None:
        super().__init__()
        self.session = session
        self.ui = CommandUi(session, self)
        self._memory, self._on_close = memory, on_close
        self._demo_accounts, self._ask_login = tuple(demo_accounts), ask_login
        self._asked = False
        self._closed = False
        self._collector = MainThreadGarbageCollector(self)
        self.setWindowTitle(f"影枢 YingShu{' · ' + tr('Demo') if demo else ''}")
        self.setAcceptDrops(True)
        self.jobs = JobBridge(session.station.jobs, self)

        specs = workspaces_of(features)
        session.commands.add(workspace_commands(session, specs))
        session.commands.add([Command("settings.open", "Open settings", self.open_settings, icon="settings")])
        self.rail = Rail(specs)
        self.patient = PatientBanner()
        self.tray = Tray(self.ui, self.jobs, status_of(features))
        parts = WindowParts(viewer, toolbar_of(features), panels_of(features))
        self.workspaces = {spec.workspace_id: spec.make(self.ui, parts) for spec in specs}
        for workspace in self.workspaces.values():
            session.commands.add(workspace.commands())
        if not session.workspaces.current:
            session.workspaces.show(specs[0].workspace_id)
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
        self.keys = WindowKeys(
            self,
            ground,
            self.ui,
            specs,
            shown=lambda: self.current,
            frame_regions=lambda: [self.rail.buttons[self._front], self.tray.message],
            toggle_side_panel=self._toggle_side_panel,
        )
        self.palette_box = self.keys.palette
        self.saving = SavingNotice(self.ui, ground)
        self.lock = WindowLock(self.ui, self)
        #: workspaces by when they were in front last, the one in front at the end
        self._turns = [spec.workspace_id for spec in reversed(specs)]
        self.windows = WorkspaceWindows(
            self.ui,
            self.jobs,
            specs,
            self,
            lend=self._lend,
            take_back=self._take_back,
            beside={spec.window_id: BesideWindow(spec, parts) for spec in windows_of(features)},
        )
        self._connect()
        self._station_clock = QTimer(self)
        self._station_clock.setInterval(STATION_LOOK_MS)
        self._station_clock.timeout.connect(self.look_at_station)
        self._show_actor()
        self._show_patient()
        self.show_workspace(session.workspaces.current)
        room = QGuiApplication.primaryScreen().availableGeometry()
        self.setMinimumSize(min(MINIMUM[0], room.width()), min(MINIMUM[1], room.height() - TITLE_BAR))
        restore(self, memory.value("window/geometry") if memory is not None else None)
        self._is_ready = True
        self.windows.sync()

    def _connect(self) -> None:
        session, listen = self.session, self.ui.listen
        self.rail.workspace_asked.connect(lambda name: self.ui.run(f"workspace.{name}"))
        self.rail.palette_asked.connect(self.palette_box.open)
        self.rail.settings_asked.connect(self.open_settings)
        self.rail.about_asked.connect(self.open_about)
        self.rail.log_out_asked.connect(self.change_person)
        self.rail.lock_asked.connect(self.session.user.lock)
        self.rail.password_asked.connect(lambda: OwnPasswordDialog(self.ui, self).open())
        self.rail.people_asked.connect(lambda: PeopleDialog(self.ui, self).open())
        self.windows.files_dropped.connect(self._give_files)
        self.windows.changed.connect(self._show_patient)
        self.patient.dock_toggle.clicked.connect(self._toggle_side_panel)
        self.patient.priors_asked.connect(lambda: session.study.priors_asked.emit())
        listen(session.workspaces.changed, self.show_workspace)
        listen(session.user.changed, self._show_actor)
        listen(session.edits.about_to_close, self.flush)
        listen(session.archive_changed, self._archive_changed)
        listen(session.study.study_changed, self._show_patient)
        listen(session.study.results_changed, self._show_patient)

    # -- frame ----------------------------------------------------------------------------------------------

    @property
    def current(self) -> Workspace:
        """The workspace in front in this window."""
        return self.workspaces[self._front]

    @property
    def _front(self) -> str:
        return self._turns[-1]

    def show_workspace(self, name: str) -> None:
        """Bring a workspace to the front, here or in its own window."""
        window = self.windows.of(name)
        if window is not None:
            window.come()
            self.workspaces[name].arrived()
            self.rail.show_workspace(self._front)
            return
        coming = self.workspaces[name]
        leaving = self._centre.currentWidget()
        if isinstance(leaving, Workspace) and leaving is not coming:
            leaving.flush()
        self._turn_to(name)
        coming.arrived()
        if self.isVisible():
            if self.windows.has_focus:
                self.raise_()
                self.activateWindow()
            regions = coming.regions()
            if regions:
                regions[0].setFocus()

    def _turn_to(self, name: str) -> None:
        self._turns.remove(name)
        self._turns.append(name)
        workspace = self.workspaces[name]
        self._centre.setCurrentWidget(workspace)
        self._banners.setCurrentWidget(workspace.banner or self.patient)
        self.rail.show_workspace(name)
        self._show_side_panel_state()

    def _lend(self, name: str) -> Workspace:
        """A workspace goes into a window of its own; what was in front before comes back in its place."""
        if name == self._front:
            here = [one for one in self._turns if one != name and self.windows.of(one) is None]
            self._turn_to(here[-1])
        workspace = self.workspaces[name]
        self._centre.removeWidget(workspace)
        return workspace

    def _take_back(self, name: str, workspace: Workspace, in_front: bool) -> None:
        self._centre.addWidget(workspace)
        if in_front:
            self.session.workspaces.show(name)

    def _archive_changed(self, study_uid: str) -> None:
        if study_uid == "" or self.session.study.is_open(study_uid):
            self._show_patient()

    def _show_patient(self) -> None:
        study = self.session.study.study
        flow: Sequence[FlowRow] = ()
        if study is not None and self.session.user.is_logged_in:
            uid, actor = study.study_uid, self.session.user.actor
            archive = self.session.station.get(Archive)
            flow = self.session.dispatcher.attempt(lambda: archive.flow(actor, uid)) or ()
        for banner in (self.patient, *self.windows.banners):
            banner.show_study(study, self.session.study.priors, flow)

    def _show_actor(self) -> None:
        if self.session.user.is_logged_in:
            actor = self.session.user.actor
            self.rail.show_person(actor.name, role_names(actor.roles), manages=self.ui.may(MANAGE_PEOPLE))
            self.look_at_station()
        else:
            self.rail.show_person("", "")

    def _toggle_side_panel(self) -> None:
        self.current.toggle_side_panel()
        self._show_side_panel_state()

    def _show_side_panel_state(self) -> None:
        self.patient.show_side_panel(self.current.side_panel)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not press_focused(event):
            super().keyPressEvent(event)

    def focusNextPrevChild(self, next: bool) -> bool:
        return step_focus(self, 1 if next else -1)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if self._is_ready and event.type() is QEvent.Type.ActivationChange and self.isActiveWindow():
            self.session.workspaces.enter(self._front)

    def moveEvent(self, event: QMoveEvent) -> None:
        super().moveEvent(event)
        if self._is_ready:
            self.windows.home_moved()

    # -- station --------------------------------------------------------------------------------------------

    def look_at_station(self) -> None:
        """Ask in the background how the station is."""
        if self.session.user.is_logged_in and not self._closed:
            self.tray.look()

    # -- dialogs --------------------------------------------------------------------------------------------

    def open_settings(self) -> None:
        """Open the settings."""
        self.keys.open_settings()

    def open_about(self) -> None:
        """Open what the product is."""
        AboutDialog(self).open()

    def change_person(self) -> None:
        """Save what is open, close it, and ask who sits here now; who has edits that cannot be saved
        stays.
        """
        if self.session.user.is_logged_in:
            self.session.dispatcher.attempt(self.session.user.log_out)
        if not self.session.user.is_logged_in:
            self.session.workspaces.show(next(iter(self.workspaces)))  # not the place that has lost its study
            self.log_in()

    def log_in(self) -> None:
        """Ask who sits here."""
        if self.session.station.get(PeopleService).empty():
            FirstPersonDialog(self.ui, self).open()
        else:
            LoginDialog(self.ui, self._demo_accounts, self).open()

    def flush(self) -> None:
        """Hand over what is still being edited; it is saved in the background (`PendingEdits.flush` waits for
        it).
        """
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
        if self._ask_login and not self.session.user.is_logged_in:
            self.log_in()
        if self._memory is not None and not SafetyNotice.was_read(self._memory):
            SafetyNotice(self._memory, self).open()

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._closed and not self.session.edits.may_close():
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
        self._closed, self._is_ready = True, False
        self.windows.close_all()
        self._collector.stop()
        for clock in self.findChildren(QTimer):
            clock.stop()
        self.jobs.close()
        self.ui.close()
        if self._on_close is not None:
            self._on_close()

    # -- drag and drop --------------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        accept_files(event)

    def dropEvent(self, event: QDropEvent) -> None:
        paths = dropped_files(event)
        if paths:
            self._give_files(paths)

    def _give_files(self, paths: list[Path]) -> None:
        """To the workspace in front, else to the first that has a use for them, which comes to the front."""
        if self.current.drop(paths):
            return
        for name, workspace in self.workspaces.items():
            if workspace is not self.current and workspace.drop(paths):
                self.ui.run(f"workspace.{name}")
                return
