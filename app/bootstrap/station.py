"""Builds a station over a data folder."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from app.bootstrap.directory_port import DirectoryPort
from app.dicom.bounded import BoundedChild, DicomProcesses
from app.dicom.limits import DECODER, MIB, PARSER
from app.domain.blocks import remove_abandoned
from app.i18n import LANGUAGES, Language, set_language
from app.jobs import JobRunner
from app.logs import start_logging
from app.notifications import Notifications
from app.paths import resource_path
from app.services.analysis import AnalysisService
from app.services.archive import ArchiveService
from app.services.directory import DirectoryService
from app.services.people import PeopleService
from app.services.reading import ReadingService
from app.services.reports import ReportService
from app.services.station import Station
from app.settings import AnalysisSettings, Appearance, DirectorySettings, SettingsStore, StorageSettings
from app.settings.vault import FileVault
from app.storage.folder import DataFolder
from app.terminology.store import load_terms
from inference.engine import WorkerEngine

log = logging.getLogger(__name__)

GIB = 2**30


@contextmanager
def open_station(home: Path, *, language: str | None = None) -> Iterator[Station]:
    """Open the data folder and build the services; closes jobs, worker processes and the database at the end.

    Raises `UserError` where the folder cannot be used: newer layout, no permission, locked, disk full.
    """
    folder = DataFolder.open(home)
    try:
        start_logging(folder.path / "logs")
        if freed := remove_abandoned():
            log.info("%d bytes of shared memory that ended processes had left were freed", freed)
        settings = SettingsStore(folder.database, vault=FileVault(folder.path / "settings.key"))
        settings.seal_stored(DirectorySettings)
        set_language(wanted_language(language) or settings.get(Appearance).language)
        jobs = JobRunner()
        engine = WorkerEngine(resource_path("models"), memory_bytes=int(settings.get(AnalysisSettings).memory_gib * GIB))
        directory = DirectoryPort(settings)
        dicom = _dicom_processes(settings.get(StorageSettings))
        archive = ArchiveService(folder, jobs, dicom)
        reading = ReadingService(folder, archive, jobs, dicom)
        reports = ReportService(folder, archive, settings)
        try:
            yield Station(
                folder=folder,
                jobs=jobs,
                notifications=Notifications(),
                settings=settings,
                people=PeopleService(folder.database),
                archive=archive,
                reading=reading,
                analysis=AnalysisService(folder, archive, reading, engine, jobs),
                reports=reports,
                directory=DirectoryService(folder, archive, reports, directory, settings),
                terms=load_terms(),
            )
        finally:
            jobs.close(2.0)  # those that heed a cancel
            engine.close()  # ends what the others wait for
            dicom.close()
            directory.close()
            jobs.close(4.0)
    finally:
        folder.close()


def _dicom_processes(bounds: StorageSettings) -> DicomProcesses:
    silence = bounds.parser_timeout_s
    parser = replace(PARSER, silence_s=silence, address_space_bytes=bounds.parser_memory_mb * MIB)
    decoder = replace(DECODER, silence_s=silence, shared_bytes=int(bounds.volume_memory_gib * GIB))
    return DicomProcesses(BoundedChild(parser), BoundedChild(decoder))


def wanted_language(option: str | None) -> Language | None:
    """The language asked for by the option ``--lang``, else by ``YINGSHU_LANG``; None leaves it to the settings."""
    for asked in (option, os.environ.get("YINGSHU_LANG")):
        found = next((known for known in LANGUAGES if known == asked), None)
        if found is not None:
            return found
    return None
