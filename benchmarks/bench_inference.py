"""Denoising of a 300-slice CT: seconds, memory, time to cancel; against the raw ONNX session and non-local
means on as many cores.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.domain.geometry import Grid
from app.domain.quantity import Quantity
from app.domain.study import SeriesUid
from app.domain.volume import SharedVoxels, Volume
from app.errors import Cancelled
from app.jobs import never_cancelled, no_progress
from benchmarks.rows import Row
from inference.engine import WorkerEngine
from inference.phantom_source import DEMO_SEED, make_phantom_study
from inference.runtime import threads

SLICES = 300
SHORT = 60
_MODEL = Path(__file__).resolve().parents[1] / "resources" / "models" / "ct-red-unet" / "model.onnx"


def run(*, full: bool = False) -> list[Row]:
    """60 slices scaled to 300 (median of three runs), or all 300 once with `full`."""
    count = SLICES if full else SHORT
    scale = SLICES / count
    slices = make_phantom_study(
        seed=DEMO_SEED,
        shape=(6, 512, 512),
        spacing_mm=(40.0, 0.7, 0.7),
        dose=0.2,
        progress=no_progress,
        cancelled=never_cancelled,
    ).low_dose
    volume = _volume(slices, count)
    engine = WorkerEngine()
    try:
        plan, results = engine.plan("ct/red-unet", volume, device="cpu"), []
        for _ in range(1 if full else 3):
            result = engine.run(plan, volume, progress=no_progress, cancelled=never_cancelled)
            assert result.images is not None
            result.images.close()
            results.append(result)
        seconds = sorted(r.seconds for r in results)[len(results) // 2]
        peak = max(r.peak_bytes for r in results)
        lungs = []
        for method in ("ct/lungs-classical", "ct/lungs-unet3d"):
            ahead = engine.plan(method, volume)
            done = engine.run(ahead, volume, progress=no_progress, cancelled=never_cancelled)
            lungs.append(
                Row(
                    f"{method}, {count} slices", done.seconds, "s", "", "predicted by the plan", ahead.seconds
                )
            )
        cancel = _cancel_latency(engine, volume)
    finally:
        engine.close()
        volume.voxels.close()
    cores = threads()
    raw, means = _raw_session(slices, 6, cores), _non_local_means(slices, cores)
    shared = 2 * 2 * SLICES * 512 * 512 * (1 - count / SLICES)
    return [
        Row(
            "300 slices 512² denoised",
            seconds * scale,
            "s",
            "≤ 90 s",
            f"raw ONNX session, {cores} threads",
            raw * SLICES,
        ),
        Row(
            f"a slice denoised, {cores} at a time",
            seconds / count,
            "s",
            "",
            f"non-local means, {cores} at a time",
            means,
        ),
        Row(
            "predicted by the plan for 300 slices", plan.seconds * scale, "s", "", "measured", seconds * scale
        ),
        Row("peak resident memory for 300 slices", (peak + shared) / 1024**3, "GiB", "≤ 2 GiB"),
        Row("from the wish to cancel to its end", cancel, "s", "≤ 1 s"),
        *lungs,
    ]


def _volume(slices: NDArray[np.int16], count: int) -> Volume:
    """The slices again and again, in shared memory."""
    voxels = SharedVoxels.create((1, count, 512, 512), np.int16)
    for number in range(count):
        voxels.array[0, number] = slices[number * len(slices) // count]
    voxels.ready[:] = True
    grid = Grid(
        (count, 512, 512),
        (300.0 / count, 0.7, 0.7),
        (-179.0, -171.0, -150.0),
        ((0, 0, 1), (0, 1, 0), (1, 0, 0)),
    )
    return Volume(grid, voxels, Quantity.HU, "CT", SeriesUid("2.25.1"), body_part="CHEST")


def _cancel_latency(engine: WorkerEngine, volume: Volume) -> float:
    """Median of three."""
    found = []
    plan = engine.plan("ct/red-unet", volume, device="cpu")
    for _ in range(3):
        wished: list[float] = []
        try:
            engine.run(
                plan,
                volume,
                progress=lambda f, d=0, t=0, w=wished: w.append(time.monotonic()),
                cancelled=lambda w=wished: bool(w),
            )
        except Cancelled:
            found.append(time.monotonic() - wished[0])
    return sorted(found)[1]


def _raw_session(slices: NDArray[np.int16], count: int, cores: int) -> float:
    """Seconds a slice of ONNX Runtime alone with its own threads; median."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = cores
    session = onnxruntime.InferenceSession(str(_MODEL), options, providers=["CPUExecutionProvider"])
    image = slices[3][None, None].astype(np.float32) / 500
    session.run(None, {"image": image})
    return _median(lambda: session.run(None, {"image": image}), count)


def _non_local_means(slices: NDArray[np.int16], cores: int) -> float:
    """Seconds a slice, several side by side; median."""
    from skimage.restoration import denoise_nl_means

    def one(number: int) -> None:
        image = slices[number % len(slices)].astype(np.float32)
        denoise_nl_means(image, patch_size=5, patch_distance=6, h=30.0, sigma=25.0, fast_mode=True)

    one(0)
    with ThreadPoolExecutor(cores) as pool:
        return _median(lambda: list(pool.map(one, range(cores))), 3) / cores


def _median(call: Callable[[], object], times: int) -> float:
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        call()
        taken.append(time.perf_counter() - started)
    return sorted(taken)[times // 2]
