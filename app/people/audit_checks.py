"""What features vouch for beside the rows that the audit record names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from app.audit import AuditProblem
from app.storage.database import Transaction

#: what a feature finds wrong with the rows that it vouches for
AuditCheck = Callable[[Transaction], Iterable[AuditProblem]]


class AuditChecks:
    """What features look at beside the rows that the audit record names."""

    def __init__(self) -> None:
        self._checks: list[AuditCheck] = []

    def add(self, check: AuditCheck) -> None:
        """A feature's own."""
        self._checks.append(check)

    def __iter__(self) -> Iterator[AuditCheck]:
        return iter(self._checks)
