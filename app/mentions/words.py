"""Everyday words beside the terminology: findings without a code, places, sides, looks."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from app.paths import resource_path


@cache
def words() -> dict[str, Any]:
    """The table of words: ``findings``, ``same_as``, ``places``, ``sides``, ``looks``, ``counts``."""
    loaded: dict[str, Any] = json.loads(
        (resource_path("mentions") / "words.json").read_text(encoding="utf-8")
    )
    return loaded


@cache
def endings(kind: str) -> tuple[str, ...]:
    """Endings of names of ``devices`` and ``operations``."""
    return tuple(words()["endings"][kind])
