"""Register, review, publish, harvest, search: real nodes, real sockets."""

from __future__ import annotations

import io
import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from lxml import html

from catalog_client.client import DirectoryClient
from catalog_client.schema.oid import ResourceOid
from catalog_client.schema.problem import DirectoryError
from catalog_client.schema.wire import Capabilities, SessionRequest, State, Tier
from catalog_server import samples
from catalog_server.__main__ import main
from catalog_server.config import NodeConfig, sqlite_url
from catalog_server.domain.origins import TAILS_PER_NODE
from catalog_server.refusals import Refusal
from catalog_server.service import access
from catalog_server.service.node import open_node
from catalog_server.store import audit
from tests.catalog.conftest import Demo
from tests.catalog.nodes import ACCOUNTS, ServedNode, eventually, form_token, sample, signed_in


def _publish(demo: Demo, title: str, **changed: object) -> str:
    with (
        demo.client("cataloguer") as cataloguer,
        demo.client("reviewer") as reviewer,
        demo.client("manager") as head,
    ):
        oid = cataloguer.register(sample(title, **changed), idempotency_key=title).oid
        assert reviewer.review(oid, "approve", "合格").state is State.REVIEWED
        assert head.publish(oid).state is State.PUBLISHED
    return oid


def test_a_record_goes_from_the_county_to_the_province(demo: Demo) -> None:
    """4.5.1, 4.1.1a, 4.10: each step by its role; found at the province by two Chinese characters; withdrawn
    everywhere.
    """
    oid = _publish(demo, "肺炎随访胸部 CT 资料")
    with demo.client(None) as public, demo.client("manager") as head:
        hit = eventually(lambda: public.search("随访", tier="province").hits)[0]
        assert (hit.oid, str(hit.tier), hit.area_name) == (oid, "county", "清苑区")
        record = public.record(oid, tier="province")
        assert record.document["elements"]["resource_title"] == ["肺炎随访胸部 CT 资料"]
        assert record.origin_node.startswith("county-130608-")
        steps = [str(step.to_state) for step in public.record(oid, tier="county").history]
        assert steps == ["prepared", "catalogued", "registered", "reviewed", "published"]
        head.withdraw(oid, "资料更正")
        eventually(lambda: public.search("随访", tier="province").total == 0)
        with pytest.raises(DirectoryError) as refused:
            public.record(oid, tier="province")
        assert refused.value.code == "not-found"


def test_identifiers_follow_the_classification(demo: Demo) -> None:
    """4.9.3: root, province, category, subject, details, tail; at most 64 characters; never the same
    twice.
    """
    with demo.client("cataloguer") as client:
        root = client.node("county").oid_root
        oids = [client.register(sample(f"标识符 {n}"), idempotency_key=f"oid-{n}").oid for n in range(5)]
    parsed = [ResourceOid.parse(oid, root) for oid in oids]
    assert {(p.province, p.category, p.subject, p.details) for p in parsed} == {(13, 2, 2, 2)}
    assert len({p.tail for p in parsed}) == 5
    assert all(p.tail // TAILS_PER_NODE == 608 for p in parsed)
    assert max(len(oid) for oid in oids) <= 64


def test_the_same_key_registers_once(demo: Demo) -> None:
    """4.4.2: a second sending gives the same record; the key for another document is refused."""
    with demo.client("cataloguer") as client:
        first = client.register(sample("幂等"), idempotency_key="same-key")
        assert client.register(sample("幂等"), idempotency_key="same-key").oid == first.oid
        with pytest.raises(DirectoryError) as refused:
            client.register(sample("另一份"), idempotency_key="same-key")
    assert refused.value.code == "idempotency-key-reused"
    assert not refused.value.retryable


def test_roles_are_kept_apart(demo: Demo) -> None:
    """4.5.1: a cataloguer neither reviews nor publishes; a return needs its reason; order of steps is
    kept.
    """
    with (
        demo.client("cataloguer") as cataloguer,
        demo.client("reviewer") as reviewer,
        demo.client("manager") as head,
    ):
        oid = cataloguer.register(sample("权限"), idempotency_key="roles").oid
        for forbidden in (
            lambda: cataloguer.review(oid, "approve"),
            lambda: cataloguer.publish(oid),
            lambda: reviewer.publish(oid),
        ):
            with pytest.raises(DirectoryError) as refused:
                forbidden()
            assert refused.value.code == "not-allowed"
        with pytest.raises(DirectoryError) as early:
            head.publish(oid)
        assert early.value.code == "state-refused"
        with pytest.raises(DirectoryError) as silent:
            reviewer.review(oid, "return")
        assert silent.value.code == "reason-needed"
        assert reviewer.review(oid, "return", "关键字不足").state is State.RETURNED
    with demo.client(None) as public, pytest.raises(DirectoryError) as anonymous:
        public.register(sample("无会话"), idempotency_key="nobody")
    assert anonymous.value.code == "session-needed"


@pytest.mark.parametrize(
    ("changed", "element", "rule"),
    [
        ({"abstract": None}, "abstract", "mandatory"),
        ({"security_classification": ["9"]}, "security_classification", "code-list"),
        ({"resource_title": ["一", "二"]}, "resource_title", "occurrences"),
        ({"online_link": ["javascript:alert(1)"]}, "online_link", "uri"),
        ({"resource_id": ["2.25.1.1.1"]}, "resource_id", "assigned"),
        ({"colour": ["red"]}, "colour", "unknown"),
    ],
)
def test_a_document_that_breaks_a_rule_is_refused(
    demo: Demo, changed: dict[str, object], element: str, rule: str
) -> None:
    """4.8.2d: completeness and consistency; the refusal names element and rule in both languages."""
    with demo.client("cataloguer") as client, pytest.raises(DirectoryError) as refused:
        client.register(sample("规则", **changed), idempotency_key=f"rule-{element}-{rule}")
    found = {(v.element, v.rule) for v in refused.value.violations}
    assert (element, rule) in found or rule == "assigned"
    assert all(v.message_zh and v.message_en for v in refused.value.violations)


def test_base_and_discovery_interfaces(demo: Demo) -> None:
    """4.10: self-description, session, named result set with pages, termination drops it."""
    oid = _publish(
        demo,
        "结果集磁共振资料",
        resource_category=[{"category_schema_code": ["DB13-MI-3L"], "category_code": ["3.1.1"]}],
    )
    with demo.client("cataloguer") as client:
        described = client.node("county")
        assert set(described.interfaces) == {"base", "discovery", "management", "exchange", "application"}
        assert described.oid_root_registered is False
        assert described.demo is True
        session = client.open_session("county")
        kept = client.call(
            "county",
            "POST",
            f"/v1/sessions/{session.session_id}/result-sets",
            body={"name": "磁共振", "text": "磁共振", "filters": {}},
            signed=True,
        )
        page = f"/v1/result-sets/{kept['result_set_id']}/records"
        found = client.call("county", "GET", page, params={"offset": 0, "limit": 20}, signed=True)
        assert [hit["oid"] for hit in found["hits"]] == [oid]
        elements = client.elements()
        assert [e["clause"] for e in elements] == [f"4.7.2.{n}" for n in range(1, 21)]
        attributes = ("name_zh", "definition_zh", "name_en", "data_type", "range_zh", "obligation")
        assert all(e[name] for e in elements for name in attributes)
        client.close_session("county")
        with pytest.raises(DirectoryError):
            client.call("county", "GET", page, signed=True)
    with demo.client(None) as public:
        facets = public.facets("磁共振", tier="county").facets
    assert [(v.code, v.name_zh, v.count) for v in facets["category"]] == [("3", "MRI 单元组", 1)]


def test_restricted_records_stay_where_they_are(demo: Demo) -> None:
    """4.3.2: levels 4 and 5 are neither shown to the public nor passed upwards."""
    oid = _publish(demo, "受限资料专用词", security_classification=["4"])
    with demo.client(None) as public, demo.client("reviewer") as reviewer:
        assert public.search("专用词", tier="county").total == 0
        assert reviewer.search("专用词", tier="county").total == 1
        with pytest.raises(DirectoryError):
            public.record(oid, tier="county")
    feed = httpx.get(demo.urls["county"] + "/v1/changes", trust_env=False)
    assert oid not in feed.text


def test_a_county_that_is_down_is_retryable(tmp_path: Path) -> None:
    """4.4.2: the client says that a later try may succeed, and it does, once."""
    county = ServedNode(tmp_path, "county", "130608", options=["--demo"]).start()
    try:
        accounts = json.loads(county.db.with_suffix(".accounts.json").read_text(encoding="utf-8"))
        with DirectoryClient({"county": county.url}, tuple(accounts["cataloguer"]), timeout_s=5.0) as client:
            client.register(sample("先"), idempotency_key="before")
            county.stop(kill=True)
            with pytest.raises(DirectoryError) as down:
                client.register(sample("后"), idempotency_key="after")
            assert down.value.retryable
            assert isinstance(client.nodes()[0][2], DirectoryError)
            county.start()
            first = client.register(sample("后"), idempotency_key="after")
            assert client.register(sample("后"), idempotency_key="after").oid == first.oid
            assert isinstance(client.nodes()[0][2], Capabilities)
    finally:
        county.stop()


def test_the_account_is_shown_to_the_county_alone(demo: Demo) -> None:
    """The county's password is no business of city and province: they are asked as the public asks."""
    before = _refusals(demo)
    with DirectoryClient(demo.urls, ("nobody-of-theirs", "a-secret-of-the-county"), timeout_s=20.0) as client:
        for tier in ("city", "province"):
            client.search("", tier=tier)
            assert client.open_session(tier).person == ""
        assert _refusals(demo) == before
        tried = _refusals(demo, "county")[0]
        for _ in range(6):
            with pytest.raises(DirectoryError) as refused:
                client.search("", tier="county")
            assert refused.value.code == "login-refused"
        assert _refusals(demo, "county")[0] == tried + 1, (
            "tries by themselves must not lock the account for others"
        )


def _refusals(demo: Demo, *tiers: str) -> list[int]:
    counts = []
    for tier in tiers or ("city", "province"):
        with closing(sqlite3.connect(demo.home / f"{tier}.db")) as connection:
            counts.append(
                connection.execute("SELECT count(*) FROM audit WHERE outcome = 'refused'").fetchone()[0]
            )
    return counts


def test_nobody_approves_a_version_they_have_not_seen(demo: Demo) -> None:
    """4.5.1: returned and mended while a reviewer looks at the first version: the step on the first is
    refused.
    """
    with demo.client("cataloguer") as cataloguer, demo.client("reviewer") as reviewer:
        oid = cataloguer.register(sample("版本一"), idempotency_key="seen").oid
        with signed_in(demo.urls["county"], demo.accounts["reviewer"]) as browser:
            looked = browser.get(f"/tasks/{oid}").text
            reviewer.review(oid, "return", "请改")
            cataloguer.revise(oid, sample("版本二"))
            version = html.fromstring(looked).xpath("//input[@name='version']/@value")[0]
            sent = browser.post(
                f"/tasks/{oid}/approve",
                data={"form_token": form_token(looked), "comment": "", "version": version},
            )
            assert (sent.status_code, "现已是第 2 版" in sent.text) == (422, True)
            assert cataloguer.record(oid, tier="county").state is State.REGISTERED
            again = form_token(sent.text)
            assert (
                browser.post(
                    f"/tasks/{oid}/approve", data={"form_token": again, "comment": "", "version": "2"}
                ).status_code
                == 200
            )
    with demo.client("reviewer") as reviewer:
        assert reviewer.record(oid, tier="county").state is State.REVIEWED


def test_what_is_served_can_be_taken_back_while_a_new_version_waits(demo: Demo) -> None:
    """4.3.2: a published record that should not be public is withdrawn at once, whatever becomes of its next
    version.
    """
    oid = _publish(demo, "待撤回的资料甲")
    with demo.client("cataloguer") as cataloguer, demo.client("manager") as head, demo.client(None) as public:
        cataloguer.revise(oid, sample("待撤回的资料乙"))
        assert public.record(oid, tier="county").version == 1, (
            "the old version is served until the new one is published"
        )
        with signed_in(demo.urls["county"], demo.accounts["manager"]) as browser:
            assert f"/tasks/{oid}/withdraw" in html.fromstring(browser.get(f"/tasks/{oid}").text).xpath(
                "//@formaction"
            )
        assert head.withdraw(oid, "误公开").state is State.WITHDRAWN
        with pytest.raises(DirectoryError):
            public.record(oid, tier="county")
        eventually(lambda: public.search("待撤回的资料", tier="province").total == 0)
        with pytest.raises(DirectoryError) as twice:
            head.withdraw(oid, "再次")
        assert twice.value.code == "state-refused"


def test_an_operator_changes_a_person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """GB/T 22239 8.1.4: a new password ends lock and sessions; who is blocked cannot sign in; both are on
    record.
    """
    node = open_node(NodeConfig(Tier.COUNTY, "130608", sqlite_url(tmp_path / "node.db")))
    try:
        samples.prepare(node, ACCOUNTS, records=False)
        first = access.initialise(node, SessionRequest(login="reviewer", password=ACCOUNTS["reviewer"][1]))

        def change(*what: str, password: str = "") -> int:
            monkeypatch.setattr(sys, "stdin", io.StringIO(password))
            return main(["change-person", "--db", node.config.db_url, "--login", "reviewer", *what])

        assert change("--new-password", password="kurz\n") == 3
        assert change("--new-password", password="ein-neues-Wort\n") == 0
        assert access.find(node, first.token) is None
        access.initialise(node, SessionRequest(login="reviewer", password="ein-neues-Wort"))
        assert change("--block") == 0
        with pytest.raises(Refusal):
            access.initialise(node, SessionRequest(login="reviewer", password="ein-neues-Wort"))
        assert change("--allow") == 0
        access.initialise(node, SessionRequest(login="reviewer", password="ein-neues-Wort"))
        with node.database.read() as connection:
            assert audit.first_broken(connection) is None
            assert (
                len(connection.exec_driver_sql("SELECT 1 FROM audit WHERE action = 'person.change'").all())
                == 3
            )
    finally:
        node.database.close()
