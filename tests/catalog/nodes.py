"""Real nodes for tests: subprocesses on loopback, each with a home of its own."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[2]
ACCOUNTS = {role: (role, f"{role}-secret-1") for role in ("cataloguer", "reviewer", "manager")}


def first_line(process: subprocess.Popen[bytes], limit_s: float = 60.0) -> dict[str, Any]:
    """The ready line of a node."""
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], limit_s)
    assert ready, "the node did not say that it is ready"
    line = process.stdout.readline()
    assert line, f"the node ended with status {process.wait(5)}"
    told: dict[str, Any] = json.loads(line)
    return told


def start(arguments: Sequence[str], log: Path) -> tuple[subprocess.Popen[bytes], dict[str, Any]]:
    """A `python -m catalog_server …` that is ready."""
    with log.open("ab") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "catalog_server", *arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
    try:
        return process, first_line(process)
    except BaseException:
        stop(process)
        raise


def stop(process: subprocess.Popen[bytes], *, kill: bool = False) -> int:
    """End a node, politely or not; its exit status."""
    if process.poll() is None:
        process.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
    status = process.wait(20)
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()
    return status


def eventually(condition: Callable[[], Any], limit_s: float = 15.0) -> Any:
    """The first true answer of a condition; the test fails where none comes in time."""
    end = time.monotonic() + limit_s
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.05)


@dataclass
class ServedNode:
    """One node that can be killed and started again on its port and database."""

    home: Path
    tier: str
    area: str
    children: tuple[str, ...] = ()
    interval_s: float = 0.2
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    url: str = ""
    options: list[str] = field(default_factory=list)

    @property
    def db(self) -> Path:
        return self.home / f"{self.tier}-{self.area}.db"

    def start(self) -> ServedNode:
        """Serve; the port stays the same over restarts."""
        arguments = [
            "serve",
            "--tier",
            self.tier,
            "--area",
            self.area,
            "--db",
            f"sqlite:///{self.db}",
            "--port",
            str(self.port),
        ]
        arguments += ["--harvest-interval", str(self.interval_s), *self.options]
        for child in self.children:
            arguments += ["--child", child]
        self.process, told = start(arguments, self.home / f"{self.tier}-{self.area}.log")
        self.url = told["url"]
        self.port = int(self.url.rsplit(":", 1)[1])
        return self

    def stop(self, *, kill: bool = False) -> None:
        if self.process is not None:
            stop(self.process, kill=kill)
            self.process = None


def admit(db: Path, url: str) -> None:
    """What an operator does once a node announced itself: `catalog_server admit`."""
    command = [sys.executable, "-m", "catalog_server", "admit", "--db", f"sqlite:///{db}", "--child", url]
    eventually(
        lambda: subprocess.run(command, cwd=ROOT, check=False, capture_output=True).returncode == 0, 40.0
    )


def sample(title: str = "胸部 CT 平扫 + 报告（影像 160 幅）", **changed: Any) -> dict[str, Any]:
    """A document that conforms; `changed` replaces elements (None takes one out)."""
    elements: dict[str, Any] = {
        "resource_title": [title],
        "resource_category": [
            {
                "category_schema_code": ["DB13-MI-3L"],
                "category_name": ["CT 单元组 / 胸部 / 影像与报告"],
                "category_code": ["2.2.2"],
            }
        ],
        "keyword": ["CT", "肺结节"],
        "abstract": ["CT 影像 160 幅，1 个序列，层厚 1 mm。编码所见：肺结节。"],
        "point_of_contact": [
            {"organization_name": ["清苑区人民医院影像科"], "organization_code": ["BD-QY-RMYY-YX"]}
        ],
        "data_format": ["DICOM", "PDF"],
        "security_classification": ["3"],
    }
    for name, value in changed.items():
        if value is None:
            del elements[name]
        else:
            elements[name] = value
    return {"metadata_set": "DB13-BASIC", "set_version": "1.0", "elements": elements}


@contextmanager
def signed_in(url: str, account: Sequence[str]) -> Iterator[httpx.Client]:
    """A browser that has signed in at a portal."""
    with httpx.Client(base_url=url, trust_env=False, follow_redirects=True, timeout=20) as browser:
        token = form_token(browser.get("/login").text)
        answer = browser.post(
            "/login",
            data={"form_token": token, "login": account[0], "password": account[1], "next": "/tasks"},
        )
        assert answer.status_code == 200, answer.text
        yield browser


def form_token(page: str) -> str:
    """The hidden field that a form must send back."""
    found = re.search(r'name="form_token" value="([0-9a-f]{64})"', page)
    assert found, "the page has no form token"
    return found[1]


def everything_under(home: Path, also: Mapping[str, bytes] = {}) -> dict[str, bytes]:
    """Bytes of all files of the homes: databases, write-ahead logs, log files."""
    files = {str(file): file.read_bytes() for file in home.rglob("*") if file.is_file()}
    return {**files, **also}
