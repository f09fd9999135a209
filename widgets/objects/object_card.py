"""A series without pictures in the strip: a report, a document, curves, what lies over images."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from app.domain.study import Series
from app.i18n import tr
from widgets.elements import Clickable, Elided, column, label, row
from widgets.icons import picture
from widgets.theme import theme

_ICONS = {
    "SR": "file-text",
    "DOC": "file-text",
    "PLAN": "file-text",
    "KO": "photo-star",
    "PR": "contrast",
    "SEG": "stack-2",
    "RTSTRUCT": "stack-2",
    "ECG": "chart-bar",
    "HD": "chart-bar",
    "EPS": "chart-bar",
    "RESP": "chart-bar",
}
_NAMES = {
    "SR": "Structured report",
    "DOC": "Document",
    "KO": "Key object selection",
    "PR": "Presentation state",
    "SEG": "Segmentation",
    "RTSTRUCT": "Structure set",
    "RTPLAN": "Treatment plan",
    "ECG": "Electrocardiogram",
    "HD": "Haemodynamic curves",
}


class ObjectCard(Clickable):
    """Icon, what it is, how it is called; a click opens it."""

    def __init__(self, series: Series) -> None:
        super().__init__()
        self.series = series
        kind = tr(_NAMES[series.modality]) if series.modality in _NAMES else series.modality
        sign = QLabel()
        sign.setPixmap(picture(_ICONS.get(series.modality, "list-details"), 20, theme().muted, ratio=2.0))
        sign.setAlignment(Qt.AlignmentFlag.AlignTop)
        count = f" · {series.n_instances}" if series.n_instances > 1 else ""
        self.kind = label(kind + count)
        self.name = Elided(
            series.description or f"{series.modality} {series.number or ''}".strip(), tone="muted"
        )
        words = column(self.kind, self.name, gap=0)
        both = row(sign, words, gap=8, margins=(4, 4, 4, 4))
        both.setStretch(1, 1)
        self.setLayout(both)
        self.setAccessibleName(f"{kind}{count} · {self.name.whole()}")
        self.setToolTip(self.accessibleName())
