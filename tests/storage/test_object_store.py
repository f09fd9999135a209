"""Original bytes are kept as they came, addressed by content (DB13/T 3.1.1; R6, R7)."""

from __future__ import annotations

import hashlib
import os
import resource
import shutil
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.errors import BadInput, NotFound, Unavailable
from app.storage import objects
from app.storage.files import write_atomically
from app.storage.objects import ObjectStore
from tests.support.small_disk import small_disk


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    return ObjectStore(tmp_path / "objects")


def test_bytes_come_back_and_lie_under_their_hash(store: ObjectStore, tmp_path: Path) -> None:
    source = tmp_path / "源.dcm"
    source.write_bytes(os.urandom(3_000_001))
    stored = store.put_file(source)
    assert stored.sha256 == hashlib.sha256(source.read_bytes()).hexdigest()
    assert stored.size == 3_000_001
    assert store.path_of(stored.sha256) == store.root / stored.sha256[:2] / stored.sha256[2:4] / stored.sha256
    assert store.read(stored.sha256) == source.read_bytes()


def test_putting_twice_adds_nothing(store: ObjectStore, tmp_path: Path) -> None:
    """Importing twice adds nothing."""
    source = tmp_path / "a"
    source.write_bytes(b"same")
    first, second, third = store.put_file(source), store.put_file(source), store.put_bytes(b"same")
    assert first == second == third
    assert list(store) == [first.sha256]
    assert list((store.root / "incoming").iterdir()) == []


def test_a_file_that_changed_since_it_was_scanned_is_refused(store: ObjectStore, tmp_path: Path) -> None:
    source = tmp_path / "a.dcm"
    source.write_bytes(b"now")
    with pytest.raises(BadInput, match=r"a\.dcm changed"):
        store.put_file(source, hashlib.sha256(b"then").hexdigest())
    assert list(store) == []
    assert list((store.root / "incoming").iterdir()) == []


def test_a_file_that_went_away_is_named(store: ObjectStore, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"gone\.dcm"):
        store.put_file(tmp_path / "gone.dcm")


def test_a_missing_or_damaged_object_is_told(store: ObjectStore) -> None:
    stored = store.put_bytes(b"pixels")
    place = store.path_of(stored.sha256)
    place.chmod(0o600)
    place.write_bytes(b"pixelS")
    with pytest.raises(BadInput, match=stored.sha256[:12]):
        store.read(stored.sha256)
    place.unlink()
    with pytest.raises(NotFound, match=stored.sha256[:12]):
        store.path_of(stored.sha256)


def test_sync_takes_few_and_many(store: ObjectStore) -> None:
    for count in (1, 40):
        for n in range(count):
            store.put_bytes(f"{count}/{n}".encode())
        store.sync()
    store.sync()
    assert len(list(store)) == 41


def test_sync_reaches_the_disk(tmp_path: Path) -> None:
    """R5: what a row names survives a power cut: before the batch is acknowledged the kernel is told to write
    it.
    """
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed")
    program = f"""
    from pathlib import Path
    from app.storage.objects import ObjectStore
    store = ObjectStore(Path({str(tmp_path / "objects")!r}))
    store.put_bytes(b"one")
    store.sync()
    for n in range(20):
        store.put_bytes(str(n).encode())
    store.sync()
    """
    trace = tmp_path / "trace"
    done = subprocess.run(
        [
            strace,
            "-f",
            "-y",
            "-e",
            "trace=fsync,syncfs",
            "-o",
            str(trace),
            sys.executable,
            "-c",
            textwrap.dedent(program),
        ]
    )
    if done.returncode != 0 and "fsync" not in trace.read_text():
        pytest.skip("strace may not trace here")
    calls = trace.read_text()
    assert hashlib.sha256(b"one").hexdigest() in calls
    assert "syncfs(" in calls


def test_sweep_removes_what_no_row_names(store: ObjectStore) -> None:
    kept, orphan = store.put_bytes(b"kept").sha256, store.put_bytes(b"orphan").sha256
    (store.root / "incoming" / "half").write_bytes(b"ha")
    assert store.unsettled() == {kept, orphan}
    assert store.sweep({kept}) == 1
    assert list(store) == [kept]
    assert store.unsettled() == set()
    assert list((store.root / "incoming").iterdir()) == []


def test_sweep_of_some_leaves_the_rest(store: ObjectStore) -> None:
    old, new = store.put_bytes(b"old").sha256, store.put_bytes(b"new").sha256
    assert store.sweep(set(), only={new}) == 1
    assert list(store) == [old]


# -- no room
# ---------------------------------------------------------------------------------------------------


@pytest.fixture
def full_soon(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB."""
    with small_disk(tmp_path / "small", "2m") as place:
        yield place


def test_full_disk_is_told_and_leaves_nothing(full_soon: Path, tmp_path: Path) -> None:
    """Bad input: full disk → a message that names the place and what is left; nothing half-written stays."""
    store = ObjectStore(full_soon / "objects")
    kept = store.put_bytes(os.urandom(1_000_000))
    big = tmp_path / "big"
    big.write_bytes(os.urandom(1_500_000))
    with pytest.raises(Unavailable, match=r"is full: .* MB are left") as told:
        store.put_file(big)
    assert str(full_soon) in str(told.value)
    assert list(store) == [kept.sha256]
    assert list((store.root / "incoming").iterdir()) == []
    assert store.put_bytes(os.urandom(300_000)).size == 300_000  # goes on when there is room


def test_writing_a_file_whole_or_not_at_all_on_a_full_disk(full_soon: Path) -> None:
    target = full_soon / "report.pdf"
    write_atomically(target, b"first")
    with pytest.raises(Unavailable, match="is full"):
        write_atomically(target, os.urandom(3_000_000))
    assert target.read_bytes() == b"first"
    assert [p.name for p in full_soon.iterdir()] == ["report.pdf"]


def test_limit_on_file_size_is_told_and_leaves_nothing(store: ObjectStore) -> None:
    """The same through ``ulimit -f``, which needs no mount."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, before[1]))
    try:
        with pytest.raises(Unavailable, match="is full"):
            store.put_bytes(os.urandom(1_200_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(store) == []
    assert list((store.root / "incoming").iterdir()) == []


def test_a_file_that_cannot_be_read_is_not_blamed_on_the_store(store: ObjectStore) -> None:
    """A scratched disc, a share that went away: the file is named, with the system's word for it."""
    with pytest.raises(BadInput, match=r"mem cannot be read \(Input/output error\)"):
        store.put_file(Path("/proc/self/mem"))
    with pytest.raises(BadInput, match=r"fd cannot be read \(Is a directory\)"):
        store.put_file(Path("/proc/self/fd"))
    assert list(store) == []
    assert list((store.root / "incoming").iterdir()) == []


def test_nobody_is_told_durable_while_another_thread_still_flushes(
    store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two imports at once: the second may not commit rows of objects that the first has taken along and not
    flushed yet.
    """
    flush, entered, gate, done = objects._flush, threading.Event(), threading.Event(), threading.Event()

    def slowly(*given: Any) -> None:
        entered.set()
        assert gate.wait(10)
        flush(*given)

    store.put_bytes(b"of the first")
    store.put_bytes(b"of the second")
    monkeypatch.setattr(objects, "_flush", slowly)
    first = threading.Thread(target=store.sync)
    first.start()
    assert entered.wait(10)

    def sync_too() -> None:
        store.sync()
        done.set()

    second = threading.Thread(target=sync_too)
    second.start()
    assert not done.wait(0.2)
    gate.set()
    for thread in (first, second):
        thread.join(10)
    assert done.is_set()
