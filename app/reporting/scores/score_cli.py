"""``score`` at the command line."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from app.command_line import AsJson, CommandLine, print_json
from app.errors import BadInput
from app.i18n import language, tr
from app.reporting.scores import SCORES, score_named
from app.reporting.scores.form import Score, ScoreResult, reasoning, worded


def score_command(line: CommandLine) -> None:
    """Add the command."""

    @line.commands.command("score")
    def score(
        name: Annotated[str, typer.Argument(help="The score; none lists them.")] = "",
        given: Annotated[
            list[str] | None, typer.Option("--input", help="A field and its value, as size=8.4.")
        ] = None,
        fields: Annotated[bool, typer.Option("--fields", help="List the fields.")] = False,
        as_json: AsJson = False,
    ) -> int:
        """What a score says of its inputs: category, what follows, which inputs decided, what is missing."""
        if not name:
            listed = [_named(each) for each in SCORES]
            _out(listed, [f"{each.score_id}  {each.name} {each.version}" for each in SCORES], as_json)
            return 0
        chosen = score_named(name)
        if fields:
            _out(fields_data(chosen), _field_lines(chosen), as_json)
            return 0
        result = chosen.result(_inputs(given or []))
        data = result_data(chosen, result)
        _out(data, _result_lines(data), as_json)
        return 0


def _inputs(given: list[str]) -> dict[str, str]:
    inputs = {}
    for each in given:
        name, sign, value = each.partition("=")
        if not sign:
            raise BadInput("An input is written as name=value, found {found}.", found=each)
        inputs[name.strip()] = value.strip()
    return inputs


def _out(data: Any, lines: list[str], as_json: bool) -> None:
    if as_json:
        print_json(data)
    else:
        print("\n".join(lines))


def _named(score: Score) -> dict[str, Any]:
    return {
        "score": score.score_id,
        "name": score.name,
        "version": score.version,
        "title": worded(score.title, language()),
        "source": score.source,
    }


def fields_data(score: Score) -> list[dict[str, Any]]:
    """The fields of a score: name, title, values or range, and when each is asked for."""
    return [
        {
            "name": field.name,
            "title": worded(field.title, language()),
            "values": {o.value: worded(o.title, language()) for o in field.options} or None,
            "unit": worded(field.unit, language()) or None,
            "range": None if field.options else [field.low, field.high],
            "asked_for_with": {name: list(values) for name, values in field.only.items()},
            "optional": field.optional,
        }
        for field in score.fields
    ]


def _field_lines(score: Score) -> list[str]:
    lines = []
    for field in score.fields:
        takes = " | ".join(o.value for o in field.options) or f"{field.low:g}–{field.high:g} {field.unit}"
        lines.append(f"{field.name}  {worded(field.title, language())}  {takes}")
    return lines


def result_data(score: Score, result: ScoreResult) -> dict[str, Any]:
    """A result as data, its texts in the language in use."""
    chosen = language()
    return {
        "score": score.score_id,
        "name": score.name,
        "version": score.version,
        "category": result.category,
        "undecidable": result.category is None,
        "meaning": worded(result.meaning, chosen) or None,
        "management": worded(result.management, chosen) or None,
        "decided_by": [{"name": name, "value": value} for name, value in result.used],
        "reasoning": reasoning(score, result, chosen),
        "missing": list(result.missing),
        "why": result.why.words(chosen) if result.why else None,
    }


def _result_lines(data: dict[str, Any]) -> list[str]:
    lines = [f"{data['name']} {data['version']}: {data['category'] or tr('Undecidable')}"]
    lines += [f"  {data[key]}" for key in ("meaning", "management", "why") if data[key]]
    lines += [f"  {each}" for each in data["reasoning"]]
    if data["missing"]:
        lines.append("  " + tr("Missing: {names}", names=", ".join(data["missing"])))
    return lines
