"""Who asks: the bearer token of a request."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from catalog_server.refusals import Refusal
from catalog_server.service import access
from catalog_server.service.node import Node
from catalog_server.store.people import PUBLIC, OpenSession, Person


def node_of(request: Request) -> Node:
    """The node that answers."""
    node: Node = request.app.state.node
    return node


NodeHere = Annotated[Node, Depends(node_of)]


def _session(request: Request, node: NodeHere) -> OpenSession | None:
    header = request.headers.get("authorization", "")
    if not header:
        return None
    scheme, _, token = header.partition(" ")
    found = access.find(node, token.strip()) if scheme.lower() == "bearer" else None
    if found is None:
        raise Refusal(
            401,
            "session-unknown",
            "会话不存在或已过期，请重新登录。",
            "The session is unknown or has expired; open a new one.",
        )
    return found


def _open_session(session: Annotated[OpenSession | None, Depends(_session)]) -> OpenSession:
    if session is None:
        raise Refusal(401, "session-needed", "此操作需要先建立会话。", "This needs an open session.")
    return session


def _anyone(session: Annotated[OpenSession | None, Depends(_session)]) -> Person:
    return PUBLIC if session is None else session.person


def _somebody(session: Annotated[OpenSession, Depends(_open_session)]) -> Person:
    if not session.person.id:
        raise Refusal(401, "session-needed", "此操作需要登录。", "This needs a signed-in session.")
    return session.person


OpenedSession = Annotated[OpenSession, Depends(_open_session)]
Anyone = Annotated[Person, Depends(_anyone)]
Somebody = Annotated[Person, Depends(_somebody)]
