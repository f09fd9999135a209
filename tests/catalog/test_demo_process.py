"""The demonstration as a process: one a home, gone when its station is gone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.catalog.nodes import ROOT, start, stop


def test_the_demonstration_ends_with_its_station(tmp_path: Path) -> None:
    """4.1.1a: three nodes with made-up records, marked as a demonstration; a second in the same home is
    refused.
    """
    ready = tmp_path / "ready.json"
    process, told = start(
        ["demo", "--home", str(tmp_path / "home"), "--port-file", str(ready)], tmp_path / "log"
    )
    try:
        assert set(told["urls"]) == {"county", "city", "province"}
        assert told["demo"] is True
        assert ready.stat().st_mode & 0o077 == 0
        assert (tmp_path / "home" / "accounts.json").stat().st_mode & 0o077 == 0
        second = subprocess.run(
            [sys.executable, "-m", "catalog_server", "demo", "--home", str(tmp_path / "home")],
            cwd=ROOT,
            capture_output=True,
            check=False,
        )
        assert second.returncode == 3
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(15) == 0
        assert not ready.exists()
    finally:
        stop(process)


def test_a_port_in_use_and_a_bad_area_are_told(tmp_path: Path) -> None:
    """The message names what was found."""
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        base = [
            sys.executable,
            "-m",
            "catalog_server",
            "serve",
            "--tier",
            "county",
            "--db",
            f"sqlite:///{tmp_path}/node.db",
        ]
        busy = subprocess.run(
            [*base, "--area", "130608", "--port", str(taken.getsockname()[1])],
            cwd=ROOT,
            capture_output=True,
            check=False,
        )
    assert busy.returncode == 7
    bad = subprocess.run([*base, "--area", "清苑", "--port", "0"], cwd=ROOT, capture_output=True, check=False)
    assert bad.returncode == 3
    assert "清苑" in bad.stderr.decode()
