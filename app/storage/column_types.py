"""How values lie in SQLite's columns.  All are TEXT that sorts and reads plainly."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from sqlalchemy import Column, Dialect, Text
from sqlalchemy.types import TypeDecorator

from app.errors import BadInput

T = TypeVar("T")


class UtcDateTime(TypeDecorator[datetime]):
    """A point in time: UTC, ISO 8601 with microseconds, so that text order is time order.  Naive times are a
    defect.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("times are stored in UTC: a naive time is ambiguous")
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        return None if value is None else _read(datetime.fromisoformat, value)


class DeviceDateTime(TypeDecorator[datetime]):
    """A time as an acquisition device wrote it: kept naive where the object gives no offset (PS3.5 section
    6.2 DT, TM).
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        return None if value is None else value.isoformat(timespec="microseconds")

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        return None if value is None else _read(datetime.fromisoformat, value)


class CalendarDate(TypeDecorator[date]):
    """A calendar day."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> str | None:
        return None if value is None else value.isoformat()

    def process_result_value(self, value: str | None, dialect: Dialect) -> date | None:
        return None if value is None else _read(date.fromisoformat, value)


class Json(TypeDecorator[Any]):
    """JSON text; tuples come back as lists."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else _read(json.loads, value)


def unreadable() -> BadInput:
    """Told where a column holds what this program does not write there."""
    return BadInput(
        "The database holds a value that cannot be read.",
        hint="Check the audit record (audit verify) and put back a copy from the backup folder.",
    )


def _read(read: Callable[[str], T], value: str) -> T:
    try:
        return read(value)
    except (ValueError, TypeError, RecursionError) as error:
        raise unreadable() from error


def text_column(name: str) -> Column[str]:
    """A text that is never null; empty where nothing was said."""
    return Column(name, Text, nullable=False, server_default="")
