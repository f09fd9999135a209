"""The directory service behind the station's `Directory` port: wire types in, the station's words out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import product
from typing import Any, TypeVar

from app.directory.settings import DirectorySettings
from app.errors import NotConfigured, NotFound, NotYet, Refused, Unavailable, UserError
from app.i18n import language, local_moment, tr
from app.ports import DirectoryRecord, NodeInfo, RecordHit, SearchAnswer
from app.settings import SettingsStore
from catalog_client.client import DirectoryClient
from catalog_client.schema.problem import DirectoryError
from catalog_client.schema.wire import Capabilities, Hit, Record, SearchResult

T = TypeVar("T")

#: what is wrong lies with the connection or with the station's account
_NOT_THE_RECORD = frozenset(
    {
        "unreachable",
        "timeout",
        "bad-answer",
        "bad-address",
        "tier-unknown",
        "login-refused",
        "session-unknown",
        "session-needed",
    }
)

#: this record cannot be taken now (it waits for its review, or is another area's than the account's); others
#: may be
_NOT_YET = frozenset({"state-refused", "not-allowed"})


class DirectoryPort:
    """Implements `app.ports.Directory`.  The client is made anew when the settings change."""

    def __init__(self, settings: SettingsStore) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._client: DirectoryClient | None = None
        self._made_for: DirectorySettings | None = None
        self._users: dict[DirectoryClient, int] = {}

    def nodes(self) -> Sequence[NodeInfo]:
        """County, city and province as they answer now; one that does not is told as offline."""
        return [_node(tier, url, answer) for tier, url, answer in self._use(lambda client: client.nodes())]

    def register(self, document: Mapping[str, Any], *, idempotency_key: str) -> DirectoryRecord:
        """Register at the county."""

        def act(client: DirectoryClient) -> Record:
            try:
                return client.register(document, idempotency_key=idempotency_key)
            except DirectoryError as error:
                earlier = next(
                    (v.found for v in error.violations if error.code == "idempotency-key-reused"), ""
                )
                if not earlier:
                    raise
            # what was sent before under this key had arrived, its answer had not: this is its next version
            return _revise(client, earlier, document)

        return _record(self._use(act))

    def revise(self, identifier: str, document: Mapping[str, Any]) -> DirectoryRecord:
        """The next version of a record."""
        return _record(self._use(lambda client: _revise(client, identifier, document)))

    def search(
        self,
        text: str,
        *,
        tier: str,
        offset: int = 0,
        limit: int = 20,
        filters: Mapping[str, Sequence[str]] = {},
    ) -> SearchAnswer:
        """Search one tier."""
        started = time.perf_counter()
        found = self._use(
            lambda client: client.search(text, tier=tier, offset=offset, limit=limit, filters=filters)
        )
        return SearchAnswer(
            tier,
            found.total,
            found.exact,
            tuple(_hit(h) for h in found.hits),
            time.perf_counter() - started,
            _notes(found),
        )

    def facets(
        self, text: str, *, tier: str, filters: Mapping[str, Sequence[str]] = {}
    ) -> Mapping[str, Sequence[tuple[str, str, int]]]:
        """Counts by facet."""
        found = self._use(lambda client: client.facets(text, tier=tier, filters=filters))
        zh = language() == "zh"
        return {
            name: [(v.code, v.name_zh if zh else v.name_en, v.count) for v in values]
            for name, values in found.facets.items()
        }

    def record(self, identifier: str, *, tier: str) -> DirectoryRecord:
        """One record."""
        return _record(self._use(lambda client: client.record(identifier, tier=tier)))

    def elements(self) -> Sequence[Mapping[str, Any]]:
        """The metadata set in force at the county; the codes of the classification stand with their
        element.
        """
        rows, tree = self._use(lambda client: (client.elements(), client.classification()))
        codes = [
            _joined(each)
            for each in product(*(tree[level] for level in ("categories", "subjects", "details")))
        ]
        return [{**row, "codes": codes} if row.get("data_type") == "category" else row for row in rows]

    def close(self) -> None:
        """Close connections; those in use when their last user is done."""
        self._over(self._replace(None))

    def _use(self, act: Callable[[DirectoryClient], T]) -> T:
        with _translated_errors(), self._held() as client:
            return act(client)

    @contextmanager
    def _held(self) -> Iterator[DirectoryClient]:
        """The client for the settings in force; it stays open as long as somebody uses it, whatever becomes
        of the settings.
        """
        wanted = self._settings.get(DirectorySettings)
        urls = {"county": wanted.county_url, "city": wanted.city_url, "province": wanted.province_url}
        urls = {tier: url for tier, url in urls.items() if url}
        if not urls:
            raise NotConfigured(
                "No directory address is set.", hint="Enter the county's address in the settings."
            )
        old = None
        with self._lock:
            if self._client is None or wanted != self._made_for:
                account = (wanted.account, wanted.password) if wanted.account else None
                made = DirectoryClient(urls, account, wanted.timeout_s)
                old, self._client, self._made_for = self._client, made, wanted
            client = self._client
            self._users[client] = self._users.get(client, 0) + 1
        self._over(old)
        try:
            yield client
        finally:
            with self._lock:
                self._users[client] -= 1
                left = None if client is self._client else client
            self._over(left)

    def _replace(self, client: DirectoryClient | None) -> DirectoryClient | None:
        with self._lock:
            before, self._client = self._client, client
        return before

    def _over(self, client: DirectoryClient | None) -> None:
        """Close a client that is not in force any more, unless somebody still uses it."""
        with self._lock:
            idle = client is not None and not self._users.get(client)
            if client is not None and idle:
                self._users.pop(client, None)
        if client is not None and idle:
            client.close()


@contextmanager
def _translated_errors() -> Iterator[None]:
    """A node's refusal in the station's kinds of error; its words come in both languages already."""
    try:
        yield
    except DirectoryError as error:
        words = error.message_zh if language() == "zh" else error.message_en
        details = [v.message_zh if language() == "zh" else v.message_en for v in error.violations]
        kind: type[UserError] = Refused
        if error.code in _NOT_YET:
            kind = NotYet
        elif error.retryable or error.status >= 500 or error.code in _NOT_THE_RECORD:
            kind = Unavailable  # nothing is wrong with what was sent: it is kept and sent again
        elif error.code == "not-found":
            kind = NotFound
        raise kind("The directory: {words}", words=" ".join([words, *details])) from error


def _revise(client: DirectoryClient, identifier: str, document: Mapping[str, Any]) -> Record:
    try:
        return client.revise(identifier, document)
    except DirectoryError as error:
        if error.code != "state-refused":
            raise
        found = client.record(identifier, tier="county")
        if found.document.get("elements") != document.get("elements"):
            raise
        return found  # an earlier sending had arrived, its answer had not


def _record(record: Record) -> DirectoryRecord:
    return DirectoryRecord(record.oid, str(record.state), str(record.tier), record.model_dump(mode="json"))


def _joined(levels: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """“2.2.2”: “CT unit group / Chest / Images and report”."""
    code = ".".join(each["code"] for each in levels)
    return {
        "code": code,
        **{name: " / ".join(each[name] for each in levels) for name in ("name_zh", "name_en")},
    }


def _named(zh: str, en: str) -> str:
    """A name in the window's language; an older node knows the Chinese one only."""
    return zh if language() == "zh" else en or zh


def _node(tier: str, url: str, answer: Capabilities | DirectoryError) -> NodeInfo:
    if isinstance(answer, DirectoryError):
        return NodeInfo(tier, "", "", url, online=False)
    return NodeInfo(
        tier,
        answer.area_code,
        _named(answer.area_name, answer.area_name_en),
        url,
        True,
        answer.records,
        answer.demo,
    )


def _hit(hit: Hit) -> RecordHit:
    return RecordHit(
        hit.oid,
        hit.title,
        str(hit.tier),
        _named(hit.area_name, hit.area_name_en),
        _named(hit.category_name, hit.category_name_en),
        hit.data_format,
        _named(hit.security_name_zh, hit.security_name_en),
        hit.updated_at,
        str(hit.state),
        hit.security_level,
    )


def _notes(found: SearchResult) -> tuple[str, ...]:
    silent = [copy for copy in found.copies if not copy.ok]
    return tuple(
        tr(
            "{area} did not answer; its copy of {at} is shown.",
            area=_named(c.area_name, c.area_name_en) or c.url,
            at=local_moment(c.checked_at),
        )
        if c.checked_at
        else tr("{area} has not answered yet.", area=_named(c.area_name, c.area_name_en) or c.url)
        for c in silent
    )
