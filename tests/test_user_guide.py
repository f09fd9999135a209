"""The user guide's tables are those of the program."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

from app.commands.catalogue import TOOLS
from app.domain.person import Role
from app.people.rights import ROLE_TITLES
from app.settings.themes import THEMES
from app.viewing.presets import window_presets
from viewers.slice_tile import FAST

ROOT = Path(__file__).resolve().parents[1]
GUIDES = {language: ROOT / "docs" / f"user-guide.{language}.md" for language in ("zh", "en")}
#: keys of the window itself, which are no commands: key → English name and Chinese name
WINDOW_KEYS = {
    "Ctrl+K": ("Command palette (also Ctrl+Shift+P)", "命令面板（亦可 Ctrl+Shift+P）"),
    "Ctrl+,": ("Settings", "设置"),
    "F1": ("About", "关于"),
    "F6": ("Next region (Shift+F6: previous)", "下一区域（Shift+F6 上一区域）"),
    "Ctrl+F": ("Search field", "搜索框"),
    "F9": ("Side panel on or off", "显示/隐藏侧栏"),
    "Ctrl+Down": ("While reading: next study of the list (Ctrl+Up: previous)", "阅片时：列表中下一检查（Ctrl+Up 上一检查）"),
}


def command_keys() -> list[tuple[str, str, str]]:
    """(key, English title, workspace) of every command that has a key, read from the one list of commands."""
    found = []
    for call in ast.walk(ast.parse((ROOT / "app/commands/catalogue.py").read_text(encoding="utf-8"))):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Command"):
            continue
        given = dict(zip(("command_id", "title", "callback", "key", "icon", "where"), call.args, strict=False))
        given |= {word.arg: word.value for word in call.keywords if word.arg is not None}
        values = {name: node.value for name, node in given.items() if isinstance(node, ast.Constant)}
        if values.get("title") and values.get("key"):
            found.append((str(values["key"]), str(values["title"]), str(values.get("where", ""))))
    found += [(key, title, "read") for _, title, key, _ in TOOLS]
    found += [(preset.key, preset.title, "read") for preset in window_presets() if preset.key]
    return found


def keys_table(language: str) -> str:
    """The table as the guide has it."""
    chinese = {}
    for file in (ROOT / "resources" / "translations" / "zh_CN").glob("*.json"):
        chinese |= json.loads(file.read_text(encoding="utf-8"))
    head = ("| key | does | where |", "everywhere", "reading") if language == "en" else ("| 键 | 作用 | 何处 |", "各处", "阅片")
    lines = [head[0], "|---|---|---|"]
    for key, title, where in sorted(command_keys(), key=lambda row: (row[2], not row[0].isdigit(), len(row[0]), row[0])):
        name = title if language == "en" else chinese[title]
        lines.append(f"| {'`` ` ``' if key == '`' else f'`{key}`'} | {name} | {head[2] if where == 'read' else head[1]} |")
    lines += [f"| `{key}` | {names[0] if language == 'en' else names[1]} | {head[1]} |" for key, names in WINDOW_KEYS.items()]
    return "\n".join(lines)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_keys_are_those_of_the_commands(language: str) -> None:
    """Every key of every command, with its name, and none that does nothing."""
    text = GUIDES[language].read_text(encoding="utf-8")
    table = text[text.index("<!-- keys -->\n") + len("<!-- keys -->\n") : text.index("\n<!-- end of keys -->")]
    assert table == keys_table(language)
    assert len(command_keys()) > 30


def test_the_window_s_keys_are_those_of_the_window() -> None:
    """Keys that the window itself binds."""
    code = (ROOT / "widgets" / "main_window.py").read_text(encoding="utf-8")
    bound = set(re.findall(r'\("((?:Ctrl|Shift|F\d)[^"]*)", (?:self|lambda)', code))
    assert bound == {*WINDOW_KEYS, "Ctrl+Shift+P", "Shift+F6", "Ctrl+Up"}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_roles_settings_and_figures_are_told(language: str) -> None:
    """Roles, themes of the settings, and the step of the fast wheel."""
    text = GUIDES[language].read_text(encoding="utf-8")
    chinese = {}
    for file in (ROOT / "resources" / "translations" / "zh_CN").glob("*.json"):
        chinese |= json.loads(file.read_text(encoding="utf-8"))
    titles = [ROLE_TITLES[role] for role in Role if role is not Role.OPERATOR] + [theme.title for theme in THEMES]
    assert [title for title in titles if (title if language == "en" else chinese[title]) not in text] == []
    assert f"× {FAST}" in text


@pytest.mark.parametrize("name", ["README.md", *(str(path.relative_to(ROOT)) for path in sorted((ROOT / "docs").rglob("*.md")))])
def test_links_lead_somewhere(name: str) -> None:
    """Every link to a file of the project, and every page named in code marks, is there."""
    page = ROOT / name
    text = page.read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#\s]+)", text) if "://" not in link]
    named = re.findall(r"`(docs/[\w./-]+\.md)`", text)
    gone = [link for link in links if not (page.parent / link).exists()] + [each for each in named if not (ROOT / each).exists()]
    assert gone == []
    tests = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", text)
    assert [f"{file}::{test}" for file, test in tests if f"def {test}(" not in (ROOT / file).read_text(encoding="utf-8")] == []
