"""The demo study: a generated chest CT with exact truth, written as DICOM."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.dicom.write.ct_series import write_ct_series
from app.domain.geometry import Grid, Vector3
from app.domain.inference import Nodule, PhantomStudy
from app.domain.provenance import derived_uid
from app.domain.study import Patient, Series, SeriesUid, Study, StudyUid
from app.errors import NotFound
from app.jobs import Progress, never_cancelled, no_progress
from app.jobs.runner import Cancelling
from inference.phantom_source import DEMO_SEED, make_phantom_study

#: slices, rows, columns and millimetres of the demo study: a low-dose chest screening scan
SHAPE = (140, 512, 512)
SPACING_MM = (2.5, 0.7, 0.7)
#: photons a detector cell, relative to a routine scan
DOSE = 0.2

STUDY_UID = StudyUid(derived_uid("demo", "study", str(DEMO_SEED)))
SERIES_UID = SeriesUid(derived_uid("demo", "series", str(DEMO_SEED)))


@dataclass(frozen=True, slots=True, eq=False)
class DemoTruth:
    """What is known of the demo study: (slice, row, column) arrays as the phantom made them, and the nodules.

    `slice_axis` is the LPS direction in which the slice index of the arrays grows.
    """

    noise_free: NDArray[np.int16]
    lungs: NDArray[np.uint8]
    nodules: tuple[Nodule, ...]
    slice_axis: Vector3

    def in_order_of(self, grid: Grid) -> DemoTruth:
        """The same with the slices in the order of a grid over them: readers go from head to feet."""
        if float(np.dot(grid.axes[0], self.slice_axis)) > 0:
            return self
        turned: Vector3 = (-self.slice_axis[0], -self.slice_axis[1], -self.slice_axis[2])
        return replace(self, noise_free=self.noise_free[::-1], lungs=self.lungs[::-1], slice_axis=turned)


def demo_identity() -> tuple[Study, Series]:
    """Patient, study and series as the demo's objects carry them."""
    patient = Patient("YS000128", "Yanshi^Huanzhe=演示患者", birth_date=date(1968, 5, 17), sex="M")
    started = datetime(2026, 11, 20, 9, 14, 0, tzinfo=UTC)
    study = Study(
        STUDY_UID,
        patient,
        study_id="YS128",
        accession_number="A2026112007",
        description="胸部 CT 平扫（低剂量）",
        started_at=started,
        modalities=("CT",),
        body_part="CHEST",
        institution="县人民医院（演示）",
        referring_physician="Yanshi^Yisheng=演示^医生",
        patient_age="058Y",
    )
    series = Series(
        SERIES_UID,
        STUDY_UID,
        "CT",
        2,
        "胸部 2.5 mm 软组织算法",
        "CHEST",
        "Chest low dose",
        "YingShu phantom",
        derived_uid("demo", "frame", str(DEMO_SEED)),
        slice_thickness_mm=SPACING_MM[0],
    )
    return study, series


def make_demo_study(
    folder: Path,
    *,
    shape: tuple[int, int, int] = SHAPE,
    progress: Progress = no_progress,
    cancelled: Cancelling = never_cancelled,
) -> list[Path]:
    """Generate the demo study into `folder`: DICOM files in ``dicom/`` and the truth in ``truth.npz`` and
    ``truth.json``.

    The same shape gives the same bytes.  Takes about a minute on two cores.
    """
    phantom: PhantomStudy = make_phantom_study(
        seed=DEMO_SEED,
        shape=shape,
        spacing_mm=SPACING_MM,
        dose=DOSE,
        progress=lambda f, d=0, t=0: progress(0.9 * f, d, t),
        cancelled=cancelled,
    )
    study, series = demo_identity()
    files = write_ct_series(folder / "dicom", study, series, phantom.grid, phantom.low_dose)
    np.savez_compressed(
        folder / "truth.npz",
        noise_free=phantom.noise_free,
        lungs=phantom.lungs,
        slice_axis=np.array(phantom.grid.axes[0]),
    )
    nodules: list[dict[str, Any]] = [asdict(nodule) for nodule in phantom.nodules]
    (folder / "truth.json").write_text(
        json.dumps({"seed": phantom.seed, "nodules": nodules}, indent=1), encoding="utf-8"
    )
    progress(1.0)
    return files


def read_truth(folder: Path) -> DemoTruth:
    """The truth beside a generated demo study."""
    if not (folder / "truth.npz").is_file():
        raise NotFound("There is no generated demo study in {folder}.", folder=str(folder))
    arrays = np.load(folder / "truth.npz")
    rows = json.loads((folder / "truth.json").read_text(encoding="utf-8"))["nodules"]
    nodules = tuple(Nodule(tuple(row["centre_mm"]), row["diameter_mm"], row["hu"]) for row in rows)
    x, y, z = (float(part) for part in arrays["slice_axis"])
    return DemoTruth(arrays["noise_free"], arrays["lungs"], nodules, (x, y, z))
