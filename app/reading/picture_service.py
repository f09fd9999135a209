"""Pictures of views that leave the station: to a file, to the clipboard, to a printer; each with its audit
row.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.domain.file_names import stem_of
from app.domain.person import Actor
from app.domain.study import Study
from app.people.rights import EXPORT, require
from app.storage.database import Database
from app.storage.files import require_room, write_atomically, written_together

_ROOM_BYTES = 64 << 20


class PictureService:
    """All calls are for any thread but the window's."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def save(self, actor: Actor, study_uid: str, picture: bytes, path: Path, *, named: bool) -> Path:
        """Write a picture; whether it names the patient is in its audit row."""
        require(actor, EXPORT)
        self._note(actor, study_uid, "file", named=named)
        write_atomically(path, picture)
        return path

    def save_film(
        self, actor: Actor, study_uid: str, write: Callable[[Path], None], path: Path, *, named: bool
    ) -> Path:
        """Let `write` make the pages in a file; `path` holds what was there before, or all of them."""
        require(actor, EXPORT)
        require_room(path, _ROOM_BYTES)
        self._note(actor, study_uid, "film", named=named)
        with written_together(path.parent, overwrite=True) as stage:
            write(stage / path.name)
        return path

    def note(self, actor: Actor, study_uid: str, way: str, *, named: bool) -> None:
        """A picture goes out another way (``clipboard``, ``printer``); raises where the person may not."""
        require(actor, EXPORT)
        self._note(actor, study_uid, way, named=named)

    def _note(self, actor: Actor, study_uid: str, way: str, *, named: bool) -> None:
        with self._db.write() as tx:  # before it leaves: nothing goes out without its row
            tx.audit.append(actor, "view.export", study_uid, "done", {"way": way, "named": named})


def picture_name(study: Study, what: str) -> str:
    """Which study and day, and what of it; never who."""
    return f"{stem_of(study)}_{what}"
