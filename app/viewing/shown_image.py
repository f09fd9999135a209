"""Which image of a viewport's data is to be drawn, and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.anchor import Anchor, FrameAnchor, PlaneAnchor
from app.domain.display_set import Correction, DisplaySet, DisplaySetId
from app.domain.frame import Frame
from app.domain.image import Image, ImageStack
from app.domain.plane_slabs import PlaneKey, Slab
from app.domain.study import SeriesUid, SopUid, StudyUid
from app.domain.volume import FrameReference, Volume
from app.viewing.image_plane import ImagePlane, frame_plane, slice_plane
from app.viewing.layers import PresentationLayer
from app.viewing.planes import PlaneView, nearest_slice
from app.viewing.presented import PresentedImage
from app.viewing.screen import SliceView, StackView, View, Viewport
from app.viewing.shapes.shape import MeasuredImage, VolumeAround


@dataclass(frozen=True, slots=True)
class ShownImage:
    """One image of a viewport.

    `index` of `count` is the one asked for, `shown` the nearest that has arrived (None: none has, or what was
    asked for never will); `further` is the position along the further axis.  `frame` and `reference` are the
    source image of what is shown, where it is one. `fraction` is the share of the whole that has arrived,
    `generation` that of the pixels: a drawer that holds others drops it.
    """

    plane: ImagePlane
    index: int
    shown: int | None
    count: int
    further: int
    fraction: float
    generation: int
    frame: Frame | None = None
    reference: FrameReference | None = None

    @property
    def number(self) -> int | None:
        """The scanner's number of the image; None where it has none."""
        known = self.frame if self.frame is not None else self.reference
        return known.number if known is not None else None

    @property
    def location_mm(self) -> float | None:
        """Slice Location."""
        known = self.frame if self.frame is not None else self.reference
        return known.location_mm if known is not None else None

    @property
    def ready(self) -> bool:
        """What is shown is what was asked for."""
        return self.shown == self.index


def shown_image(viewport: Viewport) -> ShownImage | None:
    """What a slice or stack view shows; None for others, and while there is no image (or it has been
    closed).
    """
    return image_at(viewport, viewport.view, viewport.further)


def image_at(viewport: Viewport, view: View, further: int = 0) -> ShownImage | None:
    """What another view of a viewport's images would show, as `shown_image`."""
    match viewport.image, view:
        case Volume() as volume, SliceView() as view:
            if not volume.voxels.ready.size:
                return None
            return _of_volume(volume, view, further, viewport.display_set, is_all=bool(viewport.failed))
        case ImageStack() as stack, StackView() as view:
            return _of_stack(stack, view) if stack.pixels.ready.size else None
    return None


def _of_volume(
    volume: Volume, view: SliceView, further: int, display_set: DisplaySet | None, *, is_all: bool
) -> ShownImage:
    """`is_all`: no more slices will arrive, and none stands in for another."""
    count = volume.grid.shape[view.axis]
    index = nearest_slice(view.index, count)
    further = min(max(further, 0), volume.voxels.ready.shape[0] - 1)
    ready = volume.voxels.ready[further]
    if view.axis == 0:
        shown = _nearest(ready, index) if ready[index] or not is_all else None
        drawn = index if shown is None else shown
        frame, reference = (source_frame(display_set, further, drawn), volume.reference(further, drawn))
    else:  # planes across the slices show what there is
        shown, frame, reference = _nearest_across(volume, view.axis, index, further), None, None
    plane = slice_plane(volume.grid, view.axis, index, volume.frame_of_reference_uid)
    fraction, generation = volume.voxels.fraction, volume.voxels.generation
    if shown is not None and (slab := slab_of(volume, view.axis, shown, further)) is not None:
        fraction = min(fraction, slab.fraction)
    return ShownImage(
        plane=plane,
        index=index,
        shown=shown,
        count=count,
        further=further,
        fraction=fraction,
        generation=generation,
        frame=frame,
        reference=reference,
    )


def _of_stack(stack: ImageStack, view: StackView) -> ShownImage:
    count = len(stack.frames)
    index = min(max(view.index, 0), count - 1)
    frame = stack.frames[index]
    return ShownImage(
        plane=frame_plane(frame),
        index=index,
        # another image of a stack may be of another part of the body: nothing stands in for one that is on
        # its way
        shown=index if stack.pixels.ready[index] else None,
        count=count,
        further=0,
        fraction=stack.pixels.fraction,
        generation=stack.pixels.generation,
        frame=frame,
    )


def source_frame(display_set: DisplaySet | None, further: int, slice_: int) -> Frame | None:
    """The frame that a slice of a volume was made of; None where it is not known or missing."""
    if display_set is None or display_set.geometry is None:
        return None
    places = display_set.geometry.places
    if not (further < len(places) and slice_ < len(places[further])):
        return None
    place = places[further][slice_]
    return display_set.frames[place] if place >= 0 else None


def drawn_frame(viewport: Viewport, shown: ShownImage) -> Frame | None:
    """The frame whose pixels are drawn; None where values were computed from several, or it is not known."""
    if isinstance(viewport.image, Volume) and viewport.image.correction is Correction.RESAMPLED:
        return None
    return shown.frame


def presented_image(viewport: Viewport, shown: ShownImage) -> PresentedImage | None:
    """What the applied presentation state says of the drawn image; None where it does not refer to it."""
    layer, frame = viewport.layer(PresentationLayer), drawn_frame(viewport, shown)
    return layer.images.get(frame.key) if layer is not None and frame is not None else None


def _nearest(ready: NDArray[np.bool_], index: int) -> int | None:
    if ready[index]:
        return index
    arrived = np.flatnonzero(ready)
    return int(arrived[np.argmin(np.abs(arrived - index))]) if arrived.size else None


def plane_key(volume: Volume, axis: int, index: int, further: int) -> PlaneKey:
    """What a plane across the slices is found by where it has been gathered."""
    return PlaneKey(volume.voxels.generation, further, axis, index)


def slab_of(volume: Volume, axis: int, index: int, further: int) -> Slab | None:
    """The planes that were gathered with a plane across the slices; None where it is cut from the volume."""
    planes = volume.voxels.planes
    if planes is None or axis == 0:
        return None
    return planes.find(plane_key(volume, axis, index, further))


def _nearest_across(volume: Volume, axis: int, index: int, further: int) -> int | None:
    planes = volume.voxels.planes
    if planes is not None:
        return planes.nearest(plane_key(volume, axis, index, further))
    return index if volume.voxels.ready[further].any() else None


def slice_values(volume: Volume, view: SliceView, along: int, further: int = 0) -> NDArray[Any]:
    """The values of a slice as it hangs, (row, column); a view of the volume."""
    plane = slice_plane(volume.grid, view.axis, along, volume.frame_of_reference_uid)
    assert plane.view is not None
    slab = slab_of(volume, view.axis, along, further)
    if slab is not None:
        return plane.view.cut(slab.values, along - slab.key.index)
    return plane.view.cut(volume.at(further), along)


def arrived_slices(volume: Volume, view: SliceView, along: int, further: int = 0) -> NDArray[np.bool_]:
    """Which slices have arrived in a plane."""
    slab = slab_of(volume, view.axis, along, further)
    return slab.ready if slab is not None else volume.voxels.ready[further]


def missing_of(volume: Volume, view: SliceView, along: int, further: int = 0) -> NDArray[np.bool_] | None:
    """Pixels of a plane across the slices whose slice has not arrived, as it hangs; None where all have."""
    ready = arrived_slices(volume, view, along, further)
    if view.axis == 0 or ready.all():
        return None
    plane = slice_plane(volume.grid, view.axis, 0, volume.frame_of_reference_uid).view
    assert plane is not None
    columns, rows = plane.size
    if plane.down == 0:
        return np.broadcast_to(~ready[:: plane.down_sign, None], (rows, columns))
    return np.broadcast_to(~ready[None, :: plane.across_sign], (rows, columns))


def measured_image(viewport: Viewport, shown: ShownImage) -> MeasuredImage:
    """What a shape on the shown image is measured on: always the original, whatever is laid over it."""
    match viewport.image, shown.plane.view:
        case Volume() as volume, PlaneView(normal=axis):
            view = SliceView(axis, float(shown.index))
            # measured is what was asked for: a neighbour that stands in for it is not
            whole = shown.ready
            return MeasuredImage(
                plane=shown.plane,
                values=slice_values(volume, view, shown.index, shown.further) if whole else None,
                quantity=volume.quantity,
                unit=volume.mapped_unit,
                modality=volume.modality,
                missing=missing_of(volume, view, shown.index, shown.further),
                around=VolumeAround(volume, shown.further, warnings_of(viewport)),
                mapped=volume.mapped,
            )
        case ImageStack() as stack, _:
            stored = stack.pixels.stored(shown.index)
            return MeasuredImage(
                plane=shown.plane,
                values=stored if stored is not None and stored.ndim == 2 else None,
                quantity=stack.display_set.quantity,
                unit=stack.display_set.unit,
                modality=stack.display_set.modality,
                frame=stack.frames[shown.index],
                in_colour=stored is not None and stored.ndim == 3,
                mapped=stack.display_set.mapped,
            )
    raise TypeError("the shown image is not of the viewport's images")


def warnings_of(viewport: Viewport) -> tuple[tuple[str, dict[str, str]], ...]:
    """What a reader must know of the images: English templates and their parameters."""
    if viewport.display_set is not None:
        return viewport.display_set.warnings
    return viewport.image.warnings if isinstance(viewport.image, Volume) else ()


def series_uid_of(image: Image) -> SeriesUid:
    """The series an image comes from."""
    return image.display_set.series_uid if isinstance(image, ImageStack) else image.series_uid


def display_set_id_of(image: Image) -> DisplaySetId | None:
    """The display set an image was acquired from; None for computed volumes."""
    return image.display_set.display_set_id if isinstance(image, ImageStack) else image.display_set_id


def anchor_of(viewport: Viewport, shown: ShownImage) -> Anchor:
    """What a shape on the shown image is drawn on: the source image where it is one, else the plane."""
    study_uid = viewport.study_uid or StudyUid("")
    image = viewport.image
    assert image is not None
    frame = whole_image_at(viewport, shown)
    if frame is not None:
        sop_uid, sop_class_uid, number = frame
        return FrameAnchor(
            study_uid=study_uid,
            series_uid=series_uid_of(image),
            sop_uid=sop_uid,
            sop_class_uid=sop_class_uid,
            frame=number,
            frame_of_reference_uid=shown.plane.frame_of_reference_uid,
            number=_number_at(viewport, shown),
        )
    assert isinstance(image, Volume)
    return plane_anchor(study_uid, image, shown.plane, shown.further)


def plane_anchor(study_uid: StudyUid, volume: Volume, plane: ImagePlane, further: int) -> PlaneAnchor:
    """A plane of a volume's grid at a position of its further axis."""
    view, pose = plane.view, plane.pose
    assert view is not None
    assert pose is not None
    return PlaneAnchor(
        study_uid=study_uid,
        series_uid=volume.series_uid,
        frame_of_reference_uid=volume.frame_of_reference_uid,
        origin_mm=pose.origin_mm,
        right=view.right_vector,
        down=view.down_vector,
        further=further,
        nearest=_nearest_image(study_uid, volume, plane, further),
    )


def _nearest_image(
    study_uid: StudyUid, volume: Volume, plane: ImagePlane, further: int
) -> FrameAnchor | None:
    """The volume's image that is nearest to the middle of a plane of its grid."""
    if not volume.references:
        return None
    assert plane.view is not None
    slices = volume.references[further]
    middle = plane.along if plane.view.normal == 0 else len(slices) // 2
    found = [(abs(s - middle), s) for s, one in enumerate(slices) if one is not None]
    if not found:
        return None
    one = slices[min(found)[1]]
    assert one is not None
    return FrameAnchor(
        study_uid=study_uid,
        series_uid=volume.series_uid,
        sop_uid=one.sop_uid,
        sop_class_uid=one.sop_class_uid or volume.details.get("sop_class_uid", ""),
        frame=one.frame,
        frame_of_reference_uid=volume.frame_of_reference_uid,
        number=one.number,
    )


def frame_at(viewport: Viewport, shown: ShownImage) -> tuple[SopUid, str, int | None] | None:
    """(SOP instance, SOP class, frame from 1 where the object has several) of the image asked for; None where
    it is none.
    """
    if isinstance(viewport.image, ImageStack):
        return _named(viewport.image.frames[shown.index])
    volume, plane = viewport.image, shown.plane.view
    if plane is None or plane.normal != 0 or not isinstance(volume, Volume):
        return None
    if volume.correction is Correction.RESAMPLED:  # its slices lie between source images
        return None
    frame = source_frame(viewport.display_set, shown.further, shown.index)
    if frame is not None:
        return _named(frame)
    known = volume.reference(shown.further, shown.index)
    if known is None:
        return None
    return (known.sop_uid, known.sop_class_uid or volume.details.get("sop_class_uid", ""), known.frame)


def whole_image_at(viewport: Viewport, shown: ShownImage) -> tuple[SopUid, str, int | None] | None:
    """As `frame_at`, but None for a slice of a mosaic, whose image is that of other slices too."""
    found, volume = frame_at(viewport, shown), viewport.image
    if found is None or not isinstance(volume, Volume):
        return found
    return None if is_part_of_image(volume, shown.further, shown.index) else found


def _number_at(viewport: Viewport, shown: ShownImage) -> int | None:
    """The scanner's number of the image asked for, also where another one stands in for it."""
    if isinstance(viewport.image, ImageStack):
        frame = viewport.image.frames[shown.index]
        return frame.index + 1 if frame.frames_in_object > 1 else frame.number
    assert isinstance(viewport.image, Volume)
    known = viewport.image.reference(shown.further, shown.index)
    return known.number if known is not None else None


def is_part_of_image(volume: Volume, further: int, slice_: int) -> bool:
    """The slice is a tile of a mosaic, which its neighbours are tiles of too."""
    known = volume.reference(further, slice_)
    if known is None:
        return False
    beside = volume.references[further][max(slice_ - 1, 0) : slice_ + 2]
    image = (known.sop_uid, known.frame)
    return sum(one is not None and (one.sop_uid, one.frame) == image for one in beside) > 1


def _named(frame: Frame) -> tuple[SopUid, str, int | None]:
    return (frame.sop_uid, frame.sop_class_uid, frame.index + 1 if frame.frames_in_object > 1 else None)
