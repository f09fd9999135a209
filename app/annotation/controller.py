"""What a person draws on the images becomes measurements and key images, and is saved as it is drawn."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from app.annotation.anchor_navigation import AnchorNavigation, place_in, shows_series
from app.annotation.measured_regions import MeasuredRegions
from app.annotation.measuring import distribution_of, make_measurement, mark_of, reshape, why_other_uptake
from app.annotation.prior_marks import PriorMarksReader
from app.annotation.rights import ANNOTATE
from app.annotation.service import AnnotationService
from app.annotation.settings import MeasuringSettings
from app.domain.geometry import Point3
from app.domain.image import Image
from app.domain.key_object import KeyImage
from app.domain.measurement import Measurement
from app.domain.presentation import Window
from app.domain.quantity import Quantity
from app.domain.volume import Volume
from app.errors import NotFound, Refused
from app.i18n import tr
from app.people.rights import require
from app.ports import Archive
from app.session.annotations import AnnotationState
from app.session.session import Session
from app.settings import SettingsGroup
from app.viewing.anchors import position_label
from app.viewing.grey_levels import as_window, shown_voi
from app.viewing.layers import RegionLayer, ShapeAnnotation, ShapeLayer
from app.viewing.planes import plane_name
from app.viewing.screen import Drawn, RenderingView, Reshaped, Viewport
from app.viewing.shapes.distribution import Distribution
from app.viewing.shown_image import ShownImage, anchor_of, measured_image, series_uid_of, shown_image
from app.viewing.viewport_texts import projection_name

#: width of a key image's picture: 85 mm at 300 dpi
PICTURE_PX = 1000


class AnnotationController:
    """The annotation layer of the open study, as the screen and the panels act on it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._annotations = session.station.get(AnnotationService)
        self._archive = session.station.get(Archive)
        self._selected = ""
        self._regions = MeasuredRegions(session.shapes)
        self._views = AnchorNavigation(session)
        #: marks of the priors, which are looked at and compared with
        self.priors = PriorMarksReader(session)
        attempt, screen = session.dispatcher.attempt, session.screen
        screen.drawn.connect(lambda drawn: attempt(lambda: self._drawn(drawn)))
        screen.reshaped.connect(lambda change: attempt(lambda: self._reshaped(change)))
        screen.mark_selected.connect(self.select)
        session.study.opened.connect(self._load)
        session.study.study_changed.connect(lambda: self._forget_selection())
        session.loaded.shown.connect(self._show_marks)
        session.loaded.completed.connect(lambda _: self._show_marks())
        session.loaded.unloading.connect(self._regions.forget)
        session.study.annotations.changed.connect(self._layer_changed)
        session.study.annotations.edited.connect(lambda: attempt(self._save))
        session.study.annotations.states_edited.connect(lambda: attempt(self._save_states))
        session.study.annotations.guards.append(self._require_kept)
        self.priors.changed.connect(self._show_marks)
        self._apply_settings(session.station.settings.get(MeasuringSettings))
        session.station.settings.changed.connect(self._apply_settings)

    def _apply_settings(self, changed: SettingsGroup) -> None:
        """The kind of uptake as this station's readers have chosen it."""
        if isinstance(changed, MeasuringSettings):
            self._session.screen.uptake = Quantity(changed.uptake)

    # -- the layer ------------------------------------------------------------------------------------------

    def _load(self, study_uid: str) -> None:
        actor = self._session.user.actor
        stored = self._annotations.annotations(actor, study_uid)
        states = self._annotations.mark_states(actor, study_uid)
        self._session.study.annotations.load(study_uid, *stored, states)

    def _save(self) -> None:
        session, layer, annotations = self._session, self._session.study.annotations, self._annotations
        if not session.study.is_open(layer.study_uid):
            return
        actor = session.user.actor
        require(actor, ANNOTATE)
        drawn = (layer.study_uid, layer.measurements, layer.key_images)
        session.edits.save(
            f"annotation:{layer.study_uid}", lambda: annotations.save_annotations(actor, *drawn)
        )

    def _save_states(self) -> None:
        session, layer, annotations = self._session, self._session.study.annotations, self._annotations
        if not session.study.is_open(layer.study_uid):
            return
        actor, kept = session.user.actor, (layer.study_uid, layer.states)
        require(actor, ANNOTATE)
        session.edits.save(f"marks:{layer.study_uid}", lambda: annotations.save_mark_states(actor, *kept))

    def _require_kept(self, before: AnnotationState, after: AnnotationState) -> None:
        """What a signed report rests on stays; a shape that was dragged goes back to its place."""
        session = self._session
        try:
            study_uid = session.study.annotations.study_uid
            self._annotations.require_kept(session.user.actor, study_uid, before, after)
        except Refused:
            self._show_marks()
            raise

    def _layer_changed(self) -> None:
        if self._selected and self._session.study.annotations.measurement(self._selected) is None:
            self._selected = ""
        self._show_marks()

    def _forget_selection(self) -> None:
        if self._session.study.study is None:
            self._selected = ""

    def _show_marks(self) -> None:
        """Every viewport shows the shapes that were drawn on its series."""
        for viewport in self._session.screen.viewports.values():
            if viewport.image is not None:
                marks = self._marks_on(viewport.image)
                if marks != viewport.marks:
                    viewport.put_layer(ShapeLayer(marks))
                self._show_regions(viewport, viewport.image)

    def _show_regions(self, viewport: Viewport, image: Image) -> None:
        """What was measured in the viewport's volume is outlined in it."""
        layer = self._regions.layer(image, [mark for mark, _ in self._shown()], self._selected)
        before = viewport.layer(RegionLayer)
        if layer.regions != (before.regions if before is not None else ()):
            viewport.put_layer(layer)

    def _marks_on(self, image: Image) -> tuple[ShapeAnnotation, ...]:
        session, series_uid = self._session, series_uid_of(image)
        marks = (
            mark_of(m, image, session.shapes, selected=m.tracking_uid == self._selected, locked=locked)
            for m, locked in self._shown()
            if m.anchor.series_uid == series_uid
        )
        return tuple(mark for mark in marks if mark is not None)

    def _shown(self) -> list[tuple[Measurement, bool]]:
        """Marks that are not hidden, and whether they are locked: all of the priors are."""
        layer = self._session.study.annotations
        states = [(mark, layer.state(mark.tracking_uid)) for mark in layer.measurements]
        mine = [(mark, state.locked) for mark, state in states if not state.hidden]
        return [*mine, *((mark, True) for mark in self.priors.measurements)]

    # -- measurements ---------------------------------------------------------------------------------------

    @property
    def may_draw(self) -> bool:
        """The user may draw, change and delete marks."""
        return self._session.user.may(ANNOTATE)

    @property
    def selected(self) -> str:
        """Tracking UID of the selected measurement, or ""."""
        return self._selected

    def select(self, tracking_uid: str) -> None:
        """Select a measurement; "" selects none."""
        self._selected = tracking_uid
        self._show_marks()

    def delete_selected(self) -> None:
        """Delete the selected measurement (undoable)."""
        self.delete_measurement(self._selected)

    def delete_measurement(self, *tracking_uids: str) -> None:
        """Delete measurements (undoable, as one act); none of them where one is locked."""
        layer = self._session.study.annotations
        known = [m for uid in tracking_uids if (m := layer.measurement(uid)) is not None]
        if known and self.require_drawing():
            for mark in known:
                self._require_unlocked(mark)
            layer.remove(*(mark.tracking_uid for mark in known))

    def rename_measurement(self, tracking_uid: str, label: str) -> None:
        """Give a measurement another label (undoable)."""
        layer = self._session.study.annotations
        known = layer.measurement(tracking_uid)
        if known is not None and self.require_drawing():
            self._require_unlocked(known)
            layer.change(replace(known, label=label))

    def distribution(self, tracking_uid: str) -> Distribution | None:
        """How the values in a region are spread; None where it is none, or its image is not on the screen."""
        known = self._session.study.annotations.measurement(tracking_uid)
        if known is None:
            return None
        for viewport in self._session.screen.viewports.values():
            found = distribution_of(viewport, known, self._regions)
            if found is not None:
                return found
        return None

    def show_measurement(self, tracking_uid: str, reported: Sequence[Measurement] = ()) -> None:
        """Bring the views to a measurement; `reported` are those of a report, which keeps what was
        deleted.
        """
        known = self._session.study.annotations.measurement(tracking_uid)
        others = (*reported, *self.priors.measurements)
        known = known or next((m for m in others if m.tracking_uid == tracking_uid), None)
        if known is None:
            raise NotFound(
                "The measurement was deleted.", hint="Take its value out of the text, or undo the deletion."
            )
        points = known.roi.points_mm
        middle = _middle(points) if points else None

        def go() -> None:
            self._views.bring(known.anchor, middle)
            self.select(tracking_uid)

        self._views.show(known.anchor, go)

    def show_compared(self, tracking_uid: str, prior: Measurement) -> None:
        """Bring the views to a measurement, and those of the prior's series to its mark of the same
        lesion.
        """
        for viewport in self._session.screen.viewports.values():
            place = place_in(viewport, prior.anchor)
            if place is not None and shows_series(viewport, prior.anchor.series_uid):
                viewport.view, viewport.further = place.view, place.further
        self.show_measurement(tracking_uid)

    def _drawn(self, drawn: Drawn) -> None:
        viewport, study = self._session.screen.viewports[drawn.viewport_id], self._session.study
        if viewport.image is None or study.study is None or not self.require_drawing():
            return
        self._require_current(viewport)
        measurement = make_measurement(
            viewport,
            drawn,
            made_by=self._session.user.actor.name,
            at=datetime.now(UTC),
            known=study.annotations.measurements,
        )
        study.annotations.add(measurement)
        why = why_other_uptake(viewport, drawn.shape)
        if why is not None:
            self._session.dispatcher.tell(tr(why[0], **why[1]))

    def _reshaped(self, change: Reshaped) -> None:
        viewport, layer = self._session.screen.viewports[change.viewport_id], self._session.study.annotations
        known = layer.measurement(change.tracking_uid)
        if known is not None and viewport.image is not None and self.require_drawing():
            self._require_unlocked(known)
            shape = self._session.shapes.of(known.roi.kind)
            now = datetime.now(UTC)
            layer.change(reshape(viewport, known, change, shape, at=now, known=layer.measurements))

    def _require_current(self, viewport: Viewport) -> None:
        """What is drawn belongs to the study that is read: a prior is looked at only."""
        if viewport.study_uid is None or not self._session.study.is_open(viewport.study_uid):
            raise Refused(
                "This image is of a prior; nothing is drawn on it while another study is read.",
                hint="Open the prior itself to measure on it.",
            )

    def _require_unlocked(self, mark: Measurement) -> None:
        if self._session.study.annotations.state(mark.tracking_uid).locked:
            raise Refused("{label} is locked.", hint="Unlock it in the list first.", label=mark.label)

    def require_drawing(self) -> bool:
        """Whether the user may draw; tells it where not, and takes the shape off the screen again."""
        if self.may_draw:
            return True
        session = self._session
        session.dispatcher.attempt(lambda: require(session.user.actor, ANNOTATE))
        self._show_marks()
        return False

    # -- key images -----------------------------------------------------------------------------------------

    def mark_key_image(self, caption: str = "") -> KeyImage:
        """Mark the active viewport's image as a key image and draw its picture."""
        session, viewport = self._session, self._pictured()
        self._require_current(viewport)
        shown = self._arrived(viewport)
        window = self._window(viewport, shown)
        key = KeyImage(
            str(uuid.uuid4()),
            anchor_of(viewport, shown),
            window,
            caption=caption or key_caption(shown, window.label, _position_label(viewport, shown)),
            picture_sha256=self._draw(viewport),
            marked_by=session.user.actor.name,
            marked_at=datetime.now(UTC),
        )
        session.study.annotations.mark_key(key)
        return key

    def unmark_key_image(self, key_id: str) -> None:
        """Take a key image's mark away (undoable)."""
        if self.require_drawing():
            self._session.study.annotations.unmark_key(key_id)

    def show_key_image(self, key_id: str, reported: Sequence[KeyImage] = ()) -> None:
        """Bring the views to a key image, windowed as it was marked."""
        known = (*self._session.study.annotations.key_images, *reported)
        key = next((k for k in known if k.key_id == key_id), None)
        if key is None:
            raise NotFound(
                "The key image's mark was taken away.",
                hint="Take the reference out of the text, or undo the deletion.",
            )

        def go() -> None:
            viewport = self._views.bring(key.anchor)
            for together in self._session.screen.together(viewport.viewport_id):
                together.window, together.window_label = key.window, key.window.label

        self._views.show(key.anchor, go)

    def key_picture(self, key: KeyImage) -> bytes:
        """PNG of a key image."""
        return self._annotations.picture(self._session.user.actor, key.picture_sha256)

    def _pictured(self) -> Viewport:
        """The active viewport; of a rendering the first that shows its images."""
        screen = self._session.screen
        viewport = screen.active_viewport
        if viewport.image is None:
            raise Refused("No images are open.", hint="Open a study first.")
        if isinstance(viewport.view, RenderingView):
            others = [v for v in screen.showing(viewport.image) if not isinstance(v.view, RenderingView)]
            return others[0] if others else viewport
        return viewport

    def _arrived(self, viewport: Viewport) -> ShownImage:
        """The image that a viewport shows; `Refused` while it has not arrived."""
        shown = shown_image(viewport)
        if shown is None:
            raise Refused("A rendering is no image of the study.", hint="Choose a view of the images.")
        if not shown.ready or measured_image(viewport, shown).missing is not None:
            raise Refused("This image is still loading.", hint="Mark it when it has arrived.")
        return shown

    def _window(self, viewport: Viewport, shown: ShownImage) -> Window:
        window = as_window(shown_voi(viewport, shown))
        return replace(window, label=viewport.window_label or window.label)

    def _draw(self, viewport: Viewport) -> str:
        """Draw the image with the shapes on it; address of the picture."""
        if self._session.draw is None:
            raise Refused("Key images are drawn in the window; it is not open.")
        png = self._session.draw(viewport, PICTURE_PX, self._session.screen.print_text_px)
        return self._annotations.keep_picture(self._session.user.actor, png)


def _middle(points_mm: Sequence[Point3]) -> Point3:
    x, y, z = (sum(axis) / len(points_mm) for axis in zip(*points_mm, strict=True))
    return (x, y, z)


def key_caption(shown: ShownImage, window_label: str = "", position: str = "") -> str:
    """Caption of a new key image, e.g. 轴位 52 · 回波 2 / 3 肺窗; the plane is named for what it is in the
    patient.
    """
    view = shown.plane.view
    name = plane_name(view) if view is not None else projection_name(shown)
    number = shown.number if shown.number is not None else shown.index + 1
    where = " · ".join(x for x in (f"{name} {number}".strip(), position) if x)
    return " ".join(x for x in (where, tr(window_label) if window_label else "") if x)


def _position_label(viewport: Viewport, shown: ShownImage) -> str:
    return position_label(viewport.image, shown.further) if isinstance(viewport.image, Volume) else ""
