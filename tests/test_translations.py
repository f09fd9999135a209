"""Both languages are complete: every text for people has its Chinese."""

from __future__ import annotations

import ast
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.i18n import catalogue, set_language, tr
from app.paths import resource_path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("app", "widgets", "viewers", "inference", "catalog_client")
ERRORS = {"UserError", "BadInput", "LimitExceeded", "NotFound", "Refused", "NotAllowed", "Unavailable"}
#: constructors whose positional argument of this index is a text for people
OTHERS = {"Command": 1, "Reason": 0, "Change": 0, "PanelSpec": 1, "ToolSpec": 1, "CommandMenu": 1, "Right": 1}
OTHERS |= {"ScoreField": 1, "ScoreOption": 1, "ScoreText": 0, "no_row": 0}
#: words of constructors that are texts for people
KEYWORDS = {"hint", "template", "expected"}
OTHER_KEYWORDS = {
    "Command": {"also"},
    "Toolbar": {"text"},
    "WorkspaceSpec": {"title", "tip", "go"},
    "WindowSpec": {"title"},
}


def _texts() -> Iterator[tuple[str, str]]:
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            tree = ast.parse(file.read_text(encoding="utf-8"))
            for node in ast.walk(tree):
                if isinstance(node, ast.Call):
                    for text in _of_call(node):
                        yield text, f"{file.relative_to(ROOT)}:{node.lineno}"


def _of_call(node: ast.Call) -> Iterator[str]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    for keyword in node.keywords:
        if keyword.arg in OTHER_KEYWORDS.get(name, ()) and isinstance(keyword.value, ast.Constant):
            yield str(keyword.value.value)
    position = 0 if name == "tr" or name in ERRORS else OTHERS.get(name)
    if position is None:
        return
    if (
        len(node.args) > position
        and isinstance(found := node.args[position], ast.Constant)
        and isinstance(found.value, str)
    ):
        yield found.value
    for keyword in node.keywords:
        if keyword.arg in KEYWORDS and isinstance(keyword.value, ast.Constant) and keyword.value.value:
            yield str(keyword.value.value)


def test_every_text_has_its_chinese() -> None:
    """Chinese is the first language of the users: nothing stays English (ui.md, Words)."""
    known = catalogue()
    missing = sorted({f"{where}: {text!r}" for text, where in _texts() if text and text not in known})
    assert not missing, f"{len(missing)} texts without Chinese:\n" + "\n".join(missing)


def test_every_text_has_one_chinese() -> None:
    """Two files that said a text differently would let the order of their names decide."""
    said = Counter(
        text
        for file in resource_path("translations", "zh_CN").glob("*.json")
        for text, _ in json.loads(file.read_text(encoding="utf-8"), object_pairs_hook=list)
    )
    assert [text for text, times in said.items() if times > 1] == []


def test_no_chinese_is_left_of_a_text_that_has_gone() -> None:
    """Every key of the catalogue is said somewhere: in the code as a whole text, or in data that is shown
    (presets of windows, layouts).
    """
    said = {
        node.value
        for package in PACKAGES
        for file in (ROOT / package).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    shown = [
        file.read_text(encoding="utf-8")
        for file in (ROOT / "resources").rglob("*.json")
        if "translations" not in file.parts
    ]
    left = [text for text in catalogue() if text not in said and not any(text in data for data in shown)]
    assert not left, "\n".join(left)


def test_fields_of_a_translation_are_those_of_its_text() -> None:
    """A translation that names a field the text does not have would fail when it is shown."""
    import string

    def fields(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}

    wrong = [text for text, zh in catalogue().items() if not fields(zh) <= fields(text)]
    assert not wrong


def test_language_is_chosen() -> None:
    """The same text in both languages."""
    set_language("en")
    assert tr("Log in") == "Log in"
    set_language("zh")
    assert tr("Log in") == "登录"


def test_an_unknown_language_is_refused() -> None:
    """Only the languages that are complete may be chosen."""
    with pytest.raises(ValueError, match="must be one of"):
        set_language("de")  # type: ignore[arg-type]
