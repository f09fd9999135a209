"""Every text for people in `app.dicom` and `app.processes` has its Chinese."""

from __future__ import annotations

import ast
import json
from pathlib import Path

from app.i18n import catalogue
from app.paths import resource_path

_APP = Path(__file__).resolve().parents[2] / "app"
_ERRORS = {"BadInput", "LimitExceeded", "Unavailable", "NotFound", "Refused"}
_REASONED = {"Unusable", "Notice"}


def texts() -> set[str]:
    found: set[str] = set()
    for path in (*(_APP / "dicom").rglob("*.py"), *(_APP / "processes").glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", "")
            position = 0 if name in _ERRORS else 1 if name in _REASONED else None
            wanted = [keyword.value for keyword in node.keywords if keyword.arg == "hint"]
            if position is not None and len(node.args) > position:
                wanted.append(node.args[position])
            found |= {
                one.value
                for one in wanted
                if isinstance(one, ast.Constant) and isinstance(one.value, str) and one.value
            }
        found |= {
            node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and node.targets[0].id.isupper()
            and not node.targets[0].id.startswith("_")
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
            and node.value.value.endswith(".")
        }
    return found


def test_all_texts_are_translated() -> None:
    assert len(texts()) > 80
    assert texts() - set(catalogue()) == set()


def test_fields_are_kept() -> None:
    """A Chinese text uses exactly the fields of the English one."""
    import string

    own = json.loads(resource_path("translations", "zh_CN", "dicom.json").read_text(encoding="utf-8"))
    for english, chinese in own.items():
        fields = [
            {name for _, name, _, _ in string.Formatter().parse(text) if name} for text in (english, chinese)
        ]
        assert fields[0] == fields[1], english
