"""The page of nodes and the collection log; a county that lost its database."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from lxml import html

from catalog_client.schema.wire import Announcement, Tier
from catalog_server import logs, samples
from catalog_server.api.application import create_app, node_of
from catalog_server.config import NodeConfig, sqlite_url
from catalog_server.service import children
from catalog_server.service.node import Node
from catalog_server.serving import RunningNode, address, listen
from catalog_server.store.oids import BEGAN
from tests.catalog.nodes import ACCOUNTS, ServedNode, admit, eventually, form_token, signed_in
from tests.catalog.test_harvest_faults import _fill, _served


@pytest.fixture
def city(tmp_path: Path) -> Iterator[Node]:
    """A city that serves from this process, without nodes given at its start."""
    bound = listen("127.0.0.1", 0)
    url = address(bound)
    config = NodeConfig(
        Tier.CITY,
        "130600",
        sqlite_url(tmp_path / "city.db"),
        harvest_interval_s=0.2,
        public_url=url,
        parent="http://127.0.0.1:9",
    )
    app = create_app(config)
    samples.prepare(node_of(app), ACCOUNTS, records=False)
    running = RunningNode(app, bound, "city")
    running.start()
    yield node_of(app)
    running.stop()


def _seconds() -> int:
    return int((datetime.now(UTC) - BEGAN).total_seconds())


def _press(browser: httpx.Client, path: str, page: str = "") -> httpx.Response:
    """Press a button of the page of nodes, as it is now or was; a button that is not there sends the form's
    token alone.
    """
    page = page or browser.get("/nodes").text
    fields = html.fromstring(page).xpath("//form[@action = $path]/input", path=path)
    return browser.post(
        path,
        data={"form_token": form_token(page), **{each.get("name"): each.get("value") for each in fields}},
    )


def _offered(browser: httpx.Client, action: str) -> list[str]:
    """Addresses of the page's buttons for an action."""
    found = html.fromstring(browser.get("/nodes").text).xpath("//form/@action")
    return [str(each) for each in found if each.endswith(action)]


def test_nodes_are_admitted_on_the_page(city: Node) -> None:
    """4.4.1: the manager admits, holds back and sees why a node is not read; nobody else does; both
    languages.
    """
    url = city.config.public_url
    told = Announcement(
        node_id="county-130608-x1", url="http://127.0.0.1:1", tier=Tier.COUNTY, area_code="130608"
    )
    children.announce(city, told)
    assert httpx.get(url + "/nodes", trust_env=False).headers["location"] == "/login?next=%2Fnodes"
    with signed_in(url, ACCOUNTS["reviewer"]) as reviewer:
        assert reviewer.get("/nodes").status_code == 403
        forged = reviewer.post(
            "/nodes/county-130608-x1/admit", data={"form_token": form_token(reviewer.get("/tasks").text)}
        )
        assert forged.status_code == 403
        assert "/nodes" not in html.fromstring(reviewer.get("/tasks").text).xpath("//nav/a/@href")
    with signed_in(url, ACCOUNTS["manager"]) as manager:
        page = manager.get("/nodes").text
        assert all(word in page for word in ("清苑区", "待接纳", "上级节点", "采集日志"))
        assert manager.post("/nodes/county-130608-x1/admit", data={"form_token": "0" * 64}).status_code == 403
        moved = told.model_copy(update={"url": "http://127.0.0.1:2"})
        children.announce(city, moved)
        late = _press(manager, "/nodes/county-130608-x1/admit", page)
        assert (late.status_code, "地址已变为 http://127.0.0.1:2" in late.text) == (409, True), (
            "only what was looked at is admitted"
        )
        assert "已接纳" in _press(manager, "/nodes/county-130608-x1/admit").text
        _press(manager, "/nodes/harvest")
        english = manager.get("/nodes?lang=en").text
        assert "It cannot be reached" in english
        assert "Qingyuan District" in english
        assert "the node of Qingyuan District has not answered yet" in manager.get("/").text
        shown = html.fromstring(english)
        assert not re.search("[一-鿿]", "".join(shown.xpath("//main//text()")))
        assert _press(manager, "/nodes/county-130608-x1/forget").status_code == 409
        assert _press(manager, "/nodes/nobody/admit").status_code == 404
        assert "waits to be admitted" in _press(manager, "/nodes/county-130608-x1/hold").text
    with city.database.read() as connection:
        decided = connection.exec_driver_sql(
            "SELECT actor, outcome FROM audit WHERE action = 'child.decide' ORDER BY seq"
        ).all()
    assert [tuple(row) for row in decided] == [("manager", "admitted"), ("manager", "waiting")]


def test_a_county_that_lost_its_database(city: Node, tmp_path: Path) -> None:
    """4.4.1, 4.8.2c: set up anew at its old address and admitted it is read again, gives no identifier twice,
    and its lost copies can be dropped.
    """
    county = ServedNode(tmp_path, "county", "130608", options=["--parent", city.config.public_url])
    before = _fill(county.db, 2, prefix="丢失之前")
    city_db = tmp_path / "city.db"
    try:
        county.start()
        admit(city_db, county.url)
        eventually(lambda: _served(city_db) == sorted(before), 40)
        county.stop(kill=True)
        for file in tmp_path.glob("county-130608.db*"):
            file.unlink()
        eventually(
            lambda: _seconds() > max(int(identifier[-9:]) for identifier in before)
        )  # one identifier a second is what is promised
        after = _fill(county.db, 2, prefix="重建之后")
        assert not set(before) & set(after)
        county.start()
        with signed_in(city.config.public_url, ACCOUNTS["manager"]) as manager:
            press = eventually(lambda: _offered(manager, "/admit"), 40)[0]
            assert "已接纳" in _press(manager, press).text
            eventually(lambda: _served(city_db) == sorted(before + after), 40)
            (press,) = _offered(manager, "/forget")
            assert "副本已清除" in _press(manager, press).text
            assert not _offered(manager, "/forget")
        assert _served(city_db) == sorted(after)
        feed = httpx.get(city.config.public_url + "/v1/changes", trust_env=False).text
        assert feed.count('"op":"drop"') == 2, "the node above hears of it"
    finally:
        county.stop()


def test_a_defect_is_told_without_what_was_sent(city: Node, capsys: pytest.CaptureFixture[str]) -> None:
    """A page and a problem in both languages, with the headers of every answer; neither they nor the log
    repeat the query.
    """
    logs.configure()
    with city.database.write() as connection:
        connection.exec_driver_sql("DROP TABLE served_fts")
    url = city.config.public_url
    for path, words in (("/", "服务内部出错"), ("/v1/search", '"code":"defect"')):
        answer = httpx.get(url + path, params={"q": "王小丫"}, trust_env=False)
        assert (answer.status_code, words in answer.text, "王小丫" in answer.text) == (500, True, False)
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert (answer.headers["cache-control"], "server" in answer.headers) == ("no-store", False)
    said = capsys.readouterr().err
    assert ("no such table" in said, "王小丫" in said, "%E7%8E%8B" in said) == (True, False, False)
