"""The user guide's tables are those of the program."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.bootstrap.features import FEATURES, settings_groups
from app.bootstrap.ui_features import UI_FEATURES
from app.domain.person import Role
from app.i18n import catalogue
from app.people.rights import ROLE_TITLES
from app.viewing.presets import preset_groups
from app.viewing.tools.tool import FAST
from widgets.shell.shortcut_sheet import WINDOW_KEYS
from widgets.ui_feature import workspace_key, workspaces_of

ROOT = Path(__file__).resolve().parents[1]
GUIDES = {language: ROOT / "docs" / f"user-guide.{language}.md" for language in ("zh", "en")}


def command_keys() -> list[tuple[str, str, str]]:
    """(key, English title, workspace) of every command that has a key, read from the features' lists of
    commands.
    """
    found = [(tool.key, tool.title, "read") for feature in FEATURES for tool in feature.tools]
    for file in (*(ROOT / "app").glob("*/*commands.py"), *(ROOT / "widgets").rglob("*.py")):
        found += _keys_in(ast.parse(file.read_text(encoding="utf-8")))
    found += [(workspace_key(n), spec.go, "") for n, spec in enumerate(workspaces_of(UI_FEATURES))]
    presets = (preset for group in preset_groups() for preset in group.presets)
    found += [(preset.key, preset.title, "read") for preset in presets if preset.key]
    return found


def _keys_in(module: ast.Module) -> Iterator[tuple[str, str, str]]:
    """Keys of the commands that a module makes with words of its own."""
    for call in ast.walk(module):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Command"):
            continue
        given = dict(zip(("command_id", "title", "run"), call.args, strict=False))
        given |= {word.arg: word.value for word in call.keywords if word.arg is not None}
        values = {name: node.value for name, node in given.items() if isinstance(node, ast.Constant)}
        if values.get("title") and values.get("key"):
            yield str(values["key"]), str(values["title"]), str(values.get("where", ""))


def keys_table(language: str) -> str:
    """The table as the guide has it."""
    chinese = catalogue()
    head = (
        ("| key | does | where |", "everywhere", "reading", "worklist")
        if language == "en"
        else ("| 键 | 作用 | 何处 |", "各处", "阅片", "工作列表")
    )
    lines, places = [head[0], "|---|---|---|"], {"": head[1], "read": head[2], "worklist": head[3]}
    for key, title, where in sorted(
        command_keys(), key=lambda row: (row[2], not row[0].isdigit(), len(row[0]), row[0])
    ):
        name = title if language == "en" else chinese[title]
        shown, place = "`` ` ``" if key == "`" else f"`{key}`", places[where]
        lines.append(f"| {shown} | {name} | {place} |")
    lines += [
        f"| `{key}` | {title if language == 'en' else chinese[title]} | {head[1]} |"
        for key, title in WINDOW_KEYS.items()
    ]
    return "\n".join(lines)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_keys_are_those_of_the_commands(language: str) -> None:
    """Every key of every command, with its name, and none that does nothing."""
    text = GUIDES[language].read_text(encoding="utf-8")
    table = text[
        text.index("<!-- keys -->\n") + len("<!-- keys -->\n") : text.index("\n<!-- end of keys -->")
    ]
    assert table == keys_table(language)
    assert len(command_keys()) > 30


def test_the_window_s_keys_are_those_of_the_window() -> None:
    """Keys that the window itself binds."""
    code = (ROOT / "widgets" / "shell" / "window_keys.py").read_text(encoding="utf-8")
    bound = set(re.findall(r'\("((?:Ctrl|Shift|F\d)[^"]*)", \w', code))
    assert bound == {*WINDOW_KEYS, "Ctrl+Shift+P", "Shift+F6"}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_roles_settings_and_figures_are_told(language: str) -> None:
    """Roles, groups of settings, and the step of the fast wheel."""
    text = GUIDES[language].read_text(encoding="utf-8")
    chinese = catalogue()
    titles = [ROLE_TITLES[role] for role in Role if role is not Role.OPERATOR] + [
        group.title for group in settings_groups()
    ]
    assert [title for title in titles if (title if language == "en" else chinese[title]) not in text] == []
    assert f"× {FAST}" in text


@pytest.mark.parametrize(
    "name", ["README.md", *(str(path.relative_to(ROOT)) for path in sorted((ROOT / "docs").rglob("*.md")))]
)
def test_links_lead_somewhere(name: str) -> None:
    """Every link to a file of the project, and every page named in code marks, is there."""
    page = ROOT / name
    text = page.read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#\s]+)", text) if "://" not in link]
    named = re.findall(r"`(docs/[\w./-]+\.md)`", text)
    gone = [link for link in links if not (page.parent / link).exists()] + [
        each for each in named if not (ROOT / each).exists()
    ]
    assert gone == []
    tests = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", text)
    assert [
        f"{file}::{test}"
        for file, test in tests
        if f"def {test}(" not in (ROOT / file).read_text(encoding="utf-8")
    ] == []
