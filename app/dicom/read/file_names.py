"""Names of files for people: they come in any encoding, and hold what no terminal or database takes."""

from __future__ import annotations

import os

#: of the systems that name files: what is no UTF-8 was mostly written by a Chinese Windows
_ENCODINGS = ("utf-8", "gb18030")


def shown_name(name: str) -> str:
    """The name of a file or a path as the system gives it."""
    return name if name.isprintable() else shown_bytes(os.fsencode(name))


def shown_bytes(raw: bytes) -> str:
    """The same of its bytes; what cannot be printed has a mark in its place."""
    return "".join(c if c.isprintable() else "\ufffd" for c in _decoded(raw))


def _decoded(raw: bytes) -> str:
    for encoding in _ENCODINGS:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "replace")
