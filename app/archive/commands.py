"""Commands of the archive."""

from __future__ import annotations

from pathlib import Path

from app.archive.controller import ArchiveController
from app.session.commands import Command
from app.session.session import Session


def commands(session: Session) -> list[Command]:
    """Importing."""
    archive = session.get(ArchiveController)
    return [
        Command(
            "study.import",
            "Import images",
            lambda paths: archive.import_paths([Path(p) for p in paths]),
            icon="folder-plus",
            palette=False,
        )
    ]
