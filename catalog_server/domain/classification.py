"""The classification tree of resources: category, subject, details (DB13/T 2.13-2.15, 4.9.2)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Node:
    """One code of one level."""

    code: str
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Classification:
    """The three levels; every subject and details code stands under every category."""

    schema: str
    categories: dict[str, Node]
    subjects: dict[str, Node]
    details: dict[str, Node]

    def resolve(self, code: str) -> tuple[Node, Node, Node] | None:
        """The three nodes of ``category.subject.details``, or None where one does not exist."""
        parts = code.split(".")
        if len(parts) != 3:
            return None
        found = (self.categories.get(parts[0]), self.subjects.get(parts[1]), self.details.get(parts[2]))
        return None if None in found else found  # type: ignore[return-value]

    def name(self, code: str, language: str = "zh") -> str:
        """“CT 单元组 / 胸部 / 影像与报告”; the code itself where it is unknown."""
        found = self.resolve(code)
        if found is None:
            return code
        return " / ".join(node.name_zh if language == "zh" else node.name_en for node in found)


@cache
def classification() -> Classification:
    """The tree in force."""
    data = json.loads(
        files("catalog_server.data").joinpath("classification.json").read_text(encoding="utf-8")
    )
    levels = {
        level: {row["code"]: Node(**row) for row in data[level]}
        for level in ("categories", "subjects", "details")
    }
    return Classification(data["schema"], **levels)
