"""People who use the station, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a person is here; a person may be several things."""

    REPORTING = "reporting"  # 报告医师
    REVIEWING = "reviewing"  # 审核医师
    CATALOGUING = "cataloguing"  # 编目员
    ADMINISTRATOR = "administrator"  # 系统管理员
    OPERATOR = "operator"  # 运行本机命令行的操作系统账户


#: who reads images and writes about them
DOCTORS = frozenset({Role.REPORTING, Role.REVIEWING})


@dataclass(frozen=True, slots=True)
class Right:
    """What a use case asks for, and the roles that have it.

    A feature defines its own and names them in its `Feature`; `app.people.rights` has those that several ask
    for. `title` is English, fits after "may not", and is a translation key.
    """

    right_id: str
    title: str
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True)
class Person:
    """One row of the local people table, without the secret."""

    person_id: str
    login: str
    name: str
    roles: frozenset[Role]
    active: bool = True


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: the first thing that every use case takes.  `station` names the machine in the audit."""

    person_id: str
    name: str
    roles: frozenset[Role]
    station: str = ""


def system_actor(*roles: Role, station: str = "") -> Actor:
    """The program itself, which acts where no person asks for it; with the roles that the act needs."""
    return Actor("system", "YingShu", frozenset(roles), station)
