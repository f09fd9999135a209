"""Text for people.  The source language is English; each text is the key of its translation.

The Chinese catalogue is `resources/translations/zh_CN/*.json`, one file for each package, each a flat map
from the English text to the Chinese one. `tests/test_translations.py` finds a text without its translation.
"""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from typing import Any, Literal

from app.paths import resource_path

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")

_current: Language = "zh"


def set_language(language: Language) -> None:
    """Choose the language of all texts made from now on."""
    global _current
    if language not in LANGUAGES:
        raise ValueError(f"language must be one of {LANGUAGES}, found {language!r}")
    _current = language


def language() -> Language:
    """The language in use."""
    return _current


@cache
def catalogue() -> dict[str, str]:
    """English text → Chinese text, of all packages."""
    merged: dict[str, str] = {}
    for file in sorted(resource_path("translations", "zh_CN").glob("*.json")):
        merged.update(json.loads(file.read_text(encoding="utf-8")))
    return merged


def tr(text: str, /, **params: Any) -> str:
    """`text` in the language in use, its ``{fields}`` filled from `params`."""
    found = catalogue().get(text, text) if _current == "zh" else text
    return found.format(**params) if params else found


def local_moment(at: str) -> str:
    """A moment of a node as the clock here shows it; "" for none."""
    try:
        return (
            f"{datetime.fromisoformat(at.replace('Z', '+00:00')).astimezone():%Y-%m-%d %H:%M}" if at else ""
        )
    except ValueError:
        return at
