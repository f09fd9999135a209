"""Who may leave the window open, and how long."""

from __future__ import annotations

from app.settings import SettingsGroup, setting


class AccountSettings(SettingsGroup):
    """When a window that nobody touches is locked."""

    name = "accounts"
    title = "People and lock"

    lock_after_minutes: int = setting(
        15, "Lock after so long without a touch (0: never)", unit="min", ge=0, le=480
    )
