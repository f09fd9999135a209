"""The data folder: created, refused, migrated, cleaned up after a crash (issue: Data folder; R5)."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import tempfile
import textwrap
import time
from contextlib import closing
from pathlib import Path

import pytest

from app.domain.study import StudyFilter
from app.errors import BadInput, Unavailable
from app.storage.folder import DataFolder
from app.storage.schema import STATION_TABLES
from app.storage.window import raise_other_window
from tests.support.archive_rows import DOCTOR, NOW, a_series, a_study, instances

_ROOT = Path(__file__).resolve().parents[2]


def _run(program: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE, text=True, env=environment
    )


def test_a_new_folder_is_private_and_says_its_layout(tmp_path: Path) -> None:
    with DataFolder.open(tmp_path / "deep" / "数据") as folder:
        assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
        assert json.loads((folder.path / "layout.json").read_text())["layout"] == 1
        assert {"objects", "database", "logs", "temp"} <= {p.name for p in folder.path.iterdir()}
        assert (folder.path / "database" / "yingshu.sqlite3").is_file()


def test_opening_again_keeps_what_is_there(tmp_path: Path) -> None:
    study = a_study()
    with DataFolder.open(tmp_path / "home") as folder, folder.database.write() as tx:
        tx.studies.add(study, a_series(study), instances(a_series(study), 3), imported_at=NOW)
    with DataFolder.open(tmp_path / "home") as folder, folder.database.read() as tx:
        assert [row.study.n_instances for row in tx.studies.rows(StudyFilter())] == [3]


def test_a_newer_layout_is_refused_and_untouched(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "layout.json").write_text('{"layout": 7}')
    home.chmod(0o755)
    with pytest.raises(BadInput, match=r"layout 7.*layouts up to 1"):
        DataFolder.open(home)
    assert [p.name for p in home.iterdir()] == ["layout.json"]
    assert (home / "layout.json").read_text() == '{"layout": 7}'
    assert stat.S_IMODE(home.stat().st_mode) == 0o755


def test_a_newer_database_is_refused_and_untouched(tmp_path: Path) -> None:
    DataFolder.open(tmp_path / "home").close()
    file = tmp_path / "home" / "database" / "yingshu.sqlite3"
    with closing(sqlite3.connect(file)) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
        raw.commit()
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = file.read_bytes()
    with pytest.raises(BadInput, match=f"schema 9999.*up to {STATION_TABLES.head}"):
        DataFolder.open(tmp_path / "home")
    assert file.read_bytes() == before


def test_an_older_layout_is_backed_up_and_migrated(tmp_path: Path) -> None:
    """Layout 0 had its database at the top."""
    home = tmp_path / "home"
    study = a_study()
    with DataFolder.open(home) as folder, folder.database.write() as tx:
        tx.studies.add(study, a_series(study), instances(a_series(study), 2), imported_at=NOW)
        tx.audit.append(DOCTOR, "study.import", "1", "done", {})
    os.replace(home / "database" / "yingshu.sqlite3", home / "yingshu.sqlite3")
    (home / "layout.json").unlink()
    with DataFolder.open(home) as folder, folder.database.read() as tx:
        assert tx.studies.study("1.2.3") is not None
        assert tx.audit.verify().ok
    assert json.loads((home / "layout.json").read_text())["layout"] == 1
    (backup,) = (home / "backup").iterdir()
    (copy,) = backup.glob("yingshu-*.sqlite3")
    with closing(sqlite3.connect(copy)) as raw:
        assert raw.execute("SELECT count(*) FROM instance").fetchone() == (2,)


def test_an_older_layout_in_use_is_not_migrated(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with DataFolder.open(home):
        (home / "layout.json").write_text('{"layout": 0}')
        with pytest.raises(Unavailable, match="another YingShu has it open"):
            DataFolder.open(home)
    assert not (home / "backup").exists()


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("private")
    with pytest.raises(BadInput, match=r"letter\.txt"):
        DataFolder.open(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["letter.txt"]


@pytest.mark.parametrize("text", ["", "{", '{"other": 1}', '{"layout": "one"}', "[]"])
def test_a_damaged_layout_file_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "layout.json").write_text(text)
    with pytest.raises(BadInput, match=r"layout\.json"):
        DataFolder.open(tmp_path)


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(BadInput, match="is a file"):
        DataFolder.open(tmp_path / "home")


def test_no_permission_is_told() -> None:
    """Tried as a user who may not: a child gives its rights up when the tests run as root."""
    drop = "os.setgroups([]); os.setgid(65534); os.setuid(65534)" if os.geteuid() == 0 else "pass"
    with tempfile.TemporaryDirectory() as made:
        os.chmod(made, 0o555)
        child = _run(f"""
        import os
        from pathlib import Path
        from app.errors import Unavailable
        from app.storage.folder import DataFolder
        {drop}
        try:
            DataFolder.open(Path({made!r}) / "home")
        except Unavailable as error:
            print(error)
        """)
        said, _ = child.communicate(timeout=30)
        os.chmod(made, 0o755)
    assert f"No permission to write to {made}/home" in said


def test_a_read_only_disk_is_told(tmp_path: Path) -> None:
    mount = shutil.which("mount")
    if os.geteuid() != 0 or mount is None:
        pytest.skip("mounting needs root")
    if (
        subprocess.run(
            [mount, "-t", "tmpfs", "-o", "ro,size=1m", "tmpfs", str(tmp_path)], capture_output=True
        ).returncode
        != 0
    ):
        pytest.skip("a tmpfs cannot be mounted here")
    try:
        with pytest.raises(Unavailable, match="read-only"):
            DataFolder.open(tmp_path / "home")
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_opening_on_a_full_disk_is_told(tmp_path: Path) -> None:
    mount = shutil.which("mount")
    if os.geteuid() != 0 or mount is None:
        pytest.skip("mounting needs root")
    if (
        subprocess.run(
            [mount, "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(tmp_path)], capture_output=True
        ).returncode
        != 0
    ):
        pytest.skip("a tmpfs cannot be mounted here")
    try:
        with pytest.raises(Unavailable):
            DataFolder.open(tmp_path / "home")
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


# -- after a crash
# ---------------------------------------------------------------------------------------------


def test_temporary_folders_go_and_stale_ones_too(tmp_path: Path) -> None:
    with DataFolder.open(tmp_path / "home") as folder:
        with folder.temp_dir() as work:
            (work / "part").write_bytes(b"x")
        assert not work.exists()
        stale = folder.path / "temp" / "left"
        stale.mkdir()
        with DataFolder.open(tmp_path / "home"):
            assert stale.exists()  # somebody is at work: nothing is cleaned
    with DataFolder.open(tmp_path / "home"):
        assert not stale.exists()


def test_kill_9_in_the_middle_of_imports_leaves_no_half_rows_and_no_orphans(tmp_path: Path) -> None:
    """R5: killed at several points of the work; after each reopening every row has its bytes and every object
    its row.
    """
    home = tmp_path / "home"
    for moment in (0.0, 0.15, 0.4, 0.75):
        child = _run(f"""
        import os
        from pathlib import Path
        from app.storage.folder import DataFolder
        from tests.support.archive_rows import NOW, a_series, a_study
        from dataclasses import replace
        from app.domain.study import Instance
        folder = DataFolder.open(Path({str(home)!r}))
        study = a_study("1.2.{int(moment * 100)}"); series = a_series(study, study.study_uid + ".1")
        print("go", flush=True)
        number = 0
        while True:
            batch = []
            for _ in range(20):
                number += 1
                stored = folder.objects.put_bytes(os.urandom(20_000))
                uid = f"{{series.series_uid}}.{{number}}"
                batch.append(Instance(uid, series.series_uid, study.study_uid, "c", "t", stored.sha256,
                                      stored.size))
            folder.objects.sync()
            with folder.database.write() as tx:
                tx.studies.add(study, series, batch, imported_at=NOW)
            print("committed", flush=True)
        """)
        assert child.stdout is not None
        assert child.stdout.readline() == "go\n"
        if moment:  # but for the first, which is killed in its first batch
            assert child.stdout.readline() == "committed\n"
        time.sleep(moment)
        child.send_signal(signal.SIGKILL)
        child.communicate()
        with DataFolder.open(home) as folder, folder.database.read() as tx:
            rows = tx.studies.rows(StudyFilter())
            held = [
                i
                for row in rows
                for s in tx.studies.series_of(row.study.study_uid)
                for i in tx.studies.instances(s.series_uid)
            ]
            assert sum(row.study.n_instances for row in rows) == len(held)
            assert len(held) % 20 == 0, "a batch is there whole or not at all"
            for instance in held:
                assert len(folder.objects.read(instance.sha256)) == instance.size_bytes
            assert set(folder.objects) == tx.studies.known_objects() == {i.sha256 for i in held}
            assert list((folder.objects.root / "incoming").iterdir()) == []
    assert held, "the child got as far as a commit at least once"


def test_objects_that_other_rows_name_are_not_swept(tmp_path: Path) -> None:
    study = a_study()
    with DataFolder.open(tmp_path / "home") as folder:
        thumbnail, orphan = (
            folder.objects.put_bytes(b"png").sha256,
            folder.objects.put_bytes(b"orphan").sha256,
        )
        with folder.database.write() as tx:
            tx.studies.add(study, a_series(study), instances(a_series(study), 1), imported_at=NOW)
            tx.studies.set_thumbnail("1.2.3.1", thumbnail)
    with DataFolder.open(tmp_path / "home") as folder:
        assert folder.objects.has(thumbnail)
        assert not folder.objects.has(orphan)


# -- one window
# ------------------------------------------------------------------------------------------------


def test_a_second_window_raises_the_first(folder: DataFolder) -> None:
    """Data folder: a second window raises the first; the command line may run beside it."""
    claim = folder.claim_window()
    assert claim is not None
    child = _run(f"""
    from pathlib import Path
    from app.storage.folder import DataFolder
    from app.storage.window import raise_other_window
    with DataFolder.open(Path({str(folder.path)!r})) as folder:
        assert folder.claim_window() is None
        print(raise_other_window(folder.path))
    """)
    deadline = time.monotonic() + 20
    asked = False
    while not asked and time.monotonic() < deadline:
        asked = claim.accept_raise()
        time.sleep(0.01)
    said, _ = child.communicate(timeout=20)
    assert (asked, said) == (True, "True\n")
    claim.close()
    again = folder.claim_window()
    assert again is not None
    again.close()
    again.close()


def test_a_window_that_was_killed_leaves_no_claim(folder: DataFolder) -> None:
    child = _run(f"""
    import time
    from pathlib import Path
    from app.storage.window import claim_window
    claim = claim_window(Path({str(folder.path)!r}))
    print("claimed", flush=True)
    time.sleep(60)
    """)
    assert child.stdout is not None
    assert child.stdout.readline() == "claimed\n"
    assert folder.claim_window() is None
    child.kill()
    child.communicate()
    assert not raise_other_window(folder.path, timeout_s=0.5)
    claim = folder.claim_window()
    assert claim is not None
    claim.close()


def test_a_window_that_hangs_is_not_said_to_have_answered(folder: DataFolder) -> None:
    claim = folder.claim_window()
    assert claim is not None
    assert not raise_other_window(folder.path, timeout_s=0.2)
    claim.close()


def test_noise_on_the_socket_raises_nothing(folder: DataFolder) -> None:
    claim = folder.claim_window()
    assert claim is not None
    assert claim.accept_raise() is False
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stranger:
        stranger.connect(str(folder.path / "window.sock"))
        stranger.sendall(b"GET / HTTP/1.1\r\n")
        assert claim.accept_raise() is False
    claim.close()


def test_a_long_path_gets_a_short_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("很长的文件夹名" * 6) / ("x" * 60)
    with DataFolder.open(deep) as folder:
        claim = folder.claim_window()
        assert claim is not None
        assert not (deep / "window.sock").exists()
        child = _run(f"""
        from pathlib import Path
        from app.storage.window import raise_other_window
        print(raise_other_window(Path({str(deep)!r})))
        """)
        deadline = time.monotonic() + 20
        while not claim.accept_raise() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert child.communicate(timeout=20)[0] == "True\n"
        claim.close()
        assert not raise_other_window(deep, timeout_s=0.5)
