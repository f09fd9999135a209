"""Nodes below: who announces itself is read only where nobody could send us astray.

An announcement makes this node fetch an address, so it is not believed: from the same machine, for an address of the same
machine, it is admitted at once; any other waits until the operator admits it (`python -m catalog_server admit`).
"""

from __future__ import annotations

import logging
from ipaddress import ip_address
from urllib.parse import urlsplit

from catalog_client.schema.wire import Announcement, Tier
from catalog_server.refusals import Refusal, not_allowed
from catalog_server.service.node import Node
from catalog_server.store import audit, children

log = logging.getLogger(__name__)

#: announcements that may wait; more would be somebody filling the table
MAX_WAITING = 200
_RANK = {Tier.COUNTY: 0, Tier.CITY: 1, Tier.PROVINCE: 2}


def announce(node: Node, told: Announcement, peer: str, *, forwarded: bool) -> bool:
    """Keep the announcement of a node below; whether it is read from now on."""
    _require_below(node, told)
    told = told.model_copy(update={"url": _address(told.url)})
    if told.url in (url.rstrip("/") for url in node.config.children):
        return True
    here = not forwarded and _loopback(peer) and _loopback(_host(told.url)) and _loopback(_host(node.config.public_url))
    state = children.ADMITTED if here else children.WAITING
    with node.database.write() as connection:
        known = children.get(connection, told.node_id)
        if known is not None and (known["url"], known["tier"], known["area_code"]) == (told.url, str(told.tier), told.area_code):
            return bool(known["state"] == children.ADMITTED)
        if known is not None and known["state"] == children.ADMITTED and not here:
            # its old address stays in force: who knows a node's id must not be able to switch it off
            return False
        if state == children.WAITING and known is None and children.count(connection, children.WAITING) >= MAX_WAITING:
            zh, en = "待接纳的下级节点过多，请先处理。", "Too many nodes wait to be admitted; decide on those first."
            raise Refusal(429, "too-many-announcements", zh, en)
        children.put(connection, told, state)
        audit.append(connection, "", "child.announce", told.node_id, state, {"url": told.url, "area": told.area_code})
    log.info("node %s of area %s at %s announced itself: %s", told.node_id, told.area_code, told.url, state)
    return here


def within(area_code: str, above: str) -> bool:
    """Whether a division lies in another, or is it (GB/T 2260: trailing zeros in pairs say how wide a code is)."""
    prefix = above
    while prefix.endswith("00"):
        prefix = prefix[:-2]
    return area_code.startswith(prefix)


def _require_below(node: Node, told: Announcement) -> None:
    below = _RANK[told.tier] < _RANK[Tier(node.config.tier)] and within(told.area_code, node.config.area_code)
    if not below or told.node_id == node.node_id:
        zh = f"本节点（{node.area.name}）不是 {told.area_code} 的上级节点。"
        raise not_allowed(zh, f"This node ({node.area.name_en}) is not above area {told.area_code}.")


def _address(url: str) -> str:
    try:
        parts = urlsplit(url)
        plain = parts.scheme in {"http", "https"} and parts.hostname and parts.path in {"", "/"} and parts.port != 0
    except ValueError:
        plain = False
    if not plain or parts.username is not None or parts.query or parts.fragment or any(c <= " " or c > "~" for c in url):
        zh, en = "节点地址应为 http(s)://主机:端口。", "A node's address is http(s)://host:port."
        raise Refusal(422, "bad-address", zh, en)
    return url.rstrip("/")


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
