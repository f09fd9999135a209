"""What a result measured, as lines of a grid."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout

from app.i18n import tr
from widgets.elements import clear, label
from widgets.objects.structure_row import volume_text

_BEFORE_AFTER = re.compile(r"^(?P<what>.*?)[\s_,(-]*(?P<when>before|after)\)?$", re.IGNORECASE)


def number_text(value: float, unit: str) -> str:
    """A figure with its unit; three significant digits at least."""
    if unit == "ml":
        return volume_text(value)
    shown = f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"
    units = {"[hnsf'U]": "HU", "1": "", "%": "%"}
    return f"{shown.replace('-', '−')} {units.get(unit, unit)}".strip()


def paired(figures: Sequence[tuple[str, float, str]]) -> list[tuple[str, str, str]]:
    """Figures as (name, before, after): those that come in pairs share a row, others stand in the last
    column.
    """
    rows: dict[str, list[str]] = {}
    for name, value, unit in figures:
        found = _BEFORE_AFTER.match(name)
        what = (found["what"] if found else name).replace("_", " ").strip()
        cells = rows.setdefault(what, ["", ""])
        cells[0 if found and found["when"].lower() == "before" else 1] = number_text(value, unit)
    return [(tr(what), before, after) for what, (before, after) in rows.items()]


def show_figures(grid: QGridLayout, figures: Sequence[tuple[str, float, str]]) -> None:
    """Fill a grid of three columns with figures as (name, value, UCUM unit); what it held before goes."""
    clear(grid)
    rows = paired(figures)
    both = any(before for _, before, _ in rows)
    if both:
        for at, text in ((1, tr("Before")), (2, tr("After"))):
            grid.addWidget(label(text, tone="muted"), 0, at, Qt.AlignmentFlag.AlignRight)
    for position, (name, before, after) in enumerate(rows, start=1):
        grid.addWidget(label(name, tone="muted", wrap=True), position, 0)
        grid.addWidget(label(before), position, 1, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(label(after), position, 2, Qt.AlignmentFlag.AlignRight)
    grid.setColumnStretch(0, 1)
