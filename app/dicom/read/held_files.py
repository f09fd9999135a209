"""Files of objects, held while something reads them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from app.errors import UserError
from app.ports import Objects


class HeldFiles:
    """Local files by the SHA-256 of their objects, and why those are missing that are not there."""

    def __init__(self, paths: dict[str, Path], reasons: dict[str, UserError]) -> None:
        self._paths = paths
        self._reasons = reasons

    def __contains__(self, sha256: str) -> bool:
        return sha256 in self._paths

    def locate(self, sha256: str) -> Path:
        """The file of an object; raises why it is not there."""
        if (reason := self._reasons.get(sha256)) is not None:
            raise reason
        return self._paths[sha256]

    @property
    def failure(self) -> UserError | None:
        """Why the first of the missing ones is missing."""
        return next(iter(self._reasons.values()), None)


@contextmanager
def held_files(objects: Objects, addresses: Iterable[str]) -> Iterator[HeldFiles]:
    """Hold the files of objects by their SHA-256; one that is missing costs itself."""
    paths: dict[str, Path] = {}
    reasons: dict[str, UserError] = {}
    with ExitStack() as leases:
        for sha256 in dict.fromkeys(addresses):
            try:
                paths[sha256] = leases.enter_context(objects.lease(sha256))
            except UserError as reason:
                reasons[sha256] = reason
        yield HeldFiles(paths, reasons)
