"""The engine port: methods run in one warm worker process, whose death is an error message here."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from app.domain.coding import Code
from app.domain.inference import InferenceResult, MethodCard, Plan, Task, Verdict
from app.domain.provenance import Algorithm
from app.domain.segmentation import Segment
from app.domain.volume import SharedVoxels, Volume
from app.errors import BadInput, Cancelled, LimitExceeded, Refused, Unavailable
from app.jobs import Progress, never_cancelled, no_progress
from app.jobs.runner import Cancelling
from inference import cuts, guard, registry, runtime
from inference.model_folder import GRAPH, WEIGHTS, ModelFolder
from inference.spec import MethodSpec
from inference.worker import Order
from inference.worker_process import GIB, WorkerProcess

_DEFAULT_MODELS = Path(__file__).parents[1] / "resources" / "models"
#: a measured speed is believed this long: other work on the machine comes and goes
_MEASURED_FOR_S = 120.0
#: how often a wait looks at what may end it
_LOOK_S = 0.05
_ANATOMY = Code("91723000", "SCT", "Anatomical Structure")
_LUNGS = (
    (1, "Right lung", Code("3341006", "SCT", "Right lung"), (86, 180, 233)),
    (2, "Left lung", Code("44029006", "SCT", "Left lung"), (204, 121, 167)),
)


class WorkerEngine:
    """Runs the registry's methods in a process of its own, one at a time.

    Parameters
    ----------
    models_dir : folder of the model folders
    memory_bytes : bound of the worker's resident memory, shared volumes included; over it the worker is ended
    """

    def __init__(self, models_dir: Path = _DEFAULT_MODELS, *, memory_bytes: int = 4 * GIB) -> None:
        self._models = Path(models_dir)
        self._memory_bytes = memory_bytes
        self._turn = threading.Lock()
        self._worker: WorkerProcess | None = None
        self._closed = False
        self._measured: dict[tuple[str, str], tuple[float, float]] = {}

    @property
    def worker_pid(self) -> int | None:
        """Process number of the worker; None while there is none."""
        worker = self._worker
        return worker.pid if worker is not None and worker.alive else None

    def methods(self) -> Sequence[MethodCard]:
        """All methods, in the registry's order."""
        return registry.cards(self._models)

    def plan(
        self, method_id: str, volume: Volume, *, device: str = "auto", parameters: Mapping[str, float] = {}
    ) -> Plan:
        """What would be done, and the guard's verdict.  Asking for ``cuda`` without one is a `Refused`."""
        self._require_open()
        spec = registry.find(method_id)
        chosen, notes = runtime.choose_device(device, spec)
        values = _checked(spec, parameters)
        verdict, reasons = guard.judge(volume, spec.envelope)
        seconds = 0.0
        if verdict is not Verdict.REFUSE:
            self._verify(spec, chosen)
            seconds = runtime.predicted_seconds(spec, volume.grid, self._seconds_per_unit(spec, chosen.key))
        tiles, tile_shape = cuts.layout(spec, volume.grid)
        return Plan(
            method_id=method_id,
            verdict=verdict,
            reasons=reasons,
            device=chosen.key,
            device_name=chosen.name,
            backend=chosen.backend if spec.folder else "SimpleITK",
            precision="f32",
            tiles=tiles,
            tile_shape=tile_shape,
            seconds=seconds,
            parameters=values,
            notes=notes,
            memory_bytes=runtime.predicted_memory(
                spec, volume.grid, volume.voxels.array.dtype.itemsize, chosen.key
            ),
        )

    def run(
        self, plan: Plan, volume: Volume, *, progress: Progress, cancelled: Cancelling
    ) -> InferenceResult:
        """Do it.  A plan with verdict REFUSE is a `Refused`; the worker's death is an `Unavailable`."""
        self._require_open()
        spec = registry.find(plan.method_id)
        if plan.verdict is Verdict.REFUSE:
            raise Refused(
                "These images do not suit the method {name}: its guard refused them.", name=spec.method_id
            )
        if plan.memory_bytes > self._memory_bytes:
            raise LimitExceeded(
                "The analysis needs {found} GiB of memory; {limit} GiB are allowed.",
                hint="Raise the limit in the settings, or take a smaller series.",
                found=f"{plan.memory_bytes / GIB:.1f}",
                limit=f"{self._memory_bytes / GIB:.1f}",
            )
        self._wait_for_turn(cancelled)
        try:
            return self._run(spec, plan, volume, progress, cancelled)
        finally:
            self._turn.release()

    def close(self) -> None:
        """End the worker process for good: what runs now and whatever comes later meets an `Unavailable`.
        Harmless twice.
        """
        self._closed = True
        while not self._turn.acquire(timeout=_LOOK_S):
            worker = self._worker
            if worker is not None:
                worker.kill()  # whoever waits for its answer stops waiting, and gives the turn back
        try:
            worker, self._worker = self._worker, None
            if worker is not None:
                worker.end()
        finally:
            self._turn.release()

    # -- running ------------------------------------------------------------------------------------------
    def _run(
        self, spec: MethodSpec, plan: Plan, volume: Volume, progress: Progress, cancelled: Cancelling
    ) -> InferenceResult:
        algorithm = self._algorithm(spec, plan)
        source, give_back = _shared(volume)
        target = SharedVoxels.create((1, *volume.grid.shape), _target_type(spec, source))
        began, kept = time.monotonic(), False
        try:
            order = Order(
                spec.method_id,
                plan.device,
                volume.grid,
                source.descriptor,
                target.descriptor,
                plan.parameters,
            )
            figures, peak = self._ask(("run", order), progress, cancelled)
            seconds = time.monotonic() - began
            if spec.task is Task.ENHANCE:
                target.ready[:] = True
                kept = True
                return InferenceResult(algorithm, seconds, peak, images=target, figures=figures)
            labels = np.array(target.array[0])
            return InferenceResult(
                algorithm, seconds, peak, labels=labels, segments=_segments(algorithm), figures=figures
            )
        finally:
            give_back()
            if not kept:
                target.close()

    def _ask(self, message: tuple[Any, ...], progress: Progress, cancelled: Cancelling) -> tuple[Any, int]:
        """Ask the worker, started when there is none; the turn must be held."""
        self._require_open()
        if self._worker is None or not self._worker.alive:
            if self._worker is not None:
                self._worker.end()
            self._worker = WorkerProcess(self._models, self._memory_bytes)
        try:
            return self._worker.ask(message, progress=progress, cancelled=cancelled)
        except Unavailable:
            self._require_open()
            raise

    def _require_open(self) -> None:
        if self._closed:
            raise Unavailable("The analysis engine was closed; nothing was changed.")

    def _wait_for_turn(self, cancelled: Cancelling) -> None:
        """Wait until no other run holds the worker; the closing ends the wait."""
        while not self._turn.acquire(timeout=_LOOK_S):
            self._require_open()
            if cancelled():
                raise Cancelled

    # -- planning -----------------------------------------------------------------------------------------
    def _seconds_per_unit(self, spec: MethodSpec, device: str) -> float:
        """Measured in the worker; a busy worker is not disturbed where an older figure is there."""
        key = (spec.method_id, device)
        known = self._measured.get(key)
        if known is not None and (time.monotonic() - known[1] < _MEASURED_FOR_S or self._turn.locked()):
            return known[0]
        self._wait_for_turn(never_cancelled)
        try:
            seconds, _ = self._ask(("measure", spec.method_id, device), no_progress, never_cancelled)
        finally:
            self._turn.release()
        self._measured[key] = (float(seconds), time.monotonic())
        return float(seconds)

    def _verify(self, spec: MethodSpec, device: runtime.Device) -> None:
        """Weights that are missing or altered are told before a run, not in it."""
        if spec.folder:
            ModelFolder(self._models / spec.folder).verified(GRAPH if device.kind == "cpu" else WEIGHTS)

    def _algorithm(self, spec: MethodSpec, plan: Plan) -> Algorithm:
        weights = ModelFolder(self._models / spec.folder).weights_sha256 if spec.folder else ""
        return Algorithm(
            method_id=spec.method_id,
            name=spec.title,
            version=spec.version,
            family=spec.family,
            weights_sha256=weights,
            parameters=tuple((name, f"{value:g}") for name, value in plan.parameters),
            backend=plan.backend,
            device_class=plan.device.partition(":")[0],
            precision=plan.precision,
        )


def _checked(spec: MethodSpec, given: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    """Values of all parameters, defaults filled in; `BadInput` for unknown names and values out of range."""
    known = {parameter.name for parameter in spec.parameters}
    for name in given:
        if name not in known:
            raise BadInput("The method {method} has no parameter {name}.", method=spec.method_id, name=name)
    values = []
    for parameter in spec.parameters:
        value = float(given.get(parameter.name, parameter.default))
        if not parameter.low <= value <= parameter.high:
            raise BadInput(
                "{name} must lie between {low} and {high}; found {found}.",
                name=parameter.name,
                low=f"{parameter.low:g}",
                high=f"{parameter.high:g}",
                found=f"{value:g}",
            )
        values.append((parameter.name, value))
    return tuple(values)


def _shared(volume: Volume) -> tuple[SharedVoxels, Callable[[], None]]:
    """The volume's voxels as a shared block, and how to give it back: what is shared already is not
    copied.
    """
    if isinstance(volume.voxels, SharedVoxels):
        return volume.voxels, _nothing
    array = volume.voxels.array
    copy = SharedVoxels.create((array.shape[0], array.shape[1], array.shape[2], array.shape[3]), array.dtype)
    copy.array[:] = array
    copy.ready[:] = True
    return copy, copy.close


def _nothing() -> None:
    """The block belongs to the volume."""


def _target_type(spec: MethodSpec, source: SharedVoxels) -> np.dtype[Any]:
    if spec.task is Task.SEGMENT:
        return np.dtype(np.uint8)
    return (
        source.array.dtype
        if source.array.dtype in (np.dtype(np.int16), np.dtype(np.int32))
        else np.dtype(np.float32)
    )


def _segments(algorithm: Algorithm) -> tuple[Segment, ...]:
    return tuple(
        Segment(number, label, _ANATOMY, code, color, algorithm) for number, label, code, color in _LUNGS
    )
