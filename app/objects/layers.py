"""What other objects of the study draw over the images that are shown: segments, structures."""

from __future__ import annotations

from typing import Any

from psygnal import Signal

from app.domain.display_set import DisplaySet, DisplaySetId
from app.domain.image import Image
from app.domain.object_kind import ObjectKind
from app.domain.person import Actor
from app.domain.segmentation import Segmentation, StackSegmentation
from app.domain.volume import Volume
from app.errors import BadInput, Refused
from app.i18n import tr
from app.jobs import Job
from app.objects.presentations import PresentationController
from app.objects.service import LayerEntry, ObjectService
from app.session.session import Session
from app.viewing.contours import contour_layer, meets
from app.viewing.layers import ContourLayer, LabelLayer, ReportLayer
from app.viewing.reported import placed_report
from app.viewing.screen import Viewport
from app.viewing.shown_image import display_set_id_of

ObjectLayer = LabelLayer | ContourLayer | ReportLayer


class LayersController:
    """Lists what can be shown over the active images, shows it and takes it off."""

    #: others can be shown over the active images, or others are shown
    changed = Signal()

    def __init__(self, session: Session) -> None:
        self._session = session
        self._objects = session.station.get(ObjectService)
        self._states = session.get(PresentationController)
        #: what can be shown over the active viewport's images
        self.available: tuple[LayerEntry, ...] = ()
        self._looked_for: DisplaySetId | None = None
        #: what lies over each display set, one layer of a type
        self._layers: dict[DisplaySetId, dict[type[ObjectLayer], tuple[LayerEntry, ObjectLayer]]] = {}
        session.loaded.shown.connect(self._look)
        session.loaded.unloading.connect(self._unload)
        session.screen.active_changed.connect(lambda what: self._look() if what == "active" else None)
        self._states.changed.connect(self.changed.emit)

    def is_shown(self, layer: LayerEntry) -> bool:
        """It lies over the active images."""
        if layer.entry.kind is ObjectKind.PRESENTATION_STATE:
            return self._states.is_applied(layer.entry.sop_uid)
        laid = self._layers.get(self._active, {}) if self._active is not None else {}
        return any(entry == layer for entry, _ in laid.values())

    @property
    def _active(self) -> DisplaySetId | None:
        """The display set of the active images, where they are of the open study."""
        viewport, study = self._session.screen.active_viewport, self._session.study
        if viewport.image is None or viewport.study_uid is None or not study.is_open(viewport.study_uid):
            return None
        return display_set_id_of(viewport.image)

    def show(self, layer: LayerEntry) -> Job[Any]:
        """Show a layer over the active images, in all viewports that show them."""
        if layer.entry.kind is ObjectKind.PRESENTATION_STATE:
            return self._states.apply(layer.entry)
        session, actor = self._session, self._session.user.actor
        viewport = session.screen.active_viewport
        image, over, found = viewport.image, viewport.display_set, self._active
        if image is None or over is None or found is None:
            raise Refused(
                "No images of the open study are active.", hint="Choose a view of the study that is read."
            )

        def work(**_: Any) -> ObjectLayer:
            if layer.entry.kind is ObjectKind.STRUCTURE_SET:
                return self._contours(actor, layer, image, over)
            if layer.entry.kind.is_report:
                return self._report(actor, layer, over)
            return LabelLayer(self._labels(actor, layer, image, over), unconfirmed=False, source=layer.title)

        def came(made: ObjectLayer) -> None:
            if session.loaded.holds(image):
                self._layers.setdefault(found, {})[type(made)] = (layer, made)
                self._show_layers()
                self.changed.emit()

        return session.dispatcher.follow(session.station.jobs.submit(tr("Opening the object"), work), came)

    def _labels(
        self, actor: Actor, layer: LayerEntry, image: Image, over: DisplaySet
    ) -> Segmentation | StackSegmentation:
        if isinstance(image, Volume):
            return self._objects.labels_over(actor, layer, image.grid)
        return self._objects.labels_on_frames(actor, layer, over)

    def _contours(self, actor: Actor, layer: LayerEntry, image: Image, over: DisplaySet) -> ContourLayer:
        made = contour_layer(self._objects.contours(actor, layer), over.frames, layer.title)
        if not meets(made.contours, image, made.named):
            raise BadInput("None of the contours of “{title}” lies on these images.", title=layer.title)
        return made

    def _report(self, actor: Actor, layer: LayerEntry, over: DisplaySet) -> ReportLayer:
        placed = placed_report(self._objects.report_marks(actor, layer), over.frames)
        same_space = over.frames[0].frame_of_reference_uid
        if not placed.on_frames and not any(
            mark.frame_of_reference_uid == same_space for mark in placed.in_space
        ):
            raise BadInput("None of the marks of “{title}” lies on these images.", title=layer.title)
        return ReportLayer(placed)

    def hide(self, layer: LayerEntry) -> None:
        """Take a layer off the active images; what methods made of them shows again."""
        if layer.entry.kind is ObjectKind.PRESENTATION_STATE:
            self._states.drop(layer.entry.sop_uid)
            return
        laid = self._layers.get(self._active, {}) if self._active is not None else {}
        for kind in [kind for kind, (entry, _) in laid.items() if entry == layer]:
            del laid[kind]
            for viewport in self._showing(self._active):
                viewport.drop_layer(kind)
        self._session.loaded.shown.emit()
        self.changed.emit()

    def _show_layers(self) -> None:
        """Every viewport shows what was asked for over its images."""
        for found, laid in self._layers.items():
            for viewport in self._showing(found):
                for kind, (_, made) in laid.items():
                    before = viewport.layer(kind)
                    if before is None or not _is_same(before, made):
                        viewport.put_layer(made)

    def _showing(self, found: DisplaySetId | None) -> list[Viewport]:
        """The viewports that show the images of a display set."""
        shown = self._session.screen.viewports.values()
        return [v for v in shown if v.image is not None and display_set_id_of(v.image) == found]

    def _unload(self, image: Image) -> None:
        found = display_set_id_of(image)
        if found is not None:
            self._layers.pop(found, None)

    def look_again(self) -> None:
        """The study has another object."""
        self._looked_for = None
        self._look()

    def _look(self) -> None:
        """Ask which layers there are when other images are active."""
        self._show_layers()
        session, wanted = self._session, self._active
        if wanted == self._looked_for:
            return
        self._looked_for, self.available = wanted, ()
        self.changed.emit()
        shown = session.screen.active_viewport.display_set
        if wanted is None or shown is None:
            return
        study_uid, actor = session.study.required.study_uid, session.user.actor

        def work(**_: Any) -> tuple[LayerEntry, ...]:
            return self._objects.layers_for(actor, study_uid, shown)

        def came(found: tuple[LayerEntry, ...]) -> None:
            if self._looked_for == wanted:
                self.available = found
                self.changed.emit()

        session.dispatcher.follow(session.station.jobs.submit("", work), came, failed=lambda _: None)


def _is_same(before: ObjectLayer, made: ObjectLayer) -> bool:
    """It shows the same object; what is hidden of it may differ."""
    if isinstance(before, LabelLayer) and isinstance(made, LabelLayer):
        return before.segmentation is made.segmentation
    if isinstance(before, ReportLayer) and isinstance(made, ReportLayer):
        return before.placed is made.placed
    if isinstance(before, ContourLayer) and isinstance(made, ContourLayer):
        return before.contours is made.contours
    return False
