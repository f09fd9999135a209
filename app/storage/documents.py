"""Domain objects as JSON text, whole, and back.  Numbers that JSON lacks (NaN) keep Python's spelling.

A stored document is ``{"content": …, "schema": n}``: n is the number of its schema
(`app.domain.schema_history`). One without a number was stored before there were numbers, and is of number 1.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from app.domain import schema_history
from app.domain.key_object import KeyImage
from app.domain.measurement import Measurement
from app.domain.provenance import ResultState
from app.domain.report import Report, Signature
from app.domain.schema_history import Schema
from app.errors import BadInput
from app.i18n import tr

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DocumentType(Generic[T]):
    """A kind of document: the domain type that it holds, and its schema."""

    schema: Schema
    holds: Any


REPORT: DocumentType[Report] = DocumentType(schema_history.REPORT, Report)
SIGNATURES: DocumentType[tuple[Signature, ...]] = DocumentType(
    schema_history.SIGNATURES, tuple[Signature, ...]
)
MEASUREMENTS: DocumentType[tuple[Measurement, ...]] = DocumentType(
    schema_history.MEASUREMENTS, tuple[Measurement, ...]
)
KEY_IMAGES: DocumentType[tuple[KeyImage, ...]] = DocumentType(schema_history.KEY_IMAGES, tuple[KeyImage, ...])
RESULT: DocumentType[ResultState] = DocumentType(schema_history.RESULT, ResultState)


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def to_json(kind: DocumentType[T], value: T) -> str:
    """JSON text of a value; one form: sorted keys, no blanks, the present schema."""
    return json.dumps(
        numbered(kind.schema, _adapter(kind.holds).dump_python(value, mode="json")),
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )


def from_json(kind: DocumentType[T], text: str) -> T:
    """The value again, of any known schema; `BadInput`, naming the kind, for text that does not fit."""
    try:
        content = content_of(kind.schema, json.loads(text))
        found: T = _adapter(kind.holds).validate_python(content)
        return found
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        raise _unreadable(kind.schema, where, first["msg"]) from error
    except json.JSONDecodeError as error:
        raise _unreadable(kind.schema, str(error.pos), error.msg) from error
    except (RecursionError, ValueError) as error:  # nested too deeply; a number of too many digits
        raise _unreadable(kind.schema, "0", type(error).__name__) from error


def numbered(schema: Schema, content: Any) -> dict[str, Any]:
    """The JSON tree of a document that holds `content`."""
    return {"content": content, "schema": schema.number}


def content_of(schema: Schema, document: Any) -> Any:
    """What a document holds, brought to the present schema; `BadInput` for one of a newer version."""
    if isinstance(document, dict) and document.keys() == {"content", "schema"}:
        number = document["schema"]
        if type(number) is not int:
            raise _unreadable(schema, "schema", f"{number!r}")
        return schema.present(document["content"], number)
    return schema.present(document, 1)


def _unreadable(schema: Schema, where: str, reason: str) -> BadInput:
    return BadInput(
        "The stored {what} cannot be read at {where}: {reason}.",
        what=tr(schema.title),
        where=where,
        reason=reason,
    )
