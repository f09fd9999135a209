"""The real import of real images, killed: bounded parser, object store and rows together (R5; issue: Bad
input).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from app.archive.service import ArchiveService
from app.domain.study import StudyFilter
from app.jobs import JobRunner
from app.processes.dicom import DicomProcesses
from app.storage.folder import DataFolder
from tests.support.archive_rows import DOCTOR
from tests.support.real_data import real_data

_ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.real_data
@pytest.mark.parametrize("moment", [0.05, 0.25])
def test_a_killed_import_leaves_whole_rows_and_no_orphans_and_goes_through_again(
    tmp_path: Path, moment: float
) -> None:
    source, home = real_data("ct_chest_cmb_crc"), tmp_path / "home"
    program = f"""
    from pathlib import Path
    import app.archive.importing as importing
    import app.archive.service as archive
    from app.processes.dicom import DicomProcesses
    from app.jobs import JobRunner
    from app.storage.folder import DataFolder
    from tests.support.archive_rows import DOCTOR
    if __name__ == "__main__":
        importing.BATCH = 7
        service = archive.ArchiveService(DataFolder.open(Path({str(home)!r})), JobRunner(), DicomProcesses())
        print("go", flush=True)
        service.import_paths(DOCTOR, [Path({str(source)!r})])
        print("done", flush=True)
        import time
        time.sleep(60)
    """
    script = tmp_path / "import_it.py"
    script.write_text(textwrap.dedent(program))
    environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
    child = subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "go\n"
    _wait_for_objects(home, 5)
    time.sleep(moment)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    with DataFolder.open(home) as folder:
        before = _check(folder)
        jobs, dicom = JobRunner(), DicomProcesses()
        summary = ArchiveService(folder, jobs, dicom).import_paths(DOCTOR, [source])
        jobs.close()
        dicom.close()
        assert summary.known == before
        assert _check(folder) == summary.added + summary.known >= 100


def _wait_for_objects(home: Path, count: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if len(list((home / "objects").glob("??/??/*"))) >= count:
            return
        time.sleep(0.005)
    pytest.fail("the import stored nothing in 30 s")


def _check(folder: DataFolder) -> int:
    with folder.database.read() as tx:
        rows = tx.studies.rows(StudyFilter())
        held = [
            i
            for row in rows
            for s in tx.studies.series_of(row.study.study_uid)
            for i in tx.studies.instances(s.series_uid)
        ]
        assert sum(row.study.n_instances for row in rows) == len(held)
        assert {i.sha256 for i in held} == set(folder.objects) == tx.studies.known_objects()
    for instance in held:
        assert len(folder.objects.read(instance.sha256)) == instance.size_bytes
    return len(held)
