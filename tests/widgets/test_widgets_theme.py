"""Colours and icons."""

from __future__ import annotations

import re

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication

from app.paths import resource_path
from widgets.icons import has_icon, icon
from widgets.theme import apply_theme, contrast, load_theme, style_sheet

THEMES = ("dark", "light")
#: every pair of text and ground that the window draws
TEXT_PAIRS: tuple[tuple[str, str], ...] = (
    *(
        (text, ground)
        for text in ("text", "muted")
        for ground in ("rail", "background", "panel", "raised", "hover", "paper", "field")
    ),
    *(("accent_text", ground) for ground in ("rail", "background", "panel", "raised", "field", "paper")),
    ("text", "accent_soft"),
    ("on_accent", "accent"),
    ("on_accent", "accent_hover"),
    ("on_accent_soft", "accent_soft"),
    ("muted", "accent_soft"),
    ("amber", "amber_soft"),
    ("amber", "panel"),
    ("amber", "background"),
    ("done", "done_soft"),
    ("done", "panel"),
    ("done", "background"),
    ("danger", "danger_soft"),
    ("danger", "panel"),
    ("danger", "background"),
    ("danger", "rail"),
    ("amber", "rail"),
)


@pytest.mark.parametrize("name", THEMES)
def test_every_text_can_be_read(name: str) -> None:
    """ui.md, Style: contrast ≥ 4.5:1 for every pair of text and ground."""
    tokens = load_theme(name)  # type: ignore[arg-type]
    weak = {(t, g): round(contrast(getattr(tokens, t), getattr(tokens, g)), 2) for t, g in TEXT_PAIRS}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 4.5} == {}


def test_contrast_is_that_of_wcag() -> None:
    """Black on white is 21:1, and #767676 on white the well-known 4.54:1."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("name", THEMES)
def test_the_sheet_has_no_open_token(name: str) -> None:
    """Every token of the sheet is filled, and every picture it names is there; no text under 13 px (ui.md,
    Style).
    """
    sheet = style_sheet(load_theme(name))  # type: ignore[arg-type]
    assert "@" not in sheet
    assert all(
        resource_path("styles").joinpath(name, path.rsplit("/", 1)[1]).is_file()
        for path in re.findall(r"url\((.*?)\)", sheet)
    )
    assert min(int(px) for px in re.findall(r"font-size:\s*(\d+)px", sheet)) >= 13


def test_icons_take_the_theme_s_colour(qapp: QApplication) -> None:
    """An icon is drawn in the colour asked for, sharp at a pixel ratio of two."""
    apply_theme(qapp, "dark")
    drawn = icon("search", "#ff0000").pixmap(24, 24).toImage()
    colors = [drawn.pixelColor(x, y) for x in range(drawn.width()) for y in range(drawn.height())]
    drawn_on = [c for c in colors if c.alpha() > 128]
    assert len(drawn_on) > 20
    assert all(c.red() > 200 and c.green() == c.blue() == 0 for c in drawn_on)
    for ratio in (1.5, 2.0):
        sharp = icon("search").pixmap(QSize(24, 24), ratio)
        assert (sharp.size(), sharp.devicePixelRatio()) == (QSize(24, 24) * ratio, ratio)


def test_icons_carry_their_licence() -> None:
    """Free icons, with their licence beside them."""
    assert "MIT License" in resource_path("icons", "LICENSE").read_text(encoding="utf-8")
    assert has_icon("search")
    assert not has_icon("no-such-icon")
