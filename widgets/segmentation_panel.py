"""The structures of the shown segmentation: colour, volume, visibility, review."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QSlider, QVBoxLayout, QWidget

from app.domain.geometry import Point3
from app.domain.segmentation import Segmentation
from app.i18n import tr
from widgets.acts import Acts
from widgets.elements import Elided, clear, column, icon_button, label, row, scrolled
from widgets.icons import icon
from widgets.review_box import ReviewBox
from widgets.theme import theme


def volume_text(ml: float) -> str:
    """A volume with a fitting unit."""
    return f"{ml / 1000:.2f} L" if ml >= 1000 else f"{ml:.1f} ml" if ml >= 10 else f"{ml:.2f} ml"


def middle_of(segmentation: Segmentation, number: int) -> Point3 | None:
    """LPS point inside a segment: its voxel nearest to the middle; None where it is empty."""
    places = np.argwhere(segmentation.labels == number)
    if len(places) == 0:
        return None
    middle = places.mean(axis=0)
    nearest = places[int(np.argmin(((places - middle) ** 2).sum(axis=1)))]
    x, y, z = segmentation.grid.to_lps(nearest)
    return (float(x), float(y), float(z))


class SegmentationPanel(QWidget):
    """One row a structure."""

    def __init__(self, acts: Acts) -> None:
        super().__init__()
        self._acts = acts
        self._screen = acts.desk.screen
        self._generation = 0
        self._volumes: dict[int, object] = {}
        self.heading = label(tone="muted")
        self._rows = QVBoxLayout()
        self._rows.setSpacing(4)
        self.opacity = QSlider(Qt.Orientation.Horizontal)
        self.opacity.setRange(0, 100)
        self.opacity.setAccessibleName(tr("Opacity"))
        self.opacity.valueChanged.connect(lambda value: setattr(self._screen, "overlay_opacity", value / 100))
        self._opacity_text = label(tone="muted")
        self._opacity = QWidget()
        self._opacity.setLayout(column(row(label(tr("Opacity"), tone="muted"), None, self._opacity_text), self.opacity, gap=2))
        self.review = ReviewBox(acts)
        self.empty = label(
            tr("No segmentation is shown. Run a segmentation method in the AI tab; its structures appear here with their volumes."),
            tone="muted",
            wrap=True,
        )
        content = QWidget()
        content.setLayout(column(self.heading, self.empty, self._rows, self._opacity, self.review, None, gap=12, margins=(16, 12, 16, 12)))
        self.setLayout(column(scrolled(content), gap=0))
        events = self._screen.events
        for signal in (events.segmentation, events.hidden_segments, acts.desk.reading.results_changed, events.segmentation_unconfirmed):
            acts.listen(signal, lambda *_: self.rebuild())
        acts.listen(events.overlay_opacity, lambda *_: self._show_opacity())
        self.rebuild()

    def rebuild(self) -> None:
        """Show the structures there are now."""
        self._generation += 1
        shown = self._screen.segmentation
        clear(self._rows)
        self.empty.setVisible(shown is None)
        self._opacity.setVisible(shown is not None)
        self.heading.setText(tr("Structures {n}", n=len(shown.segments) if shown else 0))
        shown_result = self._acts.desk.shown_results.get("segmentation") if shown is not None else None
        current = next((r for r in self._acts.desk.reading.results if shown_result and r.result_id == shown_result.result_id), None)
        self.review.show_result(current)
        self._show_opacity()
        if shown is None:
            return
        words = {}
        for segment in shown.segments:
            words[segment.number] = label("…")
            self._rows.addWidget(self._row(shown, segment.number, tr(segment.label), segment.color, words[segment.number]))
        generation = self._generation

        def measure() -> dict[int, float]:
            return {s.number: shown.volume_ml(s.number) for s in shown.segments}

        def came(found: dict[int, float]) -> None:
            if generation == self._generation:
                for number, ml in found.items():
                    words[number].setText(volume_text(ml))

        self._acts.quietly(measure, came, failed=lambda _: None)

    def _row(self, shown: Segmentation, number: int, name: str, color: tuple[int, int, int], volume: QWidget) -> QWidget:
        swatch = QFrame()
        swatch.setFixedSize(12, 12)
        swatch.setStyleSheet(f"background: rgb({color[0]},{color[1]},{color[2]}); border-radius: 2px;")
        hidden = number in self._screen.hidden_segments
        eye = icon_button("eye-off" if hidden else "eye", tr("Show or hide"))
        eye.setIcon(icon("eye-off" if hidden else "eye", theme().muted if hidden else theme().text))
        eye.clicked.connect(lambda: self._toggle(number))
        go = icon_button("target-arrow", tr("Go to structure"))
        go.clicked.connect(lambda: self._go(shown, number))
        holder = QWidget()
        line = row(swatch, Elided(name), volume, eye, go, gap=8)
        line.setStretch(1, 1)
        holder.setLayout(line)
        return holder

    def _toggle(self, number: int) -> None:
        hidden = self._screen.hidden_segments
        self._screen.hidden_segments = hidden - {number} if number in hidden else hidden | {number}

    def _go(self, shown: Segmentation, number: int) -> None:
        self._acts.quietly(
            lambda: middle_of(shown, number), lambda point: self._screen.go_to(point) if point else None, failed=lambda _: None
        )

    def _show_opacity(self) -> None:
        percent = round(self._screen.overlay_opacity * 100)
        self.opacity.blockSignals(True)
        self.opacity.setValue(percent)
        self.opacity.blockSignals(False)
        self._opacity_text.setText(f"{percent} %")
