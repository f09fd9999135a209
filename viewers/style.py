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
    #: overlay planes, by their group in turn
    overlays: tuple[QColor, ...]
    plate: QColor
    muted: QColor
    done: QColor
    header: QColor
    accent_behind: QColor
    accent_text: QColor
    prior: QColor
    prior_header: QColor
    on_prior: QColor


@cache
def inks() -> Inks:
    """The colours, from the tokens of the dark theme."""
    tokens = json.loads(resource_path("styles", "dark.json").read_text(encoding="utf-8"))
    return Inks(
        ground=QColor(tokens["viewport"]),
        line=QColor(tokens["line"]),
        text=QColor(tokens["text"]),
        quiet=QColor("#b9c0c8"),
        accent=QColor(tokens["accent"]),
        warning=QColor(tokens["amber"]),
        danger=QColor(tokens["danger"]),
        mark=QColor("#7fd4ff"),
        overlays=tuple(QColor(name) for name in ("#8cff66", "#ff8ce8", "#66e0d0", "#d0b3ff")),
        plate=QColor(12, 14, 16, 205),
        muted=QColor(tokens["muted"]),
        done=QColor(tokens["done"]),
        header=QColor(tokens["panel"]),
        accent_behind=QColor(tokens["accent_soft"]),
        accent_text=QColor(tokens["on_accent_soft"]),
        prior=QColor("#c9d0d8"),
        prior_header=QColor("#262a2f"),
        on_prior=QColor(tokens["background"]),
    )


def legible(color: QColor) -> QColor:
    """The colour with as much white as text needs to stand at 4.5 to 1 on a plate over a white image."""
    for share in (n / 10 for n in range(10)):
        mixed = [c + (1 - c) * share for c in (color.redF(), color.greenF(), color.blueF())]
        linear = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in mixed)
        if sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True)) >= 0.4:
            return QColor.fromRgbF(*mixed)
    return QColor("white")


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
