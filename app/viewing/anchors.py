"""Where something was drawn or marked: what shows it of an image, and in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from app.domain.anchor import Anchor, FrameAnchor, GridAnchor, PlaneAnchor
from app.domain.display_set import Correction, DisplaySet
from app.domain.geometry import Point3
from app.domain.image import Image, ImageStack
from app.domain.study import Series, SeriesUid
from app.domain.volume import Volume
from app.i18n import tr
from app.viewing.image_plane import slice_plane
from app.viewing.planes import grid_plane, nearest_slice, plane_across, plane_name
from app.viewing.screen import SliceView, StackView
from app.viewing.shown_image import is_part_of_image, plane_anchor, series_uid_of
from app.viewing.viewport_texts import axis_text, projection_words


@dataclass(frozen=True, slots=True)
class AnchorPlace:
    """What shows an anchor of an image: a view, and the position along the further axis."""

    view: SliceView | StackView
    further: int = 0


def place_of(anchor: Anchor, image: Image) -> AnchorPlace | None:
    """What shows the anchor; None where the image does not hold it."""
    if series_uid_of(image) != anchor.series_uid:
        return None
    match anchor, image:
        case FrameAnchor(), Volume():
            return _image_in_volume(anchor, image)
        case FrameAnchor(), ImageStack():
            at = (i for i, f in enumerate(image.frames) if anchor.is_image(f.sop_uid, f.index + 1))
            return next((AnchorPlace(StackView(i)) for i in at), None)
        case PlaneAnchor(), Volume():
            return _plane_in_volume(anchor, image)
        case GridAnchor(axis=axis, index=index), Volume(is_first=True):
            held = nearest_slice(index, image.grid.shape[axis])
            return AnchorPlace(SliceView(axis, float(held)))
        case GridAnchor(axis=0, index=index), ImageStack() if image.display_set.is_first:
            return AnchorPlace(StackView(nearest_slice(index, len(image.frames))))
    return None


def set_of(anchor: Anchor, sets: Sequence[DisplaySet]) -> DisplaySet | None:
    """Which of a series' display sets holds the anchor; None where none does.

    Slices between which values were interpolated are no source images: the originals beside them come first.
    """
    match anchor:
        case FrameAnchor():
            holding = [one for one in sets if _has_image(one, anchor)]
            return min(holding, key=_is_resampled, default=None)
        case PlaneAnchor(nearest=FrameAnchor() as nearest):
            volumes = (one for one in sets if one.geometry is not None)
            return next((one for one in volumes if _has_image(one, nearest)), None)
        case PlaneAnchor():
            return next((one for one in sets if one.geometry is not None), None)
        case GridAnchor():
            return next((one for one in sets if one.geometry is not None), sets[0] if sets else None)


def _has_image(found: DisplaySet, image: FrameAnchor) -> bool:
    return any(image.is_image(frame.sop_uid, frame.index + 1) for frame in found.frames)


def _is_resampled(found: DisplaySet) -> bool:
    return found.geometry is not None and found.geometry.correction is Correction.RESAMPLED


def screen_anchor(
    anchor: Anchor, image: Image, points_mm: Sequence[Point3] = ()
) -> FrameAnchor | PlaneAnchor | None:
    """The anchor as the screen matches it with what is shown; None where the image does not hold it.

    `points_mm` of the shape tell which slice is meant of an image that holds several (a mosaic), and where
    the grid has grown since an index in it was stored.
    """
    place = place_of(anchor, image)
    if place is None:
        return None
    match anchor, image, place.view:
        case FrameAnchor(), Volume(), SliceView(index=index) if is_part_of_image(
            image, place.further, round(index)
        ):
            return _anchor_at(anchor, image, place, points_mm)
        case FrameAnchor(), _, _:
            return anchor
        case GridAnchor(), Volume(), SliceView():
            return _anchor_at(anchor, image, place, points_mm)
        case PlaneAnchor(), Volume(), SliceView():
            return _anchor_at(anchor, image, place)
        case _, ImageStack(), StackView(index=at):
            frame = image.frames[at]
            return FrameAnchor(
                study_uid=anchor.study_uid,
                series_uid=anchor.series_uid,
                sop_uid=frame.sop_uid,
                sop_class_uid=frame.sop_class_uid,
                frame=frame.index + 1 if frame.frames_in_object > 1 else None,
                frame_of_reference_uid=frame.frame_of_reference_uid,
            )
    return None


def _anchor_at(
    anchor: Anchor, volume: Volume, place: AnchorPlace, points_mm: Sequence[Point3] = ()
) -> PlaneAnchor | None:
    """The plane at a place, or the one beside it that the points lie on; None outside the volume."""
    assert isinstance(place.view, SliceView)
    axis, index = place.view.axis, place.view.index
    if points_mm:
        index = float(volume.grid.to_index(points_mm[0])[axis])
    count = volume.grid.shape[axis]
    if not -0.5 <= index <= count - 0.5:
        return None
    plane = slice_plane(volume.grid, axis, nearest_slice(index, count), volume.frame_of_reference_uid)
    return plane_anchor(anchor.study_uid, volume, plane, place.further)


def _image_in_volume(anchor: FrameAnchor, volume: Volume) -> AnchorPlace | None:
    found = volume.find(anchor.sop_uid, anchor.frame)
    return AnchorPlace(SliceView(0, float(found[1])), found[0]) if found is not None else None


def _plane_in_volume(anchor: PlaneAnchor, volume: Volume) -> AnchorPlace | None:
    """The plane of the grid that is nearest to the anchor's, within half a step."""
    further = _position(anchor, volume)
    if further is None or anchor.frame_of_reference_uid != volume.frame_of_reference_uid:
        return None
    for axis, count in enumerate(volume.grid.shape):
        plane = slice_plane(volume.grid, axis, 0, volume.frame_of_reference_uid)
        assert plane.pose is not None
        index = float(volume.grid.to_index(anchor.origin_mm)[axis])
        if plane.pose.is_parallel(anchor.right, anchor.down) and -0.5 <= index <= count - 0.5:
            return AnchorPlace(SliceView(axis, float(nearest_slice(index, count))), further)
    return None


def _position(anchor: PlaneAnchor, volume: Volume) -> int | None:
    """The anchor's position along the further axis; None where it is of another volume of the series."""
    if anchor.nearest is not None and volume.references:
        found = volume.find(anchor.nearest.sop_uid, anchor.nearest.frame)
        return found[0] if found is not None else None
    return anchor.further if anchor.further < volume.voxels.array.shape[0] else None


# -- in words ----------------------------------------------------------------------------------------------


def anchor_label(anchor: Anchor, images: Iterable[Image], series: Sequence[Series] = ()) -> str:
    """Plane in the patient, number of the slice and position along the further axis, e.g. ``Axial 52 · Echo 2
    / 3``; of a projection its view, e.g. ``R CC``.

    `images` are those on the screen: where none of them holds the anchor, what the anchor says itself, and of
    several `series` of a study which one it is.
    """
    for image in images:
        place = place_of(anchor, image)
        if place is not None:
            return _place_label(place, image)
    match anchor:
        case FrameAnchor(number=number, frame=frame):
            known = number if number is not None else frame
            here = tr("Image {n}", n=known) if known is not None else tr("Image of another series")
            return " · ".join(x for x in (_series_name(anchor.series_uid, series), here) if x)
        case PlaneAnchor(right=right, down=down):
            return plane_across(int(np.argmax(np.abs(np.cross(right, down)))))
        case GridAnchor(index=index):
            return tr("Slice {n}", n=round(index) + 1)


def _place_label(place: AnchorPlace, image: Image) -> str:
    match place.view, image:
        case SliceView(axis=axis, index=index), Volume():
            along = nearest_slice(index, image.grid.shape[axis])
            # people who speak of an acquired slice mean the scanner's number
            number = image.number(place.further, along) if axis == 0 else along + 1
            words = f"{plane_name(grid_plane(image.grid, axis))} {number}"
            return " · ".join(x for x in (words, position_label(image, place.further)) if x)
        case StackView(index=index), ImageStack():
            image_words = tr("Image {n}", n=index + 1)
            projection = projection_words(image.frames[index])
            several = len(image.frames) > 1 or not projection
            return " · ".join(x for x in (projection, image_words if several else "") if x)
    raise TypeError("a stack of images has no planes")


def _series_name(series_uid: SeriesUid, series: Sequence[Series]) -> str:
    """What a series is called, where there are several."""
    found = next((one for one in series if one.series_uid == series_uid), None)
    return found.description if found is not None and len(series) > 1 else ""


def position_label(volume: Volume, further: int) -> str:
    """Position along the further axis in words; "" where the volume has one position."""
    count = len(volume.references) or volume.voxels.array.shape[0]
    return axis_text(volume.axis, further, count) if count > 1 else ""
