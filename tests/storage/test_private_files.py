"""Files of a station: for its own account alone, whatever the umask is, and tightened where they were
open.
"""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.bootstrap.window import _memory
from app.logs import start_logging
from app.settings import SettingsStore
from app.settings.vault import FileVault
from app.storage.folder import DataFolder
from app.storage.schema import back_up
from tests.support.archive_rows import NOW, a_series, a_study, instances


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    """What is made without a word is for everybody to read."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@contextmanager
def _logged(folder: Path) -> Iterator[None]:
    """The station's log; its file is let go at the end."""
    root = logging.getLogger()
    level = root.level
    start_logging(folder)
    try:
        yield
    finally:
        root.setLevel(level)
        for each in list(root.handlers):
            root.removeHandler(each)
            each.close()


def _open_to_others(home: Path) -> list[str]:
    found = [home, *home.rglob("*")]
    return [str(each) for each in found if stat.S_IMODE(each.lstat().st_mode) & 0o077]


def _used(home: Path) -> None:
    """A folder with something of everything that a station keeps."""
    study = a_study()
    with DataFolder.open(home) as folder:
        folder.objects.put_bytes(b"DICM")
        with folder.database.write() as tx:
            tx.studies.add(study, a_series(study), instances(a_series(study), 2), imported_at=NOW)
        vault = FileVault(home / "settings.key")
        SettingsStore(folder.database, vault=vault)
        vault.seal("secret", "directory.password")
        back_up(home / "database" / "yingshu.sqlite3", home / "backup")
        with _logged(folder.logs):
            _turned_over()
        memory = _memory(home / "window.ini")
        memory.setValue("geometry", 1)
        memory.sync()
        assert {"yingshu.sqlite3-wal", "yingshu.sqlite3-shm"} <= set(os.listdir(home / "database"))
        with folder.temp_dir() as place:
            (place / "part").mkdir(mode=0o700)
            assert _open_to_others(home) == []


def _turned_over() -> None:
    """The log goes on in a new file."""
    handlers = logging.getLogger().handlers
    (file,) = [each for each in handlers if isinstance(each, logging.handlers.RotatingFileHandler)]
    file.doRollover()
    logging.getLogger("app").warning("a new file")


def test_what_a_station_writes_is_its_own(tmp_path: Path) -> None:
    """Database and its journal, keys, settings, audit head, copies, logs, objects and their folders."""
    home = tmp_path / "home"
    _used(home)
    names = {each.name for each in home.rglob("*") if each.is_file()}
    assert {"settings.key", "audit.key", "audit.head", "window.ini", "yingshu.log", "yingshu.log.1"} <= names
    assert len(list((home / "backup").iterdir())) == 1
    assert _open_to_others(home) == []


def test_what_was_open_to_others_is_tightened_at_opening(tmp_path: Path) -> None:
    """As an older version or a copy from elsewhere leaves it; what the folder hides of single objects
    stays.
    """
    home = tmp_path / "home"
    _used(home)
    (home / "demo-people.json").write_text("{}")
    for each in (home, *home.rglob("*")):
        each.chmod(0o755 if each.is_dir() else 0o644)
    (home / "elsewhere").symlink_to(tmp_path)
    DataFolder.open(home).close()
    objects = {str(each) for each in (home / "objects").glob("??/**/*")}
    assert set(_open_to_others(home)) - objects - {str(home / "elsewhere")} == set()
    assert stat.S_IMODE((home / "objects").stat().st_mode) == 0o700
    assert stat.S_IMODE((home / "settings.key").stat().st_mode) == 0o600


def test_what_is_another_places_is_not_touched(tmp_path: Path) -> None:
    """A link out of the folder leads to something that is not the station's."""
    outside = tmp_path / "outside.txt"
    outside.write_text("x")
    outside.chmod(0o644)
    DataFolder.open(tmp_path / "home").close()
    (tmp_path / "home" / "link").symlink_to(outside)
    DataFolder.open(tmp_path / "home").close()
    assert stat.S_IMODE(outside.stat().st_mode) == 0o644
