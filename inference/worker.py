"""The worker process: waits for work, does it on shared volumes, says how far it is.

It imports neither Qt nor VTK. Requests are tuples whose first item names them, answers those of
`app.processes.wire`; see `serve`.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import pickle
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.geometry import Grid
from app.domain.volume import SharedBlock, SharedVoxels
from app.errors import Cancelled, UserError
from app.logs import without_values
from app.processes import wire
from inference import registry, runtime
from inference.model_folder import ModelFolder
from inference.spec import MethodSpec, Recipe

Figures = tuple[tuple[str, float, str], ...]
#: less of a lung than this at the images' edge is a grazed vessel
_LEAST_CUT_MM2 = 100.0


@dataclass(frozen=True, slots=True)
class Order:
    """One run: method, device, volumes in shared memory (time = 1), parameters."""

    method_id: str
    device: str
    grid: Grid
    source: SharedBlock
    target: SharedBlock
    parameters: tuple[tuple[str, float], ...]


def serve(connection: Connection, models: str) -> None:
    """Answer until the other side is gone.

    ``("run", Order)`` → events (share, done, total) of its progress, then the figures; ``("measure",
    method_id, device)`` → seconds; ``("modules",)`` → names.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in a terminal is the parent's business
    requests, stop = SimpleQueue[tuple[Any, ...]](), threading.Event()
    threading.Thread(target=_listen, args=(connection, requests, stop), name="parent", daemon=True).start()
    worker = _Worker(Path(models), stop, connection)
    while True:
        try:
            connection.send_bytes(_answer(worker, requests.get()))
        except OSError:
            return


def _listen(connection: Connection, requests: SimpleQueue[tuple[Any, ...]], stop: threading.Event) -> None:
    """Take requests and wishes to stop, also in the middle of a run; end this process with its parent."""
    try:
        while True:
            message = connection.recv_bytes()
            if message == wire.STOP:
                stop.set()
            else:
                stop.clear()
                requests.put(pickle.loads(message))  # noqa: S301  (from our own parent)
    except (EOFError, OSError):
        os._exit(1)


def _answer(worker: _Worker, message: tuple[Any, ...]) -> bytes:
    try:
        if message[0] == "run":
            return wire.pack(wire.OK, worker.run(message[1]))
        if message[0] == "measure":
            return wire.pack(wire.OK, worker.measure(message[1], message[2]))
        return wire.pack(wire.OK, sorted(sys.modules))
    except Cancelled:
        return wire.pack(wire.STOPPED)
    except UserError as error:
        return wire.pack(wire.ERROR, error)
    except MemoryError:
        return wire.pack(wire.MEMORY)
    except Exception as error:  # noqa: BLE001  a defect here must reach the parent's log, whatever it is
        return wire.pack(wire.DEFECT, without_values(error))


class _Worker:
    """Keeps loaded nets warm."""

    def __init__(self, models: Path, stop: threading.Event, connection: Connection) -> None:
        self._models = models
        self._stop = stop
        self._connection = connection
        self._nets: dict[tuple[str, str], Any] = {}
        self._told = 0.0

    def run(self, order: Order) -> Figures:
        """Do it; the figures that were measured on the way."""
        spec = registry.find(order.method_id)
        source, target = SharedVoxels.attach(order.source), SharedVoxels.attach(order.target)
        try:
            return self._run(spec, order, source.array[0], target.array[0])
        finally:
            source.close()
            target.close()
            _give_memory_back()

    def _run(self, spec: MethodSpec, order: Order, source: NDArray[Any], target: NDArray[Any]) -> Figures:
        if spec.recipe is Recipe.DENOISE:
            from inference.denoise import denoise_volume

            folder, net = self._net(spec, order.device)
            return denoise_volume(
                net,
                source,
                target,
                folder.card["network"],
                dict(order.parameters)["strength"],
                runtime.threads(),
                progress=self._progress,
                cancelled=self._stop.is_set,
            )
        if spec.recipe is Recipe.LUNGS_CLASSICAL:
            from inference.segment.lungs_classical import segment_lungs

            target[:] = segment_lungs(
                source, order.grid, progress=self._progress, cancelled=self._stop.is_set
            )
        else:
            from inference.segment.lungs_net import segment_lungs_by_net

            _, net = self._net(spec, order.device)
            target[:] = segment_lungs_by_net(
                net, source, order.grid, progress=self._progress, cancelled=self._stop.is_set
            )
        return lung_volumes(target, order.grid)

    def measure(self, method_id: str, device: str) -> float:
        """Seconds until one unit of a method is done here and now, with as many side by side as in a run: the
        least of three tries.
        """
        spec = registry.find(method_id)
        run = self._sample(spec, device)
        times = []
        for _ in range(3):
            began = time.perf_counter()
            run()
            times.append(time.perf_counter() - began)
        return min(times)

    def _sample(self, spec: MethodSpec, device: str) -> Any:
        """A function that does about one unit, or a known part of it."""
        if spec.recipe is Recipe.LUNGS_CLASSICAL:
            from inference.segment.lungs_classical import sample_work

            return sample_work
        folder, net = self._net(spec, device)
        if spec.recipe is Recipe.DENOISE:
            from inference.denoise import denoise_image

            image, network = np.zeros((512, 512), dtype=np.int16), folder.card["network"]
            return lambda: _side_by_side(lambda: denoise_image(net, image, network, 1.0), runtime.threads())
        block = np.zeros((1, 1, 64, 64, 64), dtype=np.float32)
        return lambda: net(block)

    def _net(self, spec: MethodSpec, device: str) -> tuple[ModelFolder, Any]:
        from inference import backends

        folder = ModelFolder(self._models / spec.folder)
        key = (spec.method_id, device)
        if key not in self._nets:
            self._nets[key] = backends.load(folder, device)
        return folder, self._nets[key]

    def _progress(self, fraction: float, done: int = 0, total: int = 0) -> None:
        now = time.monotonic()
        if now - self._told > 0.05 or fraction >= 1.0:
            self._told = now
            self._connection.send_bytes(wire.pack(wire.EVENT, (fraction, done, total)))


def _give_memory_back() -> None:
    """What a run freed goes back to the system: else the next run's peak has it on top."""
    gc.collect()
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # a C library other than glibc
            ctypes.CDLL("libc.so.6").malloc_trim(0)


def _side_by_side(call: Callable[[], Any], count: int) -> None:
    with ThreadPoolExecutor(count) as pool:
        for running in [pool.submit(call) for _ in range(count)]:
            running.result()


def lung_volumes(labels: NDArray[np.uint8], grid: Grid) -> Figures:
    """Volumes of the two lungs; where the images end in a lung, how much of it they cut: the volume is then
    not the whole.
    """
    counts = np.bincount(labels.ravel(), minlength=3)
    names = (("Right lung", 1), ("Left lung", 2))
    found = [
        (name, round(float(counts[number]) * grid.voxel_mm3 / 1000.0, 1), "ml") for name, number in names
    ]
    cut_mm2 = 0.0
    for axis, mm in enumerate(grid.spacing_mm):
        ends = np.take(labels, [0, -1], axis=axis) if labels.shape[axis] > 1 else labels
        cut_mm2 += float(np.count_nonzero(ends)) * grid.voxel_mm3 / mm
    if cut_mm2 >= _LEAST_CUT_MM2:
        found.append(("Lung cut by the edge of the images", round(cut_mm2 / 100.0, 1), "cm²"))
    return tuple(found)
