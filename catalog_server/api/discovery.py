"""Discovery interface: search, facets, result sets, records; application interface: statistics (4.10)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from catalog_client.schema.wire import Facets, Record, ResultSet, ResultSetRequest, SearchResult
from catalog_server.api.access import Anyone, NodeHere, OpenedSession
from catalog_server.service import discovery, workflow

router = APIRouter(prefix="/v1", tags=["discovery"])

Codes = Annotated[list[str] | None, Query()]


def _filters(
    area: Codes = None,
    category: Codes = None,
    subject: Codes = None,
    format: Codes = None,
    security: Codes = None,
    tier: Codes = None,
) -> dict[str, list[str]]:
    given = {
        "area": area,
        "category": category,
        "subject": subject,
        "format": format,
        "security": security,
        "tier": tier,
    }
    return {name: codes for name, codes in given.items() if codes}


Filters = Annotated[dict[str, list[str]], Depends(_filters)]


@router.get("/search")
def search(
    node: NodeHere, who: Anyone, filters: Filters, q: str = "", offset: int = 0, limit: int = 20
) -> SearchResult:
    """Published records that have all words of `q`; facet names are filters."""
    return discovery.search(node, who, q, filters, offset, limit)


@router.get("/facets")
def facets(node: NodeHere, who: Anyone, filters: Filters, q: str = "") -> Facets:
    """Counts by area, category, subject, format, security and tier."""
    return discovery.facets(node, who, q, filters)


@router.get("/statistics")
def statistics(node: NodeHere, who: Anyone) -> Facets:
    """Statistics by subject over everything published here (4.8.3)."""
    return discovery.facets(node, who, "", {})


@router.post("/sessions/{session_id}/result-sets", status_code=201)
def keep(session_id: str, body: ResultSetRequest, node: NodeHere, session: OpenedSession) -> ResultSet:
    """Search and keep the result."""
    return discovery.keep(node, session, session_id, body)


@router.get("/result-sets/{result_set_id}/records")
def fetch(
    result_set_id: str, node: NodeHere, session: OpenedSession, offset: int = 0, limit: int = 20
) -> SearchResult:
    """Fetch from a kept result."""
    return discovery.fetch(node, session, result_set_id, offset, limit)


@router.get("/resources/{oid}")
def record(oid: str, node: NodeHere, who: Anyone) -> Record:
    """One record with its document."""
    return workflow.record_for(node, oid, who)
