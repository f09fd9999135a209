"""How people have their worklist: its columns, its order, and filters that they saved, as they are stored."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar

from app.domain.worklist import Narrowing, Stage, WorklistColumn, WorklistQuery
from app.errors import BadInput

#: number of the documents' form
SCHEMA = 1
LONGEST_NAME = 60
MOST_FILTERS = 50
E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class ListLayout:
    """The list as a person left it; no columns stand for those of the program."""

    columns: tuple[WorklistColumn, ...] = ()
    sort: WorklistColumn = WorklistColumn.TIME
    descending: bool = True


@dataclass(frozen=True, slots=True)
class WorklistViews:
    """What is stored of a person: the list as it was left, and filters by their names."""

    layout: ListLayout
    filters: Mapping[str, WorklistQuery]


def checked_name(name: str) -> str:
    """A name that a filter may have."""
    plain = " ".join(name.split())
    if not plain or len(plain) > LONGEST_NAME:
        raise BadInput(
            "A filter's name has 1 to {limit} characters, this one has {found}.",
            limit=LONGEST_NAME,
            found=len(plain),
        )
    return plain


def layout_document(layout: ListLayout) -> str:
    """A layout as it is stored."""
    return _written(columns=list(layout.columns), sort=layout.sort, descending=layout.descending)


def filter_document(query: WorklistQuery) -> str:
    """What a filter asks for as it is stored; the order of the list is not part of it."""
    return _written(
        text=query.text, stage=query.stage, narrowed=sorted(query.narrowed), modality=query.modality
    )


def read_layout(document: str) -> ListLayout:
    """A stored layout; columns that this version does not know are left out."""
    tree = _tree(document)
    columns = tuple(dict.fromkeys(_known(WorklistColumn, tree.get("columns", ()))))
    sort = _known(WorklistColumn, [tree.get("sort")])
    return ListLayout(columns, sort[0] if sort else WorklistColumn.TIME, tree.get("descending") is not False)


def read_filter(document: str) -> WorklistQuery | None:
    """A stored filter; None where it asks for what this version does not know: it would show too much."""
    tree = _tree(document)
    narrowed = tree.get("narrowed", [])
    known = _known(Narrowing, narrowed)
    stages = _known(Stage, [tree.get("stage")])
    if not stages or not isinstance(narrowed, list) or len(known) != len(narrowed):
        return None
    text, modality = tree.get("text"), tree.get("modality")
    if not isinstance(text, str) or not isinstance(modality, str):
        return None
    return WorklistQuery(text, stages[0], frozenset(known), modality)


def asked_alike(one: WorklistQuery, other: WorklistQuery) -> bool:
    """Both ask for the same studies, in whatever order."""
    return replace(one, sort=other.sort, descending=other.descending) == other


def _written(**members: Any) -> str:
    return json.dumps({"schema": SCHEMA, **members}, ensure_ascii=False, sort_keys=True)


def _tree(document: str) -> dict[str, Any]:
    try:
        tree = json.loads(document)
    except (ValueError, RecursionError):
        return {}
    return tree if isinstance(tree, dict) and tree.get("schema") == SCHEMA else {}


def _known(of: type[E], names: object) -> list[E]:
    given: Iterable[object] = names if isinstance(names, list | tuple) else ()
    values = {str(one): one for one in of}
    return [values[name] for name in given if isinstance(name, str) and name in values]
