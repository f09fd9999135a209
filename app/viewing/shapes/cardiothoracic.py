"""The width of the heart as a share of that of the chest."""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.coding import Code
from app.domain.geometry import PointPx
from app.domain.measurement import MeasuredValue
from app.domain.roi import RoiKind
from app.errors import BadInput
from app.i18n import tr
from app.viewing.shapes.concepts import PERCENT, WIDTH
from app.viewing.shapes.length import length_value, ticked_line
from app.viewing.shapes.shape import Drawing, MeasuredImage, Polyline, Shape, Stroke
from app.viewing.shapes.words import lengths_text
from app.viewing.wording import number

#: the standard has cardiothoracic ratios of areas and circumferences only, of the unborn (PS3.16 CID 12279)
CARDIOTHORACIC_RATIO = Code("CTR", "99YINGSHU", "Cardiothoracic ratio")


class Cardiothoracic(Shape):
    """Four points: the ends of the heart's greatest width, then of the chest's inner width.  The ratio needs
    no calibration; the widths say what they were measured on.
    """

    shape_id = "cardiothoracic"
    title = "Measure cardiothoracic ratio"
    key = "X"
    icon = "lungs"
    letter = "H"
    count = 4
    kind = RoiKind.CARDIOTHORACIC
    drawing = Drawing.PLACE
    measures_values = False

    def path(self, points: Sequence[PointPx]) -> tuple[Stroke, ...]:
        widths = [points[:2], points[2:]]
        return tuple(
            stroke
            for width in widths
            if width
            for stroke in (ticked_line(width) if len(width) == 2 else (Polyline(tuple(width)),))
        )

    def measure(self, image: MeasuredImage, points: Sequence[PointPx]) -> tuple[MeasuredValue, ...]:
        heart, chest = (length_value(image, points[n : n + 2], WIDTH, within=points) for n in (0, 2))
        if not chest.value or not heart.value:
            raise BadInput("A width has no length.")
        ratio = MeasuredValue(CARDIOTHORACIC_RATIO, 100 * heart.value / chest.value, PERCENT)
        return (ratio, heart, chest)

    def lines(self, values: Sequence[MeasuredValue]) -> tuple[str, ...]:
        return (tr("CTR {ratio} %", ratio=number(values[0].value, 1)), lengths_text(values[1:], " / "))
