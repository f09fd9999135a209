"""What else is known of the chosen mark: its further figures, and how the values in its region are spread."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.annotation.controller import AnnotationController
from app.annotation.listing import MarkRow
from app.domain.measurement import Measurement
from app.viewing.shapes.concepts import MEAN
from widgets.command_ui import CommandUi
from widgets.elements import clear, column, label
from widgets.panels.annotation.histogram_chart import HistogramChart


class ChosenFigures(QWidget):
    """Shown while a mark that has more to tell is chosen."""

    def __init__(self, ui: CommandUi) -> None:
        super().__init__()
        self._ui = ui
        self._shown: tuple[Measurement, bool] | None = None
        self._lines = column(gap=4)
        self.setLayout(self._lines)
        self.chart: HistogramChart | None = None
        self.waits = False

    def show_mark(self, row: MarkRow | None) -> None:
        """Show the figures of a mark; of none nothing.  It `waits` for pixels that have not arrived."""
        mark = row.mark if row is not None else None
        distribution = (
            self._ui.session.get(AnnotationController).distribution(mark.tracking_uid) if mark else None
        )
        self.waits = (
            mark is not None and (mark.roi.kind.is_region or mark.roi.kind.is_volume) and distribution is None
        )
        now = (mark, distribution is not None) if mark is not None else None
        if now == self._shown:
            return
        self._shown = now
        clear(self._lines)
        self.chart = None
        told = row.details if row is not None else ()
        for line in told:
            self._lines.addWidget(label(line, tone="muted", wrap=True))
        if mark is not None and distribution is not None:
            self.chart = HistogramChart(distribution, _mean(mark), voxels=mark.roi.kind.is_volume)
            self._lines.addWidget(self.chart)
        self.setVisible(bool(told) or self.chart is not None)


def _mean(measurement: Measurement) -> float:
    return next(value.value for value in measurement.values if value.concept.same_as(MEAN))
