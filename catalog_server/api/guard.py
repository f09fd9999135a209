"""Around every request: size of the body, security headers, a log line without the query."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from contextlib import suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from catalog_client.schema.problem import MEDIA_TYPE, Problem

log = logging.getLogger("catalog_server.access")

MAX_BODY_BYTES = 1_048_576
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'"
)
_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", _POLICY.encode()),
]


def guarded(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Headers of an answer with those that every answer has; what says nothing of being kept is not kept."""
    found = [*headers, *_HEADERS]
    return (
        found
        if any(name == b"cache-control" for name, _ in found)
        else [*found, (b"cache-control", b"no-store")]
    )


class _TooLarge(Exception):
    pass


class Guard:
    """Pure ASGI, so that streams stay streams."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 500
        received = 0

        async def count(message: Message) -> None:
            nonlocal status
            if received > MAX_BODY_BYTES:
                return  # what the application makes of a cut body is not sent; the refusal below is
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = guarded(message["headers"])
            await send(message)

        async def bounded() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > MAX_BODY_BYTES:
                raise _TooLarge
            return message

        try:
            with suppress(_TooLarge):
                await self._app(scope, bounded, count)
            if received > MAX_BODY_BYTES:
                status = 413
                await _refuse(send)
        finally:
            # the route, not the address: queries and identifiers stay out of the log
            route = getattr(scope.get("route"), "path", "-")
            log.info("%s %s %d %.0f ms", scope["method"], route, status, 1000 * (time.perf_counter() - began))


async def _refuse(send: Send) -> None:
    problem = Problem(
        title="body too large",
        status=413,
        code="body-too-large",
        message_zh=f"请求内容超过 {MAX_BODY_BYTES} 字节。",
        message_en=f"The request is over {MAX_BODY_BYTES} bytes.",
    )
    headers = guarded([(b"content-type", MEDIA_TYPE.encode())])
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": problem.model_dump_json().encode()})
