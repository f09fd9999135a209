"""Every text that this part shows has its Chinese, with the same fields."""

from __future__ import annotations

import ast
import string
from pathlib import Path

import app.reporting
import app.terminology
from app.i18n import catalogue
from app.reporting.headings import HEADINGS, KEY_IMAGES
from app.storage.repositories.reports import STATE_TITLES
from app.terminology.categories import CATEGORIES

_SHOWN = {"BadInput": 0, "NotFound": 0, "LimitExceeded": 0, "Refused": 0, "tr": 0, "Check": 2}


def _texts() -> set[str]:
    found: set[str] = set()
    for package in (app.reporting, app.terminology):
        for file in Path(package.__path__[0]).glob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call) or getattr(node.func, "id", "") not in _SHOWN:
                    continue
                given = [
                    *node.args[_SHOWN[node.func.id] :][:1],
                    *(k.value for k in node.keywords if k.arg == "hint"),
                ]  # type: ignore[attr-defined]
                for argument in given:
                    if ast.unparse(argument).startswith("STATE_TITLES["):
                        found |= set(STATE_TITLES.values())
                        continue
                    if isinstance(argument, ast.Attribute) and argument.attr in (
                        "template",
                        "title",
                        "explanation",
                    ):
                        continue  # of a check or a template: looked at where it is written
                    assert isinstance(argument, ast.Constant), (
                        f"{file.name}:{node.lineno} shows a text that is no literal"
                    )
                    found.add(str(argument.value))
    return found


def test_every_text_is_translated_with_the_same_fields() -> None:
    """Both languages whole (`tr`, errors, checks)."""
    texts = _texts()
    assert len(texts) >= 35
    for text in texts:
        chinese = catalogue().get(text)
        assert chinese, text
        fields = [
            {name for _, name, _, _ in string.Formatter().parse(words) if name} for words in (text, chinese)
        ]
        assert fields[0] == fields[1], text


def test_headings_and_categories_are_bilingual() -> None:
    for heading in (*HEADINGS.values(), KEY_IMAGES):
        assert heading.words("zh") != heading.words("en")
        assert heading.code.scheme == "LN"
    assert all(zh != en for en, zh in CATEGORIES.values())
