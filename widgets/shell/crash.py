"""A defect is shown, logged, and never takes the drafts with it."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable
from types import TracebackType

from PySide6.QtWidgets import QApplication, QPlainTextEdit, QWidget

from app.errors import UserError
from app.i18n import tr
from app.logs import without_values
from app.notifications import root_cause
from app.session.session import Session
from widgets.dialogs import Dialog
from widgets.elements import label
from widgets.notices import NoticeBox

log = logging.getLogger(__name__)


class CrashDialog(Dialog):
    """What happened, that the drafts are safe, and the details to pass on."""

    def __init__(self, details: str, saved: bool, parent: QWidget | None) -> None:
        super().__init__(tr("The program met a defect"), parent, width=640)
        said = (
            tr("Your drafts are saved.")
            if saved
            else tr("The last edit could not be saved; everything before it is safe.")
        )
        self.body.addWidget(NoticeBox(said, "done" if saved else "danger"))
        self.body.addWidget(
            label(
                tr(
                    "You can go on working. If something looks wrong, restart the program. "
                    "The details below are in the log as well; they hold no patient data that the "
                    "program knows of."
                ),
                wrap=True,
            )
        )
        text = QPlainTextEdit(details)
        text.setReadOnly(True)
        text.setFixedHeight(220)
        self.body.addWidget(text)
        copy = self.add_button(tr("Copy details"))
        copy.clicked.connect(lambda: QApplication.clipboard().setText(details))
        close = self.add_button(tr("Go on"), kind="primary", default=True)
        close.clicked.connect(self.accept)


def install_exception_hook(
    session: Session, *, flush: Callable[[], None] | None = None, show: bool = True
) -> Callable[[], None]:
    """Catch what nobody caught, on any thread; returns what takes the hooks away again.

    A `UserError` that slipped through becomes a notification. Anything else is logged, `flush` saves what is
    being edited, and a dialog says so.
    """
    before, before_thread = sys.excepthook, threading.excepthook
    shown: list[CrashDialog] = []

    def told(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            before(kind, error, trace)
            return
        if isinstance(root_cause(error), UserError):
            session.station.notifications.add_error(error)
            return
        log.critical("a defect was not caught", exc_info=(kind, error, trace))
        session.station.notifications.add_error(error)
        details = without_values(error)
        session.dispatcher.post(lambda: react(details))

    def react(details: str) -> None:
        saved = True
        if flush is not None:
            try:
                flush()
            except Exception:
                log.exception("the edit at the time of the defect could not be saved")
                saved = False
        if show and not shown:
            dialog = CrashDialog(details, saved, QApplication.activeWindow())
            shown.append(dialog)
            dialog.finished.connect(lambda _: shown.clear())
            dialog.open()

    def told_by_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            told(args.exc_type, args.exc_value, args.exc_traceback)

    def remove() -> None:
        sys.excepthook, threading.excepthook = before, before_thread

    sys.excepthook, threading.excepthook = told, told_by_thread
    return remove
