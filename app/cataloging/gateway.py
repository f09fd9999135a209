"""The directory port over a client of the nodes: their refusals become this station's errors, in both languages."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from app.errors import NotAllowed, NotFound, Refused, Unavailable, UserError
from app.i18n import language, tr
from app.ports import DirectoryRecord, NodeInfo, RecordHit, SearchAnswer
from catalog_client.schema.problem import DirectoryError
from catalog_client.schema.wire import Capabilities, Facets, Hit, Record, SearchResult


class Client(Protocol):
    """What is needed of `catalog_client.client.DirectoryClient`, which only the composition root may name."""

    def nodes(self) -> list[tuple[str, str, Capabilities | DirectoryError]]: ...
    def register(self, document: Mapping[str, Any], *, idempotency_key: str) -> Record: ...
    def search(self, text: str, *, tier: str, offset: int, limit: int, filters: Mapping[str, Sequence[str]]) -> SearchResult: ...
    def facets(self, text: str, *, tier: str) -> Facets: ...
    def record(self, identifier: str, *, tier: str) -> Record: ...
    def elements(self) -> list[dict[str, Any]]: ...
    def close(self) -> None: ...


class DirectoryGateway:
    """`app.ports.Directory` for a client."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def nodes(self) -> Sequence[NodeInfo]:
        """County, city and province as they answer now; a silent one is there with ``online`` false."""
        return [_node(tier, url, answer) for tier, url, answer in self._client.nodes()]

    def register(self, document: Mapping[str, Any], *, idempotency_key: str) -> DirectoryRecord:
        """Register at the county."""
        try:
            return _record(self._client.register(document, idempotency_key=idempotency_key))
        except DirectoryError as error:
            raise station_error(error) from error

    def search(self, text: str, *, tier: str, offset: int = 0, limit: int = 20, filters: Mapping[str, Sequence[str]] = {}) -> SearchAnswer:
        """Search one tier; how long it took is measured here."""
        began = time.perf_counter()
        try:
            found = self._client.search(text, tier=tier, offset=offset, limit=limit, filters=filters)
        except DirectoryError as error:
            raise station_error(error) from error
        return SearchAnswer(
            tier, found.total, found.exact, tuple(_hit(hit) for hit in found.hits), time.perf_counter() - began, tuple(_notes(found))
        )

    def facets(self, text: str, *, tier: str) -> Mapping[str, Sequence[tuple[str, str, int]]]:
        """For each facet: (code, name in the language in use, count)."""
        try:
            found = self._client.facets(text, tier=tier)
        except DirectoryError as error:
            raise station_error(error) from error
        return {
            name: [(value.code, value.name_zh if language() == "zh" else value.name_en, value.count) for value in values]
            for name, values in found.facets.items()
        }

    def record(self, identifier: str, *, tier: str) -> DirectoryRecord:
        """One record."""
        try:
            return _record(self._client.record(identifier, tier=tier))
        except DirectoryError as error:
            raise station_error(error) from error

    def elements(self) -> Sequence[Mapping[str, Any]]:
        """The metadata set in force at the county."""
        try:
            return self._client.elements()
        except DirectoryError as error:
            raise station_error(error) from error

    def close(self) -> None:
        """Close sessions and connections."""
        self._client.close()


def station_error(error: DirectoryError) -> UserError:
    """The station's error for a node's; the node's words in the language in use stand in it."""
    message = error.message_zh if language() == "zh" else error.message_en
    if error.retryable:
        return Unavailable(
            "The directory does not answer: {message}", message=message,
            hint="What waits is sent when the node answers again. Check the network and the directory's address in the settings.",
        )  # fmt: skip
    if error.code in {"login-refused", "not-allowed", "session-needed", "session-unknown"}:
        return NotAllowed("The directory refused: {message}", message=message, hint="Check the directory account in the settings.")
    if error.code in {"not-found", "tier-unknown"}:
        return NotFound("Not found in the directory: {message}", message=message)
    return Refused("The directory refused: {message}", message=_with_violations(message, error))


def _with_violations(message: str, error: DirectoryError) -> str:
    words = [v.message_zh if language() == "zh" else v.message_en for v in error.violations]
    return "\n".join([message, *words])


def _node(tier: str, url: str, answer: Capabilities | DirectoryError) -> NodeInfo:
    if isinstance(answer, DirectoryError):
        return NodeInfo(tier, "", "", url, online=False)
    return NodeInfo(tier, answer.area_code, answer.area_name, url, online=True, records=answer.records, demo=answer.demo)


def _record(found: Record) -> DirectoryRecord:
    return DirectoryRecord(found.oid, str(found.state), str(found.tier), found.model_dump(mode="json"))


def _hit(hit: Hit) -> RecordHit:
    security = hit.security_name_zh if language() == "zh" else hit.security_name_en
    return RecordHit(
        hit.oid, hit.title, str(hit.tier), hit.area_name, hit.category_name, hit.data_format, security, hit.updated_at, str(hit.state)
    )


def _notes(found: SearchResult) -> list[str]:
    return [
        tr("{area} did not answer; shown is its copy of {at}.", area=copy.area_name or copy.url, at=copy.checked_at or "–")
        for copy in found.copies
        if not copy.ok
    ]
