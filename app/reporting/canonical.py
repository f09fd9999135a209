"""What is signed of a report, and how it is read again.

The signed bytes are canonical JSON of a form (`app.domain.signed_forms`).  They are stored with the signature
and never written anew: a report verifies by the bytes, and by saying what they say.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from app.domain.canonical_json import canonical_json
from app.domain.person import Actor
from app.domain.report import Report, ReportState, Signature
from app.domain.schema_history import REPORT
from app.domain.signed_forms import FORMS, PRESENT, SignedContent
from app.errors import BadInput

_STATEMENT_FORM = "yingshu-signature-1"
#: integers beyond it are doubles to every reader of JSON (RFC 8785 section 3.2.2.3)
_SAFE_INTEGER = 2**53


@cache
def _adapter() -> TypeAdapter[Report]:
    return TypeAdapter(Report)


def signed_content(report: Report) -> SignedContent:
    """What a signature that is given now covers: header, text, evidence, author and version; not the report's
    way through the house (`said`).

    Raises
    ------
    ValueError
        For numbers that JSON has not; and for a report that says something the form has no member for: a
        member was added to a domain type and not to the form.
    """
    content = _written(report)
    if read_signed(content) != said(report):
        raise ValueError(f"form {content.form} does not hold all that report {report.report_id} says")
    return content


def read_signed(content: SignedContent) -> Report:
    """The report that signed bytes hold: a draft without the way through the house.

    `BadInput` for a form or schema of a newer version, and for bytes that are no report of their form.
    """
    try:
        tree = json.loads(content.content, parse_int=_integer)
        name, number = tree.pop("signed_form"), tree.pop("schema", 1)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise _unreadable(content) from error
    form = FORMS.get(name)
    if form is None:
        raise BadInput(
            "The report was signed in form {found}; this version of YingShu reads {known}.",
            hint="Use a newer version of YingShu.",
            found=name,
            known=", ".join(FORMS),
        )
    try:
        present = REPORT.present(tree, number)
        # members that the form does not list would be signed and shown to nobody
        if form.write(tree, number) != content:
            raise _unreadable(content)
        return _adapter().validate_python(present)
    except (ValidationError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise _unreadable(content) from error


def says(report: Report, content: SignedContent) -> bool:
    """Whether a report says what signed bytes hold, no more and no less."""
    return read_signed(content) == said(report)


def said(report: Report) -> Report:
    """The report without its way through the house, which goes on after signing: state, saves, signatures."""
    return replace(
        report, state=ReportState.DRAFT, signatures=(), revision=0, updated_at=None, return_reason=""
    )


def digest(report: Report) -> str:
    """SHA-256, as hexadecimal, of what would be signed of the report now."""
    return _written(report).digest_sha256


def printed_digest(report: Report) -> str:
    """The digest that stands on the page: the one that was signed; of a draft that of its present content."""
    return report.signatures[0].digest_sha256 if report.signatures else digest(report)


def freeze(report: Report, actor: Actor, at: datetime) -> Report:
    """The draft as its author signs it: written down as theirs, no older signatures, one revision on."""
    return replace(
        report,
        state=ReportState.SIGNED,
        author_id=actor.person_id,
        author_name=actor.name,
        signatures=(),
        return_reason="",
        revision=report.revision + 1,
        updated_at=at,
    )


def statement(signature: Signature, before: Sequence[Signature] = ()) -> str:
    """SHA-256, as hexadecimal, of all that a signature says: who, as what, when, with which key, over which
    content.

    `before` are the signatures that stood on the report when this one was given: it holds for them and their
    order too.  The members are written out: a signature verifies by exactly these.
    """
    told = {
        "role": str(signature.role),
        "person_id": signature.person_id,
        "person_name": signature.person_name,
        "signed_at": signature.signed_at.isoformat().replace("+00:00", "Z"),
        "digest_sha256": signature.digest_sha256,
        "public_key": signature.public_key,
        "signed_form": _STATEMENT_FORM,
        "after": [earlier.value for earlier in before],
    }
    return hashlib.sha256(canonical_json(told).encode("utf-8")).hexdigest()


def same_words(one: Report, other: Report) -> bool:
    """Whether two readings of a report say the same, at the same step of its way."""
    return one.state is other.state and _written(one) == _written(other)


def _written(report: Report) -> SignedContent:
    document: dict[str, Any] = _adapter().dump_python(report, mode="json")
    return PRESENT.write(document, REPORT.number)


def _integer(text: str) -> int | float:
    value = int(text)
    return value if abs(value) <= _SAFE_INTEGER else float(text)


def _unreadable(content: SignedContent) -> BadInput:
    return BadInput("The signed bytes are no report of form {form}.", form=content.form)
