"""Signing in, sessions, and what a person may see."""

from __future__ import annotations

import threading

from catalog_client.schema.wire import Session, SessionRequest
from catalog_server.domain.states import PUBLIC_LEVEL, Role, Step, may
from catalog_server.refusals import Refusal, not_allowed
from catalog_server.service.node import Node
from catalog_server.store import audit, people
from catalog_server.store.people import OpenSession, Person

#: a check of a password takes 64 MiB and a core for a moment: so many at a time, the others wait
_CHECKING = threading.BoundedSemaphore(4)
CHECK_WAIT_S = 10.0

ROLE_NAMES = {Role.CATALOGUER: ("编目员", "cataloguer"), Role.REVIEWER: ("审核员", "reviewer"), Role.MANAGER: ("目录管理者", "manager")}


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
                session_id=opened.id, token=token, expires_at=opened.expires_at, person=who.name,
                roles=sorted(who.roles), area_code=who.area_code,
            )  # fmt: skip
    raise Refusal(
        401, "login-refused", "账号或密码不正确，或账号暂时锁定。", "Wrong login or password, or the account is locked for a while."
    )


def _is_password(node: Node, request: SessionRequest) -> bool:
    if not _CHECKING.acquire(timeout=CHECK_WAIT_S):
        raise Refusal(503, "busy", "登录请求过多，请稍后再试。", "Too many people sign in at once; try again in a moment.")
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


def visible_level(who: Person) -> int:
    """The highest security level that a person sees: the public up to 3, people of the directory all."""
    return 5 if who.roles else PUBLIC_LEVEL


def require_step(who: Person, step: Step) -> None:
    """Refuse a step that no role of the person may take."""
    if not may(step, who.roles):
        zh, en = f"当前账号无权执行“{STEP_NAMES[step][0]}”。", f"This account may not {STEP_NAMES[step][1]}."
        raise not_allowed(zh, en)


def require_role(who: Person, role: Role) -> None:
    """Refuse a person without a role."""
    if role not in who.roles:
        raise not_allowed(f"需要“{ROLE_NAMES[role][0]}”权限。", f"This needs the role “{ROLE_NAMES[role][1]}”.")


STEP_NAMES = {
    Step.PREPARE: ("准备", "prepare"),
    Step.CATALOGUE: ("编目", "catalogue"),
    Step.REGISTER: ("注册", "register"),
    Step.RETURN: ("退回", "return"),
    Step.APPROVE: ("审核", "review"),
    Step.PUBLISH: ("发布", "publish"),
    Step.WITHDRAW: ("撤回", "withdraw"),
}
