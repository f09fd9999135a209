"""What a group of settings is, and the groups of the window itself.

Every title is an English text and translation key; bounds are checked wherever a value comes from.

A field's unit is in ``json_schema_extra["unit"]``; ``["titles"]`` names the choices of a closed set,
``["choices"]`` the list of the window that an open one is taken from ("tools": the row of tools);
``["secret"]`` marks what is never shown, also not in `repr`; ``["next_start"]`` what is in force from the
next start of the program only.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.domain.person import Right
from app.people.rights import CHANGE_SETTINGS


def setting(
    default: Any,
    title: str,
    *,
    unit: str = "",
    titles: dict[str, str] | None = None,
    choices: str = "",
    secret: bool = False,
    next_start: bool = False,
    expected: str = "",
    number: str = "",
    tip: str = "",
    **bounds: Any,
) -> Any:
    """A field of a group: default, title, unit, names of choices, bounds; `expected` says what its pattern
    takes; `number` stands before the title, `tip` explains the field.

    Title, `expected` and `tip` are English texts and translation keys.
    """
    extra: dict[str, Any] = {"unit": unit, "secret": secret, "next_start": next_start, "expected": expected}
    if titles:
        extra["titles"] = titles
    if number or tip:
        extra |= {"number": number, "tip": tip}
    if choices:
        extra["choices"] = choices
    return Field(default, title=title, json_schema_extra=extra, repr=not secret, **bounds)


class SettingsGroup(BaseModel):
    """What all groups share.  `name` is the key they are stored under; `right` who may change it (None:
    everybody).
    """

    model_config = ConfigDict(frozen=True, extra="ignore", validate_default=True)
    name: ClassVar[str]
    title: ClassVar[str]
    right: ClassVar[Right | None] = CHANGE_SETTINGS


class Appearance(SettingsGroup):
    """How the window looks."""

    name = "appearance"
    title = "Appearance"
    right = None

    language: Literal["zh", "en"] = setting(
        "zh", "Language", titles={"zh": "中文", "en": "English"}, next_start=True
    )
    theme: Literal["dark", "light"] = setting(
        "dark", "Colours", titles={"dark": "Dark", "light": "Light"}, next_start=True
    )


class AccountSettings(SettingsGroup):
    """When a window that nobody touches is locked."""

    name = "accounts"
    title = "People and lock"

    lock_after_minutes: int = setting(
        15, "Lock after so long without a touch (0: never)", unit="min", ge=0, le=480
    )
