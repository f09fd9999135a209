"""The tag browser as a feature."""

from app.features import Feature
from app.ports import Archive
from app.processes.dicom import DicomProcesses
from app.session.session import Session
from app.session.station import Station
from app.tags.cli import cli
from app.tags.commands import commands
from app.tags.controller import TagController
from app.tags.service import TagService


def _services(station: Station) -> None:
    made = TagService(station.get(Archive), station.get(DicomProcesses))
    station.services.add(of=TagService, made=made)


def _controllers(session: Session) -> None:
    session.controllers.add(of=TagController, made=TagController(session))


FEATURE = Feature("tags", services=_services, controllers=_controllers, commands=commands, cli=cli)
