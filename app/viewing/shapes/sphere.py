"""A sphere in a volume and the values inside."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from app.domain.geometry import Point3, PointPx
from app.domain.measurement import MeasuredValue
from app.domain.roi import RoiKind
from app.domain.uptake import VoxelRegion, sphere
from app.errors import BadInput, Refused
from app.i18n import tr
from app.viewing.shapes.concepts import MEAN, MILLILITRE, SD, VOLUME, quantity_of
from app.viewing.shapes.region import statistics
from app.viewing.shapes.shape import (
    Box,
    EllipseLine,
    MeasuredImage,
    Polyline,
    Shape,
    Stroke,
    VolumeAround,
    distance_to_segment,
    mapped_only,
)
from app.viewing.shapes.words import region_details, spread_of, unit_text
from app.viewing.wording import decimals_of, number

_ARM_PX = 5.0


class Sphere(Shape):
    """Two points: the middle, where the button went down, and one of the surface.

    Measured are the voxels whose centre lies inside, of the volume itself, on all its slices; the volume is
    that of the sphere, 4/3·π·r³, not a count of voxels.  Its outline is on every plane that it meets.
    """

    shape_id = "sphere"
    title = "Measure sphere"
    key = "Shift+B"
    icon = "sphere"
    letter = "O"
    count = 2
    kind = RoiKind.SPHERE
    in_volume = True

    def path(self, points: Sequence[PointPx]) -> tuple[Stroke, ...]:
        (x, y), radius = points[0], math.dist(points[0], points[1])
        return (EllipseLine((x, y), (radius, radius), 0.0), *_cross((x, y)))

    def bounds(self, points: Sequence[PointPx]) -> Box:
        (x, y), radius = points[0], math.dist(points[0], points[1])
        return Box(x - radius, y - radius, 2 * radius, 2 * radius)

    def distance(self, points: Sequence[PointPx], at: PointPx) -> float:
        away, radius = math.dist(points[0], at), math.dist(points[0], points[1])
        cross = (distance_to_segment(line.points[0], line.points[1], at) for line in _cross(points[0]))
        return min(abs(away - radius), *cross)

    def with_handle(self, points: tuple[PointPx, ...], handle: int, to: PointPx) -> tuple[PointPx, ...]:
        """The middle takes the surface along; the surface changes the radius."""
        if handle == 1:
            return (points[0], to)
        (x, y), (u, v) = points
        return (to, (u + to[0] - x, v + to[1] - y))

    def measure(self, image: MeasuredImage, points: Sequence[PointPx]) -> tuple[MeasuredValue, ...]:
        middle, surface = (image.plane.to_lps(*point) for point in points)
        if image.around is None or middle is None or surface is None:
            raise Refused(
                "These images are no volume.", hint="A sphere is measured in volumes, on planes through them."
            )
        around = image.around
        if not around.volume.voxels.ready[around.further].all():
            raise Refused("The images are still loading.", hint="Draw it again when all have arrived.")
        radius = math.dist(middle, surface)
        region = sphere(around.volume.grid, middle, radius)
        inside = region.values(around.volume.at(around.further)) if region is not None else np.zeros(0)
        inside = mapped_only(inside, image.mapped) * image.factor
        if not inside.size:
            raise BadInput("The sphere holds no voxel.", hint="Draw it larger, inside the images.")
        volume_ml = 4 / 3 * math.pi * radius**3 / 1000
        return (*statistics(image, inside), MeasuredValue(VOLUME, volume_ml, MILLILITRE))

    def region_of(
        self, around: VolumeAround, at_mm: Point3, values: Sequence[MeasuredValue]
    ) -> VoxelRegion | None:
        volume_ml = next((v.value for v in values if v.concept.same_as(VOLUME)), 0.0)
        radius = (volume_ml * 1000 * 3 / (4 * math.pi)) ** (1 / 3)
        return sphere(around.volume.grid, at_mm, radius)

    def lines(self, values: Sequence[MeasuredValue]) -> tuple[str, ...]:
        by = {v.concept.value: v.value for v in values}
        unit = values[0].unit
        digits = decimals_of(quantity_of(unit), spread_of(by))
        mean, sd = number(by[MEAN.value], digits), number(by[SD.value], digits)
        return (
            tr("Mean {mean}  SD {sd} {unit}", mean=mean, sd=sd, unit=unit_text(unit)).strip(),
            tr("Volume {size} mL", size=number(by[VOLUME.value], 2)),
        )

    def details(self, values: Sequence[MeasuredValue]) -> tuple[str, ...]:
        return region_details(values)


def _cross(at: PointPx) -> tuple[Polyline, Polyline]:
    x, y = at
    return Polyline(((x - _ARM_PX, y), (x + _ARM_PX, y))), Polyline(((x, y - _ARM_PX), (x, y + _ARM_PX)))
