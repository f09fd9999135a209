"""The settings, made from the models' fields: title, bounds, unit, choices."""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import ValidationError
from pydantic.fields import FieldInfo
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QFormLayout, QLineEdit, QListWidget, QSpinBox, QStackedWidget, QWidget

from app.errors import UserError
from app.i18n import tr
from app.notifications import explain
from app.settings import THEMES, Appearance, Theme
from widgets.acts import Acts
from widgets.dialogs import Dialog
from widgets.elements import NoticeBox, column, label, row, scrolled

#: themes whose change is seen after the next start only
_NEXT_START = (Appearance,)


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

    def __init__(self, name: str, field: FieldInfo, value: Any) -> None:
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        self.name = name
        self.title = tr(field.title or name)
        unit = str(extra.get("unit") or "")
        self.widget: QWidget
        if get_origin(field.annotation) is Literal:
            self.widget = self._choice(get_args(field.annotation), extra.get("titles") or {}, value)
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

    @staticmethod
    def _choice(values: tuple[Any, ...], titles: Any, value: Any) -> QComboBox:
        made = QComboBox()
        for one in values:
            made.addItem(tr(str(titles.get(one, one))), one)
        made.setCurrentIndex(values.index(value))
        return made

    @staticmethod
    def _number(field: FieldInfo, unit: str, value: Any) -> QWidget:
        low, high = field_bounds(field)
        if field.annotation is int:
            whole = QSpinBox()
            whole.setRange(int(low), int(high))
            whole.setValue(int(value))
            whole.setGroupSeparatorShown(True)
            whole.setSuffix(f" {tr(unit)}" if unit else "")
            return whole
        broken = QDoubleSpinBox()
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


class ThemePage(QWidget):
    """One theme's fields."""

    def __init__(self, acts: Acts, model: type[Theme]) -> None:
        super().__init__()
        self.model = model
        store = acts.desk.station.settings
        self.before = store.get(model)
        fixed = store.overridden(model)
        allowed = model.right is None or acts.may(model.right)
        self.editors = [FieldEditor(name, field, getattr(self.before, name)) for name, field in model.model_fields.items()]
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
            form.addRow(title, editor.widget)
        heading = label(tr(model.title), size="title")
        notes = []
        if not allowed:
            notes.append(NoticeBox(tr("Your roles do not allow changing these settings."), "accent"))
        if model in _NEXT_START:
            notes.append(NoticeBox(tr("Language and colours change with the next start."), "accent"))
        self.setLayout(column(heading, *notes, form, None, gap=12, margins=(16, 4, 16, 8)))

    def changed(self) -> Theme | None:
        """The model with what was edited; None when nothing was.  `ValidationError` when a value is not allowed."""
        values = {editor.name: editor.value for editor in self.editors}
        after = self.model(**values)
        return after if after != self.before else None


def _reason(error: Any) -> str:
    """Why a value is not allowed, in the window's language: the validator's own words are English alone."""
    if error["type"] == "value_error":
        return tr(str(error["ctx"]["error"]))
    if error["type"] == "string_pattern_mismatch":  # the area code is the one field with a pattern
        return tr("six digits are expected, or nothing")
    if error["type"] == "string_too_long":
        return tr("at most {n} characters are allowed", n=error["ctx"]["max_length"])
    return tr("the value is not allowed")


class SettingsDialog(Dialog):
    """Themes at the left, fields at the right; saved together."""

    def __init__(self, acts: Acts, parent: QWidget | None) -> None:
        super().__init__(tr("Settings"), parent, width=820)
        self._acts = acts
        self.pages = [ThemePage(acts, model) for model in THEMES]
        self.list = QListWidget()
        self.list.setFixedWidth(190)
        self._stack = QStackedWidget()
        for page in self.pages:
            self.list.addItem(tr(page.model.title))
            self._stack.addWidget(scrolled(page))
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

    def page(self, model: type[Theme]) -> ThemePage:
        """The page of a theme."""
        return next(page for page in self.pages if page.model is model)

    def save(self) -> None:
        """Store what was changed; a wrong value is named and nothing is stored."""
        try:
            wanted = [changed for page in self.pages if (changed := page.changed()) is not None]
            for settings in wanted:
                self._acts.desk.station.settings.set(self._acts.desk.actor, settings)
        except ValidationError as error:
            first = error.errors()[0]
            field = str(first["loc"][0])
            title = next((e.title for p in self.pages for e in p.editors if e.name == field), field)
            self._tell(tr("“{field}”: {reason}", field=title, reason=_reason(first)))
            return
        except UserError as error:
            told = explain(error)
            self._tell(f"{told.message} {told.hint}".strip())
            return
        self.accept()

    def _tell(self, text: str) -> None:
        self.problem.tell(text, "danger")
        self.problem.show()
