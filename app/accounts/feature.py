"""People of the station as a feature."""

from app.accounts.cli import cli
from app.accounts.commands import commands
from app.features import Feature
from app.people.service import PeopleService
from app.session.station import Station
from app.settings import AccountSettings


def _services(station: Station) -> None:
    station.services.add(of=PeopleService, made=PeopleService(station.folder.database))


FEATURE = Feature("accounts", services=_services, commands=commands, settings=(AccountSettings,), cli=cli)
