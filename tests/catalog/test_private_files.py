"""Files of a node: for its own account alone, whatever the umask is, and tightened where they were open."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from catalog_client.schema.wire import Tier
from catalog_server import samples
from catalog_server.config import NodeConfig, sqlite_url
from catalog_server.service.node import open_node
from catalog_server.store.database import Database
from tests.catalog.nodes import ServedNode, start, stop


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    """What is made without a word is for everybody to read."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def _open_to_others(home: Path) -> list[str]:
    found = [home, *home.rglob("*")]
    return [str(each) for each in found if stat.S_IMODE(each.lstat().st_mode) & 0o077]


def test_a_served_node_keeps_its_files_to_itself(tmp_path: Path) -> None:
    """Database, write-ahead log, its index, accounts; the folder holds nothing else and is closed too."""
    home = tmp_path / "node"
    home.mkdir()
    node = ServedNode(home, "county", "130608", options=["--demo"])
    (home / "county-130608.log").touch(mode=0o600)
    node.start()
    try:
        assert {"county-130608.db", "county-130608.db-wal", "county-130608.db-shm"} <= set(os.listdir(home))
        assert _open_to_others(home) == []
    finally:
        node.stop()


def test_the_demonstration_keeps_its_files_to_itself(tmp_path: Path) -> None:
    """All three nodes, their accounts, the lock and the ready line."""
    home = tmp_path / "deep" / "demo"
    arguments = ["demo", "--home", str(home), "--empty", "--port-file", str(tmp_path / "ready.json")]
    process, _ = start(arguments, tmp_path / "demo.log")
    try:
        assert len(list(home.glob("*.db-wal"))) == 3
        assert [*_open_to_others(home), *_open_to_others(tmp_path / "ready.json")] == []
    finally:
        stop(process)


def test_what_was_open_to_others_is_tightened_at_opening(tmp_path: Path) -> None:
    """A database of before, with the files of a writer that has it open, or that was killed."""
    home = tmp_path / "node"
    home.mkdir()
    config = NodeConfig(Tier.COUNTY, "130608", sqlite_url(home / "node.db"))
    open_node(config).database.close()
    accounts = samples.accounts_of(home / "node.accounts.json")
    with closing(sqlite3.connect(home / "node.db")) as held:
        held.execute("CREATE TABLE kept(x)")
        for each in (*home.iterdir(), home):
            each.chmod(0o755 if each.is_dir() else 0o644)
        assert len(_open_to_others(home)) == 5
        Database(config.db_url).close()
        assert samples.accounts_of(home / "node.accounts.json") == accounts
        assert _open_to_others(home) == []


def test_a_folder_of_other_things_is_left_as_it_is(tmp_path: Path) -> None:
    """Closing a system's folder would take it away from everybody; the database in it is closed all the
    same.
    """
    shared = tmp_path / "shared"
    (shared / "of-others").mkdir(parents=True)
    database = Database(sqlite_url(shared / "node.db"))
    database.migrate()
    database.close()
    assert stat.S_IMODE(shared.stat().st_mode) == 0o755
    assert stat.S_IMODE((shared / "node.db").stat().st_mode) == 0o600
