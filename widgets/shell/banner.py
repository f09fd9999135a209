"""The patient banner: who is on the table, and how far the examination is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from app.domain.study import FlowRow, Study
from app.i18n import tr
from app.session.patient_text import age_text, sex_text
from widgets.elements import Clickable, Elided, chip, icon_button, label, row
from widgets.flow_steps import FlowSteps
from widgets.theme import BANNER


def exam_text(study: Study) -> str:
    """What was examined: the description, else modalities and body part."""
    return (
        study.description
        or " ".join((*study.pictured, study.body_part)).strip()
        or tr("Examination without a name")
    )


def size_text(size: int) -> str:
    """Bytes in words."""
    amount = float(size)
    for unit in ("B", "KB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


def days_between(first: Study, second: Study) -> int | None:
    """Days from the first study to the second; None where one has no date."""
    if first.started_at is None or second.started_at is None:
        return None
    return (second.started_at.date() - first.started_at.date()).days


class PatientBanner(QFrame):
    """Name, sex, age, id, examination, priors, flow; one line, 48 px."""

    #: what is written of the priors was clicked
    priors_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(BANNER)
        self.name = Elided(size="title")
        self.facts = label(tone="muted")
        self.number = Elided(tone="muted")
        self.exam = Elided(tone="muted")
        self.priors = Clickable()
        self.priors_text = chip("", "accent")
        self.priors.setLayout(row(self.priors_text, gap=0))
        self.priors.setToolTip(tr("Read the prior's report"))
        self.priors.clicked.connect(self.priors_asked)
        self.flow = FlowSteps()
        self.dock_toggle = icon_button(
            "layout-sidebar-right", tr("Show or hide the side panel"), checkable=True
        )
        self._flow: Sequence[FlowRow] = ()
        line: QHBoxLayout = row(
            self.name,
            self.facts,
            self.number,
            self.exam,
            self.priors,
            None,
            self.flow,
            None,
            self.dock_toggle,
            gap=16,
            margins=(16, 0, 16, 0),
        )
        line.setStretchFactor(self.exam, 4)
        self.setLayout(line)
        self.show_study(None, (), ())

    def show_study(self, study: Study | None, priors: Sequence[Study], flow: Sequence[FlowRow]) -> None:
        """Show who is on the table; None: nobody."""
        self._flow = flow
        here = study is not None
        for part in (self.facts, self.number, self.exam, self.flow):
            part.setVisible(here)
        self.priors.setVisible(bool(priors))
        if study is None:
            self.name.setText(tr("No study is open"))
            return
        self.name.setText(study.patient.display_name or tr("Name not given"))
        self.facts.setText(" ".join(x for x in (sex_text(study.patient.sex), age_text(study.age)) if x))
        self.number.setText(f"ID {study.patient.patient_id}" if study.patient.patient_id else "")
        when = f" · {study.started_at:%Y-%m-%d %H:%M}" if study.started_at else ""
        self.exam.setText(exam_text(study) + when)
        self.priors_text.setText(priors_text(study, priors))
        self.priors.setAccessibleName(f"{self.priors_text.text()} · {self.priors.toolTip()}")
        self._show_flow()

    def show_side_panel(self, panel: QWidget | None) -> None:
        """The button of the panel beside the images as the panel is; none where there is no panel."""
        self.dock_toggle.setVisible(panel is not None)
        self.dock_toggle.setChecked(panel is not None and not panel.isHidden())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._show_flow()

    def _show_flow(self) -> None:
        self.flow.show_flow(self._flow, words=self.width() >= 1500)


def priors_text(study: Study, priors: Sequence[Study]) -> str:
    """How many priors, and how long ago the nearest was."""
    past = [d for d in (days_between(prior, study) for prior in priors) if d is not None and d >= 0]
    if not priors:
        return tr("No other studies")
    if not past:
        return tr("Later or undated studies: {n}", n=len(priors))
    nearest = {0: "Priors: {n} · nearest on the same day", 1: "Priors: {n} · nearest one day before"}.get(
        min(past), "Priors: {n} · nearest {days} d before"
    )
    return tr(nearest, n=len(past), days=min(past))


class TitleBanner(QFrame):
    """The banner of a workspace without a patient: title, a quiet line, and its own parts."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setFixedHeight(BANNER)
        self.title = label(title, size="title")
        self.quiet = Elided(tone="muted")
        self.middle = QHBoxLayout()
        self.middle.setSpacing(8)
        self.right = QHBoxLayout()
        self.right.setSpacing(8)
        line = row(self.title, self.quiet, self.middle, None, self.right, gap=16, margins=(16, 0, 16, 0))
        line.setAlignment(Qt.AlignmentFlag.AlignVCenter)
        self.setLayout(line)

    def add(self, part: QWidget) -> None:
        """Put something at the right end."""
        self.right.addWidget(part)


def day_text(at: datetime | None) -> str:
    """A time for lists: clock today, else yesterday, else the date."""
    if at is None:
        return "–"
    now = datetime.now(at.tzinfo) if at.tzinfo else datetime.now(UTC).replace(tzinfo=None)
    days = (now.date() - at.date()).days
    if days == 0:
        return f"{at:%H:%M}"
    if days == 1:
        return tr("yesterday {time}", time=f"{at:%H:%M}")
    return f"{at:%Y-%m-%d}"
