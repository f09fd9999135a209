"""Keys and mouse of each person: as they are written, read, checked, and shared out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.errors import BadInput
from app.session.commands import Command, Commands
from app.session.habits import (
    Habits,
    MouseHabits,
    is_key,
    key_presets,
    load_habits,
    portable,
    read_habits,
    rivals,
)
from tests.support.capabilities import TOOLS


def _command(name: str, key: str = "", where: str = "read") -> Command:
    return Command(name, name, lambda: None, key=key, where=where)


@pytest.mark.parametrize("key", ["A", "1", ",", "+", "Ctrl++", "Ctrl+Shift+F5", "Space", "`", "中"])
def test_what_is_a_key(key: str) -> None:
    assert is_key(key)


@pytest.mark.parametrize("key", ["", "Ctrl+", "a b", "Hyper+A", "Ctrl+Ctrl+A", "A" * 50, "Ctrl+\n"])
def test_what_is_no_key(key: str) -> None:
    assert not is_key(key)


def test_modifiers_stand_in_one_order() -> None:
    assert portable("Shift+Ctrl+a") == portable("Ctrl+Shift+A") == "Ctrl+Shift+A"
    assert portable("Ctrl++") == "Ctrl++"
    assert portable("") == ""


def test_habits_survive_a_file(tmp_path: Path) -> None:
    made = Habits({"tool.zoom": "Alt+Z", "view.text": ""}, MouseHabits("zoom", "window", "zoom"))
    path = tmp_path / "keys.json"
    path.write_text(json.dumps(made.plain()), encoding="utf-8")
    assert load_habits(path) == made
    assert read_habits(Habits().plain()) == Habits()


@pytest.mark.parametrize(
    "plain",
    [
        [],
        {"form": 2},
        {"form": 1, "keys": []},
        {"form": 1, "keys": {"a": 3}},
        {"form": 1, "keys": {"a": "Hyper+A"}},
        {"form": 1, "mouse": {"middle": "length"}},
        {"form": 1, "mouse": {"wheel": "pan"}},
        {"form": 1, "mouse": 3},
    ],
)
def test_what_is_wrong_with_habits_is_refused(tmp_path: Path, plain: object) -> None:
    with pytest.raises(BadInput):
        read_habits(plain)
    path = tmp_path / "keys.json"
    for text in ("{", "[" * 60_000):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(BadInput, match=r"keys\.json"):
            load_habits(path)
    path.unlink()
    path.symlink_to("/dev/zero")  # it has no end
    with pytest.raises(BadInput, match=r"keys\.json"):
        load_habits(path)


def test_a_key_has_one_command_at_a_place() -> None:
    """Commands of other workspaces may share it, and those that were given the same key on purpose."""
    commands = [
        _command("zoom", "Z"),
        _command("note", "N"),
        _command("list", "N", where="worklist"),
        _command("help", "F1", where=""),
        _command("one", "1"),
        _command("uno", "1"),
    ]
    zoom, one = commands[0], commands[4]
    assert [c.command_id for c in rivals(commands, {}, zoom, "n")] == ["note"]
    assert rivals(commands, {"note": "Alt+N"}, zoom, "N") == []
    assert [c.command_id for c in rivals(commands, {}, zoom, "F1")] == ["help"]
    assert rivals(commands, {}, one, "1") == []
    assert rivals(commands, {}, zoom, "") == []


def test_commands_tell_the_person_s_keys() -> None:
    commands, told = Commands(), []
    commands.add([_command("zoom", "Z"), _command("note", "N")])
    commands.keys_changed.connect(lambda: told.append(1))
    commands.set_keys({"zoom": "Alt+Z", "note": "", "gone": "X"})
    assert [commands.key_of(one) for one in ("zoom", "note")] == ["Alt+Z", ""]
    commands.set_keys({"zoom": "Alt+Z", "note": ""})
    assert len(told) == 1, "nothing has changed"
    commands.set_keys({})
    assert [commands.key_of(one) for one in ("zoom", "note")] == ["Z", "N"]


def test_every_preset_is_valid() -> None:
    assert [one.name for one in key_presets()] == ["bir", "horos", "ohif"]
    tools = {f"tool.{tool.tool_id}" for tool in TOOLS.values()}
    for preset in key_presets():
        assert all(is_key(key) for key in preset.keys.values())
        assert {name for name in preset.keys if name.startswith("tool.")} <= tools
