"""Exchange interface: change feed, harvest now, collection log (4.4, 4.9.4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse

from catalog_client.schema.wire import MAX_COUNT, Announced, Announcement, ChangeEnd, ChangeRow
from catalog_server.api.access import NodeHere, Somebody
from catalog_server.federation import Harvester
from catalog_server.refusals import Refusal
from catalog_server.service import children
from catalog_server.service.access import require_node_manager
from catalog_server.store import changes
from catalog_server.store import node as node_store
from catalog_server.store.tables import harvest_log

router = APIRouter(prefix="/v1", tags=["exchange"])


@router.get("/changes")
def feed(
    node: NodeHere,
    epoch: str = "",
    after: int = Query(0, ge=0, le=MAX_COUNT),
    limit: int = Query(500, ge=1, le=1000),
) -> StreamingResponse:
    """Changes of what is public here, as lines of JSON; the last line says where to go on."""
    with node.database.read() as connection:
        current = node_store.get(connection, "epoch")
        if epoch and epoch != current:
            zh, en = (
                "变更序列已重新开始，请从头同步。",
                "The change log began anew; read it from its beginning.",
            )
            raise Refusal(409, "epoch-changed", zh, en, epoch=current)
        rows = changes.page(connection, current, after, limit)
        high_water = changes.high_water(connection)
    reached = rows[-1].seq if len(rows) == limit else high_water
    end = ChangeEnd(node_id=node.node_id, epoch=current, next=max(reached, after), high_water=high_water)
    return StreamingResponse(_lines(rows, end), media_type="application/x-ndjson")


@router.post("/children")
def announce(told: Announcement, node: NodeHere) -> Announced:
    """A node below says where it is; it is read once a person admitted it there."""
    return Announced(admitted=children.announce(node, told))


@router.post("/harvest")
def harvest_now(request: Request, node: NodeHere, who: Somebody) -> list[dict[str, Any]]:
    """Read all children now."""
    require_node_manager(node, who)
    harvester: Harvester = request.app.state.harvester
    return [asdict(report) for report in harvester.harvest_all()]


@router.get("/harvest")
def collection_log(
    node: NodeHere, who: Somebody, limit: int = Query(100, ge=1, le=1000)
) -> list[dict[str, Any]]:
    """The latest rounds in which something happened."""
    require_node_manager(node, who)
    with node.database.read() as connection:
        rows = connection.execute(
            sa.select(harvest_log).order_by(harvest_log.c.id.desc()).limit(limit)
        ).mappings()
        return [dict(row) for row in rows]


def _lines(rows: list[ChangeRow], end: ChangeEnd) -> Iterator[str]:
    for row in rows:
        yield row.model_dump_json() + "\n"
    yield end.model_dump_json() + "\n"
