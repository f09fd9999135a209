"""The structures of the structure set that lies over the active images: colour, volume, visibility."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from app.domain.contour_masks import structure_mask
from app.domain.geometry import Grid
from app.domain.image import ImageStack
from app.domain.layers import Structure
from app.domain.volume import Volume
from app.i18n import tr
from app.viewing.contours import frame_at, middle_contour
from app.viewing.layers import ContourLayer
from app.viewing.links import point_to
from app.viewing.screen import StackView
from widgets.command_ui import CommandUi
from widgets.elements import clear, column, label
from widgets.objects.structure_row import structure_row, volume_text


class ContoursList(QFrame):
    """A row for each structure; those that were never drawn have no way to them."""

    def __init__(self, ui: CommandUi) -> None:
        super().__init__()
        self._ui = ui
        self._screen = ui.session.screen
        self._told: tuple[object, ...] = ()
        self._generation = 0
        self.heading = label(tone="muted")
        self.rows = QVBoxLayout()
        self.rows.setSpacing(4)
        self.setLayout(column(self.heading, self.rows, gap=4))
        ui.listen(self._screen.active_changed, lambda *_: self._look())
        ui.listen(ui.session.loaded.shown, self._look)
        self._look()

    @property
    def layer(self) -> ContourLayer | None:
        """The structures over the active viewport."""
        return self._screen.active_viewport.layer(ContourLayer)

    def _look(self) -> None:
        layer = self.layer
        told = (layer.contours, layer.hidden) if layer is not None else ()
        if told != self._told:
            self._told = told
            self._rebuild()
        self.setVisible(layer is not None)

    def _rebuild(self) -> None:
        self._generation += 1
        clear(self.rows)
        layer, image = self.layer, self._screen.active_viewport.image
        if layer is None:
            return
        structures = layer.contours.structures
        self.heading.setText(f"{layer.title} · {tr('Structures {n}', n=len(structures))}")
        grid = image.grid if isinstance(image, Volume) else None
        figures = {}
        for one in structures:
            closed = any(contour.kind.is_closed for contour in one.contours)
            counted = tr("Contours: {n}", n=len(one.contours))
            figures[one.number] = label("…" if closed and grid is not None else counted)
            self.rows.addWidget(self._row(one, layer, figures[one.number]))
        generation = self._generation

        def came(found: dict[int, float]) -> None:
            if generation == self._generation:
                for number, ml in found.items():
                    figures[number].setText(volume_text(ml))

        if grid is not None:
            self._ui.quietly(lambda: volumes_ml(structures, grid), came, failed=lambda _: None)

    def _row(self, one: Structure, layer: ContourLayer, figure: QWidget) -> QWidget:
        return structure_row(
            color=one.color,
            name=one.name,
            figure=figure,
            hidden=one.number in layer.hidden,
            toggle=lambda: self._toggle(one.number),
            go=lambda: self._go(one.number),
        )

    def _toggle(self, number: int) -> None:
        mine = self.layer
        for viewport in self._screen.viewports.values():
            layer = viewport.layer(ContourLayer)
            if mine is not None and layer is not None and layer.contours is mine.contours:
                viewport.put_layer(replace(layer, hidden=mine.hidden ^ {number}))

    def _go(self, number: int) -> None:
        layer, viewport = self.layer, self._screen.active_viewport
        point = middle_contour(layer, number) if layer is not None else None
        if point is None:
            return
        if isinstance(viewport.image, ImageStack):
            index = frame_at(viewport.image, point)
            if index is not None:
                viewport.view = StackView(index)
        else:
            point_to(self._screen, self._screen.active, point)


def volumes_ml(structures: tuple[Structure, ...], grid: Grid) -> dict[int, float]:
    """Volumes of the structures that have closed contours, as far as these lie on the grid."""
    return {
        one.number: float(structure_mask(one, grid)[0].sum()) * grid.voxel_mm3 / 1000.0
        for one in structures
        if any(contour.kind.is_closed for contour in one.contours)
    }
