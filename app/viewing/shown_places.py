"""Where the views of a screen stand, so that another arrangement goes on from there."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from app.domain.image import ImageStack
from app.domain.volume import Volume
from app.viewing.links import (
    at_index,
    count_of,
    follow,
    link_kind,
    nearest_index,
    plane_of,
    point_to,
    space_of,
)
from app.viewing.planes import as_point
from app.viewing.screen import Crosshair, Screen, SliceView, StackView, Viewport, ViewportId


@dataclass(frozen=True, slots=True)
class ShownPlaces:
    """`views` are copies of the views that showed images, the active one first; `crosshair` is the one of
    then.
    """

    views: tuple[Viewport, ...] = ()
    crosshair: Crosshair | None = None

    @classmethod
    def of(cls, screen: Screen, *, moved: bool = False) -> ShownPlaces:
        """Of all views that show slices or images; of those only that a reader has moved from where they
        began, where it is asked.
        """
        line = (screen.active_viewport, *screen.viewports.values())
        shown = dict.fromkeys(
            v.viewport_id
            for v in line
            if v.image is not None and count_of(v) and not (moved and _is_as_opened(v))
        )
        return cls(tuple(_copy(screen.viewports[one]) for one in shown), screen.crosshair)

    def put_back(self, screen: Screen, viewport: Viewport) -> None:
        """Let a view that shows an image anew go where that image stood, or to the place in the patient that
        was looked at; what lies in another space goes as far from its middle.
        """
        same = [one for one in self.views if _source(one) == _source(viewport)]
        for one in same:
            match one.view, viewport.view:
                case SliceView(axis=before), SliceView(axis=axis) if before == axis:
                    viewport.view, viewport.further = one.view, one.further
                    return
                case StackView(), StackView() if len(screen.showing(viewport.image)) == 1:  # type: ignore[arg-type]
                    viewport.view = one.view
                    return
        if same:
            viewport.further = same[0].further
        leader = self._leader(viewport)
        if leader is None or isinstance(viewport.view, StackView):
            return
        if link_kind(leader, viewport, screen.alignments) != "step":
            follow(screen, leader, viewport)
        else:
            _as_far_from_middle(leader, viewport)

    def point_at(self, screen: Screen, viewport_id: ViewportId) -> bool:
        """Put the crosshair where it was in the space of a view, else in the plane that was looked at there;
        False where nothing of that space was seen.
        """
        space = space_of(screen.viewports[viewport_id])
        leader = next((one for one in self.views if space_of(one) == space), None)
        if leader is None:
            return False
        cross, plane = self.crosshair, plane_of(leader)
        if cross is not None and cross.frame_of_reference_uid == space.name:
            point_to(screen, viewport_id, cross.point_mm)
            return True
        point = plane.middle_mm if plane is not None else None
        if point is None:
            return False
        point_to(screen, viewport_id, point)
        return True

    def _leader(self, viewport: Viewport) -> Viewport | None:
        """The view of then that one goes by: of its own space before others, of parallel planes."""
        planes = [one for one in self.views if plane_of(one) is not None and one.image is not viewport.image]
        mine = space_of(viewport).name
        return next((one for one in planes if space_of(one).name == mine), next(iter(planes), None))


def _is_as_opened(viewport: Viewport) -> bool:
    """It shows the middle slice, or the first image, as it does when it is opened."""
    match viewport.view:
        case SliceView(index=index):
            return abs(index - (count_of(viewport) - 1) / 2) <= 0.5
        case StackView(index=at):
            return at == 0
    return True


def _copy(viewport: Viewport) -> Viewport:
    return replace(viewport, layers=())


def _source(viewport: Viewport) -> object:
    match viewport.image:
        case ImageStack() as stack:
            return stack.display_set.display_set_id
        case Volume() as volume:
            shown = viewport.display_set
            return shown.display_set_id if shown is not None else volume.series_uid
    return None


def _as_far_from_middle(leader: Viewport, viewport: Viewport) -> None:
    """Two examinations of one part of the body begin level where their middles are."""
    mine, yours = plane_of(leader), plane_of(viewport)
    if not (isinstance(leader.image, Volume) and isinstance(viewport.image, Volume)):
        return
    if mine is None or yours is None or mine.pose is None or yours.pose is None:
        return
    normal = np.array(mine.pose.normal)
    if abs(normal @ np.array(yours.pose.normal)) < 0.95:
        return
    here = mine.middle_mm
    assert here is not None
    away = float(np.subtract(here, leader.image.grid.centre_mm) @ normal)
    goal = np.add(viewport.image.grid.centre_mm, away * normal)
    nearest = nearest_index(viewport, as_point(goal))
    if nearest is not None:
        viewport.view = at_index(viewport, nearest)
