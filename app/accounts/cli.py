"""People and the audit trail at the command line: ``people``, ``audit``."""

from __future__ import annotations

import getpass
import os
from dataclasses import asdict, replace
from typing import Annotated

import typer

from app.command_line import AsJson, AsLogin, CommandLine, print_json
from app.domain.person import Role
from app.errors import Refused, UserError
from app.i18n import tr
from app.people.service import PeopleService

Name = Annotated[str, typer.Option("--name")]
Roles = Annotated[list[str], typer.Option("--role", help="reporting, reviewing, cataloguing, administrator.")]


def cli(line: CommandLine) -> None:
    """Add the commands."""
    people = typer.Typer(help="People of this station.")
    audit = typer.Typer(help="The audit trail.")
    line.commands.add_typer(people, name="people")
    line.commands.add_typer(audit, name="audit")
    _add_people(line, people)
    _add_changing(line, people)
    _add_audit(line, audit)


def _add_people(line: CommandLine, people: typer.Typer) -> None:
    @people.command("add")
    def add(login: str, name: Name, role: Roles, as_login: AsLogin = None) -> int:
        """Add a person; the first one needs no log-in.  The new password comes from YINGSHU_NEW_PASSWORD or
        is asked for.
        """
        roles, password = _roles(role), _new_password()
        with line.station(as_login) as (station, actor):
            service = station.get(PeopleService)
            if service.empty():
                service.add_first(login, name, password, roles=roles)
            else:
                service.add(actor, login, name, roles, password)
        return 0

    @people.command("list")
    def list_people(as_login: AsLogin = None, as_json: AsJson = False) -> int:
        """Who works here, with roles; for an administrator."""
        with line.station(as_login) as (station, actor):
            found = station.get(PeopleService).people(actor)
        if as_json:
            print_json([asdict(person) for person in found])
            return 0
        for person in found:
            roles, gone = ",".join(sorted(person.roles)), "" if person.active else "  (-)"
            print(f"{person.login}  {person.name}  {roles}{gone}")
        return 0


def _add_changing(line: CommandLine, people: typer.Typer) -> None:
    @people.command("change")
    def change(
        login: str,
        name: Annotated[str | None, typer.Option("--name")] = None,
        role: Annotated[
            list[str] | None, typer.Option("--role", help="All roles that the person shall have.")
        ] = None,
        active: Annotated[
            bool | None,
            typer.Option("--active/--inactive", help="Who has left is made inactive, never deleted."),
        ] = None,
        as_login: AsLogin = None,
    ) -> int:
        """Change a person's name, roles, or whether they may log in; for an administrator."""
        with line.station(as_login) as (station, actor):
            before = station.get(PeopleService).by_login(actor, login)
            after = replace(
                before,
                name=before.name if name is None else name,
                roles=_roles(role) if role else before.roles,
                active=before.active if active is None else active,
            )
            station.get(PeopleService).change(actor, after)
        return 0

    @people.command("password")
    def password(
        login: Annotated[
            str | None, typer.Argument(help="Whose password an administrator sets anew; without it your own.")
        ] = None,
        as_login: AsLogin = None,
    ) -> int:
        """Change your own password (with --as), or set somebody's anew: that gives a new signing key too."""
        if login is not None:
            with line.station(as_login) as (station, actor):
                station.get(PeopleService).reset_password(actor, login, _new_password())
        elif as_login is not None:
            _change_own(line, as_login)
        else:
            raise UserError(
                "Whose password?", hint="“--as LOGIN” changes your own; an administrator names a login."
            )
        return 0


def _change_own(line: CommandLine, login: str) -> None:
    old = os.environ.get("YINGSHU_PASSWORD") or getpass.getpass(tr("Password: "))
    with line.station() as (station, _):
        service = station.get(PeopleService)
        service.change_password(service.login(login, old), old, _new_password())


def _add_audit(line: CommandLine, audit: typer.Typer) -> None:
    @audit.command("list")
    def list_events(
        limit: Annotated[int, typer.Option("--limit", min=1, max=100_000)] = 50,
        action: Annotated[
            str, typer.Option("--action", help="Beginning of the act's name, such as “report.”.")
        ] = "",
        as_login: AsLogin = None,
        as_json: AsJson = False,
    ) -> int:
        """Who did what and when, newest first."""
        with line.station(as_login) as (station, actor):
            events = station.get(PeopleService).audit_events(actor, limit, action=action)
        if as_json:
            print_json([asdict(event) for event in events])
            return 0
        for event in events:
            who = (event.person_name, event.action, event.outcome, event.subject)
            print("  ".join(map(str, (event.seq, event.at, *who))))
        return 0

    @audit.command("verify")
    def verify(as_login: AsLogin = None, as_json: AsJson = False) -> int:
        """Check the audit trail, and that all it vouches for is as it was left: people, keys, reports,
        settings, results.
        """
        with line.station(as_login) as (station, actor):
            verdict = station.get(PeopleService).verify_audit(actor)
        told = [tr(problem.template, **problem.params) for problem in verdict.problems]
        if as_json:
            rows = [
                {"event": problem.seq, "text": text, **problem.params}
                for problem, text in zip(verdict.problems, told, strict=True)
            ]
            print_json({"ok": verdict.ok, "rows": verdict.count, "head": verdict.head, "problems": rows})
            return 0 if verdict.ok else Refused.exit_code
        for text in told:
            print(text)
        if not verdict.ok:
            raise Refused("The audit trail does not hold. Problems: {n}.", n=len(told))
        print(tr("The audit trail is intact. Rows: {n}.", n=verdict.count))
        return 0


def _new_password() -> str:
    return os.environ.get("YINGSHU_NEW_PASSWORD") or getpass.getpass(tr("New password: "))


def _roles(names: list[str]) -> frozenset[Role]:
    try:
        return frozenset(Role(name) for name in names)
    except ValueError as error:
        raise UserError(
            "There is no role {name}.", hint="Roles: {known}.", name=", ".join(names), known=", ".join(Role)
        ) from error
