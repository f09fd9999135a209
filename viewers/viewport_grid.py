"""The reading screen: the viewports of a layout, each in a widget of its own that repaints for itself
only.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from psygnal import EmissionInfo
from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QWidget

from app.domain.image import ImageStack
from app.domain.volume import Volume
from app.i18n import tr
from app.viewing.layer_painter import LayerPainter
from app.viewing.links import crosshair_in
from app.viewing.resolve import Surroundings, surroundings_of
from app.viewing.screen import Crosshair, RenderingView, Screen, SliceView, View, Viewport, ViewportId
from app.viewing.tools.tool import Tool
from viewers.flicker import Flicker
from viewers.pixel_cache import PixelCache
from viewers.render.tile import RenderingTile
from viewers.style import inks
from viewers.tile_painter import TilePainter
from viewers.viewport import ViewportTile

Tile = ViewportTile | RenderingTile
#: a change of these can change what other tiles say of themselves
_TOLD_BY_OTHERS = ("image", "role", "display_set")


class ViewportGrid(QWidget):
    """The tiles of a screen, with the tools and the painters of layers of all features.

    A screen that is shared out over monitors has a grid on each: `part` counts them from the left, and a grid
    whose part there is not has no tiles.  Call `dispose` before it is thrown away.
    """

    def __init__(
        self,
        screen: Screen,
        tools: Iterable[Tool],
        painters: Iterable[LayerPainter],
        parent: QWidget | None = None,
        *,
        part: int = 0,
    ) -> None:
        super().__init__(parent)
        self.intent = screen
        self.part = part
        self.cache = PixelCache()
        self._tools = {tool.tool_id: tool for tool in tools}
        self._tile_painter = TilePainter(painters, self.cache)
        self.tiles: dict[ViewportId, Tile] = {}
        self._connections: list[tuple[Any, Callable[..., None]]] = []
        self._of_tiles: dict[ViewportId, tuple[Any, Callable[..., None]]] = {}
        #: of the viewports that other grids show
        self._of_others: list[tuple[Any, Callable[..., None]]] = []
        #: what each tile says of itself because of the others
        self._said: dict[ViewportId, Surroundings] = {}
        self._generations: dict[ViewportId, int] = {}
        self._disposed = False
        self._flicker = Flicker(screen, self)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(tr("Images"))
        events = screen.events
        self._on(events.viewports, self._rebuild)
        self._on(events.layout, self._arrange)
        self._on(events.maximised, self._arrange)
        self._on(events.parts, self._rebuild)
        self._on(events.active, self._active_changed)
        self._on(events.crosshair, self._crosshair_changed)
        self._on(events.crosshair_visible, self._crosshair_shown)
        self._on(events.text_level, self._all_changed)
        self._on(events.overlays_visible, self._overlays_changed)
        self._on(events.links, self._links_changed)
        self._on(events.alignments, self._links_changed)
        self._on(events.pair, self._pair_changed)
        self._on(events.pair_turned, self._front_changed)
        self._on(events.magnifier, self._all_changed)
        self._on(events.mark_text_px, self._all_changed)
        self._on(events.calibrations, self._all_changed)
        self._rebuild()

    def dispose(self) -> None:
        """Stop listening, playing and drawing.  May be called twice."""
        if self._disposed:
            return
        self._disposed = True
        self._flicker.stop()
        for signal, slot in (*self._connections, *self._of_tiles.values(), *self._of_others):
            signal.disconnect(slot, missing_ok=True)
        for tile in self.tiles.values():
            tile.dispose()
        self.cache.clear()

    # -- tiles ----------------------------------------------------------------------------------------------

    def _rebuild(self) -> None:
        """A tile for every viewport; those of viewports that have gone are ended."""
        if self._disposed:
            return
        held = self._has_focus()  # a tile that ends would hand the focus to whatever is next in the window
        mine = self._mine()
        for identity in [i for i, t in self.tiles.items() if mine.get(i) is not t.viewport]:
            self._drop(identity)
        for identity, viewport in mine.items():
            if identity not in self.tiles:
                self._make(viewport)
        self._hear_others(mine)
        tiles = [self.tiles[identity] for identity in mine]
        self.tiles = dict(zip(mine, tiles, strict=True))
        for first, second in itertools.pairwise(tiles):
            QWidget.setTabOrder(first, second)
        self._arrange()
        if held:
            self._hand_on_focus()
        self._others_changed()

    def _mine(self) -> dict[ViewportId, Viewport]:
        """The viewports of this grid."""
        viewports = self.intent.viewports
        if self.intent.parts == 1 and self.part == 0:
            return dict(viewports)
        return {identity: viewports[identity] for identity in self.intent.cells_of_part(self.part)}

    def _hear_others(self, mine: Mapping[ViewportId, Viewport]) -> None:
        """What other grids show can change what these tiles say of themselves."""
        for signal, slot in self._of_others:
            signal.disconnect(slot, missing_ok=True)
        self._of_others = []
        for identity, viewport in self.intent.viewports.items() if mine else ():
            if identity not in mine:

                def changed(info: EmissionInfo, identity: ViewportId = identity) -> None:
                    self._told(identity, info)

                viewport.events.connect(changed)
                self._of_others.append((viewport.events, changed))

    def _make(self, viewport: Viewport) -> None:
        identity = viewport.viewport_id
        tile: Tile
        if isinstance(viewport.view, RenderingView):
            tile = RenderingTile(self.intent, viewport, self)
            tile.setAccessibleName(tr("Volume rendering"))
        else:
            tile = ViewportTile(self.intent, viewport, self._tools, self._tile_painter, self)
            tile.setAccessibleName(tr("View {number}", number=identity))
        self.tiles[identity] = tile

        def changed(info: EmissionInfo) -> None:
            self._viewport_changed(identity, info)

        viewport.events.connect(changed)
        self._of_tiles[identity] = (viewport.events, changed)
        self._remember(identity, viewport)

    def _drop(self, identity: ViewportId) -> None:
        signal, slot = self._of_tiles.pop(identity)
        signal.disconnect(slot, missing_ok=True)
        tile = self.tiles.pop(identity)
        tile.dispose()
        tile.hide()
        tile.deleteLater()
        self._forget(identity)
        self._said.pop(identity, None)

    def _remember(self, identity: ViewportId, viewport: Viewport) -> None:
        match viewport.image:
            case Volume() as volume:
                self._generations[identity] = volume.voxels.generation
            case ImageStack() as stack:
                self._generations[identity] = stack.pixels.generation

    def _forget(self, identity: ViewportId) -> None:
        """Pixels of an image that no tile shows any more are dropped."""
        generation = self._generations.pop(identity, None)
        if generation is not None and generation not in self._generations.values():
            self.cache.forget(generation)

    # -- events ---------------------------------------------------------------------------------------------

    def _on(self, signal: Any, slot: Callable[..., None]) -> None:
        signal.connect(slot)
        self._connections.append((signal, slot))

    def _viewport_changed(self, identity: ViewportId, info: EmissionInfo) -> None:
        what = info.signal.name
        if what == "rendered":  # its tile has just said so
            return
        tile, viewport = self.tiles[identity], self.intent.viewports[identity]
        if isinstance(tile, RenderingTile) is not isinstance(viewport.view, RenderingView):
            held = tile.hasFocus()
            self._drop(identity)
            self._rebuild()
            if held:
                self.tiles[identity].setFocus()
            return
        if what == "image":
            self._forget(identity)
            self._remember(identity, viewport)
            tile.clear()
        if isinstance(tile, RenderingTile):
            tile.refresh()
        else:
            if what in ("cine", "cine_range"):
                tile.follow_cine()
            tile.update()
        self._told(identity, info)

    def _told(self, identity: ViewportId, info: EmissionInfo) -> None:
        """A viewport has changed: others may have something else to show or to say because of it."""
        what = info.signal.name
        if self.intent.pair is not None and identity == self.intent.pair.other:
            self._front_changed()
        # by an offset, each says whether it stands where the other brings it
        by_offset = what == "view" and bool(self.intent.alignments.rows and self.intent.links)
        if what in _TOLD_BY_OTHERS or by_offset or (what == "view" and not _same_plane(*info.args)):
            self._others_changed()

    def _others_changed(self) -> None:
        """Tiles that have something else to say because of another one are painted."""
        around = surroundings_of(self.intent)
        for identity, tile in self.tiles.items():
            if self._said.get(identity) != around[identity]:
                self._said[identity] = around[identity]
                if isinstance(tile, ViewportTile):
                    tile.around = around[identity]
                tile.update()

    def _active_changed(self, new: ViewportId, old: ViewportId) -> None:
        if self._has_focus():  # keys are for the tile that the tools speak of
            self._hand_on_focus()
        elif new in self.tiles and isinstance(_grid_with_focus(), ViewportGrid):
            self.window().activateWindow()
            self._hand_on_focus()
        elif self.focusWidget() in self.tiles.values():
            self._hand_on_focus()  # where the keys go once this workspace is shown again
        for identity in (new, old):
            if identity in self.tiles:
                self.tiles[identity].update()
        if self.intent.maximised in self.tiles and new in self.tiles and self.intent.maximised != new:
            self.intent.maximised = new

    def _crosshair_changed(self, new: Crosshair | None, old: Crosshair | None) -> None:
        if self.intent.crosshair_visible:
            self._update(lambda viewport: self._has(viewport, new) or self._has(viewport, old))

    def _crosshair_shown(self) -> None:
        self._update(lambda viewport: self._has(viewport, self.intent.crosshair))

    def _has(self, viewport: Viewport, crosshair: Crosshair | None) -> bool:
        return crosshair_in(self.intent, viewport, crosshair) is not None

    def _links_changed(self) -> None:
        self._others_changed()
        if self.intent.alignments.rows and self.intent.crosshair is not None:
            self._all_changed()

    def _overlays_changed(self) -> None:
        self._update(lambda viewport: viewport.is_drawn_over)

    def _pair_changed(self) -> None:
        if self.part == 0:  # one clock for all grids
            self._flicker.follow()
        self._all_changed()

    def _front_changed(self) -> None:
        pair = self.intent.pair
        if pair is not None and pair.front in self.tiles:
            self.tiles[pair.front].update()

    def _all_changed(self) -> None:
        self._update(lambda _: True)

    def _update(self, concerned: Callable[[Viewport], bool]) -> None:
        for tile in self.tiles.values():
            if concerned(tile.viewport):
                tile.update()

    # -- layout ---------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    def _arrange(self) -> None:
        """Every tile in its cell with a line of one pixel between, or one that fills the screen."""
        if self._disposed:
            return
        if set(self.tiles) != set(self._mine()):
            # a layout of as many cells may be shared out otherwise; else the viewports are still to come
            if len(self.intent.viewports) == len(self.intent.layout.cells) and self.intent.parts > 1:
                self._rebuild()
            return
        held = self._has_focus()
        maximised = self.intent.maximised if self.intent.maximised in self.tiles else None
        cells = self.intent.cells_of_part(self.part)
        for identity, tile in self.tiles.items():
            cell = cells.get(identity)
            if cell is None:
                continue
            if maximised is not None:
                if identity == maximised:
                    tile.setGeometry(0, 0, self.width(), self.height())
                tile.setVisible(identity == maximised)
                continue
            left, top = _edge(cell.x, self.width()), _edge(cell.y, self.height())
            right, bottom = _end(cell.x + cell.width, self.width()), _end(cell.y + cell.height, self.height())
            tile.setGeometry(left, top, max(right - left, 1), max(bottom - top, 1))
            tile.show()
        if held:
            self._hand_on_focus()
        self._others_changed()
        self.update()

    # -- focus ----------------------------------------------------------------------------------------------

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Keys belong to the active tile; to one of this grid where that is on another monitor."""
        if self.tiles and self.intent.active not in self.tiles:
            maximised = self.intent.maximised
            self.intent.active = maximised if maximised in self.tiles else next(iter(self.tiles))
        self._hand_on_focus()

    def _has_focus(self) -> bool:
        return self.hasFocus() or any(tile.hasFocus() for tile in self.tiles.values())

    def _hand_on_focus(self) -> None:
        if not self._disposed and self.intent.active in self.tiles:
            self.tiles[self.intent.active].setFocus()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), inks().line)
        painter.end()


def _grid_with_focus() -> QWidget | None:
    """What holds the tile that has the focus."""
    focus = QApplication.focusWidget()
    return focus.parentWidget() if focus is not None else None


def _edge(share: float, size: int) -> int:
    """First pixel of a cell; the line before it belongs to nobody."""
    return 0 if share <= 0 else round(share * (size + 1))


def _end(share: float, size: int) -> int:
    """One past the last pixel of a cell."""
    return size if share >= 1 - 1e-9 else round(share * (size + 1)) - 1


def _same_plane(new: View, old: View) -> bool:
    """Another image of the same stack of planes."""
    if isinstance(new, SliceView) and isinstance(old, SliceView):
        return new.axis == old.axis
    return type(new) is type(old)
