"""The embedded three-tier directory of the demo: its own processes, ports and home, stopped with the
station.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.directory.settings import DirectorySettings
from app.domain.person import Role, system_actor
from app.errors import Cancelled, Unavailable
from app.jobs import never_cancelled
from app.jobs.runner import Cancelling
from app.ports import DemoDirectory
from app.reporting.settings import ReportSettings
from app.session.station import Station
from app.storage.files import make_private

START_S = 60.0
HOSPITAL = "县人民医院（演示）"
#: a code of the right form (GB 32100) that belongs to nobody
ORG_CODE = "12130608MB0000001X"
SYSTEM = system_actor(Role.ADMINISTRATOR)


@contextmanager
def demo_directory(home: Path, *, cancelled: Cancelling = never_cancelled) -> Iterator[DemoDirectory]:
    """Start county, city and province on free loopback ports; stop them at the end.

    The child stops by itself when its standard input closes, so that a killed station leaves no server
    behind.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    make_private(home / "directory.log")
    log = (home / "directory.log").open("ab")
    process = subprocess.Popen(
        [sys.executable, "-m", "catalog_server", "demo", "--home", str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        cwd=Path(__file__).resolve().parents[2],
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        told = _first_line(process, home, cancelled)
        yield DemoDirectory(
            told["urls"], home, {role: (pair[0], pair[1]) for role, pair in told["accounts"].items()}
        )
    finally:
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
        log.close()


@contextmanager
def embedded_directory(
    station: Station, home: Path, cancelled: Cancelling = never_cancelled
) -> Iterator[DemoDirectory]:
    """The demo's directory, with the station set up to speak to it."""
    with demo_directory(home / "directory", cancelled=cancelled) as directory:
        login, password = directory.accounts["cataloguer"]
        urls = directory.urls
        where = DirectorySettings(
            county_url=urls["county"],
            city_url=urls["city"],
            province_url=urls["province"],
            hospital_name=HOSPITAL,
            org_code=ORG_CODE,
            area_code="130608",
            account=login,
            password=password,
        )
        station.settings.set(SYSTEM, where)
        # nobody knows the passwords of the demo's people
        reports = ReportSettings(hospital_name=HOSPITAL, department="影像科", ask_password_to_sign=False)
        station.settings.set(SYSTEM, reports)
        yield directory


def _first_line(
    process: subprocess.Popen[bytes], home: Path, cancelled: Cancelling
) -> dict[str, dict[str, str]]:
    assert process.stdout is not None
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if cancelled():
            raise Cancelled
        ready, _, _ = select.select([process.stdout], [], [], 0.2)
        if ready:
            line = process.stdout.readline()
            if line.strip().startswith(b"{"):
                told: dict[str, dict[str, str]] = json.loads(line)
                return told
        if process.poll() is not None:
            break
    raise Unavailable(
        "The demo directory did not start within {limit} s.",
        hint="Its log is {log}.",
        limit=int(START_S),
        log=str(home / "directory.log"),
    )
