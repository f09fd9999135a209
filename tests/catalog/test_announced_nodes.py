"""Three nodes started by the documented commands alone; and what an announcement cannot do."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from catalog_client.schema.document import digest
from catalog_client.schema.wire import Announcement, ChangeEnd, ChangeRow, Tier
from catalog_server import samples
from catalog_server.api.application import create_app, node_of
from catalog_server.config import NodeConfig, sqlite_url
from catalog_server.domain.areas import within
from catalog_server.domain.states import Role
from catalog_server.federation import Harvester
from catalog_server.refusals import Refusal
from catalog_server.service.children import announce, decide
from catalog_server.service.node import Node, open_node
from catalog_server.serving import RunningNode, address, listen
from catalog_server.store import children, harvested
from catalog_server.store.people import Person
from tests.catalog.nodes import ACCOUNTS, ROOT, ServedNode, admit, eventually, sample, signed_in, start, stop


def _free_port() -> int:
    with closing(socket.socket()) as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


def _add_people(db: Path) -> None:
    for role, (login, password) in ACCOUNTS.items():
        subprocess.run(
            [
                sys.executable,
                "-m",
                "catalog_server",
                "add-person",
                "--db",
                sqlite_url(db),
                "--login",
                login,
                "--area",
                "130608",
                "--role",
                role,
            ],
            cwd=ROOT,
            check=True,
            input=password.encode(),
            capture_output=True,
        )


def _publish(url: str, title: str) -> str:
    def session(role: str) -> dict[str, str]:
        login, password = ACCOUNTS[role]
        answer = httpx.post(
            url + "/v1/sessions", json={"login": login, "password": password}, trust_env=False
        ).json()
        return {"authorization": f"Bearer {answer['token']}"}

    oid: str = httpx.post(
        url + "/v1/resources",
        json={"document": sample(title)},
        headers=session("cataloguer"),
        trust_env=False,
    ).json()["oid"]
    for role, step, body in (
        ("reviewer", "review", {"decision": "approve", "comment": ""}),
        ("manager", "publish", {"comment": ""}),
    ):
        answer = httpx.post(
            f"{url}/v1/resources/{oid}/{step}", json=body, headers=session(role), trust_env=False
        )
        assert answer.status_code == 200, answer.text
    return oid


def test_three_processes_given_only_their_parents(tmp_path: Path) -> None:
    """4.1.1, 4.4: `serve --tier --area --db --port --parent`, and each parent's operator admits; the county
    starts first and its parents come later.
    """
    province_port, city_port = _free_port(), _free_port()
    ports = {"province": province_port, "city": city_port}
    above = {
        "county": f"http://127.0.0.1:{city_port}",
        "city": f"http://127.0.0.1:{province_port}",
        "province": "",
    }
    areas = {"county": "130608", "city": "130600", "province": "130000"}
    processes = []
    urls = {}
    try:
        for tier in ("county", "city", "province"):
            asked = [
                "serve",
                "--tier",
                tier,
                "--area",
                areas[tier],
                "--db",
                sqlite_url(tmp_path / f"{tier}.db"),
                "--port",
                str(ports.get(tier, 0)),
            ]
            asked += ["--harvest-interval", "0.2", *(["--parent", above[tier]] if above[tier] else [])]
            process, told = start(asked, tmp_path / f"{tier}.log")
            processes.append(process)
            urls[tier] = told["url"]
        _add_people(tmp_path / "county.db")
        oid = _publish(urls["county"], "三个进程胸部资料")
        admit(tmp_path / "city.db", urls["county"])
        admit(tmp_path / "province.db", urls["city"])

        def at_province() -> bool:
            return httpx.get(f"{urls['province']}/v1/resources/{oid}", trust_env=False).status_code == 200

        eventually(at_province, 40.0)
        assert httpx.get(urls["city"] + "/v1/capabilities", trust_env=False).json()["children"] == [
            urls["county"]
        ]
        with signed_in(urls["county"], ACCOUNTS["manager"]) as manager:
            assert "三个进程胸部资料" in manager.get("/?q=三个进程").text
    finally:
        ended = [stop(process) for process in processes]
    assert set(ended) <= {0, -signal.SIGTERM}, (
        "an orderly end: the server ends its requests and passes the signal on"
    )


@pytest.fixture
def city(tmp_path: Path) -> Iterator[Node]:
    """A city on the loopback address, served by nobody."""
    node = open_node(
        NodeConfig(Tier.CITY, "130600", sqlite_url(tmp_path / "city.db"), public_url="http://127.0.0.1:8600")
    )
    yield node
    node.database.close()


def _told(**changed: str) -> Announcement:
    plain = {
        "node_id": "county-130608-1",
        "url": "http://127.0.0.1:8601",
        "tier": "county",
        "area_code": "130608",
    }
    return Announcement.model_validate({**plain, **changed})


@contextmanager
def _city_served(home: Path, **changed: Any) -> Iterator[Node]:
    """A city at its own port, and its manager."""
    bound = listen("127.0.0.1", 0)
    config = NodeConfig(
        Tier.CITY, "130600", sqlite_url(home / "city.db"), public_url=address(bound), **changed
    )
    app = create_app(config)
    samples.prepare(node_of(app), ACCOUNTS, records=False)
    running = RunningNode(app, bound, "city")
    running.start()
    try:
        yield node_of(app)
    finally:
        running.stop()


@contextmanager
def _trap() -> Iterator[socket.socket]:
    """A local port that nobody may be made to fetch."""
    with closing(socket.socket()) as bound:
        bound.bind(("127.0.0.1", 0))
        bound.listen()
        bound.setblocking(False)
        yield bound


def _untouched(trap: socket.socket) -> bool:
    try:
        trap.accept()[0].close()
    except BlockingIOError:
        return True
    return False


@pytest.mark.parametrize(
    "headers", [{}, {"x-forwarded-for": "203.0.113.9"}, {"forwarded": "for=203.0.113.9"}]
)
def test_an_announcement_alone_makes_a_node_fetch_nothing(tmp_path: Path, headers: dict[str, str]) -> None:
    """SSRF: behind a bare proxy everybody comes from this machine, so that is no right; a person admits."""
    with _city_served(tmp_path) as city, _trap() as trap:
        told = _told(url=f"http://127.0.0.1:{trap.getsockname()[1]}").model_dump(mode="json")
        for _ in range(2):
            answer = httpx.post(
                f"{city.config.public_url}/v1/children", json=told, headers=headers, trust_env=False
            )
            assert answer.json() == {"admitted": False}
        harvester = Harvester(city)
        try:
            assert harvester.harvest_all() == []
        finally:
            harvester.stop()
        assert _untouched(trap)
        assert told["url"] not in httpx.get(f"{city.config.public_url}/v1/capabilities", trust_env=False).text


def _admitted(city: Node, url: str) -> None:
    announce(city, _told(url=url))
    with city.database.read() as connection:
        (known,) = children.rows(connection)
    manager = Person("m", "manager", "", frozenset({Role.MANAGER}), "130600")
    decide(city, manager, known["node_id"], admit=True, url=known["url"])


def test_a_number_that_was_admitted_is_read_and_a_name_that_leads_inside_is_not(city: Node) -> None:
    """SSRF: loopback is fetched where the manager admitted exactly that; a name may lead anywhere
    tomorrow.
    """
    with _trap() as named, _trap() as numbered:
        harvester = Harvester(city)
        harvester._fetcher._client.timeout = httpx.Timeout(0.5)
        try:
            _admitted(city, f"http://localhost:{named.getsockname()[1]}")
            (report,) = harvester.harvest_all()
            assert "its name leads to the private address" in report.error
            assert _untouched(named)
            with city.database.write() as connection:
                children.decide(connection, "county-130608-1", children.WAITING)
            _admitted(city, f"http://127.0.0.1:{numbered.getsockname()[1]}")
            assert "Timeout" in harvester.harvest_all()[0].error
            assert not _untouched(numbered)
        finally:
            harvester.stop()


def test_a_name_that_the_operator_gave_is_read_where_it_leads(tmp_path: Path) -> None:
    """4.4: `--child http://localhost:…`, tried at each number of the name; the node is told its name."""
    county = ServedNode(tmp_path, "county", "130608").start()
    named = f"http://localhost:{county.port}"
    config = NodeConfig(Tier.CITY, "130600", sqlite_url(tmp_path / "city.db"), children=(named,))
    node = open_node(config)
    harvester = Harvester(node)
    try:
        (report,) = harvester.harvest_all()
        assert (report.url, report.error) == (named, "")
    finally:
        harvester.stop()
        node.database.close()
        county.stop()


def test_a_known_node_is_not_moved_by_an_announcement(city: Node) -> None:
    """Who knows a node's id cannot switch it off: its old address stays in force."""
    _admitted(city, "http://10.1.2.3:8601")
    assert announce(city, _told(url="http://10.1.2.3:8601"))
    assert not announce(city, _told(url="http://10.9.9.9"))
    with city.database.read() as connection:
        assert list(children.admitted(connection)) == ["http://10.1.2.3:8601"]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"area_code": "130102"}, "not-allowed"),
        ({"tier": "city"}, "not-allowed"),
        ({"url": "file:///etc/passwd"}, "bad-address"),
        ({"url": "http://127.0.0.1:1/x?y"}, "bad-address"),
        ({"url": "http://a@127.0.0.1"}, "bad-address"),
        ({"url": "gopher://127.0.0.1:70"}, "bad-address"),
        ({"url": "http://127.1:80"}, "bad-address"),
        ({"url": "http://0x7f000001"}, "bad-address"),
        ({"url": "http://2130706433"}, "bad-address"),
    ],
)
def test_what_is_no_node_below_is_refused(city: Node, changed: dict[str, str], code: str) -> None:
    """A node is above the divisions of its own area and of a lower tier, at a plain address."""
    with pytest.raises(Refusal) as refused:
        announce(city, _told(**changed))
    assert refused.value.code == code


def test_divisions_within_each_other() -> None:
    """GB/T 2260: 130608 lies in 130600 lies in 130000; 130600 not in 130608."""
    assert within("130608", "130600")
    assert within("130608", "130000")
    assert within("130600", "130600")
    assert not within("130600", "130608")
    assert not within("130102", "130600")


def test_the_operator_admits_a_node(city: Node, tmp_path: Path) -> None:
    """`admit` on the command line; the next round reads it."""
    announce(city, _told(url="http://10.1.2.3:8601"))
    command = [sys.executable, "-m", "catalog_server", "admit", "--db", city.config.db_url, "--child"]
    assert (
        subprocess.run(
            [*command, "http://10.1.2.4:8601"], cwd=ROOT, check=False, capture_output=True
        ).returncode
        == 3
    )
    done = subprocess.run([*command, "http://10.1.2.3:8601"], cwd=ROOT, check=False, capture_output=True)
    assert (done.returncode, b'"admitted"' in done.stdout) == (0, True)
    with city.database.read() as connection:
        assert list(children.admitted(connection)) == ["http://10.1.2.3:8601"]
    announce(city, _told(node_id="county-130608-2", url="http://10.1.2.3:8601"))
    assert (
        subprocess.run(
            [*command, "http://10.1.2.3:8601", "--not"], cwd=ROOT, check=False, capture_output=True
        ).returncode
        == 0
    )
    with city.database.read() as connection:
        assert children.admitted(connection) == {}, (
            "an announcement for its address does not keep a node in force"
        )


def test_a_node_of_another_area_is_not_read(tmp_path: Path) -> None:
    """4.1: a parent reads what lies in its own area, whatever address it was given."""
    stranger = ServedNode(tmp_path, "county", "130102").start()
    city = open_node(
        NodeConfig(Tier.CITY, "130600", sqlite_url(tmp_path / "city.db"), children=(stranger.url,))
    )
    harvester = Harvester(city)
    try:
        assert "'130102' is not below 130600" in harvester.harvest_all()[0].error
    finally:
        harvester.stop()
        city.database.close()
        stranger.stop()


def test_an_identifier_stays_with_the_node_that_gave_it(city: Node) -> None:
    """4.9.3: a later stamp under a known identifier, but from another origin, neither replaces nor withdraws
    the record.
    """
    harvester = Harvester(city)

    def row(origin: str, op: str, seq: int, title: str) -> ChangeRow:
        document = sample(title) if op == "put" else None
        return ChangeRow(
            seq=seq,
            op=op,
            oid="2.25.77.13.2.2.2.1",
            at="2026-01-01T00:00:00Z",
            origin_node=origin,
            origin_tier=Tier.COUNTY,
            origin_area="130608",
            origin_epoch=str(seq),
            origin_seq=seq,
            version=1,
            sha256=digest(document) if document else "",
            published_at="2026-01-01T00:00:00Z",
            document=document,
        )

    try:
        with city.database.write() as connection:
            for origin, op, seq in (
                ("county-a", "put", 1),
                ("county-b", "put", 2),
                ("county-b", "withdraw", 3),
            ):
                end = ChangeEnd(node_id=origin, epoch="1", next=seq, high_water=seq)
                done = harvested.apply_page(
                    connection,
                    city.node_id,
                    [row(origin, op, seq, f"标题 {origin}")],
                    end,
                    harvester._examine,
                )
                assert (done.put, done.withdrawn) == ((1, 0) if origin == "county-a" else (0, 0))
        early = row("county-a", "put", 4, "标题").model_copy(
            update={"published_at": "0001-01-01T00:00:00+14:00"}
        )
        assert harvester._examine(early) == "form", "a moment before all others bars one row, not the feed"
    finally:
        harvester.stop()


def test_an_address_that_nobody_can_reach_is_not_announced(tmp_path: Path) -> None:
    """Listening everywhere is no address: the log says what to give."""
    county = ServedNode(
        tmp_path, "county", "130608", options=["--host", "0.0.0.0", "--parent", "http://127.0.0.1:9"]
    ).start()
    county.stop()
    log = (tmp_path / "county-130608.log").read_text(encoding="utf-8")
    assert "give --public-url" in log
    assert "127.0.0.1:9" not in log
