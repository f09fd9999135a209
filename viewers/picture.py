"""A viewport's image drawn to a PNG without a window: key images, report figures.  An
`app.viewing.pictures.PictureDrawer`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Any

from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QGuiApplication, QImage, QPainter

from app.errors import BadInput, Unavailable
from app.viewing.image_plane import turned_size
from app.viewing.labels import TEXT_PX
from app.viewing.layer_painter import LayerPainter
from app.viewing.layers import PresentationLayer, RegionLayer, ShapeLayer
from app.viewing.presented import shown_turn
from app.viewing.resolve import ScreenFacts, facts_of, resolve
from app.viewing.screen import RenderingView, Screen, TextLevel, Viewport, ViewportId
from app.viewing.shown_image import presented_image, shown_image
from viewers.pixel_cache import PixelCache
from viewers.render.painting import paint_rendered
from viewers.tile_painter import TilePainter
from viewers.tile_painting import paint_graphics

#: texts and lines of the screen are drawn for this width and scaled with the picture
_DESIGN_PX, _LEAST_HEIGHT_PX = 500, 120
_WIDTHS = (64, 8192)
#: how hard Qt tries to make a PNG small: as it is used to, not at all
_USUAL, _UNCOMPRESSED = -1, 100
_FACTS = ScreenFacts(text_level=TextLevel.FEW, bars=False, on_screen=False)


def draw_picture(
    viewport: Viewport, width_px: int, text_px: float = TEXT_PX, *, painters: Iterable[LayerPainter]
) -> bytes:
    """PNG of the viewport's image as it hangs and is windowed, whole, as wide as asked and as high as it is.

    Shapes are drawn with their values and an applied presentation state with its grey levels, shutters and
    turns; what lies over the images and processed images are not; what is not confirmed says so on the
    picture.  Patient names are never drawn.  Needs a `QGuiApplication`.
    """
    if QGuiApplication.instance() is None:
        raise Unavailable("Pictures need a graphical application; it is not started.")
    if not _WIDTHS[0] <= width_px <= _WIDTHS[1]:
        low, high = _WIDTHS
        raise BadInput(
            "A picture may be {low} to {high} pixels wide, found {found}.", low=low, high=high, found=width_px
        )
    shown = shown_image(viewport)
    if shown is None or not shown.ready:
        raise Unavailable("The image has not arrived.")
    drawn = _copy(viewport)
    turn = shown_turn(viewport.turns, viewport.flipped, shown.plane, presented_image(viewport, shown))
    width, height = turned_size(shown.plane, turn)
    size = (_DESIGN_PX, max(round(_DESIGN_PX * height / width), _LEAST_HEIGHT_PX))
    ratio = width_px / _DESIGN_PX
    image = QImage(width_px, round(size[1] * ratio), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    _paint(image, drawn, size, replace(_FACTS, text_px=text_px), painters)
    return _png(image)


def draw_view(
    screen: Screen,
    viewport_id: ViewportId,
    size_px: tuple[int, int],
    ratio: float,
    *,
    named: bool,
    texts: bool = True,
    instead: Viewport | None = None,
    quick: bool = False,
    facts: ScreenFacts | None = None,
    painters: Iterable[LayerPainter],
) -> bytes:
    """PNG of a view as it stands on the screen: an `app.viewing.pictures.ViewDrawer`.

    Of a volume rendering what was last drawn of it, whole.  Raises `Unavailable` where there is no image yet.
    """
    if QGuiApplication.instance() is None:
        raise Unavailable("Pictures need a graphical application; it is not started.")
    viewport = screen.viewports[viewport_id] if instead is None else instead
    level = (TextLevel.ALL if named else TextLevel.FEW) if texts else TextLevel.NONE
    image = QImage(round(size_px[0] * ratio), round(size_px[1] * ratio), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    quality = _UNCOMPRESSED if quick else _USUAL
    if isinstance(viewport.view, RenderingView):
        _paint_rendering(image, viewport, size_px, facts.text_level if facts is not None else level)
        return _png(image, quality)
    shown = shown_image(viewport)
    if shown is None or not shown.ready:
        raise Unavailable("The image has not arrived.")
    known = facts or replace(
        facts_of(screen, viewport_id),
        text_level=level,
        crosshair=None,
        active=False,
        bars=False,
        text_px=screen.print_text_px,
        short_texts=False,
    )
    _paint(image, _unselected(viewport), size_px, known, painters)
    return _png(image, quality)


def _unselected(viewport: Viewport) -> Viewport:
    """The view with nothing selected."""
    same = Viewport(**{one.name: getattr(viewport, one.name) for one in fields(viewport)})
    if viewport.layer(ShapeLayer) is not None:
        same.put_layer(ShapeLayer(tuple(replace(mark, selected=False) for mark in viewport.marks)))
    for layer in _unselected_regions(viewport):
        same.put_layer(layer)
    return same


def _unselected_regions(viewport: Viewport) -> tuple[RegionLayer, ...]:
    layer = viewport.layer(RegionLayer)
    if layer is None:
        return ()
    return (RegionLayer(tuple(replace(one, selected=False) for one in layer.regions)),)


def _copy(viewport: Viewport) -> Viewport:
    """The image alone, whole, with nothing selected."""
    marks = tuple(replace(mark, selected=False) for mark in viewport.marks)
    states = viewport.layer(PresentationLayer)
    presented = (states,) if states is not None else ()
    return Viewport(
        viewport.viewport_id,
        image=viewport.image,
        display_set=viewport.display_set,
        view=viewport.view,
        further=viewport.further,
        layers=(ShapeLayer(marks), *presented, *_unselected_regions(viewport)),
        window=viewport.window,
        window_label=viewport.window_label,
        invert=viewport.invert,
        palette=viewport.palette,
        turns=viewport.turns,
        flipped=viewport.flipped,
        unconfirmed=viewport.unconfirmed,
    )


def _paint(
    image: QImage,
    viewport: Viewport,
    size: tuple[int, int],
    facts: ScreenFacts,
    painters: Iterable[LayerPainter],
) -> None:
    image.fill(0xFF000000)
    shown = resolve(viewport, facts, size, image.devicePixelRatio())
    if shown is None:
        return
    painter = QPainter(image)
    TilePainter(painters, PixelCache()).paint(painter, shown, viewport)
    paint_graphics(painter, shown)
    painter.end()


def _paint_rendering(image: QImage, viewport: Viewport, size: tuple[int, int], level: TextLevel) -> None:
    """What was last drawn at the position that is asked for."""
    drawn = viewport.rendered
    if drawn is None or drawn.further != viewport.further:
        raise Unavailable("The rendering has not been drawn yet.")
    image.fill(0xFF000000)
    painter = QPainter(image)
    paint_rendered(painter, viewport, drawn, size, level)
    painter.end()


def _png(image: QImage, quality: int = _USUAL) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.setDevicePixelRatio(1.0)
    written: Any = image.save(buffer, "PNG", quality)  # type: ignore[call-overload]
    if not written:
        raise Unavailable("The picture could not be written.")
    return bytes(buffer.data().data())
