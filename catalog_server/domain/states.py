"""A record's way: prepare, catalogue, register, review, publish, withdraw (DB13/T 4.5.1), each step by its
role.
"""

from __future__ import annotations

from enum import StrEnum

from catalog_client.schema.wire import State


class Role(StrEnum):
    """What a person is at a node."""

    CATALOGUER = "cataloguer"  # 编目员
    REVIEWER = "reviewer"  # 审核员
    MANAGER = "manager"  # 目录管理者


class Step(StrEnum):
    """What can be done to a record."""

    PREPARE = "prepare"
    CATALOGUE = "catalogue"
    REGISTER = "register"
    RETURN = "return"
    APPROVE = "approve"
    PUBLISH = "publish"
    WITHDRAW = "withdraw"


#: step → (states it leaves, state it reaches, roles that may)
STEPS: dict[Step, tuple[frozenset[State | None], State, frozenset[Role]]] = {
    Step.PREPARE: (
        frozenset({None, State.RETURNED, State.WITHDRAWN, State.PUBLISHED}),
        State.PREPARED,
        frozenset({Role.CATALOGUER}),
    ),
    Step.CATALOGUE: (frozenset({State.PREPARED}), State.CATALOGUED, frozenset({Role.CATALOGUER})),
    Step.REGISTER: (frozenset({State.CATALOGUED}), State.REGISTERED, frozenset({Role.CATALOGUER})),
    Step.RETURN: (frozenset({State.REGISTERED, State.REVIEWED}), State.RETURNED, frozenset({Role.REVIEWER})),
    Step.APPROVE: (frozenset({State.REGISTERED}), State.REVIEWED, frozenset({Role.REVIEWER})),
    Step.PUBLISH: (frozenset({State.REVIEWED}), State.PUBLISHED, frozenset({Role.MANAGER})),
    Step.WITHDRAW: (frozenset({State.PUBLISHED}), State.WITHDRAWN, frozenset({Role.MANAGER})),
}


def allowed(step: Step, state: State | None) -> bool:
    """Whether the step may be taken from a state."""
    return state in STEPS[step][0]


def reached(step: Step) -> State:
    """The state after the step."""
    return STEPS[step][1]


def may(step: Step, roles: frozenset[Role]) -> bool:
    """Whether one of the roles may take the step."""
    return bool(STEPS[step][2] & roles)


#: the highest level whose records the public sees and parents receive
PUBLIC_LEVEL = 3
#: the highest level there is
HIGHEST_LEVEL = 5
