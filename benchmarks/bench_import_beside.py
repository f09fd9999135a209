"""First image of a local 500-slice series while a ZIP of 10,000 small files is imported; against the same
without the import, in the same run.
"""

from __future__ import annotations

import tempfile
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from app.archive.service import ArchiveService
from app.bootstrap.station import open_station
from app.demo.study import demo_identity
from app.dicom.write.ct_series import write_ct_series
from app.domain.geometry import Grid
from app.domain.person import Actor, Role
from app.domain.provenance import derived_uid
from app.domain.study import ImportSummary, SeriesUid, StudyUid
from app.jobs import Job
from benchmarks.bench_load import make_series, opened_from_disk
from benchmarks.rows import Row

FILES, SIDE = 10_000, 64


def run(*, full: bool = False) -> list[Row]:
    """Median of five openings (15 when full) before the import and as many during it."""
    times = 15 if full else 5
    with tempfile.TemporaryDirectory() as folder, open_station(Path(folder) / "home") as station:
        root = Path(folder)
        make_series(root / "dicom")
        archive = _archive(root)
        actor = Actor("os:bench", "bench", frozenset({Role.OPERATOR}))
        station.get(ArchiveService).import_paths(actor, [root / "dicom"])
        uid = demo_identity()[1].series_uid
        for _ in range(2):
            opened_from_disk(station, actor, uid)
        alone = [opened_from_disk(station, actor, uid)[0] for _ in range(times)]
        importing = station.get(ArchiveService).start_import(actor, [archive])
        _wait_for(importing, FILES // 20)
        beside, began = [], importing.done
        while len(beside) < times:
            beside.append(opened_from_disk(station, actor, uid)[0])
            if importing.ended:
                raise RuntimeError("the import ended before the openings")
        done = importing.done
        importing.cancel()
    slowest = "the slowest of them"
    median, floor = sorted(beside)[times // 2], sorted(alone)[times // 2]
    peer = "without the import"
    return [
        Row("first image of 500 slices beside an import", median, "s", "< 0.3 s", peer, floor),
        Row(slowest, max(beside), "s", "", peer, max(alone)),
        Row("files imported meanwhile, of 10,000", done - began, "files"),
    ]


def _archive(root: Path) -> Path:
    """A stored ZIP of one series of small slices."""
    study, series = demo_identity()
    study = replace(study, study_uid=StudyUid(derived_uid("bench", "study")))
    series = replace(series, series_uid=SeriesUid(derived_uid("bench", "series")), study_uid=study.study_uid)
    axes = ((0, 0, 1), (0, 1, 0), (1, 0, 0))
    grid = Grid((FILES, SIDE, SIDE), (0.1, 5.0, 5.0), (-160.0, -160.0, 0.0), axes)
    noise = np.random.default_rng(1).normal(0, 12, (SIDE, SIDE)).astype(np.int16)
    hu = np.empty(grid.shape, np.int16)
    for k in range(FILES):
        hu[k] = np.roll(noise, k, axis=1) + k % 100
    files = write_ct_series(root / "small", study, series, grid, hu)
    with zipfile.ZipFile(root / "small.zip", "w") as out:
        for file in files:
            out.write(file, file.name)
    return root / "small.zip"


def _wait_for(importing: Job[ImportSummary], files: int) -> None:
    while importing.done < files and not importing.ended:
        time.sleep(0.01)
