"""The archive as a feature."""

from app.archive.cli import cli
from app.archive.commands import commands
from app.archive.controller import ArchiveController
from app.archive.identity import PatientIdentities
from app.archive.rights import RIGHTS
from app.archive.service import ArchiveService
from app.archive.settings import StorageSettings, WorklistSettings
from app.archive.study_acts import StudyActs
from app.archive.tables import TABLES
from app.archive.worklist_service import WorklistService
from app.features import Feature
from app.ports import Archive
from app.processes.dicom import DicomProcesses
from app.session.session import Session
from app.session.station import Station


def _services(station: Station) -> None:
    archive = ArchiveService(station.folder, station.jobs, station.get(DicomProcesses))
    station.services.add(of=ArchiveService, made=archive)
    station.services.add(of=Archive, made=archive)
    worklist = WorklistService(station.folder.database, station.settings)
    station.services.add(of=WorklistService, made=worklist)
    station.services.add(of=StudyActs, made=StudyActs(station.folder.database))
    station.services.add(of=PatientIdentities, made=PatientIdentities(station.folder.database))


def _controllers(session: Session) -> None:
    session.controllers.add(of=ArchiveController, made=ArchiveController(session))


FEATURE = Feature(
    "archive",
    services=_services,
    controllers=_controllers,
    commands=commands,
    cli=cli,
    settings=(StorageSettings, WorklistSettings),
    tables=TABLES,
    rights=RIGHTS,
)
