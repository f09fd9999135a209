"""The vocabulary as a feature."""

from app.features import Feature
from app.session.session import Session
from app.session.station import Station
from app.vocabulary.cli import cli
from app.vocabulary.controller import VocabularyController
from app.vocabulary.rights import RIGHTS
from app.vocabulary.service import VocabularyService


def _services(station: Station) -> None:
    made = VocabularyService(station.folder.path, station.folder.database, station.shelf)
    station.services.add(of=VocabularyService, made=made)


def _controllers(session: Session) -> None:
    session.controllers.add(of=VocabularyController, made=VocabularyController(session))


FEATURE = Feature("vocabulary", services=_services, controllers=_controllers, rights=RIGHTS, cli=cli)
