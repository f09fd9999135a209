"""The services of one station, bundled."""

from __future__ import annotations

from dataclasses import dataclass

from app.jobs import JobRunner
from app.notifications import Notifications
from app.services.analysis import AnalysisService
from app.services.archive import ArchiveService
from app.services.directory import DirectoryService
from app.services.people import PeopleService
from app.services.reading import ReadingService
from app.services.reports import ReportService
from app.settings import SettingsStore
from app.storage.folder import DataFolder
from app.terminology.store import TermStore


@dataclass(frozen=True, slots=True)
class Station:
    """What the window and the command line share."""

    folder: DataFolder
    jobs: JobRunner
    notifications: Notifications
    settings: SettingsStore
    people: PeopleService
    archive: ArchiveService
    reading: ReadingService
    analysis: AnalysisService
    reports: ReportService
    directory: DirectoryService
    terms: TermStore
