"""The windows of their own that workspaces stand in: opened, moved back when their monitor goes, closed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QWidget

from app.i18n import tr
from app.notifications import Level
from app.session.window_places import Area, Place
from app.viewing.monitors import monitor_of
from widgets.command_ui import CommandUi
from widgets.shell.banner import PatientBanner
from widgets.shell.bridge import JobBridge
from widgets.shell.geometry import area_beside, covers, keep_on_a_screen, monitors, put_on, screen_of
from widgets.shell.workspace_window import WorkspaceWindow
from widgets.ui_feature import WindowParts, WindowSpec, WorkspaceSpec
from widgets.workspace import Workspace

#: screens come and go several at a time
_SETTLE_MS = 200


class BesideWindow:
    """The content of a window that never stands in the main one; made when it is first shown."""

    def __init__(self, spec: WindowSpec, parts: WindowParts) -> None:
        self.spec, self._parts = spec, parts
        self._made: Workspace | None = None

    def content(self, ui: CommandUi) -> Workspace:
        """What the window shows."""
        if self._made is None:
            self._made = self.spec.make(ui, self._parts)
        return self._made


class WorkspaceWindows(QObject):
    """Follows `WindowPlaces`: what it says and what stands on the screens are the same, except while the
    session is locked.

    Parameters
    ----------
    home : the main window
    lend : takes a workspace out of the main window
    take_back : puts one back into it; in front where the flag says so
    beside : the windows that never stand in the main one, by their ids
    """

    files_dropped = Signal(object)
    #: a window was opened or closed: banners are to be shown anew
    changed = Signal()

    def __init__(
        self,
        ui: CommandUi,
        jobs: JobBridge,
        specs: Sequence[WorkspaceSpec],
        home: QWidget,
        *,
        lend: Callable[[str], Workspace],
        take_back: Callable[[str, Workspace, bool], None],
        beside: Mapping[str, BesideWindow],
    ) -> None:
        super().__init__(home)
        self._ui, self._jobs, self._home = ui, jobs, home
        self._specs, self._beside = specs, beside
        self._titles = {spec.workspace_id: spec.tip for spec in specs}
        self._titles |= {name: one.spec.title for name, one in beside.items()}
        self._lend, self._take_back = lend, take_back
        self._places = ui.session.windows
        self._made: dict[str, WorkspaceWindow] = {}
        #: what stands in the main window until its monitor is back, as it was told last
        self._waiting: Mapping[str, Place] = {}
        self._closing = False
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE_MS)
        self._settle.timeout.connect(self._look)
        screens = QGuiApplication.instance()
        assert isinstance(screens, QGuiApplication)
        for signal in (screens.screenAdded, screens.screenRemoved, screens.primaryScreenChanged):
            signal.connect(self._settle.start)
        ui.listen(self._places.changed, self.sync)
        ui.listen(ui.session.user.lock_changed, self.sync)

    # -- what stands where ----------------------------------------------------------------------------------

    def of(self, workspace_id: str) -> WorkspaceWindow | None:
        """The window that a workspace stands in; None while that is the main window."""
        made = self._made.get(workspace_id)
        return made if made is not None and made.is_filled else None

    @property
    def banners(self) -> list[PatientBanner]:
        """The patient's banners of the windows."""
        return [made.patient for made in self._made.values()]

    @property
    def has_focus(self) -> bool:
        """One of the windows is the active one."""
        return any(made.isActiveWindow() for made in self._made.values())

    def home_moved(self) -> None:
        """The main window was moved, perhaps to another monitor."""
        if not self._closing:
            self._settle.start()

    def see(self) -> None:
        """Tell the places which monitors there are, and which the main window stands on."""
        self._places.see(monitors(), monitor_of(self._home.screen()).key)

    def _look(self) -> None:
        """Screens came or went."""
        if self._closing:
            return
        moved = keep_on_a_screen(self._home)
        self.sync()
        for window in self._made.values() if moved else ():
            if window.is_filled and covers(window.geometry(), self._home.geometry()):
                put_on(window, window.screen(), self._area_beside(window, window.screen()))

    def sync(self) -> None:
        """Open, move and close windows until they stand as the places say."""
        if self._closing or self._ui.session.user.is_locked:
            return
        self.see()
        out = self._places.out
        for name in [name for name in self._made if self.of(name) is not None and name not in out]:
            self._bring_back(name)
        for name, place in out.items():
            if name in self._titles:
                self._put(name, place)
        # of whoever is logged in when all have heard of it
        QTimer.singleShot(0, self, self._tell)
        self.changed.emit()

    def _put(self, name: str, place: Place) -> None:
        window = self.of(name)
        screen = screen_of(place.key)
        if screen is None or (window is not None and monitor_of(window.screen()).key == place.key):
            return
        if window is None:
            window = self._made.get(name) or self._make(name)
            beside = self._beside.get(name)
            window.take(beside.content(self._ui) if beside is not None else self._lend(name))
        put_on(window, screen, place.area or self._area_beside(window, screen))
        window.workspace.arrived()

    def _area_beside(self, window: WorkspaceWindow, screen: QScreen) -> Area | None:
        """Where a window is seen beside those that stand on a screen; None where none does."""
        others = [one for one in (self._home, *self._made.values()) if one is not window and one.isVisible()]
        room = screen.availableGeometry()
        return area_beside(room, [one.geometry() for one in others], window.minimumSizeHint())

    def _make(self, name: str) -> WorkspaceWindow:
        window = WorkspaceWindow(self._ui, self._jobs, self._specs)
        window.setWindowTitle(f"{tr(self._titles[name])} · {self._home.windowTitle()}")
        beside = self._beside.get(name)
        works_in = beside.spec.workspace_id if beside is not None else name
        window.closed.connect(lambda: self._ui.session.dispatcher.attempt(lambda: self._closed(name)))
        window.entered.connect(lambda: self._ui.session.workspaces.enter(works_in))
        window.rested.connect(lambda place: self._rested(name, place))
        window.files_dropped.connect(self.files_dropped)
        self._made[name] = window
        return window

    def _bring_back(self, name: str) -> None:
        window, in_front = self._made[name], self._ui.session.workspaces.current == name
        was_active = window.isActiveWindow()
        content = window.give()
        if name not in self._beside:
            self._take_back(name, content, in_front)
        if was_active:
            self._home.activateWindow()

    def _closed(self, name: str) -> None:
        self._places.put_back(name)
        beside = self._beside.get(name)
        self._ui.session.workspaces.show(beside.spec.workspace_id if beside is not None else name)

    def _rested(self, name: str, place: Place) -> None:
        user = self._ui.session.user
        if not self._closing and user.is_logged_in and not user.is_locked:
            stood = self._places.out.get(name)
            self.see()  # the window system moves what stood on a monitor that is gone
            if self._places.out.get(name) == stood:
                self._ui.session.dispatcher.attempt(lambda: self._places.moved(name, place))

    def _tell(self) -> None:
        """Say what went back into the main window because its monitor is gone, and what returned."""
        notifications = self._ui.session.station.notifications
        waiting, out = self._places.waiting, self._places.out
        before, self._waiting = self._waiting, waiting
        for name in [name for name in before if name not in waiting]:
            notifications.end(_cause(name))
        for name, place in waiting.items():
            if name in self._titles and before.get(name) != place:
                text = tr(
                    "Monitor {name} is gone: “{workspace}” is in the main window until it is back.",
                    name=place.name,
                    workspace=tr(self._titles[name]),
                )
                scope = replace(notifications.scope, study_uid="", cause=_cause(name))
                notifications.add(Level.WARNING, text, scope=scope)
        for name, place in ((name, place) for name, place in out.items() if name in before):
            title = tr(self._titles[name])
            text = tr("Monitor {name} is back, with “{workspace}”.", name=place.name, workspace=title)
            notifications.add(Level.INFO, text)

    def close_all(self) -> None:
        """Put every workspace back and close the windows."""
        self._closing = True
        self._settle.stop()
        for name, window in self._made.items():
            if window.is_filled:
                content = window.give()
                if name not in self._beside:
                    self._take_back(name, content, False)
            window.deleteLater()


def _cause(name: str) -> str:
    return f"windows:{name}"
