"""A hanging protocol: for which studies, and stage by stage what stands where.  Data, read from JSON.

A document has the form

    {"schema": 2, "id": "mr-brain", "title": "Brain MR",
     "study": {"modality": ["MR"], "region": ["head"]},
     "stages": [{"title": "…", "layout": "grid-2x2", "needs": 2,
                 "views": [{"image": {"weighting": "t2"}, "prefer": {"plane": "axial"}}, …],
                 "link": true}]}

`study` and `image` are conditions that must hold, none in a protocol for any study: of a trait
(`app.viewing.hanging.traits`) a value, or a list of values of which one is meant, or ``{"least": …,
"most": …}``; of a study also ``{"all": [...]}``, and "" for one that names no region.
`prefer` decides between images that fit; of a list of values the first is liked best.  Words in `title` are
English and keys of translations.

Schema 2 added `invert`, `palette`, `show`, `show_up_to_mm` and `further` of the views, `compact` and `fill`
of the stages; a document of schema 1 is read as having none of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from app.errors import BadInput, NotFound
from app.viewing.hanging.traits import Traits
from app.viewing.layouts import Layout, layout
from app.viewing.palettes import palette_rgb

SCHEMA = 2
#: members of views and stages that schema 1 did not have
_SINCE_2 = frozenset({"invert", "palette", "show", "show_up_to_mm", "further", "compact", "fill"})
#: traits of a study: those of its display sets together
STUDY_TRAITS = ("modality", "region", "priors")
Condition = Any


@dataclass(frozen=True, slots=True)
class ViewRule:
    """What hangs in one cell.

    `prior` 1 is the latest comparable prior, 2 the one before it, 0 the study itself.  `window` is the name
    of a preset; `invert` shows high values dark, `palette` is the name of a colour table ("": grey).
    `show` is the plane of a volume that is shown (``axial coronal sagittal rendering``), "" the acquired one;
    with `show_up_to_mm` slices that are thicker stay as they were acquired;
    `further` is ``highest`` where the view begins at the highest value of a further axis (b-value).
    `repeats` lets an image hang that hangs in a cell before.  `side` (``left`` or ``right``) is
    the edge of the cell that the image touches, and where the chest wall of a mammogram is turned.
    """

    image: Mapping[str, Condition] = field(default_factory=dict)
    prefer: Mapping[str, Condition] = field(default_factory=dict)
    prior: int = 0
    window: str = ""
    repeats: bool = False
    side: str = ""
    invert: bool = False
    palette: str = ""
    show: str = ""
    show_up_to_mm: float = 0.0
    further: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """One arrangement.  It is offered where at least `needs` of its cells have an image.

    A `compact` one leaves out cells without an image and takes the smallest grid that holds the rest; with
    `fill` what is left of that grid shows what else was acquired.
    """

    title: str
    layout_id: str
    views: tuple[ViewRule, ...]
    needs: int = 1
    link: bool = False
    compact: bool = False
    fill: bool = False

    @property
    def compares(self) -> bool:
        """It shows a prior."""
        return any(rule.prior for rule in self.views)

    @property
    def layout(self) -> Layout:
        """How its cells share the screen."""
        return layout(self.layout_id)


@dataclass(frozen=True, slots=True)
class HangingProtocol:
    """For which studies, and its stages in order.

    `owner` is the id of the person whose it is, "" for all; `is_stored` where it was made here and did not
    come with the program.
    """

    protocol_id: str
    title: str
    study: Mapping[str, Condition]
    stages: tuple[Stage, ...]
    owner: str = ""
    is_stored: bool = False


def holds(condition: Condition, value: object) -> bool:
    """Whether a trait's value meets a condition."""
    if isinstance(condition, Mapping):
        if not isinstance(value, int | float):
            return False
        least, most = condition.get("least", float("-inf")), condition.get("most", float("inf"))
        return bool(least <= value <= most)
    if isinstance(condition, list | tuple):
        return any(holds(one, value) for one in condition)
    return bool(condition == value)


def read_protocol(text: str, *, name: str, owner: str = "") -> HangingProtocol:
    """A protocol of its JSON text; `BadInput` names the place and what is wrong with it."""
    try:
        read = _Document.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        raise _wrong(name, _place(first["loc"]), first["msg"].removeprefix("Value error, ")) from error
    stages = tuple(
        Stage(
            one.title,
            one.layout,
            tuple(ViewRule(**view.model_dump()) for view in one.views),
            one.needs,
            one.link,
            one.compact,
            one.fill,
        )
        for one in read.stages
    )
    return HangingProtocol(read.id, read.title, read.study, stages, owner)


def read_protocols(folder: Path) -> tuple[HangingProtocol, ...]:
    """All protocols of a folder, by file name."""
    return tuple(
        read_protocol(file.read_text(encoding="utf-8"), name=file.name)
        for file in sorted(folder.glob("*.json"))
    )


def written(protocol: HangingProtocol) -> str:
    """The protocol as a document; `read_protocol` reads it back equal."""
    stages = [
        {
            "title": stage.title,
            "layout": stage.layout_id,
            "needs": stage.needs,
            "link": stage.link,
            "compact": stage.compact,
            "fill": stage.fill,
            "views": [_view_document(view) for view in stage.views],
        }
        for stage in protocol.stages
    ]
    document = {
        "schema": SCHEMA,
        "id": protocol.protocol_id,
        "title": protocol.title,
        "study": dict(protocol.study),
        "stages": stages,
    }
    return json.dumps(document, ensure_ascii=False, indent=1)


def _view_document(view: ViewRule) -> dict[str, Any]:
    usual = ViewRule()
    return {
        one.name: value
        for one in fields(ViewRule)
        if (value := getattr(view, one.name)) != getattr(usual, one.name)
    }


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


def _check_condition(condition: Condition) -> None:
    if isinstance(condition, dict):
        if not condition or not set(condition) <= {"least", "most", "all"}:
            raise ValueError("a condition with names is least, most or all")
        numbers = [condition[key] for key in ("least", "most") if key in condition]
        if any(isinstance(n, bool) or not isinstance(n, int | float) for n in numbers):
            raise ValueError("least and most are numbers")
        if "all" in condition and not _are_values(condition["all"]):
            raise ValueError("all is a list of values")
    elif isinstance(condition, list):
        for one in condition:
            if isinstance(one, list):
                raise ValueError("a list of values holds no lists")
            _check_condition(one)
    elif not isinstance(condition, str | bool | int | float):
        raise ValueError("a condition is a value, a list of values, or an object of least and most")


def _are_values(given: object) -> bool:
    return isinstance(given, list) and all(isinstance(one, str | bool | int | float) for one in given)


def _check_study_condition(condition: Condition) -> None:
    """What a study's traits are asked for by: they are sets of words."""
    if isinstance(condition, list) and not _are_values(condition):
        raise ValueError("a list for a study holds values")


def _conditions(
    known: Iterable[str], *, of_a_study: bool = False
) -> Callable[[dict[str, Condition]], dict[str, Condition]]:
    names = sorted(known)

    def check(conditions: dict[str, Condition]) -> dict[str, Condition]:
        for trait, condition in conditions.items():
            if trait not in names:
                raise ValueError(f"{trait} is unknown; known: {', '.join(names)}")
            _check_condition(condition)
            if of_a_study:
                _check_study_condition(condition)
        return conditions

    return check


_Image = Annotated[dict[str, Condition], AfterValidator(_conditions(one.name for one in fields(Traits)))]
_Study = Annotated[dict[str, Condition], AfterValidator(_conditions(STUDY_TRAITS, of_a_study=True))]


class _View(_Part):
    image: _Image = Field(default_factory=dict)
    prefer: _Image = Field(default_factory=dict)
    prior: int = Field(0, ge=0, le=9)
    window: str = ""
    repeats: bool = False
    side: Literal["", "left", "right"] = ""
    invert: bool = False
    palette: str = ""
    show: Literal["", "axial", "coronal", "sagittal", "rendering"] = ""
    show_up_to_mm: float = Field(0.0, ge=0.0)
    further: Literal["", "highest"] = ""

    @field_validator("palette")
    @classmethod
    def _is_there(cls, value: str) -> str:
        if value and not palette_rgb(value):
            raise ValueError(f"there is no colour table {value!r}")
        return value


class _Stage(_Part):
    title: str = Field(min_length=1)
    layout: str
    views: list[_View] = Field(min_length=1)
    needs: int = Field(1, ge=1)
    link: bool = False
    compact: bool = False
    fill: bool = False

    @field_validator("layout")
    @classmethod
    def _is_known(cls, value: str) -> str:
        try:
            layout(value)
        except NotFound:
            raise ValueError(f"there is no layout {value!r}") from None
        return value

    @model_validator(mode="after")
    def _fits(self) -> _Stage:
        cells = len(layout(self.layout).cells)
        if len(self.views) > cells:
            raise ValueError(f"{len(self.views)} views for {cells} cells")
        if self.needs > len(self.views):
            raise ValueError(f"{self.needs} of {len(self.views)} views cannot be needed")
        return self


class _Document(_Part):
    schema_number: Literal[1, 2] = Field(alias="schema")
    id: str = Field(min_length=1, max_length=80)
    title: str = Field(min_length=1, max_length=200)
    study: _Study
    stages: list[_Stage] = Field(min_length=1, max_length=20)

    @model_validator(mode="after")
    def _is_of_its_schema(self) -> _Document:
        if self.schema_number < 2:
            parts = [(n, part) for n, one in enumerate(self.stages) for part in (one, *one.views)]
            for stage, part in parts:
                if later := part.model_fields_set & _SINCE_2:
                    raise ValueError(f"{min(later)} in stage {stage + 1} is known from schema 2 on")
        return self


def _place(where: Sequence[int | str]) -> str:
    """``stages[0].views[1].image``"""
    return "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in where).lstrip(".")


def _wrong(name: str, place: str, what: str) -> BadInput:
    return BadInput(
        "The hanging protocol {name} cannot be used: {place}: {what}.",
        name=name,
        place=place or "JSON",
        what=what,
    )
