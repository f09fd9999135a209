"""What a row of the registry is: words for people, limits for the guard, a recipe for the worker."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.domain.coding import Code
from app.domain.inference import Parameter, Task

AI = Code("123110", "DCM", "Artificial Intelligence")
MORPHOLOGY = Code("123104", "DCM", "Morphological Operations")


class Recipe(StrEnum):
    """How the worker does it (`inference.worker` maps them to functions)."""

    DENOISE = "denoise"
    LUNGS_CLASSICAL = "lungs-classical"
    LUNGS_NET = "lungs-net"


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the guard lets through.

    `slicewise` methods look at one image at a time: gaps and tilt only warn. `acquired` methods are for
    images as a scan gave them: those that were smoothed before are refused. `cover_mm` is the extent along
    the body under which it warns.
    """

    modalities: tuple[str, ...]
    body_parts: tuple[str, ...]
    pixel_mm: tuple[float, float]
    slice_mm: tuple[float, float]
    field_of_view_mm: tuple[float, float]
    least_shape: tuple[int, int, int]
    axial: bool = True
    slicewise: bool = False
    noise_hu: tuple[float, float] | None = None
    acquired: bool = False
    cover_mm: float = 0.0
    adult_years: float = 16.0


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run takes: worker's memory beside the shared volumes, and (`unit_voxels`, for nets) what one
    measured unit covers.
    """

    base_bytes: int
    bytes_per_voxel: float
    unit_voxels: int
    parallel: bool


@dataclass(frozen=True, slots=True)
class MethodSpec:
    """One method.  `folder` is the model's folder under the models folder, empty for methods without
    weights.
    """

    method_id: str
    title: str
    version: str
    task: Task
    recipe: Recipe
    family: Code
    summary: str
    limits: str
    licence: str
    clauses: tuple[str, ...]
    envelope: Envelope
    cost: Cost
    parameters: tuple[Parameter, ...] = ()
    folder: str = ""
