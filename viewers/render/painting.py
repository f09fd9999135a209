"""A volume rendering with what is said of it, in the window and in a picture."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from app.domain.geometry import orientation_letters
from app.i18n import tr
from app.viewing.fidelity import Remark, reduced_volume
from app.viewing.graphics import Corners, Role, TextLine
from app.viewing.layers import ProcessedLayer
from app.viewing.rendered import RenderedImage
from app.viewing.screen import Compare, TextLevel, Viewport
from viewers.painting import paint_corners, paint_letters
from viewers.render.scene import camera_vectors


def image_of(drawn: RenderedImage) -> QImage:
    """The pixels; `drawn` must live as long."""
    return QImage(drawn.pixels, drawn.width, drawn.height, drawn.width * 3, QImage.Format.Format_RGB888)


def paint_pixels(painter: QPainter, drawn: RenderedImage, place: QRectF, size: tuple[int, int]) -> None:
    """The pixels at their place in a view of a size, with the letters of the sides that are seen."""
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, True)
    painter.drawImage(place, image_of(drawn))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    # of the image that is seen, which may be behind what is asked for
    right, up, _ = camera_vectors(drawn.camera)
    sides = (-right, right, up, -up)
    left, right_, top, bottom = (orientation_letters(side) for side in sides)
    paint_letters(painter, (left, right_, top, bottom), size)


def paint_rendered(
    painter: QPainter, viewport: Viewport, drawn: RenderedImage, size: tuple[int, int], level: TextLevel
) -> None:
    """The last image of a rendering, whole, in a picture of a size of any shape."""
    share = min(size[0] / drawn.width, size[1] / drawn.height)
    width, height = drawn.width * share, drawn.height * share
    place = QRectF((size[0] - width) / 2, (size[1] - height) / 2, width, height)
    paint_pixels(painter, drawn, place, size)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    paint_corners(painter, rendering_corners(viewport, drawn, drawn.title, level), size)


def rendering_corners(
    viewport: Viewport, drawn: RenderedImage | None, title: str, level: TextLevel
) -> Corners:
    """Texts of the four corners; `title` is that of the transfer functions that are asked for."""
    said = _must_say(viewport, drawn)
    if viewport.image is None or level is TextLevel.NONE:
        return Corners(bottom_right=said)
    lines: tuple[TextLine, ...] = (TextLine(f"{tr('Volume rendering')}   {tr(title)}"),)
    if drawn is not None and drawn.table_hidden:
        lines = (*lines, TextLine(tr("Table hidden"), Role.QUIET))
    return Corners(top_left=lines, bottom_right=said)


def reduction_of(drawn: RenderedImage | None) -> Remark | None:
    """That a rendering is not of every voxel."""
    return reduced_volume(drawn.of_voxels, drawn.voxels) if drawn is not None else None


def processed_of(viewport: Viewport) -> ProcessedLayer | None:
    """The processed images, where they are shown whole."""
    return viewport.layer(ProcessedLayer) if viewport.compare is Compare.RESULT else None


def _must_say(viewport: Viewport, drawn: RenderedImage | None) -> tuple[TextLine, ...]:
    """What must never be hidden: that it is processed and not confirmed, and that it is coarse."""
    lines: list[TextLine] = []
    processed = processed_of(viewport)
    if processed is not None:
        lines.append(TextLine(processed.label or tr("Processed")))
    if viewport.unconfirmed or (processed is not None and processed.unconfirmed):
        lines.append(TextLine(tr("AI · not confirmed"), Role.WARNING))
    elif said := processed.confirmed if processed is not None else viewport.confirmed:
        lines.append(TextLine(said))
    if drawn is not None and not drawn.fine:
        lines.append(TextLine(tr("Reduced while moving"), Role.WARNING))
    elif (limit := reduction_of(drawn)) is not None:
        lines.append(TextLine(limit.text, Role.QUIET, limit.tip))
    return tuple(lines)
