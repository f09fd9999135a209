"""``report export`` and ``report check`` at the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from app.command_line import AsJson, AsLogin, CommandLine, Overwrite, print_json
from app.errors import NotFound
from app.i18n import tr
from app.reporting.checks import check_report
from app.reporting.output import ReportOutput
from app.reporting.rules.catalogue import catalogue
from app.reporting.rules.files import ReadReport, read_reports
from app.reporting.service import ReportService


class _StudyFirst(TyperGroup):
    """A group whose first word may be a study: ``report STUDY --export DIR`` is ``report export STUDY …``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Name the command that was meant."""
        first = next((word for word in args if not word.startswith("-")), "")
        if first and first not in self.commands:
            args = ["export", *args]
        return super().parse_args(ctx, args)


def report_commands(line: CommandLine) -> None:
    """Add the group."""
    group = typer.Typer(
        cls=_StudyFirst, help="Write a report's files, or check reports.", no_args_is_help=True
    )
    line.commands.add_typer(group, name="report")

    @group.command("export")
    def export_report(
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
            written = station.get(ReportOutput).export(actor, found.report_id, export, overwrite=overwrite)
        files = {name: str(path) for name, path in written.files.items()}
        if as_json:
            print_json(files)
        else:
            print("\n".join(files.values()))
        return 0

    @group.command("check")
    def check(file: Path, as_json: AsJson = False) -> int:
        """What the quality rules say of reports in a file: a stored report, a described one (one or a list of
        them, or one a line), or plain text with headings.
        """
        told = [checks_data(read) for read in read_reports(file)]
        if as_json:
            print_json(told[0] if len(told) == 1 else told)
        for report in () if as_json else told:
            print(report["report"])
            for found in report["findings"]:
                print(f"  {found['rule']} {found['severity']}: {found['message']}")
        return 0


def checks_data(read: ReadReport) -> dict[str, Any]:
    """What the rules find in a report, as data; `start` and `end` count characters of the section."""
    rules = catalogue()
    findings = []
    for check in check_report(read.report, facts=read.facts):
        rule = rules[check.rule_id]
        text = read.report.section(check.section).plain if check.section else ""
        findings.append(
            {
                "rule": check.rule_id,
                "kind": rule.kinds[0],
                "kinds": list(rule.kinds),
                "severity": str(check.severity),
                "title": tr(rule.title),
                "message": tr(check.template, **check.params),
                "explanation": tr(rule.explanation),
                "section": str(check.section) if check.section else None,
                "start": check.start,
                "end": check.end,
                "text": text[check.start : check.end]
                if check.start is not None
                else check.params.get("text"),
            }
        )
    return {"report": read.name, "findings": findings}
