"""What the window and the command line share: the data folder, jobs, settings, terms, and the features'
services.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

from app.jobs import JobRunner
from app.notifications import Notifications
from app.session.registry import TypeRegistry
from app.settings import SettingsStore
from app.storage.folder import DataFolder
from app.terminology.store import TermShelf, TermStore

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Station:
    """One opened data folder with its services; `get` finds a service by its type."""

    folder: DataFolder
    jobs: JobRunner
    notifications: Notifications
    settings: SettingsStore
    shelf: TermShelf
    services: TypeRegistry = field(default_factory=TypeRegistry)

    @property
    def terms(self) -> TermStore:
        """The vocabulary in use; another one after a release was taken in."""
        return self.shelf.store

    def get(self, of: type[T]) -> T:
        """A service."""
        return self.services.get(of)
