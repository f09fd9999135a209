"""The keys that each window of a session has: those of the commands, and the window's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QApplication, QWidget

from widgets.command_ui import CommandUi
from widgets.focus import everything
from widgets.shell.palette import Palette
from widgets.shell.settings_dialog import SettingsDialog
from widgets.shell.shortcut_sheet import ShortcutSheet
from widgets.shell.shortcuts import Shortcuts, bind
from widgets.ui_feature import WorkspaceSpec
from widgets.workspace import Workspace


class WindowKeys:
    """Keys of one window.

    Parameters
    ----------
    window, ground : the window, and what its command palette lies over
    specs : the workspaces, for the sheet of keys
    shown : the workspace that the window shows now
    frame_regions : what F6 goes through besides the workspace's own
    """

    def __init__(
        self,
        window: QWidget,
        ground: QWidget,
        ui: CommandUi,
        specs: Sequence[WorkspaceSpec],
        *,
        shown: Callable[[], Workspace],
        frame_regions: Callable[[], Sequence[QWidget]],
        toggle_side_panel: Callable[[], None],
    ) -> None:
        self._window, self._ui, self._specs = window, ui, tuple(specs)
        self._shown, self._frame_regions = shown, frame_regions
        self.palette = Palette(ui, ground)
        self.shortcuts = Shortcuts(window, ui)
        for key, act in (
            ("Ctrl+K", self.palette.open),
            ("Ctrl+Shift+P", self.palette.open),
            ("Ctrl+,", self.open_settings),
            ("F1", self.open_keys),
            ("F6", lambda: self.next_region(1)),
            ("Shift+F6", lambda: self.next_region(-1)),
            ("Ctrl+F", lambda: shown().focus_search()),
            ("F9", toggle_side_panel),
            ("Ctrl+L", ui.session.user.lock),
        ):
            bind(window, key, act)

    def open_settings(self) -> None:
        """Open the settings."""
        SettingsDialog(self._ui, self._window).open()

    def open_keys(self) -> None:
        """Open the sheet of keys and gestures."""
        ShortcutSheet(self._ui, self._specs, self._window).open()

    def next_region(self, step: int) -> None:
        """Bring the focus to the next region of the window."""
        wanted = [*self._shown().regions(), *self._frame_regions()]
        shown = {region for region in wanted if region.isVisible() and region.isEnabled()}
        regions = [widget for widget in everything(self._window) if widget in shown]
        if not regions:
            return
        focus = QApplication.focusWidget()
        at = next(
            (
                i
                for i, region in enumerate(regions)
                if focus is region or (focus is not None and region.isAncestorOf(focus))
            ),
            -1,
        )
        regions[(at + step) % len(regions)].setFocus()
