"""Numbers of decimal and integer strings (PS3.5 section 6.2), also where they are not written as they should
be.

Decimal commas, units, foreign exponents and foreign minus signs are read and marked as mended; what is no
number is told apart from what is absent.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

MENDED = "{attribute} is written “{text}”; it was read as {value}."
UNREADABLE = "{attribute} is no number (“{text}”) and was not read."
BEYOND = "{attribute} is {text}, which cannot be; it was not used."

#: integer strings hold whole numbers of 32 bits (PS3.5 6.2)
MOST_INTEGER = (1 << 31) - 1
#: of a length or a coordinate in an image or a patient: a kilometre, and a nanometre
MOST_MM, LEAST_MM = 1e6, 1e-6

_STRICT = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\Z", re.ASCII)
_LOOSE = re.compile(
    r"(?P<sign>[+-]?)\s*"
    r"(?P<digits>\d{1,3}(?:,\d{3})+\.\d+|\d{1,3}(?:\.\d{3})+,\d+|\d+[.,]?\d*|[.,]\d+)"
    r"(?:\s*[eEdD](?P<exponent>[+-]?\d+))?"
    r"(?:\s*(?:[^\W\d_]{1,10}[23]?(?:/[^\W\d_]{1,5}[23]?)?\.?|[%°'\"]))?\Z"
)
_MINUS = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d", "-"))
_PADDING = "\0 \t\r\n\ufeff\u00a0\u3000"
_SHOWN = 32
#: bytes of a few numbers
_SHORT = 128


@dataclass(frozen=True, slots=True)
class Number:
    """What stands for one number: `value` is None where `text` is empty (absent) or no number (unreadable).

    `mended`: the value is plain, but not written as DICOM wants it; a person is told.
    """

    value: float | None
    text: str = ""
    mended: bool = False

    @property
    def absent(self) -> bool:
        """Nothing is written."""
        return not self.text

    @property
    def unreadable(self) -> bool:
        """Something is written that is no number."""
        return self.value is None and bool(self.text)


ABSENT = Number(None)


def read_numbers(raw: bytes) -> tuple[Number, ...]:
    """The values of a multi-valued decimal or integer string; none for an empty one."""
    return _known_numbers(raw) if len(raw) <= _SHORT else _numbers(raw)


def _numbers(raw: bytes) -> tuple[Number, ...]:
    whole = raw.strip(b"\0 ")
    return tuple(read_number(part) for part in whole.split(b"\\")) if whole else ()


#: kept, for the images of a series have most of them in common
_known_numbers = lru_cache(maxsize=2048)(_numbers)


def read_number(raw: bytes) -> Number:
    """One value, from its bytes."""
    text = _text(raw).strip(_PADDING)
    if _STRICT.match(text):
        return _finite(float(text), text, mended=False)
    if not text:
        return ABSENT
    if any(
        unicodedata.category(letter) == "No" for letter in text
    ):  # superscripts are no digits of the number
        return Number(None, _shown(text))
    plain = unicodedata.normalize("NFKC", text).translate(_MINUS)
    found = _LOOSE.match(plain)
    if found is None:
        return Number(None, _shown(text))
    exponent = found["exponent"]
    value = float(found["sign"] + _with_point(found["digits"]) + (f"e{exponent}" if exponent else ""))
    return _finite(value, text, mended=True)


def _text(raw: bytes) -> str:
    try:
        return raw.decode("ascii")
    except UnicodeDecodeError:
        pass
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


def _with_point(digits: str) -> str:
    """The last of comma and point divides the fraction; an earlier one of the other kind groups thousands."""
    if "," not in digits:
        return digits
    if digits.rfind(",") > digits.rfind("."):
        return digits.replace(".", "").replace(",", ".")
    return digits.replace(",", "")


def _finite(value: float, text: str, *, mended: bool) -> Number:
    return Number(value, _shown(text), mended) if math.isfinite(value) else Number(None, _shown(text))


def _shown(text: str) -> str:
    shown = text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)
    return shown[:_SHOWN].strip() or "?"
