"""The bounded child: its death is a message, and the next call works."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import psutil
import pytest

from app.dicom.read.decode import PixelFile
from app.dicom.read.folder_index import ScannedFile, scan
from app.dicom.read.scanned_file import look_at_one
from app.dicom.write.codes import find, table
from app.domain.study import Notice
from app.errors import BadInput, Cancelled, LimitExceeded, Unavailable
from app.notifications import explain
from app.processes import wire
from app.processes.dicom import dicom_pool
from app.processes.limits import MIB, Limits
from app.processes.pool import Pool
from tests.dicom import dicom_objects as objects

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def child() -> Iterator[Pool]:
    made = dicom_pool(Limits(silence_s=1.5, resident_bytes=150 * MIB), 1)
    yield made
    made.close()


@pytest.fixture
def stuck(tmp_path: Path) -> Path:
    """A file whose reading never ends, as on a network drive that went away."""
    path = tmp_path / "stuck"
    os.mkfifo(path)
    return path


@pytest.fixture
def heavy(tmp_path: Path) -> Path:
    """180 MiB of data set in a small file: under the cap of the pre-scan, over the limits of these tests."""
    path = tmp_path / "heavy.dcm"
    body = objects.identity(9) + objects.element(0x00091010, "OB", b"\0" * (180 * MIB))
    path.write_bytes(objects.part10(objects.deflated(body), objects.DEFLATED))
    return path


def _pid(pool: Pool) -> int:
    (pid,) = pool.pids
    return pid


def works(child: Pool) -> bool:
    return "121322" in child.call(table, "DCM", about="x")


def test_child_loads_no_toolkit(child: Pool) -> None:
    """Issue 3 step 4: no Qt, VTK or torch in the child."""
    assert works(child)
    mapped = Path(f"/proc/{_pid(child)}/maps").read_text()
    assert "pydicom" in mapped or "numpy" in mapped
    assert not any(name in mapped for name in ("libQt6", "vtkmodules", "libtorch", "onnxruntime"))


def test_only_functions_of_the_package_are_run(child: Pool) -> None:
    with pytest.raises(BadInput):
        child.call(os.getcwd, about="x")
    assert works(child)


def test_death_is_a_message_and_the_next_call_works(child: Pool, stuck: Path) -> None:
    """Issue 3: child killed mid-work → message that names the file and what happened."""
    assert works(child)
    pid = _pid(child)
    killer = threading.Timer(0.3, os.kill, (pid, signal.SIGKILL))
    killer.start()
    with pytest.raises(BadInput) as caught:
        child.call(look_at_one, stuck, "image 7", about="image 7")
    killer.join()
    told = explain(caught.value)
    assert "image 7" in told.message
    assert "SIGKILL" in told.message
    assert "读取进程" in told.message
    assert works(child)
    assert _pid(child) != pid


def test_silence_is_ended(child: Pool, stuck: Path) -> None:
    """The wall-clock limit of a call."""
    assert works(child)
    start = time.monotonic()
    with pytest.raises(LimitExceeded, match="image 8"):
        child.call(look_at_one, stuck, "image 8", about="image 8")
    assert time.monotonic() - start > 1.0
    assert works(child)


def test_resident_memory_is_watched(child: Pool, heavy: Path) -> None:
    """A child that maps shared volumes has no address-space limit: its private memory is watched from
    here.
    """
    with pytest.raises(LimitExceeded, match="image 9"):
        child.call(look_at_one, heavy, "image 9", about="image 9")
    assert works(child)


def test_address_space_is_limited(heavy: Path) -> None:
    parser = dicom_pool(Limits(silence_s=10.0, address_space_bytes=500 * MIB), 1)
    try:
        assert works(parser)
        pid = _pid(parser)
        with pytest.raises(LimitExceeded, match="image 10"):
            parser.call(look_at_one, heavy, "image 10", about="image 10")
        assert works(parser)
        assert _pid(parser) == pid, "a refused allocation does not end the child"
    finally:
        parser.close()


def test_cancel_does_not_wait_for_the_step(child: Pool, stuck: Path) -> None:
    """Cancel ≤ 1 s, also while a step does not end."""
    assert works(child)
    wish = threading.Event()
    timer = threading.Timer(0.1, wish.set)
    timer.start()
    with pytest.raises(Cancelled):  # not the silence limit
        child.call(look_at_one, stuck, "x", about="x", cancelled=wish.is_set)
    timer.join()
    assert works(child)


def test_waiting_for_a_busy_child_can_be_cancelled(child: Pool, stuck: Path) -> None:
    assert works(child)
    errors: list[BaseException] = []

    def occupy() -> None:
        try:
            child.call(look_at_one, stuck, "x", about="x")
        except LimitExceeded as error:
            errors.append(error)

    thread = threading.Thread(target=occupy)
    thread.start()
    time.sleep(0.2)
    start = time.monotonic()
    with pytest.raises(Cancelled):
        child.call(table, "DCM", about="x", cancelled=lambda: time.monotonic() - start > 0.2)
    assert errors == [], "the one before it goes on"
    thread.join()
    assert len(errors) == 1


class _Unwelcome:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (os.system, ("false",))


def test_answers_are_rebuilt_with_care() -> None:
    """A child that a hostile file took over cannot make the station run what it sends."""
    for sent in (_Unwelcome(), look_at_one, PixelFile, Future):
        with pytest.raises(pickle.UnpicklingError, match="may not send"):
            wire.unpack(pickle.dumps((wire.OK, sent)))


@pytest.mark.parametrize("name", ["ThreadPoolExecutor", "Path", "io.FileIO", "os.system"])
def test_what_a_data_module_imports_is_not_sent(name: str) -> None:
    """Only what a module defines itself: not what it uses, nor what lies within that."""
    head = b"\x80\x04" + b"".join(
        b"\x8c" + bytes([len(text)]) + text.encode() for text in ("app.dicom.read.folder_index", name)
    )
    with pytest.raises(pickle.UnpicklingError, match="may not send"):
        wire.unpack(b"\x80\x04\x8c\x02ok" + head[2:] + b"\x93\x86.")


def test_defects_in_parsers_are_messages(child: Pool) -> None:
    with pytest.raises(BadInput, match="TypeError"):
        child.call(table, about="image 12")  # type: ignore[call-arg]
    assert works(child)


def test_closed_child_refuses_and_is_gone(child: Pool) -> None:
    assert works(child)
    pid = _pid(child)
    child.close()
    with pytest.raises(Unavailable):
        works(child)
    assert not psutil.pid_exists(pid)


def test_many_calls_have_one_child(child: Pool) -> None:
    assert works(child)
    pid = _pid(child)
    for _ in range(200):
        child.call(find, "DCM", "121322", about="x")
    assert _pid(child) == pid


def test_only_the_culprit_is_blamed(tmp_path: Path, heavy: Path) -> None:
    """A file that ends the child in a batch of good ones: they are redone one by one, and only it becomes a
    notice.
    """
    for n in range(1, 6):
        (tmp_path / f"good{n}.dcm").write_bytes(objects.part10(objects.identity(n) + objects.image()))
    small = dicom_pool(Limits(silence_s=10.0, resident_bytes=150 * MIB), 1)
    try:
        found = list(scan([tmp_path], parsers=small, workdir=tmp_path))
    finally:
        small.close()
    assert sorted(one.display_path for one in found if isinstance(one, ScannedFile)) == [
        f"good{n}.dcm" for n in range(1, 6)
    ]
    (notice,) = [one for one in found if isinstance(one, Notice)]
    assert notice.path == "heavy.dcm"
    assert "150.0 MiB" in notice.template.format(**notice.params)


def test_main_module_is_not_run_again(tmp_path: Path) -> None:
    """Started from a thread of a script without a guard, as a window's main module may be: the child does not
    run it again.
    """
    script = tmp_path / "main.py"
    script.write_text(
        f"import sys, threading\nsys.path.insert(0, {str(ROOT)!r})\nprint('main')\n"
        "from app.processes.dicom import dicom_pool\nfrom app.dicom.write.codes import table\n"
        "child = dicom_pool()\n"
        "thread = threading.Thread(target=lambda: print(len(child.call(table, 'DCM', about='x'))))\n"
        "thread.start(); thread.join(); child.close()\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split() == ["main", str(len(table("DCM")))]
