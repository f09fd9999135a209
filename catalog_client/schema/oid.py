"""Object identifiers of resources (DB13/T 4.9.3, ITU-T X.660)."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: an identifier may also serve as a DICOM UID (PS3.5 section 9.1), hence its limit
MAX_LENGTH = 64
_ARC = re.compile(r"0|[1-9][0-9]*", re.ASCII)


class BadOid(ValueError):
    """A text that is not an object identifier; the message says which rule it breaks."""


def arcs(text: str) -> tuple[int, ...]:
    """Arcs of an identifier.

    Raises
    ------
    BadOid
        Empty arc, sign, leading zero, a character that is no digit, fewer than two arcs, first arc over 2,
        second arc over 39 under 0 and 1, or more than 64 characters.
    """
    if len(text) > MAX_LENGTH:
        raise BadOid(f"an identifier has at most {MAX_LENGTH} characters, found {len(text)}")
    parts = text.split(".")
    for part in parts:
        if not _ARC.fullmatch(part):
            raise BadOid(f"{part!r} is not an arc: digits without a leading zero")
    if len(parts) < 2:
        raise BadOid("an identifier has at least two arcs")
    found = tuple(int(part) for part in parts)
    if found[0] > 2:
        raise BadOid(f"the first arc is 0, 1 or 2, found {found[0]}")
    if found[0] < 2 and found[1] > 39:
        raise BadOid(f"the second arc under {found[0]} is at most 39, found {found[1]}")
    return found


def is_oid(text: str) -> bool:
    """Whether the text keeps all rules."""
    try:
        arcs(text)
    except BadOid:
        return False
    return True


def join(*parts: str | int) -> str:
    """One identifier from pieces; checked."""
    text = ".".join(str(part) for part in parts)
    arcs(text)
    return text


@dataclass(frozen=True, slots=True)
class ResourceOid:
    """Root, province node, category, subject, details and tail of a resource identifier (DB13/T
    2.13-2.15).
    """

    root: str
    province: int
    category: int
    subject: int
    details: int
    tail: int

    def __str__(self) -> str:
        return join(self.root, self.province, self.category, self.subject, self.details, self.tail)

    @classmethod
    def parse(cls, text: str, root: str) -> ResourceOid:
        """The pieces of an identifier minted under `root`."""
        arcs(text)
        if not text.startswith(root + "."):
            raise BadOid(f"{text!r} is not under the root {root!r}")
        rest = [int(part) for part in text[len(root) + 1 :].split(".")]
        if len(rest) != 5:
            raise BadOid(
                f"five arcs follow the root (province, category, subject, details, tail), found {len(rest)}"
            )
        return cls(root, *rest)
