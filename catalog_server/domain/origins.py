"""For whom a node below may speak: itself, and the nodes below it; never for another one that is known.

A node gives itself a name that says its place, ``county-130608-1a2b3c4d``, and its place is in the tail of
every identifier that it gives (`store.oids`). So a parent sees of each row whose it can be, without asking.
"""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass

from catalog_client.schema.wire import ChangeRow, Tier
from catalog_server.domain.areas import is_lower, within

#: tails of one node under one arc; the node's place in the province stands above them, so nodes cut off never
#: collide
TAILS_PER_NODE = 1_000_000_000
_NAME = re.compile(r"(county|city|province)-([0-9]{6})-[0-9A-Za-z]+")


@dataclass(frozen=True, slots=True)
class Place:
    """Tier and area of a node."""

    tier: Tier
    area_code: str


def place_of(node_id: str) -> Place | None:
    """What the name of a node says of its place; None for a name that no node gives itself."""
    found = _NAME.fullmatch(node_id)
    return None if found is None else Place(Tier(found[1]), found[2])


def misfit(row: ChangeRow, child_id: str, child: Place, elsewhere: Set[str]) -> str:
    """Why a child may not speak of a change: "area", "origin", "identifier"; "" where it may.

    Parameters
    ----------
    child_id, child
        The node that was read, and its place.
    elsewhere
        Nodes that are read at other addresses: they speak for themselves.
    """
    if not within(row.origin_area, child.area_code):
        return "area"
    origin = child if row.origin_node == child_id else place_of(row.origin_node)
    if origin is None or row.origin_node in elsewhere:
        return "origin"
    if row.origin_node != child_id and not _below(origin, child):
        return "origin"
    if row.origin_tier is not origin.tier or not within(row.origin_area, origin.area_code):
        return "origin"
    return "" if _may_give(origin, row.oid) else "identifier"


def _below(origin: Place, child: Place) -> bool:
    return is_lower(origin.tier, child.tier) and within(origin.area_code, child.area_code)


def _may_give(origin: Place, oid: str) -> bool:
    """Whether an identifier does not name another node of the province as the one that gave it."""
    tail = oid.rpartition(".")[2]
    named = int(tail) // TAILS_PER_NODE if tail.isascii() and tail.isdigit() else 0
    return named in (0, int(origin.area_code[2:]))
