"""The metadata repository: sets and their versions as rows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from catalog_server.domain.dictionary import MetadataSet, parse
from catalog_server.store.database import utc_now
from catalog_server.store.tables import code_item, code_list, md_element, md_set, md_set_version, md_standard

_COLUMNS = ("id", "kind", "parent", "order")


def load(connection: sa.Connection, data: Mapping[str, Any]) -> bool:
    """Store a set version that is not there yet; true where it was stored.  A version once stored never
    changes.
    """
    described = data["set"]
    key = {"set_id": described["id"], "version": described["version"]}
    known = sa.select(md_set_version.c.version).where(
        md_set_version.c.set_id == key["set_id"], md_set_version.c.version == key["version"]
    )
    if connection.execute(known).first() is not None:
        return False
    standard = data["standard"]
    if (
        connection.execute(sa.select(md_standard.c.id).where(md_standard.c.id == standard["id"])).first()
        is None
    ):
        connection.execute(sa.insert(md_standard).values(**standard))
    if connection.execute(sa.select(md_set.c.id).where(md_set.c.id == key["set_id"])).first() is None:
        connection.execute(sa.insert(md_set).values(id=key["set_id"], standard_id=standard["id"]))
    description = json.dumps({"set": described, "dimensions": data["dimensions"]}, ensure_ascii=False)
    connection.execute(
        sa.insert(md_set_version).values(
            **key, status=described["status"], description=description, loaded_at=utc_now()
        )
    )
    for row in data["elements"]:
        attributes = json.dumps(
            {name: value for name, value in row.items() if name not in _COLUMNS}, ensure_ascii=False
        )
        connection.execute(
            sa.insert(md_element).values(
                **key,
                element_id=row["id"],
                kind=row["kind"],
                parent=row["parent"],
                position=row["order"],
                attributes=attributes,
            )
        )
    for list_id, content in data["code_lists"].items():
        connection.execute(
            sa.insert(code_list).values(
                **key, list_id=list_id, name_zh=content["name_zh"], name_en=content["name_en"]
            )
        )
        for position, item in enumerate(content["items"]):
            connection.execute(sa.insert(code_item).values(**key, list_id=list_id, position=position, **item))
    return True


def read(connection: sa.Connection, set_id: str, version: str) -> MetadataSet | None:
    """A set version out of its rows."""
    head = (
        connection.execute(
            sa.select(md_set_version.c.description, md_standard)
            .join(md_set, md_set.c.id == md_set_version.c.set_id)
            .join(md_standard, md_standard.c.id == md_set.c.standard_id)
            .where(md_set_version.c.set_id == set_id, md_set_version.c.version == version)
        )
        .mappings()
        .first()
    )
    if head is None:
        return None
    described = json.loads(head["description"])
    return parse(
        {
            "standard": {name: head[name] for name in ("id", "name_zh", "name_en")},
            "set": described["set"],
            "dimensions": described["dimensions"],
            "elements": [_element(row) for row in _rows(connection, md_element, set_id, version)],
            "code_lists": _code_lists(connection, set_id, version),
        }
    )


def versions(connection: sa.Connection) -> list[dict[str, str]]:
    """All set versions."""
    rows = connection.execute(
        sa.select(md_set_version).order_by(md_set_version.c.set_id, md_set_version.c.version)
    ).mappings()
    found = []
    for row in rows:
        described = json.loads(row["description"])["set"]
        found.append(
            {"id": row["set_id"], "version": row["version"], "status": row["status"], **_names(described)}
        )
    return found


def _names(described: Mapping[str, str]) -> dict[str, str]:
    return {"name_zh": described["name_zh"], "name_en": described["name_en"]}


def _rows(connection: sa.Connection, table: sa.Table, set_id: str, version: str) -> list[sa.RowMapping]:
    statement = (
        sa.select(table)
        .where(table.c.set_id == set_id, table.c.version == version)
        .order_by(table.c.position)
    )
    return list(connection.execute(statement).mappings())


def _element(row: sa.RowMapping) -> dict[str, Any]:
    attributes: dict[str, Any] = json.loads(row["attributes"])
    return {
        "id": row["element_id"],
        "kind": row["kind"],
        "parent": row["parent"],
        "order": row["position"],
        **attributes,
    }


def _code_lists(connection: sa.Connection, set_id: str, version: str) -> dict[str, Any]:
    lists = connection.execute(
        sa.select(code_list).where(code_list.c.set_id == set_id, code_list.c.version == version)
    ).mappings()
    found: dict[str, Any] = {
        row["list_id"]: {"name_zh": row["name_zh"], "name_en": row["name_en"], "items": []} for row in lists
    }
    for row in _rows(connection, code_item, set_id, version):
        found[row["list_id"]]["items"].append({name: row[name] for name in ("code", "name_zh", "name_en")})
    return found
