"""Commands that go back to how the views were looked at before, and forth again."""

from __future__ import annotations

from app.reading.view_history import ViewHistory
from app.session.commands import Command
from app.session.session import Session


def view_history_commands(session: Session) -> list[Command]:
    """Beside undo and redo, which are of what is kept."""
    views = session.get(ViewHistory)
    return [
        Command(
            "view.undo",
            "Undo view change",
            views.undo,
            key="Alt+Left",
            icon="arrow-back-up",
            where="read",
            enabled=lambda: views.can_undo,
        ),
        Command(
            "view.redo",
            "Redo view change",
            views.redo,
            key="Alt+Right",
            icon="arrow-forward-up",
            where="read",
            enabled=lambda: views.can_redo,
        ),
    ]
