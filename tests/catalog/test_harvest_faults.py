"""Harvest under faults: killed nodes, cut pages, pages sent twice, a restored backup (4.4.2)."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from catalog_client.schema.document import Document
from catalog_client.schema.wire import ChangeEnd, Registration, Tier
from catalog_server import samples
from catalog_server.config import NodeConfig, sqlite_url
from catalog_server.federation import Harvester, parse_page
from catalog_server.fetching import BadFeed
from catalog_server.service import workflow
from catalog_server.service.node import Node, open_node
from catalog_server.store import audit, harvested
from catalog_server.store.database import utc_now
from catalog_server.store.tables import served_record
from tests.catalog.nodes import ACCOUNTS, ROOT, ServedNode, eventually, sample


def _fill(
    db: Path, count: int, *, tier: Tier = Tier.COUNTY, area: str = "130608", prefix: str = "资料"
) -> list[str]:
    """Publish records into a node's database while nobody serves it."""
    node = open_node(NodeConfig(tier, area, sqlite_url(db)))
    try:
        return [_publish(node, f"{prefix} {n}") for n in range(count)]
    finally:
        node.database.close()


def _publish(node: Node, title: str) -> str:
    samples.prepare(node, ACCOUNTS, records=False)
    people = {role: samples._person(node, role, *ACCOUNTS[role]) for role in samples.NAMES}
    request = Registration(document=Document.model_validate(sample(title)), reason="")
    record, _ = workflow.register(node, people[samples.Role.CATALOGUER], request, "")
    workflow.review(node, people[samples.Role.REVIEWER], record.oid, approve=True, comment="")
    workflow.publish(node, people[samples.Role.MANAGER], record.oid, "")
    return record.oid


def _served(db: Path) -> list[str]:
    with closing(sqlite3.connect(db)) as connection:
        return sorted(row[0] for row in connection.execute("SELECT oid FROM served_record"))


def _error(db: Path) -> str:
    with closing(sqlite3.connect(db)) as connection:
        return str(connection.execute("SELECT error FROM harvest_state").fetchone()[0])


@pytest.fixture
def homes(tmp_path: Path) -> Iterator[list[ServedNode]]:
    """Nodes that a test starts; ended at its end."""
    nodes: list[ServedNode] = []
    yield nodes
    for node in nodes:
        node.stop(kill=True)


def test_nothing_is_lost_or_doubled_when_nodes_are_killed(tmp_path: Path, homes: list[ServedNode]) -> None:
    """4.4.2: county and city are killed (SIGKILL) again and again while the city reads; at the end both hold
    the same.
    """
    county = ServedNode(tmp_path, "county", "130608")
    wanted = _fill(county.db, 90)
    homes.append(county.start())
    city = ServedNode(
        tmp_path, "city", "130600", children=(county.url,), interval_s=0.02, options=["--harvest-page", "2"]
    )
    homes.append(city)
    for round_ in range(3):
        before = len(_served(city.db)) if city.db.exists() else 0
        city.start()
        eventually(lambda at=before: len(_served(city.db)) > at)
        if round_ == 1:
            county.stop(kill=True)
        city.stop(kill=True)
        if county.process is None:
            wanted += _fill(county.db, 5, prefix="县节点中断之后")
            county.start()
    city.start()
    eventually(lambda: _served(city.db) == sorted(wanted))
    with closing(sqlite3.connect(city.db)) as connection:
        assert connection.execute("SELECT count(*) FROM served_fts").fetchone()[0] == len(wanted)
        puts = connection.execute(
            "SELECT oid, count(*) FROM change GROUP BY oid HAVING count(*) > 1"
        ).fetchall()
        assert puts == [], "a record was taken over twice"
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_a_restored_backup_is_read_anew(tmp_path: Path, homes: list[ServedNode]) -> None:
    """4.4.2: after a restore the epoch is new; copies of what the county lost go away, the rest stays."""
    county = ServedNode(tmp_path, "county", "130608")
    kept = _fill(county.db, 3)
    shutil.copy(county.db, tmp_path / "backup.db")
    lost = _fill(county.db, 2, prefix="备份之后")
    homes.append(county.start())
    city = ServedNode(tmp_path, "city", "130600", children=(county.url,)).start()
    homes.append(city)
    eventually(lambda: _served(city.db) == sorted(kept + lost))
    county.stop()
    for file in tmp_path.glob("county-130608.db*"):
        file.unlink()
    shutil.copy(tmp_path / "backup.db", county.db)
    county.start()
    eventually(
        lambda: "new-epoch" in _error(city.db), 40
    )  # not forgotten in silence: its log is shorter than what was read
    county.stop()
    done = subprocess.run(
        [sys.executable, "-m", "catalog_server", "new-epoch", "--db", f"sqlite:///{county.db}"],
        cwd=ROOT,
        check=False,
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    county.start()
    eventually(lambda: _served(city.db) == sorted(kept))


def test_pages_cut_off_sent_twice_or_out_of_order(tmp_path: Path, homes: list[ServedNode]) -> None:
    """4.4.2: a page without its last line is none; a page applied twice changes nothing; a loop ends at its
    origin.
    """
    county = ServedNode(tmp_path, "county", "130608")
    _fill(county.db, 4)
    homes.append(county.start())
    text = httpx.get(county.url + "/v1/changes", params={"limit": 3}, trust_env=False).text
    rows, end = parse_page(text)
    assert (len(rows), end.next, end.high_water) == (3, 3, 4)
    for cut in (1, len(text) // 2, len(text) - 5):
        with pytest.raises(BadFeed):
            parse_page(text[:cut])
    lines = text.splitlines()
    with pytest.raises(BadFeed):  # a number that no database keeps
        parse_page(text.replace('"seq":3', f'"seq":{2**70}'))
    with pytest.raises(BadFeed):
        parse_page("\n".join([lines[1], lines[0], *lines[2:]]))

    city = open_node(
        NodeConfig(Tier.CITY, "130600", sqlite_url(tmp_path / "city.db"), children=(county.url,))
    )
    examine = Harvester(city)
    try:
        for expected in ((3, 0), (0, 3)):
            with city.database.write() as connection:
                done = harvested.apply_page(connection, city.node_id, rows, end, examine._examine)
            assert (done.put, done.skipped) == expected
        tampered = rows[0].model_copy(update={"seq": 9, "origin_seq": 9, "sha256": "0" * 64})
        late = ChangeEnd(node_id=end.node_id, epoch=end.epoch, next=9, high_water=9)
        with city.database.write() as connection:
            assert harvested.apply_page(
                connection, city.node_id, [tampered], late, examine._examine
            ).refused == [(tampered.oid, "checksum")]
            loop = harvested.apply_page(connection, rows[0].origin_node, rows, end, examine._examine)
        assert (loop.put, loop.skipped) == (0, 3)
        with city.database.read() as connection:
            assert audit.first_broken(connection) is None
    finally:
        examine.stop()
        city.database.close()


def test_a_child_that_sends_identity_is_not_believed(tmp_path: Path) -> None:
    """4.1, privacy: the receiving node looks again; a document with identity or of a restricted level is
    refused.
    """
    city = open_node(NodeConfig(Tier.CITY, "130600", sqlite_url(tmp_path / "city.db")))
    harvester = Harvester(city)
    from catalog_client.schema.document import digest
    from catalog_client.schema.wire import ChangeRow

    def row(seq: int, document: dict[str, object], published_at: str = "2026-01-01T00:00:00Z") -> ChangeRow:
        return ChangeRow(
            seq=seq,
            op="put",
            oid=f"2.25.77.13.2.2.2.{seq}",
            at="2026-01-01T00:00:00Z",
            origin_node="county-x",
            origin_tier=Tier.COUNTY,
            origin_area="130608",
            origin_epoch="1",
            origin_seq=seq,
            version=1,
            sha256="" if "x" in document else digest(document),
            published_at=published_at,
            document=document,
        )

    bad = [
        sample("患者张三，男，胸部 CT"),
        sample("受限", security_classification=["4"]),
        {"elements": [1]},
        {"x": float("nan")},
    ]
    try:
        with city.database.write() as connection:
            end = ChangeEnd(node_id="county-x", epoch="1", next=8, high_water=8)
            rows = [row(n + 1, document) for n, document in enumerate([*bad, sample("好的")])]
            rows += [row(6, sample("时间不明"), "gestern"), row(7, sample("无时区"), "2026-01-01T00:00:00")]
            rows += [row(8, sample("时钟超前"), "2099-01-01T00:00:00+08:00")]
            done = harvested.apply_page(connection, city.node_id, rows, end, harvester._examine)
            latest = connection.execute(sa.select(sa.func.max(served_record.c.published_at))).scalar_one()
        assert [reason for _, reason in done.refused] == [
            "identity",
            "security-level",
            "form",
            "form",
            "form",
            "form",
        ]
        assert done.put == 2
        assert latest <= utc_now(), "a clock that is ahead puts nothing above all others"
    finally:
        harvester.stop()
        city.database.close()
