"""Filters that a person saved: chosen from a menu, saved under a name, deleted."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QLineEdit, QMenu, QWidget

from app.archive.worklist_service import WorklistService
from app.archive.worklist_views import LONGEST_NAME, ListLayout, WorklistViews, asked_alike
from app.domain.worklist import WorklistQuery
from app.i18n import tr
from widgets.command_ui import CommandUi
from widgets.elements import label, push
from widgets.form_dialog import FormDialog
from widgets.panels.archive.filter_bar import FilterBar
from widgets.panels.archive.study_cells import narrowing_title, stage_title


class SavedFilters(QObject):
    """`button` has the menu; `layout_came` with the list as the person left it, once after the log-in."""

    layout_came = Signal(object)

    def __init__(self, ui: CommandUi, bar: FilterBar) -> None:
        super().__init__(bar)
        self._ui = ui
        self._bar = bar
        self.filters: dict[str, WorklistQuery] = {}
        #: what is stored of the person is here
        self.is_loaded = False
        self.button = push(tr("Filters"), kind="menu", tip=tr("Filters that you saved"))
        self._menu = QMenu(self.button)
        self._menu.aboutToShow.connect(self._fill)
        self.button.setMenu(self._menu)

    def load(self) -> None:
        """Read what is stored of whoever is logged in."""
        self.filters, self.is_loaded = {}, False
        if not self._ui.session.user.is_logged_in:
            return
        worklist, actor = self._worklist, self._ui.session.user.actor

        def came(views: WorklistViews) -> None:
            if self._ui.session.user.is_logged_in and self._ui.session.user.actor == actor:
                self.filters, self.is_loaded = dict(views.filters), True
                self.layout_came.emit(views.layout)

        self._ui.quietly(lambda: worklist.views(actor), came)

    def keep_layout(self, layout: ListLayout) -> None:
        """Keep the list as it is now, in the background."""
        worklist, actor = self._worklist, self._ui.session.user.actor
        # one after the other: the last one stays
        self._ui.quietly(lambda: worklist.keep_layout(actor, layout), lambda _: None, behind=True)

    @property
    def _worklist(self) -> WorklistService:
        return self._ui.session.station.get(WorklistService)

    def _fill(self) -> None:
        self._menu.clear()
        now = self._bar.query
        for name, query in self.filters.items():
            action = self._menu.addAction(name.replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(asked_alike(query, now))
            action.setToolTip(query_text(query))
            action.triggered.connect(partial(self._bar.ask_for, query))
        if not self.filters:
            self._menu.addAction(tr("You have saved no filter yet")).setEnabled(False)
        self._menu.addSeparator()
        keep = self._menu.addAction(tr("Save what is chosen now…"), self.open_save)
        keep.setEnabled(now.is_narrow)
        if self.filters:
            gone = self._menu.addMenu(tr("Delete filter"))
            for name in self.filters:
                gone.addAction(name.replace("&", "&&"), partial(self.remove, name))

    def open_save(self) -> None:
        """Ask for the name."""
        dialog = _NameDialog(self._ui, self._bar.query, frozenset(self.filters), self._bar)
        dialog.saved.connect(self._saved)
        dialog.open()

    def _saved(self, name: str, query: WorklistQuery) -> None:
        self.filters = dict(sorted({**self.filters, name: query}.items()))

    def remove(self, name: str) -> None:
        """Delete a filter."""
        worklist, actor = self._worklist, self._ui.session.user.actor
        self.filters.pop(name, None)
        self._ui.quietly(lambda: worklist.remove_filter(actor, name), lambda _: None)


def query_text(query: WorklistQuery) -> str:
    """What a filter asks for, in words."""
    parts = [stage_title(query.stage), *(narrowing_title(one) for one in sorted(query.narrowed))]
    return " · ".join(x for x in (*parts, query.modality, query.text) if x)


class _NameDialog(FormDialog):
    """The name of a filter; one that is there already is replaced, and the dialog says so."""

    saved = Signal(str, object)

    def __init__(self, ui: CommandUi, query: WorklistQuery, names: frozenset[str], parent: QWidget) -> None:
        super().__init__(ui, tr("Save filter"), tr("Save"), parent)
        self._query, self._names = query, names
        self.name = QLineEdit()
        self.name.setMaxLength(LONGEST_NAME)
        self.name.setPlaceholderText(tr("Name of the filter"))
        self.name.setAccessibleName(tr("Name of the filter"))
        self.name.textChanged.connect(self._tell)
        self.told = label("", tone="muted", wrap=True)
        self.add_parts(label(query_text(query), wrap=True), self.name, self.told)
        self.name.setFocus()

    def _tell(self, typed: str) -> None:
        there = " ".join(typed.split()) in self._names
        self.told.setText(tr("The filter of this name is replaced.") if there else "")

    def act(self) -> Callable[[], Any] | str:
        name, worklist = self.name.text(), self._ui.session.station.get(WorklistService)
        actor, query = self._ui.session.user.actor, self._query
        return (lambda: worklist.save_filter(actor, name, query)) if name.strip() else tr("Type a name.")

    def done_with(self, result: object) -> None:
        """Say under which name it was saved."""
        self.saved.emit(str(result), self._query)
