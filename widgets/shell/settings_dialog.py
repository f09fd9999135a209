"""The settings, made from the models' fields: title, bounds, unit, choices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import ValidationError
from pydantic.fields import FieldInfo
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QLineEdit,
    QListWidget,
    QSpinBox,
    QStackedWidget,
    QWidget,
)
from shiboken6 import isValid

from app.i18n import tr
from app.notifications import explain
from app.settings import SettingsGroup
from widgets.command_ui import CommandUi
from widgets.dialogs import Dialog
from widgets.elements import column, label, row, scrolled
from widgets.notices import NoticeBox
from widgets.number_fields import NumberField, WholeField
from widgets.shell.keys_page import KeysPage

#: values with their titles, English texts and translation keys
Choices = Sequence[tuple[Any, str]]


def field_bounds(field: FieldInfo) -> tuple[float, float]:
    """(lowest, highest) value a field takes."""
    low, high = -1e9, 1e9
    for bound in field.metadata:
        if isinstance(bound, Ge):
            low = float(bound.ge)  # type: ignore[arg-type]
        elif isinstance(bound, Gt):
            low = float(bound.gt)  # type: ignore[arg-type]
        elif isinstance(bound, Le):
            high = float(bound.le)  # type: ignore[arg-type]
        elif isinstance(bound, Lt):
            high = float(bound.lt)  # type: ignore[arg-type]
    return low, high


class FieldEditor:
    """One field: its editor, and how a value goes in and out."""

    def __init__(self, name: str, field: FieldInfo, value: Any, lists: Mapping[str, Choices]) -> None:
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        self.next_start = bool(extra.get("next_start"))
        self.name = name
        self.title = " ".join(x for x in (str(extra.get("number") or ""), tr(field.title or name)) if x)
        unit = str(extra.get("unit") or "")
        self.expected = str(extra.get("expected") or "")
        self.widget: QWidget
        titles: Any = extra.get("titles") or {}
        if get_origin(field.annotation) is Literal:
            choices = [(one, str(titles.get(one, one))) for one in get_args(field.annotation)]
            self.widget = self._choice(choices, value)
        elif extra.get("choices"):
            self.widget = self._choice(lists[str(extra["choices"])], value)
        elif field.annotation is bool:
            self.widget = QCheckBox(self.title)
            self.widget.setChecked(bool(value))
        elif field.annotation in (int, float):
            self.widget = self._number(field, unit, value)
        else:
            self.widget = QLineEdit(str(value))
            limit = next((m.max_length for m in field.metadata if hasattr(m, "max_length")), None)
            if limit:
                self.widget.setMaxLength(limit)
        self.widget.setAccessibleName(self.title)
        self.tip = tr(str(extra.get("tip") or "")) if extra.get("tip") else ""
        self.widget.setToolTip(self.tip)

    @staticmethod
    def _choice(choices: Choices, value: Any) -> QComboBox:
        made = QComboBox()
        for one, title in choices:
            made.addItem(tr(title), one)
        made.setCurrentIndex(max(made.findData(value), 0))
        return made

    @staticmethod
    def _number(field: FieldInfo, unit: str, value: Any) -> QWidget:
        low, high = field_bounds(field)
        if field.annotation is int:
            whole = WholeField()
            whole.setRange(int(low), int(high))
            whole.setValue(int(value))
            whole.setGroupSeparatorShown(True)
            whole.setSuffix(f" {tr(unit)}" if unit else "")
            return whole
        broken = NumberField()
        broken.setDecimals(1)
        broken.setRange(low, high)
        broken.setSingleStep(0.5)
        broken.setValue(float(value))
        broken.setSuffix(f" {tr(unit)}" if unit else "")
        return broken

    @property
    def value(self) -> Any:
        """What the editor holds."""
        widget = self.widget
        if isinstance(widget, QComboBox):
            return widget.currentData()
        if isinstance(widget, QCheckBox):
            return widget.isChecked()
        if isinstance(widget, QSpinBox | QDoubleSpinBox):
            return widget.value()
        assert isinstance(widget, QLineEdit)
        return widget.text().strip()


class SettingsPage(QWidget):
    """One group's fields."""

    def __init__(self, ui: CommandUi, model: type[SettingsGroup]) -> None:
        super().__init__()
        self.model = model
        store = ui.session.station.settings
        self.before = store.get(model)
        fixed = store.overridden(model)
        allowed = model.right is None or ui.may(model.right)
        tools = [(tool.tool_id, tool.title) for tool in ui.session.tools if tool.in_row]
        lists = {"tools": tools}
        self.editors = [
            FieldEditor(name, field, getattr(self.before, name), lists)
            for name, field in model.model_fields.items()
        ]
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(10)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        for editor in self.editors:
            editor.widget.setEnabled(allowed and editor.name not in fixed)
            if editor.name in fixed:
                editor.widget.setToolTip(tr("Set by the environment of this station"))
            title = label("" if isinstance(editor.widget, QCheckBox) else editor.title, wrap=True)
            title.setFixedWidth(220)
            title.setToolTip(editor.tip)
            form.addRow(title, editor.widget)
        heading = label(tr(model.title), size="title")
        notes = []
        if not allowed:
            notes.append(NoticeBox(tr("Your roles do not allow changing these settings."), "accent"))
        if late := [editor.title for editor in self.editors if editor.next_start]:
            notes.append(NoticeBox(_next_start_words(late, whole=len(late) == len(self.editors)), "accent"))
        self.setLayout(column(heading, *notes, form, None, gap=12, margins=(16, 4, 16, 8)))

    def changed(self) -> SettingsGroup | None:
        """The model with what was edited; None when nothing was.  `ValidationError` when a value is not
        allowed.
        """
        values = {editor.name: editor.value for editor in self.editors}
        after = self.model(**values)
        return after if after != self.before else None


def _next_start_words(titles: Sequence[str], *, whole: bool) -> str:
    if whole:
        return tr("Changes on this page are in force from the next start.")
    return tr("In force from the next start: {fields}.", fields=tr(", ").join(titles))


def _reason(error: Any, expected: str) -> str:
    """Why a value is not allowed, in the window's language: the validator's own words are English alone."""
    if error["type"] == "value_error":
        return tr(str(error["ctx"]["error"]))
    if error["type"] == "string_pattern_mismatch" and expected:
        return tr(expected)
    if error["type"] == "string_too_long":
        return tr("at most {n} characters are allowed", n=error["ctx"]["max_length"])
    return tr("the value is not allowed")


class SettingsDialog(Dialog):
    """Groups at the left, fields at the right; saved together."""

    def __init__(self, ui: CommandUi, parent: QWidget | None) -> None:
        super().__init__(tr("Settings"), parent, width=820)
        self._ui = ui
        self.pages = [SettingsPage(ui, model) for model in ui.session.station.settings.groups]
        self.list = QListWidget()
        self.list.setFixedWidth(190)
        self._stack = QStackedWidget()
        for page in self.pages:
            self.list.addItem(tr(page.model.title))
            self._stack.addWidget(scrolled(page))
        self.keys = KeysPage(ui)
        self.list.addItem(tr("Keys and mouse"))
        self._stack.addWidget(scrolled(self.keys))
        self.list.currentRowChanged.connect(self._stack.setCurrentIndex)
        self.list.setCurrentRow(0)
        self.problem = NoticeBox("", "danger")
        self.problem.hide()
        line = row(self.list, self._stack, gap=12)
        line.setStretch(1, 1)
        self.body.addLayout(line)
        self.body.addWidget(self.problem)
        self._stack.setMinimumHeight(420)
        cancel = self.add_button(tr("Cancel"))
        cancel.clicked.connect(self.reject)
        self.save_button = self.add_button(tr("Save"), kind="primary", icon_name="check", default=True)
        self.save_button.clicked.connect(self.save)

    def page(self, model: type[SettingsGroup]) -> SettingsPage:
        """The page of a group."""
        return next(page for page in self.pages if page.model is model)

    def save(self) -> None:
        """Store what was changed; a wrong value is named and nothing is stored."""
        try:
            wanted = [changed for page in self.pages if (changed := page.changed()) is not None]
        except ValidationError as error:
            first = error.errors()[0]
            page = next(page for page in self.pages if page.model.__name__ == error.title)
            editor = next(e for e in page.editors if e.name == first["loc"][0])
            reason = _reason(first, editor.expected)
            self._tell(tr("“{field}”: {reason}", field=editor.title, reason=reason))
            return
        settings, actor = self._ui.session.station.settings, self._ui.session.user.actor

        def stored(_: None) -> None:
            settings.announce(*wanted)
            if isValid(self):
                self.accept()

        self.keys.keep()
        self.save_button.setEnabled(False)
        self._ui.quietly(lambda: settings.write(actor, *wanted), stored, failed=self._refused)

    def _refused(self, error: BaseException) -> None:
        if isValid(self):
            told = explain(error)
            self.save_button.setEnabled(True)
            self._tell(f"{told.message} {told.hint}".strip())

    def _tell(self, text: str) -> None:
        self.problem.tell(text, "danger")
        self.problem.show()
