"""One record: what it says, element by element, and where its images are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFrame

from app.i18n import language, local_moment, tr
from app.ports import DirectoryRecord
from widgets.command_ui import CommandUi
from widgets.elements import Elided, Section, chip, clear, label, push, row, scrolling_column
from widgets.panels.directory.record_words import (
    ElementInfo,
    record_state,
    record_values,
    tier_name,
    together,
    value_words,
)
from widgets.theme import REPORT_DOCK


class RecordPage(QFrame):
    """The page at the right of the directory."""

    def __init__(self, ui: CommandUi) -> None:
        super().__init__()
        self.setObjectName("dock")
        self.setFixedWidth(REPORT_DOCK - 100)
        self._ui = ui
        self._stack = scrolling_column(self, gap=0, margins=(0, 0, 0, 0))
        self.record: DirectoryRecord | None = None
        self.show_text(tr("Choose a record in the list; what it says appears here."))

    def show_text(self, text: str) -> None:
        """Show a line in place of a record."""
        self.record = None
        clear(self._stack)
        said = label(text, tone="muted", wrap=True)
        self._stack.addLayout(row(said, margins=(16, 16, 16, 16)))
        self._stack.addStretch(1)

    def show_record(
        self, record: DirectoryRecord, elements: Mapping[str, ElementInfo], *, local_study: str | None
    ) -> None:
        """Show a record."""
        self.record = record
        clear(self._stack)
        values = list(record_values(record.document))
        title = next((v for e, v in values if e == "resource_title"), record.identifier)
        head = Section()
        word, tone = record_state(record.state)
        names = ("area_name", "area_name_en") if language() == "zh" else ("area_name_en", "area_name")
        area = next((str(record.document[name]) for name in names if record.document.get(name)), "")
        version = record.document.get("version")
        facts = " · ".join(
            x for x in (tier_name(record.tier), area, tr("version {n}", n=version) if version else "") if x
        )
        state = row(chip(word, tone), Elided(facts, tone="muted"))
        head.add(label(title, size="title", wrap=True, select=True), state)
        if local_study is not None:
            here = chip(tr("Images are on this station"), "done")
            open_it = push(tr("Open local study"), icon_name="device-desktop-analytics", kind="primary")
            open_it.clicked.connect(lambda: self._ui.run("directory.open-study", record.identifier))
            head.add(row(here, None), row(open_it, None))
        else:
            head.add(label(tr("The images are not on this station."), tone="muted", wrap=True))
        self._stack.addWidget(head)
        copy = push(tr("Copy identifier"), kind="link")
        copy.clicked.connect(lambda: QApplication.clipboard().setText(record.identifier))
        head.add(row(copy, None))
        body = Section(tr("Basic metadata"))
        shown = {"resource_id": record.identifier}
        lines = [
            ("resource_id", shown["resource_id"]),
            *((e, value_words(e, v, elements)) for e, v in values if e != "resource_id"),
        ]
        place = {element_id: at for at, element_id in enumerate(elements)}
        for element_id, value in sorted(together(lines), key=lambda line: place.get(line[0], len(place))):
            info = elements.get(element_id)
            name = label(info.name if info else element_id, tone="muted", wrap=True)
            name.setFixedWidth(104)
            name.setToolTip(info.definition if info else "")
            unbroken = max((len(word) for word in value.split()), default=0)
            text = (
                Elided(value, mode=Qt.TextElideMode.ElideMiddle)
                if unbroken > 26 and value.isascii()
                else label(value, wrap=True, select=True)
            )
            if isinstance(text, Elided):
                text.setToolTip(value)
            line = row(gap=12)
            line.addWidget(name, 0, Qt.AlignmentFlag.AlignTop)
            line.addWidget(text, 1, Qt.AlignmentFlag.AlignTop)
            body.add(line)
        self._stack.addWidget(body)
        steps = record.document.get("history") or ()
        if steps:
            self._stack.addWidget(_history(steps))
        self._stack.addStretch(1)


def _history(steps: Sequence[Mapping[str, Any]]) -> Section:
    """Steps of a record, the latest first; a reviewer's reason stands below its step."""
    section = Section(tr("Steps"))
    for step in reversed(steps):
        word, tone = record_state(str(step.get("to_state") or ""))
        facts = " · ".join(
            x for x in (local_moment(str(step.get("at") or "")), str(step.get("actor") or "")) if x
        )
        section.add(row(chip(word, tone), None), Elided(facts, tone="muted"))
        if step.get("comment"):
            section.add(label(str(step["comment"]), wrap=True, select=True))
    return section
