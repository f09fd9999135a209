"""What a node below answers: fetched from an address that was judged first, bounded in time and size."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import httpx

from catalog_server.addresses import numbers_of

TIMEOUT_S = 10.0
#: an answer that trickles in must not keep the other children waiting
ANSWER_LIMIT_S = 120.0
#: a page has at most 1,000 documents; what is larger than this is no page
MAX_ANSWER_BYTES = 64 * 1024 * 1024


class BadFeed(Exception):
    """What a child sent is no page of a change feed; nothing of it was taken."""


class Fetcher:
    """Kept connections to the nodes below.  `given` are addresses of the operator, wherever they lead."""

    def __init__(self, given: Sequence[str]) -> None:
        self._given = given
        self._client = httpx.Client(timeout=httpx.Timeout(TIMEOUT_S, connect=3.0), trust_env=False)

    def close(self) -> None:
        """Close kept connections."""
        self._client.close()

    def fetch(self, url: str, params: Mapping[str, str | int]) -> tuple[int, bytes]:
        """Status and content; redirections are not followed, and an answer has a largest size.

        Raises
        ------
        AddressNotAdmitted
            The address leads where nobody admitted it; nothing was sent.
        BadFeed
            The answer is too long, or takes too long.
        httpx.HTTPError, httpx.InvalidURL
            The node does not answer, or its address is none.
        """
        asked = httpx.URL(url, params=dict(params))
        numbers = self._numbers(asked)
        for number in numbers[:-1]:
            try:
                return self._fetch_from(asked, number)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return self._fetch_from(asked, numbers[-1])

    def _numbers(self, asked: httpx.URL) -> list[str]:
        given = (httpx.URL(each) for each in self._given)
        anywhere = any((each.host, each.port) == (asked.host, asked.port) for each in given)
        try:
            return numbers_of(asked.raw_host.decode("ascii"), anywhere=anywhere)
        except OSError as error:
            raise httpx.ConnectError(f"its name is not known ({error.strerror})") from error

    def _fetch_from(self, asked: httpx.URL, number: str) -> tuple[int, bytes]:
        """As `fetch`, at a number that was judged; the name goes along for the node and its certificate."""
        end = time.monotonic() + ANSWER_LIMIT_S
        with self._client.stream(
            "GET",
            asked.copy_with(host=number),
            headers={"host": asked.netloc.decode("ascii")},
            extensions={"sni_hostname": asked.host},
        ) as answer:
            content = bytearray()
            for piece in answer.iter_bytes():
                content += piece
                if time.monotonic() > end:
                    raise BadFeed(f"an answer takes longer than {ANSWER_LIMIT_S:g} s")
                if len(content) > MAX_ANSWER_BYTES:
                    raise BadFeed(f"an answer of over {MAX_ANSWER_BYTES} bytes")
            return answer.status_code, bytes(content)
