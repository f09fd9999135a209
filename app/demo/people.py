"""The demo's people, one of each role, with passwords that the demo knows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from app.domain.person import Role
from app.errors import Refused
from app.i18n import tr
from app.people.rights import ROLE_TITLES
from app.people.service import PeopleService
from app.session.station import Station
from app.storage.files import write_atomically

#: role → (name, login, password)
Logins = Mapping[str, tuple[str, str, str]]


def demo_people(station: Station, home: Path) -> Logins:
    """The demo's people; they are kept in the demo's own folder.

    Raises `Refused` in the folder of a real station: its people and its directory's address are not the
    demo's to use.
    """
    file = home / "demo-people.json"
    if file.is_file():
        return {role: tuple(row) for role, row in json.loads(file.read_text(encoding="utf-8")).items()}
    people = station.get(PeopleService)
    if not people.empty():
        raise Refused(
            "The data folder {path} belongs to a real station.",
            hint="Give the demo a folder of its own.",
            path=str(home),
        )
    made = people.ensure_first_people()
    rows = {str(role): (m.person.name, m.person.login, m.password) for m in made for role in m.person.roles}
    write_atomically(file, json.dumps(rows, ensure_ascii=False).encode("utf-8"))
    return rows


def as_buttons(logins: Logins) -> tuple[tuple[str, str, str, str], ...]:
    """(name, role, login, password) as the log-in offers them."""
    return tuple(
        (name, tr(ROLE_TITLES[Role(role)]), login, password)
        for role, (name, login, password) in logins.items()
    )
