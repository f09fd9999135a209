"""The content service repository: published records, own and harvested, with the indexes that find them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from catalog_client.schema.document import first, flatten, values_of
from catalog_client.schema.elements import Element
from catalog_client.schema.text import Term
from catalog_server.domain.areas import area
from catalog_server.domain.classification import classification
from catalog_server.domain.states import PUBLIC_LEVEL
from catalog_server.store import fulltext
from catalog_server.store.tables import rv_code, rv_text, served_record

#: counts are exact up to here
COUNT_LIMIT = 10_000
#: up to so many hits are put in order of relevance; more are newest first
RANK_LIMIT = 2_000
FACETS = ("area", "category", "subject", "format", "security", "tier")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a record was published and which of its changes this is; `source` is the child it came by, "" for
    our own.
    """

    node: str
    tier: str
    epoch: str
    seq: int
    source: str = ""
    source_epoch: str = ""


@dataclass(frozen=True, slots=True)
class Visibility:
    """What somebody may see: the public levels of all areas; levels above them, up to `level`, of areas whose
    codes begin with `inside`.
    """

    level: int
    inside: str = ""


@dataclass(frozen=True, slots=True)
class SearchCriteria:
    """What is searched: terms, facet filters, and what the asker may see."""

    terms: tuple[Term, ...]
    filters: Mapping[str, Sequence[str]]
    visibility: Visibility
    oid: str = ""


def put(
    connection: sa.Connection,
    oid: str,
    version: int,
    document: Mapping[str, Any],
    sha256: str,
    area_code: str,
    published_at: str,
    origin: Origin,
) -> None:
    """Serve a record, in place of what was served under its identifier."""
    remove(connection, oid)
    tree = classification()
    code = first(document, Element.CATEGORY_CODE)
    formats = values_of(document, Element.DATA_FORMAT)
    level = int(first(document, Element.SECURITY_CLASSIFICATION, "5"))
    title = first(document, Element.RESOURCE_TITLE)
    statement = (
        sa.insert(served_record)
        .values(
            oid=oid,
            version=version,
            document=json.dumps(document, ensure_ascii=False),
            sha256=sha256,
            title=title,
            abstract=first(document, Element.ABSTRACT),
            category_code=code,
            data_format=", ".join(formats),
            organization=first(document, Element.ORGANIZATION_NAME),
            security_level=level,
            area_code=area_code,
            published_at=published_at,
            origin_node=origin.node,
            origin_tier=origin.tier,
            origin_epoch=origin.epoch,
            origin_seq=origin.seq,
            source=origin.source,
            source_epoch=origin.source_epoch,
        )
        .returning(served_record.c.id)
    )
    record_id = int(connection.execute(statement).scalar_one())
    rows = [
        {"record_id": record_id, "element_id": element_id, "position": n, "value": value}
        for n, (element_id, value) in enumerate(flatten(document))
    ]
    connection.execute(sa.insert(rv_text), rows)
    facets = [
        ("area", area_code),
        ("security", str(level)),
        ("tier", origin.tier),
        *(("format", each) for each in dict.fromkeys(formats)),
    ]
    for each in dict.fromkeys(values_of(document, Element.CATEGORY_CODE)):
        category, subject, _ = each.split(".")
        facets += [("category", category), ("subject", subject)]
    connection.execute(
        sa.insert(rv_code),
        [{"record_id": record_id, "facet": f, "code": c} for f, c in dict.fromkeys(facets)],
    )
    words = [
        value
        for element_id, value in flatten(document)
        if element_id not in {Element.ONLINE_LINK, Element.RESOURCE_TITLE}
    ]
    # who looks for a city means its counties too
    places = [area(each) for each in dict.fromkeys((area_code, f"{area_code[:4]}00"))]
    names = [name for place in places for name in (place.name, place.name_en)]
    fulltext.put(
        connection, record_id, title, "\n".join([*words, tree.name(code), tree.name(code, "en"), *names])
    )


def remove(connection: sa.Connection, oid: str) -> bool:
    """Serve a record no longer; true where it was served."""
    record_id = connection.execute(sa.select(served_record.c.id).where(served_record.c.oid == oid)).scalar()
    if record_id is None:
        return False
    fulltext.remove(connection, record_id)
    for table in (rv_text, rv_code):
        connection.execute(sa.delete(table).where(table.c.record_id == record_id))
    connection.execute(sa.delete(served_record).where(served_record.c.id == record_id))
    return True


def get(connection: sa.Connection, oid: str, visibility: Visibility) -> sa.RowMapping | None:
    """A served record that the asker may see."""
    statement = sa.select(served_record).where(served_record.c.oid == oid, _visible(visibility))
    return connection.execute(statement).mappings().first()


def is_own(connection: sa.Connection, oid: str) -> bool:
    """Whether a record of this node is served under the identifier."""
    statement = sa.select(served_record.c.id).where(served_record.c.oid == oid, served_record.c.source == "")
    return connection.execute(statement).first() is not None


def count(connection: sa.Connection, criteria: SearchCriteria) -> tuple[int, bool]:
    """How many, and whether that is exact."""
    some = sa.select(served_record.c.id).where(*_conditions(criteria)).limit(COUNT_LIMIT + 1).subquery()
    found = int(connection.execute(sa.select(sa.func.count()).select_from(some)).scalar_one())
    return min(found, COUNT_LIMIT), found <= COUNT_LIMIT


def page(
    connection: sa.Connection, criteria: SearchCriteria, total: int, offset: int, limit: int
) -> list[sa.RowMapping]:
    """Records in order: few by relevance, many newest first; the identifier settles ties."""
    statement = sa.select(served_record).where(*_conditions(criteria))
    newest = (served_record.c.published_at.desc(), served_record.c.oid)
    if criteria.terms and total <= RANK_LIMIT:
        statement = fulltext.by_relevance(statement, served_record.c.id, list(criteria.terms), newest)
    else:
        statement = statement.order_by(*newest)
    return list(connection.execute(statement.offset(offset).limit(limit)).mappings())


def identifiers(connection: sa.Connection, criteria: SearchCriteria, limit: int) -> list[str]:
    """Identifiers in the order of `page`."""
    total, exact = count(connection, criteria)
    rows = page(connection, criteria, total if exact else RANK_LIMIT + 1, 0, limit)
    return [row["oid"] for row in rows]


def by_identifiers(
    connection: sa.Connection, oids: Sequence[str], visibility: Visibility
) -> list[sa.RowMapping]:
    """Those of the identifiers that are still served, in the order given."""
    statement = sa.select(served_record).where(served_record.c.oid.in_(oids), _visible(visibility))
    found = {row["oid"]: row for row in connection.execute(statement).mappings()}
    return [found[oid] for oid in oids if oid in found]


def facets(connection: sa.Connection, criteria: SearchCriteria) -> dict[str, list[tuple[str, int]]]:
    """For each facet its codes and counts, most frequent first.  A facet's own filter does not narrow it."""
    found: dict[str, list[tuple[str, int]]] = {}
    for facet in FACETS:
        others = SearchCriteria(
            criteria.terms,
            {k: v for k, v in criteria.filters.items() if k != facet},
            criteria.visibility,
            criteria.oid,
        )
        amount = sa.func.count().label("amount")
        statement = (
            sa.select(rv_code.c.code, amount)
            .join(served_record, served_record.c.id == rv_code.c.record_id)
            .where(rv_code.c.facet == facet, *_conditions(others))
            .group_by(rv_code.c.code)
            .order_by(amount.desc(), rv_code.c.code)
        )
        found[facet] = [(row.code, int(row.amount)) for row in connection.execute(statement)]
    return found


def _visible(visibility: Visibility) -> sa.ColumnElement[bool]:
    level = served_record.c.security_level
    if visibility.level <= PUBLIC_LEVEL or not visibility.inside:
        return level <= visibility.level
    inside = served_record.c.area_code.startswith(visibility.inside, autoescape=True)
    return sa.or_(level <= PUBLIC_LEVEL, sa.and_(level <= visibility.level, inside))


def _conditions(criteria: SearchCriteria) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = [_visible(criteria.visibility)]
    if criteria.oid:
        conditions.append(served_record.c.oid == criteria.oid)
    elif criteria.terms:
        conditions.append(fulltext.condition(served_record.c.id, list(criteria.terms)))
    for facet, codes in criteria.filters.items():
        if codes:
            having = sa.select(rv_code.c.record_id).where(
                rv_code.c.facet == facet, rv_code.c.code.in_(list(codes))
            )
            conditions.append(served_record.c.id.in_(having))
    return conditions
