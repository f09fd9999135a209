"""What this station has registered, what waits to be sent, and what the county refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLayout, QWidget

from app.archive.service import ArchiveService
from app.directory.service import DirectoryService, OutboxRow
from app.errors import UserError
from app.i18n import tr
from widgets.command_ui import CommandUi
from widgets.elements import Clickable, Section, chip, clear, column, label, push, row, scrolling_column
from widgets.panels.directory.record_words import record_state

#: of what was registered the newest are listed; the others are found by searching
SHOWN = 200


@dataclass(frozen=True, slots=True)
class _Found:
    """Rows, and the words of their studies."""

    waiting: Sequence[OutboxRow]
    refused: Sequence[OutboxRow]
    sent: Sequence[tuple[str, str, str]]
    words: Mapping[str, str]


class Registrations(QWidget):
    """The second room of the directory; `record_asked` with the identifier that a person wants to look at."""

    record_asked = Signal(str)

    def __init__(self, ui: CommandUi) -> None:
        super().__init__()
        self._ui = ui
        self._words: Mapping[str, str] = {}
        self._generation = 0
        self._stack = scrolling_column(self, gap=12, margins=(24, 16, 24, 16))

    def forget(self) -> None:
        """Show nothing, and nothing that is under way."""
        self._generation += 1
        clear(self._stack)

    def look(self) -> None:
        """Fetch and show what is there now."""
        session = self._ui.session
        if not session.user.is_logged_in:
            return
        self._generation += 1
        generation, actor, station = self._generation, session.user.actor, session.station

        def words(study_uid: str) -> str:
            try:
                study = station.get(ArchiveService).study(actor, study_uid)
            except UserError:  # not here any more, or not for this person to see
                return study_uid
            return f"{study.patient.display_name} · {study.description}"

        def fetch() -> _Found:
            waiting, refused = (
                station.get(DirectoryService).outbox(actor),
                station.get(DirectoryService).refused(actor),
            )
            sent = station.get(DirectoryService).registrations(actor)
            uids = {*(one.study_uid for one in (*waiting, *refused)), *(uid for _, uid, _ in sent[:SHOWN])}
            return _Found(waiting, refused, sent, {uid: words(uid) for uid in uids})

        self._ui.quietly(fetch, lambda found: self._fill(found) if generation == self._generation else None)

    def _fill(self, found: _Found) -> None:
        waiting, refused, sent = found.waiting, found.refused, found.sent
        self._words = found.words
        clear(self._stack)
        outbox = Section(tr("Waiting in the outbox {n}", n=len(waiting)))
        send = self._ui.button("directory.send", text=tr("Send now"))
        send.setVisible(bool(waiting))
        outbox.head.addWidget(send)
        if not waiting:
            outbox.add(label(tr("Nothing waits: everything was sent."), tone="muted"))
        for one in waiting:
            outbox.add(self._waiting_card(one))
        self._stack.addWidget(outbox)
        if refused:
            back = Section(tr("Refused by the county {n}", n=len(refused)))
            back.add(
                label(
                    tr("Open the study, mend what is named and register it again."), tone="muted", wrap=True
                )
            )
            for one in refused:
                back.add(self._refused_card(one))
            self._stack.addWidget(back)
        mine = Section(tr("Registered {n}", n=len(sent)))
        if not sent:
            words = tr(
                "No study of this station is registered yet. Open a study with an approved report and "
                "register it here."
            )
            mine.add(label(words, tone="muted", wrap=True))
        for identifier, study_uid, state in sent[:SHOWN]:
            mine.add(self._sent_card(identifier, study_uid, state))
        self._stack.addWidget(mine)
        self._stack.addStretch(1)

    def _waiting_card(self, one: OutboxRow) -> QWidget:
        error = label(one.last_error, tone="amber", wrap=True)
        error.setVisible(bool(one.last_error))
        head = row(
            label(self._words[one.study_uid], size="strong"),
            None,
            chip(tr("Attempts: {n}", n=one.tries), "amber"),
        )
        return _card(column(head, error, gap=4, margins=(12, 8, 12, 8)))

    def _refused_card(self, one: OutboxRow) -> QWidget:
        open_it = push(tr("Open local study"))
        open_it.clicked.connect(lambda: self._ui.run("study.open", one.study_uid))
        words = column(
            label(self._words[one.study_uid], size="strong"),
            label(one.last_error, tone="danger", wrap=True),
            gap=4,
        )
        line = row(words, chip(tr("Refused"), "danger"), open_it, gap=12, margins=(12, 8, 12, 8))
        line.setStretch(0, 1)
        return _card(line)

    def _sent_card(self, identifier: str, study_uid: str, state: str) -> QWidget:
        word, tone = record_state(state)
        open_it = push(tr("Open local study"))
        open_it.clicked.connect(lambda: self._ui.run("directory.open-study", identifier))
        show = push(tr("Show record"))
        show.clicked.connect(lambda: self.record_asked.emit(identifier))
        words = column(
            label(self._words[study_uid], size="strong"), label(identifier, tone="muted", select=True), gap=2
        )
        return _card(row(words, None, chip(word, tone), show, open_it, gap=12, margins=(12, 8, 12, 8)))


def _card(line: QLayout) -> QWidget:
    card = Clickable()
    card.setObjectName("card")
    card.setLayout(line)
    return card
