"""The directory service behind the station's `Directory` port: wire types in, the station's words out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from app.errors import NotFound, Refused, Unavailable, UserError
from app.i18n import language, tr
from app.ports import DirectoryRecord, NodeInfo, RecordHit, SearchAnswer
from app.settings import DirectorySettings, SettingsStore
from catalog_client.client import DirectoryClient
from catalog_client.schema.problem import DirectoryError
from catalog_client.schema.wire import Capabilities, Hit, SearchResult

T = TypeVar("T")


class DirectoryPort:
    """Implements `app.ports.Directory`.  The client is made anew when the settings change."""

    def __init__(self, settings: SettingsStore) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._client: DirectoryClient | None = None
        self._made_for: DirectorySettings | None = None

    def nodes(self) -> Sequence[NodeInfo]:
        """County, city and province as they answer now; one that does not is told as offline."""
        return [_node(tier, url, answer) for tier, url, answer in self._use(lambda client: client.nodes())]

    def register(self, document: Mapping[str, Any], *, idempotency_key: str) -> DirectoryRecord:
        """Register at the county."""
        record = self._use(lambda client: client.register(document, idempotency_key=idempotency_key))
        return DirectoryRecord(record.oid, str(record.state), str(record.tier), record.model_dump(mode="json"))

    def search(self, text: str, *, tier: str, offset: int = 0, limit: int = 20, filters: Mapping[str, Sequence[str]] = {}) -> SearchAnswer:
        """Search one tier."""
        started = time.perf_counter()
        found = self._use(lambda client: client.search(text, tier=tier, offset=offset, limit=limit, filters=filters))
        return SearchAnswer(
            tier, found.total, found.exact, tuple(_hit(h) for h in found.hits), time.perf_counter() - started, _notes(found)
        )

    def facets(self, text: str, *, tier: str) -> Mapping[str, Sequence[tuple[str, str, int]]]:
        """Counts by facet."""
        found = self._use(lambda client: client.facets(text, tier=tier))
        zh = language() == "zh"
        return {name: [(v.code, v.name_zh if zh else v.name_en, v.count) for v in values] for name, values in found.facets.items()}

    def record(self, identifier: str, *, tier: str) -> DirectoryRecord:
        """One record."""
        record = self._use(lambda client: client.record(identifier, tier=tier))
        return DirectoryRecord(record.oid, str(record.state), str(record.tier), record.model_dump(mode="json"))

    def elements(self) -> Sequence[Mapping[str, Any]]:
        """The metadata set in force at the county."""
        return self._use(lambda client: client.elements())

    def close(self) -> None:
        """Close connections."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _use(self, act: Callable[[DirectoryClient], T]) -> T:
        with _told():
            return act(self._current())

    def _current(self) -> DirectoryClient:
        wanted = self._settings.get(DirectorySettings)
        urls = {"county": wanted.county_url, "city": wanted.city_url, "province": wanted.province_url}
        urls = {tier: url for tier, url in urls.items() if url}
        if not urls:
            raise Unavailable("No directory address is set.", hint="Enter the county's address in the settings.")
        with self._lock:
            if self._client is None or wanted != self._made_for:
                if self._client is not None:
                    self._client.close()
                account = (wanted.account, wanted.password) if wanted.account else None
                self._client = DirectoryClient(urls, account, wanted.timeout_s)
                self._made_for = wanted
            return self._client


@contextmanager
def _told() -> Iterator[None]:
    """A node's refusal in the station's kinds of error; its words come in both languages already."""
    try:
        yield
    except DirectoryError as error:
        words = error.message_zh if language() == "zh" else error.message_en
        details = [v.message_zh if language() == "zh" else v.message_en for v in error.violations]
        kind: type[UserError] = Refused
        if error.retryable or error.code in ("unreachable", "timeout", "bad-answer", "bad-address", "tier-unknown"):
            kind = Unavailable
        elif error.code == "not-found":
            kind = NotFound
        raise kind("The directory: {words}", words=" ".join([words, *details])) from error


def _node(tier: str, url: str, answer: Capabilities | DirectoryError) -> NodeInfo:
    if isinstance(answer, DirectoryError):
        return NodeInfo(tier, "", "", url, online=False)
    return NodeInfo(tier, answer.area_code, answer.area_name, url, True, answer.records, answer.demo)


def _hit(hit: Hit) -> RecordHit:
    security = hit.security_name_zh if language() == "zh" else hit.security_name_en
    return RecordHit(
        hit.oid, hit.title, str(hit.tier), hit.area_name, hit.category_name, hit.data_format, security, hit.updated_at, str(hit.state)
    )  # fmt: skip


def _notes(found: SearchResult) -> tuple[str, ...]:
    silent = [copy for copy in found.copies if not copy.ok]
    return tuple(tr("{area} did not answer; its copy of {at} is shown.", area=c.area_name or c.source, at=c.checked_at) for c in silent)
