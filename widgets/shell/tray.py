"""The line at the bottom: what runs, what was said, and how the station is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QPoint, QSize, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QProgressBar, QPushButton, QSizePolicy, QWidget

from app.i18n import tr
from app.jobs import Job
from app.notifications import Level, Notification, Notifications
from widgets.command_ui import CommandUi
from widgets.elements import Elided, clear, column, label, push, retone, row, rule, scrolled
from widgets.icons import icon, picture
from widgets.shell.bridge import JobBridge
from widgets.theme import TRAY, theme
from widgets.ui_feature import StatusSpec


def seconds_text(seconds: float) -> str:
    """A duration as one says it."""
    if seconds < 90:
        return tr("{n} s", n=max(1, round(seconds)))
    if seconds < 5400:
        return tr("{n} min", n=round(seconds / 60))
    return tr("{n} h", n=round(seconds / 3600, 1))


SAFETY = "Not a registered medical device. Must not be the sole basis of a diagnosis."


class Tray(QFrame):
    """Job in progress with its end in sight, the last message, how the station is, safety notice."""

    def __init__(self, ui: CommandUi, jobs: JobBridge, status: Sequence[StatusSpec] = ()) -> None:
        super().__init__()
        self.setObjectName("tray")
        self.setFixedHeight(TRAY)
        self._ui = ui
        self._active: dict[int, Job[Any]] = {}
        self._job: Job[Any] | None = None
        self.job_sign = QLabel()
        self.job_sign.setPixmap(picture("hourglass", 16, theme().muted, ratio=self.devicePixelRatioF()))
        self.job_text = Elided()
        self.job_bar = QProgressBar()
        self.job_bar.setRange(0, 1000)
        self.job_bar.setTextVisible(False)
        self.job_bar.setFixedWidth(140)
        self.job_left = label()
        self.job_cancel = push(tr("Cancel"))
        self.job_cancel.clicked.connect(self._cancel)
        self.job_queue = label()
        self.idle = label(tr("Nothing is running"))
        self.message = QPushButton()
        self.message.setIconSize(QSize(16, 16))
        self.message.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.message.setProperty("elided", True)
        self.message.clicked.connect(self.show_messages)
        self.status = {spec.status_id: spec.make(ui) for spec in status}
        self.safety = label()
        self.safety.setToolTip(tr(SAFETY))
        line = row(
            self.job_sign,
            self.job_text,
            self.job_bar,
            self.job_left,
            self.job_cancel,
            self.job_queue,
            self.idle,
            self.message,
            *self.status.values(),
            self.safety,
            gap=12,
            margins=(16, 0, 16, 0),
        )
        line.setStretchFactor(self.message, 1)
        self.setLayout(line)
        self._text = ""
        self._popup: MessageList | None = None
        self._clock = QTimer(self)
        self._clock.setInterval(500)
        self._clock.timeout.connect(self._draw_job)
        jobs.changed.connect(self._job_changed)
        notifications = ui.session.station.notifications
        self._draw_job()
        ui.listen(notifications.added, lambda _: ui.session.dispatcher.post(self._show_last))
        ui.listen(notifications.ended, lambda: ui.session.dispatcher.post(self._show_last))
        self._show_last()

    # -- jobs -----------------------------------------------------------------------------------------------

    def _job_changed(self, job: Job[Any]) -> None:
        if not job.title:
            return
        if job.ended:
            self._active.pop(job.job_id, None)
        else:
            self._active[job.job_id] = job
        self._draw_job()

    def _draw_job(self) -> None:
        for job_id in [i for i, job in self._active.items() if job.ended]:
            del self._active[job_id]
        busy = bool(self._active)
        for part in (self.job_sign, self.job_text, self.job_bar, self.job_left, self.job_cancel):
            part.setVisible(busy)
        self.job_queue.setVisible(len(self._active) > 1)
        self.idle.setVisible(not busy)
        if not busy:
            self._job = None
            self._clock.stop()
            return
        if not self._clock.isActive():
            self._clock.start()
        job = self._job = next(iter(self._active.values()))
        count = f" {job.done} / {job.total}" if job.total else ""
        self.job_text.setText(job.title + count)
        self.job_bar.setValue(round(job.fraction * 1000))
        left = job.seconds_left
        if job.cancelled():
            self.job_left.setText(tr("stopping…"))
        else:
            self.job_left.setText(
                tr("about {time} left", time=seconds_text(left))
                if left is not None
                else f"{job.fraction:.0%}"
            )
        self.job_queue.setText(tr("{n} more", n=len(self._active) - 1))

    def _cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._draw_job()

    # -- messages -------------------------------------------------------------------------------------------

    def _show_last(self) -> None:
        """Show the newest message that still counts."""
        rows = self._ui.session.station.notifications.rows
        if rows:
            self._said(rows[-1])
        else:
            self._show_message("", "muted", "bell")
        if self._popup is not None and self._popup.isVisible():
            self._popup.fill()

    def _said(self, said: Notification) -> None:
        tone = {Level.INFO: "muted", Level.WARNING: "amber", Level.ERROR: "danger"}[said.level]
        sign = {Level.INFO: "bell", Level.WARNING: "alert-triangle", Level.ERROR: "alert-circle"}[said.level]
        self._show_message(said.message, tone, sign, said.hint)

    def _show_message(self, text: str, tone: str, sign: str, hint: str = "") -> None:
        self._text = " ".join(text.split())
        retone(self.message, "tone", tone)
        colors = {"muted": theme().muted, "amber": theme().amber, "danger": theme().danger}
        self.message.setIcon(icon(sign, colors[tone]))
        self.message.setToolTip("\n".join(x for x in (text, hint, tr("Click: all messages")) if x))
        self.message.setAccessibleName(text or tr("Messages"))
        self._cut_message()

    def _cut_message(self) -> None:
        room = max(self.message.width() - 40, 10)
        self.message.setText(
            self.message.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideRight, room)
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.width() >= 1280
        self.safety.setText(tr("Not the sole basis of a diagnosis") if wide else tr("Not for diagnosis"))
        QTimer.singleShot(0, self, self._cut_message)

    def show_messages(self) -> None:
        """Open the list of all messages above the line."""
        if self._popup is None:
            self._popup = MessageList(self._ui.session.station.notifications, self)
        self._popup.fill()
        corner = self.message.mapToGlobal(QPoint(0, 0))
        self._popup.move(max(corner.x(), 0), corner.y() - self._popup.height() - 6)
        self._popup.show()

    # -- station --------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Ask in the background how the station is."""
        for part in self.status.values():
            part.look()


class MessageList(QFrame):
    """All messages, newest first; errors in red with their hint."""

    def __init__(self, notifications: Notifications, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("popup")
        self._notifications = notifications
        self._rows = column(gap=0)
        content = QWidget()
        content.setLayout(self._rows)
        self.setLayout(
            column(
                row(label(tr("Messages"), size="strong"), None, margins=(16, 10, 16, 8)),
                rule(),
                scrolled(content),
                gap=0,
            )
        )
        self.setFixedSize(560, 380)

    def fill(self) -> None:
        """Show what there is now."""
        clear(self._rows)
        rows = self._notifications.rows[-200:]
        if not rows:
            self._rows.addLayout(
                row(label(tr("No messages yet."), tone="muted"), None, margins=(16, 12, 16, 12))
            )
        for said in reversed(rows):
            self._rows.addWidget(_message_row(said))
        self._rows.addStretch(1)


def _message_row(said: Notification) -> QWidget:
    name = {Level.INFO: "info-circle", Level.WARNING: "alert-triangle", Level.ERROR: "alert-circle"}[
        said.level
    ]
    tokens = theme()
    color = {Level.INFO: tokens.muted, Level.WARNING: tokens.amber, Level.ERROR: tokens.danger}[said.level]
    sign = QLabel()
    sign.setPixmap(picture(name, 18, color, ratio=2.0))
    sign.setAlignment(Qt.AlignmentFlag.AlignTop)
    text = label(said.message, tone="danger" if said.level is Level.ERROR else "", wrap=True, select=True)
    hint = label(said.hint, tone="muted", wrap=True, select=True)
    hint.setVisible(bool(said.hint))
    time = label(f"{said.at.astimezone():%H:%M:%S}", tone="muted")
    time.setAlignment(Qt.AlignmentFlag.AlignTop)
    holder = QFrame()
    holder.setObjectName("section")
    line = row(sign, column(text, hint, gap=2), time, gap=10, margins=(16, 8, 16, 8))
    line.setStretch(1, 1)
    holder.setLayout(line)
    return holder
