"""Administrative divisions of Hebei (GB/T 2260 codes); names are not unique, codes are."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from catalog_client.schema.wire import Tier

_RANK = {Tier.COUNTY: 0, Tier.CITY: 1, Tier.PROVINCE: 2}


@dataclass(frozen=True, slots=True)
class Area:
    """One division."""

    code: str
    name: str
    name_en: str
    tier: Tier


@cache
def areas() -> dict[str, Area]:
    """All divisions by code, in the order of the table."""
    rows = json.loads(files("catalog_server.data").joinpath("areas.json").read_text(encoding="utf-8"))
    return {row["code"]: Area(row["code"], row["name"], row["name_en"], Tier(row["tier"])) for row in rows}


def area(code: str) -> Area:
    """A division; one that the table does not have is named by its code."""
    found = areas().get(code)
    return found if found is not None else Area(code, code, code, _tier_of(code))


def prefix_of(code: str) -> str:
    """What the codes of all divisions inside of one begin with (trailing zeros in pairs say how wide it
    is).
    """
    while code.endswith("00"):
        code = code[:-2]
    return code


def within(code: str, above: str) -> bool:
    """Whether a division lies in another, or is it."""
    return code.startswith(prefix_of(above))


def is_lower(tier: Tier, than: Tier) -> bool:
    """Whether a tier stands below another."""
    return _RANK[tier] < _RANK[than]


def province_arc(code: str) -> int:
    """The arc of the province node, e.g. 13."""
    return int(code[:2])


def _tier_of(code: str) -> Tier:
    if code.endswith("0000"):
        return Tier.PROVINCE
    return Tier.CITY if code.endswith("00") else Tier.COUNTY
