"""Who sits at the browser, and forms that only our own pages can send."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from fastapi import Request
from fastapi.responses import Response

from catalog_server.portal.language import LANGUAGES
from catalog_server.refusals import Refusal
from catalog_server.service import access
from catalog_server.service.node import Node
from catalog_server.store.people import PUBLIC, SESSION_HOURS, OpenSession, Person

SESSION = "ys_session"
VISITOR = "ys_visitor"
LANGUAGE = "ys_lang"


def language_of(request: Request) -> str:
    """The address says it, else the cookie, else Chinese."""
    for asked in (request.query_params.get("lang"), request.cookies.get(LANGUAGE)):
        if asked in LANGUAGES:
            return str(asked)
    return "zh"


def session_of(request: Request, node: Node) -> OpenSession | None:
    """The signed-in session of the browser."""
    token = request.cookies.get(SESSION, "")
    return access.find(node, token) if token else None


def person_of(request: Request, node: Node) -> Person:
    """Who is signed in; the public otherwise."""
    session = session_of(request, node)
    return PUBLIC if session is None else session.person


def visitor_of(request: Request) -> str:
    """A random name of the browser, kept in a cookie; new where it has none."""
    known = request.cookies.get(VISITOR, "")
    return (
        known
        if len(known) == 43 and known.replace("-", "").replace("_", "").isalnum()
        else secrets.token_urlsafe(32)
    )


def form_token(request: Request, node: Node, visitor: str) -> str:
    """What a form of this browser and session must send back."""
    text = f"{visitor}\x1f{request.cookies.get(SESSION, '')}"
    return hmac.new(node.secret.encode(), text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def check_form(request: Request, node: Node, token: str) -> None:
    """Refuse a form that did not come from our page."""
    visitor = request.cookies.get(VISITOR, "")
    if not visitor or not hmac.compare_digest(
        form_token(request, node, visitor).encode(), token.encode("utf-8", "replace")
    ):
        raise Refusal(
            403,
            "form-refused",
            "表单已过期，请返回上一页重新提交。",
            "The form has expired; go back and send it again.",
        )


def _encrypted(request: Request) -> bool:
    """Whether the browser came by TLS (uvicorn believes a proxy on this machine about that)."""
    return request.url.scheme == "https"


def remember(response: Response, request: Request, visitor: str, language: str) -> None:
    """Cookies that every page sets."""
    if request.cookies.get(VISITOR) != visitor:
        response.set_cookie(
            VISITOR, visitor, httponly=True, samesite="strict", max_age=86400, secure=_encrypted(request)
        )
    if request.query_params.get("lang") in LANGUAGES:
        response.set_cookie(LANGUAGE, language, httponly=True, samesite="lax", max_age=365 * 86400)


def sign_in(response: Response, request: Request, token: str) -> None:
    """Keep the session's secret in the browser, out of reach of scripts and of other sites."""
    response.set_cookie(
        SESSION,
        token,
        httponly=True,
        samesite="strict",
        max_age=SESSION_HOURS * 3600,
        secure=_encrypted(request),
    )
