"""Accounts and made-up records of the demonstration; each record goes the whole way, by three people."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from catalog_client.schema.document import Document, nest
from catalog_client.schema.elements import Element
from catalog_client.schema.wire import Registration, Tier
from catalog_server.domain.classification import classification
from catalog_server.domain.states import Role
from catalog_server.service import workflow
from catalog_server.service.node import Node
from catalog_server.store import people
from catalog_server.store.people import Person
from catalog_server.store.private import tighten
from catalog_server.store.tables import resource

NAMES = {Role.CATALOGUER: "演示编目员", Role.REVIEWER: "演示审核员", Role.MANAGER: "演示目录管理者"}
#: units without a node of their own, served by the one above (demo)
HOSTED = {
    Tier.COUNTY: (),
    Tier.CITY: ("130602", "130632", "130681"),
    Tier.PROVINCE: ("130100", "130200", "130400"),
}

Accounts = dict[str, tuple[str, str]]


def accounts_of(file: Path) -> Accounts:
    """Role → (login, password): made once, kept in a file that only its owner reads."""
    if file.is_file():
        tighten(file)
        return {
            role: (pair[0], pair[1]) for role, pair in json.loads(file.read_text(encoding="utf-8")).items()
        }
    made = {str(role): (str(role), secrets.token_urlsafe(9)) for role in Role}
    part = file.with_suffix(".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        json.dump(made, out)
        out.flush()
        os.fsync(out.fileno())
    part.replace(file)
    return made


def prepare(node: Node, accounts: Mapping[str, tuple[str, str]], *, records: bool = True) -> None:
    """Add what is missing of accounts; records only into an empty node."""
    staff = {role: _person(node, role, *accounts[role]) for role in Role}
    if not records:
        return
    with node.database.read() as connection:
        if connection.execute(sa.select(resource.c.oid).limit(1)).first() is not None:
            return
    rows: list[dict[str, Any]] = json.loads(
        files("catalog_server.data").joinpath("demo-records.json").read_text(encoding="utf-8")
    )
    for row in rows:
        if node.serves_area(row["area"]):
            cataloguer = replace(staff[Role.CATALOGUER], area_code=row["area"])
            request = Registration(document=Document.model_validate(document(row)), reason="")
            record, _ = workflow.register(node, cataloguer, request, "")
            workflow.review(node, staff[Role.REVIEWER], record.oid, approve=True, comment="示例")
            workflow.publish(node, staff[Role.MANAGER], record.oid, "")


def document(row: Mapping[str, Any]) -> dict[str, Any]:
    """A sample row as a document."""
    tree = classification()
    pairs = [
        (Element.RESOURCE_TITLE, row["title"]),
        (Element.CATEGORY_SCHEMA_NAME, "医学影像学大数据资源分类（类目—亚目—细目）"),
        (Element.CATEGORY_SCHEMA_CODE, tree.schema),
        (Element.CATEGORY_NAME, tree.name(row["category"])),
        (Element.CATEGORY_CODE, row["category"]),
        *((Element.KEYWORD, keyword) for keyword in row["keywords"]),
        (Element.ABSTRACT, row["abstract"]),
        (Element.ORGANIZATION_NAME, row["organization"]),
        (Element.ORGANIZATION_CODE, row["organization_code"]),
        *((Element.DATA_FORMAT, data_format) for data_format in row["formats"]),
        (Element.SECURITY_CLASSIFICATION, row["security"]),
        (Element.CHARGE_SIGN, "0"),
    ]
    return nest(pairs)


def _person(node: Node, role: Role, login: str, password: str) -> Person:
    with node.database.write() as connection:
        known = people.by_login(connection, login)
        if known is not None:
            return known
        return people.add(connection, login, password, NAMES[role], frozenset({role}), node.config.area_code)
