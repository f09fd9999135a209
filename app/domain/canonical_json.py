"""One JSON text for one value, by RFC 8785: members sorted by UTF-16 code units, numbers as ECMAScript prints
them, no white space.  What is signed is written so: the same value has the same bytes on every machine.
"""

from __future__ import annotations

import json
import math
from typing import Any


def canonical_json(value: Any) -> str:
    """JSON text of a value by RFC 8785.

    Raises
    ------
    ValueError
        For numbers that JSON has not (NaN, infinities) and integers beyond 2^53, which readers would round.
    """
    if isinstance(value, dict):
        members = sorted(value.items(), key=lambda item: item[0].encode("utf-16-be"))
        return "{" + ",".join(f"{_text(name)}:{canonical_json(member)}" for name, member in members) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(canonical_json(member) for member in value) + "]"
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return _number(value)


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _number(value: int | float) -> str:
    """As ECMAScript's Number::toString: shortest digits, no ``.0``, exponent from 1e21 and below 1e-6."""
    if isinstance(value, int):
        if abs(value) > 2**53:
            raise ValueError(f"integer {value} is beyond 2^53 and would be rounded by readers")
        return str(value)
    if not math.isfinite(value):
        raise ValueError(f"{value} has no JSON form")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, exponent = f"{abs(value)!r}", 0
    if "e" in mantissa:
        mantissa, power = mantissa.split("e")
        exponent = int(power)
    whole, _, fraction = mantissa.partition(".")
    point = len(whole) + exponent
    digits = (whole + fraction).lstrip("0")
    point -= len(whole + fraction) - len(digits)
    digits = digits.rstrip("0")
    return sign + _layout(digits, point)


def _layout(digits: str, point: int) -> str:
    """ECMA-262 6.1.6.1.20 with k digits and the decimal point after `point` of them."""
    if len(digits) <= point <= 21:
        return digits.ljust(point, "0")
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    power = point - 1
    rest = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{digits[0]}{rest}e{'+' if power > 0 else '-'}{abs(power)}"
