"""The voxels that measurements in volumes stand for, found again from their points and values."""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.geometry import Point3
from app.domain.image import Image
from app.domain.measurement import Measurement
from app.domain.provenance import ReviewState
from app.domain.uptake import VoxelRegion
from app.domain.volume import Volume
from app.viewing.anchors import place_of
from app.viewing.layers import MeasuredRegion, RegionLayer
from app.viewing.shapes import ShapeTypes
from app.viewing.shapes.concepts import THRESHOLD
from app.viewing.shapes.shape import VolumeAround

#: generation of the voxels, position along the further axis, kind, point and values of a measurement
_Key = tuple[int, int, str, tuple[Point3, ...], tuple[float, ...]]


class MeasuredRegions:
    """Regions of the measurements on the screen; each is grown once."""

    def __init__(self, shapes: ShapeTypes) -> None:
        self.shapes = shapes
        self._kept: dict[_Key, VoxelRegion | None] = {}

    def layer(self, image: Image, measurements: Sequence[Measurement], selected: str) -> RegionLayer:
        """What was measured in a volume, as far as it has arrived."""
        if not isinstance(image, Volume):
            return RegionLayer()
        found = []
        for one in measurements:
            place = place_of(one.anchor, image) if one.roi.kind.is_volume else None
            region = self.region(image, place.further, one) if place is not None else None
            if region is not None and place is not None:
                made = MeasuredRegion(
                    tracking_uid=one.tracking_uid,
                    name=one.label,
                    region=region,
                    further=place.further,
                    kind=one.roi.kind,
                    threshold=next((v for v in one.values if v.concept.same_as(THRESHOLD)), None),
                    selected=one.tracking_uid == selected,
                    unconfirmed=one.review is ReviewState.UNCONFIRMED,
                )
                found.append(made)
        return RegionLayer(tuple(found))

    def region(self, volume: Volume, further: int, measurement: Measurement) -> VoxelRegion | None:
        """The voxels of a measurement; None while they have not arrived."""
        roi, ready = measurement.roi, volume.voxels.ready
        if not (roi.points_mm and ready.size and ready[further].all()):
            return None
        values = tuple(value.value for value in measurement.values)
        key = (volume.voxels.generation, further, roi.kind.value, roi.points_mm, values)
        if key not in self._kept:
            around = VolumeAround(volume, further)
            self._kept[key] = self.shapes.of(roi.kind).region_of(around, roi.points_mm[0], measurement.values)
        return self._kept[key]

    def forget(self, volume: Image) -> None:
        """The voxels have gone."""
        if isinstance(volume, Volume):
            gone = volume.voxels.generation
            self._kept = {key: region for key, region in self._kept.items() if key[0] != gone}
