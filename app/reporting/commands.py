"""Commands of the report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.domain.report import EDITABLE, Report, ReportState
from app.jobs import Job
from app.reporting.controller import ReportController
from app.reporting.place_commands import place_commands
from app.reporting.prior_reports import PriorReportController
from app.reporting.report_place import ReportPlaces
from app.reporting.rights import WRITE_REPORT
from app.session.commands import Command, Toolbar, ToolbarGroup
from app.session.session import Session


def commands(session: Session) -> list[Command]:
    """Writing, signing, giving out."""
    reports, places = session.get(ReportController), session.get(ReportPlaces)

    def state(*wanted: ReportState) -> Callable[[], bool]:
        return lambda: not reports.busy and reports.report is not None and reports.report.state in wanted

    def has_study() -> bool:
        return session.study.study is not None

    def open_report() -> Job[Report]:
        return reports.open(session.commands.run("study.technique"))

    def write() -> None:
        begins = reports.report is None
        job = open_report() if begins or session.user.may(WRITE_REPORT) else None
        places.go()
        if job is not None and begins:
            front = session.workspaces.current
            # the editor is there now: writing goes on in it, where the person has not gone elsewhere
            session.dispatcher.follow(
                job,
                lambda _: places.go() if session.workspaces.current == front else None,
                failed=lambda _: None,
            )

    signed = state(ReportState.SIGNED)
    writing = state(*EDITABLE)
    return [
        Command(
            "report.open", "Open report", open_report, icon="clipboard-plus", palette=False, enabled=has_study
        ),
        Command(
            "report.write",
            "Write report",
            write,
            icon="clipboard-plus",
            enabled=has_study,
            toolbar=Toolbar(ToolbarGroup.LEAVE, text="Report"),
        ),
        Command(
            "report.prior",
            "Read the prior's report",
            session.get(PriorReportController).read,
            key="Alt+P",
            icon="file-text",
            where="read",
            enabled=lambda: bool(session.study.priors),
        ),
        Command("report.save", "Save report", reports.save, palette=False, enabled=writing),
        Command("report.check", "Check report", reports.check, enabled=lambda: reports.report is not None),
        Command("report.sign", "Sign and send to review", reports.sign, icon="signature", enabled=writing),
        Command(
            "report.approve",
            "Approve report",
            reports.approve,
            icon="rosette-discount-check",
            enabled=lambda: signed() and reports.review_refusal() is None,
        ),
        *_steps(reports),
        Command("report.return", "Return report", reports.send_back, palette=False, enabled=signed),
        Command(
            "report.export",
            "Export report",
            lambda out, **how: reports.export(Path(out), **how),
            palette=False,
            enabled=state(ReportState.FINAL),
        ),
        *place_commands(session),
    ]


def _steps(reports: ReportController) -> list[Command]:
    """What follows a signature; each asks first, so the report's bar offers them and not the palette."""
    return [
        Command(command_id, title, act, palette=False, enabled=enabled)
        for command_id, title, act, enabled in (
            ("report.recall", "Recall report", reports.recall, reports.may_recall),
            ("report.correct", "Correct report", reports.correct, reports.may_amend),
            ("report.add-to", "Add addendum", reports.add_to, reports.may_amend),
            ("report.discard", "Discard draft", reports.discard, reports.may_discard),
        )
    ]
