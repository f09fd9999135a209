"""Colours and type of the viewports: always on black, whatever the window's theme."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

from PySide6.QtGui import QColor, QFont, QFontDatabase

from app.paths import resource_path

#: inner distance of texts from the tile's edge, and height of a line of text
MARGIN, LINE = 10, 20


@dataclass(frozen=True, slots=True)
class Inks:
    """What is drawn in which colour."""

    ground: QColor
    line: QColor
    text: QColor
    quiet: QColor
    accent: QColor
    warning: QColor
    danger: QColor
    mark: QColor
    plate: QColor


@cache
def inks() -> Inks:
    """The colours, from the tokens of the dark theme."""
    tokens = json.loads(resource_path("styles", "dark.json").read_text(encoding="utf-8"))
    return Inks(
        QColor(tokens["viewport"]), QColor(tokens["line"]), QColor(tokens["text"]), QColor("#b9c0c8"), QColor(tokens["accent"]),
        QColor(tokens["amber"]), QColor(tokens["danger"]), QColor("#7fd4ff"), QColor(12, 14, 16, 205),
    )  # fmt: skip


@cache
def _families() -> tuple[str, ...]:
    for path in sorted(resource_path("fonts").glob("NotoSansSC-*.ttf")):
        QFontDatabase.addApplicationFont(str(path))
    return ("Noto Sans SC", "Noto Sans CJK SC", "Microsoft YaHei", "sans-serif")


@cache
def font(size_px: int = 13, strong: bool = False) -> QFont:
    """Noto Sans SC with figures of one width."""
    made = QFont(list(_families()))
    made.setPixelSize(size_px)
    made.setWeight(QFont.Weight.DemiBold if strong else QFont.Weight.Normal)
    made.setFeature(QFont.Tag("tnum"), 1)
    return made
