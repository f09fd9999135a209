"""Bringing the views to what an anchor names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.domain.anchor import Anchor
from app.domain.display_set import DisplaySetId
from app.domain.geometry import Point3
from app.errors import Refused
from app.i18n import tr
from app.ports import Archive
from app.session.session import Session
from app.viewing.anchors import AnchorPlace, place_of, set_of
from app.viewing.links import point_to
from app.viewing.screen import RenderingView, SliceView, Viewport, ViewportId
from app.viewing.shown_image import series_uid_of


class AnchorNavigation:
    """Goes to source images and planes in the views; opens their series where none shows them."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._archive = session.station.get(Archive)

    def bring(self, anchor: Anchor, point_mm: Point3 | None = None) -> Viewport:
        """Make the viewport active that shows an image best, and bring it there; others of its volume go to
        the same position along the further axis.
        """
        screen = self._session.screen
        tiles = [v for v in screen.viewports.values() if shows_series(v, anchor.series_uid)]
        flat = [v for v in tiles if not isinstance(v.view, RenderingView)]
        if not flat:
            raise Refused("A rendering is no image of the study.", hint="Choose a view of the images.")
        placed = [(v, place) for v in flat if (place := place_in(v, anchor)) is not None]
        best = next((one for one in placed if _alike(*one)), placed[0] if placed else None)
        viewport = best[0] if best is not None else flat[0]
        screen.active = ViewportId(viewport.viewport_id)
        if best is not None:
            place = best[1]
            viewport.view = place.view
            for together in screen.together(viewport.viewport_id):
                together.further = place.further
        if point_mm is not None:
            point_to(screen, viewport.viewport_id, point_mm)
        return viewport

    def show(self, anchor: Anchor, act: Callable[[], None]) -> None:
        """Act once the images that hold the anchor are shown; they are opened first where they are not."""
        session, actor = self._session, self._session.user.actor
        viewports = session.screen.viewports

        def look_up(**_: Any) -> DisplaySetId | None:
            held = set_of(anchor, self._archive.display_sets(actor, anchor.series_uid).sets)
            return held.display_set_id if held is not None else None

        def found(display_set_id: DisplaySetId | None) -> None:
            if display_set_id is None and any(shows_series(v, anchor.series_uid) for v in viewports.values()):
                act()  # as near as the images that are there come
                return
            # why it cannot be shown is told by the opening itself
            session.dispatcher.follow(
                session.commands.run("series.show", anchor.series_uid, display_set_id or ""),
                lambda _: (
                    act() if any(shows_series(v, anchor.series_uid) for v in viewports.values()) else None
                ),
                failed=lambda _: None,
            )

        if any(place_in(v, anchor) is not None for v in viewports.values()):
            act()
        else:
            session.dispatcher.follow(session.station.jobs.submit(tr("Opening series"), look_up), found)


def shows_series(viewport: Viewport, series_uid: str) -> bool:
    """The viewport shows images of a series."""
    return viewport.image is not None and series_uid_of(viewport.image) == series_uid


def place_in(viewport: Viewport, anchor: Anchor) -> AnchorPlace | None:
    """What shows an anchor in a viewport; None where its image does not hold it, or is rendered."""
    if viewport.image is None or isinstance(viewport.view, RenderingView):
        return None
    return place_of(anchor, viewport.image)


def _alike(viewport: Viewport, wanted: AnchorPlace) -> bool:
    """The viewport shows the same planes."""
    if isinstance(wanted.view, SliceView):
        return isinstance(viewport.view, SliceView) and viewport.view.axis == wanted.view.axis
    return isinstance(viewport.view, type(wanted.view))
