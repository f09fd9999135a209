"""What was drawn on a study.  Every save is a new row: the last one counts, the earlier ones are its
history.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select

from app.domain.key_object import KeyImage
from app.domain.measurement import Measurement
from app.storage import tables
from app.storage.documents import KEY_IMAGES, MEASUREMENTS, from_json, to_json
from app.storage.repositories.objects import note_use

_layer = tables.annotation_layer
Layer = tuple[tuple[Measurement, ...], tuple[KeyImage, ...]]


class AnnotationRepository:
    """`tx.annotations`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def save_layer(
        self, study_uid: str, measurements: Sequence[Measurement], key_images: Sequence[KeyImage], author: str
    ) -> None:
        """Keep a study's drawings; the same as before adds nothing."""
        values = {
            "measurements": to_json(MEASUREMENTS, tuple(measurements)),
            "key_images": to_json(KEY_IMAGES, tuple(key_images)),
        }
        last = self._db.execute(self._newest(study_uid)).first()
        if last is not None and _as_written_now(last) == values:
            return
        self._db.execute(
            insert(_layer).values(study_uid=study_uid, saved_at=datetime.now(UTC), author=author, **values)
        )
        note_use(self._db, f"annotation:{study_uid}", (k.picture_sha256 for k in key_images))

    def layer(self, study_uid: str) -> Layer:
        """(measurements, key images) as last saved."""
        row = self._db.execute(self._newest(study_uid)).first()
        return ((), ()) if row is None else _parsed(row.measurements, row.key_images)

    def _newest(self, study_uid: str) -> Select[Any]:
        return (
            select(_layer).where(_layer.c.study_uid == study_uid).order_by(_layer.c.layer_id.desc()).limit(1)
        )


def _parsed(measurements: str, key_images: str) -> Layer:
    return (from_json(MEASUREMENTS, measurements), from_json(KEY_IMAGES, key_images))


def _as_written_now(row: Row[Any]) -> dict[str, str]:
    """A row's documents in the present schema.  Texts are compared, for a value may be no number (NaN)."""
    measurements, key_images = _parsed(row.measurements, row.key_images)
    return {
        "measurements": to_json(MEASUREMENTS, measurements),
        "key_images": to_json(KEY_IMAGES, key_images),
    }
