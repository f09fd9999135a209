"""What a node says no with: a code, both languages, the HTTP status."""

from __future__ import annotations

from collections.abc import Sequence

from catalog_client.schema.problem import Problem, Violation


class Refusal(Exception):
    """A request that is refused; becomes a problem document or a portal page."""

    def __init__(
        self,
        status: int,
        code: str,
        message_zh: str,
        message_en: str,
        *,
        violations: Sequence[Violation] = (),
        epoch: str = "",
    ) -> None:
        super().__init__(message_en)
        self.status = status
        self.code = code
        self.message_zh = message_zh
        self.message_en = message_en
        self.violations = tuple(violations)
        self.epoch = epoch

    def problem(self) -> Problem:
        """As it goes over the wire."""
        return Problem(
            title=self.code.replace("-", " "),
            status=self.status,
            code=self.code,
            message_zh=self.message_zh,
            message_en=self.message_en,
            violations=list(self.violations),
            epoch=self.epoch,
        )


def not_found(oid: str) -> Refusal:
    """No such record here, or none that the asker may see: the same answer for both."""
    return Refusal(
        404,
        "not-found",
        f"本节点没有标识符为“{oid[:64]}”的目录内容。",
        f"This node has no record “{oid[:64]}”.",
    )


def not_allowed(zh: str, en: str) -> Refusal:
    """The person lacks the right."""
    return Refusal(403, "not-allowed", zh, en)
