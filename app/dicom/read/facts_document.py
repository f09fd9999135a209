"""Facts of an object as bytes for the database, and back.

JSON without what has its usual value, compressed.  The number of the form is kept beside it: facts of another
form are read anew from the object.
"""

from __future__ import annotations

import base64
import json
import types
import zlib
from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass, replace
from datetime import datetime, time, timedelta
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from app.dicom.read.frames import object_facts
from app.dicom.read.header import PARSE_FAILURES, Header
from app.dicom.read.identity import Identity
from app.dicom.read.object_facts import ObjectFacts
from app.dicom.read.prescan import Prescan
from app.dicom.read.source_header import SourceHeader, source_of
from app.domain.frame import Frame
from app.domain.study import SopUid

#: grows whenever facts mean something else or hold more
FORM = 16
_KIND = "_"
UNPARSED = "The header cannot be parsed ({cause})."
Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class ObjectDocuments:
    """What the header of an object says, in the form of this number: its facts, and what is made from it
    takes.
    """

    form: int
    facts: bytes
    source: bytes


def documents_of(header: Header, found: Prescan, digest: str, identity: Identity) -> ObjectDocuments:
    """Documents of an object that has been looked at; one whose header cannot be parsed has its reason as
    facts.
    """
    try:
        facts = object_facts(header, found, digest, identity.sop_uid)
    except PARSE_FAILURES as error:
        told = (UNPARSED, {"cause": type(error).__name__})
        facts = ObjectFacts(
            SopUid(identity.sop_uid), header.uid(0x00080016), header.text(0x00080060), refusal=told
        )
    return ObjectDocuments(FORM, pack_facts(facts), pack_source(source_of(header, identity)))


def pack_facts(facts: ObjectFacts) -> bytes:
    """Frames but the first hold only what differs from it."""
    write, _ = _codec(ObjectFacts)
    several = len(facts.frames) > 1
    plain = write(replace(facts, frames=facts.frames[:1]) if several else facts)
    if several:
        first = facts.frames[0]
        plain["more"] = [_difference(first, frame) for frame in facts.frames[1:]]
    return _packed(plain)


def unpack_facts(data: bytes) -> ObjectFacts:
    """The facts again; raises `ValueError` or `LookupError` for bytes that are none."""
    plain = json.loads(zlib.decompress(data))
    _, read = _codec(ObjectFacts)
    facts: ObjectFacts = read(plain)
    if "more" not in plain:
        return facts
    first = facts.frames[0]
    readers = {one.name: _codec(hint)[1] for one, hint in _hints(Frame)}
    more = (
        replace(first, **{name: readers[name](value) for name, value in changed.items()})
        for changed in plain["more"]
    )
    return replace(facts, frames=(first, *more))


def pack_source(header: SourceHeader) -> bytes:
    """What objects made from it take from it."""
    return _packed(_codec(SourceHeader)[0](header))


def unpack_source(data: bytes) -> SourceHeader:
    """The header again."""
    found: SourceHeader = _codec(SourceHeader)[1](json.loads(zlib.decompress(data)))
    return found


def _packed(plain: Any) -> bytes:
    return zlib.compress(json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode(), 6)


def _difference(first: Frame, frame: Frame) -> dict[str, Any]:
    return {
        one.name: _codec(hint)[0](value)
        for one, hint in _hints(Frame)
        if (value := getattr(frame, one.name)) != getattr(first, one.name)
    }


@cache
def _hints(kind: type) -> tuple[tuple[Field[Any], Any], ...]:
    hints = get_type_hints(kind)
    return tuple((one, hints[one.name]) for one in fields(kind))


@cache
def _codec(hint: Any) -> tuple[Convert, Convert]:
    """(to plain JSON values, from them) of a type."""
    hint = getattr(hint, "__supertype__", hint)
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _choice(get_args(hint))
    if origin is tuple:
        return _sequence(get_args(hint))
    if origin is dict or hint in (str, int, bool):
        return _same, _same
    if hint is float:
        return _same, float
    if hint is bytes:
        return (lambda value: base64.b64encode(value).decode()), base64.b64decode
    if hint is timedelta:
        return timedelta.total_seconds, lambda value: timedelta(seconds=value)
    if hint in (datetime, time):
        return hint.isoformat, hint.fromisoformat
    if isinstance(hint, type) and issubclass(hint, Enum):
        return (lambda value: value.value), hint
    if is_dataclass(hint) and isinstance(hint, type):
        return _record(hint)
    raise TypeError(f"no form is known for {hint}")


def _same(value: Any) -> Any:
    return value


def _sequence(parts: tuple[Any, ...]) -> tuple[Convert, Convert]:
    if len(parts) == 2 and parts[1] is Ellipsis:
        write, read = _codec(parts[0])
        return (lambda values: [write(v) for v in values]), (lambda values: tuple(map(read, values)))
    codecs = [_codec(part) for part in parts]
    return (
        lambda values: [write(v) for (write, _), v in zip(codecs, values, strict=True)],
        lambda values: tuple(read(v) for (_, read), v in zip(codecs, values, strict=True)),
    )


def _choice(parts: tuple[Any, ...]) -> tuple[Convert, Convert]:
    """A value or None; of several records each with its name."""
    kinds = [part for part in parts if part is not type(None)]
    if len(kinds) == 1:
        write, read = _codec(kinds[0])
        return (
            lambda value: None if value is None else write(value),
            lambda value: None if value is None else read(value),
        )
    known = {kind.__name__: kind for kind in kinds}
    writers = {kind: _codec(kind)[0] for kind in kinds}

    def write_any(value: Any) -> Any:
        if value is None:
            return None
        return {_KIND: type(value).__name__, **writers[type(value)](value)}

    def read_any(value: Any) -> Any:
        return None if value is None else _codec(known[value[_KIND]])[1](value)

    return write_any, read_any


def _record(kind: type) -> tuple[Convert, Convert]:
    """Fields that differ from their usual value."""
    codecs = [(one.name, _usual(one), *_codec(hint)) for one, hint in _hints(kind)]
    readers = {name: read for name, _, _, read in codecs}

    def write(value: Any) -> dict[str, Any]:
        return {
            name: write_one(found)
            for name, usual, write_one, _ in codecs
            if (found := getattr(value, name)) != usual
        }

    def read(plain: dict[str, Any]) -> Any:
        return kind(**{name: readers[name](found) for name, found in plain.items() if name in readers})

    return write, read


def _usual(one: Field[Any]) -> Any:
    if one.default is not MISSING:
        return one.default
    return one.default_factory() if one.default_factory is not MISSING else MISSING
