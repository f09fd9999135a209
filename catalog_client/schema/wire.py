"""Requests and answers of a node (DB13/T 4.10)."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from catalog_client.schema.document import Document

#: the largest number that every database keeps
MAX_COUNT = 2**63 - 1


class Tier(StrEnum):
    """The three tiers (4.1.1a)."""

    COUNTY = "county"
    CITY = "city"
    PROVINCE = "province"


class State(StrEnum):
    """Where a record is on its way (4.5.1)."""

    PREPARED = "prepared"
    CATALOGUED = "catalogued"
    REGISTERED = "registered"
    RETURNED = "returned"
    REVIEWED = "reviewed"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class SessionRequest(_Wire):
    """Initialise: signed in, or nobody in particular when `login` is empty."""

    login: str = Field("", max_length=64)
    password: str = Field("", max_length=256)


class Session(_Wire):
    """An open session; `token` is the bearer secret."""

    session_id: str
    token: str
    expires_at: str
    person: str = ""
    roles: list[str] = []
    area_code: str = ""


class Capabilities(_Wire):
    """The service describes itself."""

    service: str
    version: str
    node_id: str
    tier: Tier
    area_code: str
    area_name: str
    area_name_en: str = ""
    demo: bool
    safety_zh: str
    safety_en: str
    interfaces: dict[str, list[str]]
    metadata_sets: list[dict[str, str]]
    languages: list[str]
    oid_root: str
    oid_root_registered: bool
    records: int
    epoch: str
    high_water: int
    parent: str = ""
    children: list[str] = []
    limits: dict[str, int] = {}


class Announcement(_Wire):
    """A node tells the one above where it can be read."""

    node_id: str = Field(min_length=8, max_length=64, pattern="^[0-9A-Za-z-]+$")
    url: str = Field(max_length=200)
    tier: Tier
    area_code: str = Field(pattern="^[0-9]{6}$")


class Announced(_Wire):
    """Whether the announced node is read now, or waits for a person to admit it."""

    admitted: bool


class Registration(_Wire):
    """Register a resource."""

    document: Document
    reason: str = Field("", max_length=500)


class Review(_Wire):
    """A reviewer's word; a refusal needs its reason."""

    decision: Literal["approve", "return"]
    comment: str = Field("", max_length=2000)
    #: the version that was looked at; the step is refused where there is another by now (0: not told)
    version: int = Field(0, ge=0, le=MAX_COUNT)


class Comment(_Wire):
    """Publishing and withdrawing, with a remark; `version` as in `Review`."""

    comment: str = Field("", max_length=2000)
    version: int = Field(0, ge=0, le=MAX_COUNT)


class Transition(_Wire):
    """One step of the way."""

    from_state: str
    to_state: State
    version: int
    at: str
    actor: str
    comment: str = ""


class Record(_Wire):
    """A record with its document and where it stands."""

    oid: str
    state: State
    version: int
    tier: Tier
    area_code: str
    area_name: str
    area_name_en: str = ""
    origin_node: str
    security_level: str
    sha256: str
    updated_at: str
    document: dict[str, Any]
    history: list[Transition] = []


class Hit(_Wire):
    """One line of a result."""

    oid: str
    title: str
    abstract: str
    tier: Tier
    area_code: str
    area_name: str
    area_name_en: str = ""
    category_code: str
    category_name: str
    category_name_en: str = ""
    data_format: str
    security_level: str
    security_name_zh: str
    security_name_en: str
    organization: str
    updated_at: str
    state: State = State.PUBLISHED


class HarvestCopy(_Wire):
    """How fresh the copy of one child is."""

    source: str
    url: str
    area_code: str = ""
    area_name: str = ""
    area_name_en: str = ""
    checked_at: str = ""
    ok: bool
    error: str = ""


class SearchResult(_Wire):
    """A page of hits; `total` is a lower bound where `exact` is false."""

    total: int
    exact: bool
    offset: int
    hits: list[Hit]
    copies: list[HarvestCopy] = []


class FacetValue(_Wire):
    """One value of a facet and how many records have it."""

    code: str
    name_zh: str
    name_en: str
    count: int


class Facets(_Wire):
    """Facet name → values, most frequent first."""

    facets: dict[str, list[FacetValue]]


class ResultSetRequest(_Wire):
    """Search to be kept under a name for as long as the session lives (standard 2.4)."""

    name: str = Field("", max_length=64)
    text: str = Field("", max_length=400)
    filters: dict[str, list[str]] = {}


class ResultSet(_Wire):
    """A kept result."""

    result_set_id: str
    name: str
    total: int
    expires_at: str


class ChangeRow(_Wire):
    """One line of the change feed (exchange interface)."""

    seq: int = Field(ge=0, le=MAX_COUNT)
    #: put: published or renewed; withdraw: taken back by its origin; drop: the sender lost its copy, the
    #: origin may still have it
    op: Literal["put", "withdraw", "drop"]
    oid: str = Field(max_length=64)
    at: str = Field(max_length=40)
    origin_node: str = Field(max_length=64)
    origin_tier: Tier
    origin_area: str = Field(pattern="^[0-9]{6}$")
    origin_epoch: str = Field(max_length=64)
    origin_seq: int = Field(ge=0, le=MAX_COUNT)
    version: int = Field(0, ge=0, le=MAX_COUNT)
    sha256: str = Field("", max_length=64)
    published_at: str = Field("", max_length=40)
    document: dict[str, Any] | None = None


class ChangeEnd(_Wire):
    """The last line of a page: where to go on, and up to where there is something."""

    node_id: str = Field(max_length=64)
    epoch: str = Field(max_length=64)
    next: int = Field(ge=0, le=MAX_COUNT)
    high_water: int = Field(ge=0, le=MAX_COUNT)
