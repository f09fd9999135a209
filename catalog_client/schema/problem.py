"""Refusals: problem details (RFC 9457) with a code and words in Chinese and English."""

from __future__ import annotations

from pydantic import BaseModel, Field

MEDIA_TYPE = "application/problem+json"


class Violation(BaseModel):
    """One broken rule of a document: which element, which rule, what was found."""

    element: str
    rule: str
    found: str = ""
    message_zh: str
    message_en: str


class Problem(BaseModel):
    """The body of a refusal."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    message_zh: str
    message_en: str
    violations: list[Violation] = Field(default_factory=list)
    epoch: str = ""


class DirectoryError(Exception):
    """A node refused, or did not answer.

    Parameters
    ----------
    code : str
        What went wrong, e.g. ``document-refused``, ``unreachable``, ``not-found``, ``not-allowed``.
    retryable : bool
        Whether the same request may succeed later unchanged.
    violations
        Broken rules, where a document was refused.
    """

    def __init__(
        self,
        code: str,
        message_zh: str,
        message_en: str,
        *,
        retryable: bool,
        violations: tuple[Violation, ...] = (),
        status: int = 0,
    ) -> None:
        super().__init__(message_en)
        self.code = code
        self.message_zh = message_zh
        self.message_en = message_en
        self.retryable = retryable
        self.violations = violations
        self.status = status
