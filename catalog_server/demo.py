"""Three nodes in one process, with a home of their own: 清苑区, 保定市, 河北省.  For trying out and for
tests.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import threading
from pathlib import Path
from types import FrameType
from typing import IO

from catalog_client.schema.wire import Tier
from catalog_server import samples
from catalog_server.api.application import create_app, node_of
from catalog_server.config import NodeConfig, sqlite_url
from catalog_server.serving import OrphanWatch, RunningNode, address, listen
from catalog_server.store import private

AREAS = {Tier.COUNTY: "130608", Tier.CITY: "130600", Tier.PROVINCE: "130000"}
HARVEST_S = 1.0


class HomeInUse(Exception):
    """Another demonstration runs in this folder."""


def run(home: Path, port_file: Path | None = None, *, with_samples: bool = True) -> None:
    """Serve until SIGTERM, SIGINT, the end of the pipe at standard input, or the parent's end."""
    stop = threading.Event()
    watch = OrphanWatch()

    def asked(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, asked)
    signal.signal(signal.SIGINT, asked)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _only_one(home):
        nodes, line = _start(home, with_samples=with_samples)
        try:
            if port_file is not None:
                _write_whole(port_file, line)
            print(line, flush=True)
            while not stop.wait(0.5) and not watch.orphaned():
                continue
        finally:
            for node in reversed(nodes):
                node.stop()
            if port_file is not None:
                port_file.unlink(missing_ok=True)


def _start(home: Path, *, with_samples: bool) -> tuple[list[RunningNode], str]:
    accounts = samples.accounts_of(home / "accounts.json")
    sockets = {tier: listen("127.0.0.1", 0) for tier in AREAS}
    urls = {tier: address(bound) for tier, bound in sockets.items()}
    above = {Tier.COUNTY: urls[Tier.CITY], Tier.CITY: urls[Tier.PROVINCE], Tier.PROVINCE: ""}
    below: dict[Tier, tuple[str, ...]] = {
        Tier.COUNTY: (),
        Tier.CITY: (urls[Tier.COUNTY],),
        Tier.PROVINCE: (urls[Tier.CITY],),
    }
    nodes = []
    for tier, area_code in AREAS.items():
        config = NodeConfig(
            tier,
            area_code,
            sqlite_url(home / f"{tier}.db"),
            parent=above[tier],
            children=below[tier],
            hosted_areas=samples.HOSTED[tier],
            demo=True,
            harvest_interval_s=HARVEST_S,
            public_url=urls[tier],
        )
        app = create_app(config)
        samples.prepare(node_of(app), accounts, records=with_samples)
        node = RunningNode(app, sockets[tier], f"{tier}-{area_code}")
        node.start()
        nodes.append(node)
    described = {
        "urls": {str(tier): url for tier, url in urls.items()},
        "accounts": {role: list(pair) for role, pair in accounts.items()},
        "home": str(home),
        "demo": True,
        "pid": os.getpid(),
    }
    return nodes, json.dumps(described, ensure_ascii=False)


def _only_one(home: Path) -> IO[str]:
    held = os.fdopen(private.opened(home / "lock", os.O_WRONLY), "w", encoding="utf-8")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        held.close()
        raise HomeInUse(str(home)) from error
    return held


def _write_whole(file: Path, text: str) -> None:
    part = file.with_name(file.name + ".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        out.write(text + "\n")
        out.flush()
        os.fsync(out.fileno())
    part.replace(file)
