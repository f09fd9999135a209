"""Which role has which right.  The one table; services ask it through `require`."""

from __future__ import annotations

from collections.abc import Iterable

from app.domain.person import Actor, Right, Role
from app.errors import NotAllowed
from app.i18n import tr

_CLINICAL = frozenset(
    {
        Right.READ, Right.IMPORT, Right.ANNOTATE, Right.ANALYSE, Right.CONFIRM_RESULT, Right.WRITE_REPORT, Right.SIGN_REPORT,
        Right.EXPORT_REPORT, Right.SEARCH_DIRECTORY,
    }
)  # fmt: skip

#: the administrator reads no images and the doctors no audit: duties are kept apart (GB/T 22239-2019, level 3)
RIGHTS: dict[Role, frozenset[Right]] = {
    Role.REPORTING: _CLINICAL,
    Role.REVIEWING: _CLINICAL | {Right.REVIEW_REPORT},
    Role.CATALOGUING: frozenset({Right.READ, Right.IMPORT, Right.REGISTER, Right.SEARCH_DIRECTORY}),
    Role.OPERATOR: frozenset({Right.READ, Right.IMPORT, Right.ANALYSE, Right.EXPORT_REPORT, Right.SEARCH_DIRECTORY, Right.READ_AUDIT}),
    Role.ADMINISTRATOR: frozenset({Right.CHANGE_SETTINGS, Right.MANAGE_PEOPLE, Right.READ_AUDIT, Right.SEARCH_DIRECTORY}),
}

#: English names, keys of their translations
ROLE_TITLES: dict[Role, str] = {
    Role.REPORTING: "Reporting doctor",
    Role.REVIEWING: "Reviewing doctor",
    Role.CATALOGUING: "Cataloguer",
    Role.ADMINISTRATOR: "Administrator",
    Role.OPERATOR: "Operator of the command line",
}
RIGHT_TITLES: dict[Right, str] = {
    Right.READ: "read images and reports",
    Right.IMPORT: "import images",
    Right.ANNOTATE: "draw and measure",
    Right.ANALYSE: "run analysis methods",
    Right.CONFIRM_RESULT: "confirm analysis results",
    Right.WRITE_REPORT: "write reports",
    Right.SIGN_REPORT: "sign reports",
    Right.REVIEW_REPORT: "review reports",
    Right.EXPORT_REPORT: "export reports",
    Right.REGISTER: "register in the directory",
    Right.SEARCH_DIRECTORY: "search the directory",
    Right.CHANGE_SETTINGS: "change the station's settings",
    Right.MANAGE_PEOPLE: "manage people",
    Right.READ_AUDIT: "read the audit record",
}


def may(actor: Actor, right: Right) -> bool:
    """Whether one of the actor's roles has the right."""
    return any(right in RIGHTS[role] for role in actor.roles)


def require(actor: Actor, right: Right) -> None:
    """Raise `NotAllowed`, naming the person's roles and the right, unless the actor has it."""
    if may(actor, right):
        return
    raise NotAllowed(
        "{person} ({roles}) may not {right}.", hint="Ask one of: {who}.", person=actor.name, roles=role_names(actor.roles),
        right=tr(RIGHT_TITLES[right]), who=role_names(role for role in Role if right in RIGHTS[role]),
    )  # fmt: skip


def role_names(roles: Iterable[Role]) -> str:
    """Names of roles in the language in use, in the order of `Role`."""
    wanted = set(roles)
    return tr(", ").join(tr(ROLE_TITLES[role]) for role in Role if role in wanted) or tr("no role")
