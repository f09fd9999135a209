"""The content repository (what was catalogued here, in versions) and the management repository (what passed
review).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from catalog_client.schema.document import canonical, digest, first
from catalog_client.schema.elements import Element
from catalog_client.schema.wire import State, Transition
from catalog_server.domain.states import Step, reached
from catalog_server.store.database import utc_now
from catalog_server.store.people import Person
from catalog_server.store.tables import managed_record, resource, resource_version, transition


def add(connection: sa.Connection, oid: str, area_code: str, who: Person) -> None:
    """A resource without a version yet."""
    now = utc_now()
    connection.execute(
        sa.insert(resource).values(
            oid=oid,
            state="",
            version=0,
            area_code=area_code,
            created_by=who.login,
            created_at=now,
            updated_at=now,
        )
    )


def add_version(
    connection: sa.Connection, oid: str, document: Mapping[str, Any], who: Person, reason: str
) -> int:
    """The next version of a document; versions are never changed."""
    version = (
        int(connection.execute(sa.select(resource.c.version).where(resource.c.oid == oid)).scalar_one()) + 1
    )
    connection.execute(
        sa.insert(resource_version).values(
            oid=oid,
            version=version,
            set_id=document["metadata_set"],
            set_version=document["set_version"],
            document=canonical(document),
            sha256=digest(document),
            title=first(document, Element.RESOURCE_TITLE),
            author=who.login,
            reason=reason,
            at=utc_now(),
        )
    )
    connection.execute(sa.update(resource).where(resource.c.oid == oid).values(version=version))
    return version


def get(connection: sa.Connection, oid: str) -> sa.RowMapping | None:
    """A resource with its newest version."""
    statement = (
        sa.select(
            resource,
            resource_version.c.document,
            resource_version.c.sha256,
            resource_version.c.title,
            resource_version.c.author,
        )
        .join(
            resource_version,
            sa.and_(
                resource_version.c.oid == resource.c.oid, resource_version.c.version == resource.c.version
            ),
        )
        .where(resource.c.oid == oid)
    )
    return connection.execute(statement).mappings().first()


def in_states(
    connection: sa.Connection, states: list[State], inside: str, limit: int = 200
) -> list[sa.RowMapping]:
    """Resources in some states of areas whose codes begin with `inside`, longest waiting first."""
    statement = (
        sa.select(resource, resource_version.c.title, resource_version.c.author)
        .join(
            resource_version,
            sa.and_(
                resource_version.c.oid == resource.c.oid, resource_version.c.version == resource.c.version
            ),
        )
        .where(resource.c.state.in_(states), resource.c.area_code.startswith(inside, autoescape=True))
        .order_by(resource.c.updated_at, resource.c.oid)
        .limit(limit)
    )
    return list(connection.execute(statement).mappings())


def step(connection: sa.Connection, oid: str, before: str, taken: Step, who: Person, comment: str) -> None:
    """Move a resource along and note who, when and why."""
    after, now = reached(taken), utc_now()
    version = int(connection.execute(sa.select(resource.c.version).where(resource.c.oid == oid)).scalar_one())
    connection.execute(
        sa.insert(transition).values(
            oid=oid,
            version=version,
            from_state=before,
            to_state=after,
            actor=who.name or who.login,
            at=now,
            comment=comment,
        )
    )
    connection.execute(sa.update(resource).where(resource.c.oid == oid).values(state=after, updated_at=now))


def history(connection: sa.Connection, oid: str) -> list[Transition]:
    """All steps of a resource, oldest first."""
    rows = connection.execute(
        sa.select(transition).where(transition.c.oid == oid).order_by(transition.c.id)
    ).mappings()
    return [Transition(**{name: row[name] for name in Transition.model_fields}) for row in rows]


def manage(connection: sa.Connection, oid: str, who: Person) -> None:
    """Copy the newest version, now reviewed, into the management repository."""
    row = get(connection, oid)
    if row is None:
        raise LookupError(oid)
    connection.execute(sa.delete(managed_record).where(managed_record.c.oid == oid))
    connection.execute(
        sa.insert(managed_record).values(
            oid=oid,
            version=row["version"],
            document=row["document"],
            sha256=row["sha256"],
            reviewed_by=who.login,
            reviewed_at=utc_now(),
        )
    )


def managed(connection: sa.Connection, oid: str) -> tuple[int, dict[str, Any], str]:
    """(version, document, checksum) of what was reviewed."""
    row = connection.execute(sa.select(managed_record).where(managed_record.c.oid == oid)).mappings().one()
    return row["version"], json.loads(row["document"]), row["sha256"]
