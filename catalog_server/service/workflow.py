"""The formation of the directory: catalogue, register, review, publish, withdraw (DB13/T 4.5.1)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from catalog_client.schema.document import digest, first
from catalog_client.schema.elements import Element
from catalog_client.schema.problem import Violation
from catalog_client.schema.wire import Record, Registration, State, Tier
from catalog_server.domain.areas import area
from catalog_server.domain.classification import classification
from catalog_server.domain.conformance import check
from catalog_server.domain.identity import check_identity, names_somebody
from catalog_server.domain.states import PUBLIC_LEVEL, Role, Step, allowed
from catalog_server.refusals import Refusal, not_allowed, not_found
from catalog_server.service.access import STEP_NAMES, looks_after, remit, require_step, visibility
from catalog_server.service.node import Node
from catalog_server.store import audit, changes, content, oids, served
from catalog_server.store.database import utc_now
from catalog_server.store.people import Person
from catalog_server.store.tables import idempotency, key_digest

#: what waits for whom
WAITING: dict[Role, list[State]] = {
    Role.CATALOGUER: [State.RETURNED],
    Role.REVIEWER: [State.REGISTERED],
    Role.MANAGER: [State.REVIEWED],
}


def register(node: Node, who: Person, request: Registration, key: str) -> tuple[Record, bool]:
    """Catalogue and register a resource; (record, whether the key had been used for it before).

    A document that breaks a rule is refused before anything of it is stored, logged or echoed.
    """
    require_step(who, Step.REGISTER)
    document = request.document.model_dump(mode="json")
    wanted = digest({"document": document, "reason": request.reason})
    with node.database.write() as connection:
        known = _known(connection, who, key, wanted)
        if known is not None:
            return _record(node, connection, known), True
        if not node.serves_area(who.area_code):
            raise not_allowed(
                f"本节点不受理“{area(who.area_code).name}”的注册。",
                f"This node does not register for “{area(who.area_code).name_en}”.",
            )
        require_conformance(node, document)
        oid = str(
            oids.allocate(
                connection,
                node.config.oid_root,
                node.config.area_code,
                first(document, Element.CATEGORY_CODE),
            )
        )
        content.add(connection, oid, who.area_code, who)
        _catalogue(connection, oid, "", document, who, request.reason)
        if key:
            row = {
                "person_id": who.id,
                "key": key_digest(key),
                "request_sha256": wanted,
                "oid": oid,
                "at": utc_now(),
            }
            connection.execute(sa.insert(idempotency).values(row))
        audit.append(connection, who.login, "resource.register", oid, detail={"version": 1})
        return _record(node, connection, oid), False


def revise(node: Node, who: Person, oid: str, request: Registration) -> Record:
    """A new version after a return, a withdrawal, or of what is published (which stays served until the new
    one is).
    """
    require_step(who, Step.REGISTER)
    document = request.document.model_dump(mode="json")
    with node.database.write() as connection:
        known = content.get(connection, oid)
        # said before anything of its state; a station must not take another area's record for a lost one
        if known is not None and known["area_code"] != who.area_code:
            raise not_allowed(
                "只能修订本地区登记的资源。", "Only resources of one's own area can be revised."
            )
        row = _own(node, connection, who, oid, Step.PREPARE)
        require_conformance(node, document)
        if first(document, Element.CATEGORY_CODE).split(".") != oid.split(".")[-4:-1]:
            audit.append(
                connection, who.login, "resource.reclassify", oid
            )  # the identifier stays: it is identity, not a place
        _catalogue(connection, oid, row["state"], document, who, request.reason)
        audit.append(connection, who.login, "resource.revise", oid)
        return _record(node, connection, oid)


def review(node: Node, who: Person, oid: str, *, approve: bool, comment: str, version: int = 0) -> Record:
    """Approve, or return with the reason.  Nobody reviews what they catalogued themselves, or a version they
    have not seen.
    """
    step = Step.APPROVE if approve else Step.RETURN
    require_step(who, step)
    if not approve and not comment.strip():
        raise Refusal(422, "reason-needed", "退回须写明原因。", "A return needs its reason.")
    _check_comment(comment)
    with node.database.write() as connection:
        row = _own(node, connection, who, oid, step)
        _require_version(row, version)
        if row["author"] == who.login:
            raise not_allowed(
                "不能审核自己编目的资源。", "One's own cataloguing cannot be reviewed by oneself."
            )
        content.step(connection, oid, row["state"], step, who, comment)
        if approve:
            content.manage(connection, oid, who)
        audit.append(connection, who.login, f"resource.{step}", oid)
        return _record(node, connection, oid)


def publish(node: Node, who: Person, oid: str, comment: str, *, version: int = 0) -> Record:
    """Put the reviewed version into the service repository and into the change log."""
    require_step(who, Step.PUBLISH)
    _check_comment(comment)
    with node.database.write() as connection:
        row = _own(node, connection, who, oid, Step.PUBLISH)
        _require_version(row, version)
        content.step(connection, oid, row["state"], Step.PUBLISH, who, comment)
        version, document, sha256 = content.managed(connection, oid)
        seq = _tell(
            node, connection, oid, row["area_code"], int(first(document, Element.SECURITY_CLASSIFICATION))
        )
        origin = served.Origin(node.node_id, str(node.config.tier), "", seq)
        served.put(connection, oid, version, document, sha256, row["area_code"], utc_now(), origin)
        audit.append(connection, who.login, "resource.publish", oid, detail={"version": version})
        return _record(node, connection, oid)


def withdraw(node: Node, who: Person, oid: str, comment: str, *, version: int = 0) -> Record:
    """Take a published record back, also while a new version of it is on its way; its tombstone tells nothing
    but the identifier.
    """
    require_step(who, Step.WITHDRAW)
    if not comment.strip():
        raise Refusal(422, "reason-needed", "撤回须写明原因。", "A withdrawal needs its reason.")
    _check_comment(comment)
    with node.database.write() as connection:
        anyway = served.is_own(connection, oid)
        row = _own(node, connection, who, oid, Step.WITHDRAW, anyway=anyway)
        _require_version(row, version)
        content.step(connection, oid, row["state"], Step.WITHDRAW, who, comment)
        served.remove(connection, oid)
        if changes.last_op(connection, oid) == "put":
            changes.append(
                connection,
                oid,
                "withdraw",
                row["area_code"],
                served.Origin(node.node_id, str(node.config.tier), "", 0),
            )
        audit.append(connection, who.login, "resource.withdraw", oid)
        return _record(node, connection, oid)


def record_for(node: Node, oid: str, who: Person) -> Record:
    """A record: what is on its way only to those who look after its area; to others what they may see of what
    is served.
    """
    with node.database.read() as connection:
        own = content.get(connection, oid)
        if own is not None and looks_after(node, who, own["area_code"]):
            return _record(node, connection, oid)
        row = served.get(connection, oid, visibility(node, who))
        if row is None:
            raise not_found(oid)
        return _served_record(connection, row)


def tasks(node: Node, who: Person) -> list[sa.RowMapping]:
    """What waits for one of the person's roles in the areas they look after, longest waiting first."""
    states = [state for role in sorted(who.roles) for state in WAITING[role]]
    inside = remit(node, who)
    if inside is None:
        return []
    with node.database.read() as connection:
        return content.in_states(connection, states, inside)


def require_conformance(node: Node, document: Mapping[str, Any]) -> None:
    """Refuse identity first, and then without repeating any value."""
    identity = check_identity(document, node.rules)
    if identity:
        zh, en = (
            "目录内容含有个人身份信息，已拒绝，未保存任何内容。",
            "The record holds personal identity; refused, nothing of it was kept.",
        )
        raise Refusal(422, "identity-refused", zh, en, violations=identity)
    broken = check(document, node.rules, classification())
    if broken:
        zh, en = (
            f"目录内容不符合元数据集，共 {len(broken)} 处。",
            f"The record breaks {len(broken)} rules of the metadata set.",
        )
        raise Refusal(422, "document-refused", zh, en, violations=broken)


def _check_comment(comment: str) -> None:
    if names_somebody(comment):
        raise Refusal(
            422,
            "identity-refused",
            "意见中含有个人身份信息，已拒绝。",
            "The comment holds personal identity; refused.",
        )


def _catalogue(
    connection: sa.Connection, oid: str, before: str, document: Mapping[str, Any], who: Person, reason: str
) -> None:
    _check_comment(reason)
    content.add_version(connection, oid, document, who, reason)
    for step, state in (
        (Step.PREPARE, before),
        (Step.CATALOGUE, State.PREPARED),
        (Step.REGISTER, State.CATALOGUED),
    ):
        content.step(connection, oid, state, step, who, reason if step is Step.PREPARE else "")


def _known(connection: sa.Connection, who: Person, key: str, wanted: str) -> str | None:
    if not key:
        return None
    condition = sa.and_(idempotency.c.person_id == who.id, idempotency.c.key == key_digest(key))
    row = connection.execute(sa.select(idempotency).where(condition)).mappings().first()
    if row is None:
        return None
    if row["request_sha256"] != wanted:
        zh, en = "该幂等键已用于另一份内容。", "This idempotency key was used for another document."
        earlier = Violation(
            element=Element.RESOURCE_ID,
            rule="registered",
            found=row["oid"],
            message_zh=f"此前登记为“{row['oid']}”。",
            message_en=f"It was registered as “{row['oid']}”.",
        )
        raise Refusal(422, "idempotency-key-reused", zh, en, violations=[earlier])
    oid: str = row["oid"]
    return oid


def _require_version(row: sa.RowMapping, version: int) -> None:
    if version and version != row["version"]:
        zh = f"您查看的是第 {version} 版，现已是第 {row['version']} 版；请核对后再处理。"
        en = f"You looked at version {version}; by now there is version {row['version']}. Look at it first."
        raise Refusal(422, "version-changed", zh, en)


def _own(
    node: Node, connection: sa.Connection, who: Person, oid: str, step: Step, *, anyway: bool = False
) -> sa.RowMapping:
    row = content.get(connection, oid)
    if row is None:
        raise not_found(oid)
    if not looks_after(node, who, row["area_code"]):
        if served.get(connection, oid, visibility(node, who)) is None:
            raise not_found(oid)
        zh, en = "只能处理本地区登记的资源。", "Only resources of one's own area can be decided on."
        raise not_allowed(zh, en)
    if not anyway and not allowed(step, State(row["state"])):
        zh = f"资源处于“{STATE_NAMES[State(row['state'])][0]}”状态，不能{STEP_NAMES[step][0]}。"
        en = (
            f"The resource is {STATE_NAMES[State(row['state'])][1]}; it cannot be taken to "
            f"“{STEP_NAMES[step][1]}”."
        )
        raise Refusal(409, "state-refused", zh, en)
    return row


def _tell(node: Node, connection: sa.Connection, oid: str, area_code: str, level: int) -> int:
    """Log what consumers may hear: a put up to the public level; above it, that they no longer have it."""
    origin = served.Origin(node.node_id, str(node.config.tier), "", 0)
    if level <= PUBLIC_LEVEL:
        return changes.append(connection, oid, "put", area_code, origin)
    if changes.last_op(connection, oid) == "put":
        return changes.append(connection, oid, "withdraw", area_code, origin)
    return 0


def _record(node: Node, connection: sa.Connection, oid: str) -> Record:
    row = content.get(connection, oid)
    if row is None:
        raise not_found(oid)
    return Record(
        oid=oid,
        state=State(row["state"]),
        version=row["version"],
        tier=Tier(node.config.tier),
        area_code=row["area_code"],
        area_name=area(row["area_code"]).name,
        area_name_en=area(row["area_code"]).name_en,
        origin_node=node.node_id,
        security_level=first(json.loads(row["document"]), Element.SECURITY_CLASSIFICATION),
        sha256=row["sha256"],
        updated_at=row["updated_at"],
        document=json.loads(row["document"]),
        history=content.history(connection, oid),
    )


def _served_record(connection: sa.Connection, row: sa.RowMapping) -> Record:
    own = row["source"] == ""
    return Record(
        oid=row["oid"],
        state=State.PUBLISHED,
        version=row["version"],
        tier=Tier(row["origin_tier"]),
        area_code=row["area_code"],
        area_name=area(row["area_code"]).name,
        area_name_en=area(row["area_code"]).name_en,
        origin_node=row["origin_node"],
        security_level=str(row["security_level"]),
        sha256=row["sha256"],
        updated_at=row["published_at"],
        document=json.loads(row["document"]),
        # comments of reviewers, and what becomes of a next version, are for the people of the directory
        history=[
            step.model_copy(update={"comment": "", "actor": ""})
            for step in content.history(connection, row["oid"])
            if step.version <= row["version"]
        ]
        if own
        else [],
    )


STATE_NAMES: dict[State, tuple[str, str]] = {
    State.PREPARED: ("已准备", "prepared"),
    State.CATALOGUED: ("已编目", "catalogued"),
    State.REGISTERED: ("待审核", "waiting for review"),
    State.RETURNED: ("已退回", "returned"),
    State.REVIEWED: ("待发布", "waiting for publication"),
    State.PUBLISHED: ("已发布", "published"),
    State.WITHDRAWN: ("已撤回", "withdrawn"),
}
