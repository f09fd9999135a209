"""Where and how long: devices, predicted seconds and memory.  Torch is not needed to know them."""

from __future__ import annotations

import ctypes
import importlib.util
import math
import os
import platform
import re
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from app.domain.geometry import Grid
from app.domain.inference import Reason
from app.errors import BadInput, Refused
from inference.cuts import COARSE_MM, IMAGE_TILE, layout
from inference.spec import MethodSpec, Recipe

#: what torch with its CUDA libraries keeps resident, estimated: there is no graphics processor where this was
#: made
_TORCH_CUDA_BYTES = 2 * 1024**3
_CUDA_LIBRARY = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"


@dataclass(frozen=True, slots=True)
class Device:
    """``cpu`` or ``cuda:N`` with the name that people know."""

    key: str
    name: str

    @property
    def kind(self) -> str:
        """``cpu`` or ``cuda``."""
        return self.key.partition(":")[0]

    @property
    def backend(self) -> str:
        """Library that runs nets there."""
        return "onnxruntime" if self.kind == "cpu" else "torch"


@dataclass(frozen=True, slots=True)
class Machine:
    """What can compute here.

    `graphics` are the graphics processors by the driver's own word; `torch_cuda` is the CUDA release that the
    installed torch was built for, empty where it was built for the processor alone.
    """

    graphics: tuple[Device, ...] = ()
    torch_cuda: str = ""


@cache
def this_machine() -> Machine:
    """This one; looked at once."""
    return Machine(cuda_devices(), torch_cuda())


def choose_device(
    wanted: str, spec: MethodSpec, machine: Machine | None = None
) -> tuple[Device, tuple[Reason, ...]]:
    """The device for a method, and what is to be said of the choice.

    ``auto`` takes a graphics processor where one can be used, else the processor, and says when it leaves a
    graphics processor unused. A wish for ``cuda`` is met or a `Refused`, never changed.
    """
    machine = machine or this_machine()
    processor = Device("cpu", cpu_name())
    if wanted == "cpu" or (wanted == "auto" and not spec.folder):
        return processor, ()
    if wanted == "auto":
        if machine.graphics and machine.torch_cuda:
            return machine.graphics[0], ()
        if machine.graphics:
            unused = {"name": machine.graphics[0].name}
            return processor, (
                Reason(
                    "the graphics processor {name} is not used: torch here is built for the processor alone",
                    unused,
                ),
            )
        return processor, ()
    if not wanted.startswith("cuda"):
        raise BadInput("A device is auto, cpu, cuda or cuda:N; found {found}.", found=wanted)
    if not spec.folder:
        raise Refused("This method runs on the processor (cpu) alone; {found} was asked for.", found=wanted)
    for device in machine.graphics:
        if wanted in ("cuda", device.key):
            if not machine.torch_cuda:
                raise Refused(
                    "The computing library here cannot use the graphics processor {device}.",
                    hint="Install the CUDA build of torch, or choose the processor (cpu).",
                    device=f"{device.key} ({device.name})",
                )
            return device, ()
    raise Refused(
        "{wanted} was asked for, but this machine has {count} usable graphics processors.",
        hint="Choose the processor (cpu), or check the driver of the graphics processor.",
        wanted=wanted,
        count=len(machine.graphics),
    )


def threads() -> int:
    """Calls side by side: all cores of this process but one, and two at least where there are two."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, 2) if cores <= 2 else cores - 1)


def units(spec: MethodSpec, grid: Grid) -> float:
    """How many measured units a run has; the shares were found by running the methods on grids of many
    shapes.
    """
    voxels = math.prod(grid.shape)
    if spec.recipe is Recipe.LUNGS_NET:
        tiles, window = layout(spec, grid)
        return 1.3 * tiles * math.prod(window) / spec.cost.unit_voxels + voxels / 3.7e6
    if spec.recipe is Recipe.LUNGS_CLASSICAL:
        return voxels / 2.9e6 + _coarse_voxels(grid) / 1.6e5
    return voxels / spec.cost.unit_voxels


def _coarse_voxels(grid: Grid) -> int:
    return math.prod(
        -(-n // max(1, round(COARSE_MM / mm))) for n, mm in zip(grid.shape, grid.spacing_mm, strict=True)
    )


def predicted_seconds(spec: MethodSpec, grid: Grid, seconds_per_unit: float) -> float:
    """From the measured time of one unit."""
    sides = threads() if spec.cost.parallel else 1
    return units(spec, grid) * seconds_per_unit / sides


def predicted_memory(spec: MethodSpec, grid: Grid, item_bytes: int, device: str = "cpu") -> int:
    """Worker's memory with the shared volumes of in- and output, in bytes; for ``cuda:N`` without what lies
    on the graphics processor.
    """
    voxels = math.prod(grid.shape)
    output = item_bytes if spec.recipe is Recipe.DENOISE else 1
    working = 0
    if spec.recipe is Recipe.DENOISE and device == "cpu":
        rows, columns = (min(n, IMAGE_TILE) for n in grid.shape[1:])
        working = threads() * 90 * rows * columns * 4
    elif spec.recipe is Recipe.LUNGS_CLASSICAL:
        working = 40 * _coarse_voxels(grid)
    base = spec.cost.base_bytes + (_TORCH_CUDA_BYTES if device != "cpu" else 0)
    return int(base + voxels * (item_bytes + output + spec.cost.bytes_per_voxel) + working)


def torch_cuda() -> str:
    """CUDA release that the installed torch was built for, read in its files: importing it takes seconds."""
    found = importlib.util.find_spec("torch")
    if found is None or found.origin is None:
        return ""
    try:
        text = (Path(found.origin).parent / "version.py").read_text(encoding="utf-8")
    except OSError:
        return ""
    release = re.search(r"^cuda\b[^=\n]*=\s*['\"]([\d.]+)['\"]", text, re.MULTILINE)
    return release[1] if release else ""


@cache
def cpu_name() -> str:
    """Name of the processor as the system gives it."""
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


@cache
def cuda_devices() -> tuple[Device, ...]:
    """Graphics processors by the driver's own word; empty without a driver."""
    try:
        driver = ctypes.CDLL(_CUDA_LIBRARY)
    except OSError:
        return ()
    count = ctypes.c_int(0)
    if driver.cuInit(0) != 0 or driver.cuDeviceGetCount(ctypes.byref(count)) != 0:
        return ()
    found = []
    for number in range(count.value):
        name = ctypes.create_string_buffer(128)
        handle = ctypes.c_int(0)
        driver.cuDeviceGet(ctypes.byref(handle), number)
        driver.cuDeviceGetName(name, len(name), handle)
        found.append(Device(f"cuda:{number}", name.value.decode("utf-8", errors="replace")))
    return tuple(found)
