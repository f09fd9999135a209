"""What a method of analysis says of itself, what it would do, and what it gave; the phantom's truth.

Arrays are ordered (slice, row, column); points are LPS millimetres.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.geometry import Grid, Point3
from app.domain.provenance import Algorithm
from app.domain.segmentation import Segment
from app.domain.volume import SharedVoxels


class Task(StrEnum):
    """What a method does with a volume."""

    ENHANCE = "enhance"
    SEGMENT = "segment"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number the person may set; `title` is an English text and translation key."""

    name: str
    title: str
    default: float
    low: float
    high: float
    unit: str = ""


@dataclass(frozen=True, slots=True)
class MethodCard:
    """What the panel shows of a method.  `title`, `summary` and `limits` are English texts and translation
    keys.
    """

    method_id: str
    title: str
    version: str
    task: Task
    summary: str
    limits: str
    licence: str
    clauses: tuple[str, ...]
    modalities: tuple[str, ...]
    body_parts: tuple[str, ...]
    parameters: tuple[Parameter, ...] = ()
    weights_sha256: str = ""
    #: held-out figures of `evaluation.json`, as (name, value, unit)
    figures: tuple[tuple[str, float, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a guard warns or refuses: English template and parameters (limit and value found)."""

    template: str
    params: dict[str, str] = field(default_factory=dict)


class Verdict(StrEnum):
    """The guard's word."""

    ACCEPT = "accept"
    WARN = "warn"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Plan:
    """What will happen if the person says run.  `device` is ``cpu`` or ``cuda:N`` and is never changed
    silently.
    """

    method_id: str
    verdict: Verdict
    reasons: tuple[Reason, ...]
    device: str
    device_name: str
    backend: str
    precision: str
    tiles: int
    tile_shape: tuple[int, ...]
    seconds: float
    memory_bytes: int
    parameters: tuple[tuple[str, float], ...] = ()
    #: what is to be said of the choice of device
    notes: tuple[Reason, ...] = ()


@dataclass(slots=True, eq=False)
class InferenceResult:
    """Arrays on the grid of the input.

    `images`: (time=1, slice, row, column) values in the input's unit, for ENHANCE.
    `labels`: (slice, row, column) uint8 with `segments`, for SEGMENT.
    `figures`: (name, value, unit) of what was measured on the way (noise before and after, volume…).
    """

    algorithm: Algorithm
    seconds: float
    peak_bytes: int
    images: SharedVoxels | None = None
    labels: NDArray[np.uint8] | None = None
    segments: tuple[Segment, ...] = ()
    figures: tuple[tuple[str, float, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Nodule:
    """A nodule of the phantom: a ball with known truth."""

    centre_mm: Point3
    diameter_mm: float
    hu: float


@dataclass(frozen=True, slots=True, eq=False)
class PhantomStudy:
    """What the generator makes: HU arrays (slice, row, column) int16 and the exact truth."""

    grid: Grid
    low_dose: NDArray[np.int16]
    noise_free: NDArray[np.int16]
    lungs: NDArray[np.uint8]
    nodules: tuple[Nodule, ...]
    seed: int
    description: Mapping[str, Any]
