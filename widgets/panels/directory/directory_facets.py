"""Narrowing a search down: values of each facet with how many records have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QCheckBox, QFrame

from app.i18n import tr
from widgets.elements import clear, label, push, row, scrolling_column
from widgets.panels.directory.record_words import TIERS, facet_title

#: what one asks for first
_ORDER = ("tier", "area", "category", "subject", "security", "format")
#: values of a facet that are shown, besides those that are chosen
SHOWN = 12

Facets = Mapping[str, Sequence[tuple[str, str, int]]]


class FacetPanel(QFrame):
    """Boxes to tick; `changed` when a person ticked one.  What is chosen stays in sight, whatever the others
    leave of it.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("facets")
        self._stack = scrolling_column(self, gap=4, margins=(16, 16, 16, 16))
        self._chosen: dict[str, dict[str, str]] = {}
        self.boxes: dict[tuple[str, str], QCheckBox] = {}
        self.show_facets({})

    def filters(self) -> dict[str, list[str]]:
        """Facet → codes that are chosen."""
        return {name: sorted(codes) for name, codes in self._chosen.items() if codes}

    def forget(self) -> None:
        """Choose nothing."""
        self._chosen = {}

    def show_facets(self, facets: Facets) -> None:
        """Show counts; without any, say when they come."""
        clear(self._stack)
        self.boxes = {}
        if not facets:
            self._stack.addWidget(label(tr("Filters appear with the first answer."), tone="muted", wrap=True))
        for name in sorted({*facets, *self.filters()} if facets else (), key=_place):
            self._add(name, facets.get(name, ()))
        if facets and self.filters():
            every = push(tr("Clear filters"), kind="link")
            every.clicked.connect(self._clear)
            self._stack.addLayout(row(every, None))
        self._stack.addStretch(1)

    def _add(self, name: str, values: Sequence[tuple[str, str, int]]) -> None:
        chosen = self._chosen.setdefault(name, {})
        counted = {code for code, _, _ in values}
        shown = [value for at, value in enumerate(values) if at < SHOWN or value[0] in chosen]
        shown += [(code, title, 0) for code, title in chosen.items() if code not in counted]
        if name == "tier":
            shown.sort(key=lambda value: TIERS.index(value[0]) if value[0] in TIERS else len(TIERS))
        if not shown:
            return
        self._stack.addWidget(label(facet_title(name), tone="muted"))
        for code, title, count in shown:
            box = QCheckBox()
            box.setToolTip(title or code)
            box.setAccessibleName(title or code)
            self._fit(box)
            box.setChecked(code in chosen)
            box.toggled.connect(lambda on, n=name, c=code, t=title or code: self._choose(n, c, t, on=on))
            self.boxes[name, code] = box
            self._stack.addLayout(row(box, None, label(f"{count:,}", tone="muted")))
        self._stack.addSpacing(12)

    def _fit(self, box: QCheckBox) -> None:
        """As much of the name as leaves room for the count."""
        box.setText(
            box.fontMetrics().elidedText(box.toolTip(), Qt.TextElideMode.ElideRight, self.width() - 84)
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for box in self.boxes.values():
            self._fit(box)

    def _choose(self, name: str, code: str, title: str, *, on: bool) -> None:
        chosen = self._chosen.setdefault(name, {})
        if on:
            chosen[code] = title
        else:
            chosen.pop(code, None)
        self.changed.emit()

    def _clear(self) -> None:
        self.forget()
        self.changed.emit()


def _place(name: str) -> tuple[int, str]:
    return (next((i for i, known in enumerate(_ORDER) if name.startswith(known)), len(_ORDER)), name)
