"""All methods, in one list.  A row, not a class, is what distinguishes one method from another."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app.domain.inference import MethodCard, Parameter, Task
from app.errors import NotFound
from inference.model_folder import ModelFolder
from inference.spec import AI, MORPHOLOGY, Cost, Envelope, MethodSpec, Recipe

_MIB = 1024**2
_CHEST = (
    "CHEST",
    "THORAX",
    "LUNG",
    "CHEST_TO_PELVIS",
    "CHESTABDOMEN",
    "CHESTABDPELVIS",
    "CHESTABDPELV",
    "WHOLEBODY",
)
_BODY = (*_CHEST, "ABDOMEN", "ABDOMENPELVIS", "HEART")

METHODS: tuple[MethodSpec, ...] = (
    MethodSpec(
        method_id="ct/red-unet",
        title="Low-dose CT denoising (residual encoder-decoder)",
        version="1.0.0",
        task=Task.ENHANCE,
        recipe=Recipe.DENOISE,
        family=AI,
        summary="Lowers the noise of low-dose CT image by image; strength 0 is the original, 1 the full "
        "effect.",
        limits=(
            "Trained on simulated acquisitions of generated chests only; not validated on patients; "
            "research use. "
            "Small spots of low contrast can vanish: compare with the original."
        ),
        licence="Apache-2.0",
        clauses=("5.2.1",),
        envelope=Envelope(
            modalities=("CT",),
            body_parts=_BODY,
            pixel_mm=(0.3, 1.3),
            slice_mm=(0.3, 10.0),
            field_of_view_mm=(130.0, 700.0),
            least_shape=(1, 64, 64),
            slicewise=True,
            noise_hu=(2.0, 220.0),
            acquired=True,
        ),
        cost=Cost(450 * _MIB, 0.0, 512 * 512, parallel=True),
        parameters=(Parameter("strength", "Strength", 1.0, 0.0, 1.0),),
        folder="ct-red-unet",
    ),
    MethodSpec(
        method_id="ct/lungs-classical",
        title="Lungs by threshold and morphology",
        version="1.1.0",
        task=Task.SEGMENT,
        recipe=Recipe.LUNGS_CLASSICAL,
        family=MORPHOLOGY,
        summary="Right and left lung with their vessels and nodules, without windpipe and main bronchi.",
        limits=(
            "Consolidated or collapsed lung and large effusions are left out: they are not air. "
            "Free air around a lung is counted as lung. Check the outline."
        ),
        licence="Apache-2.0",
        clauses=("5.3.1", "5.3.3"),
        envelope=Envelope(
            modalities=("CT",),
            body_parts=_CHEST,
            pixel_mm=(0.3, 4.5),
            slice_mm=(0.3, 10.0),
            field_of_view_mm=(180.0, 700.0),
            least_shape=(12, 64, 64),
            cover_mm=120.0,
        ),
        cost=Cost(300 * _MIB, 3.0, 1, parallel=False),
    ),
    MethodSpec(
        method_id="ct/lungs-unet3d",
        title="Lungs by a small 3D U-Net",
        version="1.0.0",
        task=Task.SEGMENT,
        recipe=Recipe.LUNGS_NET,
        family=AI,
        summary="Right and left lung found by a net at 4 mm and brought back to the images' grid.",
        limits=(
            "Trained on generated chests only: a demonstration of the pipeline, not validated on "
            "patients; research use. "
            "Outlines follow a 4 mm grid."
        ),
        licence="Apache-2.0",
        clauses=("5.3.2", "5.3.3"),
        envelope=Envelope(
            modalities=("CT",),
            body_parts=_CHEST,
            pixel_mm=(0.3, 4.5),
            slice_mm=(0.3, 10.0),
            field_of_view_mm=(180.0, 700.0),
            least_shape=(12, 64, 64),
            cover_mm=120.0,
        ),
        cost=Cost(480 * _MIB, 3.0, 64**3, parallel=False),
        folder="ct-lungs-unet3d",
    ),
)


def find(method_id: str) -> MethodSpec:
    """The row of that id; `NotFound` names the known ones."""
    for row in METHODS:
        if row.method_id == method_id:
            return row
    known = ", ".join(row.method_id for row in METHODS)
    raise NotFound("There is no method {name}.", hint="Methods are: {known}.", name=method_id, known=known)


def cards(models: Path) -> Sequence[MethodCard]:
    """The rows as the panel shows them, with what their folders say."""
    return [_card(row, models) for row in METHODS]


def _card(row: MethodSpec, models: Path) -> MethodCard:
    folder = ModelFolder(models / row.folder) if row.folder else None
    return MethodCard(
        method_id=row.method_id,
        title=row.title,
        version=row.version,
        task=row.task,
        summary=row.summary,
        limits=row.limits,
        licence=row.licence,
        clauses=row.clauses,
        modalities=row.envelope.modalities,
        body_parts=row.envelope.body_parts,
        parameters=row.parameters,
        weights_sha256=folder.weights_sha256 if folder else "",
        figures=folder.figures if folder else (),
    )
