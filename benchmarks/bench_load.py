"""First image and whole of a local 500-slice series; against a plain read of the same bytes in the same
run.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from app.archive.service import ArchiveService
from app.bootstrap.station import open_station
from app.demo.study import demo_identity
from app.dicom.read.loader import ImageLoader
from app.dicom.write.ct_series import write_ct_series
from app.domain.geometry import Grid
from app.domain.person import Actor, Role
from app.domain.provenance import derived_uid
from app.domain.study import SeriesUid
from app.imaging.store import ImageStore
from app.jobs import never_cancelled, no_progress
from app.processes.dicom import DicomProcesses
from app.reading.service import ReadingService
from app.session.station import Station
from benchmarks.rows import Row

SLICES = 500
#: slices of a long series, and rows and columns of each: what its number costs
MANY, MANY_SIDE = 3000, 64


def run(*, full: bool = False) -> list[Row]:
    """Median of three loads after one to warm caches and child."""
    with tempfile.TemporaryDirectory() as folder, open_station(Path(folder) / "home") as station:
        root = Path(folder)
        files = make_series(root / "dicom")
        actor = Actor("os:bench", "bench", frozenset({Role.OPERATOR}))
        started = time.perf_counter()
        station.get(ArchiveService).import_paths(actor, [root / "dicom"])
        imported = time.perf_counter() - started
        uid = demo_identity()[1].series_uid
        plain = sorted(_plain_read(files) for _ in range(3))[1]
        passing = sorted(_passing_read(files) for _ in range(3))[1]
        firsts, wholes = [], []
        for attempt in range(4):
            first, whole = opened_from_disk(station, actor, uid)
            if attempt:
                firsts.append(first)
                wholes.append(whole)
        few, _ = _first_image(station, actor, SLICES, root)
        many, unknown = _first_image(station, actor, MANY, root)
        anew, again, decoded, known = _open_again(station, actor, uid)  # ends what parses: the last
    return [
        Row("import of 500 CT slices", imported, "s", "", "plain read of the bytes", plain),
        Row("first image of a 500-slice series", sorted(firsts)[1], "s", "< 0.15 s"),
        Row(
            "whole 500-slice series",
            sorted(wholes)[1],
            "s",
            "≤ 4 × plain read",
            "plain read of the bytes",
            plain,
        ),
        Row("the same", sorted(wholes)[1], "s", "", "reading into one buffer and forgetting", passing),
        Row("opening a series after a restart", anew, "s", "", "decoding of the same frames", decoded),
        Row("opening a series again", again, "s", "≤ 1.3 × decoding", "decoding of the same frames", decoded),
        Row("opening a series that is in memory", known, "s", "< 0.15 s"),
        Row(f"first image of {MANY} small slices", many, "s", "< 0.15 s", f"of {SLICES} such slices", few),
        Row(f"first image of {MANY} small slices after a restart", unknown, "s", "< 0.6 s"),
    ]


def _open_again(station: Station, actor: Actor, uid: str) -> tuple[float, float, float, float]:
    """Seconds of opening a series of known frames after a restart and once more, of decoding them only, and
    of opening it from memory: medians.

    What is known of the frames is in the database: with no child that parses, a header would be refused.
    """
    archive, images = station.get(ArchiveService), station.get(ImageStore)
    dicom = station.get(DicomProcesses)
    found = archive.display_sets(actor, uid).sets[0]
    dicom.parsers.close()
    anew, opened, decoded = [], [], []
    for _ in range(5):
        restarted = ArchiveService(station.folder, station.jobs, dicom)
        anew.append(_opened(ReadingService(restarted, images), actor, uid))
        images.drop_unused()
        opened.append(_opened(station.get(ReadingService), actor, uid))
        images.drop_unused()
        volume, task = ImageLoader(dicom.decoders).open_volume(found, archive)
        started = time.perf_counter()
        task.run(progress=no_progress, cancelled=never_cancelled)
        decoded.append(time.perf_counter() - started)
        volume.voxels.close()
    _opened(station.get(ReadingService), actor, uid)
    known = [_opened(station.get(ReadingService), actor, uid) for _ in range(5)]
    return sorted(anew)[2], sorted(opened)[2], sorted(decoded)[2], sorted(known)[2]


def _first_image(station: Station, actor: Actor, count: int, root: Path) -> tuple[float, float]:
    """Seconds until the first image of so many slices is there, and until it is after a restart: medians."""
    study, series = demo_identity()
    uid = SeriesUid(derived_uid("benchmark", f"{count} slices", "series"))
    side, folder = MANY_SIDE, root / f"slices-{count}"
    grid = Grid((count, side, side), (0.6, 5.0, 5.0), (0.0, 0.0, 0.0), ((0, 0, 1), (0, 1, 0), (1, 0, 0)))
    noise = np.random.default_rng(2).normal(0, 12, grid.shape).astype(np.int16)
    write_ct_series(folder, study, replace(series, series_uid=uid), grid, noise)
    archive, images = station.get(ArchiveService), station.get(ImageStore)
    archive.import_paths(actor, [folder])
    known, unknown = [], []
    for _ in range(5):
        restarted = ArchiveService(station.folder, station.jobs, station.get(DicomProcesses))
        unknown.append(_first(ReadingService(restarted, images), actor, uid))
        images.drop_unused()
        known.append(_first(station.get(ReadingService), actor, uid))
        images.drop_unused()
    return sorted(known)[2], sorted(unknown)[2]


def _first(reading: ReadingService, actor: Actor, uid: str) -> float:
    """Seconds until an image of a series is there."""
    started = time.perf_counter()
    with reading.acquire(actor, uid)[1] as lease:
        while not lease.volume.voxels.ready.any():
            time.sleep(0.001)
        taken = time.perf_counter() - started
        lease.wait()
    return taken


def _opened(reading: ReadingService, actor: Actor, uid: str) -> float:
    """Seconds until a series is there whole."""
    started = time.perf_counter()
    with reading.acquire(actor, uid)[1] as lease:
        lease.wait()
        return time.perf_counter() - started


def opened_from_disk(station: Station, actor: Actor, uid: str) -> tuple[float, float]:
    """Seconds until the first image of a series is there, and all of it; nothing of it was in memory."""
    started = time.perf_counter()
    with station.get(ReadingService).acquire(actor, uid)[1] as lease:
        while not lease.volume.voxels.ready.any():
            time.sleep(0.001)
        first = time.perf_counter() - started
        lease.wait()
        whole = time.perf_counter() - started
    station.get(ImageStore).drop_unused()
    return first, whole


def make_series(folder: Path) -> list[Path]:
    """500 CT slices of 512² with noise."""
    study, series = demo_identity()
    grid = Grid(
        (SLICES, 512, 512), (0.6, 0.7, 0.7), (-179.0, -179.0, -150.0), ((0, 0, 1), (0, 1, 0), (1, 0, 0))
    )
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
