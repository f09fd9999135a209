"""Rights that several features ask for, and how a right is asked for.  A feature's own are in its `rights`
module.
"""

from __future__ import annotations

from collections.abc import Iterable

from app.domain.person import DOCTORS, Actor, Right, Role
from app.errors import NotAllowed
from app.i18n import tr

# The administrator reads no images and the doctors no audit: duties are kept apart (GB/T 22239-2019, level
# 3).
READ = Right("read", "read images and reports", DOCTORS | {Role.CATALOGUING, Role.OPERATOR})
ANALYSE = Right("analyse", "run analysis methods", DOCTORS | {Role.OPERATOR})
SIGN_REPORT = Right("sign-report", "sign reports", DOCTORS)
EXPORT = Right("export", "export reports and results", DOCTORS | {Role.OPERATOR})
CHANGE_SETTINGS = Right("change-settings", "change the station's settings", frozenset({Role.ADMINISTRATOR}))
MANAGE_PEOPLE = Right("manage-people", "manage people", frozenset({Role.ADMINISTRATOR}))
READ_AUDIT = Right("read-audit", "read the audit record", frozenset({Role.ADMINISTRATOR, Role.OPERATOR}))
RIGHTS = (READ, ANALYSE, SIGN_REPORT, EXPORT, CHANGE_SETTINGS, MANAGE_PEOPLE, READ_AUDIT)

#: English names, keys of their translations
ROLE_TITLES: dict[Role, str] = {
    Role.REPORTING: "Reporting doctor",
    Role.REVIEWING: "Reviewing doctor",
    Role.CATALOGUING: "Cataloguer",
    Role.ADMINISTRATOR: "Administrator",
    Role.OPERATOR: "Operator of the command line",
}


def may(actor: Actor, right: Right) -> bool:
    """Whether one of the actor's roles has the right."""
    return not actor.roles.isdisjoint(right.roles)


def require(actor: Actor, right: Right) -> None:
    """Raise `NotAllowed`, naming the person's roles and the right, unless the actor has it."""
    if may(actor, right):
        return
    raise NotAllowed(
        "{person} ({roles}) may not {right}.",
        hint="Ask one of: {who}.",
        person=actor.name,
        roles=role_names(actor.roles),
        right=tr(right.title),
        who=role_names(right.roles),
    )


def role_names(roles: Iterable[Role]) -> str:
    """Names of roles in the language in use, in the order of `Role`."""
    wanted = set(roles)
    return tr(", ").join(tr(ROLE_TITLES[role]) for role in Role if role in wanted) or tr("no role")
