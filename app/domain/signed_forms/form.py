"""What a form of signed content is: a name and the members that it holds."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.domain.canonical_json import canonical_json

#: by name of a type: its signed members, each with the name of its own type, or "" for a value that is taken
#: whole.  The type of a list is that of its items; "inline/kind" is the type "inline/" with the tree's
#: `kind`.
Members = Mapping[str, Mapping[str, str]]


class NotRebuilt(StrEnum):
    """Why the bytes of a report that was signed before bytes were stored are not known."""

    DIFFERS = "differs"  # the stored report does not give the signed digest
    UNREADABLE = "unreadable"  # the stored report is damaged


@dataclass(frozen=True, slots=True)
class SignedContent:
    """The bytes that a signature covers, and the name of their form."""

    form: str
    content: bytes

    @property
    def digest_sha256(self) -> str:
        """What the signature names: SHA-256 of the bytes, as hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class SignedForm:
    """One form: its members, by number of the schema of the report document (`app.domain.schema_history`).

    `numbered`: the content names that number; without it is 1.
    """

    name: str
    members: Mapping[int, Members]
    numbered: bool = True

    def write(self, document: Mapping[str, Any], schema: int) -> SignedContent:
        """The signed content of a report document (the JSON tree of a `Report` of a schema).

        Members that the form does not list are left out, and so are those that the document lacks.  A form
        that lists no members for the schema is a defect (`LookupError`).

        Raises
        ------
        ValueError
            For numbers that JSON has not.
        LookupError, TypeError, AttributeError
            For a tree that is no report.
        """
        content = _picked(self.members[schema], "report", document) | {"signed_form": self.name}
        if self.numbered:
            content["schema"] = schema
        return SignedContent(self.name, canonical_json(content).encode("utf-8"))


def _picked(members: Members, kind: str, tree: Any) -> Any:
    if not kind or tree is None:
        return tree
    if isinstance(tree, list):
        return [_picked(members, kind, item) for item in tree]
    family, _, told_by = kind.partition("/")
    listed = members[f"{family}/{tree[told_by]}" if told_by else kind]
    return {name: _picked(members, listed[name], tree[name]) for name in listed if name in tree}
