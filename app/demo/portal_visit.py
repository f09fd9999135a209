"""The demo's reviewer in the web portal: logs in, finds the waiting record, approves and publishes it, by its
forms.
"""

from __future__ import annotations

import http.cookiejar
import re
import urllib.parse
import urllib.request
from collections.abc import Mapping

from app.errors import Unavailable

_TOKEN = re.compile(r'name="form_token"\s+value="([^"]+)"')


def approve_and_publish(portal: str, identifier: str, accounts: Mapping[str, tuple[str, str]]) -> list[str]:
    """Approve and publish a registered record; the paths that were visited."""
    seen: list[str] = []
    for role, act, comment in (("reviewer", "approve", "元数据完整，同意。"), ("manager", "publish", "")):
        visit = _Visit(portal.rstrip("/"), seen)
        visit.log_in(*accounts[role])
        visit.act(identifier, act, {"comment": comment})
    return seen


class _Visit:
    def __init__(self, portal: str, seen: list[str]) -> None:
        self._portal = portal
        self._seen = seen
        self._browser = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        )

    def log_in(self, login: str, password: str) -> None:
        page = self._get("/login")
        self._post("/login", page, {"login": login, "password": password})

    def act(self, identifier: str, what: str, fields: dict[str, str]) -> None:
        self._get("/tasks")
        page = self._get(f"/tasks/{identifier}")
        self._post(f"/tasks/{identifier}/{what}", page, fields)

    def _get(self, path: str) -> str:
        return self._open(path, None)

    def _post(self, path: str, page: str, fields: dict[str, str]) -> str:
        token = _TOKEN.search(page)
        if token is None:
            raise Unavailable("The portal's page before {path} has no form token.", path=path)
        return self._open(path, {"form_token": token.group(1), **fields})

    def _open(self, path: str, fields: dict[str, str] | None) -> str:
        self._seen.append(path.split("?")[0])
        data = urllib.parse.urlencode(fields).encode() if fields is not None else None
        try:
            with self._browser.open(self._portal + path, data, timeout=20) as answer:
                return str(answer.read().decode("utf-8"))
        except OSError as error:
            raise Unavailable("The portal did not answer {path}: {why}", path=path, why=str(error)) from error
