"""Presentation states that are applied to the images that they refer to, and taken off again."""

from __future__ import annotations

from typing import Any

from psygnal import Signal

from app.domain.display_set import DisplaySet, DisplaySetId
from app.domain.frame import FrameKey
from app.domain.image import Image
from app.domain.layers import PresentationState
from app.domain.study import SopUid
from app.domain.volume import Volume
from app.errors import NotFound
from app.i18n import tr
from app.jobs import Job
from app.objects.service import ObjectEntry, ObjectService
from app.ports import Archive
from app.session.session import Session
from app.viewing.layers import PresentationLayer
from app.viewing.links import index_of, scroll_to
from app.viewing.presented import PresentedImage, presented_images
from app.viewing.screen import Screen, SliceView, Viewport
from app.viewing.shown_image import display_set_id_of

#: a state, and the first display set that it refers to
Found = tuple[PresentationState, DisplaySet]


class PresentationController:
    """The states that are applied to the open study, wherever their images show.

    Several may be applied, for different images; one for the same images takes the place of the one before.
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        self._session = session
        self._objects = session.station.get(ObjectService)
        self._archive = session.station.get(Archive)
        self._applied: dict[SopUid, PresentationState] = {}
        #: made of the applied states, by the display set they lie over; None where none refers to it
        self._layers: dict[DisplaySetId, PresentationLayer | None] = {}
        session.loaded.shown.connect(self._show_layers)
        session.loaded.unloading.connect(self._unload)
        session.study.study_changed.connect(self._forget)

    def is_applied(self, sop_uid: str) -> bool:
        """A state is applied."""
        return sop_uid in self._applied

    def apply(self, entry: ObjectEntry) -> Job[Found]:
        """Show the images as a state says; they are opened where none of them shows."""
        session, actor = self._session, self._session.user.actor
        study_uid, series = session.study.required.study_uid, session.study.series

        def work(**_: Any) -> Found:
            state: PresentationState = self._objects.read(actor, entry)
            referred = [one for one in series if one.series_uid in state.reference.series_uids]
            for one in referred:
                for found in self._archive.display_sets(actor, one.series_uid).sets:
                    if presented_images(state, found.frames):
                        return state, found
            raise NotFound("The images of the presentation state are not in this study.")

        def came(found: Found) -> None:
            if session.study.is_open(study_uid):
                self._apply(entry.sop_uid, *found)

        return session.dispatcher.follow(session.station.jobs.submit(tr("Opening the object"), work), came)

    def drop(self, sop_uid: str = "") -> None:
        """Show the images as they are themselves again: without one state, or without any."""
        for gone in [sop_uid] if sop_uid else list(self._applied):
            self._applied.pop(SopUid(gone), None)
        self._changed()

    def _apply(self, sop_uid: SopUid, state: PresentationState, over: DisplaySet) -> None:
        session = self._session
        same = [uid for uid, one in self._applied.items() if _overlap(one, state)]
        for gone in same:
            del self._applied[gone]
        self._applied[sop_uid] = state
        self._changed()
        shown = (viewport.layer(PresentationLayer) for viewport in session.screen.viewports.values())
        if not any(_is_in(state, layer) for layer in shown):
            session.commands.run("series.show", over.series_uid, over.display_set_id)

    def _changed(self) -> None:
        self._layers.clear()
        self._show_layers()
        self.changed.emit()

    def _show_layers(self) -> None:
        for viewport in self._session.screen.viewports.values():
            if viewport.image is not None and viewport.display_set is not None:
                _put(self._session.screen, viewport, self._layer(viewport.display_set))

    def _layer(self, over: DisplaySet) -> PresentationLayer | None:
        if over.display_set_id not in self._layers:
            images: dict[FrameKey, PresentedImage] = {}
            for state in self._applied.values():
                images |= presented_images(state, over.frames)
            self._layers[over.display_set_id] = PresentationLayer(images) if images else None
        return self._layers[over.display_set_id]

    def _unload(self, image: Image) -> None:
        found = display_set_id_of(image)
        if found is not None:
            self._layers.pop(found, None)

    def _forget(self) -> None:
        """Another study is open, or none."""
        self._applied.clear()
        self._layers.clear()
        self.changed.emit()


def _is_in(state: PresentationState, layer: PresentationLayer | None) -> bool:
    return layer is not None and any(one.state is state for one in layer.images.values())


def _overlap(one: PresentationState, other: PresentationState) -> bool:
    """Both refer to one image."""
    frames = {image.sop_uid: set(image.frames) for image in one.reference.images}
    return any(
        image.sop_uid in frames
        and (not image.frames or not frames[image.sop_uid] or frames[image.sop_uid] & set(image.frames))
        for image in other.reference.images
    )


def _put(screen: Screen, viewport: Viewport, layer: PresentationLayer | None) -> None:
    """What a state says of window, size and turns comes before what the reader has done."""
    if layer is viewport.layer(PresentationLayer):
        return
    viewport.reset_view()
    if layer is None:
        viewport.drop_layer(PresentationLayer)
        return
    viewport.window, viewport.window_label, viewport.palette = None, "", ""
    viewport.put_layer(layer)
    places = _places(viewport, set(layer.images))
    if places and index_of(viewport) not in places:  # asked of the view: images may still be on their way
        scroll_to(screen, viewport.viewport_id, places[0])


def _places(viewport: Viewport, keys: set[FrameKey]) -> list[int]:
    """The images or slices that a state refers to, ascending; none on planes across the images."""
    found = viewport.display_set
    if found is None:
        return []
    places = {place for place, frame in enumerate(found.frames) if frame.key in keys}
    if not isinstance(viewport.image, Volume):
        return sorted(places)
    if not isinstance(viewport.view, SliceView) or viewport.view.axis != 0 or found.geometry is None:
        return []
    slices = found.geometry.places[min(viewport.further, len(found.geometry.places) - 1)]
    return [s for s, place in enumerate(slices) if place in places]
