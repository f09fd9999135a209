"""What a score is: typed fields, a decision over them, and a result that tells which of them decided.

Every text is English and a translation key; `worded` gives it in a language.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NoReturn

from app.errors import BadInput
from app.i18n import catalogue

#: a checked input: the value of an option, or a number in the field's unit
Value = str | float


def worded(text: str, language: str, **params: str) -> str:
    """A text in a report's language (``zh-CN``, ``en``, …), its fields filled."""
    found = catalogue().get(text, text) if language.startswith("zh") else text
    return found.format(**params) if params else found


@dataclass(frozen=True, slots=True)
class ScoreText:
    """A text with the values of its fields."""

    text: str
    params: Mapping[str, str] = field(default_factory=dict)

    def words(self, language: str) -> str:
        """The text in a language."""
        return worded(self.text, language, **self.params)


@dataclass(frozen=True, slots=True)
class ScoreOption:
    """One value that a field may have, and its title."""

    value: str
    title: str


@dataclass(frozen=True, slots=True)
class ScoreField:
    """One input.  With `options` it is a choice, else a number from `low` to `high` in `unit`.

    `only` names fields and the values that they must have for this one to be asked for.  `source` says where
    it may be filled from: a measurement ("length"), or the patient ("age" in years, "sex").
    """

    name: str
    title: str
    options: tuple[ScoreOption, ...] = ()
    unit: str = ""
    low: float = 0.0
    high: float = math.inf
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    source: Literal["", "length", "age", "sex"] = ""
    #: of a length: the mean of long and short axis is asked for
    mean: bool = False
    #: the decision can do without it
    optional: bool = False

    def read(self, given: object) -> Value:
        """An input as it was typed, checked; `BadInput` names the field and what it takes."""
        text = str(given).strip()
        if self.options:
            if text not in {option.value for option in self.options}:
                raise BadInput(
                    "{field} must be one of {values}, found {found}.",
                    field=self.name,
                    values=", ".join(option.value for option in self.options),
                    found=text,
                )
            return text
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not self.low <= number <= self.high:
            raise BadInput(
                "{field} must be a number from {low} to {high} {unit}, found {found}.",
                field=self.name,
                low=f"{self.low:g}",
                high=f"{self.high:g}",
                unit=self.unit,
                found=text,
            )
        return number

    def said(self, value: Value, language: str) -> str:
        """A value as it is shown."""
        if self.options:
            return worded(next(o.title for o in self.options if o.value == value), language)
        return f"{value:g} {worded(self.unit, language)}".strip()


YES_NO = (ScoreOption("no", "No"), ScoreOption("yes", "Yes"))


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision says: a category, what follows from it, and the rules that led there."""

    category: str
    management: str
    rules: tuple[ScoreText, ...] = ()
    #: the category in words, where its sign alone says little
    meaning: str = ""


class CannotDecide(Exception):
    """The inputs do not decide: some are missing, or the published table has no row for them."""

    def __init__(self, *, missing: tuple[str, ...] = (), why: ScoreText | None = None) -> None:
        super().__init__(missing, why)
        self.missing = missing
        self.why = why


class Given:
    """Checked inputs as a decision reads them; what was read is the path of its reasoning."""

    def __init__(self, values: Mapping[str, Value]) -> None:
        self._values = values
        #: names of the inputs read so far, in order
        self.read: list[str] = []

    def need(self, *names: str) -> None:
        """Stop where inputs are missing; all of `names` that are not there are told."""
        missing = tuple(name for name in names if name not in self._values)
        if missing:
            raise CannotDecide(missing=missing)

    def has(self, name: str) -> bool:
        """Whether an optional input is there."""
        return name in self._values

    def choice(self, name: str) -> str:
        """The value of a choice."""
        return str(self._take(name))

    def yes(self, name: str) -> bool:
        """Whether a question was answered with yes."""
        return self._take(name) == "yes"

    def number(self, name: str) -> float:
        """A number in the field's unit."""
        return float(self._take(name))

    def _take(self, name: str) -> Value:
        self.need(name)
        if name not in self.read:
            self.read.append(name)
        return self._values[name]


def no_row(text: str, **params: str) -> NoReturn:
    """Stop: the score does not say what these inputs are; `text` says why (a translation key)."""
    raise CannotDecide(why=ScoreText(text, params))


@dataclass(frozen=True, slots=True)
class ScoreResult:
    """A category with its reasons, or what is missing for one.

    Without a category the score is undecidable: `missing` names fields, `why` says what else stands against
    it. `used` are the inputs that decided, in the order they were asked for.
    """

    category: str | None
    meaning: str = ""
    management: str = ""
    used: tuple[tuple[str, Value], ...] = ()
    rules: tuple[ScoreText, ...] = ()
    missing: tuple[str, ...] = ()
    why: ScoreText | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """One score of one version; `decide` is written from the published table named in `source`."""

    score_id: str
    name: str
    version: str
    title: str
    source: str
    fields: tuple[ScoreField, ...]
    decide: Callable[[Given], Decided]
    #: DICOM modalities and words of body parts that it is made for; none: all
    modalities: tuple[str, ...] = ()
    body_parts: tuple[str, ...] = ()
    #: the sentence for the report
    sentence: str = "{name} category {category} ({version})"

    def field(self, name: str) -> ScoreField:
        """A field by its name; `BadInput` for one that the score has not."""
        for each in self.fields:
            if each.name == name:
                return each
        raise BadInput(
            "{score} has no input {name}; it has {names}.",
            score=self.score_id,
            name=name,
            names=", ".join(each.name for each in self.fields),
        )

    def asked(self, values: Mapping[str, Value]) -> tuple[ScoreField, ...]:
        """The fields that matter after what is given."""
        asked: list[ScoreField] = []
        for each in self.fields:
            there = {one.name for one in asked}
            if all(name in there and values.get(name) in wanted for name, wanted in each.only.items()):
                asked.append(each)
        return tuple(asked)

    def read(self, given: Mapping[str, object]) -> dict[str, Value]:
        """Inputs checked; `BadInput` for a field or a value that the score has not."""
        return {name: self.field(name).read(value) for name, value in given.items()}

    def result(self, given: Mapping[str, object]) -> ScoreResult:
        """The result of inputs; what is given for fields that are not asked for is passed over."""
        values = self.read(given)
        asked = {each.name for each in self.asked(values)}
        reading = Given({name: value for name, value in values.items() if name in asked})
        try:
            decided = self.decide(reading)
        except CannotDecide as stop:
            return ScoreResult(
                None,
                used=tuple((name, values[name]) for name in reading.read),
                missing=stop.missing,
                why=stop.why,
            )
        return ScoreResult(
            decided.category,
            decided.meaning,
            decided.management,
            tuple((name, values[name]) for name in reading.read),
            decided.rules,
        )

    def fit(self, modality: str, body_part: str) -> int:
        """How well it fits an examination: larger is better."""
        part = body_part.upper()
        return 2 * any(word in part for word in self.body_parts) + (modality in self.modalities)


def reasoning(score: Score, result: ScoreResult, language: str) -> list[str]:
    """The path in words: each input that was read with its value, then the rules."""
    path = []
    for name, value in result.used:
        field = score.field(name)
        title, said = worded(field.title, language), field.said(value, language)
        path.append(worded("{name}: {value}", language, name=title, value=said))
    return path + [rule.words(language) for rule in result.rules]
