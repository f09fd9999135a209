"""The engine: plan before run, a worker whose death is a message, cancel within a second."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from app.domain.file_blocks import BlockFiles
from app.domain.inference import PhantomStudy, Verdict
from app.domain.quantity import Quantity
from app.domain.volume import SharedVoxels, Volume
from app.errors import BadInput, Cancelled, LimitExceeded, NotFound, Refused, Unavailable
from app.i18n import catalogue
from app.jobs import never_cancelled, no_progress
from inference import registry, runtime
from inference.backends import OnnxNet
from inference.denoise import denoise_volume
from inference.engine import WorkerEngine
from inference.model_folder import GRAPH, ModelFolder
from tests.inference.conftest import ct_volume

LUNGS = "ct/lungs-classical"
DENOISE = "ct/red-unet"
MODELS = Path(__file__).resolve().parents[2] / "resources" / "models"


@pytest.fixture
def volume(fine: PhantomStudy) -> Volume:
    """Fine slices as a usual series."""
    return ct_volume(fine, grid=replace(fine.grid, spacing_mm=(2.5, 0.93, 0.93)))


@pytest.fixture
def long_volume(fine: PhantomStudy) -> Iterator[Volume]:
    """So many images that a run takes seconds."""
    many = np.tile(fine.low_dose, (20, 1, 1))
    grid = replace(fine.grid, shape=many.shape, spacing_mm=(2.5, 0.93, 0.93))
    voxels = SharedVoxels.create((1, *many.shape), np.int16)
    voxels.array[0] = many
    voxels.ready[:] = True
    yield ct_volume(fine, grid=grid, voxels=voxels)
    voxels.close()


def test_cards_have_both_languages(engine: WorkerEngine) -> None:
    """Titles, summaries and limits are translated; held-out figures and checksums are shown."""
    for card in engine.methods():
        for text in (
            card.title,
            card.summary,
            card.limits,
            *(p.title for p in card.parameters),
            *(f[0] for f in card.figures),
        ):
            assert text in catalogue(), text
    assert {card.method_id for card in engine.methods()} == {DENOISE, LUNGS, "ct/lungs-unet3d"}


def test_plan_says_what_will_happen(engine: WorkerEngine, volume: Volume) -> None:
    """Device, back end, precision, tiles, seconds and memory before anything runs (issue 3, step 6)."""
    plan = engine.plan(DENOISE, volume, parameters={"strength": 0.5})
    assert plan.verdict is Verdict.ACCEPT
    assert plan.device in ("cpu", "cuda:0")
    assert plan.precision == "f32"
    assert plan.tiles == 10
    assert plan.seconds > 0
    assert 100 << 20 < plan.memory_bytes < 2 << 30
    assert plan.parameters == (("strength", 0.5),)


def test_a_device_that_is_not_there_is_refused(engine: WorkerEngine, volume: Volume) -> None:
    """Asking for CUDA without one is an error, never a silent change (rule 1)."""
    missing = "cuda:7" if runtime.cuda_devices() else "cuda"
    with pytest.raises(Refused, match=f"{missing} was asked for"):
        engine.plan(DENOISE, volume, device=missing)
    with pytest.raises(Refused, match="processor"):
        engine.plan(LUNGS, volume, device="cuda")
    with pytest.raises(BadInput, match="device"):
        engine.plan(DENOISE, volume, device="gpu")


def test_the_device_is_chosen_by_what_can_compute() -> None:
    """A graphics processor is taken only where the driver has it and torch was built for it; what is left
    unused is said (rule 1).
    """
    net, classical = registry.find(DENOISE), registry.find(LUNGS)
    cards = (runtime.Device("cuda:0", "Card A"), runtime.Device("cuda:1", "Card B"))
    both, no_torch, bare = (
        runtime.Machine(cards, "12.8"),
        runtime.Machine(cards, ""),
        runtime.Machine((), "12.8"),
    )
    assert runtime.choose_device("auto", net, both) == (cards[0], ())
    assert runtime.choose_device("cuda", net, both)[0] == cards[0]
    assert runtime.choose_device("cuda:1", net, both)[0] == cards[1]
    assert runtime.choose_device("auto", net, bare)[0].key == "cpu"
    for machine in (both, no_torch, bare):
        assert runtime.choose_device("cpu", net, machine) == (runtime.Device("cpu", runtime.cpu_name()), ())
        assert runtime.choose_device("auto", classical, machine) == (
            runtime.Device("cpu", runtime.cpu_name()),
            (),
        )
    device, notes = runtime.choose_device("auto", net, no_torch)
    assert device.key == "cpu"
    assert notes[0].params == {"name": "Card A"}
    assert notes[0].template in catalogue()
    with pytest.raises(Refused, match=r"cannot use the graphics processor cuda:1 \(Card B\)"):
        runtime.choose_device("cuda:1", net, no_torch)
    with pytest.raises(Refused, match="has 2 usable"):
        runtime.choose_device("cuda:2", net, both)
    with pytest.raises(Refused, match="has 0 usable"):
        runtime.choose_device("cuda", net, bare)


def test_the_build_of_torch_is_known_without_importing_it() -> None:
    """What torch's own files say is what torch says."""
    import torch

    assert runtime.torch_cuda() == (torch.version.cuda or "")


def test_wrong_parameters_and_methods_are_named(engine: WorkerEngine, volume: Volume) -> None:
    """Limits and found value are in the message."""
    with pytest.raises(BadInput, match=r"between 0 and 1; found 3"):
        engine.plan(DENOISE, volume, parameters={"strength": 3})
    with pytest.raises(BadInput, match="no parameter"):
        engine.plan(DENOISE, volume, parameters={"sharpness": 1})
    with pytest.raises(NotFound, match="ct/none"):
        engine.plan("ct/none", volume)


def test_a_refused_plan_does_not_run(engine: WorkerEngine, volume: Volume) -> None:
    """MR is refused with its reason, and running all the same is refused too."""
    plan = engine.plan(DENOISE, replace(volume, modality="MR", quantity=Quantity.ARBITRARY))
    assert plan.verdict is Verdict.REFUSE
    with pytest.raises(Refused, match="guard"):
        engine.run(plan, volume, progress=no_progress, cancelled=never_cancelled)


def test_the_same_job_gives_the_same_bytes(engine: WorkerEngine, volume: Volume, tmp_path: Path) -> None:
    """Twice the same plan, once of voxels in a file, and the same work in another process with other numbers
    of threads: equal bytes; progress never goes back.
    """
    seen: tuple[list[float], list[float]] = ([], [])
    plan = engine.plan(DENOISE, volume, device="cpu")
    filed = SharedVoxels.create((1, *volume.grid.shape), np.int16, BlockFiles(tmp_path, 1 << 20))
    for s, values in enumerate(volume.at()):
        filed.put(0, s, values)
    results = [
        engine.run(
            plan, source, progress=lambda f, d=0, t=0, told=told: told.append(f), cancelled=never_cancelled
        )
        for told, source in zip(seen, (volume, replace(volume, voxels=filed)), strict=True)
    ]
    filed.close()
    first, second = (result.images for result in results)
    assert first is not None
    assert second is not None
    assert first.array.dtype == np.int16
    assert np.array_equal(first.array, second.array)
    assert not np.array_equal(first.array, volume.voxels.array)
    assert results[0].algorithm == results[1].algorithm
    assert all(plan.memory_bytes / 3 < result.peak_bytes < plan.memory_bytes * 1.4 for result in results)
    folder = ModelFolder(MODELS / "ct-red-unet")
    net, here = OnnxNet(folder.verified(GRAPH)), np.empty_like(first.array[0])
    for threads in (1, 5):
        denoise_volume(
            net,
            volume.at(),
            here,
            folder.card["network"],
            1.0,
            threads,
            progress=no_progress,
            cancelled=never_cancelled,
        )
        assert here.tobytes() == first.array[0].tobytes()
    assert len(results[0].algorithm.weights_sha256) == 64
    for told in seen:
        assert told
        assert sorted(told) == told
    first.close()
    second.close()


def test_lungs_come_with_segments_and_volumes(engine: WorkerEngine, chest: PhantomStudy) -> None:
    """Labels on the input's grid, coded segments, millilitres."""
    volume = ct_volume(chest)
    plan = engine.plan(LUNGS, volume)
    result = engine.run(plan, volume, progress=no_progress, cancelled=never_cancelled)
    assert plan.memory_bytes / 2 < result.peak_bytes < plan.memory_bytes * 1.4
    assert result.labels is not None
    assert result.labels.shape == chest.grid.shape
    assert [s.type.value for s in result.segments] == ["3341006", "44029006"]
    litres = sum(value for _, value, unit in result.figures if unit == "ml") / 1000
    assert litres == pytest.approx(chest.lungs.sum() * chest.grid.voxel_mm3 / 1e6, rel=0.06)
    assert result.peak_bytes > 50 << 20


def test_killing_the_worker_is_a_message(engine: WorkerEngine, long_volume: Volume) -> None:
    """SIGKILL during a run: `Unavailable` with the signal's name; the next run works (issue 3, shown by)."""
    plan = engine.plan(DENOISE, long_volume, device="cpu")
    victim = engine.worker_pid
    assert victim is not None
    blocks_before = _blocks()

    def kill_on_progress(fraction: float, done: int = 0, total: int = 0) -> None:
        if fraction > 0.01:
            os.kill(victim, signal.SIGKILL)

    with pytest.raises(Unavailable, match="SIGKILL"):
        engine.run(plan, long_volume, progress=kill_on_progress, cancelled=never_cancelled)
    assert _blocks() <= blocks_before
    small = ct_volume_of(long_volume)
    result = engine.run(engine.plan(DENOISE, small), small, progress=no_progress, cancelled=never_cancelled)
    assert result.images is not None
    result.images.close()
    assert engine.worker_pid != victim


def test_cancel_is_heeded(engine: WorkerEngine, long_volume: Volume) -> None:
    """The wish is asked for between steps; the benchmark says how long it takes."""
    plan = engine.plan(DENOISE, long_volume, device="cpu")
    reached: list[float] = []
    with pytest.raises(Cancelled):
        engine.run(
            plan,
            long_volume,
            progress=lambda fraction, done=0, total=0: reached.append(fraction),
            cancelled=lambda: bool(reached),
        )
    assert max(reached) < 0.9


def test_too_much_memory_is_told_or_ends_the_worker(engine: WorkerEngine, long_volume: Volume) -> None:
    """Over the bound: told before the run by the plan, and watched during it."""
    plan = engine.plan(DENOISE, long_volume, device="cpu")
    tight = WorkerEngine(memory_bytes=60 << 20)
    try:
        with pytest.raises(LimitExceeded, match="needs"):
            tight.run(plan, long_volume, progress=no_progress, cancelled=never_cancelled)
        assert tight.worker_pid is None
        with pytest.raises(LimitExceeded, match="was ended"):
            tight.run(
                replace(plan, memory_bytes=1), long_volume, progress=no_progress, cancelled=never_cancelled
            )
        assert tight.worker_pid is None
    finally:
        tight.close()


def test_worker_knows_no_screen_and_parent_no_nets(engine: WorkerEngine, volume: Volume) -> None:
    """The worker imports neither Qt nor VTK; importing the engine loads neither torch nor onnxruntime nor
    SimpleITK.
    """
    import subprocess

    engine.plan(DENOISE, volume)
    names, _ = engine._ask(("modules",), no_progress, never_cancelled)
    assert not {name.partition(".")[0] for name in names} & {"PySide6", "vtkmodules", "torch", "pydicom"}
    code = (
        "import sys, inference.engine; print(sorted({'torch', 'onnxruntime', 'SimpleITK', 'PySide6'} & "
        "set(sys.modules)))"
    )
    root = Path(__file__).resolve().parents[2]
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True, timeout=60
    )
    assert found.stdout.strip() == "[]"


def test_a_closed_engine_stays_closed(long_volume: Volume) -> None:
    """Closing ends a run, a waiting run and a waiting plan in words; later calls are refused, no process and
    no block stays.
    """
    before = _blocks()
    made = WorkerEngine()
    plan = made.plan(DENOISE, long_volume, device="cpu")
    running, met = threading.Event(), dict[str, BaseException]()

    def call(name: str, act: Callable[[], object]) -> threading.Thread:
        def work() -> None:
            try:
                act()
            except BaseException as error:  # noqa: BLE001
                met[name] = error

        thread = threading.Thread(target=work)
        thread.start()
        return thread

    def run(seen: threading.Event | None = None) -> object:
        return made.run(
            plan,
            long_volume,
            progress=lambda f, d=0, t=0: seen.set() if seen else None,
            cancelled=never_cancelled,
        )

    threads = [call("run", lambda: run(running))]
    assert running.wait(30)
    threads += [
        call("next run", run),
        call("plan", lambda: made.plan("ct/lungs-unet3d", long_volume)),
        call("close", made.close),
    ]
    children = psutil.Process().children(recursive=True)
    made.close()
    for thread in threads:
        thread.join(10)
    assert not any(thread.is_alive() for thread in threads)
    assert set(met) == {"run", "next run", "plan"}
    for act in (lambda: made.plan(LUNGS, long_volume), run):
        with pytest.raises(Unavailable, match="was closed"):
            act()
    assert all(isinstance(error, Unavailable) and "was closed" in str(error) for error in met.values()), met
    made.close()
    assert made.worker_pid is None
    assert not [
        child
        for child in psutil.Process().children(recursive=True)
        if child not in children and "inference.worker:serve" in child.cmdline()
    ]
    assert _blocks() <= before


def ct_volume_of(volume: Volume) -> Volume:
    """The first four slices."""
    from app.domain.volume import Voxels

    return replace(
        volume,
        grid=replace(volume.grid, shape=(4, *volume.grid.shape[1:])),
        voxels=Voxels(volume.voxels.array[:, :4].copy()),
    )


def _blocks() -> int:
    """Shared blocks that this process holds."""
    return len(list(Path("/dev/shm").glob(f"yingshu-*-{os.getpid()}-*")))
