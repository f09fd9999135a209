"""The pages of the portal."""

from __future__ import annotations

from functools import partial
from importlib.resources import files
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, FastAPI, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from catalog_client.schema.document import first
from catalog_client.schema.elements import Element
from catalog_client.schema.wire import MAX_COUNT, SessionRequest
from catalog_server.announcing import Announcer
from catalog_server.domain.areas import area
from catalog_server.domain.classification import classification
from catalog_server.domain.states import Role
from catalog_server.federation import Harvester
from catalog_server.portal import cookies, language, views
from catalog_server.refusals import Refusal, not_found
from catalog_server.service import access, children, discovery, workflow
from catalog_server.service.node import SAFETY_EN, SAFETY_ZH, Node
from catalog_server.store import content, people, served
from catalog_server.store.people import Person

PAGE_HITS = 10
#: entries of the collection log that are shown
ROUNDS = 50
_PAGES = Environment(
    loader=PackageLoader("catalog_server", "portal/templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_STYLE = files("catalog_server.portal").joinpath("static/portal.css").read_text(encoding="utf-8")

router = APIRouter(include_in_schema=False)


def attach(app: FastAPI, node: Node) -> None:
    """Add the pages to a node's application."""
    app.state.node = node
    app.include_router(router)


def _node(request: Request) -> Node:
    node: Node = request.app.state.node
    return node


def show(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A page in the language of the browser."""
    node, spoken, visitor = _node(request), cookies.language_of(request), cookies.visitor_of(request)
    person = cookies.person_of(request, node)
    query = [(key, value) for key, value in request.query_params.multi_items() if key != "lang"]
    other = "en" if spoken == "zh" else "zh"
    shared = {
        "lang": spoken,
        "t": partial(language.word, spoken),
        "ago": partial(language.ago, spoken),
        "records": partial(language.counted, spoken),
        "freshness": partial(language.freshness, spoken),
        "local_time": language.local_time,
        "site": node.name_zh if spoken == "zh" else node.name_en,
        "demo": node.config.demo,
        "person": person,
        "safety": SAFETY_ZH if spoken == "zh" else SAFETY_EN,
        "form_token": cookies.form_token(request, node, visitor),
        "other_language": request.url.path + "?" + urlencode([*query, ("lang", other)]),
        "path": request.url.path,
        "manages": access.manages_node(node, person),
        "fault": partial(language.fault, spoken),
        "waiting": len(workflow.tasks(node, person)) if person.roles else 0,
        "tier_name": lambda tier: discovery.TIER_NAMES[tier][0 if spoken == "zh" else 1],
        "area_name": lambda code: area(code).name if spoken == "zh" else area(code).name_en,
        "category_name": lambda code: classification().name(code, spoken),
        "state_name": lambda state: workflow.STATE_NAMES[state][0 if spoken == "zh" else 1] if state else "",
    }
    page = HTMLResponse(_PAGES.get_template(template).render({**shared, **values}), status_code=status)
    page.headers["cache-control"] = "no-store"
    cookies.remember(page, request, visitor, spoken)
    return page


def refusal_page(request: Request, refusal: Refusal) -> Response:
    """What happened, to what, and where to go on."""
    if refusal.code == "session-needed":
        return RedirectResponse("/login?" + urlencode({"next": request.url.path}), status_code=303)
    return show(request, "refusal.html", status=refusal.status, refusal=refusal)


@router.get("/static/portal.css")
def style() -> Response:
    """The one style sheet."""
    return Response(_STYLE, media_type="text/css; charset=utf-8", headers={"cache-control": "max-age=300"})


@router.get("/favicon.ico", status_code=204)
def icon() -> Response:
    """No picture."""
    return Response(status_code=204)


@router.get("/")
def search(request: Request, q: str = "", offset: int = 0) -> HTMLResponse:
    """Search first."""
    node, spoken = _node(request), cookies.language_of(request)
    person = cookies.person_of(request, node)
    filters = {
        name: request.query_params.getlist(name)
        for name in served.FACETS
        if request.query_params.getlist(name)
    }
    found = discovery.search(node, person, q, filters, offset, PAGE_HITS)
    counted = discovery.facets(node, person, q, filters).facets
    rows = {name: views.facet_rows(name, counted[name], q, filters, spoken) for name, _ in views.SHOWN_FACETS}
    tiers = [
        (value.name_zh if spoken == "zh" else value.name_en, value.count)
        for value in views.by_tier(counted["tier"])
    ]
    following = views.address(q, filters, offset + PAGE_HITS) if offset + PAGE_HITS < found.total else ""
    before = views.address(q, filters, max(0, offset - PAGE_HITS)) if offset > 0 else ""
    return show(
        request,
        "search.html",
        q=q,
        filters=filters,
        found=found,
        facets=rows,
        facet_heads=views.SHOWN_FACETS,
        tiers=tiers,
        following=following,
        before=before,
        cleared=views.address(q, {}),
        json_address="/v1/search?"
        + urlencode([("q", q), *[(f, c) for f, codes in filters.items() for c in codes]]),
    )


@router.get("/resources/{oid}")
def record(request: Request, oid: str) -> HTMLResponse:
    """A record, made to be read and printed."""
    return _record_page(request, oid)


@router.get("/statistics")
def statistics(request: Request) -> HTMLResponse:
    """How much of what is published here."""
    node, spoken = _node(request), cookies.language_of(request)
    counted = discovery.facets(node, cookies.person_of(request, node), "", {}).facets
    blocks = []
    for name, heading in (*views.SHOWN_FACETS, ("tier", "Tier")):
        values = views.by_tier(counted[name]) if name == "tier" else counted[name]
        rows = views.facet_rows(name, values, "", {}, spoken, limit=len(values))
        most = max((row.count for row in rows), default=1)
        blocks.append((heading, [(row, max(1, round(100 * row.count / most))) for row in rows]))
    total = sum(value.count for value in counted["tier"])
    return show(request, "statistics.html", blocks=blocks, total=total, copies=discovery.copies(node))


@router.get("/standard")
def standard(request: Request) -> HTMLResponse:
    """The metadata set in force and the identifiers' root, for whoever has to fill or to harvest."""
    node = _node(request)
    return show(
        request,
        "standard.html",
        rules=node.rules,
        tree=classification(),
        root=node.config.oid_root,
        registered=node.config.oid_root_registered,
    )


@router.get("/login")
def login_form(request: Request, next: str = "/tasks") -> HTMLResponse:
    """Sign in."""
    return show(request, "login.html", next=_local(next), login="", refused=False)


@router.post("/login")
def login(
    request: Request,
    login: Annotated[str, Form(max_length=64)] = "",
    password: Annotated[str, Form(max_length=256)] = "",
    next: Annotated[str, Form()] = "/tasks",
    form_token: Annotated[str, Form()] = "",
) -> Response:
    """Open a session; a refusal stays on the page."""
    node = _node(request)
    cookies.check_form(request, node, form_token)
    try:
        if not login:
            raise Refusal(401, "login-refused", "", "")
        session = access.initialise(node, SessionRequest(login=login, password=password))
    except Refusal as refusal:
        if refusal.status != 401:
            raise
        return show(request, "login.html", status=401, next=_local(next), login=login, refused=True)
    before = cookies.session_of(request, node)
    if before is not None:
        access.terminate(node, before, before.id)
    answer = RedirectResponse(_local(next), status_code=303)
    cookies.sign_in(answer, request, session.token)
    return answer


@router.post("/logout")
def logout(request: Request, form_token: Annotated[str, Form()] = "") -> Response:
    """Close the session."""
    node = _node(request)
    cookies.check_form(request, node, form_token)
    session = cookies.session_of(request, node)
    if session is not None:
        access.terminate(node, session, session.id)
    answer = RedirectResponse("/", status_code=303)
    answer.delete_cookie(cookies.SESSION)
    return answer


@router.get("/tasks")
def tasks(request: Request) -> HTMLResponse:
    """What waits for me."""
    node, person = _signed_in(request)
    rows = workflow.tasks(node, person)
    roles = [access.ROLE_NAMES[role] for role in sorted(person.roles)]
    with node.database.read() as connection:
        names = people.names(connection, {row["author"] for row in rows})
    return show(
        request, "tasks.html", rows=rows, roles=roles, names=names, done=request.query_params.get("done", "")
    )


@router.get("/nodes")
def nodes(request: Request) -> HTMLResponse:
    """Nodes above and below, and the collection log: for the manager."""
    node, person = _signed_in(request)
    found = children.exchange(node, person, ROUNDS)
    places = {name: each.area_code for each in found.below for name in (each.node_id, each.url)}
    announcer: Announcer = request.app.state.announcer
    return show(
        request,
        "nodes.html",
        below=found.below,
        left=found.left,
        rounds=found.rounds,
        places=places,
        parent=node.config.parent,
        said=announcer.said,
        done=request.query_params.get("done", ""),
    )


@router.post("/nodes/harvest")
def harvest_now(request: Request, form_token: Annotated[str, Form()] = "") -> Response:
    """Read all nodes below now."""
    node, person = _signed_in(request)
    cookies.check_form(request, node, form_token)
    access.require_node_manager(node, person)
    harvester: Harvester = request.app.state.harvester
    harvester.harvest_all()
    return RedirectResponse("/nodes?done=harvest", status_code=303)


@router.post("/nodes/{node_id}/{action}")
def node_act(
    request: Request,
    node_id: str,
    action: str,
    form_token: Annotated[str, Form()] = "",
    url: Annotated[str, Form()] = "",
) -> Response:
    """Admit a node below, read it no longer, or drop the copies of one that is gone."""
    node, person = _signed_in(request)
    cookies.check_form(request, node, form_token)
    if action in {"admit", "hold"}:
        children.decide(node, person, node_id, admit=action == "admit", url=url)
    elif action == "forget":
        children.forget(node, person, node_id)
    else:
        raise Refusal(404, "not-found", "没有这个操作。", "There is no such action.")
    return RedirectResponse(f"/nodes?done={action}", status_code=303)


@router.get("/tasks/{oid}")
def task(request: Request, oid: str) -> HTMLResponse:
    """One record with what I may do to it."""
    _signed_in(request)
    return _record_page(request, oid)


@router.post("/tasks/{oid}/{action}")
def act(
    request: Request,
    oid: str,
    action: str,
    comment: Annotated[str, Form(max_length=2000)] = "",
    form_token: Annotated[str, Form()] = "",
    version: Annotated[int, Form(ge=0, le=MAX_COUNT)] = 0,
) -> Response:
    """Approve, return, publish or withdraw."""
    node, person = _signed_in(request)
    cookies.check_form(request, node, form_token)
    try:
        _do(node, person, oid, action, comment, version)
    except Refusal as refusal:
        if refusal.status != 422:
            raise
        # what was typed is not shown again: it may be refused for the identity in it
        return _record_page(request, oid, refusal)
    return RedirectResponse(f"/tasks?done={action}", status_code=303)


def _do(node: Node, person: Person, oid: str, action: str, comment: str, version: int) -> None:
    if action in {"approve", "return"}:
        workflow.review(node, person, oid, approve=action == "approve", comment=comment, version=version)
    elif action == "publish":
        workflow.publish(node, person, oid, comment, version=version)
    elif action == "withdraw":
        workflow.withdraw(node, person, oid, comment, version=version)
    else:
        raise Refusal(404, "not-found", "没有这个操作。", "There is no such action.")


def _record_page(request: Request, oid: str, problem: Refusal | None = None) -> HTMLResponse:
    node, spoken = _node(request), cookies.language_of(request)
    person = cookies.person_of(request, node)
    found = workflow.record_for(node, oid, person)
    with node.database.read() as connection:
        own, is_served = content.get(connection, oid), served.is_own(connection, oid)
    theirs = own is not None and access.looks_after(node, person, own["area_code"])
    author = own["author"] if own is not None and theirs else ""
    actions = views.actions(found, sorted(person.roles), person.login, author, is_served=is_served)
    security = discovery.facet_name(node, "security", found.security_level)
    return show(
        request,
        "record.html",
        status=200 if problem is None else problem.status,
        problem=problem,
        record=found,
        title=first(found.document, Element.RESOURCE_TITLE),
        elements=views.element_rows(node, found.document, spoken, oid),
        arcs=views.arc_rows(node, oid, spoken),
        security=security[0 if spoken == "zh" else 1],
        actions=actions if theirs else [],
        own_work=person.login == author and Role.REVIEWER in person.roles,
    )


def _signed_in(request: Request) -> tuple[Node, Person]:
    node = _node(request)
    person = cookies.person_of(request, node)
    if not person.id:
        raise Refusal(401, "session-needed", "此页面需要登录。", "This page needs a signed-in session.")
    if not person.roles:
        raise not_found(request.url.path)
    return node, person


def _local(target: str) -> str:
    """A path of this site and nothing else."""
    plain = (
        target.startswith("/")
        and not target.startswith(("//", "/\\"))
        and all(" " < c <= "~" and c != "\\" for c in target)
    )
    return target if plain else "/tasks"
