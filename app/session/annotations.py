"""Measurements and key images of one study, each change undoable."""

from __future__ import annotations

from psygnal import Signal

from app.domain.key_object import KeyImage
from app.domain.measurement import Measurement
from app.session.history import Change, History


class AnnotationLayer:
    """What was drawn on a study.  `changed` after every change; whoever saves listens to it."""

    changed = Signal()

    def __init__(self, history: History) -> None:
        self.history = history
        self.study_uid = ""
        self._measurements: tuple[Measurement, ...] = ()
        self._key_images: tuple[KeyImage, ...] = ()

    @property
    def measurements(self) -> tuple[Measurement, ...]:
        """In the order they were made."""
        return self._measurements

    @property
    def key_images(self) -> tuple[KeyImage, ...]:
        """In the order they were marked."""
        return self._key_images

    def load(self, study_uid: str, measurements: tuple[Measurement, ...], key_images: tuple[KeyImage, ...]) -> None:
        """Take over what was stored; the history starts anew."""
        self.study_uid = study_uid
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
        changed = tuple(measurement if m.tracking_uid == measurement.tracking_uid else m for m in self._measurements)
        self._replace("Change measurement", changed, self._key_images)

    def remove(self, tracking_uid: str) -> None:
        """Remove a measurement."""
        left = tuple(m for m in self._measurements if m.tracking_uid != tracking_uid)
        self._replace("Delete measurement", left, self._key_images)

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
        self._measurements, self._key_images = measurements, keys
        self.changed.emit()
