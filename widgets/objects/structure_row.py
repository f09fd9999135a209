"""One structure in a list: colour, name, a figure, whether it is shown, the way to it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QFrame, QWidget

from app.i18n import tr
from widgets.elements import Elided, icon_button, row
from widgets.icons import icon
from widgets.theme import theme


def volume_text(ml: float) -> str:
    """A volume with a fitting unit."""
    return f"{ml / 1000:.2f} L" if ml >= 1000 else f"{ml:.1f} ml" if ml >= 10 else f"{ml:.2f} ml"


def structure_row(
    *,
    color: tuple[int, int, int],
    name: str,
    figure: QWidget,
    hidden: bool,
    toggle: Callable[[], None],
    go: Callable[[], None],
) -> QWidget:
    """The row; `toggle` shows or hides the structure, `go` shows where it is."""
    swatch = QFrame()
    swatch.setFixedSize(12, 12)
    swatch.setStyleSheet(f"background: rgb({color[0]},{color[1]},{color[2]}); border-radius: 2px;")
    eye = icon_button("eye-off" if hidden else "eye", tr("Show or hide"))
    eye.setIcon(icon("eye-off" if hidden else "eye", theme().muted if hidden else theme().text))
    eye.clicked.connect(toggle)
    target = icon_button("target-arrow", tr("Go to structure"))
    target.clicked.connect(go)
    holder = QWidget()
    line = row(swatch, Elided(name), figure, eye, target, gap=8)
    line.setStretch(1, 1)
    holder.setLayout(line)
    return holder
