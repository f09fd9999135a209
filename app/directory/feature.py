"""The resource directory as a feature."""

from app.directory.cli import cli
from app.directory.commands import commands
from app.directory.controller import DirectoryController
from app.directory.rights import RIGHTS
from app.directory.service import DirectoryService
from app.directory.settings import DirectorySettings
from app.directory.tables import TABLES
from app.features import Feature
from app.ports import Archive, Directory, ReviewedReports
from app.session.session import Session
from app.session.station import Station


def _services(station: Station) -> None:
    directory = DirectoryService(
        station.folder,
        station.get(Archive),
        station.get(ReviewedReports),
        directory=station.get(Directory),
        settings=station.settings,
    )
    station.services.add(of=DirectoryService, made=directory)


def _controllers(session: Session) -> None:
    session.controllers.add(of=DirectoryController, made=DirectoryController(session))


FEATURE = Feature(
    "directory",
    services=_services,
    controllers=_controllers,
    commands=commands,
    cli=cli,
    settings=(DirectorySettings,),
    rights=RIGHTS,
    tables=TABLES,
)
