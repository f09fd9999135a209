"""Lays the overlay planes of images over them as they are shown."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from app.domain.display_set import DisplaySet, DisplaySetId
from app.domain.frame import FrameKey
from app.domain.image import Image
from app.domain.overlay import OverlayPlane
from app.objects.service import ObjectService
from app.session.session import Session
from app.viewing.layers import OverlayLayer
from app.viewing.links import index_of
from app.viewing.screen import Viewport
from app.viewing.shown_image import display_set_id_of

#: planes that came are laid together so often
_PAUSE_S = 0.2

Planes = dict[FrameKey, tuple[OverlayPlane, ...]]


class OverlayController:
    """Reads planes in the background, from the shown image outwards; they are kept while the images are."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._objects = session.station.get(ObjectService)
        self._planes: dict[DisplaySetId, Planes] = {}
        session.loaded.shown.connect(self._look)
        session.loaded.unloading.connect(self._unload)

    def _look(self) -> None:
        """Read what has not been asked for, and lay what is there already over what shows the same images."""
        for viewport in self._session.screen.viewports.values():
            shown = viewport.display_set
            if shown is None or viewport.image is None:
                continue
            if shown.display_set_id in self._planes:
                self._show_layers(viewport, shown.display_set_id)
            elif any(frame.has_overlays for frame in shown.frames):
                self._planes[shown.display_set_id] = {}
                self._read(shown, index_of(viewport))

    def _read(self, display_set: DisplaySet, first: int) -> None:
        session, actor, found = self._session, self._session.user.actor, display_set.display_set_id
        mine = self._planes[found]

        def work(*, cancelled: Callable[[], bool], **_: Any) -> None:
            came, told = Planes(), time.monotonic()
            for planes in self._objects.overlay_planes(actor, display_set, first):
                came |= planes
                if cancelled() or self._planes.get(found) is not mine:
                    return
                if time.monotonic() - told > _PAUSE_S:
                    session.dispatcher.post(partial(self._came, found, mine, came))
                    came, told = Planes(), time.monotonic()
            session.dispatcher.post(partial(self._came, found, mine, came))

        session.station.jobs.submit("", work)

    def _came(self, found: DisplaySetId, mine: Planes, came: Planes) -> None:
        if self._planes.get(found) is not mine or not came:
            return
        mine |= came
        for viewport in self._session.screen.viewports.values():
            shown = viewport.display_set
            if shown is not None and shown.display_set_id == found and viewport.image is not None:
                self._show_layers(viewport, found, anew=True)

    def _show_layers(self, viewport: Viewport, found: DisplaySetId, *, anew: bool = False) -> None:
        planes = self._planes[found]
        if planes and (anew or viewport.layer(OverlayLayer) is None):
            viewport.put_layer(OverlayLayer(dict(planes)))

    def _unload(self, image: Image) -> None:
        found = display_set_id_of(image)
        if found is not None:
            self._planes.pop(found, None)
