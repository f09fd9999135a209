"""What is drawn on a study is saved as it is drawn."""

from __future__ import annotations

from collections.abc import Mapping

from app.annotation.protection import require_kept
from app.annotation.repository import MarkStateRepository
from app.annotation.rights import ANNOTATE
from app.domain.key_object import KeyImage
from app.domain.measurement import MarkState, Measurement
from app.domain.person import Actor
from app.people.rights import READ, require
from app.session.annotations import AnnotationState
from app.storage.folder import DataFolder


class AnnotationService:
    """Drawings to the database and back."""

    def __init__(self, folder: DataFolder) -> None:
        self._folder = folder
        self._db = folder.database

    def annotations(self, actor: Actor, study_uid: str) -> AnnotationState:
        """What was drawn on a study."""
        require(actor, READ)
        with self._db.read() as tx:
            measurements, keys = tx.annotations.layer(study_uid)
        return tuple(measurements), tuple(keys)

    def save_annotations(
        self, actor: Actor, study_uid: str, measurements: tuple[Measurement, ...], keys: tuple[KeyImage, ...]
    ) -> None:
        """Keep what was drawn; the state before stays in the history.

        `Refused` where something is missing or changed that a signed report rests on.
        """
        require(actor, ANNOTATE)
        if keys:
            self._folder.objects.sync()  # pictures before the rows that name them
        with self._db.write() as tx:
            require_kept(
                tx.reports.of_study(study_uid), tx.annotations.layer(study_uid), (measurements, keys)
            )
            tx.annotations.save_layer(study_uid, measurements, keys, actor.name)
            tx.audit.append(
                actor,
                "annotation.save",
                study_uid,
                "done",
                {"measurements": len(measurements), "key_images": len(keys)},
            )

    def mark_states(self, actor: Actor, study_uid: str) -> dict[str, MarkState]:
        """How the marks of a study are kept, by tracking UID."""
        require(actor, READ)
        with self._db.read() as tx:
            return tx.get(MarkStateRepository).of(study_uid)

    def save_mark_states(self, actor: Actor, study_uid: str, states: Mapping[str, MarkState]) -> None:
        """Keep how marks are kept: whether they are locked, hidden, and what they follow."""
        require(actor, ANNOTATE)
        with self._db.write() as tx:
            tx.get(MarkStateRepository).put(study_uid, states)
            counts = {
                "locked": sum(one.locked for one in states.values()),
                "hidden": sum(one.hidden for one in states.values()),
            }
            tx.audit.append(actor, "annotation.states", study_uid, "done", counts)

    def require_kept(
        self, actor: Actor, study_uid: str, before: AnnotationState, after: AnnotationState
    ) -> None:
        """Raise `Refused` where an edit takes away or changes what a signed report of the study rests on."""
        require(actor, READ)
        with self._db.read() as tx:
            report = tx.reports.of_study(study_uid)
        require_kept(report, before, after)

    def keep_picture(self, actor: Actor, png: bytes) -> str:
        """Keep a drawn picture; its SHA-256.  It is durable when what names it is saved."""
        require(actor, ANNOTATE)
        return str(self._folder.objects.put_bytes(png).sha256)

    def picture(self, actor: Actor, sha256: str) -> bytes:
        """A kept picture; `BadInput` where the bytes are not those that were kept."""
        require(actor, READ)
        return self._folder.objects.read(sha256)
