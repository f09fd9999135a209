"""Where and how long: devices, predicted seconds and memory.  Torch is not needed to know them."""

from __future__ import annotations

import ctypes
import math
import os
import platform
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from app.domain.geometry import Grid
from app.errors import BadInput, Refused
from inference.cuts import NET_PITCH_MM
from inference.spec import MethodSpec, Recipe

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


def choose_device(wanted: str, spec: MethodSpec) -> Device:
    """The device for a method.  ``auto`` takes a graphics processor where there is one; a wish is never changed."""
    if wanted == "cpu":
        return Device("cpu", cpu_name())
    found = cuda_devices() if spec.folder else ()
    if wanted == "auto":
        return found[0] if found else Device("cpu", cpu_name())
    if not wanted.startswith("cuda"):
        raise BadInput("A device is auto, cpu, cuda or cuda:N; found {found}.", found=wanted)
    if not spec.folder:
        raise Refused("This method runs on the processor (cpu) alone; {found} was asked for.", found=wanted)
    for device in found:
        if wanted in ("cuda", device.key):
            return device
    raise Refused(
        "{wanted} was asked for, but this machine has {count} usable graphics processors.",
        hint="Choose the processor (cpu), or check the driver of the graphics processor.", wanted=wanted, count=len(found),
    )  # fmt: skip


def threads() -> int:
    """Calls side by side: all cores of this process but one, and two at least where there are two."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, 2) if cores <= 2 else cores - 1)


def units(spec: MethodSpec, grid: Grid) -> float:
    """How many measured units a run has."""
    if spec.recipe is Recipe.LUNGS_NET:
        voxels = math.prod(n * mm / NET_PITCH_MM for n, mm in zip(grid.shape, grid.spacing_mm, strict=True))
        return voxels * 1.3 / spec.cost.unit_voxels + math.prod(grid.shape) / 4e7
    return math.prod(grid.shape) / spec.cost.unit_voxels


def predicted_seconds(spec: MethodSpec, grid: Grid, seconds_per_unit: float) -> float:
    """From the measured time of one unit."""
    sides = threads() if spec.cost.parallel else 1
    return units(spec, grid) * seconds_per_unit / sides


def predicted_memory(spec: MethodSpec, grid: Grid, item_bytes: int) -> int:
    """Worker's memory with the shared volumes of in- and output."""
    voxels = math.prod(grid.shape)
    output = item_bytes if spec.recipe is Recipe.DENOISE else 1
    side_by_side = threads() * 90 * grid.shape[1] * grid.shape[2] * 4 if spec.recipe is Recipe.DENOISE else 0
    return int(spec.cost.base_bytes + voxels * (item_bytes + output + spec.cost.bytes_per_voxel) + side_by_side)


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
