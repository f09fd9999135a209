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


class Right(StrEnum):
    """What a use case asks for; `app.people.rights` says which role has which."""

    READ = "read"
    IMPORT = "import"
    ANNOTATE = "annotate"
    ANALYSE = "analyse"
    CONFIRM_RESULT = "confirm-result"
    WRITE_REPORT = "write-report"
    SIGN_REPORT = "sign-report"
    REVIEW_REPORT = "review-report"
    EXPORT_REPORT = "export-report"
    REGISTER = "register"
    SEARCH_DIRECTORY = "search-directory"
    CHANGE_SETTINGS = "change-settings"
    MANAGE_PEOPLE = "manage-people"
    READ_AUDIT = "read-audit"


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
