"""A node below that speaks for others: its feed forges origins, identifiers, tiers and withdrawals (4.4,
4.9.3).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from catalog_client.schema.document import digest
from catalog_client.schema.wire import Announcement, ChangeEnd, ChangeRow, Tier
from catalog_server.api.application import create_app, node_of
from catalog_server.config import NodeConfig, sqlite_url
from catalog_server.domain.origins import TAILS_PER_NODE, Place, misfit
from catalog_server.federation import Harvester
from catalog_server.service.node import Node, open_node
from catalog_server.serving import RunningNode, address, listen
from catalog_server.store import changes, children, harvested, served
from catalog_server.store.database import Database, utc_now
from catalog_server.store.tables import harvest_state
from tests.catalog.nodes import sample
from tests.catalog.test_harvest_faults import _publish

#: later than every change of an honest node
LATE = "29990101T000000000000-ffffff"


@contextmanager
def _served(home: Path, tier: Tier, area: str) -> Iterator[tuple[Node, str]]:
    """A node and its address; its database may be written past the workflow, as its owner can."""
    bound = listen("127.0.0.1", 0)
    app = create_app(NodeConfig(tier, area, sqlite_url(home / f"{tier}-{area}.db")))
    running = RunningNode(app, bound, area)
    running.start()
    try:
        yield node_of(app), address(bound)
    finally:
        running.stop()


def _say(node: Node, oid: str, origin: served.Origin, *, area: str, title: str = "") -> None:
    """Put a line into a node's change feed: of a document with a title, else of a withdrawal."""
    with node.database.write() as connection:
        if title:
            document = sample(title)
            served.put(connection, oid, 9, document, digest(document), area, utc_now(), origin)
        else:
            served.remove(connection, oid)
        changes.append(connection, oid, "put" if title else "withdraw", area, origin)


@contextmanager
def _parent(home: Path, tier: Tier, area: str, *urls: str) -> Iterator[tuple[Node, Harvester]]:
    node = open_node(NodeConfig(tier, area, sqlite_url(home / f"{tier}-{area}.db"), children=urls))
    harvester = Harvester(node)
    try:
        yield node, harvester
    finally:
        harvester.stop()
        node.database.close()


def _title(node: Node, oid: str) -> str:
    with node.database.read() as connection:
        row = served.get(connection, oid, served.Visibility(3))
        return "" if row is None else str(row["title"])


def _refused(node: Node) -> list[tuple[str, str]]:
    statement = sa.text("SELECT object, outcome FROM audit WHERE action = 'harvest.refuse' ORDER BY seq")
    with node.database.read() as connection:
        return [(row.object, row.outcome) for row in connection.execute(statement)]


def _late(node_id: str, tier: Tier = Tier.COUNTY) -> served.Origin:
    return served.Origin(node_id, str(tier), LATE, 1)


@pytest.fixture
def counties(tmp_path: Path) -> Iterator[tuple[tuple[Node, str], tuple[Node, str]]]:
    """清苑区, honest, and 莲池区, which forges."""
    with ExitStack() as stack:
        honest = stack.enter_context(_served(tmp_path, Tier.COUNTY, "130608"))
        forger = stack.enter_context(_served(tmp_path, Tier.COUNTY, "130606"))
        yield honest, forger


Counties = tuple[tuple[Node, str], tuple[Node, str]]


def test_a_county_speaks_for_no_other_node(counties: Counties, tmp_path: Path) -> None:
    """Neither as another county, nor as the city that reads it, nor as a node that nobody knows."""
    (honest, honest_url), (forger, forger_url) = counties
    changed, withdrawn = _publish(honest, "真实资料甲"), _publish(honest, "真实资料乙")
    with _parent(tmp_path, Tier.CITY, "130600", honest_url, forger_url) as (city, harvester):
        harvester.harvest_all()
        assert (_title(city, changed), _title(city, withdrawn)) == ("真实资料甲", "真实资料乙")
        own = _publish(forger, "本区资料")
        _say(forger, changed, _late(honest.node_id), area="130606", title="伪造")
        _say(forger, withdrawn, _late(honest.node_id), area="130606")
        _say(forger, "2.25.1.13.2.2.2.7", _late(city.node_id, Tier.CITY), area="130606", title="伪造")
        _say(forger, "2.25.1.13.2.2.2.8", _late("county-130606-99999999"), area="130606", title="伪造")
        _say(forger, "2.25.1.13.2.2.2.9", _late(forger.node_id, Tier.PROVINCE), area="130606", title="伪造")
        harvester.harvest_all()
        assert (_title(city, changed), _title(city, withdrawn)) == ("真实资料甲", "真实资料乙")
        assert _title(city, own) == "本区资料"
        assert [reason for _, reason in _refused(city)] == ["origin"] * 5
        assert [_title(city, f"2.25.1.13.2.2.2.{n}") for n in (7, 8, 9)] == ["", "", ""]


def test_identifiers_of_another_node_are_not_taken(counties: Counties, tmp_path: Path) -> None:
    """Under its own name: an identifier that is served, one that was withdrawn, one that is still to be
    given.
    """
    (honest, honest_url), (forger, forger_url) = counties
    held, gone = _publish(honest, "在用"), _publish(honest, "撤回")
    root, _, tail = held.rpartition(".")
    coming = f"{root}.{int(tail) + 5}"
    with _parent(tmp_path, Tier.CITY, "130600", honest_url, forger_url) as (city, harvester):
        harvester.harvest_all()
        with honest.database.read() as connection:
            epoch = harvested.position(connection, honest.node_id)[0]
        _say(honest, gone, served.Origin(honest.node_id, "county", epoch, 0), area="130608")
        harvester.harvest_all()
        for oid in (held, gone, coming):
            _say(forger, oid, _late(forger.node_id), area="130606", title="抢占")
        harvester.harvest_all()
        assert _refused(city) == [(oid, "identifier") for oid in (held, gone, coming)]
        assert [_title(city, oid) for oid in (held, gone, coming)] == ["在用", "", ""]
        _say(forger, coming, _late(forger.node_id), area="130606")
        harvester.harvest_all()
        document = sample("后来登记")
        with honest.database.write() as connection:
            origin = served.Origin(honest.node_id, "county", "", 0)
            served.put(connection, coming, 1, document, digest(document), "130608", utc_now(), origin)
            changes.append(connection, coming, "put", "130608", origin)
        harvester.harvest_all()
        assert _title(city, coming) == "后来登记", "a withdrawal by somebody else is no obstacle"


def _row(origin: str, op: str, seq: int) -> ChangeRow:
    document = sample("同县") if op == "put" else None
    return ChangeRow.model_validate(
        {
            "seq": seq,
            "op": op,
            "oid": "2.25.77.13.2.2.2.1",
            "at": "2026-01-01T00:00:00Z",
            "origin_node": origin,
            "origin_tier": "county",
            "origin_area": "130608",
            "origin_epoch": "1",
            "origin_seq": seq,
            "sha256": digest(document) if document else "",
            "published_at": "2026-01-01T00:00:00Z",
            "document": document,
        }
    )


def test_a_tombstone_keeps_the_identifier_for_its_origin(tmp_path: Path) -> None:
    """What one node withdrew comes back by that node alone, also where two nodes serve the same area."""
    with _parent(tmp_path, Tier.CITY, "130600") as (city, harvester), city.database.write() as connection:
        found = []
        for origin, op, seq in (
            ("county-a", "put", 1),
            ("county-a", "withdraw", 2),
            ("county-b", "withdraw", 3),
            ("county-b", "put", 4),
            ("county-a", "put", 5),
        ):
            end = ChangeEnd(node_id=origin, epoch="1", next=seq, high_water=seq)
            done = harvested.apply_page(
                connection, city.node_id, [_row(origin, op, seq)], end, harvester._examine
            )
            found.append((done.put, done.withdrawn, done.skipped, [reason for _, reason in done.refused]))
        assert found == [(1, 0, 0, []), (0, 1, 0, []), (0, 0, 1, []), (0, 0, 0, ["origin"]), (1, 0, 0, [])]


def test_a_city_speaks_for_the_counties_below_it_alone(counties: Counties, tmp_path: Path) -> None:
    """County, city, province: what the city took over passes; a county of another city, one that the province
    reads itself, and one that came by another node do not.
    """
    (honest, honest_url), (direct, direct_url) = counties
    oid, read_directly = _publish(honest, "清苑资料"), _publish(direct, "莲池资料")
    with ExitStack() as stack:
        city, city_url = stack.enter_context(_served(tmp_path, Tier.CITY, "130600"))
        other, other_url = stack.enter_context(_served(tmp_path, Tier.CITY, "131100"))
        with _parent(tmp_path, Tier.CITY, "130600", honest_url) as (_, reading):
            reading.harvest_all()
        urls = (city_url, other_url, direct_url)
        province, harvester = stack.enter_context(_parent(tmp_path, Tier.PROVINCE, "130000", *urls))
        harvester.harvest_all()
        assert (_title(province, oid), _title(province, read_directly)) == ("清苑资料", "莲池资料")
        _say(other, oid, _late(honest.node_id), area="131100", title="伪造")
        _say(city, read_directly, _late(direct.node_id), area="130606", title="伪造")
        _say(city, "2.25.1.13.2.2.2.9", _late(province.node_id, Tier.PROVINCE), area="130600", title="伪造")
        harvester.harvest_all()
        assert (_title(province, oid), _title(province, read_directly)) == ("清苑资料", "莲池资料")
        assert sorted(_refused(province)) == sorted(
            [(oid, "origin"), (read_directly, "origin"), ("2.25.1.13.2.2.2.9", "origin")]
        )


def test_of_two_nodes_of_a_city_one_speaks_for_a_county(counties: Counties, tmp_path: Path) -> None:
    """A county that came by one city's node is not changed by a twin of it, unless the twin takes its
    place.
    """
    (honest, honest_url), _ = counties
    oid = _publish(honest, "清苑资料")
    (tmp_path / "twin").mkdir()
    with ExitStack() as stack:
        _, city_url = stack.enter_context(_served(tmp_path, Tier.CITY, "130600"))
        twin, twin_url = stack.enter_context(_served(tmp_path / "twin", Tier.CITY, "130600"))
        with _parent(tmp_path, Tier.CITY, "130600", honest_url) as (_, reading):
            reading.harvest_all()
        _say(twin, oid, _late(honest.node_id), area="130608", title="孪生节点")
        with _parent(tmp_path, Tier.PROVINCE, "130000", city_url, twin_url) as (province, harvester):
            harvester.harvest_all()
            assert (_title(province, oid), _refused(province)) == ("清苑资料", [(oid, "origin")])
        again = served.Origin(honest.node_id, "county", LATE, 2)
        _say(twin, oid, again, area="130608", title="接替节点")
        with _parent(tmp_path, Tier.PROVINCE, "130000", twin_url) as (province, harvester):
            harvester.harvest_all()
            assert _title(province, oid) == "接替节点"


def test_a_node_does_not_answer_as_another(counties: Counties, tmp_path: Path) -> None:
    """Who takes the name of a node that is read elsewhere, or a name of another place, is not read."""
    (honest, honest_url), (forger, forger_url) = counties
    oid = _publish(honest, "本名")
    with _parent(tmp_path, Tier.CITY, "130600", honest_url, forger_url) as (city, harvester):
        harvester.harvest_all()
        forger.node_id = honest.node_id
        _say(forger, oid, _late(honest.node_id), area="130606", title="冒名")
        assert "does not fit" in harvester.harvest_all()[1].error
        forger.config = honest.config
        assert "read at another address" in harvester.harvest_all()[1].error
        assert _title(city, oid) == "本名"
        with city.database.write() as connection:
            connection.execute(sa.delete(harvest_state))
            told = Announcement(node_id=honest.node_id, url=honest_url, tier=Tier.COUNTY, area_code="130608")
            children.put(connection, told, children.ADMITTED)
        assert [bool(each.error) for each in harvester.harvest_all()] == [False, True]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({}, ""),
        ({"origin_node": "city-130600-1a", "origin_tier": "city", "origin_area": "130602"}, ""),
        ({"origin_area": "130102"}, "area"),
        ({"origin_area": "130602"}, "origin"),
        ({"origin_tier": "city"}, "origin"),
        ({"origin_node": "county-130102-1a"}, "origin"),
        ({"origin_node": "city-130600-2b", "origin_tier": "city"}, "origin"),
        ({"origin_node": "province-130000-1a", "origin_tier": "province"}, "origin"),
        ({"origin_node": "county-130608-read"}, "origin"),
        ({"origin_node": "anything"}, "origin"),
        ({"oid": f"2.25.1.13.2.2.2.{608 * TAILS_PER_NODE + 1}"}, ""),
        ({"oid": f"2.25.1.13.2.2.2.{602 * TAILS_PER_NODE + 1}"}, "identifier"),
        ({"oid": f"2.25.1.13.2.2.2.{600 * TAILS_PER_NODE + 1}"}, "identifier"),
    ],
)
def test_of_which_changes_a_city_may_speak(changed: dict[str, str], reason: str) -> None:
    """The rule alone: a row of 清苑区 by the city of 保定."""
    row = _row("county-130608-1a", "put", 1).model_dump(mode="json")
    found = misfit(
        ChangeRow.model_validate({**row, **changed}),
        "city-130600-1a",
        Place(Tier.CITY, "130600"),
        {"county-130608-read"},
    )
    assert found == reason


def test_nodes_that_admitted_themselves_wait_after_the_migration(tmp_path: Path) -> None:
    """Those that a person admitted, on the page or by command, are read on."""
    database = Database(sqlite_url(tmp_path / "node.db"))
    with database.config() as config:
        command.upgrade(config, "0003")
    rows = [
        ("admitted-by-itself", "http://a"),
        ("admitted-on-page", "http://b"),
        ("admitted-by-command", "http://c"),
    ]
    with database.write() as connection:
        for node_id, url in rows:
            told = Announcement(node_id=node_id, url=url, tier=Tier.COUNTY, area_code="130608")
            children.put(connection, told, children.ADMITTED)
        for done in ("admitted-on-page", "http://c"):
            row = {"action": "child.decide", "outcome": "admitted", "object": done}
            rest = dict.fromkeys(("at", "actor", "detail", "prev_hash", "hash"), "")
            connection.execute(sa.text(_AUDIT), {**row, **rest})
    database.migrate()
    with database.read() as connection:
        assert list(children.admitted(connection)) == ["http://b", "http://c"]
    database.close()


_AUDIT = """INSERT INTO audit(at, actor, action, object, outcome, detail, prev_hash, hash)
VALUES (:at, :actor, :action, :object, :outcome, :detail, :prev_hash, :hash)"""
