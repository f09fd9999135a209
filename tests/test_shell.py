"""The shell is made from the lists of features and names none of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from app.bootstrap.features import FEATURES
from app.bootstrap.ui_features import UI_FEATURES
from app.features import Feature
from widgets.ui_feature import UiFeature

ROOT = Path(__file__).resolve().parents[1]
SHELL = (
    "app/cli/__init__.py",
    "app/cli/arguments.py",
    "app/command_line.py",
    "app/features.py",
    "app/session/commands.py",
    "app/session/session.py",
    "app/session/station.py",
    "app/session/window_places.py",
    "app/session/workspaces.py",
    "app/storage/database.py",
    "widgets/command_ui.py",
    *(str(file.relative_to(ROOT)) for file in sorted((ROOT / "widgets" / "shell").glob("*.py"))),
    "widgets/ui_feature.py",
    "widgets/workspace.py",
)


def names() -> set[str]:
    """What features, workspaces, tabs and status words are called."""
    named = {feature.name for feature in FEATURES}
    for feature in UI_FEATURES:
        named |= {feature.name, *(w.workspace_id for w in feature.workspaces)}
        named |= {*(p.panel_id for p in feature.panels), *(s.status_id for s in feature.status)}
    return named


def command_ids() -> set[str]:
    """Ids of the features' commands, as their modules write them."""
    found = set()
    for file in (ROOT / "app").glob("*/commands.py"):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            made = isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Command"
            if made and isinstance(first := call.args[0], ast.Constant):
                found.add(str(first.value))
    return found


def modules() -> set[str]:
    """Modules of features: their packages, and the widgets that their halves of the window are made of."""
    found = {f"app.{feature.name}" for feature in FEATURES} | {"widgets.panels"}
    for file in (ROOT / "widgets" / "panels").glob("*/ui.py"):
        found |= set(imported(file)) - {"widgets.ui_feature"}
    return {
        name
        for name in found
        if name.startswith(("app.", "widgets.")) and not name.startswith(("app.session", "app.viewing"))
    }


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def words(file: Path) -> Iterator[str]:
    """Constant strings of a module; f-strings by their parts."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@pytest.mark.parametrize("name", SHELL)
def test_the_shell_names_no_feature(name: str) -> None:
    """Neither by import nor by a name, an id of a workspace or tab, or the id of a command."""
    file, features = ROOT / name, modules()
    known = [m for m in imported(file) if any(m == f or m.startswith(f"{f}.") for f in features)]
    assert known == []
    assert sorted(set(words(file)) & (names() | command_ids())) == []


@pytest.mark.parametrize("kind", [Feature, UiFeature])
def test_every_slot_is_used_by_a_feature(kind: type[Any]) -> None:
    """What the house offers a capability, at least one has."""
    bare = kind("bare")
    features: tuple[Any, ...] = FEATURES if kind is Feature else UI_FEATURES
    for slot in fields(kind):
        assert any(getattr(one, slot.name) != getattr(bare, slot.name) for one in features), slot.name


def test_the_check_finds_what_it_looks_for() -> None:
    """What features call themselves is known, and their own modules would be found."""
    assert {"archive", "worklist", "report", "ai"} <= names()
    assert {"report.sign", "image.mark-key", "person.log-in"} <= command_ids()
    assert {"app.reporting", "widgets.panels.archive.worklist"} <= modules()
