"""The application of one node: interfaces, portal, harvest."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from catalog_client.schema.problem import MEDIA_TYPE, Problem, Violation
from catalog_server.announcing import Announcer
from catalog_server.api import base, discovery, exchange, management
from catalog_server.api.guard import Guard, guarded
from catalog_server.config import NodeConfig
from catalog_server.federation import Harvester
from catalog_server.portal import pages
from catalog_server.refusals import Refusal
from catalog_server.service.node import Node, open_node, product_version

log = logging.getLogger(__name__)


def create_app(config: NodeConfig) -> FastAPI:
    """A node ready to serve; its harvest runs as long as the application does."""
    node = open_node(config)
    harvester = Harvester(node)
    announcer = Announcer(node)

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        harvester.start()
        announcer.start()
        yield
        announcer.stop()
        harvester.stop()
        node.database.close()

    app = FastAPI(
        title=node.name_en,
        version=product_version(),
        lifespan=life,
        docs_url=None,
        redoc_url=None,
        openapi_url="/v1/openapi.json",
    )
    app.state.node = node
    app.state.harvester = harvester
    app.state.announcer = announcer
    for router in (base.router, discovery.router, management.router, exchange.router):
        app.include_router(router)
    pages.attach(app, node)
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _defect)
    app.add_middleware(Guard)
    return app


def node_of(app: FastAPI) -> Node:
    """The node of an application."""
    node: Node = app.state.node
    return node


def _wants_page(request: Request) -> bool:
    return not request.url.path.startswith("/v1/")


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    if _wants_page(request):
        return pages.refusal_page(request, error)
    return _problem(error.problem())


def _malformed(request: Request, error: Exception) -> Response:
    """Where a request does not fit its schema; what was sent is not repeated: it may be identity."""
    assert isinstance(error, RequestValidationError)
    broken = []
    for each in error.errors():
        # what stands deeper is the sender's own text
        place, kind = ".".join(str(part) for part in each["loc"][:3])[:80], str(each["type"])
        zh, en = f"“{place}”不符合格式要求（{kind}）。", f"“{place}” is malformed ({kind})."
        broken.append(Violation(element=place, rule=kind, message_zh=zh, message_en=en))
    return _refused(
        request, Refusal(422, "malformed", "请求格式不正确。", "The request is malformed.", violations=broken)
    )


_HTTP_ERRORS = {
    404: ("not-found", "没有这个地址。", "There is nothing at this address."),
    405: ("method-refused", "此地址不支持该操作。", "This address does not support that method."),
}


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = error.status_code
    code, zh, en = _HTTP_ERRORS.get(
        status, (f"http-{status}", f"请求失败（{status}）。", f"The request failed ({status}).")
    )
    return _refused(request, Refusal(status, code, zh, en))


def _defect(request: Request, _error: Exception) -> Response:
    """A defect of the program: told without its words, which may repeat what somebody sent; the log has kind
    and place.
    """
    zh, en = (
        "服务内部出错，未作任何更改；请稍后再试，并告知管理员。",
        "The service failed and changed nothing; try again, and tell its administrator.",
    )
    problem = Refusal(500, "defect", zh, en)
    try:
        answer = _refused(request, problem)
    except Exception:  # the page itself may be what fails
        log.exception("the page of a defect could not be shown")
        answer = _problem(problem.problem())
    # this handler stands outside of the guard
    answer.raw_headers = guarded(answer.raw_headers)
    return answer


def _problem(problem: Problem) -> JSONResponse:
    return JSONResponse(problem.model_dump(), status_code=problem.status, media_type=MEDIA_TYPE)
