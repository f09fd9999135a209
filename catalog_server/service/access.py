"""Signing in, sessions, and what a person may see."""

from __future__ import annotations

import threading

from catalog_client.schema.wire import Session, SessionRequest
from catalog_server.domain.areas import prefix_of
from catalog_server.domain.states import HIGHEST_LEVEL, PUBLIC_LEVEL, Role, Step, may
from catalog_server.refusals import Refusal, not_allowed
from catalog_server.service.node import Node
from catalog_server.store import audit, people, served
from catalog_server.store.people import OpenSession, Person

#: a check of a password takes 64 MiB and a core for a moment: so many at a time, the others wait
_CHECKING = threading.BoundedSemaphore(4)
CHECK_WAIT_S = 10.0

ROLE_NAMES = {
    Role.CATALOGUER: ("编目员", "cataloguer"),
    Role.REVIEWER: ("审核员", "reviewer"),
    Role.MANAGER: ("目录管理者", "manager"),
}


def initialise(node: Node, request: SessionRequest) -> Session:
    """Open a session; without a login it is the public's."""
    right = bool(request.login) and _is_password(node, request)
    with node.database.write() as connection:
        who: Person | None = people.PUBLIC
        if request.login:
            # the lock counts when the guess is settled: many at the same time are no way around it
            who = people.admit(connection, request.login, right=right)
        if who is None:
            # the login is not logged: people type passwords and names there
            audit.append(connection, "", "session.open", "", "refused")
        else:
            opened, token = people.open_session(connection, who)
            if who.login:
                audit.append(connection, who.login, "session.open", opened.id)
            return Session(
                session_id=opened.id,
                token=token,
                expires_at=opened.expires_at,
                person=who.name,
                roles=sorted(who.roles),
                area_code=who.area_code,
            )
    raise Refusal(
        401,
        "login-refused",
        "账号或密码不正确，或账号暂时锁定。",
        "Wrong login or password, or the account is locked for a while.",
    )


def _is_password(node: Node, request: SessionRequest) -> bool:
    if not _CHECKING.acquire(timeout=CHECK_WAIT_S):
        raise Refusal(
            503,
            "busy",
            "登录请求过多，请稍后再试。",
            "Too many people sign in at once; try again in a moment.",
        )
    try:
        with node.database.read() as connection:
            return people.is_password(connection, request.login, request.password)
    finally:
        _CHECKING.release()


def terminate(node: Node, session: OpenSession, session_id: str) -> None:
    """Close one's own session."""
    if session.id != session_id:
        raise not_allowed("只能关闭自己的会话。", "Only one's own session can be closed.")
    with node.database.write() as connection:
        people.close_session(connection, session_id)
        if session.person.login:
            audit.append(connection, session.person.login, "session.close", session_id)


def find(node: Node, token: str) -> OpenSession | None:
    """The session of a bearer secret."""
    with node.database.read() as connection:
        return people.find_session(connection, token)


def visibility(node: Node, who: Person) -> served.Visibility:
    """What a person sees of what is served: the public levels everywhere, all levels where they look
    after.
    """
    inside = remit(node, who)
    return served.Visibility(PUBLIC_LEVEL) if inside is None else served.Visibility(HIGHEST_LEVEL, inside)


def looks_after(node: Node, who: Person, area_code: str) -> bool:
    """Whether drafts and restricted records of an area are a person's business.

    A person's area with all divisions in it is; for those who review or publish at the node itself, so is
    every area that registers there.
    """
    inside = remit(node, who)
    return inside is not None and area_code.startswith(inside)


def remit(node: Node, who: Person) -> str | None:
    """What the codes begin with of the areas that a person looks after: "" for all; None for none."""
    if not who.roles or not who.area_code:
        return None
    decides = bool(who.roles & {Role.REVIEWER, Role.MANAGER})
    return "" if decides and who.area_code == node.config.area_code else prefix_of(who.area_code)


def manages_node(node: Node, who: Person) -> bool:
    """Whether a person is a manager of the node itself, not of an area that it hosts."""
    return Role.MANAGER in who.roles and looks_after(node, who, node.config.area_code)


def require_node_manager(node: Node, who: Person) -> None:
    """Refuse who is no manager of the node itself: nodes below and copies are its own business."""
    require_role(who, Role.MANAGER)
    if not manages_node(node, who):
        zh = f"需要“{node.area.name}”的目录管理者权限。"
        raise not_allowed(zh, f"This needs a manager of {node.area.name_en}.")


def require_step(who: Person, step: Step) -> None:
    """Refuse a step that no role of the person may take."""
    if not may(step, who.roles):
        zh, en = f"当前账号无权执行“{STEP_NAMES[step][0]}”。", f"This account may not {STEP_NAMES[step][1]}."
        raise not_allowed(zh, en)


def require_role(who: Person, role: Role) -> None:
    """Refuse a person without a role."""
    if role not in who.roles:
        raise not_allowed(
            f"需要“{ROLE_NAMES[role][0]}”权限。", f"This needs the role “{ROLE_NAMES[role][1]}”."
        )


STEP_NAMES = {
    Step.PREPARE: ("准备", "prepare"),
    Step.CATALOGUE: ("编目", "catalogue"),
    Step.REGISTER: ("注册", "register"),
    Step.RETURN: ("退回", "return"),
    Step.APPROVE: ("审核", "review"),
    Step.PUBLISH: ("发布", "publish"),
    Step.WITHDRAW: ("撤回", "withdraw"),
}
