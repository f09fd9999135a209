"""The page about the directory names every endpoint and command."""

from __future__ import annotations

import re
from pathlib import Path

from fastapi.routing import APIRoute

from catalog_client.schema.wire import Tier
from catalog_server.api import base, discovery, exchange, management
from catalog_server.config import NodeConfig, sqlite_url
from catalog_server.service.node import INTERFACES, capabilities, open_node
from tests.catalog.nodes import ROOT


def test_every_endpoint_is_described(tmp_path: Path) -> None:
    """4.10: what the service says of itself is what it has, and the page tells of it."""
    page = (ROOT / "docs" / "directory.md").read_text(encoding="utf-8")
    routes = {
        f"{method} {route.path}"
        for router in (base.router, discovery.router, management.router, exchange.router)
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods
    }
    told = {re.sub(r"\?.*", "", each) for each in re.findall(r"`((?:GET|POST|DELETE) /v1[^`]*)`", page)} - {
        "GET /v1/openapi.json"
    }
    assert told == routes
    node = open_node(NodeConfig(Tier.COUNTY, "130608", sqlite_url(tmp_path / "node.db")))
    try:
        assert capabilities(node).interfaces == INTERFACES
    finally:
        node.database.close()
    assert {each for group in INTERFACES.values() for each in group} <= routes
