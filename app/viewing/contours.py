"""Contours of structures on the images that a viewport shows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.domain.contour_cuts import Cut, PlacedContours
from app.domain.frame import Frame, FrameKey
from app.domain.geometry import Point3
from app.domain.image import ImageStack
from app.domain.volume import Volume
from app.viewing.image_plane import ImagePlane, frame_plane
from app.viewing.layers import ContourLayer
from app.viewing.planes import as_point
from app.viewing.screen import Viewport
from app.viewing.shown_image import ShownImage, drawn_frame

#: of images that do not tell how thick they are
_USUAL_THICKNESS_MM = 1.0


def contour_layer(contours: PlacedContours, frames: Sequence[Frame], title: str) -> ContourLayer:
    """A layer over the images of a display set."""
    number = {frame.key: n for n, frame in enumerate(frames)}
    several = {frame.sop_uid: frame.frames_in_object for frame in frames}
    here: dict[FrameKey, NDArray[np.bool_]] = {}
    named = np.zeros(len(contours.contours), bool)
    for k, contour in enumerate(contours.contours):
        for image in contour.images:
            if image.sop_uid not in several or (several[image.sop_uid] > 1 and not image.frames):
                continue  # of an object of several frames it does not tell the one
            for index in image.frames or (1,):
                key = (image.sop_uid, index - 1)
                if key in number:
                    named[k] = True
                    here.setdefault(key, np.zeros(len(contours.contours), bool))[k] = True
    return ContourLayer(contours, here, named, title)


def cut_of(viewport: Viewport, shown: ShownImage, layer: ContourLayer) -> Cut:
    """What the shown plane meets of the structures; nothing where the image has no place in the patient."""
    plane, frame = shown.plane, drawn_frame(viewport, shown)
    if plane.pose is None:
        return Cut((), ())
    reach, thickness = _reach(viewport, plane, frame)
    at_image = frame is not None
    here = layer.here.get(frame.key) if frame is not None else None
    cut = layer.contours.cut(
        plane.pose.origin_mm,
        plane.pose.normal,
        reach_mm=reach,
        thickness_mm=thickness,
        here=here,
        elsewhere=layer.named & ~here if here is not None else layer.named if at_image else None,
    )
    strangers = _strangers(layer, plane)
    if not strangers:
        return cut
    return Cut(
        tuple(one for one in cut.lines if one.structure not in strangers),
        tuple(one for one in cut.areas if one.structure not in strangers),
    )


def _reach(viewport: Viewport, plane: ImagePlane, frame: Frame | None) -> tuple[float, float]:
    """How far off a contour may lie, and how thick the images are."""
    if isinstance(viewport.image, Volume) and plane.view is not None:
        thickness = viewport.image.grid.slice_distance_mm
        step = thickness if plane.view.normal == 0 else plane.view.step_mm
        return step / 2, thickness
    thickness = (frame.slice_thickness_mm if frame is not None else None) or _USUAL_THICKNESS_MM
    return max(thickness, _USUAL_THICKNESS_MM) / 2, thickness


def _strangers(layer: ContourLayer, plane: ImagePlane) -> frozenset[int]:
    """Structures in another frame of reference than the image that name none of the images either."""
    own = plane.frame_of_reference_uid
    placed = layer.contours
    known = set(placed.owner[layer.named].tolist())
    return frozenset(
        n
        for n, one in enumerate(placed.structures)
        if own and one.frame_of_reference_uid not in ("", own) and n not in known
    )


def middle_contour(layer: ContourLayer, number: int) -> Point3 | None:
    """The middle of the contour in the middle of a structure; None where it has none."""
    placed = layer.contours
    mine = [k for k, n in enumerate(placed.owner) if placed.structures[n].number == number]
    if not mine:
        return None
    ordered = sorted(mine, key=lambda k: float(placed.heights_mm[k]))
    return as_point(placed.contours[ordered[len(ordered) // 2]].points_mm.mean(axis=0))


def frame_at(stack: ImageStack, point_mm: Point3) -> int | None:
    """The image of a stack whose plane is nearest to a point and holds it; None where none does."""
    best: tuple[float, int] | None = None
    for index, frame in enumerate(stack.frames):
        plane = frame_plane(frame)
        if plane.pose is None:
            continue
        x, y = plane.pixels_of(point_mm)[0]
        inside = 0 <= x <= plane.size[0] and 0 <= y <= plane.size[1]
        away = abs(plane.pose.distance_mm(point_mm))
        if inside and (best is None or away < best[0]):
            best = (away, index)
    return best[1] if best is not None else None


def meets(contours: PlacedContours, image: Volume | ImageStack, named: NDArray[np.bool_]) -> bool:
    """Some contour lies on the images."""
    if named.any() or not contours.contours:
        return bool(named.any())
    points = np.concatenate([one.points_mm for one in contours.contours])
    if isinstance(image, Volume):
        index = image.grid.to_index(points)
        within = (index >= -0.5) & (index <= np.array(image.grid.shape) - 0.5)
        return bool(within.all(axis=1).any())
    for frame in image.frames:
        plane = frame_plane(frame)
        if plane.pose is None:
            continue
        reach = max(frame.slice_thickness_mm or 0.0, _USUAL_THICKNESS_MM) / 2
        away = np.abs((points - np.array(plane.pose.origin_mm)) @ np.array(plane.pose.normal))
        pixels = plane.pixels_of(points)
        inside = (pixels >= 0).all(axis=1) & (pixels <= np.array(plane.size)).all(axis=1)
        if (inside & (away <= reach)).any():
            return True
    return False
