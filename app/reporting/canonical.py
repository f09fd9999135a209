"""The canonical JSON of a report: what is signed.

Its form is RFC 8785 (members sorted by UTF-16 code units, numbers as ECMAScript prints them, no white space, UTF-8),
so that the same report has the same bytes on every machine.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from app.domain.person import Actor
from app.domain.report import Report, ReportState, Signature

#: members that are the report's way through the house and not what was said: they change after signing
_NOT_SIGNED = frozenset({"signatures", "state", "revision", "updated_at", "return_reason"})
_SIGNED_FORM = "yingshu-report-1"
_STATEMENT_FORM = "yingshu-signature-1"


@cache
def _adapter() -> TypeAdapter[Report]:
    return TypeAdapter(Report)


@cache
def _signature_adapter() -> TypeAdapter[Signature]:
    return TypeAdapter(Signature)


def signed_content(report: Report) -> bytes:
    """The bytes that a signature covers: header, text, evidence, author and version; not state, saves or signatures."""
    whole: dict[str, Any] = _adapter().dump_python(report, mode="json")
    content = {name: value for name, value in whole.items() if name not in _NOT_SIGNED}
    content["signed_form"] = _SIGNED_FORM
    return canonical_json(content).encode("utf-8")


def digest(report: Report) -> str:
    """SHA-256 of the signed content, as hexadecimal: what is signed with the person's key and printed on the page."""
    return hashlib.sha256(signed_content(report)).hexdigest()


def freeze(report: Report, actor: Actor, at: datetime) -> Report:
    """The draft as its author signs it: written down as theirs, no older signatures, one revision on."""
    return replace(
        report, state=ReportState.SIGNED, author_id=actor.person_id, author_name=actor.name, signatures=(),
        return_reason="", revision=report.revision + 1, updated_at=at,
    )  # fmt: skip


def statement(signature: Signature, before: Sequence[Signature] = ()) -> str:
    """SHA-256, as hexadecimal, of all that a signature says: who, as what, when, with which key, over which content.

    `before` are the signatures that stood on the report when this one was given: it holds for them and their order too.
    """
    said: dict[str, Any] = _signature_adapter().dump_python(signature, mode="json")
    del said["value"]
    said |= {"signed_form": _STATEMENT_FORM, "after": [earlier.value for earlier in before]}
    return hashlib.sha256(canonical_json(said).encode("utf-8")).hexdigest()


def covers(signature: Signature, report: Report) -> bool:
    """Whether a signature was given for the content as it is now (its cryptographic value is checked by `app.people`)."""
    return signature.digest_sha256 == digest(report)


def same_words(one: Report, other: Report) -> bool:
    """Whether two readings of a report say the same, at the same step of its way."""
    return one.state is other.state and signed_content(one) == signed_content(other)


# -- RFC 8785 --------------------------------------------------------------------------------------------------


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
