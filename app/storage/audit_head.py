"""The signed head of the audit chain, in a file beside the database.

A chain whose tail was cut off is still a valid chain; the head remembers how long it had been. It is signed
with a key of the folder (HMAC-SHA-256), so that it cannot be shortened without that key. Who has the whole
folder has the key too: that is what publishing the head to the next tier is for.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.storage.files import told_for, write_atomically


@dataclass(frozen=True, slots=True)
class Head:
    """Number and hash of the last event known to have been written."""

    count: int
    hash: str


class AuditHead:
    """The head's file and its key's file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._key_path = path.with_suffix(".key")

    def read(self) -> Head | None:
        """The head; None when it is absent or its signature does not fit."""
        try:
            stored = json.loads(self.path.read_text(encoding="utf-8"))
            head = Head(int(stored["count"]), str(stored["hash"]))
            fits = hmac.compare_digest(str(stored["hmac"]), self._signature(head))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return head if fits else None

    def begin(self, genesis: str) -> None:
        """The head of an empty chain, unless there is one."""
        with self._locked():
            if not self.path.exists():
                self._write(Head(0, genesis))

    def advance(self, head: Head) -> None:
        """Move forward; a head that is already further, or not ours, stays."""
        with self._locked():
            known = self.read()
            if known is not None and head.count > known.count:
                self._write(head)

    def _write(self, head: Head) -> None:
        text = json.dumps({"count": head.count, "hash": head.hash, "hmac": self._signature(head)})
        write_atomically(self.path, text.encode("utf-8"))

    def _signature(self, head: Head) -> str:
        return hmac.new(self._key(), f"{head.count}:{head.hash}".encode(), hashlib.sha256).hexdigest()

    def _key(self) -> bytes:
        if not self._key_path.exists() and not self.path.exists():
            write_atomically(self._key_path, os.urandom(32))
        return self._key_path.read_bytes()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with told_for(self.path):
            descriptor = os.open(self.path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)
