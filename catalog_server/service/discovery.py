"""Searching, facets, named result sets, statistics (DB13/T 4.5.2, 4.8.6, 4.10); reads only what is
published.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from catalog_client.schema.oid import is_oid
from catalog_client.schema.text import query_terms
from catalog_client.schema.wire import (
    Facets,
    FacetValue,
    HarvestCopy,
    Hit,
    ResultSet,
    ResultSetRequest,
    SearchResult,
    Tier,
)
from catalog_server.domain.areas import area
from catalog_server.domain.classification import classification
from catalog_server.domain.identity import names_somebody
from catalog_server.refusals import Refusal
from catalog_server.service.access import visibility
from catalog_server.service.node import Node
from catalog_server.store import served
from catalog_server.store.database import utc_now
from catalog_server.store.people import OpenSession, Person
from catalog_server.store.tables import harvest_state, result_set
from catalog_server.store.tables import session as open_sessions

MAX_PAGE = 100
MAX_OFFSET = 10_000
MAX_QUERY = 400
RESULT_SETS_PER_SESSION = 20
#: result sets of the public that are kept at a time: anybody may ask for one, and the disk has an end
PUBLIC_RESULT_SETS = 200

TIER_NAMES = {Tier.COUNTY: ("县", "County"), Tier.CITY: ("市", "City"), Tier.PROVINCE: ("省", "Province")}


def criteria(
    node: Node, text: str, filters: Mapping[str, Sequence[str]], who: Person
) -> served.SearchCriteria:
    """What is wanted; an identifier is looked up as a whole."""
    if len(text) > MAX_QUERY:
        zh, en = (
            f"检索词最多 {MAX_QUERY} 个字符，实际 {len(text)} 个。",
            f"A query has at most {MAX_QUERY} characters, found {len(text)}.",
        )
        raise Refusal(422, "query-too-long", zh, en)
    known = {
        name: [code for code in codes if code] for name, codes in filters.items() if name in served.FACETS
    }
    stripped = text.strip()
    oid = stripped if is_oid(stripped) and stripped.count(".") >= 4 else ""
    terms = () if oid else tuple(query_terms(stripped))
    return served.SearchCriteria(
        terms, {name: codes for name, codes in known.items() if codes}, visibility(node, who), oid
    )


def search(
    node: Node, who: Person, text: str, filters: Mapping[str, Sequence[str]], offset: int, limit: int
) -> SearchResult:
    """One page of published records; a query of nothing but signs finds nothing."""
    limit, offset = _bounds(limit, offset)
    wanted = criteria(node, text, filters, who)
    with node.database.read() as connection:
        copies = _copies(connection)
        if text.strip() and not wanted.terms and not wanted.oid:
            return SearchResult(total=0, exact=True, offset=offset, hits=[], copies=copies)
        total, exact = served.count(connection, wanted)
        rows = served.page(connection, wanted, total if exact else served.COUNT_LIMIT + 1, offset, limit)
    return SearchResult(
        total=total, exact=exact, offset=offset, hits=[_hit(node, row) for row in rows], copies=copies
    )


def facets(node: Node, who: Person, text: str, filters: Mapping[str, Sequence[str]]) -> Facets:
    """Counts by facet of what is found."""
    wanted = criteria(node, text, filters, who)
    if text.strip() and not wanted.terms and not wanted.oid:
        return Facets(facets={name: [] for name in served.FACETS})
    with node.database.read() as connection:
        counted = served.facets(connection, wanted)
    return Facets(
        facets={
            name: [_facet_value(node, name, code, n) for code, n in values]
            for name, values in counted.items()
        }
    )


def keep(node: Node, session: OpenSession, session_id: str, request: ResultSetRequest) -> ResultSet:
    """Keep a result under the session."""
    if session.id != session_id:
        raise Refusal(
            403, "not-allowed", "结果集只能建在自己的会话中。", "A result set belongs to one's own session."
        )
    if names_somebody(request.name):
        zh, en = (
            "结果集名称中含有个人身份信息，已拒绝。",
            "The name of the result set holds personal identity; refused.",
        )
        raise Refusal(422, "identity-refused", zh, en)
    wanted = criteria(node, request.text, request.filters, session.person)
    nothing = bool(request.text.strip()) and not wanted.terms and not wanted.oid
    with node.database.write() as connection:
        count = (
            sa.select(sa.func.count()).select_from(result_set).where(result_set.c.session_id == session_id)
        )
        if int(connection.execute(count).scalar_one()) >= RESULT_SETS_PER_SESSION:
            zh = f"一个会话最多保留 {RESULT_SETS_PER_SESSION} 个结果集。"
            raise Refusal(
                429,
                "too-many-result-sets",
                zh,
                f"A session keeps at most {RESULT_SETS_PER_SESSION} result sets.",
            )
        if not session.person.id:
            public = sa.select(result_set.c.id).join(
                open_sessions, open_sessions.c.id == result_set.c.session_id
            )
            oldest = public.where(open_sessions.c.person_id.is_(None)).order_by(
                result_set.c.made_at.desc(), result_set.c.id
            )
            connection.execute(
                sa.delete(result_set).where(
                    result_set.c.id.in_(oldest.limit(-1).offset(PUBLIC_RESULT_SETS - 1))
                )
            )
        oids = [] if nothing else served.identifiers(connection, wanted, served.COUNT_LIMIT)
        kept = ResultSet(
            result_set_id=secrets.token_hex(12),
            name=request.name,
            total=len(oids),
            expires_at=session.expires_at,
        )
        connection.execute(
            sa.insert(result_set).values(
                id=kept.result_set_id,
                session_id=session_id,
                name=request.name,
                oids=json.dumps(oids),
                made_at=utc_now(),
            )
        )
    return kept


def fetch(node: Node, session: OpenSession, result_set_id: str, offset: int, limit: int) -> SearchResult:
    """A page of a kept result, in the order found; what was withdrawn since is left out."""
    limit, offset = _bounds(limit, offset)
    with node.database.read() as connection:
        condition = sa.and_(result_set.c.id == result_set_id, result_set.c.session_id == session.id)
        stored = connection.execute(sa.select(result_set.c.oids).where(condition)).scalar()
        if stored is None:
            raise Refusal(
                404,
                "not-found",
                "没有这个结果集，或会话已结束。",
                "There is no such result set, or its session has ended.",
            )
        oids: list[str] = json.loads(stored)
        rows = served.by_identifiers(
            connection, oids[offset : offset + limit], visibility(node, session.person)
        )
    return SearchResult(total=len(oids), exact=True, offset=offset, hits=[_hit(node, row) for row in rows])


def facet_name(node: Node, facet: str, code: str) -> tuple[str, str]:
    """Chinese and English name of a facet's code."""
    tree = classification()
    if facet == "area":
        return area(code).name, area(code).name_en
    if facet == "tier":
        return TIER_NAMES[Tier(code)]
    if facet in {"category", "subject"}:
        found = (tree.categories if facet == "category" else tree.subjects).get(code)
    else:
        item = node.rules.code_lists["data_format" if facet == "format" else "security"].get(code)
        return (item.name_zh, item.name_en) if item is not None else (code, code)
    return (found.name_zh, found.name_en) if found is not None else (code, code)


def _facet_value(node: Node, facet: str, code: str, amount: int) -> FacetValue:
    name_zh, name_en = facet_name(node, facet, code)
    return FacetValue(code=code, name_zh=name_zh, name_en=name_en, count=amount)


def _hit(node: Node, row: sa.RowMapping) -> Hit:
    name_zh, name_en = facet_name(node, "security", str(row["security_level"]))
    return Hit(
        oid=row["oid"],
        title=row["title"],
        abstract=row["abstract"],
        tier=Tier(row["origin_tier"]),
        area_code=row["area_code"],
        area_name=area(row["area_code"]).name,
        area_name_en=area(row["area_code"]).name_en,
        category_code=row["category_code"],
        category_name=classification().name(row["category_code"]),
        category_name_en=classification().name(row["category_code"], "en"),
        data_format=row["data_format"],
        security_level=str(row["security_level"]),
        security_name_zh=name_zh,
        security_name_en=name_en,
        organization=row["organization"],
        updated_at=row["published_at"],
    )


def copies(node: Node) -> list[HarvestCopy]:
    """How fresh the copies of the children are."""
    with node.database.read() as connection:
        return _copies(connection)


def _copies(connection: sa.Connection) -> list[HarvestCopy]:
    rows = connection.execute(sa.select(harvest_state).order_by(harvest_state.c.url)).mappings()
    return [
        HarvestCopy(
            source=row["source"],
            url=row["url"],
            area_code=row["area_code"],
            area_name=area(row["area_code"]).name if row["area_code"] else "",
            area_name_en=area(row["area_code"]).name_en if row["area_code"] else "",
            checked_at=row["checked_at"],
            ok=row["error"] == "",
            error=row["error"],
        )
        for row in rows
    ]


def _bounds(limit: int, offset: int) -> tuple[int, int]:
    return max(1, min(limit, MAX_PAGE)), max(0, min(offset, MAX_OFFSET))
