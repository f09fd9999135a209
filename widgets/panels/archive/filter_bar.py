"""What the worklist is asked for: the words typed, stages and narrowings as chips, modalities."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QButtonGroup, QMenu, QPushButton, QWidget

from app.domain.worklist import Narrowing, Stage, WorklistCounts, WorklistQuery
from app.i18n import tr
from widgets.elements import SearchLine, push, row, rule
from widgets.panels.archive.study_cells import narrowing_title, stage_title


class FilterBar(QWidget):
    """`asked` with the question when it was changed here; the order of the list is not its business."""

    asked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._query = WorklistQuery()
        self._counts = WorklistCounts()
        self.search_line = SearchLine(tr("Name, pinyin, number, examination, date"))
        self.search_line.setMinimumWidth(280)
        self.search_line.setMaximumWidth(420)
        self.search_line.textChanged.connect(lambda text: self._ask(text=text))
        self.stages: dict[Stage, QPushButton] = {}
        self._group = QButtonGroup(self)
        for stage in Stage:
            made = _chip(stage_title(stage))
            made.clicked.connect(partial(self._ask_stage, stage))
            self._group.addButton(made)
            self.stages[stage] = made
        self.narrowings: dict[Narrowing, QPushButton] = {}
        for narrowing in Narrowing:
            made = _chip(narrowing_title(narrowing))
            made.clicked.connect(self._ask_narrowed)
            self.narrowings[narrowing] = made
        self.modality = push(tr("Modality"), kind="menu")
        self._modality_menu = QMenu(self.modality)
        self.modality.setMenu(self._modality_menu)
        line = rule(upright=True)
        line.setFixedHeight(20)
        self.setLayout(
            row(*self.stages.values(), 4, line, 4, *self.narrowings.values(), self.modality, None, gap=8)
        )
        self.show_query(self._query)
        self.show_counts(self._counts)

    @property
    def query(self) -> WorklistQuery:
        """What is asked for now."""
        return self._query

    def show_query(self, query: WorklistQuery) -> None:
        """Show a question in the bar, without asking it."""
        self._query = query
        before = self.search_line.blockSignals(True)
        if self.search_line.text() != query.text:
            self.search_line.setText(query.text)
        self.search_line.blockSignals(before)
        self.stages[query.stage].setChecked(True)
        for narrowing, made in self.narrowings.items():
            made.setChecked(narrowing in query.narrowed)
        self.modality.setText(query.modality or tr("Modality"))
        self._fill_modalities()
        self._show_deleted()

    def show_counts(self, counts: WorklistCounts) -> None:
        """How many studies each chip has."""
        self._counts = counts
        for stage, made in self.stages.items():
            made.setText(f"{stage_title(stage)} {counts.stages.get(stage, 0):,}")
        for narrowing, made in self.narrowings.items():
            made.setText(f"{narrowing_title(narrowing)} {counts.narrowed.get(narrowing, 0):,}")
        self._fill_modalities()
        self._show_deleted()

    def _show_deleted(self) -> None:
        """Nobody looks for what is not there."""
        here = self._counts.stages.get(Stage.DELETED, 0) > 0 or self._query.stage is Stage.DELETED
        self.stages[Stage.DELETED].setVisible(here)

    def _fill_modalities(self) -> None:
        self._modality_menu.clear()
        known = {*self._counts.modalities, *([self._query.modality] if self._query.modality else [])}
        for name in ("", *sorted(known)):
            action = QAction(name or tr("All modalities"), self._modality_menu)
            action.setCheckable(True)
            action.setChecked(name == self._query.modality)
            action.triggered.connect(partial(self._ask_modality, name))
            self._modality_menu.addAction(action)

    def _ask_stage(self, stage: Stage, *_: bool) -> None:
        self._ask(stage=stage)

    def _ask_narrowed(self) -> None:
        self._ask(narrowed=frozenset(n for n, made in self.narrowings.items() if made.isChecked()))

    def _ask_modality(self, name: str, *_: bool) -> None:
        self._ask(modality=name)

    def clear(self) -> None:
        """Ask for everything, in the order that is."""
        self._ask(text="", stage=Stage.ALL, narrowed=frozenset(), modality="")
        self.search_line.setFocus()

    def ask_for(self, query: WorklistQuery, *_: bool) -> None:
        """Ask for what a filter does, in the order that is."""
        asks = {"text": query.text, "stage": query.stage, "narrowed": query.narrowed}
        self._ask(**asks, modality=query.modality)

    def _ask(self, **changed: object) -> None:
        query = replace(self._query, **changed)  # type: ignore[arg-type]
        if query != self._query:
            self.show_query(query)
            self.asked.emit(query)


def _chip(title: str) -> QPushButton:
    made = push(title, kind="chip")
    made.setCheckable(True)
    return made
