"""The value of one element as text (PS3.5 section 6.2), without trusting its form."""

from __future__ import annotations

import struct

import numpy as np

TEXTS = frozenset(
    ["AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT"]
)
#: texts that a character set is for (PS3.3 C.12.1.1.2)
ENCODED = frozenset(["LO", "LT", "PN", "SH", "ST", "UC", "UT"])
_WORDS = {"US": "H", "SS": "h", "UL": "I", "SL": "i", "UV": "Q", "SV": "q", "FD": "d", "FL": "f", "AT": "HH"}
FIRST_BYTES = 16
#: bytes of a text that are decoded at most
TEXT_BYTES = 1 << 16


def settle_vr(vr: str, *, signed: bool) -> str:
    """One VR of those that the dictionary leaves open in implicit VR."""
    if " or " not in vr:
        return vr
    if vr == "US or SS":
        return "SS" if signed else "US"
    return "OW"


def binary_text(raw: bytes) -> str:
    """The first bytes in hexadecimal."""
    return raw[:FIRST_BYTES].hex(" ").upper()


def words_text(vr: str, raw: bytes, limit: int, *, little: bool) -> tuple[str, bool]:
    """Numbers or tags, and whether there are more than fit into `limit` characters."""
    code = _WORDS[vr]
    size = struct.calcsize("<" + code)
    count = min(len(raw) // size, limit // 2)
    found = struct.unpack_from(("<" if little else ">") + code * count, raw)
    if vr == "AT":
        parts = [f"({a:04X},{b:04X})" for a, b in zip(found[::2], found[1::2], strict=True)]
    else:
        parts = [_number(vr, value) for value in found]
    text = "\\".join(parts)
    if len(text) > limit:
        return text[: limit + 1].rpartition("\\")[0], True
    return text, count < len(raw) // size


def _number(vr: str, value: float) -> str:
    if vr == "FL":
        return f"{np.float32(value)}"
    return repr(value)


def text_bytes(raw: bytes) -> bytes:
    """As much of a text as is decoded, ending between characters."""
    raw = raw.rstrip(b"\0 ") if len(raw) <= TEXT_BYTES else raw[:TEXT_BYTES]
    if len(raw) < TEXT_BYTES:
        return raw
    space = max(raw.rfind(b" "), raw.rfind(b"\n"))
    return raw[:space] if space > TEXT_BYTES // 2 else raw


def clean(text: str) -> str:
    """Without control characters; lines stay lines."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c if c.isprintable() or c == "\n" else " " for c in plain).strip(" ")


def is_words(vr: str) -> bool:
    """Numbers of a fixed width."""
    return vr in _WORDS


def looks_like_text(raw: bytes) -> bool:
    """Printable ASCII, as many writers store in private elements of unknown VR."""
    plain = raw.rstrip(b"\0 ")
    return bool(plain) and all(32 <= byte < 127 or byte in b"\r\n\t" for byte in plain[:TEXT_BYTES])
