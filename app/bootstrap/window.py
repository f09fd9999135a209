"""Puts the window over a station: Qt, the viewers, the commands."""

from __future__ import annotations

import contextlib
import importlib
import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QEvent, QSettings, QSocketNotifier, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget

from app.archive.service import ArchiveService
from app.bootstrap.directory_sync import DirectorySyncTimer
from app.bootstrap.features import make_session
from app.bootstrap.qt_language import speak
from app.bootstrap.ui_features import UI_FEATURES
from app.errors import Unavailable
from app.i18n import tr
from app.jobs import Progress
from app.reading.controller import ReadingController
from app.reporting.output import ReportOutput
from app.session.station import Station
from app.settings import Appearance
from app.storage.files import make_private
from app.storage.window import WindowClaim
from widgets.shell.bridge import MainThreadPost
from widgets.shell.crash import install_exception_hook
from widgets.shell.login import DemoAccount
from widgets.shell.main_window import MainWindow
from widgets.theme import apply_theme
from widgets.ui_feature import painters_of


def application() -> QApplication:
    """The one QApplication."""
    found = QApplication.instance()
    if isinstance(found, QApplication):
        return found
    app = QApplication(["yingshu"])
    app.setApplicationName("YingShu")
    app.setApplicationDisplayName("影枢 YingShu")
    return app


def _memory(file: Path) -> QSettings:
    """What the window remembers.  Qt would make the file for everybody to read, and keeps its rights."""
    make_private(file)
    return QSettings(str(file), QSettings.Format.IniFormat)


class SessionWindow:
    """A session with its window.  `accounts` are shown at the log-in of the demo; `quiet` asks no first
    questions (headless job).
    """

    def __init__(
        self,
        station: Station,
        *,
        demo: bool = False,
        accounts: Sequence[DemoAccount] = (),
        quiet: bool = False,
    ) -> None:
        self.app = application()
        speak(self.app)
        apply_theme(self.app, station.settings.get(Appearance).theme)
        self._post = MainThreadPost()
        self.session = make_session(
            station, self._post.post, _draw, draw_view=_draw_view, to_clipboard=_to_clipboard
        )
        self.commands = self.session.commands
        self._viewers: list[QWidget] = []
        self._closed = False
        self.directory_sync: DirectorySyncTimer | None = None
        memory = None if quiet else _memory(station.folder.path / "window.ini")
        self.main = MainWindow(
            self.session,
            UI_FEATURES,
            viewer=self._make_viewer,
            demo=demo,
            demo_accounts=accounts,
            memory=memory,
            ask_login=not quiet and not demo,
        )
        self._unhook = install_exception_hook(self.session, flush=self._save_edits, show=not quiet)

    def _make_viewer(self, part: int) -> QWidget:
        """The viewers, made when the reading workspace is first needed: VTK loads only then."""
        from viewers.viewport_grid import ViewportGrid

        session, painters = self.session, painters_of(UI_FEATURES)
        self._viewers.append(ViewportGrid(session.screen, session.tools, painters, part=part))
        return self._viewers[-1]

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
        # outside the loop of `exec` Qt keeps what is to be deleted later
        self.app.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        if wait_s:
            time.sleep(wait_s)

    def grab(self, path: Path) -> None:
        """A picture of the whole window."""
        if not self.main.grab().save(str(path), "PNG"):
            raise Unavailable("The picture {path} could not be written.", path=str(path))

    def start_directory_sync(self, **pauses_ms: int) -> None:
        """From now on the station sends what waits for the directory, and asks how what it registered stands,
        by itself.
        """
        if self.directory_sync is not None:
            self.directory_sync.stop()
        self.directory_sync = DirectorySyncTimer(self.session, **pauses_ms)
        self.directory_sync.start()

    def _let_jobs_end(self, timeout_s: float = 3.0) -> None:
        """Cancelled jobs give their memory back on this thread: let them come."""
        jobs = self.session.station.jobs
        for job in jobs.active:
            job.cancel()
        deadline = time.monotonic() + timeout_s
        self.process_events()
        while jobs.active and time.monotonic() < deadline:
            self.process_events(0.01)
        self.process_events()

    def _save_edits(self) -> None:
        self.main.flush()
        self.session.edits.flush()

    def close(self) -> None:
        """Save what is being edited, close the window and give everything back.  May be called twice."""
        if self._closed:
            return
        self._closed = True
        if self.directory_sync is not None:
            self.directory_sync.stop()
        if not self.session.edits.may_close():  # before the study is closed: an edit belongs to it
            self.session.edits.may_close()  # nobody can be asked here: one more try
        self.session.get(ReadingController).close_study()
        self._let_jobs_end()
        for viewer in self._viewers:
            viewer.dispose()  # type: ignore[attr-defined]
        self.main.close()
        self.main.dispose()
        self._unhook()
        self.session.close()
        self._post.close()
        self.main.deleteLater()
        self.app.processEvents()


@contextmanager
def closing_on_signal(window: SessionWindow) -> Iterator[None]:
    """SIGTERM and SIGINT close the window as a person would: edits saved, children ended, memory given back.

    Python runs signal handlers between its own instructions only, and Qt's loop has none while it waits: the
    interpreter writes a byte for each signal, and the loop wakes up for it.
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
    before = {
        number: signal.signal(number, lambda which, _: asked.append(which))
        for number in (signal.SIGTERM, signal.SIGINT)
    }
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


def raise_on_request(window: SessionWindow, claim: WindowClaim) -> QSocketNotifier:
    """A second start of the program raises this window."""
    notifier = QSocketNotifier(claim.fileno(), QSocketNotifier.Type.Read, window.main)

    def woken() -> None:
        claim.accept_raise()
        window.main.showNormal() if window.main.isMinimized() else window.main.show()
        window.main.raise_()
        window.main.activateWindow()

    notifier.activated.connect(woken)
    return notifier


def when_idle(window: SessionWindow, act: Callable[[], None], after_ms: int = 0) -> None:
    """Do something once the window is on the screen."""
    QTimer.singleShot(after_ms, window.main, act)


def warm_up(station: Station) -> None:
    """Get ready while the person still looks at the worklist, so that the first image and the first report
    are quick.
    """

    def work(*, progress: Progress, cancelled: Callable[[], bool]) -> None:
        station.get(ArchiveService).warm()
        station.get(ReportOutput).warm()
        importlib.import_module("viewers.viewport_grid")  # or the first study waits for it

    station.jobs.submit(tr("Starting"), work)


def _draw(*args: object, **kwargs: object) -> bytes:
    from viewers.picture import draw_picture

    return draw_picture(*args, painters=painters_of(UI_FEATURES), **kwargs)  # type: ignore[arg-type, no-any-return]


def _draw_view(*args: object, **kwargs: object) -> bytes:
    from viewers.picture import draw_view

    return draw_view(*args, painters=painters_of(UI_FEATURES), **kwargs)  # type: ignore[arg-type, no-any-return]


def _to_clipboard(text: str) -> None:
    QGuiApplication.clipboard().setText(text)
