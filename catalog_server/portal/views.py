"""What the templates show: rows ready to print, no decisions left for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

from catalog_client.schema.elements import Element
from catalog_client.schema.oid import BadOid, ResourceOid
from catalog_client.schema.wire import FacetValue, Record, State, Tier
from catalog_server.domain.areas import areas
from catalog_server.domain.classification import classification
from catalog_server.domain.dictionary import ElementRule, basic_set_json
from catalog_server.service.node import Node

#: facets at the left, in this order; (name, heading)
SHOWN_FACETS = (
    ("area", "Area"),
    ("category", "Category"),
    ("subject", "Subject"),
    ("format", "Format"),
    ("security", "Security class"),
)
#: elements that hold the name of a code as text
_NAMES_OF_CODES = frozenset({Element.CATEGORY_SCHEMA_NAME, Element.CATEGORY_NAME})
#: values of a facet shown before the rest is left out
FACET_VALUES = 8


@dataclass(frozen=True, slots=True)
class FacetRow:
    """A value that can be switched on and off by a link."""

    name: str
    count: int
    chosen: bool
    href: str


@dataclass(frozen=True, slots=True)
class ElementRow:
    """One element as the record page shows it; `link` where the value is an address."""

    name: str
    other_name: str
    clause: str
    values: tuple[str, ...]
    link: bool = False
    inner: bool = False
    heading: bool = False


@dataclass(frozen=True, slots=True)
class ArcRow:
    """One arc of an identifier and what it means."""

    arc: str
    meaning: str
    value: str


def address(text: str, filters: Mapping[str, Sequence[str]], offset: int = 0) -> str:
    """Address of a search."""
    pairs = [("q", text)] if text else []
    pairs += [(facet, code) for facet, codes in filters.items() for code in codes]
    if offset:
        pairs.append(("offset", str(offset)))
    return "/?" + urlencode(pairs) if pairs else "/"


def facet_rows(
    facet: str,
    values: Sequence[FacetValue],
    text: str,
    filters: Mapping[str, Sequence[str]],
    language: str,
    limit: int = FACET_VALUES,
) -> list[FacetRow]:
    """The most frequent values, and the chosen ones wherever they stand."""
    chosen = list(filters.get(facet, []))
    rows = []
    for position, value in enumerate(values):
        on = value.code in chosen
        if position >= limit and not on:
            continue
        codes = [code for code in chosen if code != value.code] if on else [*chosen, value.code]
        target = {**{name: list(kept) for name, kept in filters.items()}, facet: codes}
        rows.append(
            FacetRow(
                value.name_zh if language == "zh" else value.name_en, value.count, on, address(text, target)
            )
        )
    return rows


def by_tier(values: Sequence[FacetValue]) -> list[FacetValue]:
    """Province, city, county: in their order, not by how many there are."""
    order = [Tier.PROVINCE, Tier.CITY, Tier.COUNTY]
    return sorted(values, key=lambda value: order.index(Tier(value.code)))


def element_rows(node: Node, document: Mapping[str, Any], language: str, oid: str) -> list[ElementRow]:
    """All elements of a document in the order of the dictionary, the identifier first."""
    elements = {**document.get("elements", {}), Element.RESOURCE_ID: [oid]}
    rows: list[ElementRow] = []
    for rule in node.rules.children(None):
        occurrences = elements.get(rule.id, [])
        if rule.kind != "entity":
            if occurrences:
                rows.append(_row(node, rule, occurrences, language))
            continue
        for occurrence in occurrences:
            rows.append(_row(node, rule, [], language, heading=True))
            rows += [
                _row(node, inner, occurrence[inner.id], language, inner=True)
                for inner in node.rules.children(rule.id)
                if occurrence.get(inner.id)
            ]
    return rows


def _row(
    node: Node,
    rule: ElementRule,
    values: Sequence[str],
    language: str,
    *,
    inner: bool = False,
    heading: bool = False,
) -> ElementRow:
    names = (rule.name_zh, rule.name_en) if language == "zh" else (rule.name_en, rule.name_zh)
    shown = tuple(_value(node, rule, value, language) for value in values)
    return ElementRow(names[0], names[1], rule.clause, shown, rule.data_type == "uri", inner, heading)


def _value(node: Node, rule: ElementRule, value: str, language: str) -> str:
    if rule.data_type == "code":
        item = node.rules.code_lists.get(rule.code_list or "", {}).get(value)
        if item is not None:
            name = item.name_zh if language == "zh" else item.name_en
            return (
                name
                if rule.code_list in {"security", "charge"}
                else f"{name}（{value}）"
                if language == "zh"
                else f"{name} ({value})"
            )
    if rule.data_type == "category":
        return f"{value}  {classification().name(value, language)}"
    # names that stand for a code are known in both languages; what people wrote stays as they wrote it
    return _english_names().get(value, value) if language == "en" and rule.id in _NAMES_OF_CODES else value


@cache
def _english_names() -> dict[str, str]:
    tree = classification()
    codes = (f"{c}.{s}.{d}" for c in tree.categories for s in tree.subjects for d in tree.details)
    lists = basic_set_json()["code_lists"].values()
    return {
        **{tree.name(code): tree.name(code, "en") for code in codes},
        **{item["name_zh"]: item["name_en"] for each in lists for item in each["items"]},
    }


def arc_rows(node: Node, oid: str, language: str) -> list[ArcRow]:
    """The pieces of an identifier minted under this deployment's root; none for others."""
    try:
        parsed = ResourceOid.parse(oid, node.config.oid_root)
    except BadOid:
        return []
    tree = classification()
    found = tree.resolve(f"{parsed.category}.{parsed.subject}.{parsed.details}")
    names = (
        ["", "", ""]
        if found is None
        else [each.name_zh if language == "zh" else each.name_en for each in found]
    )
    province = areas().get(f"{parsed.province}0000")
    place = "" if province is None else province.name if language == "zh" else province.name_en
    return [
        ArcRow(parsed.root, "Root", ""),
        ArcRow(str(parsed.province), "Province", place),
        ArcRow(str(parsed.category), "Category", names[0]),
        ArcRow(str(parsed.subject), "Subject", names[1]),
        ArcRow(str(parsed.details), "Details", names[2]),
        ArcRow(str(parsed.tail), "Tail", ""),
    ]


def actions(record: Record, roles: Sequence[str], login: str, author: str, *, is_served: bool) -> list[str]:
    """What a person may do with a record now; what is served can be taken back while a new version is on its
    way.
    """
    found = []
    if record.state is State.REGISTERED and "reviewer" in roles and login != author:
        found += ["approve", "return"]
    if record.state is State.REVIEWED and "reviewer" in roles and login != author:
        found.append("return")
    if record.state is State.REVIEWED and "manager" in roles:
        found.append("publish")
    if (record.state is State.PUBLISHED or is_served) and "manager" in roles:
        found.append("withdraw")
    return found
