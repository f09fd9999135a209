"""HTTP to one node: timeouts, kept connections, refusals as `DirectoryError`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from catalog_client.schema.problem import DirectoryError, Problem

if TYPE_CHECKING:
    import httpx

#: an answer larger than this is no answer of a directory node
MAX_ANSWER_BYTES = 64 * 1024 * 1024
_RETRYABLE_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})


class Transport:
    """Connections to one node.  Thread-safe.  `timeout_s` bounds connecting and each wait for bytes."""

    def __init__(self, url: str, timeout_s: float = 10.0) -> None:
        import httpx  # takes long: not before there is a node to speak to

        if not url.startswith(("http://", "https://")):
            raise DirectoryError(
                "bad-address",
                f"目录地址须以 http:// 或 https:// 开头，实际为“{url}”。",
                f"A directory address begins with http:// or https://, found “{url}”.",
                retryable=False,
            )
        self.url = url.rstrip("/")
        # proxies of the environment are left aside: nodes live in the hospital's own network
        self._client = httpx.Client(
            base_url=self.url,
            timeout=httpx.Timeout(timeout_s, connect=min(timeout_s, 5.0)),
            trust_env=False,
            follow_redirects=False,
        )

    def request(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        params: Mapping[str, Any] | None = None,
        token: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """The JSON answer, or None where there is none.

        Raises
        ------
        DirectoryError
            ``unreachable`` and ``timeout`` when the node does not answer, ``bad-answer`` when what answers is
            no directory, else the node's own code and words.
        """
        import httpx

        sent = {"accept": "application/json", **(headers or {})}
        if token:
            sent["authorization"] = f"Bearer {token}"
        try:
            with self._client.stream(method, path, json=body, params=params, headers=sent) as answer:
                content = self._read(answer)
        except httpx.TimeoutException as error:
            raise self._silent("timeout", "在规定时间内没有应答", "did not answer in time") from error
        except httpx.HTTPError as error:
            raise self._silent("unreachable", "无法连接", "cannot be reached") from error
        if answer.is_error:
            raise self._refusal(answer.status_code, content)
        if not content:
            return None
        try:
            return json.loads(content)
        except (ValueError, RecursionError) as error:
            raise self._not_a_directory() from error

    def close(self) -> None:
        """Close kept connections."""
        self._client.close()

    def _read(self, answer: httpx.Response) -> bytes:
        chunks: list[bytes] = []
        size = 0
        for chunk in answer.iter_bytes():
            size += len(chunk)
            if size > MAX_ANSWER_BYTES:
                raise DirectoryError(
                    "too-large",
                    f"目录节点 {self.url} 的应答超过 {MAX_ANSWER_BYTES} 字节。",
                    f"The answer of the directory node {self.url} is over {MAX_ANSWER_BYTES} bytes.",
                    retryable=False,
                )
            chunks.append(chunk)
        return b"".join(chunks)

    def _silent(self, code: str, zh: str, en: str) -> DirectoryError:
        return DirectoryError(
            code, f"目录节点 {self.url} {zh}。", f"The directory node {self.url} {en}.", retryable=True
        )

    def _not_a_directory(self) -> DirectoryError:
        return DirectoryError(
            "bad-answer",
            f"{self.url} 的应答不是目录服务的应答。",
            f"What answers at {self.url} is not a directory service.",
            retryable=False,
        )

    def _refusal(self, status: int, content: bytes) -> DirectoryError:
        try:
            problem = Problem.model_validate_json(content)
        except ValidationError:
            retryable = status in _RETRYABLE_STATUS
            en = f"The directory node {self.url} answered with error {status}."
            return DirectoryError(
                f"http-{status}",
                f"目录节点 {self.url} 返回错误 {status}。",
                en,
                retryable=retryable,
                status=status,
            )
        return DirectoryError(
            problem.code,
            problem.message_zh,
            problem.message_en,
            retryable=status in _RETRYABLE_STATUS,
            violations=tuple(problem.violations),
            status=status,
        )
