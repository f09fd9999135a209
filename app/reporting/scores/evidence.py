"""A score in a report: what is filled in from its evidence, and the sentence that goes into its text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.measurement import Measurement
from app.domain.report import Inline, Report, Text
from app.reporting.editing import measurement_link, merged
from app.reporting.rules.cues import age_years
from app.reporting.scores.form import Score, ScoreField, ScoreResult, Value, worded

#: UCUM unit → millimetres
_MM = {"mm": 1.0, "cm": 10.0}


@dataclass(frozen=True, slots=True)
class Size:
    """A measurement that a size may be taken from, in mm to one decimal.

    `axes` says how many of the two axes were measured: of one, the mean is not known.
    """

    measurement: Measurement
    longest: float
    mean: float
    axes: int

    def of(self, field: ScoreField) -> float:
        """The figure that a field asks for."""
        return self.mean if field.mean else self.longest


def sizes(measurements: Sequence[Measurement]) -> tuple[Size, ...]:
    """The measurements of one or two lengths, in their order."""
    found = []
    for measurement in measurements:
        lengths = sorted(v.value * _MM[v.unit.value] for v in measurement.values if v.unit.value in _MM)
        if 1 <= len(lengths) <= 2 and len(lengths) == len(measurement.values):
            mean = round(sum(lengths) / len(lengths), 1)
            found.append(Size(measurement, round(lengths[-1], 1), mean, len(lengths)))
    return tuple(found)


def from_patient(score: Score, report: Report) -> dict[str, Value]:
    """What the report's header says for sure: age in years, sex."""
    filled: dict[str, Value] = {}
    for field in score.fields:
        if field.source == "age":
            age = age_years(report.header.patient_age)
            if age is not None:
                filled[field.name] = float(int(age))
        elif field.source == "sex" and report.header.patient.sex in {o.value for o in field.options}:
            filled[field.name] = report.header.patient.sex
    return filled


def sentence(
    score: Score, result: ScoreResult, language: str, measurement: Measurement | None = None
) -> tuple[Inline, ...]:
    """One sentence with name, version and category; the measurement that was used as a link behind it."""
    if result.category is None:
        return ()
    said = worded(
        score.sentence,
        language,
        name=score.name,
        version=worded(score.version, language),
        category=result.category,
        meaning=worded(result.meaning, language),
        rule="; ".join(rule.words(language) for rule in result.rules),
        management=worded(result.management, language),
    )
    stop = worded(".", language)
    if measurement is None:
        return (Text(said + stop),)
    before, after = worded(", measured {value}", language, value="\0").split("\0")
    return merged((Text(said + before), measurement_link(measurement), Text(after + stop)))
