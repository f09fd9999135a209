"""A county, a city and a province that run as long as the tests of a module."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from catalog_client.client import DirectoryClient
from tests.catalog.nodes import start, stop


@dataclass(frozen=True)
class Demo:
    """The demonstration: addresses, accounts, home."""

    urls: dict[str, str]
    accounts: dict[str, tuple[str, str]]
    home: Path

    def client(self, role: str | None) -> DirectoryClient:
        """A client signed in as a role, or the public's."""
        return DirectoryClient(
            self.urls, self.accounts[role] if role else None, timeout_s=20.0, known_at=tuple(self.urls)
        )


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """`python -m catalog_server demo`, without made-up records."""
    home = tmp_path_factory.mktemp("directory")
    process, told = start(["demo", "--home", str(home), "--empty"], home / "demo.log")
    yield Demo(told["urls"], {role: (pair[0], pair[1]) for role, pair in told["accounts"].items()}, home)
    assert stop(process) == 0
