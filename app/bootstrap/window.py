"""Puts the window over a station: Qt, the viewers, the commands."""

from __future__ import annotations

import contextlib
import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QSettings, QSocketNotifier, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from app.bootstrap.qt_language import speak
from app.bootstrap.standing import Standing
from app.commands.catalogue import desk_commands
from app.commands.desk import Desk
from app.commands.registry import Commands
from app.errors import Unavailable
from app.i18n import tr
from app.jobs import Progress
from app.services.station import Station
from app.settings import Appearance
from app.storage.window import WindowClaim
from widgets.bridge import MainThreadPost
from widgets.crash import install_exception_hook
from widgets.login import DemoAccount
from widgets.main_window import MainWindow
from widgets.theme import apply_theme


def application() -> QApplication:
    """The one QApplication."""
    found = QApplication.instance()
    if isinstance(found, QApplication):
        return found
    app = QApplication(["yingshu"])
    app.setApplicationName("YingShu")
    app.setApplicationDisplayName("影枢 YingShu")
    return app


class DeskWindow:
    """A desk with its window.  `accounts` are shown at the log-in of the demo; `quiet` asks no first questions (headless job)."""

    def __init__(self, station: Station, *, demo: bool = False, accounts: Sequence[DemoAccount] = (), quiet: bool = False) -> None:
        self.app = application()
        speak(self.app)
        apply_theme(self.app, station.settings.get(Appearance).theme)
        self._post = MainThreadPost()
        self.desk = Desk(station, self._post.post, _draw)
        self.commands = Commands(f"yingshu-{id(self)}")
        self.commands.add(desk_commands(self.desk))
        self._viewer: QWidget | None = None
        self.standing: Standing | None = None
        memory = None if quiet else QSettings(str(station.folder.path / "window.ini"), QSettings.Format.IniFormat)
        self.main = MainWindow(
            self.desk, self.commands, viewer=self._make_viewer, demo=demo, demo_accounts=accounts, memory=memory,
            ask_login=not quiet and not demo,
        )  # fmt: skip
        self._unhook = install_exception_hook(self.desk, flush=self._save_edits, show=not quiet)

    def _make_viewer(self) -> QWidget:
        """The viewers, made when the reading workspace is first needed: VTK loads only then."""
        from viewers.reading_view import ReadingView

        self._viewer = ReadingView(self.desk.screen)
        return self._viewer

    def show(self, size: tuple[int, int] | None = None) -> None:
        """Show it: maximised, or in a size (screenshots)."""
        if size is None:
            self.main.showMaximized()
        else:
            self.main.resize(*size)
            self.main.show()

    def process_events(self, wait_s: float = 0.0) -> None:
        """Let the window live for a moment (headless job)."""
        self.app.processEvents()
        if wait_s:
            time.sleep(wait_s)

    def grab(self, path: Path) -> None:
        """A picture of the whole window."""
        if not self.main.grab().save(str(path), "PNG"):
            raise Unavailable("The picture {path} could not be written.", path=str(path))

    def keep_in_touch(self, **pauses_ms: int) -> None:
        """From now on the station sends what waits for the directory, and asks how what it registered stands, by itself."""
        if self.standing is not None:
            self.standing.stop()
        self.standing = Standing(self.desk, **pauses_ms)
        self.standing.start()

    def _let_jobs_end(self, timeout_s: float = 3.0) -> None:
        """Cancelled jobs give their memory back on this thread: let them come."""
        jobs = self.desk.station.jobs
        for job in jobs.active:
            job.cancel()
        deadline = time.monotonic() + timeout_s
        self.process_events()
        while jobs.active and time.monotonic() < deadline:
            self.process_events(0.01)
        self.process_events()

    def _save_edits(self) -> None:
        self.main.flush()
        self.desk.settle()

    def show_record(self, tier: str, identifier: str) -> None:
        """Open a directory record in the panel."""
        self.main.directory.show_record(tier, identifier)

    def close(self) -> None:
        """Save what is being edited, close the window and give everything back."""
        if self.standing is not None:
            self.standing.stop()
        if not self.desk.may_leave():  # before the study is closed: an edit belongs to it
            self.desk.may_leave()  # nobody can be asked here: one more try
        self.desk.close_study()
        self._let_jobs_end()
        if self._viewer is not None:
            self._viewer.dispose()  # type: ignore[attr-defined]
        self.main.close()
        self.main.dispose()
        self.commands.close()
        self._unhook()
        self.desk.end_keeping()
        self._post.close()
        self.main.deleteLater()
        self.app.processEvents()


@contextmanager
def closing_on_signal(window: DeskWindow) -> Iterator[None]:
    """SIGTERM and SIGINT close the window as a person would: edits saved, children ended, memory given back.

    Python runs signal handlers between its own instructions only, and Qt's loop has none while it waits: the interpreter
    writes a byte for each signal, and the loop wakes up for it.
    """
    ours, theirs = socket.socketpair()
    for end in (ours, theirs):
        end.setblocking(False)
    notifier = QSocketNotifier(ours.fileno(), QSocketNotifier.Type.Read, window.main)
    asked: list[int] = []

    def woken() -> None:
        with contextlib.suppress(BlockingIOError):
            ours.recv(64)
        if asked:
            window.main.close()
            window.app.quit()

    notifier.activated.connect(woken)
    before = {number: signal.signal(number, lambda which, _: asked.append(which)) for number in (signal.SIGTERM, signal.SIGINT)}
    before_fd = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(before_fd)
        for number, handler in before.items():
            signal.signal(number, handler)
        notifier.setEnabled(False)
        ours.close()
        theirs.close()


def raise_on_request(window: DeskWindow, claim: WindowClaim) -> QSocketNotifier:
    """A second start of the program raises this window."""
    notifier = QSocketNotifier(claim.fileno(), QSocketNotifier.Type.Read, window.main)

    def woken() -> None:
        claim.accept_raise()
        window.main.showNormal() if window.main.isMinimized() else window.main.show()
        window.main.raise_()
        window.main.activateWindow()

    notifier.activated.connect(woken)
    return notifier


def when_idle(window: DeskWindow, act: Callable[[], None], after_ms: int = 0) -> None:
    """Do something once the window is on the screen."""
    QTimer.singleShot(after_ms, window.main, act)


def warm_up(station: Station) -> None:
    """Get ready while the person still looks at the worklist, so that the first image and the first report are quick."""

    def work(*, progress: Progress, cancelled: Callable[[], bool]) -> None:
        station.archive.warm()
        station.reports.warm()

    station.jobs.submit(tr("Starting"), work)


def _draw(*args: object, **kwargs: object) -> bytes:
    from viewers.picture import draw_picture

    return draw_picture(*args, **kwargs)  # type: ignore[arg-type, no-any-return]
