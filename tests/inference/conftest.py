"""Small studies and one warm engine for all tests of inference."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from app.domain.inference import PhantomStudy
from app.domain.quantity import Quantity
from app.domain.study import SeriesUid
from app.domain.volume import Volume, Voxels
from app.jobs import never_cancelled, no_progress
from inference.engine import WorkerEngine
from inference.phantom_source import DEMO_SEED, make_phantom_study


@pytest.fixture(scope="session")
def chest() -> PhantomStudy:
    """The demo's anatomy, whole, on a coarse grid."""
    return make_phantom_study(
        seed=DEMO_SEED,
        shape=(36, 160, 160),
        spacing_mm=(9.5, 2.25, 2.25),
        dose=0.2,
        progress=no_progress,
        cancelled=never_cancelled,
    )


@pytest.fixture(scope="session")
def fine() -> PhantomStudy:
    """A few slices of the demo's anatomy with pixels of a usual size."""
    return make_phantom_study(
        seed=DEMO_SEED,
        shape=(10, 384, 384),
        spacing_mm=(20.0, 0.93, 0.93),
        dose=0.2,
        progress=no_progress,
        cancelled=never_cancelled,
    )


@pytest.fixture(scope="session")
def engine() -> Iterator[WorkerEngine]:
    """The engine over the shipped models."""
    made = WorkerEngine()
    yield made
    made.close()


def ct_volume(study: PhantomStudy, **changes: object) -> Volume:
    """The low-dose images of a study as a `Volume`."""
    given: dict[str, object] = {
        "grid": study.grid,
        "voxels": Voxels(np.ascontiguousarray(study.low_dose)[None]),
        "quantity": Quantity.HU,
        "modality": "CT",
        "series_uid": SeriesUid("1.2.3.4"),
        "body_part": "CHEST",
    }
    return Volume(**{**given, **changes})  # type: ignore[arg-type]
