"""How panels act and listen: every button runs a command, every listener is let go when the window closes."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

from PySide6.QtCore import QObject, QSize, QTimer, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QAbstractButton, QPushButton, QToolButton, QWidget
from shiboken6 import isValid

from app.domain.person import Right
from app.i18n import tr
from app.jobs import Job
from app.people.rights import may
from app.session.commands import Command
from app.session.session import Session
from widgets.elements import push
from widgets.icons import icon
from widgets.theme import theme

T = TypeVar("T")
W = TypeVar("W", bound=QWidget)


def key_text(key: str) -> str:
    """A key as it stands on keyboards."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) if key else ""


class CommandUi(QObject):
    """The window's session and its commands as panels use them."""

    #: something happened after which commands may be possible or not
    looked = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.commands = session.commands
        self.closed = False
        self._single: dict[Callable[[CommandUi], QWidget], Any] = {}
        self._links: list[tuple[Any, Callable[..., Any]]] = []
        self._buttons: list[tuple[weakref.ref[QAbstractButton], Command]] = []
        #: buttons whose tooltip is the command's title and key
        self._tips: list[tuple[weakref.ref[QAbstractButton], Command]] = []
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.timeout.connect(self._look)
        reading, screen = session.study, session.screen.events
        for signal in (
            session.user.changed,
            session.workspaces.changed,
            session.workspaces.entered,
            session.windows.changed,
            *session.state_signals,
            reading.study_changed,
            reading.series_changed,
            reading.results_changed,
            reading.history.changed,
            reading.annotations.changed,
            session.loaded.shown,
            screen.tool,
            screen.layout,
            screen.maximised,
            screen.links,
            screen.alignments,
            screen.tiling,
            screen.crosshair_visible,
            screen.overlays_visible,
            screen.magnifier,
        ):
            self.listen(signal, lambda *_: self.look())
        self.listen(session.screen.active_changed, self._active_changed)
        self.listen(session.commands.keys_changed, self._name_keys)

    def _active_changed(self, what: str) -> None:
        # moving through images and over them changes no command
        if what not in ("view", "zoom", "pan", "arrived", "pointer_text", "swipe"):
            self.look()

    def listen(self, signal: Any, slot: Callable[..., Any]) -> None:
        """Connect a psygnal signal until the window closes."""
        signal.connect(slot)
        self._links.append((signal, slot))

    def close(self) -> None:
        """Let go of everything that was listened to."""
        self._later.stop()
        for signal, slot in self._links:
            signal.disconnect(slot, missing_ok=True)
        self._links.clear()
        self.closed = True
        self._buttons.clear()
        self._tips.clear()

    def single(self, make: Callable[[CommandUi], W]) -> W:
        """The one widget of a kind that moves between places of the windows; made when it is first asked
        for.
        """
        if make not in self._single:
            self._single[make] = make(self)
        return cast(W, self._single[make])

    def look(self) -> None:
        """Ask soon which commands are possible."""
        if not self._later.isActive():
            self._later.start()

    def _look(self) -> None:
        alive: list[tuple[weakref.ref[QAbstractButton], Command]] = []
        for ref, command in self._buttons:
            made = ref()
            if made is not None and isValid(made):
                made.setEnabled(command.enabled())
                alive.append((ref, command))
        self._buttons = alive
        self._tips = [(ref, one) for ref, one in self._tips if (made := ref()) is not None and isValid(made)]
        self._show_tips([(ref, one) for ref, one in self._tips if one.about is not None])
        self.looked.emit()

    def run(self, command_id: str, *args: Any, **kwargs: Any) -> Any:
        """Run a command; an error becomes a notification and None."""
        return self.session.dispatcher.attempt(
            lambda: self.commands.run(command_id, *args, **kwargs), cause=command_id
        )

    def may(self, right: Right) -> bool:
        """The person who sits here has a right (widgets only hide what the services refuse)."""
        return self.session.user.is_logged_in and may(self.session.user.actor, right)

    def quietly(
        self,
        work: Callable[[], T],
        done: Callable[[T], None],
        *,
        failed: Callable[[BaseException], None] | None = None,
        behind: bool = False,
        owner: QObject | None = None,
    ) -> Job[T] | None:
        """Fetch something in the background without a line in the tray; nothing when the window is closed.

        `behind` is for what nobody waits for: it comes one after the other and holds nothing up.  An `owner`
        that may go before the answer comes (a dialog that is closed) is told nothing then.
        """
        if self.closed:
            return None
        jobs = self.session.station.jobs

        def run(*, progress: Any, cancelled: Callable[[], bool]) -> T:
            return work()

        def is_there() -> bool:
            return owner is None or isValid(owner)

        def came(result: T) -> None:
            if is_there():
                done(result)

        def went_wrong(error: BaseException) -> None:
            if failed is not None and is_there():
                failed(error)

        return self.session.dispatcher.follow(
            (jobs.submit_behind if behind else jobs.submit)("", run),
            came,
            failed=went_wrong if failed is not None else None,
        )

    def tip(self, command: Command) -> str:
        """Title of a command with what it is about now, and its key."""
        about = command.about() if command.about is not None else ""
        title = " · ".join(part for part in (tr(command.title), about) if part)
        return f"{title}  {self.key(command)}".rstrip()

    def key(self, command: Command) -> str:
        """A command's key as it stands on keyboards; "" for none."""
        return key_text(self.commands.key_of(command.command_id))

    def key_named(self, command_id: str) -> str:
        """The same of a command by its id."""
        return self.key(self.commands.get(command_id))

    def _name_keys(self) -> None:
        """Keys have changed: the tooltips of the buttons tell the present ones."""
        self._show_tips(self._tips)

    def _show_tips(self, tips: Sequence[tuple[weakref.ref[QAbstractButton], Command]]) -> None:
        for ref, command in tips:
            made = ref()
            if made is not None and isValid(made):
                made.setToolTip(self.tip(command))

    def attend(self, made: QAbstractButton, command: Command) -> None:
        """Keep a button's state in step with its command."""
        self._buttons.append((weakref.ref(made), command))
        made.setEnabled(command.enabled())

    def button(
        self,
        command_id: str,
        *,
        text: str = "",
        kind: str = "",
        args: Callable[[], tuple[Any, ...]] | None = None,
    ) -> QPushButton:
        """A push button that runs a command."""
        command = self.commands.get(command_id)
        made = push(text or tr(command.title), icon_name=command.icon, kind=kind, tip=self.tip(command))
        made.clicked.connect(lambda: self.run(command_id, *(args() if args else ())))
        self.attend(made, command)
        self._tips.append((weakref.ref(made), command))
        return made

    def tool(
        self, command_id: str, *, icon_name: str = "", checkable: bool = False, text: str = ""
    ) -> QToolButton:
        """A flat button of the tool row: icon and key letter."""
        command = self.commands.get(command_id)
        made = QToolButton()
        made.setProperty("kind", "tool")
        made.setIcon(icon(icon_name or command.icon, on=theme().on_accent_soft))
        made.setIconSize(QSize(18, 18))
        made.setText(text)
        made.setToolTip(self.tip(command))
        made.setAccessibleName(tr(command.title))
        made.setCheckable(checkable)
        made.clicked.connect(lambda: self.run(command_id))
        self.attend(made, command)
        self._tips.append((weakref.ref(made), command))
        return made
