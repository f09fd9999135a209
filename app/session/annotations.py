"""Measurements and key images of one study, each change undoable."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from psygnal import Signal

from app.domain.key_object import KeyImage
from app.domain.measurement import PLAIN_MARK, MarkState, Measurement
from app.session.history import Change, History

#: measurements and key images of a study, each in the order they were made
AnnotationState = tuple[tuple[Measurement, ...], tuple[KeyImage, ...]]


class AnnotationLayer:
    """What was drawn on a study.  `changed` after every change."""

    changed = Signal()
    #: changed by a person, and so to be saved; not when what was stored is taken over
    edited = Signal()
    #: a person has changed how marks are kept (locked, hidden), and so it is to be saved
    states_edited = Signal()

    def __init__(self, history: History) -> None:
        self.history = history
        #: asked before an edit, its undoing too, with the layer before and after; they raise why it may not
        #: be
        self.guards: list[Callable[[AnnotationState, AnnotationState], None]] = []
        self.study_uid = ""
        self._measurements: tuple[Measurement, ...] = ()
        self._key_images: tuple[KeyImage, ...] = ()
        self._states: Mapping[str, MarkState] = {}

    @property
    def measurements(self) -> tuple[Measurement, ...]:
        """In the order they were made."""
        return self._measurements

    @property
    def key_images(self) -> tuple[KeyImage, ...]:
        """In the order they were marked."""
        return self._key_images

    @property
    def states(self) -> Mapping[str, MarkState]:
        """How marks are kept, by tracking UID; those that are like any other are not in it."""
        return self._states

    def state(self, tracking_uid: str) -> MarkState:
        """How one mark is kept."""
        return self._states.get(tracking_uid, PLAIN_MARK)

    def load(
        self,
        study_uid: str,
        measurements: tuple[Measurement, ...],
        key_images: tuple[KeyImage, ...],
        states: Mapping[str, MarkState] | None = None,
    ) -> None:
        """Take over what was stored; the history starts anew."""
        self.study_uid, self._states = study_uid, dict(states or {})
        self._measurements, self._key_images = measurements, key_images
        self.history.clear()
        self.changed.emit()

    def measurement(self, tracking_uid: str) -> Measurement | None:
        """The measurement with a tracking UID."""
        return next((m for m in self._measurements if m.tracking_uid == tracking_uid), None)

    def add(self, measurement: Measurement) -> None:
        """Add a measurement."""
        self._replace("Add measurement", (*self._measurements, measurement), self._key_images)

    def change(self, measurement: Measurement) -> None:
        """Put a changed measurement in the place of the one with its tracking UID."""
        changed = tuple(
            measurement if m.tracking_uid == measurement.tracking_uid else m for m in self._measurements
        )
        self._replace("Change measurement", changed, self._key_images)

    def remove(self, *tracking_uids: str) -> None:
        """Remove measurements, as one act."""
        left = tuple(m for m in self._measurements if m.tracking_uid not in tracking_uids)
        self._replace("Delete measurement", left, self._key_images)

    def keep(self, name: str, states: Mapping[str, MarkState]) -> None:
        """Keep marks otherwise; `name` is that of the act (English, a translation key)."""
        before = self._states
        after = {uid: one for uid, one in {**before, **states}.items() if one != PLAIN_MARK}
        if after != before:
            self.history.apply(
                Change(name, lambda: self._set_states(after), lambda: self._set_states(before))
            )

    def _set_states(self, states: Mapping[str, MarkState]) -> None:
        self._states = states
        self.changed.emit()
        self.states_edited.emit()

    def mark_key(self, key: KeyImage) -> None:
        """Add a key image."""
        self._replace("Mark key image", self._measurements, (*self._key_images, key))

    def change_key(self, key: KeyImage) -> None:
        """Change a key image's caption or purpose."""
        changed = tuple(key if k.key_id == key.key_id else k for k in self._key_images)
        self._replace("Change key image", self._measurements, changed)

    def unmark_key(self, key_id: str) -> None:
        """Remove a key image."""
        left = tuple(k for k in self._key_images if k.key_id != key_id)
        self._replace("Unmark key image", self._measurements, left)

    def _replace(self, name: str, measurements: tuple[Measurement, ...], keys: tuple[KeyImage, ...]) -> None:
        before = (self._measurements, self._key_images)
        after = (measurements, keys)
        self.history.apply(Change(name, lambda: self._set(*after), lambda: self._set(*before)))

    def _set(self, measurements: tuple[Measurement, ...], keys: tuple[KeyImage, ...]) -> None:
        for require in self.guards:
            require((self._measurements, self._key_images), (measurements, keys))
        self._measurements, self._key_images = measurements, keys
        self.changed.emit()
        self.edited.emit()
