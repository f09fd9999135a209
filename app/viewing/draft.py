"""The shape under the pointer: a new one, or one of which a handle or the whole is being moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.domain.anchor import FrameAnchor
from app.domain.geometry import Point3, PointPx
from app.domain.measurement import MeasuredValue
from app.errors import BadInput
from app.i18n import tr
from app.viewing.layers import ShapeAnnotation
from app.viewing.mark_places import image_points
from app.viewing.resolve import Resolved, ScreenFacts, resolve
from app.viewing.screen import Drawn, Reshaped, Viewport
from app.viewing.shapes.scales import NotMeasuredHere
from app.viewing.shapes.shape import Shape
from app.viewing.shown_image import anchor_of
from app.viewing.told_image import told_image


@dataclass(frozen=True, slots=True)
class Draft:
    """`points` are pixels of the image as it hangs; `tracking_uid` is empty for a new shape.

    `shown` is the state of the tile when the button went down: a shape stays on the image it was begun on.
    """

    shape: Shape
    points: tuple[PointPx, ...]
    shown: Resolved
    tracking_uid: str = ""

    def at_screen(self, points: tuple[PointPx, ...]) -> Draft:
        """The same shape with other points, given in pixels of the screen."""
        return replace(self, points=tuple(self.shown.placement.to_image(point) for point in points))

    @property
    def on_screen(self) -> tuple[PointPx, ...]:
        """Its points in pixels of the screen."""
        return tuple(self.shown.placement.to_screen(*point) for point in self.points)

    def lines(self, viewport: Viewport) -> tuple[str, ...]:
        """Its present values: the same numbers as the finished measurement's; why there are none where it
        lies; none where it measures nothing.
        """
        try:
            values = self._measured(viewport)
        except NotMeasuredHere as error:
            return (tr(error.template, **error.params),)
        return self.shape.lines(values) if values else ()

    def is_meant(self, viewport: Viewport) -> bool:
        """It is whole, and measures what its shape measures or a person must be told why it does not."""
        try:
            return self._measured(viewport) is not None
        except NotMeasuredHere:
            return True

    def _measured(self, viewport: Viewport) -> tuple[MeasuredValue, ...] | None:
        if len(self.points) < self.shape.count:
            return None
        if self.shape.in_volume:
            return ()
        try:
            return self.shape.measure(told_image(viewport, self.shown.image), self.points)
        except NotMeasuredHere:
            raise
        except BadInput:
            return None

    def mark(self, viewport: Viewport) -> ShapeAnnotation:
        """As the screen shows it."""
        anchor = anchor_of(viewport, self.shown.image)
        px, mm = _stored(self.shown, self.points, whole=isinstance(anchor, FrameAnchor))
        return ShapeAnnotation(
            tracking_uid=self.tracking_uid or "draft",
            shape=self.shape,
            anchor=anchor,
            points_px=px,
            points_mm=mm,
            lines=self.lines(viewport),
            selected=True,
        )

    def _ordered(self) -> Draft:
        """With its points in the order they are stored."""
        points = self.on_screen
        ordered = self.shape.ordered(points)
        return self if ordered == points else self.at_screen(ordered)

    def drawn(self, viewport: Viewport, words: str = "") -> Drawn:
        """The finished new shape, with its words where it has some."""
        mark = self._ordered().mark(viewport)
        return Drawn(
            viewport_id=viewport.viewport_id,
            shape=self.shape,
            anchor=mark.anchor,
            points_px=mark.points_px,
            points_mm=mark.points_mm,
            words=words,
        )

    def reshaped(self, viewport: Viewport) -> Reshaped:
        """The finished change of a shape."""
        mark = self._ordered().mark(viewport)
        return Reshaped(viewport.viewport_id, self.tracking_uid, mark.points_px, mark.points_mm)


def draft_of(mark: ShapeAnnotation, shown: Resolved) -> Draft:
    """A drawn shape that is taken hold of."""
    return Draft(mark.shape, image_points(mark, shown.plane), shown, mark.tracking_uid)


def _stored(
    shown: Resolved, points: tuple[PointPx, ...], *, whole: bool
) -> tuple[tuple[PointPx, ...], tuple[Point3, ...]]:
    """Points on the source image, where it is one, and in the patient, where it has a place there."""
    px = tuple(shown.plane.to_source(*point) for point in points) if whole else ()
    mm = tuple(shown.plane.to_lps(*point) for point in points)
    return px, tuple(point for point in mm if point is not None)


def drawn_at(
    viewport: Viewport, shape: Shape, points_mm: Sequence[Point3], size_px: tuple[int, int]
) -> Drawn:
    """A shape as if it had been drawn by hand through points in the patient, on the image that is shown.

    Raises `BadInput` where the image has no place in the patient.
    """
    shown = resolve(viewport, ScreenFacts(), size_px)
    points = [shown.plane.from_lps(point) for point in points_mm] if shown is not None else []
    whole = tuple(point for point in points if point is not None)
    if shown is None or len(whole) != len(points_mm):
        raise BadInput("The image has no place in the patient.")
    return Draft(shape, whole, shown).drawn(viewport)
