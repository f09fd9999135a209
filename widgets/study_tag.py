"""The tag that says whether a study is the one that is read or a prior."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QLabel

from app.i18n import tr
from widgets.theme import theme

_PRIOR_INK, _PRIOR_GROUND = "#16181b", "#c9d0d8"


def study_tag(*, prior: bool, word: str = "Prior") -> QLabel:
    """Says whether a study is the one that is read or another (`word`), as the tiles do."""
    made = QLabel(tr(word) if prior else tr("Current"))
    tokens = theme()
    ink, ground = (_PRIOR_INK, _PRIOR_GROUND) if prior else (tokens.on_accent_soft, tokens.accent_soft)
    made.setStyleSheet(f"color: {ink}; background: {ground}; border-radius: 3px; padding: 1px 6px;")
    return made


def mark_prior(frame: QFrame) -> None:
    """The edge that the head of a prior has on tiles, for a frame in the window."""
    frame.setObjectName("priorHead")
    frame.setStyleSheet(
        f"#priorHead {{ background: {theme().raised}; border-left: 3px solid {_PRIOR_GROUND}; }}"
    )
