"""How the state of a report is said, wherever it is shown."""

from __future__ import annotations

from app.domain.report import ReportState
from app.i18n import tr
from widgets.elements import ChipTone


def state_chip(state: ReportState) -> tuple[str, ChipTone]:
    """(word, tone) of a report's state."""
    words: dict[ReportState, tuple[str, ChipTone]] = {
        ReportState.DRAFT: (tr("Draft"), "accent"),
        ReportState.SIGNED: (tr("Signed, waits for review"), "accent"),
        ReportState.RETURNED: (tr("Returned"), "amber"),
        ReportState.FINAL: (tr("Approved"), "done"),
        ReportState.SUPERSEDED: (tr("Corrected"), "neutral"),
        ReportState.DISCARDED: (tr("Discarded"), "neutral"),
    }
    return words[state]
