"""Colours, type and measures of the window, as data; the style sheet is made from them.

Tokens lie in ``resources/styles/dark.json`` and ``light.json``; the sheet in ``window.qss`` names them as
``@token``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from functools import cache
from typing import Literal

from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

from app.paths import resource_path

ThemeName = Literal["dark", "light"]
FAMILY = "Noto Sans SC"

#: measures in pixels
RAIL, BANNER, TOOL_ROW, TRAY, DOCK, REPORT_DOCK, THUMBNAILS, CONTROL, ROW = (
    64,
    48,
    44,
    28,
    348,
    520,
    184,
    32,
    36,
)
BODY_PX, TITLE_PX, REPORT_PX = 13, 16, 15


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of one theme, as ``#rrggbb``."""

    name: str
    rail: str
    background: str
    panel: str
    raised: str
    line: str
    hover: str
    text: str
    muted: str
    field: str
    accent: str
    accent_text: str
    accent_soft: str
    on_accent: str
    on_accent_soft: str
    accent_hover: str
    amber: str
    amber_soft: str
    done: str
    done_soft: str
    danger: str
    danger_soft: str
    viewport: str
    paper: str
    scroll: str
    focus: str


@cache
def load_theme(name: ThemeName) -> Theme:
    """The tokens of a theme."""
    data = json.loads(resource_path("styles", f"{name}.json").read_text(encoding="utf-8"))
    return Theme(**{field.name: data[field.name] for field in fields(Theme)})


_current: Theme | None = None


def theme() -> Theme:
    """The theme in use; dark before `apply_theme` was called."""
    return _current or load_theme("dark")


def contrast(first: str, second: str) -> float:
    """WCAG 2 contrast ratio of two colours, 1…21."""
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: str) -> float:
    channels = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def style_sheet(tokens: Theme) -> str:
    """The style sheet with the theme's colours; an unknown token is a defect."""
    source = resource_path("styles", "window.qss").read_text(encoding="utf-8")
    icons = resource_path("styles", tokens.name).as_posix()
    return re.sub(r"@(\w+)", lambda m: icons if m[1] == "pictures" else str(getattr(tokens, m[1])), source)


def text_font(size_px: int = BODY_PX, *, strong: bool = False) -> QFont:
    """The window's font with figures of one width."""
    font = QFont([FAMILY, "Noto Sans CJK SC", "Microsoft YaHei", "sans-serif"])
    font.setPixelSize(size_px)
    font.setWeight(QFont.Weight.DemiBold if strong else QFont.Weight.Normal)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


@cache
def _load_fonts() -> tuple[int, ...]:
    return tuple(
        QFontDatabase.addApplicationFont(str(path))
        for path in sorted(resource_path("fonts").glob("NotoSansSC-*.ttf"))
    )


def apply_theme(app: QApplication, name: ThemeName) -> Theme:
    """Dress the application."""
    global _current
    tokens = _current = load_theme(name)
    _load_fonts()
    app.setStyle("Fusion")
    app.setFont(text_font())
    app.setPalette(_palette(tokens))
    app.setStyleSheet(style_sheet(tokens))
    return tokens


@contextmanager
def dressed_once() -> Iterator[None]:
    """Put many widgets together without the style sheet, and lay it over all of them at the end.

    Under a style sheet Qt styles a widget and all that is in it anew whenever it is put into another: the
    deeper a window is, the oftener.
    """
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    sheet = app.styleSheet()
    app.setStyleSheet("")
    try:
        yield
    finally:
        app.setStyleSheet(sheet)


def _palette(tokens: Theme) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for which, color in (
        (role.Window, tokens.background),
        (role.WindowText, tokens.text),
        (role.Base, tokens.field),
        (role.AlternateBase, tokens.panel),
        (role.Text, tokens.text),
        (role.Button, tokens.panel),
        (role.ButtonText, tokens.text),
        (role.Highlight, tokens.accent_soft),
        (role.HighlightedText, tokens.text),
        (role.ToolTipBase, tokens.raised),
        (role.ToolTipText, tokens.text),
        (role.PlaceholderText, tokens.muted),
        (role.Link, tokens.accent_text),
        (role.Mid, tokens.line),
        (role.Dark, tokens.line),
        (role.Accent, tokens.accent),
    ):
        palette.setColor(which, QColor(color))
    for which in (role.Text, role.WindowText, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, QColor(tokens.muted))
    return palette
