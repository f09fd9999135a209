"""A score: its fields, the result as they are filled, and the sentence for the report."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from app.domain.measurement import Measurement
from app.domain.report import Report
from app.errors import BadInput
from app.i18n import language, tr
from app.notifications import explain
from app.reporting.scores import SCORES, scores_for
from app.reporting.scores.evidence import Size, from_patient, sentence, sizes
from app.reporting.scores.form import Score, ScoreField, ScoreResult, reasoning, worded
from widgets.dialogs import Dialog
from widgets.elements import Choice, column, label, row, scrolled
from widgets.notices import NoticeBox

_NAME_PX = 250


class _FormChoice(Choice):
    """As wide as the form lets it be; the wheel scrolls the form, and changes no input."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(12)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class ScoreInput(QWidget):
    """A line of the form: the field's name, and a choice or a number."""

    changed = Signal()

    def __init__(self, field: ScoreField) -> None:
        super().__init__()
        self.field = field
        name = label(worded(field.title, language()), tone="muted", wrap=True)
        name.setFixedWidth(_NAME_PX)
        self.choice = self.line = None
        if field.options:
            self.choice = _FormChoice()
            self.choice.addItem(tr("not stated"), "")
            for option in field.options:
                self.choice.addItem(worded(option.title, language()), option.value)
            self.choice.currentIndexChanged.connect(lambda _: self.changed.emit())
            part: QWidget = self.choice
            after = label(tr("optional") if field.optional else "", tone="muted")
        else:
            self.line = QLineEdit()
            self.line.setPlaceholderText(tr("not stated"))
            self.line.textChanged.connect(lambda _: self.changed.emit())
            part = self.line
            unit = worded(field.unit, language())
            after = label(f"{unit} · {tr('optional')}" if field.optional else unit, tone="muted")
        part.setAccessibleName(worded(field.title, language()))
        after.setFixedWidth(80)
        line = row(name, part, after, gap=12)
        line.setStretch(1, 1)
        self.setLayout(line)

    @property
    def given(self) -> str:
        """What is chosen or typed; "" where nothing is."""
        if self.choice is not None:
            return str(self.choice.currentData())
        return self.line.text().strip() if self.line is not None else ""

    def fill(self, value: object) -> None:
        """Show a value."""
        if self.choice is not None:
            self.choice.setCurrentIndex(max(self.choice.findData(value), 0))
        elif self.line is not None:
            self.line.setText(f"{value:g}" if isinstance(value, float) else str(value))


class ScoreDialog(Dialog):
    """One score for a report: chosen, filled, inserted.  `taken` hands the sentence out, as inlines."""

    taken = Signal(object)

    def __init__(self, report: Report, parent: QWidget | None) -> None:
        super().__init__(tr("Score"), parent, width=720)
        self._report = report
        self._sizes = sizes(report.measurements)
        self.inputs: dict[str, ScoreInput] = {}
        self._filling = False
        self.score: Score = SCORES[0]
        self.outcome = ScoreResult(None)
        self.choose = _FormChoice()
        self.choose.setAccessibleName(tr("Score"))
        for score in scores_for(report.header.modality, report.header.body_part):
            self.choose.addItem(
                f"{score.name} {worded(score.version, language())} · {worded(score.title, language())}",
                score.score_id,
            )
        self.measured = _FormChoice()
        self.measured.setAccessibleName(tr("Take the size from a measurement"))
        self.measured.addItem(tr("typed by hand"), None)
        for size in self._sizes:
            self.measured.addItem(f"{size.measurement.label} · {_lengths(size)}", size)
        self.measured.currentIndexChanged.connect(lambda _: self._measurement_chosen())
        measured_name = label(tr("Take the size from a measurement"), tone="muted", wrap=True)
        measured_name.setFixedWidth(_NAME_PX)
        self.from_measurement = QWidget()
        line = row(measured_name, self.measured, gap=12)
        line.setStretch(1, 1)
        self.from_measurement.setLayout(line)
        self._form = column(gap=8)
        content = QWidget()
        content.setLayout(column(self.from_measurement, self._form, None, gap=8, margins=(0, 0, 12, 0)))
        self.area = scrolled(content)
        self.area.setMinimumHeight(320)
        self.told = NoticeBox("", "amber")
        self.why = label("", tone="muted", wrap=True)
        self.caution = NoticeBox(
            tr("Only one axis was measured: the score asks for the mean of both."), "amber"
        )
        for part in (self.choose, self.area, self.told, self.why, self.caution):
            self.body.addWidget(part)
        self.body.setStretch(1, 1)
        cancel = self.add_button(tr("Cancel"))
        cancel.clicked.connect(self.reject)
        self.take = self.add_button(tr("Insert"), kind="primary", icon_name="check", default=True)
        self.take.setToolTip(tr("Put the sentence into the section edited last"))
        self.take.clicked.connect(self.insert)
        self.choose.currentIndexChanged.connect(lambda _: self._score_chosen())
        self._score_chosen()
        self.resize(720, 720)

    # -- filling --------------------------------------------------------------------------------------------

    def _score_chosen(self) -> None:
        chosen = self.choose.currentData()
        self.score = next(score for score in SCORES if score.score_id == chosen)
        for each in self.inputs.values():
            self._form.removeWidget(each)
            each.hide()
            each.deleteLater()
        self.inputs = {}
        self._filling = True
        for field in self.score.fields:
            made = ScoreInput(field)
            made.changed.connect(self._input_changed(field))
            self._form.addWidget(made)
            self.inputs[field.name] = made
        for name, value in from_patient(self.score, self._report).items():
            self.inputs[name].fill(value)
        self.measured.setCurrentIndex(self._sure())
        self._take_size()
        self._filling = False
        self.look()

    def _sized(self) -> ScoreField | None:
        """The field that a measurement fills."""
        return next((field for field in self.score.fields if field.source == "length"), None)

    def _sure(self) -> int:
        """The only measurement, where it says what the field asks for."""
        field = self._sized()
        if field is None or len(self._sizes) != 1 or (field.mean and self._sizes[0].axes < 2):
            return 0
        return 1

    def _input_changed(self, field: ScoreField) -> Callable[[], None]:
        def changed() -> None:
            if self._filling:
                return
            size = self._size()
            if (
                field.source == "length"
                and size is not None
                and self.inputs[field.name].given != _figure(size.of(field))
            ):
                self._filling = True
                self.measured.setCurrentIndex(0)
                self._filling = False
            self.look()

        return changed

    def _size(self) -> Size | None:
        found = self.measured.currentData()
        return found if isinstance(found, Size) else None

    def _measurement_chosen(self) -> None:
        if not self._filling:
            self._filling = True
            self._take_size()
            self._filling = False
            self.look()

    def _take_size(self) -> None:
        field, size = self._sized(), self._size()
        if field is not None and size is not None:
            self.inputs[field.name].fill(_figure(size.of(field)))

    # -- result ---------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Show the fields that matter now, and what they give."""
        given = {name: each.given for name, each in self.inputs.items() if each.given}
        asked = {field.name for field in self.score.asked(dict(given))}
        for name, each in self.inputs.items():
            each.setVisible(name in asked)
        field = self._sized()
        sized = field is not None and field.name in asked
        self.from_measurement.setVisible(sized and bool(self._sizes))
        try:
            self.outcome = self.score.result({name: value for name, value in given.items() if name in asked})
        except BadInput as error:
            self.outcome = ScoreResult(None)
            self._tell(self._named(explain(error).message), "danger")
        else:
            self._tell(*self._words())
        self.why.setText(" → ".join(reasoning(self.score, self.outcome, language())))
        self.why.setVisible(bool(self.why.text()))
        used = self.used_measurement()
        size = self._size()
        self.caution.setVisible(
            used is not None and field is not None and field.mean and size is not None and size.axes < 2
        )
        self.take.setEnabled(self.outcome.category is not None)

    def _tell(self, text: str, tone: str) -> None:
        self.told.tell(text, tone)  # type: ignore[arg-type]

    def _named(self, message: str) -> str:
        """A message with the field's title for its name."""
        for name, each in self.inputs.items():
            if message.startswith(f"{name} "):
                return worded(each.field.title, language()) + message[len(name) :]
        return message

    def _words(self) -> tuple[str, str]:
        """The result in words, and its tone."""
        result, chosen = self.outcome, language()
        if result.category is not None:
            said = [tr("Category {category}", category=result.category)]
            if result.meaning and result.meaning != result.management:
                said[0] += f" · {worded(result.meaning, chosen)}"
            return "\n".join([*said, worded(result.management, chosen)]), "done"
        if result.why is not None:
            return f"{tr('Undecidable')}\n{result.why.words(chosen)}", "amber"
        titles = [worded(self.score.field(name).title, chosen) for name in result.missing]
        return f"{tr('Undecidable')}\n{tr('State: {names}', names=tr(', ').join(titles))}", "amber"

    def used_measurement(self) -> Measurement | None:
        """The measurement whose size decided."""
        field, size = self._sized(), self._size()
        if field is None or size is None or field.name not in dict(self.outcome.used):
            return None
        return size.measurement

    def insert(self) -> None:
        """Hand the sentence out, and close."""
        if self.outcome.category is None:
            return
        self.taken.emit(sentence(self.score, self.outcome, self._report.language, self.used_measurement()))
        self.accept()


def _figure(value: float) -> str:
    return f"{value:g}"


def _lengths(size: Size) -> str:
    if size.axes == 1:
        return f"{_figure(size.longest)} mm"
    return tr("longest {longest} mm, mean {mean} mm", longest=_figure(size.longest), mean=_figure(size.mean))
