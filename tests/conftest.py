"""What every test has."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.bootstrap.qt_guard import keep_none_alive
from app.i18n import set_language

keep_none_alive()


@pytest.fixture(autouse=True)
def _chinese() -> Iterator[None]:
    """Each test starts in Chinese, as the product does."""
    set_language("zh")
    yield
    set_language("zh")
