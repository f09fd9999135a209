"""Stored objects that lie elsewhere than in the station's own store."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from app.errors import NotFound


class FilesByAddress:
    """Objects that are files at any place."""

    def __init__(self, paths: Mapping[str, Path]) -> None:
        self.paths = dict(paths)

    @contextmanager
    def lease(self, sha256: str) -> Iterator[Path]:
        if sha256 not in self.paths:
            raise NotFound("The object {sha256} is not here.", sha256=sha256[:12])
        yield self.paths[sha256]


class FetchedObjects(FilesByAddress):
    """Objects of another machine: fetched into `cache` when they are leased, and gone from there
    afterwards.
    """

    def __init__(self, paths: Mapping[str, Path], cache: Path) -> None:
        super().__init__(paths)
        self.cache = cache
        self.fetched: list[str] = []

    @contextmanager
    def lease(self, sha256: str) -> Iterator[Path]:
        with super().lease(sha256) as remote:
            self.cache.mkdir(exist_ok=True)
            local = Path(shutil.copyfile(remote, self.cache / f"{len(self.fetched)}"))
            self.fetched.append(sha256)
            try:
                yield local
            finally:
                local.unlink()
