"""The signed head of the audit chain, in a file beside the database, and the seals of its events.

A chain whose tail was cut off is still a valid chain; the head remembers how long it had been. Who can write
the database could append events of their own: each event has a seal. Head and seals are HMAC-SHA-256 with a
key of the folder that is not in the database. Who has the whole folder has the key too: that is what
publishing the head to the next tier is for.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from app.storage.files import told_for, write_atomically


@dataclass(frozen=True, slots=True)
class Head:
    """Number and hash of the last event known to have been written.

    `sealed_from` is the first event that has a seal; 0 in a head of an earlier version, which knew no seals.
    """

    count: int
    hash: str
    sealed_from: int = 1


class AuditHead:
    """The head's file and its key's file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._key_path = path.with_suffix(".key")

    def read(self) -> Head | None:
        """The head; None when it is absent or its signature does not fit."""
        try:
            stored = json.loads(self.path.read_text(encoding="utf-8"))
            head = Head(int(stored["count"]), str(stored["hash"]), int(stored.get("sealed_from", 0)))
            fits = hmac.compare_digest(str(stored["hmac"]), self._signature(head))
        except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
            return None
        return head if fits else None

    @property
    def folder(self) -> Path:
        """Where the keys are that the database does not hold."""
        return self.path.parent

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
                self._write(replace(head, sealed_from=known.sealed_from))

    def begin_sealing(self, first: int) -> None:
        """From event `first` on every event has a seal; for a head that an earlier version left."""
        with self._locked():
            known = self.read()
            if known is not None and known.sealed_from == 0:
                self._write(replace(known, sealed_from=first))

    def seal(self, event_hash: str) -> str:
        """The seal of an event; empty where the folder's key is gone, which the head then tells."""
        try:
            return hmac.new(self._key(), f"event:{event_hash}".encode(), hashlib.sha256).hexdigest()
        except OSError:
            return ""

    def _write(self, head: Head) -> None:
        told = {"count": head.count, "hash": head.hash, "sealed_from": head.sealed_from}
        text = json.dumps({**told, "hmac": self._signature(head)})
        write_atomically(self.path, text.encode("utf-8"))

    def _signature(self, head: Head) -> str:
        told = f"{head.count}:{head.hash}" + (f":{head.sealed_from}" if head.sealed_from else "")
        return hmac.new(self._key(), told.encode(), hashlib.sha256).hexdigest()

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
