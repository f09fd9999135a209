"""The report at the command line: ``report``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from app.command_line import AsJson, AsLogin, CommandLine, Overwrite, print_json
from app.errors import NotFound
from app.reporting.service import ReportService


def cli(line: CommandLine) -> None:
    """Add the command."""

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
