"""One window for a data folder: a second start raises the first; the command line may run beside it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.window


def test_a_second_window_raises_the_first_and_the_command_line_runs_beside(tmp_path: Path) -> None:
    """Starts twice on one folder: the second ends 0 with a message; `list` works meanwhile; both leave the
    folder whole.
    """
    home = tmp_path / "home"
    command = [sys.executable, "main.py", "--home", str(home)]
    env = {**os.environ, "YINGSHU_LANG": "en"}
    first = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + 60
        second = None
        while time.monotonic() < deadline:
            assert first.poll() is None, first.communicate()[0].decode()
            if (home / "window.lock").exists():
                time.sleep(3)
                second = subprocess.run(
                    command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False
                )
                break
            time.sleep(0.2)
        assert second is not None
        assert (second.returncode, second.stdout) == (0, ""), second.stderr
        assert "brought to the front" in second.stderr
        beside = subprocess.run(
            [*command[:2], "list", "--home", str(home), "--json"],
            cwd=ROOT,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (beside.returncode, beside.stdout.strip()) == (0, "[]"), beside.stderr
        assert first.poll() is None
    finally:
        first.terminate()
        first.communicate(timeout=30)
