"""Commands of the directory."""

from __future__ import annotations

from app.directory.controller import DirectoryController
from app.session.commands import Command
from app.session.session import Session


def commands(session: Session) -> list[Command]:
    """Registering, sending, finding back."""
    directory = session.get(DirectoryController)

    def has_study() -> bool:
        return session.study.study is not None

    return [
        Command("directory.propose", "Fill in record", directory.propose, palette=False, enabled=has_study),
        Command("directory.register", "Register study", directory.register, palette=False, enabled=has_study),
        Command("directory.send", "Send outbox", directory.send_outbox, icon="send"),
        Command("directory.open-study", "Open study of record", directory.open_study_of, palette=False),
    ]
