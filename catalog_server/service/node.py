"""One node: its configuration, its database, what it says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

import sqlalchemy as sa

from catalog_client.schema.wire import Capabilities, Tier
from catalog_server.config import NodeConfig
from catalog_server.domain.areas import Area, area
from catalog_server.domain.dictionary import MetadataSet, basic_set_json
from catalog_server.domain.states import PUBLIC_LEVEL
from catalog_server.store import changes, children, dictionary
from catalog_server.store import node as node_store
from catalog_server.store.database import Database
from catalog_server.store.tables import served_record

SAFETY_ZH = (
    "目录只存放资源的描述，不存放个人身份、影像与报告；请勿在任何字段填写患者姓名、证件号、检查号或出生日期。"
)
SAFETY_EN = (
    "The directory holds descriptions of resources, no personal identity, images or reports. "
    "Never enter a patient's name, identity number, examination number or birth date."
)
INTERFACES = {
    "base": ["POST /v1/sessions", "DELETE /v1/sessions/{session_id}", "GET /v1/capabilities"],
    "discovery": [
        "GET /v1/search",
        "GET /v1/facets",
        "GET /v1/resources/{oid}",
        "POST /v1/sessions/{session_id}/result-sets",
        "GET /v1/result-sets/{result_set_id}/records",
        "GET /v1/metadata-sets",
        "GET /v1/metadata-sets/current",
        "GET /v1/classification",
    ],
    "management": [
        "POST /v1/resources",
        "POST /v1/resources/{oid}/versions",
        "POST /v1/resources/{oid}/review",
        "POST /v1/resources/{oid}/publish",
        "POST /v1/resources/{oid}/withdraw",
        "GET /v1/tasks",
    ],
    "exchange": ["GET /v1/changes", "POST /v1/children", "POST /v1/harvest", "GET /v1/harvest"],
    "application": ["GET /v1/statistics"],
}


@dataclass(slots=True)
class Node:
    """A running node."""

    config: NodeConfig
    database: Database
    node_id: str
    secret: str
    rules: MetadataSet

    @property
    def area(self) -> Area:
        """The division that the node serves."""
        return area(self.config.area_code)

    @property
    def name_zh(self) -> str:
        """Heading of the portal."""
        return f"{self.area.name}医学影像资源目录"

    @property
    def name_en(self) -> str:
        """Heading of the portal."""
        return f"{self.area.name_en} Medical Imaging Directory"

    def serves_area(self, code: str) -> bool:
        """Whether records of an area may be registered here: its own, or one hosted for a unit without a
        node.
        """
        return code == self.config.area_code or code in self.config.hosted_areas


def open_node(config: NodeConfig) -> Node:
    """Migrate the database, give a fresh one its identity and the basic metadata."""
    database = Database(config.db_url)
    database.migrate()
    shipped = basic_set_json()
    with database.write() as connection:
        node_store.prepare(connection, config.tier, config.area_code)
        dictionary.load(connection, shipped)
        rules = dictionary.read(connection, shipped["set"]["id"], shipped["set"]["version"])
        node_id, secret = node_store.get(connection, "node_id"), node_store.get(connection, "secret")
    if rules is None:
        raise LookupError("the metadata set just loaded is not there")
    return Node(config, database, node_id, secret, rules)


def product_version() -> str:
    """Version of the distribution."""
    try:
        return version("yingshu")
    except PackageNotFoundError:
        return "0.1.0"


def capabilities(node: Node) -> Capabilities:
    """The service describes itself (4.10)."""
    with node.database.read() as connection:
        public = sa.select(sa.func.count()).where(served_record.c.security_level <= PUBLIC_LEVEL)
        records = int(connection.execute(public).scalar_one())
        sets = dictionary.versions(connection)
        below = [*node.config.children, *children.admitted(connection)]
        epoch, high_water = node_store.get(connection, "epoch"), changes.high_water(connection)
    config = node.config
    return Capabilities(
        service="yingshu-directory",
        version=product_version(),
        node_id=node.node_id,
        tier=Tier(config.tier),
        area_code=config.area_code,
        area_name=node.area.name,
        area_name_en=node.area.name_en,
        demo=config.demo,
        safety_zh=SAFETY_ZH,
        safety_en=SAFETY_EN,
        interfaces=INTERFACES,
        metadata_sets=sets,
        languages=["zh", "en"],
        oid_root=config.oid_root,
        oid_root_registered=config.oid_root_registered,
        records=records,
        epoch=epoch,
        high_water=high_water,
        parent=config.parent,
        children=list(dict.fromkeys(below)),
        limits={"page": 100, "result_set": 10_000, "changes_page": 1_000, "body_bytes": 1_048_576},
    )
