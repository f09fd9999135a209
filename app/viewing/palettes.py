"""Colour tables that grey levels are shown through, as data."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

from app.paths import resource_path


@dataclass(frozen=True, slots=True)
class Palette:
    """A colour table.  `title` is English, a translation key; `uid` that of a well-known one of DICOM (PS3.6
    Annex B), else ""; `rgb` red, green and blue of each entry in turn.
    """

    name: str
    title: str
    uid: str
    rgb: bytes


@cache
def palettes() -> tuple[Palette, ...]:
    """All colour tables, in the order of their menu."""
    rows = json.loads(resource_path("palettes", "palettes.json").read_text(encoding="utf-8"))["palettes"]
    return tuple(Palette(row["name"], row["title"], row["uid"], _rgb(row)) for row in rows)


def _rgb(row: dict[str, str]) -> bytes:
    channels = (bytes.fromhex(row[channel]) for channel in ("red", "green", "blue"))
    return bytes(value for entry in zip(*channels, strict=True) for value in entry)


def palette_rgb(name: str) -> bytes:
    """Red, green and blue of a table's entries in turn; none for ""."""
    return next((one.rgb for one in palettes() if one.name == name), b"")


def next_palette(name: str) -> str:
    """The name after another one in the order of the menu; grey, which is "", before the first."""
    names = ["", *(one.name for one in palettes())]
    return names[(names.index(name) + 1) % len(names)] if name in names else ""
