"""What a station does at the directory by itself: sends what waits, and asks how what it registered
stands.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from app.directory.controller import DirectoryController
from app.jobs import Job
from app.session.session import Session

#: how often the station tries to send what the county could not take
SEND_EVERY_MS = 180_000
#: how often it asks how its registrations stand; as long as nobody answers each pause is twice the one before
ASK_EVERY_MS = 180_000
ASK_AT_MOST_MS = 3_600_000


class DirectorySyncTimer(QObject):
    """Timers of a session; the work itself is done by jobs, never on the thread of the window."""

    def __init__(
        self, session: Session, *, send_every_ms: int = SEND_EVERY_MS, ask_every_ms: int = ASK_EVERY_MS
    ) -> None:
        super().__init__()
        self._session = session
        self._ask_every_ms = ask_every_ms
        self._sent: Job[int] | None = None
        self._asked: Job[int] | None = None
        self._send_timer = QTimer(self)
        self._send_timer.setInterval(send_every_ms)
        self._send_timer.timeout.connect(self._send)
        self._ask_timer = QTimer(self)
        self._ask_timer.setInterval(ask_every_ms)
        self._ask_timer.timeout.connect(self._ask)

    def start(self) -> None:
        """Send and ask now, when somebody logs in, when the directory is entered, and every few minutes from
        now on.
        """
        self._session.user.changed.connect(self._somebody)
        self._session.workspaces.changed.connect(self._entered)
        self._send_timer.start()
        self._ask_timer.start()
        self._somebody()

    def stop(self) -> None:
        """No more; harmless when it never began."""
        self._send_timer.stop()
        self._ask_timer.stop()
        self._session.user.changed.disconnect(self._somebody, missing_ok=True)
        self._session.workspaces.changed.disconnect(self._entered, missing_ok=True)

    @property
    def pause_ms(self) -> int:
        """Time between two askings as it is now."""
        return self._ask_timer.interval()

    def _somebody(self) -> None:
        self._send()
        self._ask()

    def _entered(self, workspace: str) -> None:
        if workspace == "directory":
            self._ask()

    def _send(self) -> None:
        if self._sent is None or self._sent.ended:
            self._sent = self._session.get(DirectoryController).send_waiting()

    def _ask(self) -> None:
        if self._asked is None or self._asked.ended:
            self._asked = self._session.get(DirectoryController).refresh(self._answered, self._no_answer)

    def _answered(self) -> None:
        self._ask_timer.setInterval(self._ask_every_ms)

    def _no_answer(self, _error: BaseException) -> None:
        # the directory's own panel says that nobody answers; here only the pause grows
        self._ask_timer.setInterval(min(ASK_AT_MOST_MS, 2 * self._ask_timer.interval()))
