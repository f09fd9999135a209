"""Nodes below: who announces itself waits until a person admits it.

An announcement would make this node fetch an address, so it is a word and no right, wherever it comes from:
behind a proxy on this machine everybody comes from this machine. The manager admits on the page of nodes, the
operator with `python -m catalog_server admit`, or gives `--child` at the start.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import sqlalchemy as sa

from catalog_client.schema.wire import Announcement, Tier
from catalog_server.addresses import is_disguised
from catalog_server.domain.areas import is_lower, within
from catalog_server.refusals import Refusal, not_allowed
from catalog_server.service.access import require_node_manager
from catalog_server.service.node import Node
from catalog_server.store import audit, children, harvested
from catalog_server.store.people import Person
from catalog_server.store.tables import harvest_log, harvest_state

log = logging.getLogger(__name__)

#: a node that was given at the start: nobody needs to admit it
CONFIGURED = "configured"

#: announcements that may wait; more would be somebody filling the table
MAX_WAITING = 200


def announce(node: Node, told: Announcement) -> bool:
    """Keep the announcement of a node below; whether that node is read, because a person admitted it
    there.
    """
    _require_below(node, told)
    told = told.model_copy(update={"url": _address(told.url)})
    if told.url in (url.rstrip("/") for url in node.config.children):
        return True
    with node.database.write() as connection:
        known = children.get(connection, told.node_id)
        if known is not None and _same(known, told):
            return bool(known["state"] == children.ADMITTED)
        if known is not None and known["state"] == children.ADMITTED:
            # its old address stays in force: who knows a node's id must not be able to switch it off
            return False
        if known is None and children.count(connection, children.WAITING) >= MAX_WAITING:
            zh, en = (
                "待接纳的下级节点过多，请先处理。",
                "Too many nodes wait to be admitted; decide on those first.",
            )
            raise Refusal(429, "too-many-announcements", zh, en)
        children.put(connection, told, children.WAITING)
        detail = {"url": told.url, "area": told.area_code}
        audit.append(connection, "", "child.announce", told.node_id, children.WAITING, detail)
    log.info("node %s of area %s at %s announced itself", told.node_id, told.area_code, told.url)
    return False


def _same(known: sa.RowMapping, told: Announcement) -> bool:
    return (known["url"], known["tier"], known["area_code"]) == (told.url, str(told.tier), told.area_code)


@dataclass(frozen=True, slots=True)
class NodeBelow:
    """One node below: `state` is admitted, waiting or configured; `checked_at` and `error` tell of the last
    round at it.
    """

    node_id: str
    url: str
    tier: str
    area_code: str
    state: str
    checked_at: str = ""
    error: str = ""
    records: int = 0


@dataclass(frozen=True, slots=True)
class Exchange:
    """What a manager sees of the exchange: nodes below, copies of nodes no longer read, the latest entries of
    the log.
    """

    below: list[NodeBelow]
    left: dict[str, int]
    rounds: list[sa.RowMapping]


def exchange(node: Node, who: Person, limit: int) -> Exchange:
    """Nodes below and the collection log (4.4.1, 4.9.4).  For managers."""
    require_node_manager(node, who)
    with node.database.read() as connection:
        announced = children.rows(connection)
        held = harvested.sources(connection)
        states = {row["url"]: row for row in connection.execute(sa.select(harvest_state)).mappings()}
        rounds = list(
            connection.execute(
                sa.select(harvest_log).order_by(harvest_log.c.id.desc()).limit(limit)
            ).mappings()
        )
    below = [_below(url.rstrip("/"), None, states, held) for url in node.config.children]
    below += [_below(row["url"], row, states, held) for row in announced]
    read = {each.node_id for each in below if each.state != children.WAITING}
    return Exchange(below, {source: amount for source, amount in held.items() if source not in read}, rounds)


def _below(
    url: str, told: sa.RowMapping | None, states: dict[str, sa.RowMapping], held: dict[str, int]
) -> NodeBelow:
    found = states.get(url)
    if told is None:
        source, area_code = ("", "") if found is None else (found["source"], found["area_code"])
        node = NodeBelow(source, url, "", area_code, CONFIGURED)
    else:
        node = NodeBelow(told["node_id"], url, told["tier"], told["area_code"], told["state"])
    if found is None or node.state == children.WAITING:
        return replace(node, records=held.get(node.node_id, 0))
    return replace(
        node, checked_at=found["checked_at"], error=found["error"], records=held.get(node.node_id, 0)
    )


def decide(node: Node, who: Person, node_id: str, *, admit: bool, url: str = "") -> None:
    """Read a node that announced itself, or read it no longer.  For managers.

    Only the address that was looked at, `url`, is admitted: while a node waits, anybody may announce another
    one for it.
    """
    require_node_manager(node, who)
    state = children.ADMITTED if admit else children.WAITING
    with node.database.write() as connection:
        known = children.get(connection, node_id)
        if admit and known is not None and known["url"] != url:
            zh = f"该节点的地址已变为 {known['url']}，未接纳；请核对后再处理。"
            en = f"The node's address is now {known['url']}; it was not admitted. Look at it first."
            raise Refusal(409, "address-changed", zh, en)
        if not children.decide(connection, node_id, state):
            raise Refusal(404, "not-found", "没有这样的下级节点。", "There is no such node below.")
        audit.append(connection, who.login, "child.decide", node_id, state)


def forget(node: Node, who: Person, node_id: str) -> int:
    """Drop the copies of a node that is gone for good; how many.  For managers; a node that is read keeps its
    copies.
    """
    if node_id not in exchange(node, who, 1).left:
        zh, en = (
            "只能清除不再采集的节点的副本。",
            "Only copies of a node that is no longer read can be dropped.",
        )
        raise Refusal(409, "still-read", zh, en)
    with node.database.write() as connection:
        dropped = harvested.forget(connection, node_id)
        audit.append(connection, who.login, "child.forget", node_id, detail={"records": dropped})
    return dropped


def _require_below(node: Node, told: Announcement) -> None:
    lower = is_lower(told.tier, Tier(node.config.tier))
    below = lower and within(told.area_code, node.config.area_code)
    if not below or told.node_id == node.node_id:
        zh = f"本节点（{node.area.name}）不是 {told.area_code} 的上级节点。"
        raise not_allowed(zh, f"This node ({node.area.name_en}) is not above area {told.area_code}.")


def _address(url: str) -> str:
    try:
        parts = urlsplit(url)
        plain = (
            parts.scheme in {"http", "https"}
            and parts.hostname
            and parts.path in {"", "/"}
            and parts.port != 0
            and not is_disguised(parts.hostname)
        )
    except ValueError:
        plain = False
    if (
        not plain
        or parts.username is not None
        or parts.query
        or parts.fragment
        or any(c <= " " or c > "~" for c in url)
    ):
        zh, en = "节点地址应为 http(s)://主机:端口。", "A node's address is http(s)://host:port."
        raise Refusal(422, "bad-address", zh, en)
    return url.rstrip("/")
