"""The report at the command line: ``report``, ``score``, ``concepts``."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Annotated, Any

import typer

from app.command_line import AsJson, CommandLine, print_json
from app.errors import BadInput, LimitExceeded
from app.mentions import Mention
from app.reporting.report_cli import report_commands
from app.reporting.scores.score_cli import score_command

#: characters; a hundred times the longest report
_LONGEST_TEXT = 1_000_000


def cli(line: CommandLine) -> None:
    """Add the commands."""

    report_commands(line)
    score_command(line)

    @line.commands.command("concepts")
    def concepts(
        text: Annotated[str, typer.Argument(help="The text; - reads standard input.")],
        as_json: AsJson = False,
    ) -> int:
        """What a text says of each finding that it names: status, side, value, and the words that decided."""
        from app.mentions.product import reader  # its tables: only where they are wanted

        said = _standard_input() if text == "-" else text
        if len(said) > _LONGEST_TEXT:
            raise LimitExceeded(
                "The text has {found} characters; up to {limit} are read.",
                found=len(said),
                limit=_LONGEST_TEXT,
            )
        mentions = reader().read(said)
        if as_json:
            print_json([mention_data(mention) for mention in mentions])
        for mention in () if as_json else mentions:
            print(_line(mention))
        return 0


def mention_data(mention: Mention) -> dict[str, Any]:
    """A mention as data; offsets count characters of the text, the end is exclusive."""
    return {
        "text": mention.text,
        "start": mention.start,
        "end": mention.end,
        "rid": mention.rid,
        "status": mention.status.value,
        "side": mention.side,
        "value": mention.value,
        "unit": mention.unit,
        "section": mention.section or None,
        "cue": asdict(mention.cue) if mention.cue is not None else None,
    }


def _line(mention: Mention) -> str:
    values = mention.value if isinstance(mention.value, tuple) else (mention.value,)
    size = "×".join(f"{v:g}" for v in values if v is not None)
    said = [
        f"{mention.start}–{mention.end}",
        mention.text,
        mention.status.value,
        mention.side or "",
        f"{size} {mention.unit or ''}".strip(),
        mention.rid or "",
        f"← {mention.cue.text}" if mention.cue is not None else "",
    ]
    return "  ".join(part for part in said if part)


def _standard_input() -> str:
    try:
        return sys.stdin.read(_LONGEST_TEXT + 1)
    except UnicodeDecodeError as error:
        raise BadInput("Standard input is not UTF-8 text.") from error
