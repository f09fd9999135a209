"""Routes × roles × areas at a city that hosts several counties: drafts and restricted records stay with those
who look after their area (4.3.2, 4.5.1).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from catalog_client.schema.document import Document
from catalog_client.schema.wire import Registration, SessionRequest, Tier
from catalog_server.__main__ import main
from catalog_server.api.application import create_app, node_of
from catalog_server.config import NodeConfig, sqlite_url
from catalog_server.domain.states import Role
from catalog_server.service import access, workflow
from catalog_server.service.node import Node
from catalog_server.serving import RunningNode, address, listen
from catalog_server.store import content, people
from catalog_server.store.people import Person
from tests.catalog.nodes import form_token, sample

#: 竞秀区 and 莲池区 register at the city of 保定; 桃城区 lies in another city
OWN, OTHER, CITY, FOREIGN = "130602", "130606", "130600", "131102"
#: in titles and abstracts of what only the area's people may read
SECRET = "机密内容"
PASSWORD = "a-long-password"
EACH_ROLE = [(role,) for role in Role]
ASKERS = [
    ("", ()),
    *((area, roles) for area in (OWN, OTHER, CITY, FOREIGN) for roles in (*EACH_ROLE, tuple(Role))),
]


@dataclass(frozen=True)
class Hosting:
    """The city, a token for each asker, and records of one of its counties."""

    node: Node
    url: str
    tokens: dict[tuple[str, tuple[Role, ...]], str]
    drafts: dict[str, str]
    published: dict[str, str]

    def browser(self, asker: tuple[str, tuple[Role, ...]]) -> httpx.Client:
        """Signed in for the interfaces and for the portal."""
        token = self.tokens.get(asker, "")
        return httpx.Client(
            base_url=self.url,
            trust_env=False,
            timeout=20,
            headers={"authorization": f"Bearer {token}"} if token else {},
            cookies={"ys_session": token} if token else {},
        )


def _may_see(asker: tuple[str, tuple[Role, ...]]) -> bool:
    return asker[0] in (OWN, CITY)


def _person(node: Node, area: str, roles: tuple[Role, ...]) -> Person:
    login = f"{area}-{'-'.join(roles)}"
    with node.database.write() as connection:
        return people.add(connection, login, PASSWORD, login, frozenset(roles), area)


def _token(node: Node, who: Person) -> str:
    return access.initialise(node, SessionRequest(login=who.login, password=PASSWORD)).token


@pytest.fixture(scope="module")
def hosting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosting]:
    """A city that runs, with everybody signed in."""
    bound = listen("127.0.0.1", 0)
    url = address(bound)
    db = sqlite_url(tmp_path_factory.mktemp("city") / "city.db")
    app = create_app(NodeConfig(Tier.CITY, CITY, db, hosted_areas=(OWN, OTHER), public_url=url))
    node = node_of(app)
    persons = {(area, roles): _person(node, area, roles) for area, roles in ASKERS if roles}
    made = _records(node, persons)
    running = RunningNode(app, bound, "city")
    running.start()
    yield Hosting(node, url, {asker: _token(node, who) for asker, who in persons.items()}, *made)
    running.stop()


def _records(
    node: Node, persons: dict[tuple[str, tuple[Role, ...]], Person]
) -> tuple[dict[str, str], dict[str, str]]:
    """Records of 竞秀区 by name: what is on its way, and what is published."""
    maker, reviewer, manager = (persons[OWN, (role,)] for role in Role)

    def registration(title: str, level: str) -> Registration:
        document = sample(title, abstract=[f"{title} 摘要"], security_classification=[level])
        return Registration(document=Document.model_validate(document), reason="")

    def register(title: str, level: str) -> str:
        return workflow.register(node, maker, registration(title, level), "")[0].oid

    def publish(title: str, level: str) -> str:
        oid = register(title, level)
        workflow.review(node, reviewer, oid, approve=True, comment="")
        workflow.publish(node, manager, oid, "")
        return oid

    drafts = {"restricted": register(f"{SECRET}甲", "5"), "open": register(f"{SECRET}乙", "2")}
    drafts["returned"] = register(f"{SECRET}丙", "4")
    workflow.review(node, reviewer, drafts["returned"], approve=False, comment=f"{SECRET}意见")
    drafts["reviewed"] = register(f"{SECRET}丁", "5")
    workflow.review(node, reviewer, drafts["reviewed"], approve=True, comment="")
    drafts["published-restricted"] = publish(f"{SECRET}戊", "5")
    published = {"open": publish("公开资料", "3"), "revised": publish("公开资料待修订", "3")}
    workflow.revise(node, maker, published["revised"], registration(f"{SECRET}己", "5"))
    return drafts, published


@pytest.mark.parametrize("asker", ASKERS, ids=lambda each: f"{each[0]}-{'-'.join(each[1])}")
def test_what_is_shown(hosting: Hosting, asker: tuple[str, tuple[Role, ...]]) -> None:
    """Every route that shows records: the secret words come to those who look after the area alone."""
    seen, restricted_name = _may_see(asker), hosting.node.rules.code_lists["security"]["5"].name_zh
    with hosting.browser(asker) as browser:
        for oid in hosting.drafts.values():
            for path in (f"/v1/resources/{oid}", f"/resources/{oid}"):
                answer = browser.get(path)
                assert (answer.status_code, SECRET in answer.text) == (200 if seen else 404, seen), path
            on_page = browser.get(f"/tasks/{oid}")
            assert (on_page.status_code == 200, SECRET in on_page.text) == (seen, seen)
        for path in (
            f"/v1/resources/{hosting.published['revised']}",
            f"/resources/{hosting.published['revised']}",
        ):
            answer = browser.get(path)
            assert (answer.status_code, SECRET in answer.text, "公开资料待修订" in answer.text) == (
                200,
                seen,
                not seen,
            )
        for path in (
            f"/v1/search?q={SECRET}",
            f"/?q={SECRET}",
            f"/v1/search?q={hosting.drafts['published-restricted']}",
        ):
            answer = browser.get(path)
            assert (answer.status_code, f"{SECRET}戊" in answer.text) == (200, seen), path
            assert not [each for each in "甲乙丙丁己" if SECRET + each in answer.text], (
                "searched is what is served"
            )
        for path in ("/v1/facets", "/v1/statistics", f"/v1/facets?q={SECRET}"):
            counted = {each["code"]: each["count"] for each in browser.get(path).json()["facets"]["security"]}
            assert counted.get("5", 0) == (1 if seen else 0), path
        assert (restricted_name in browser.get("/statistics").text) is seen
        assert (restricted_name in browser.get("/").text) is seen
        assert SECRET not in browser.get("/v1/changes").text
        assert browser.get("/v1/capabilities").json()["records"] == 2, "counted is what everybody sees"


@pytest.mark.parametrize("asker", ASKERS[1:], ids=lambda each: f"{each[0]}-{'-'.join(each[1])}")
def test_tasks_and_kept_results(hosting: Hosting, asker: tuple[str, tuple[Role, ...]]) -> None:
    """What waits is listed for the area's people by their role; a kept result holds what its owner may
    see.
    """
    wanted = {Role.CATALOGUER: "丙", Role.REVIEWER: "甲乙己", Role.MANAGER: "丁"}
    expected = sorted("".join(wanted[role] for role in asker[1])) if _may_see(asker) else []
    with hosting.browser(asker) as browser:
        listed = sorted(row["title"].removeprefix(SECRET) for row in browser.get("/v1/tasks").json())
        assert listed == expected
        page = browser.get("/tasks").text
        assert sorted(each for each in "甲乙丙丁戊己" if SECRET + each in page) == expected
        with hosting.node.database.read() as connection:
            session = people.find_session(connection, hosting.tokens[asker])
        assert session is not None
        kept = browser.post(f"/v1/sessions/{session.id}/result-sets", json={"text": SECRET}).json()
        assert kept["total"] == int(_may_see(asker))
        rows = browser.get(f"/v1/result-sets/{kept['result_set_id']}/records")
        assert (SECRET in rows.text) is _may_see(asker)


@pytest.mark.parametrize("area", [OTHER, FOREIGN])
def test_nobody_of_another_area_decides(hosting: Hosting, area: str) -> None:
    """Review, publication, withdrawal, revision, by interface and by form: refused without a word of the
    content or the state; nothing changes.
    """
    with hosting.node.database.read() as connection:
        oids = [*hosting.drafts.values(), *hosting.published.values()]
        before = [dict(content.get(connection, oid) or {}) for oid in oids]
    acts = [
        ("review", {"decision": "approve", "comment": ""}),
        ("review", {"decision": "return", "comment": "改"}),
        ("publish", {"comment": ""}),
        ("withdraw", {"comment": "撤"}),
        ("versions", {"document": sample("他人修订"), "reason": ""}),
    ]
    with hosting.browser((area, tuple(Role))) as browser:
        token = form_token(browser.get("/tasks").text)
        for oid in oids:
            for act, body in acts:
                answer = browser.post(f"/v1/resources/{oid}/{act}", json=body)
                assert answer.status_code == (
                    403 if act == "versions" or oid in hosting.published.values() else 404
                )
                assert SECRET not in answer.text
                assert "状态" not in answer.text
            for act in ("approve", "return", "publish", "withdraw"):
                sent = browser.post(f"/tasks/{oid}/{act}", data={"form_token": token, "comment": "改"})
                assert sent.status_code in (403, 404)
                assert SECRET not in sent.text
            page = browser.get(f"/resources/{oid}")
            assert "formaction" not in page.text
    with hosting.node.database.read() as connection:
        assert [dict(content.get(connection, oid) or {}) for oid in oids] == before


def test_the_history_of_a_next_version_is_not_public(hosting: Hosting) -> None:
    """What is served tells its own way, not that a revision waits."""
    oid = hosting.published["revised"]
    for asker, versions in ((ASKERS[0], {1}), ((OTHER, tuple(Role)), {1}), ((OWN, tuple(Role)), {1, 2})):
        with hosting.browser(asker) as browser:
            steps = browser.get(f"/v1/resources/{oid}").json()["history"]
        assert {step["version"] for step in steps} == versions


@pytest.mark.parametrize("area", [OWN, OTHER, FOREIGN])
def test_a_manager_of_a_hosted_area_is_none_of_the_node(hosting: Hosting, area: str) -> None:
    """Nodes below, harvest and copies are the business of the node's own manager."""
    with hosting.browser((area, tuple(Role))) as browser:
        token = form_token(browser.get("/tasks").text)
        for path in ("/nodes/harvest", "/nodes/county-130608-1a/admit", "/nodes/county-130608-1a/forget"):
            assert browser.post(path, data={"form_token": token}).status_code == 403, path
        answers = [browser.get("/nodes"), browser.get("/v1/harvest"), browser.post("/v1/harvest")]
        assert [answer.status_code for answer in answers] == [403, 403, 403]
        assert 'href="/nodes"' not in browser.get("/tasks").text
    with hosting.browser((CITY, tuple(Role))) as browser:
        answers = [browser.get("/nodes"), browser.get("/v1/harvest"), browser.post("/v1/harvest")]
        assert [answer.status_code for answer in answers] == [200, 200, 200]


def test_an_area_that_is_none_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A person's area says what they see, so it must be a code."""
    asked = ["--db", sqlite_url(tmp_path / "node.db"), "--login", "x", "--role", "reviewer", "--area", "00"]
    assert main(["add-person", *asked]) == 3
    assert "six digits" in capsys.readouterr().err
