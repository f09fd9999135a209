"""The main job at the command line: ``demo``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.command_line import CommandLine, Out
from app.i18n import language


def cli(line: CommandLine) -> None:
    """Add the command."""

    @line.commands.command("demo")
    def run(
        out: Out,
        data: Annotated[
            Path | None, typer.Option("--data", help="Real images instead of the demo study.")
        ] = None,
    ) -> int:
        """Do the main job without a person and leave its results in a folder."""
        from app.demo.run import run_main_job

        return run_main_job(out, data=data, language=line.language or language(), home=line.home)
