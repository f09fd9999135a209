"""The archive at the command line: ``import``, ``list``, ``inspect``."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from app.archive import inspect_command
from app.archive.service import ArchiveService
from app.command_line import AsJson, AsLogin, CommandLine, print_json, progress
from app.domain.study import ImportSummary, StudyFilter
from app.errors import BadInput, NotFound
from app.i18n import tr


def cli(line: CommandLine) -> None:
    """Add the commands."""
    inspect_command.register(line.commands)

    @line.commands.command("import")
    def bring_in(paths: list[Path], as_login: AsLogin = None, as_json: AsJson = False) -> int:
        """Import folders, files, ZIP archives or DICOMDIR media."""
        return _import(line, paths, as_login, as_json)

    @line.commands.command("list")
    def list_studies(
        text: Annotated[str, typer.Argument(help="Name, number, examination.")] = "",
        as_login: AsLogin = None,
        as_json: AsJson = False,
    ) -> int:
        """List studies and their series."""
        return _list(line, text, as_login, as_json)


def _import(line: CommandLine, paths: list[Path], as_login: str | None, as_json: bool) -> int:
    with line.station(as_login) as (station, actor):
        missing = next((p for p in paths if not p.exists()), None)
        if missing is not None:
            raise NotFound("There is nothing at {path}.", path=str(missing))
        summary = station.get(ArchiveService).import_paths(
            actor, paths, progress=progress(tr("Importing images"))
        )
    if as_json:
        print_json(asdict(summary))
    else:
        _tell_summary(summary)
    if not summary.added and not summary.known:
        raise BadInput("Nothing was imported: none of the files is one that this program takes.")
    return 0


def _tell_summary(summary: ImportSummary) -> None:
    print(
        tr(
            "Imported. New images: {added}; here already: {known}; notices: {notices}.",
            added=summary.added,
            known=summary.known,
            notices=len(summary.notices),
        )
    )
    for notice in summary.notices:
        print(f"  {notice.path}: {tr(notice.template, **notice.params)}", file=sys.stderr)


def _list(line: CommandLine, text: str, as_login: str | None, as_json: bool) -> int:
    with line.station(as_login) as (station, actor):
        archive = station.get(ArchiveService)
        rows = archive.studies(actor, StudyFilter(text))
        listed = [(row, archive.series(actor, row.study.study_uid)) for row in rows]
    if as_json:
        print_json([{**asdict(row), "series": [asdict(s) for s in series]} for row, series in listed])
        return 0
    for row, series in listed:
        study = row.study
        when = f"{study.started_at:%Y-%m-%d %H:%M}" if study.started_at else "-"
        facts = (study.patient.display_name, study.patient.patient_id, when, study.description)
        print("  ".join((*facts, row.report_state or "-")))
        print(f"  {study.study_uid}")
        for one in series:
            print(f"    {one.modality:4} {one.n_instances:5}  {one.series_uid}  {one.description}")
    return 0
