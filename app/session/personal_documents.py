"""What each person keeps of their own at this station, by name: keys and mouse, places of windows."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from app.session.pending_edits import PendingEdits
from app.session.user_session import UserSession
from app.settings import SettingsStore


class PersonalDocuments:
    """Documents of whoever is logged in; they are saved in the background like other edits."""

    def __init__(self, settings: SettingsStore, user: UserSession, edits: PendingEdits) -> None:
        self._settings, self._user, self._edits = settings, user, edits

    def read(self, name: str) -> dict[str, Any]:
        """What is stored; empty where that is nothing, and while nobody is logged in."""
        return self._settings.personal(self._user.actor, name) if self._user.is_logged_in else {}

    def keep(self, name: str, document: Mapping[str, Any]) -> None:
        """Keep something from now on."""
        actor = self._user.actor
        write = partial(self._settings.set_personal, actor, name, document)
        self._edits.save(f"{name}:{actor.person_id}", write)
