from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.storage.database import Database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "database" / "yingshu.sqlite3", busy_timeout_s=0.5)
    yield opened
    opened.close()
