"""The portal by a browser without scripts: sign in, review, publish, print; nothing escapes, nothing
leaks.
"""

from __future__ import annotations

import json
import re
from importlib.resources import files
from urllib.parse import quote

import httpx
import pytest
from lxml import html

from catalog_client.schema.problem import DirectoryError
from catalog_client.schema.wire import State
from catalog_server.domain.areas import areas
from catalog_server.portal import language
from tests.catalog.conftest import Demo
from tests.catalog.nodes import eventually, everything_under, form_token, sample, signed_in

_XSS = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)> 胸部 CT"


def _register(demo: Demo, title: str, **changed: object) -> str:
    with demo.client("cataloguer") as client:
        return client.register(sample(title, **changed), idempotency_key=title).oid


def _send(browser: httpx.Client, oid: str, action: str, comment: str = "") -> httpx.Response:
    token = form_token(browser.get(f"/tasks/{oid}").text)
    return browser.post(f"/tasks/{oid}/{action}", data={"form_token": token, "comment": comment})


def test_review_and_publication_in_the_portal(demo: Demo) -> None:
    """4.5.1, 4.8.3: the reviewer sees the task, approves; the manager publishes; everybody finds it."""
    oid = _register(demo, "门户流程腰椎资料")
    with signed_in(demo.urls["county"], demo.accounts["reviewer"]) as reviewer:
        listed = html.fromstring(reviewer.get("/tasks").text).xpath("//table//a/@href")
        assert f"/tasks/{oid}" in listed
        answer = _send(reviewer, oid, "approve", "资料完整")
        assert answer.url.path == "/tasks"
        assert "已审核通过" in answer.text
        assert "无权" in _send_anyway(reviewer, oid, "publish").text
    with signed_in(demo.urls["county"], demo.accounts["manager"]) as head:
        assert "已发布" in _send(head, oid, "publish").text
    with demo.client(None) as public:
        assert public.record(oid, tier="county").state is State.PUBLISHED
    page = html.fromstring(httpx.get(demo.urls["county"] + "/?q=" + quote("门户流程"), trust_env=False).text)
    assert page.xpath("//article//h3/a/text()") == ["门户流程腰椎资料"]
    shown = httpx.get(f"{demo.urls['county']}/resources/{oid}", trust_env=False).text
    for name in ("资源标识符", "信息资源名称", "关键字", "负责单位名称", "安全限制分级", "后段码"):
        assert name in shown
    assert "资料完整" not in shown, "a reviewer's remark is not for the public"


def _send_anyway(browser: httpx.Client, oid: str, action: str) -> httpx.Response:
    return browser.post(
        f"/tasks/{oid}/{action}", data={"form_token": form_token(browser.get("/tasks").text), "comment": ""}
    )


def test_a_return_needs_its_reason_and_forms_their_token(demo: Demo) -> None:
    """4.5.1: a refusal carries its reason; a form of another site is refused."""
    oid = _register(demo, "退回流程")
    with signed_in(demo.urls["county"], demo.accounts["reviewer"]) as reviewer:
        asked = _send(reviewer, oid, "return")
        assert asked.status_code == 422
        assert html.fromstring(asked.text).xpath("//*[@role='alert']/text()") == ["退回须写明原因。"], (
            "said on the record's own page"
        )
        assert html.fromstring(asked.text).xpath("//textarea[@name='comment']"), "and it can be mended there"
        forged = reviewer.post(f"/tasks/{oid}/approve", data={"form_token": "0" * 64})
        assert (forged.status_code, "表单已过期" in forged.text) == (403, True)
        assert "个人身份" in _send(reviewer, oid, "return", "患者李四，男，58 岁").text
        assert "已退回" in _send(reviewer, oid, "return", "关键字不足").text
        reviewer.post("/logout", data={"form_token": form_token(reviewer.get("/tasks").text)})
        assert reviewer.get("/tasks").url.path == "/login"


def test_what_people_write_is_shown_as_text(demo: Demo) -> None:
    """Titles and queries never become markup; an address of another site is no way to go on after signing
    in.
    """
    oid = _register(demo, _XSS)
    with signed_in(demo.urls["county"], demo.accounts["reviewer"]) as reviewer:
        for page in (
            reviewer.get("/tasks").text,
            reviewer.get(f"/tasks/{oid}").text,
            reviewer.get("/", params={"q": _XSS}).text,
        ):
            tree = html.fromstring(page)
            assert tree.xpath("//script | //img | //@onerror | //iframe") == []
        assert _XSS in html.fromstring(reviewer.get(f"/tasks/{oid}").text).xpath("//h1/text()")
    answer = httpx.get(demo.urls["county"] + "/login", params={"next": "//evil.example/x"}, trust_env=False)
    assert html.fromstring(answer.text).xpath("//input[@name='next']/@value") == ["/tasks"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert not re.search(r"(?:src|href)=\"https?://", answer.text)


def test_wrong_password_empty_and_error_pages(demo: Demo) -> None:
    """Each says what happened and where to go on, in both languages."""
    with httpx.Client(base_url=demo.urls["province"], trust_env=False, follow_redirects=True) as browser:
        token = form_token(browser.get("/login").text)
        wrong = browser.post("/login", data={"form_token": token, "login": "reviewer", "password": "wrong"})
        assert (wrong.status_code, "账号或密码不正确" in wrong.text) == (401, True)
        missing = browser.get("/resources/2.25.1.2.3")
        assert (missing.status_code, "未找到" in missing.text) == (404, True)
        assert "没有找到" in browser.get("/", params={"q": "绝无此词"}).text
        assert "Nothing found" in browser.get("/", params={"q": "绝无此词", "lang": "en"}).text
        assert "Statistics" in browser.get("/statistics").text, "the language is remembered"
        for path in ("/", "/standard", "/login", "/statistics"):
            english = browser.get(path).text
            words = "".join(
                html.fromstring(english).xpath(
                    "//main//h1/text() | //main//h2/text() | //nav//text() | //footer//text()"
                )
            )
            assert not re.search("[一-鿿]", words), path


def test_every_word_of_the_portal_has_its_chinese() -> None:
    """Both languages are complete."""
    folder = files("catalog_server.portal").joinpath("templates")
    known = json.loads(files("catalog_server.data").joinpath("portal-zh.json").read_text(encoding="utf-8"))
    used = set()
    for template in folder.iterdir():
        used |= {
            a or b
            for a, b in re.findall(r"""\bt\((?:"([^"]+)"|'([^']+)')""", template.read_text(encoding="utf-8"))
        }
    code = files("catalog_server.portal").joinpath("language.py").read_text(encoding="utf-8")
    used |= set(re.findall(r'word\(language, "([^"]+)"', code)) | {"{n} record", "{n} records"}
    assert len(used) > 60
    assert used <= set(known)
    assert all(area.name_en.isascii() for area in areas().values())


_CANARIES = [
    "canary-zhang-wei",
    "王小丫",
    "130608198802293456",
    "13912345678",
    "1.2.840.113619.2.55.3.604688.11",
    "19880229",
]


@pytest.mark.parametrize(
    "planted",
    [
        {"abstract": ["患者王小丫，女，36 岁，胸部 CT"]},
        {"resource_title": ["CANARY-ZHANG-WEI^王小丫 胸部 CT"]},
        {"keyword": ["130608198802293456"]},
        {"abstract": ["联系 13912345678"]},
        {"online_link": ["https://pacs.example.cn/studies/1.2.840.113619.2.55.3.604688.11"]},
        {"abstract": ["姓名：canary-zhang-wei 出生日期：19880229"]},
        {"canary-zhang-wei": ["王小丫"]},
    ],
)
def test_identity_is_refused_and_leaves_no_trace(demo: Demo, planted: dict[str, list[str]]) -> None:
    """4.1, 4.9.4: what holds identity is refused; nothing of it is in an answer, a database, a feed or a
    log.
    """
    with demo.client("cataloguer") as client, pytest.raises(DirectoryError) as refused:
        client.register(sample("金丝雀", **planted), idempotency_key="canary" + str(sorted(planted)))
    said = " ".join(
        [
            refused.value.message_zh,
            refused.value.message_en,
            *(v.model_dump_json() for v in refused.value.violations),
        ]
    )
    httpx.get(demo.urls["county"] + "/v1/search", params={"q": "王小丫 canary-zhang-wei"}, trust_env=False)
    feeds = {tier: httpx.get(url + "/v1/changes", trust_env=False).content for tier, url in demo.urls.items()}
    places = everything_under(demo.home, feeds)
    if "canary-zhang-wei" not in planted:  # an unknown element is named, a value never is
        places["answer"] = said.encode()
    for place, content in places.items():
        for canary in _CANARIES:
            for spelling in {canary, canary.upper()}:
                assert spelling.encode() not in content, (place, spelling)


def test_keys_and_names_of_a_station_leave_no_trace(demo: Demo) -> None:
    """4.1, privacy: an idempotency key made of a study's UID is kept as a hash; a result set named after a
    patient is refused.
    """
    with demo.client("cataloguer") as client:
        oid = client.register(sample("键的金丝雀"), idempotency_key=f"{_CANARIES[4]}-{_CANARIES[0]}").oid
        assert (
            client.register(sample("键的金丝雀"), idempotency_key=f"{_CANARIES[4]}-{_CANARIES[0]}").oid == oid
        )
        path = f"/v1/sessions/{client.open_session('county').session_id}/result-sets"
        named = {"name": f"姓名：{_CANARIES[1]}", "text": "胸部", "filters": {}}
        with pytest.raises(DirectoryError) as refused:
            client.call("county", "POST", path, body=named, signed=True)
        assert refused.value.code == "identity-refused"
    for place, content in everything_under(demo.home).items():
        assert not [canary for canary in _CANARIES if canary.encode() in content], place


def test_malformed_and_oversized_requests(demo: Demo) -> None:
    """What was sent is not repeated; a body over the limit is cut off; an unknown session is told as such."""
    url = demo.urls["county"]
    with httpx.Client(base_url=url, trust_env=False) as client:
        malformed = client.post("/v1/sessions", json={"login": ["王小丫"]})
        assert (malformed.status_code, malformed.headers["content-type"]) == (422, "application/problem+json")
        assert "王小丫" not in malformed.text
        large = client.post("/v1/sessions", content=b"{" + b" " * 1_200_000)
        assert (large.status_code, large.json()["code"]) == (413, "body-too-large")
        assert large.headers["x-content-type-options"] == "nosniff"
        assert client.get("/v1/changes", params={"after": 2**70}).status_code == 422
        for asked in (
            '"',
            "*",
            "NEAR(a b)",
            "-x OR",
            "a AND",
            "NOT",
            "col:x",
            "^",
            "'; DROP TABLE x",
            "（",
            "\x00",
            "肺 " * 190,
            "x" * 400,
        ):
            assert client.get("/v1/search", params={"q": asked}).status_code == 200, asked
        assert (
            client.get("/v1/tasks", headers={"authorization": "Bearer x"}).json()["code"] == "session-unknown"
        )
        assert client.get("/v1/search", params={"q": "x" * 500}).json()["code"] == "query-too-long"


def test_five_failures_lock_the_account(demo: Demo) -> None:
    """A locked account looks like a wrong password."""
    url = demo.urls["city"]
    login, password = demo.accounts["manager"]
    with httpx.Client(base_url=url, trust_env=False, timeout=20) as client:
        for _ in range(5):
            assert client.post("/v1/sessions", json={"login": login, "password": "wrong"}).status_code == 401
        assert (
            client.post("/v1/sessions", json={"login": login, "password": password}).json()["code"]
            == "login-refused"
        )


def test_harvest_now_and_its_log(demo: Demo) -> None:
    """4.4.1, 4.9.4: the manager starts a round and reads the collection log."""
    oid = _register(demo, "立即采集")
    with demo.client("reviewer") as reviewer, demo.client("manager") as head:
        reviewer.review(oid, "approve")
        head.publish(oid)
        reports = head.call("province", "POST", "/v1/harvest", signed=True)
        assert [report["error"] for report in reports] == [""]
        eventually(lambda: head.search("立即采集", tier="province").total == 1)
        assert head.call("province", "GET", "/v1/harvest", signed=True)[0]["applied"] >= 1
        with pytest.raises(DirectoryError):
            reviewer.call("province", "POST", "/v1/harvest", signed=True)


def test_a_new_sign_in_ends_the_session_before(demo: Demo) -> None:
    """Session fixation: the secret changes with every sign-in, and the one before is worth nothing."""
    with signed_in(demo.urls["county"], demo.accounts["reviewer"]) as browser:
        before = browser.cookies["ys_session"]
        login, password = demo.accounts["manager"]
        token = form_token(browser.get("/login").text)
        browser.post(
            "/login",
            data={"form_token": token, "login": login, "password": password, "next": "https://evil.example/"},
        )
        assert browser.cookies["ys_session"] != before
        assert browser.get("/tasks").url.host == "127.0.0.1"
    with httpx.Client(base_url=demo.urls["county"], cookies={"ys_session": before}, trust_env=False) as thief:
        assert thief.get("/tasks").status_code == 303


def test_over_tls_cookies_are_for_tls_only(demo: Demo) -> None:
    """A proxy of this machine says that the browser came by TLS; then no cookie travels without it."""
    with httpx.Client(base_url=demo.urls["city"], trust_env=False) as browser:
        plain = browser.get("/login").headers["set-cookie"]
        behind = httpx.get(
            demo.urls["city"] + "/login", headers={"x-forwarded-proto": "https"}, trust_env=False
        ).headers["set-cookie"]
        assert "secure" not in plain.lower()
        for word in ("secure", "httponly", "samesite=strict"):
            assert word in behind.lower()


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/tasks\r\nset-cookie: a=b",
        "javascript:alert(1)",
        "/\t/evil.example",
    ],
)
def test_signing_in_leads_to_no_other_site(demo: Demo, target: str) -> None:
    """Open redirect: what is no plain path of this site becomes the list of tasks."""
    with httpx.Client(base_url=demo.urls["county"], trust_env=False) as browser:
        token = form_token(browser.get("/login").text)
        login, password = demo.accounts["reviewer"]
        answer = browser.post(
            "/login", data={"form_token": token, "login": login, "password": password, "next": target}
        )
        assert (answer.status_code, answer.headers["location"]) == (303, "/tasks")


def test_one_record_is_not_records() -> None:
    """Plural words, and the same words for the freshness of a copy on every page."""
    assert [language.counted("en", n) for n in (0, 1, 2, 1200)] == [
        "0 records",
        "1 record",
        "2 records",
        "1,200 records",
    ]
    assert language.counted("zh", 1) == "1 项"
    assert {page for page in ("search", "statistics") if "freshness(copy)" in _template(page)} == {
        "search",
        "statistics",
    }


def _template(page: str) -> str:
    return files("catalog_server.portal").joinpath(f"templates/{page}.html").read_text(encoding="utf-8")
