"""People of the station as a feature."""

from app.accounts.cli import cli
from app.accounts.commands import commands
from app.features import Feature
from app.people.audit_checks import AuditChecks
from app.people.service import PeopleService
from app.session.station import Station
from app.settings import AccountSettings


def _services(station: Station) -> None:
    people = PeopleService(station.folder.database, checks=station.get(AuditChecks))
    people.prepare()
    station.services.add(of=PeopleService, made=people)


FEATURE = Feature("accounts", services=_services, commands=commands, settings=(AccountSettings,), cli=cli)
