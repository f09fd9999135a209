"""Files of a node are for its own account: the database holds people, sessions, drafts and the node's
secret.
"""

from __future__ import annotations

import contextlib
import logging
import os
from pathlib import Path

log = logging.getLogger(__name__)

_OTHERS = 0o077
#: what lies beside a database in a folder that is a node's own
_BESIDE = (".db", "-wal", "-shm", "-journal", "accounts.json", ".log", "lock", ".part")


def opened(path: Path, flags: int) -> int:
    """Descriptor of a file of the owner alone, made where it is missing, tightened where it was open."""
    descriptor = os.open(path, flags | os.O_CREAT, 0o600)
    tighten(path)
    return descriptor


def tighten(path: Path) -> None:
    """Take the rights of others off what is ours and there, where the file system knows rights."""
    with contextlib.suppress(FileNotFoundError, PermissionError):
        state = path.stat()
        if state.st_mode & _OTHERS and state.st_uid == os.geteuid():
            path.chmod(state.st_mode & 0o700)


def keep_private(database: Path) -> None:
    """Make a database, where it is missing, as a file of its owner alone; tighten one that is there.

    SQLite gives what it writes beside the database (``-wal``, ``-shm``, ``-journal``) the database's own
    rights. A folder that holds nothing but a node's files is tightened too; another stays as it is.
    """
    if not database.exists():
        os.close(opened(database, os.O_RDWR))
    for suffix in ("", "-wal", "-shm", "-journal"):
        tighten(database.with_name(database.name + suffix))
    folder = database.absolute().parent
    if _is_own(folder, database.name):
        tighten(folder)
    elif folder.stat().st_mode & _OTHERS:
        log.warning("others may look into the folder of the database; give it one of its own (mode 0700)")


def _is_own(folder: Path, name: str) -> bool:
    try:
        entries = list(os.scandir(folder))
    except PermissionError:
        return False
    return all(
        each.is_file(follow_symlinks=False) and (each.name.startswith(name) or each.name.endswith(_BESIDE))
        for each in entries
    )
