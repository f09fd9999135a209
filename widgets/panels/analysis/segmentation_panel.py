"""The structures of the shown segmentation: colour, volume, visibility, review."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSlider, QVBoxLayout, QWidget

from app.analysis.controller import AnalysisController
from app.domain.geometry import Point3
from app.domain.segmentation import Segmentation, StackSegmentation
from app.i18n import tr
from app.viewing.layers import ContourLayer, LabelLayer
from app.viewing.links import point_to
from app.viewing.screen import StackView
from widgets.command_ui import CommandUi
from widgets.elements import clear, column, label, row, scrolled
from widgets.objects.contours_list import ContoursList
from widgets.objects.layers_list import LayersList
from widgets.objects.structure_row import structure_row, volume_text
from widgets.panels.analysis.review_box import ReviewBox
from widgets.workspace import Panel


def middle_of(segmentation: Segmentation, number: int) -> Point3 | None:
    """LPS point inside a segment: its voxel nearest to the middle; None where it is empty."""
    places = np.argwhere(segmentation.labels == number)
    if len(places) == 0:
        return None
    middle = places.mean(axis=0)
    nearest = places[int(np.argmin(((places - middle) ** 2).sum(axis=1)))]
    x, y, z = segmentation.grid.to_lps(nearest)
    return (float(x), float(y), float(z))


def figures_of(shown: Segmentation | StackSegmentation) -> dict[int, str]:
    """Of each segment its volume; of single images, which have none, on how many it is."""
    if isinstance(shown, StackSegmentation):
        return {one.number: tr("Images: {n}", n=len(shown.images_of(one.number))) for one in shown.segments}
    return {one.number: volume_text(shown.volume_ml(one.number)) for one in shown.segments}


class SegmentationPanel(Panel):
    """One row a structure."""

    def __init__(self, ui: CommandUi) -> None:
        super().__init__()
        self._ui = ui
        self._screen = ui.session.screen
        self._generation = 0
        self._volumes: dict[int, object] = {}
        self.heading = label(tone="muted")
        self._rows = QVBoxLayout()
        self._rows.setSpacing(4)
        self.opacity = QSlider(Qt.Orientation.Horizontal)
        self.opacity.setRange(0, 100)
        self.opacity.setAccessibleName(tr("Opacity"))
        self.opacity.valueChanged.connect(lambda value: self._change(opacity=value / 100))
        self._opacity_text = label(tone="muted")
        self._opacity = QWidget()
        self._opacity.setLayout(
            column(row(label(tr("Opacity"), tone="muted"), None, self._opacity_text), self.opacity, gap=2)
        )
        self.review = ReviewBox(ui)
        self.empty = label(
            tr(
                "No segmentation is shown. Run a segmentation method in the AI tab; its structures "
                "appear here with their volumes."
            ),
            tone="muted",
            wrap=True,
        )
        content = QWidget()
        content.setLayout(
            column(
                LayersList(ui),
                ContoursList(ui),
                self.heading,
                self.empty,
                self._rows,
                self._opacity,
                self.review,
                None,
                gap=12,
                margins=(16, 12, 16, 12),
            )
        )
        self.setLayout(column(scrolled(content), gap=0))
        self._told: tuple[object, ...] = ()
        ui.listen(self._screen.active_changed, lambda *_: self._look())
        ui.listen(ui.session.loaded.shown, self._look)
        ui.listen(ui.session.study.results_changed, self.rebuild)
        self.rebuild()

    def _layer(self) -> LabelLayer | None:
        """The labels over the active viewport."""
        return self._screen.active_viewport.layer(LabelLayer)

    def _look(self) -> None:
        layer = self._layer()
        told = self._state(layer)
        if told != self._told:
            self.rebuild()
        else:
            self._show_opacity()

    def _state(self, layer: LabelLayer | None) -> tuple[object, ...]:
        """What the rows depend on."""
        contours = self._screen.active_viewport.layer(ContourLayer) is not None
        if layer is None:
            return (contours,)
        return (contours, layer.segmentation, layer.unconfirmed, layer.hidden)

    def _change(self, **fields: Any) -> None:
        """Show the segmentation otherwise, in all viewports that show it."""
        mine = self._layer()
        for viewport in self._screen.viewports.values():
            layer = viewport.layer(LabelLayer)
            if mine is not None and layer is not None and layer.segmentation is mine.segmentation:
                viewport.put_layer(replace(layer, **fields))

    def rebuild(self) -> None:
        """Show the structures there are now."""
        self._generation += 1
        layer = self._layer()
        self._told = self._state(layer)
        shown = layer.segmentation if layer is not None else None
        clear(self._rows)
        contours = self._screen.active_viewport.layer(ContourLayer)
        self.empty.setVisible(shown is None and contours is None)
        self.heading.setVisible(shown is not None or contours is None)
        self._opacity.setVisible(shown is not None)
        self.heading.setText(tr("Structures {n}", n=len(shown.segments) if shown else 0))
        shown_result = (
            self._ui.session.get(AnalysisController).shown_result("segmentation")
            if layer is not None and not layer.source
            else None
        )
        current = next(
            (
                r
                for r in self._ui.session.study.results
                if shown_result and r.result_id == shown_result.result_id
            ),
            None,
        )
        self.review.show_result(current)
        self._show_opacity()
        if shown is None:
            return
        words = {}
        for segment in shown.segments:
            words[segment.number] = label("…")
            self._rows.addWidget(
                structure_row(
                    color=segment.color,
                    name=tr(segment.label),
                    figure=words[segment.number],
                    hidden=layer is not None and segment.number in layer.hidden,
                    toggle=partial(self._toggle, segment.number),
                    go=partial(self._go, shown, segment.number),
                )
            )
        generation = self._generation

        def came(found: dict[int, str]) -> None:
            if generation == self._generation:
                for number, text in found.items():
                    words[number].setText(text)

        self._ui.quietly(lambda: figures_of(shown), came, failed=lambda _: None)

    def _toggle(self, number: int) -> None:
        layer = self._layer()
        if layer is not None:
            self._change(hidden=layer.hidden ^ {number})

    def _go(self, shown: Segmentation | StackSegmentation, number: int) -> None:
        viewport = self._screen.active_viewport
        if isinstance(shown, StackSegmentation):
            images = shown.images_of(number)
            if images:
                viewport.view = StackView(images[len(images) // 2])
            return

        def came(point: Point3 | None) -> None:
            if point is not None and viewport.viewport_id in self._screen.viewports:
                point_to(self._screen, viewport.viewport_id, point)

        self._ui.quietly(lambda: middle_of(shown, number), came, failed=lambda _: None)

    def _show_opacity(self) -> None:
        layer = self._layer()
        percent = round(layer.opacity * 100) if layer is not None else 0
        self.opacity.blockSignals(True)
        self.opacity.setValue(percent)
        self.opacity.blockSignals(False)
        self._opacity_text.setText(f"{percent} %")
