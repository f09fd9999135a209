"""What a node is told at its start."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from catalog_client.schema.oid import MAX_LENGTH
from catalog_client.schema.wire import Tier

#: UUID arc (X.667): needs no registration.  A deployment with a registered arc gives its own root.
DEVELOPMENT_ROOT = "2.25.349699906790024857012327535854870345"
#: what a node adds to the root: province, category, subject, details, tail of thirteen digits
MAX_ROOT = MAX_LENGTH - len(".13.9.9.9.9999999999999")


@dataclass(frozen=True, slots=True)
class NodeConfig:
    """One node.  `children` are harvested every `harvest_interval_s` seconds; `parent` is told of this node,
    and reads it.
    """

    tier: Tier
    area_code: str
    db_url: str
    parent: str = ""
    children: tuple[str, ...] = ()
    hosted_areas: tuple[str, ...] = ()
    demo: bool = False
    harvest_interval_s: float = 60.0
    harvest_page_rows: int = 500
    oid_root: str = DEVELOPMENT_ROOT
    oid_root_registered: bool = False
    public_url: str = ""

    def __post_init__(self) -> None:
        if not self.area_code.isdigit() or len(self.area_code) != 6:
            raise ValueError(f"an area code has six digits (GB/T 2260), found {self.area_code!r}")
        if not 1 <= self.harvest_page_rows <= 1000:
            raise ValueError(f"a page of the change feed has 1 to 1000 rows, found {self.harvest_page_rows}")
        if len(self.oid_root) > MAX_ROOT:
            raise ValueError(
                f"the root of the identifiers has at most {MAX_ROOT} characters, found {len(self.oid_root)}"
            )


def sqlite_url(path: Path) -> str:
    """Database address of a file."""
    return f"sqlite:///{path}"
