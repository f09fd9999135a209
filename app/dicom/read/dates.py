"""Dates and times (PS3.5 section 6.2) of bytes whose form is not trusted; None for what is none."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta, timezone

_DATE_TIME = re.compile(
    r"(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})?(?:\.(\d{1,9}))?\s*([+-]\d{2}:?\d{2})?\Z", re.ASCII
)
#: years before and after stand for no date: from the first and the last day that there are nothing can be
#: counted
_FIRST_YEAR, _LAST_YEAR = 1000, 9000


def read_day(raw: bytes) -> date | None:
    """A date, also one that is written with points or hyphens."""
    text = raw[:10].decode("ascii", "replace").strip("\0 ").replace(".", "").replace("-", "")[:8]
    try:
        found = date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None
    return found if _FIRST_YEAR <= found.year <= _LAST_YEAR else None


def read_clock(raw: bytes) -> time | None:
    """A time of day; missing parts are zero."""
    text = raw.decode("ascii", "replace").strip("\0 ").replace(":", "")
    match = re.match(r"(\d{2})(\d{2})?(\d{2})?(?:\.(\d{1,6}))?", text)
    if match is None:
        return None
    hour, minute, second, fraction = match.groups()
    try:
        return time(
            int(hour), int(minute or 0), min(59, int(second or 0)), int((fraction or "0").ljust(6, "0"))
        )
    except ValueError:
        return None


def read_date_time(raw: bytes) -> datetime | None:
    """A date and time of at least hours and minutes, with its offset from UTC where it is written with
    one.
    """
    match = _DATE_TIME.match(raw.decode("ascii", "replace").strip("\0 "))
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    try:
        found = datetime(
            int(year), int(month), int(day), int(hour), int(minute), min(59, int(second or 0)),
            int((fraction or "0")[:6].ljust(6, "0")), timezone(utc_offset(offset)) if offset else None,
        )  # fmt: skip
    except ValueError:
        return None
    return found if _FIRST_YEAR <= found.year <= _LAST_YEAR else None


def utc_offset(text: str) -> timedelta:
    """An offset as in ``+0800``; raises `ValueError` where it is none."""
    match = re.fullmatch(r"([+-])(\d{2}):?(\d{2})", text.strip("\0 "))
    if match is None:
        raise ValueError(f"{text!r} is no offset from UTC")
    found = timedelta(hours=int(match[2]), minutes=int(match[3]))
    if found >= timedelta(days=1):
        raise ValueError(f"{text!r} is no offset from UTC")
    return -found if match[1] == "-" else found
