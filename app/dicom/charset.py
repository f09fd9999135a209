"""Text of a data set as Unicode, also where its character set is missing or wrong.

Chinese archives write GB18030 or GBK bytes with no Specific Character Set, or with a Latin one (PS3.5 section 6.1).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pydicom.charset import convert_encodings, decode_bytes

_LATIN = frozenset(("", "ISO_IR 6", "ISO 2022 IR 6", "ISO_IR 100", "ISO 2022 IR 100"))
_TEXT_DELIMITERS = {0x0D, 0x0A, 0x09, 0x0C}
_NAME_DELIMITERS = {0x5E, 0x3D, 0x5C}
#: two bytes, both with the high bit: a GB 2312 character; Latin words never consist of such pairs only
_GB2312_ONLY = re.compile(rb"(?:[\x00-\x7f]|[\xa1-\xf7][\xa1-\xfe])*\Z")
_G1_ESCAPES = re.compile("\x1b\\$\\)[AC]")


def decode_text(raw: bytes, declared: Sequence[str], *, person_name: bool = False) -> str:
    """Decode a text value; the declared character sets first, then what the bytes themselves say."""
    raw = raw.rstrip(b"\0 ")
    if not any(byte > 0x7F or byte == 0x1B for byte in raw):
        return raw.decode("ascii").strip()
    terms = [term.strip() for term in declared] or [""]
    if 0x1B not in raw:
        guessed = _by_bytes(raw, latin=all(term in _LATIN for term in terms), declared=terms)
        if guessed is not None:
            return guessed.strip()
    try:
        delimiters = _NAME_DELIMITERS if person_name else _TEXT_DELIMITERS
        # the escapes of the sets in G1 (GB 2312, KS X 1001) are no text, but pydicom leaves those of GB 2312 standing
        return _G1_ESCAPES.sub("", str(decode_bytes(raw, convert_encodings(list(terms)), delimiters))).strip()
    except (LookupError, ValueError):
        return raw.decode("gb18030", "replace").strip()


def _by_bytes(raw: bytes, *, latin: bool, declared: Sequence[str]) -> str | None:
    first = declared[0]
    if first in ("GB18030", "GBK", "ISO_IR 192"):
        for encoding in ("utf-8", "gb18030") if first == "ISO_IR 192" else ("gb18030", "utf-8"):
            found = _strict(raw, encoding)
            if found is not None:
                return found
        return None
    if latin:
        found = _strict(raw, "utf-8")
        if found is None and (first in ("", "ISO_IR 6", "ISO 2022 IR 6") or _GB2312_ONLY.match(raw)):
            found = _strict(raw, "gb18030")
        return found
    return None


def _strict(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return None
