"""The steps of an examination, from the order to the archive, and how far each is."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QLabel, QWidget

from app.domain.study import FlowRow, FlowState, FlowStep
from app.i18n import tr
from widgets.elements import clear, label, row
from widgets.icons import picture
from widgets.theme import theme


def step_name(step: FlowStep) -> str:
    """A step of the flow in words."""
    return {
        FlowStep.ACQUISITION: tr("Acquisition"),
        FlowStep.PROCESSING: tr("Processing"),
        FlowStep.ANALYSIS: tr("Analysis"),
        FlowStep.REPORT: tr("Reporting"),
        FlowStep.REVIEW: tr("Review"),
        FlowStep.STORAGE: tr("Archiving"),
        FlowStep.REGISTRATION: tr("Registration"),
    }[step]


def flow_states(flow: Sequence[FlowRow]) -> dict[FlowStep, FlowState]:
    """State of every step; those without a row are open."""
    known = {line.step: line.state for line in flow}
    return {step: known.get(step, FlowState.OPEN) for step in FlowStep}


class FlowSteps(QWidget):
    """The steps of an examination with state signs, as the banner shows them."""

    def __init__(self) -> None:
        super().__init__()
        self._line = row(gap=4)
        self.setLayout(self._line)

    def show_flow(self, flow: Sequence[FlowRow], *, words: bool = True) -> None:
        """Show the states; without words only the active step is named."""
        clear(self._line)
        tokens = theme()
        signs = {
            FlowState.DONE: ("circle-check", tokens.done, "muted"),
            FlowState.ACTIVE: ("circle-dot", tokens.accent_text, "strong"),
            FlowState.OPEN: ("circle", tokens.muted, "muted"),
        }
        who = {line.step: line for line in flow}
        for step, state in flow_states(flow).items():
            name, color, tone = signs[state]
            sign = QLabel()
            sign.setPixmap(picture(name, 16, color, ratio=self.devicePixelRatioF()))
            text = label(
                step_name(step),
                tone="muted" if tone == "muted" else "",
                size="strong" if tone == "strong" else "",
            )
            text.setVisible(words or state is FlowState.ACTIVE)
            line = who.get(step)
            tip = step_name(step) + (f"  {line.person}  {line.at:%Y-%m-%d %H:%M}" if line and line.at else "")
            sign.setToolTip(tip)
            text.setToolTip(tip)
            self._line.addWidget(sign)
            self._line.addWidget(text)
            self._line.addSpacing(8 if words else 2)
