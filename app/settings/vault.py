"""Secrets of the settings, sealed: the database and its copies hold no password in plain text.

AES-256-GCM; the key lies beside the database in a file of its own that its owner alone may read (0600). Who
copies the database without that file has nothing. The group and the field are bound in as associated data.
"""

from __future__ import annotations

import base64
import binascii
import os
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_FORM = "sealed-1:"
_KEY, _NONCE = 32, 12


class Vault(Protocol):
    """Seals and opens the values of secret fields."""

    def seal(self, value: str, name: str) -> str: ...

    def open(self, stored: str, name: str) -> str | None: ...


class FileVault:
    """A vault whose key is in a file; the file is made when something is first sealed."""

    def __init__(self, key_file: Path) -> None:
        self._file = key_file

    def seal(self, value: str, name: str) -> str:
        """The value encrypted, as text; `name` is ``group.field``.  Nothing stays nothing."""
        if not value:
            return ""
        nonce = os.urandom(_NONCE)
        sealed = AESGCM(self._key_made()).encrypt(nonce, value.encode("utf-8"), name.encode("utf-8"))
        return _FORM + base64.b64encode(nonce + sealed).decode("ascii")

    def open(self, stored: str, name: str) -> str | None:
        """The value again; None where the key is not the one it was sealed with.  What was never sealed is
        given as it is.
        """
        if not stored.startswith(_FORM):
            return stored
        key = self._key()
        if key is None:
            return None
        try:
            raw = base64.b64decode(stored[len(_FORM) :], validate=True)
            return AESGCM(key).decrypt(raw[:_NONCE], raw[_NONCE:], name.encode("utf-8")).decode("utf-8")
        except (InvalidTag, binascii.Error, ValueError):
            return None

    def _key(self) -> bytes | None:
        try:
            key = self._file.read_bytes()
        except FileNotFoundError:
            return None
        return key if len(key) == _KEY else None

    def _key_made(self) -> bytes:
        known = self._key()
        if known is not None:
            return known
        part = self._file.with_name(f".{self._file.name}.{os.getpid()}.part")
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(os.urandom(_KEY))
                stream.flush()
                os.fsync(stream.fileno())
            if self._file.exists():
                os.replace(part, self._file)  # a damaged key opens nothing
            else:
                try:
                    os.link(part, self._file)  # never over the key that another process has made meanwhile
                except FileExistsError:
                    pass
        finally:
            part.unlink(missing_ok=True)
        made = self._key()
        assert made is not None
        return made
