"""The value under the pointer, of what is drawn there."""

from __future__ import annotations

from dataclasses import replace

from app.domain.geometry import PointPx
from app.domain.image import ImageStack
from app.domain.quantity import Quantity, small_decimals
from app.domain.volume import Volume
from app.i18n import tr
from app.viewing.layers import ProcessedLayer
from app.viewing.resolve import Resolved
from app.viewing.screen import Compare, SliceView, Viewport
from app.viewing.shapes.shape import MeasuredImage
from app.viewing.shapes.trace import point_value, value_words
from app.viewing.shown_image import slice_values
from app.viewing.told_image import told_image
from app.viewing.wording import UNIT_WORDS, number


def pointer_text(viewport: Viewport, shown: Resolved, at: PointPx) -> str:
    """Value in words; "" off the image, for colour, and where nothing has arrived."""
    if not shown.holds(at) or not _is_current(viewport, shown):
        return ""
    point = shown.placement.to_image(at)
    original = told_image(viewport, shown.image)
    traced = _traced(original, point)
    if traced:
        return tr("Pointer {value} {unit}", value=traced, unit="").strip()
    value = original.value_at(point)
    processed = _processed(viewport, shown, at, original)
    if processed is not None and value is not None:
        other = processed.value_at(point)
        value = other - value if shown.compare is Compare.DIFFERENCE and other is not None else other
    if value is None:
        return ""
    whole = original.quantity is Quantity.HU or abs(value) >= 100 or value == round(value)
    digits = 0 if whole else small_decimals(value)
    unit = UNIT_WORDS[original.quantity] or (original.unit if original.unit != "1" else "")
    return tr("Pointer {value} {unit}", value=number(value, digits), unit=unit).strip()


def _traced(original: MeasuredImage, at: PointPx) -> str:
    """What a trace of an ultrasound image shows at a point; "" where there is none."""
    region = original.plane.region_at((at,))
    if region is None or not region.is_trace:
        return ""
    across, found = region.axes[0], point_value(region, at)
    time = across.value_at(at[0]) if across.unit == "s" else None
    moment = f"{number(time, 3)} s" if time is not None else ""
    return "  ".join(x for x in (value_words(found) if found is not None else "", moment) if x)


def _is_current(viewport: Viewport, shown: Resolved) -> bool:
    match viewport.image:
        case Volume() as volume:
            return volume.voxels.generation == shown.image.generation and bool(volume.voxels.ready.size)
        case ImageStack() as stack:
            return stack.pixels.generation == shown.image.generation and bool(stack.pixels.ready.size)
    return False


def _processed(
    viewport: Viewport, shown: Resolved, at: PointPx, original: MeasuredImage
) -> MeasuredImage | None:
    """The processed image, where it is what is seen at the pixel."""
    layer = viewport.layer(ProcessedLayer)
    if layer is None or not isinstance(viewport.view, SliceView) or shown.compare is Compare.SOURCE:
        return None
    if shown.compare is Compare.SWIPE and at[0] < shown.swipe_px:
        return None
    further = min(shown.image.further, layer.volume.voxels.ready.shape[0] - 1)
    values = slice_values(layer.volume, viewport.view, shown.image.index, further)
    return replace(original, values=values, frame=None, missing=None)
