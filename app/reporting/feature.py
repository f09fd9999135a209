"""The report as a feature."""

from app.exporters import ReportExporters
from app.features import Feature
from app.people.audit_checks import AuditChecks
from app.ports import Archive, ReviewedReports
from app.reporting.amendment_service import AmendmentService
from app.reporting.cli import cli
from app.reporting.commands import commands
from app.reporting.controller import ReportController
from app.reporting.exporters import EXPORTERS
from app.reporting.output import ReportOutput
from app.reporting.prior_reports import PriorReportController
from app.reporting.report_place import ReportPlaces
from app.reporting.rights import RIGHTS
from app.reporting.service import ReportService
from app.reporting.settings import ReportRuleSettings, ReportSettings
from app.reporting.stored_reports import StoredReports
from app.session.session import Session
from app.session.station import Station


def _services(station: Station) -> None:
    stored = StoredReports(station.folder, station.get(Archive), station.settings)
    reports = station.services.add(of=ReportService, made=ReportService(stored))
    station.services.add(of=AmendmentService, made=AmendmentService(stored))
    station.services.add(of=ReportOutput, made=ReportOutput(stored, station.get(ReportExporters)))
    station.get(AuditChecks).add(stored.audit_problems)
    station.services.add(of=ReviewedReports, made=reports)


def _controllers(session: Session) -> None:
    reports = session.controllers.add(of=ReportController, made=ReportController(session))
    session.state_signals.append(reports.changed)
    session.controllers.add(of=PriorReportController, made=PriorReportController(session))
    places = session.controllers.add(of=ReportPlaces, made=ReportPlaces(session))
    session.state_signals.append(places.changed)


FEATURE = Feature(
    "reporting",
    services=_services,
    controllers=_controllers,
    commands=commands,
    cli=cli,
    exporters=EXPORTERS,
    settings=(ReportSettings, ReportRuleSettings),
    rights=RIGHTS,
)
