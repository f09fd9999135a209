"""Domain objects as JSON text, whole, and back.  Numbers that JSON lacks (NaN) keep Python's spelling."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from app.errors import BadInput
from app.i18n import tr

T = TypeVar("T")


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def to_json(kind: Any, value: Any) -> str:
    """JSON text of a value of a domain type; one form: sorted keys, no blanks."""
    return json.dumps(_adapter(kind).dump_python(value, mode="json"), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def from_json(kind: Any, text: str, *, what: str) -> Any:
    """The value again; `BadInput`, naming `what`, for text that does not fit."""
    try:
        return _adapter(kind).validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        raise BadInput("The stored {what} cannot be read at {where}: {reason}.", what=tr(what), where=where, reason=first["msg"]) from error
