"""Metadata sets as data: elements and entities with the eight attributes of DB13/T 4.6 and the dimension of
4.9.1.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cached_property
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class CodeItem:
    """One value of a code list."""

    code: str
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class ElementRule:
    """An element or entity.  `max_occurs` None means any number; `assigned_by` names who fills it when it is
    not the cataloguer.
    """

    id: str
    clause: str
    kind: str
    parent: str | None
    name_zh: str
    name_en: str
    definition_zh: str
    definition_en: str
    data_type: str
    range_zh: str
    range_en: str
    obligation: str
    max_occurs: int | None
    remarks_zh: str
    remarks_en: str
    dimension: str
    code_list: str | None
    pattern: str | None
    max_length: int | None
    assigned_by: str | None
    searchable: bool
    order: int


@dataclass(frozen=True)
class MetadataSet:
    """One version of one set."""

    standard: dict[str, str]
    description: dict[str, str]
    dimensions: dict[str, CodeItem]
    elements: tuple[ElementRule, ...]
    code_lists: dict[str, dict[str, CodeItem]]
    code_list_names: dict[str, tuple[str, str]]

    @property
    def set_id(self) -> str:
        """Identifier of the set."""
        return self.description["id"]

    @property
    def version(self) -> str:
        """Version of the set."""
        return self.description["version"]

    @cached_property
    def by_id(self) -> dict[str, ElementRule]:
        """Rules by element identifier."""
        return {rule.id: rule for rule in self.elements}

    def children(self, entity_id: str | None) -> list[ElementRule]:
        """Elements of an entity, or those that stand alone, in order."""
        return [rule for rule in self.elements if rule.parent == entity_id]

    def as_wire(self) -> dict[str, Any]:
        """The set as the self-description gives it; code lists stand with their elements."""
        return {
            "standard": self.standard,
            "set": self.description,
            "dimensions": [asdict(item) for item in self.dimensions.values()],
            "elements": [self._element(rule) for rule in self.elements],
        }

    def _element(self, rule: ElementRule) -> dict[str, Any]:
        items = self.code_lists.get(rule.code_list or "", {})
        return {**asdict(rule), "codes": [asdict(item) for item in items.values()]}


def parse(data: dict[str, Any]) -> MetadataSet:
    """A set from its JSON form."""
    lists = data["code_lists"]
    return MetadataSet(
        standard=data["standard"],
        description=data["set"],
        dimensions={row["code"]: CodeItem(**row) for row in data["dimensions"]},
        elements=tuple(sorted((ElementRule(**row) for row in data["elements"]), key=lambda rule: rule.order)),
        code_lists={
            key: {row["code"]: CodeItem(**row) for row in value["items"]} for key, value in lists.items()
        },
        code_list_names={key: (value["name_zh"], value["name_en"]) for key, value in lists.items()},
    )


def basic_set_json() -> dict[str, Any]:
    """The basic metadata as shipped."""
    data: dict[str, Any] = json.loads(
        files("catalog_server.data").joinpath("basic-metadata.json").read_text(encoding="utf-8")
    )
    return data
