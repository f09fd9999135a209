"""First image and whole of a local 500-slice series; against a plain read of the same bytes in the same run."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np

from app.bootstrap.demo_study import demo_identity
from app.bootstrap.station import open_station
from app.dicom.ct_series import write_ct_series
from app.domain.geometry import Grid
from app.domain.person import Actor, Role
from benchmarks.rows import Row

SLICES = 500


def run(*, full: bool = False) -> list[Row]:
    """Median of three loads after one to warm caches and child."""
    with tempfile.TemporaryDirectory() as folder, open_station(Path(folder) / "home") as station:
        root = Path(folder)
        files = _series(root / "dicom")
        actor = Actor("os:bench", "bench", frozenset({Role.OPERATOR}))
        started = time.perf_counter()
        station.archive.import_paths(actor, [root / "dicom"])
        imported = time.perf_counter() - started
        uid = demo_identity()[1].series_uid
        plain = sorted(_plain_read(files) for _ in range(3))[1]
        passing = sorted(_passing_read(files) for _ in range(3))[1]
        firsts, wholes = [], []
        for attempt in range(4):
            started = time.perf_counter()
            opened = station.reading.open_series(actor, uid)
            while not opened.volume.voxels.ready.any():
                time.sleep(0.001)
            first = time.perf_counter() - started
            opened.job.wait(120)
            whole = time.perf_counter() - started
            opened.volume.voxels.close()
            if attempt:
                firsts.append(first)
                wholes.append(whole)
    return [
        Row("import of 500 CT slices", imported, "s", "", "plain read of the bytes", plain),
        Row("first image of a 500-slice series", sorted(firsts)[1], "s", "< 0.3 s"),
        Row("whole 500-slice series", sorted(wholes)[1], "s", "≤ 4 × plain read", "plain read of the bytes", plain),
        Row("the same", sorted(wholes)[1], "s", "", "reading into one buffer and forgetting", passing),
    ]


def _series(folder: Path) -> list[Path]:
    study, series = demo_identity()
    grid = Grid((SLICES, 512, 512), (0.6, 0.7, 0.7), (-179.0, -179.0, -150.0), ((0, 0, 1), (0, 1, 0), (1, 0, 0)))
    noise = np.random.default_rng(0).normal(0, 12, (512, 512)).astype(np.int16)
    hu = np.empty(grid.shape, np.int16)
    for k in range(SLICES):
        hu[k] = np.roll(noise, k, axis=1) + (k % 50)
    return write_ct_series(folder, study, series, grid, hu)


def _plain_read(files: list[Path]) -> float:
    """Read the bytes into memory, as a viewer must that wants to show them."""
    started = time.perf_counter()
    held = [file.read_bytes() for file in files]
    seconds = time.perf_counter() - started
    del held
    return seconds


def _passing_read(files: list[Path]) -> float:
    """Read each file and forget it: the bytes never leave the processor's cache; no viewer can reach it."""
    started = time.perf_counter()
    for file in files:
        file.read_bytes()
    return time.perf_counter() - started
