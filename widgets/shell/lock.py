"""The lock: the window is covered until its person, or another one, logs in; what is edited stays."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from shiboken6 import isValid

from app.domain.person import Actor
from app.i18n import tr
from app.settings import AccountSettings
from widgets.command_ui import CommandUi
from widgets.dialogs import Dialog
from widgets.elements import label
from widgets.shell.login import LoginDialog

#: what shows that somebody is there
_INPUT = (
    QEvent.Type.KeyPress,
    QEvent.Type.MouseButtonPress,
    QEvent.Type.MouseMove,
    QEvent.Type.Wheel,
    QEvent.Type.TouchBegin,
)
_LOOK_MS = 10_000


class LockCover(Dialog):
    """Lies over the whole window; only logging in takes it away."""

    def __init__(self, ui: CommandUi, window: QWidget) -> None:
        super().__init__(tr("Locked"), window)
        self.setObjectName("ground")
        self.setWindowFlag(Qt.WindowType.FramelessWindowHint)
        self._window = window
        self.entry = LoginDialog(ui, (), self, closes=False)
        self.entry.setWindowFlags(Qt.WindowType.Widget)  # a part of the cover, no window beside it
        who = label(tr("{person} has locked this window.", person=ui.session.user.actor.name))
        self.body.addStretch(1)
        self.body.addWidget(who, 0, Qt.AlignmentFlag.AlignHCenter)
        self.body.addWidget(self.entry, 2, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self.entry.login.setText(ui.session.user.login_name)
        self.entry.show()
        window.installEventFilter(self)
        self.lie_over()

    def lie_over(self) -> None:
        """Take the place of the window."""
        self.setGeometry(self._window.geometry())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Move, QEvent.Type.Resize):
            self.lie_over()
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)

    def reject(self) -> None:
        """Closing the cover is no way in."""


class WindowLock(QObject):
    """Covers the window when it is locked, and locks it when nobody has touched it for a while."""

    def __init__(self, ui: CommandUi, window: QWidget) -> None:
        super().__init__(window)
        self._ui, self._window = ui, window
        self.cover: LockCover | None = None
        self._hidden: list[QWidget] = []
        self._locked_by: Actor | None = None
        self._idle_ms = 0
        self._clock = QTimer(self)
        self._clock.setInterval(_LOOK_MS)
        self._clock.timeout.connect(self.look)
        self._clock.start()
        ui.listen(ui.session.user.lock_changed, self._changed)

    def look(self) -> None:
        """Another while has passed: lock where nobody touched the window for the time that is set."""
        for each in QGuiApplication.allWindows():
            each.installEventFilter(self)
        user = self._ui.session.user
        minutes = self._ui.session.station.settings.get(AccountSettings).lock_after_minutes
        self._idle_ms += _LOOK_MS
        if minutes and user.is_logged_in and self._idle_ms >= minutes * 60_000:
            user.lock()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _INPUT:
            self._idle_ms = 0
        elif event.type() is QEvent.Type.Show and isinstance(watched, QWidget) and self._shows(watched):
            # a page that was asked for before has come; not within its own event of being shown
            self._hidden.append(watched)
            QTimer.singleShot(0, watched, watched.hide)
        return False

    def _shows(self, widget: QWidget) -> bool:
        """A window that has nothing to do with unlocking appears over the cover."""
        if self.cover is None or not widget.isWindow() or widget is self._window:
            return False
        above: QWidget | None = widget
        while above is not None:
            if above is self.cover:
                return False
            above = above.parentWidget()
        return True

    def _changed(self) -> None:
        user = self._ui.session.user
        if user.is_locked:
            self._locked_by = user.actor
            self._hide_others()
            self.cover = LockCover(self._ui, self._window)
            QApplication.instance().installEventFilter(self)  # type: ignore[union-attr]
            self.cover.open()
            self.cover.entry.password.setFocus()
        elif self.cover is not None:
            self._idle_ms = 0
            cover, self.cover = self.cover, None
            QApplication.instance().removeEventFilter(self)  # type: ignore[union-attr]
            cover.done(0)
            self._bring_back_others(same_person=user.is_logged_in and user.actor == self._locked_by)

    def _hide_others(self) -> None:
        """Dialogs and previews show patients too."""
        self._hidden = [
            each for each in QApplication.topLevelWidgets() if each.isVisible() and each is not self._window
        ]
        for each in self._hidden:
            each.hide()

    def _bring_back_others(self, *, same_person: bool) -> None:
        """What somebody else was asked is over; windows show what the present person may see."""
        hidden, self._hidden, self._locked_by = self._hidden, [], None
        for each in hidden:
            if not isValid(each):
                continue
            if same_person or not isinstance(each, QDialog):
                each.show()
            else:
                each.reject()
