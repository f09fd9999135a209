"""The three tiers seen from a station: synchronous, thread-safe, without a toolkit."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

from catalog_client.schema.problem import DirectoryError
from catalog_client.schema.wire import Capabilities, Facets, Record, SearchResult, Session
from catalog_client.transport import Transport

TIERS = ("county", "city", "province")
#: so long an account that was refused is not shown again: tries by themselves would lock it for everybody who
#: uses it
REFUSED_PAUSE_S = 900.0


class DirectoryClient:
    """Client of county, city and province.

    Parameters
    ----------
    urls_by_tier
        Address of each tier that this station knows, e.g. ``{"county": "http://…"}``.
    account
        (login, password) of the station's cataloguer; None searches as the public.
    known_at
        Tiers that know the account.  It is shown to no other: the password is nobody else's business.
    timeout_s
        Bound for connecting and for each wait.

    Notes
    -----
    Sessions are opened when first needed and opened again when a node has forgotten them. At a tier that
    does not know the account, the session is the public's. An account that was refused is shown again after
    `REFUSED_PAUSE_S` only; a client with a mended one is made anew.
    """

    def __init__(
        self,
        urls_by_tier: Mapping[str, str],
        account: tuple[str, str] | None = None,
        timeout_s: float = 10.0,
        *,
        known_at: Sequence[str] = ("county",),
    ) -> None:
        unknown = [tier for tier in urls_by_tier if tier not in TIERS]
        if unknown:
            raise DirectoryError(
                "bad-tier",
                f"未知的层级“{unknown[0]}”，应为 county、city 或 province。",
                f"Unknown tier “{unknown[0]}”; it is county, city or province.",
                retryable=False,
            )
        self._transports = {
            tier: Transport(urls_by_tier[tier], timeout_s) for tier in TIERS if urls_by_tier.get(tier)
        }
        self._account = account
        self._known_at = frozenset(known_at)
        self._sessions: dict[str, Session] = {}
        self._refused: dict[str, tuple[float, DirectoryError]] = {}
        self._lock = threading.RLock()

    @property
    def urls(self) -> dict[str, str]:
        """Address by tier, county first."""
        return {tier: transport.url for tier, transport in self._transports.items()}

    def node(self, tier: str) -> Capabilities:
        """What a node says of itself."""
        return Capabilities.model_validate(self.call(tier, "GET", "/v1/capabilities"))

    def nodes(self) -> list[tuple[str, str, Capabilities | DirectoryError]]:
        """(tier, url, self-description or why there is none) of all tiers, asked at the same time."""
        tiers = list(self._transports)
        if not tiers:
            return []
        with ThreadPoolExecutor(max_workers=len(tiers), thread_name_prefix="directory") as pool:
            answers = list(pool.map(self._node_or_error, tiers))
        return [
            (tier, self._transports[tier].url, answer) for tier, answer in zip(tiers, answers, strict=True)
        ]

    def open_session(self, tier: str) -> Session:
        """Initialise (4.10): the kept session of a tier, opened where there is none."""
        with self._lock:
            kept = self._sessions.get(tier)
            if kept is None:
                kept = self._initialise(tier)
                self._sessions[tier] = kept
            return kept

    def close_session(self, tier: str) -> None:
        """Terminate (4.10): the node drops the session and its result sets."""
        with self._lock:
            kept = self._sessions.pop(tier, None)
        if kept is not None:
            self._transport(tier).request(
                "DELETE", f"/v1/sessions/{quote(kept.session_id)}", token=kept.token
            )

    def register(self, document: Mapping[str, Any], *, idempotency_key: str, tier: str = "county") -> Record:
        """Register a resource; the same key again gives the same record."""
        headers = {"idempotency-key": quote(idempotency_key, safe="")}
        answer = self.call(
            tier, "POST", "/v1/resources", body={"document": dict(document)}, headers=headers, signed=True
        )
        return Record.model_validate(answer)

    def revise(
        self, identifier: str, document: Mapping[str, Any], *, reason: str = "", tier: str = "county"
    ) -> Record:
        """The next version of a registered record; it is reviewed again."""
        path = f"/v1/resources/{quote(identifier, safe='')}/versions"
        return Record.model_validate(
            self.call(tier, "POST", path, body={"document": dict(document), "reason": reason}, signed=True)
        )

    def search(
        self,
        text: str,
        *,
        tier: str,
        offset: int = 0,
        limit: int = 20,
        filters: Mapping[str, Sequence[str]] = {},
    ) -> SearchResult:
        """Published records of one tier that have all words of `text`; `filters` are facet name → codes."""
        params = {
            "q": text,
            "offset": offset,
            "limit": limit,
            **{name: list(codes) for name, codes in filters.items()},
        }
        return SearchResult.model_validate(
            self.call(tier, "GET", "/v1/search", params=params, signed_if_known=True)
        )

    def facets(self, text: str, *, tier: str, filters: Mapping[str, Sequence[str]] = {}) -> Facets:
        """Counts of what `text` finds."""
        params = {"q": text, **{name: list(codes) for name, codes in filters.items()}}
        return Facets.model_validate(
            self.call(tier, "GET", "/v1/facets", params=params, signed_if_known=True)
        )

    def record(self, identifier: str, *, tier: str) -> Record:
        """One record with its history."""
        answer = self.call(tier, "GET", f"/v1/resources/{quote(identifier, safe='')}", signed_if_known=True)
        return Record.model_validate(answer)

    def elements(self, tier: str = "county") -> list[dict[str, Any]]:
        """Elements and entities of the metadata set in force, each with its eight attributes (4.6)."""
        answer = self.call(tier, "GET", "/v1/metadata-sets/current")
        found: list[dict[str, Any]] = answer["elements"]
        return found

    def classification(self, tier: str = "county") -> dict[str, list[dict[str, str]]]:
        """Categories, subjects and details, each with code and names (4.9.2)."""
        answer = self.call(tier, "GET", "/v1/classification")
        return {level: answer[level] for level in ("categories", "subjects", "details")}

    def review(self, identifier: str, decision: str, comment: str = "", *, tier: str = "county") -> Record:
        """Approve or return a registered record."""
        body = {"decision": decision, "comment": comment}
        return self._step(identifier, "review", body, tier)

    def publish(self, identifier: str, comment: str = "", *, tier: str = "county") -> Record:
        """Publish a reviewed record."""
        return self._step(identifier, "publish", {"comment": comment}, tier)

    def withdraw(self, identifier: str, comment: str, *, tier: str = "county") -> Record:
        """Take a record back."""
        return self._step(identifier, "withdraw", {"comment": comment}, tier)

    def close(self) -> None:
        """Close sessions where the nodes answer, and all connections."""
        for tier in list(self._sessions):
            try:
                self.close_session(tier)
            except DirectoryError:
                continue  # the node forgets it when it expires
        for transport in self._transports.values():
            transport.close()

    def __enter__(self) -> DirectoryClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def call(
        self,
        tier: str,
        method: str,
        path: str,
        *,
        body: Any = None,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        signed: bool = False,
        signed_if_known: bool = False,
    ) -> Any:
        """One request; a session that the node no longer knows is opened again once."""
        transport = self._transport(tier)
        wants_session = signed or (signed_if_known and self._account is not None and tier in self._known_at)
        token = self.open_session(tier).token if wants_session else ""
        try:
            return transport.request(method, path, body=body, params=params, token=token, headers=headers)
        except DirectoryError as error:
            if (
                error.code != "session-unknown"
                or not token
                or "/v1/sessions/" in path
                or "/v1/result-sets/" in path
            ):
                raise
        with self._lock:
            kept = self._sessions.get(tier)
            if kept is not None and kept.token == token:
                del self._sessions[tier]
        return transport.request(
            method, path, body=body, params=params, token=self.open_session(tier).token, headers=headers
        )

    def _step(self, identifier: str, step: str, body: Mapping[str, str], tier: str) -> Record:
        path = f"/v1/resources/{quote(identifier, safe='')}/{step}"
        return Record.model_validate(self.call(tier, "POST", path, body=dict(body), signed=True))

    def _initialise(self, tier: str) -> Session:
        transport = self._transport(tier)
        if self._account is None or tier not in self._known_at:
            return Session.model_validate(transport.request("POST", "/v1/sessions", body={}))
        until, refusal = self._refused.get(tier, (0.0, None))
        if refusal is not None and time.monotonic() < until:
            raise refusal
        login, password = self._account
        try:
            return Session.model_validate(
                transport.request("POST", "/v1/sessions", body={"login": login, "password": password})
            )
        except DirectoryError as error:
            if error.code == "login-refused":
                self._refused[tier] = (time.monotonic() + REFUSED_PAUSE_S, error)
            raise

    def _node_or_error(self, tier: str) -> Capabilities | DirectoryError:
        try:
            return self.node(tier)
        except DirectoryError as error:
            return error

    def _transport(self, tier: str) -> Transport:
        found = self._transports.get(tier)
        if found is None:
            raise DirectoryError(
                "tier-unknown",
                f"本站没有设置“{tier}”级目录的地址。",
                f"This station has no address for the {tier} directory.",
                retryable=False,
            )
        return found
