"""Where a made thing comes from, and what a person has said of it."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.coding import Code

#: root of the name-based UUIDs that our derived objects' UIDs are made from
_UID_SPACE = uuid.UUID("8b0c0f4e-2f0c-5a37-9a53-0d1c6f6f5a11")


class ReviewState(StrEnum):
    """What people have said of a machine's result.  It lives in the database and never in the object."""

    UNCONFIRMED = "unconfirmed"
    ACCEPTED = "accepted"
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True)
class Algorithm:
    """Identification of the method that made a result (PS3.16 TID 4019, PS3.3 Segment Algorithm).

    `weights_sha256` is empty for methods without weights.  `parameters` are (name, value) in fixed order.
    `device_class` is ``cpu`` or ``cuda``; `precision` e.g. ``f32``; `backend` e.g. ``onnxruntime``.
    """

    method_id: str
    name: str
    version: str
    family: Code
    weights_sha256: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    backend: str = ""
    device_class: str = "cpu"
    precision: str = "f32"

    def key(self) -> tuple[str, ...]:
        """All that changes the result, as text: what UIDs are derived from."""
        flat = tuple(f"{name}={value}" for name, value in self.parameters)
        return (
            self.method_id,
            self.version,
            self.weights_sha256,
            *flat,
            self.backend,
            self.device_class,
            self.precision,
        )


@dataclass(frozen=True, slots=True)
class ResultState:
    """A derived object's row: what it is, how it was made, what was said of it by whom."""

    result_id: str
    study_uid: str
    source_series_uid: str
    series_uid: str
    kind: str  # "images" | "segmentation"
    algorithm: Algorithm
    made_at: datetime
    seconds: float
    review: ReviewState
    reviewed_by: str = ""
    reviewed_at: datetime | None = None
    figures: tuple[tuple[str, float, str], ...] = ()  # (name, value, unit)


def derived_uid(*parts: str) -> str:
    """A DICOM UID under 2.25 from text: the same parts give the same UID (RFC 4122 version 5, PS3.5 B.2)."""
    name = "\x1f".join(parts)
    return f"2.25.{uuid.uuid5(_UID_SPACE, name).int}"


def digest_of(parts: Iterable[str]) -> str:
    """SHA-256 of texts in the order given, as hexadecimal."""
    state = hashlib.sha256()
    for part in parts:
        state.update(part.encode("utf-8"))
        state.update(b"\x1f")
    return state.hexdigest()
