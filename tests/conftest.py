"""What every test has."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.i18n import set_language


@pytest.fixture(autouse=True)
def _chinese() -> Iterator[None]:
    """Each test starts in Chinese, as the product does."""
    set_language("zh")
    yield
    set_language("zh")
