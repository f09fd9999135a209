"""The directory at the command line: ``catalog``."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from app.command_line import AsJson, AsLogin, CommandLine, print_json
from app.directory.service import DirectoryService
from app.errors import UserError
from app.i18n import tr

TIERS = ("county", "city", "province")


def cli(line: CommandLine) -> None:
    """Add the commands."""
    catalog = typer.Typer(help="Search the three-tier resource directory.")
    line.commands.add_typer(catalog, name="catalog")

    @catalog.command("search")
    def search(
        text: str,
        tier: Annotated[str, typer.Option("--tier", help="county, city or province.")] = "county",
        as_login: AsLogin = None,
        as_json: AsJson = False,
    ) -> int:
        """Search one tier of the directory."""
        if tier not in TIERS:
            raise UserError("The tier must be county, city or province; found {found}.", found=tier)
        with line.station(as_login) as (station, actor):
            answer = station.get(DirectoryService).search(actor, text, tier)
        if as_json:
            print_json(asdict(answer))
            return 0
        print(tr("Records: {n} · {seconds} s", n=answer.total, seconds=f"{answer.seconds:.2f}"))
        for hit in answer.hits:
            print(f"{hit.identifier}  {hit.title}  {hit.area_name}  {hit.security_level}")
        return 0
