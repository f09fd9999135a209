"""A record's document: values by element identifier, as the dictionary in force describes them, never
columns.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints

from catalog_client.schema.elements import METADATA_SET, PARENT, SET_VERSION

#: one text of an element; what is longer than this is no metadata
Value = Annotated[str, StringConstraints(max_length=4000)]
#: one occurrence of an entity: its elements' values
Entity = dict[str, list[Value]]


class Document(BaseModel):
    """Element identifier → occurrences; an occurrence is a text, or for an entity its own elements'
    values.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    metadata_set: str = METADATA_SET
    set_version: str = SET_VERSION
    elements: dict[str, list[Value | Entity]]


def flatten(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(element identifier, value) of all values of a document in its order, those inside entities too."""
    for element_id, occurrences in document.get("elements", {}).items():
        for occurrence in occurrences:
            if isinstance(occurrence, Mapping):
                for inner, values in occurrence.items():
                    yield from ((inner, value) for value in values)
            else:
                yield element_id, occurrence


def values_of(document: Mapping[str, Any], element_id: str) -> list[str]:
    """All values of an element, wherever it stands."""
    return [value for found, value in flatten(document) if found == element_id]


def first(document: Mapping[str, Any], element_id: str, default: str = "") -> str:
    """The first value of an element."""
    return next(iter(values_of(document, element_id)), default)


def nest(pairs: Iterable[tuple[str, str]], parents: Mapping[str, str] = PARENT) -> dict[str, Any]:
    """A document from (element identifier, value) pairs; empty values are left out.

    An element that its entity's current occurrence already has begins the entity's next occurrence.
    """
    elements: dict[str, list[Any]] = {}
    for element_id, value in pairs:
        if not value.strip():
            continue
        parent = parents.get(element_id)
        if parent is None:
            elements.setdefault(element_id, []).append(value)
            continue
        occurrences = elements.setdefault(parent, [])
        if not occurrences or element_id in occurrences[-1]:
            occurrences.append({})
        occurrences[-1][element_id] = [value]
    return {"metadata_set": METADATA_SET, "set_version": SET_VERSION, "elements": elements}


def canonical(document: Mapping[str, Any]) -> str:
    """The one text of a document: keys sorted, no spaces, no escapes beyond JSON's need."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest(document: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical text, hexadecimal."""
    return hashlib.sha256(canonical(document).encode("utf-8")).hexdigest()
