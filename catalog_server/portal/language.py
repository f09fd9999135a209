"""Words of the portal: English texts are the keys, Chinese stands in `data/portal-zh.json`."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from importlib.resources import files
from typing import Any

from catalog_client.schema.wire import HarvestCopy
from catalog_server.domain.areas import area

LANGUAGES = ("zh", "en")
#: China keeps one time
BEIJING = timezone(timedelta(hours=8))


@cache
def chinese() -> dict[str, str]:
    """English text → Chinese text."""
    found: dict[str, str] = json.loads(
        files("catalog_server.data").joinpath("portal-zh.json").read_text(encoding="utf-8")
    )
    return found


def word(language: str, text: str, /, **params: Any) -> str:
    """A text in a language, its fields filled."""
    found = chinese().get(text, text) if language == "zh" else text
    return found.format(**params) if params else found


def counted(language: str, n: int) -> str:
    """So many records."""
    return word(language, "{n} record" if n == 1 else "{n} records", n=f"{n:,}")


def freshness(language: str, copy: HarvestCopy) -> str:
    """How fresh the copy of a node below is: the same words on every page."""
    place = (
        copy.url
        if not copy.area_code
        else area(copy.area_code).name
        if language == "zh"
        else area(copy.area_code).name_en
    )
    if not copy.checked_at:
        return word(language, "the node of {area} has not answered yet", area=place)
    if not copy.ok:
        when = ago(language, copy.checked_at)
        return word(
            language,
            "the node of {area} does not answer; shown is its copy, checked {when}",
            area=place,
            when=when,
        )
    return word(language, "copy of {area} checked {when}", area=place, when=ago(language, copy.checked_at))


#: what a round at a node below met with → what a person reads
_FAULTS = (
    (
        "another node answers",
        "another node answers there than the one that announced itself: it was set up anew; admit the "
        "new one",
    ),
    ("needs `new-epoch`", "it was restored from a backup and needs the command new-epoch"),
    ("Timeout", "it does not answer in time"),
    ("takes longer than", "it does not answer in time"),
    ("ConnectError", "it cannot be reached"),
    (
        "leads to the private address",
        "its name leads into a private network: admit it under its number, or give it with --child",
    ),
    ("is not below", "it serves an area that does not lie below this node"),
    ("does not fit its tier", "its name does not fit its tier and area: it is not what it says"),
    ("at another address", "it answers as a node that is read at another address"),
    ("own child", "the address is this node's own"),
    ("no directory node", "what answers there is no directory node"),
    ("not that of a directory node", "what answers there is no directory node"),
)


def fault(language: str, error: str) -> str:
    """Why a node below could not be read, in words; "" where it could."""
    if not error:
        return ""
    said = word(
        language,
        next((words for mark, words in _FAULTS if mark in error), "its answer is no page of a change feed"),
    )
    return said[:1].upper() + said[1:]


def local_time(at: str) -> str:
    """A moment as people read it here."""
    moment = _moment(at)
    return "" if moment is None else f"{moment.astimezone(BEIJING):%Y-%m-%d %H:%M}"


def ago(language: str, at: str, now: datetime | None = None) -> str:
    """How long ago: minutes, hours, days; older than a month as a date."""
    moment = _moment(at)
    if moment is None:
        return ""
    seconds = ((now or datetime.now(UTC)) - moment).total_seconds()
    if seconds < 60:
        return word(language, "just now")
    if seconds < 3600:
        return word(language, "{n} min ago", n=int(seconds // 60))
    if seconds < 86400:
        return word(language, "{n} h ago", n=int(seconds // 3600))
    if seconds < 30 * 86400:
        return word(language, "{n} d ago", n=int(seconds // 86400))
    return f"{moment.astimezone(BEIJING):%Y-%m-%d}"


def _moment(at: str) -> datetime | None:
    return datetime.fromisoformat(at.replace("Z", "+00:00")) if at else None
