"""Base interface: initialise, terminate, describe itself (4.10)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Response

from catalog_client.schema.wire import Capabilities, Session, SessionRequest
from catalog_server.api.access import NodeHere, OpenedSession
from catalog_server.domain.classification import classification
from catalog_server.refusals import Refusal
from catalog_server.service import access
from catalog_server.service.node import capabilities
from catalog_server.store import dictionary

router = APIRouter(prefix="/v1", tags=["base"])


@router.post("/sessions", status_code=201)
def open_session(body: SessionRequest, node: NodeHere) -> Session:
    """Initialise."""
    return access.initialise(node, body)


@router.delete("/sessions/{session_id}", status_code=204)
def close_session(session_id: str, node: NodeHere, session: OpenedSession) -> Response:
    """Terminate: the session and its result sets are gone."""
    access.terminate(node, session, session_id)
    return Response(status_code=204)


@router.get("/capabilities")
def describe(node: NodeHere) -> Capabilities:
    """Self-description."""
    return capabilities(node)


@router.get("/metadata-sets")
def metadata_sets(node: NodeHere) -> list[dict[str, str]]:
    """All metadata sets and their versions."""
    with node.database.read() as connection:
        return dictionary.versions(connection)


@router.get("/metadata-sets/current")
def metadata_set_in_force(node: NodeHere) -> dict[str, Any]:
    """The set in force: elements with their eight attributes and code lists."""
    return node.rules.as_wire()


@router.get("/metadata-sets/{set_id}/{version}")
def metadata_set(set_id: str, version: str, node: NodeHere) -> dict[str, Any]:
    """One version of a set."""
    with node.database.read() as connection:
        found = dictionary.read(connection, set_id, version)
    if found is None:
        zh = f"没有元数据集“{set_id[:40]} {version[:20]}”。"
        raise Refusal(404, "not-found", zh, f"There is no metadata set “{set_id[:40]} {version[:20]}”.")
    return found.as_wire()


@router.get("/classification")
def tree() -> dict[str, Any]:
    """Category, subject and details codes."""
    found = classification()
    levels = {"categories": found.categories, "subjects": found.subjects, "details": found.details}
    return {
        "schema": found.schema,
        **{name: [asdict(row) for row in level.values()] for name, level in levels.items()},
    }
