"""One window a data folder: the first holds a lock and listens; a second asks it to come to the front.

No thread and no toolkit: the holder gives the descriptor of a listening socket, which a window watches in its
own loop.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import socket
import stat
from pathlib import Path

from app.errors import Unavailable
from app.storage.files import told_for

#: sun_path of Linux holds 108 bytes with its closing zero
_LONGEST_NAME = 107
_ASK, _DONE = b"raise\n", b"done\n"


class WindowClaim:
    """The right to be the one window of a data folder, until `close`."""

    def __init__(self, lock: int, listener: socket.socket, name: Path) -> None:
        self._lock = lock
        self._listener = listener
        self._name = name

    def fileno(self) -> int:
        """Descriptor that becomes readable when another window asks."""
        return self._listener.fileno()

    def accept_raise(self) -> bool:
        """Take one request, answer it, and say whether to come to the front.  Never blocks."""
        try:
            connection, _ = self._listener.accept()
        except BlockingIOError:
            return False
        with connection:
            connection.settimeout(0.5)
            try:
                asked = connection.recv(len(_ASK)) == _ASK
                if asked:
                    connection.sendall(_DONE)
            except OSError:
                return False
        return asked

    def close(self) -> None:
        """Give the claim up."""
        if self._listener.fileno() < 0:
            return
        self._listener.close()
        with contextlib.suppress(FileNotFoundError):
            self._name.unlink()
        os.close(self._lock)


def claim_window(folder: Path) -> WindowClaim | None:
    """Become the one window of `folder`; None when another is."""
    with told_for(folder):
        lock = os.open(folder / "window.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    try:
        listener, name = _listen(folder)
        os.chmod(name, 0o600)
        listener.listen(4)
        listener.setblocking(False)
    except BaseException:
        os.close(lock)
        raise
    return WindowClaim(lock, listener, name)


def raise_other_window(folder: Path, *, timeout_s: float = 3.0) -> bool:
    """Ask the window of `folder` to come to the front; whether it answered in time."""
    return any(_ask(name, timeout_s) for name in _socket_names(folder) if name.exists())


def _ask(name: Path, timeout_s: float) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(timeout_s)
        try:
            connection.connect(str(name))
            connection.sendall(_ASK)
            return connection.recv(len(_DONE)) == _DONE
        except OSError:
            return False


def _listen(folder: Path) -> tuple[socket.socket, Path]:
    refused: OSError | None = None
    for name in _socket_names(folder):
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            name.unlink(missing_ok=True)  # of a window that was killed: we hold the lock
            listener.bind(str(name))
        except OSError as error:  # a network file system may know no sockets
            listener.close()
            refused = error
        else:
            return listener, name
    raise Unavailable(
        "No socket can be opened in {path}: {reason}.", path=str(folder), reason=str(refused)
    ) from refused


def _socket_names(folder: Path) -> list[Path]:
    """In the folder where that path is short enough, else and as a second choice under a hashed name."""
    inside = folder.resolve() / "window.sock"
    digest = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:24]
    hashed = _runtime_folder() / f"{digest}.sock"
    return [inside, hashed] if len(os.fsencode(inside)) <= _LONGEST_NAME else [hashed]


def _runtime_folder() -> Path:
    given = os.environ.get("XDG_RUNTIME_DIR", "")
    base = Path(given) if given and Path(given).is_dir() and len(given) < 60 else Path("/tmp")
    folder = base / f"yingshu-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    state = folder.lstat()
    if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.getuid() or state.st_mode & 0o077:
        raise Unavailable(
            "The folder {path} belongs to somebody else or is open to others.",
            hint="Remove it.",
            path=str(folder),
        )
    return folder
