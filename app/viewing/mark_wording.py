"""What the lines of a mark must say besides its values."""

from __future__ import annotations

from dataclasses import replace

from app.domain.pixel import SpacingSource
from app.i18n import tr
from app.viewing.fidelity import spacing_words
from app.viewing.image_plane import ImagePlane
from app.viewing.layers import ShapeAnnotation
from app.viewing.screen import Compare


def source_told(
    marks: tuple[ShapeAnnotation, ...], compare: Compare, plane: ImagePlane
) -> tuple[ShapeAnnotation, ...]:
    """Marks whose lines say what a reader must know of their values: that they are those of the original
    images, where something else is on the screen; that a length was measured on the detector, or is
    calibrated.
    """
    return tuple(_told(mark, compare, plane) for mark in marks)


def _told(mark: ShapeAnnotation, compare: Compare, plane: ImagePlane) -> ShapeAnnotation:
    if not mark.lines:
        return mark
    said, kind = [], mark.shape
    if compare is not Compare.SOURCE and kind.measures_values:
        said.append(tr("of the original"))
    if kind.measures_size and mark.points_px:
        points = tuple(plane.from_source(*point) for point in mark.points_px)
        known, region = plane.mm_per_px(points), plane.region_at(points)
        source = known[1] if known is not None else SpacingSource.NONE
        if region is not None and region.is_trace:
            source = SpacingSource.CALIBRATED
        if source is SpacingSource.DETECTOR:
            said.append(tr("at the detector"))
        elif source is SpacingSource.NONE:
            said.append(tr("not calibrated"))
        elif source is SpacingSource.CALIBRATED and plane.magnification:
            said.append(spacing_words(plane))
    if not said:
        return mark
    # on the last line: another line would make the label cover what it measures in a small view
    return replace(mark, lines=(*mark.lines[:-1], " · ".join((mark.lines[-1], *said))))
