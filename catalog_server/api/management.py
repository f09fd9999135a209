"""Management interface: register, revise, review, publish, withdraw (4.5.1, 4.8.6)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Response

from catalog_client.schema.wire import Comment, Record, Registration, Review
from catalog_server.api.access import NodeHere, Somebody
from catalog_server.service import workflow

router = APIRouter(prefix="/v1", tags=["management"])


@router.post("/resources", status_code=201)
def register(
    body: Registration,
    node: NodeHere,
    who: Somebody,
    response: Response,
    idempotency_key: Annotated[str, Header(max_length=128)] = "",
) -> Record:
    """Catalogue and register; the same Idempotency-Key again gives the same record with status 200."""
    record, replayed = workflow.register(node, who, body, idempotency_key)
    if replayed:
        response.status_code = 200
    return record


@router.post("/resources/{oid}/versions", status_code=201)
def revise(oid: str, body: Registration, node: NodeHere, who: Somebody) -> Record:
    """The next version of a document, to be reviewed."""
    return workflow.revise(node, who, oid, body)


@router.post("/resources/{oid}/review")
def review(oid: str, body: Review, node: NodeHere, who: Somebody) -> Record:
    """Approve or return."""
    return workflow.review(
        node, who, oid, approve=body.decision == "approve", comment=body.comment, version=body.version
    )


@router.post("/resources/{oid}/publish")
def publish(oid: str, body: Comment, node: NodeHere, who: Somebody) -> Record:
    """Publish."""
    return workflow.publish(node, who, oid, body.comment, version=body.version)


@router.post("/resources/{oid}/withdraw")
def withdraw(oid: str, body: Comment, node: NodeHere, who: Somebody) -> Record:
    """Withdraw."""
    return workflow.withdraw(node, who, oid, body.comment, version=body.version)


@router.get("/tasks")
def tasks(node: NodeHere, who: Somebody) -> list[dict[str, Any]]:
    """What waits for the person."""
    fields = ("oid", "state", "title", "version", "area_code", "updated_at", "author")
    return [{name: row[name] for name in fields} for row in workflow.tasks(node, who)]
