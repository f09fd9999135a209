"""What a reader waits for: compressed series, headers, the next study; against pure decoders and other
libraries in the same run.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import SimpleITK as sitk
from pydicom.encaps import generate_frames
from pydicom.uid import JPEG2000Lossless, JPEGLSLossless, RLELossless
from PySide6.QtWidgets import QApplication

from app.archive.service import ArchiveService
from app.bootstrap.station import open_station
from app.bootstrap.window import SessionWindow
from app.demo.study import demo_identity
from app.dicom.read.folder_index import ScannedFile, scan
from app.dicom.write.ct_series import write_ct_series
from app.domain.geometry import Grid
from app.domain.person import Actor, Role
from app.domain.provenance import derived_uid
from app.domain.study import SeriesUid, StudyUid
from app.people.service import PeopleService
from app.processes.dicom import DicomProcesses
from app.reading.controller import ReadingController
from app.session.station import Station
from benchmarks.bench_load import make_series, opened_from_disk
from benchmarks.pure_decode import seconds_of
from benchmarks.rows import Row

COMPRESSED = (("JPEG 2000", JPEG2000Lossless), ("JPEG-LS", JPEGLSLossless), ("RLE", RLELossless))
#: slices of a compressed series; headers that are indexed
SLICES, HEADERS = 120, 10_000
_PASSWORD = "Benchmark-2026-abc"


def run(*, full: bool = False) -> list[Row]:
    """Medians of three."""
    with tempfile.TemporaryDirectory() as folder, open_station(Path(folder) / "home") as station:
        actor = Actor("os:bench", "bench", frozenset({Role.OPERATOR}))
        files = make_series(Path(folder) / "dicom")
        rows = [_against_simpleitk(station, actor, files)]
        for name, syntax in COMPRESSED:
            rows += _compressed(station, actor, files[:SLICES], name, syntax, Path(folder))
        rows.append(_headers(station, files, Path(folder)))
    with tempfile.TemporaryDirectory() as folder, open_station(Path(folder) / "home") as station:
        rows.append(_next_study(station, Path(folder)))
    return rows


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def _against_simpleitk(station: Station, actor: Actor, files: list[Path]) -> Row:
    station.get(ArchiveService).import_paths(actor, [files[0].parent])
    uid = demo_identity()[1].series_uid
    opened_from_disk(station, actor, uid)
    ours = _median([opened_from_disk(station, actor, uid)[1] for _ in range(3)])
    theirs = []
    for _ in range(3):
        started = time.perf_counter()
        reader = sitk.ImageSeriesReader()
        reader.SetFileNames([str(f) for f in files])
        reader.Execute()
        theirs.append(time.perf_counter() - started)
    peer = "SimpleITK.ImageSeriesReader"
    return Row("whole 500-slice series", ours, "s", "< 1 × of SimpleITK", peer, _median(theirs))


def _compressed(
    station: Station, actor: Actor, files: list[Path], name: str, syntax: str, root: Path
) -> list[Row]:
    folder = root / name.replace(" ", "")
    folder.mkdir()
    uid = SeriesUid(derived_uid("benchmark", name, "series"))
    streams = []
    for number, file in enumerate(files):
        ds = pydicom.dcmread(file)
        ds.SeriesInstanceUID = uid
        ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = derived_uid("bench", name, str(number))
        ds.compress(syntax, generate_instance_uid=False)
        ds.save_as(folder / file.name, enforce_file_format=True)
        streams.append((syntax, next(generate_frames(ds.PixelData, number_of_frames=1)), ds.Rows, ds.Columns))
    station.get(ArchiveService).import_paths(actor, [folder])
    opened_from_disk(station, actor, uid)
    times = [opened_from_disk(station, actor, uid) for _ in range(3)]
    pure = _median([seconds_of(streams) for _ in range(3)])
    first, whole = _median([t[0] for t in times]), _median([t[1] for t in times])
    peer = "pure decoding, all processors"
    return [
        Row(f"first image of {SLICES} slices, {name}", first, "s", "< 0.5 s"),
        Row(f"whole series of {SLICES} slices, {name}", whole, "s", "≤ 1.2 × pure decoding", peer, pure),
    ]


def _headers(station: Station, files: list[Path], root: Path) -> Row:
    """Looked at with the pre-scan and their SHA-256, as an import does; against pydicom's reading alone."""
    parsers = station.get(DicomProcesses).parsers
    many = [file.parent for file in files[:1]] * (HEADERS // len(files))
    list(scan(many[:1], parsers=parsers, workdir=root))
    started = time.perf_counter()
    count = sum(isinstance(one, ScannedFile) for one in scan(many, parsers=parsers, workdir=root))
    ours = time.perf_counter() - started
    started = time.perf_counter()
    for file in files:
        pydicom.dcmread(file, stop_before_pixels=True)
    peer = (time.perf_counter() - started) / len(files) * count
    limit = f"≤ {HEADERS / 1000:g} s"
    return Row(f"{count} headers indexed", ours, "s", limit, "pydicom.dcmread, one process", peer)


def _next_study(station: Station, root: Path) -> Row:
    """From the key that opens the patient's next study to its first image in the window."""
    study, series = demo_identity()
    grid = Grid((200, 512, 512), (1.0, 0.7, 0.7), (-179.0, -179.0, -100.0), ((0, 0, 1), (0, 1, 0), (1, 0, 0)))
    noise = np.random.default_rng(1).normal(0, 12, grid.shape[1:]).astype(np.int16)
    for n in range(4):
        made = replace(study, study_uid=StudyUid(derived_uid("bench", str(n), "study")))
        if made.started_at is not None:
            made = replace(made, started_at=made.started_at.replace(year=2020 + n))
        own = replace(
            series, study_uid=made.study_uid, series_uid=SeriesUid(derived_uid("bench", str(n), "s"))
        )
        values = np.broadcast_to(noise + n, grid.shape)
        write_ct_series(root / str(n), made, own, grid, np.ascontiguousarray(values))
    station.get(PeopleService).add_first("doctor", "bench", _PASSWORD, roles=list(Role))
    window = SessionWindow(station, quiet=True)
    session = window.session
    try:
        window.show((1366, 768))
        session.user.log_in("doctor", _PASSWORD)
        station.get(ArchiveService).import_paths(session.user.actor, [root])
        studies = sorted(
            (row.study for row in station.get(ArchiveService).studies(session.user.actor)),
            key=lambda one: str(one.started_at),
        )
        session.get(ReadingController).open_study(studies[0].study_uid)
        window.commands.run("workspace.read")
        taken = []
        for step in (1, 1, 1, -1, -1, -1):
            _until(window, lambda: session.loaded.is_complete and not station.jobs.active)
            started = time.perf_counter()
            window.commands.run("study.later" if step > 0 else "study.earlier")
            _until(window, lambda: _shows_image(window))
            taken.append(time.perf_counter() - started)
        return Row("next study by key to its first image", _median(taken), "s", "< 0.3 s")
    finally:
        window.close()


def _shows_image(window: SessionWindow) -> bool:
    """An image of the open study has arrived and been painted."""
    session = window.session
    volume = session.loaded.volume
    if volume is None or not volume.voxels.ready.any():
        return False
    QApplication.processEvents()
    return True


def _until(window: SessionWindow, reached: object, limit_s: float = 60.0) -> None:
    deadline = time.perf_counter() + limit_s
    while not reached():  # type: ignore[operator]
        if time.perf_counter() > deadline:
            raise TimeoutError("not reached")
        window.process_events(0.001)
