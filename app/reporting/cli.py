"""The report at the command line: ``report``, and what its words say: ``concepts``."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from app.command_line import AsJson, AsLogin, CommandLine, Overwrite, print_json
from app.errors import BadInput, NotFound
from app.mentions import Mention
from app.reporting.service import ReportService


def cli(line: CommandLine) -> None:
    """Add the commands."""

    @line.commands.command("report")
    def report(
        study_uid: str,
        export: Annotated[Path, typer.Option("--export", help="Folder for the report's files.")],
        overwrite: Overwrite = False,
        as_login: AsLogin = None,
        as_json: AsJson = False,
    ) -> int:
        """Write a reviewed report as PDF, CDA, SR, KOS and encapsulated PDF."""
        with line.station(as_login) as (station, actor):
            found = station.get(ReportService).find(actor, study_uid)
            if found is None:
                raise NotFound("The study {uid} has no report.", uid=study_uid)
            written = station.get(ReportService).export(actor, found.report_id, export, overwrite=overwrite)
        files = {name: str(path) for name, path in asdict(written).items() if path is not None}
        if as_json:
            print_json(files)
        else:
            print("\n".join(files.values()))
        return 0

    @line.commands.command("concepts")
    def concepts(
        text: Annotated[str, typer.Argument(help="The text; - reads standard input.")],
        as_json: AsJson = False,
    ) -> int:
        """What a text says of each finding that it names: status, side, value, and the words that decided."""
        from app.mentions.product import reader  # its tables: only where they are wanted

        said = _standard_input() if text == "-" else text
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
        return sys.stdin.read()
    except UnicodeDecodeError as error:
        raise BadInput("Standard input is not UTF-8 text.") from error
