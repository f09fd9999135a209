"""Builds a station over a data folder."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from app.analysis.settings import AnalysisSettings
from app.archive.settings import StorageSettings
from app.bootstrap.directory_port import DirectoryPort
from app.bootstrap.features import add_services, settings_groups, tables
from app.dicom.read.image_source import ObjectImages
from app.dicom.read.loader import ImageLoader
from app.directory.settings import DirectorySettings
from app.domain.blocks import remove_abandoned
from app.domain.file_blocks import BlockFiles
from app.i18n import LANGUAGES, Language, set_language, tr
from app.imaging.memory import image_budget, physical_memory, window_of
from app.imaging.store import ImageStore
from app.jobs import JobRunner
from app.logs import start_logging
from app.notifications import Level, Notifications
from app.paths import resource_path
from app.ports import Directory, InferenceEngine
from app.processes.dicom import DicomProcesses, dicom_pool
from app.processes.limits import DECODER, MIB, PARSER
from app.session.station import Station
from app.settings import Appearance, SettingsStore
from app.settings.vault import FileVault
from app.storage.folder import DataFolder
from app.terminology.store import TermShelf
from inference.engine import WorkerEngine

log = logging.getLogger(__name__)

GIB = 2**30


@contextmanager
def open_station(home: Path, *, language: str | None = None) -> Iterator[Station]:
    """Open the data folder and build the services; closes jobs, worker processes and the database at the end.

    Raises `UserError` where the folder cannot be used: newer layout, no permission, locked, disk full.
    """
    folder = DataFolder.open(home, tables())
    try:
        start_logging(folder.path / "logs")
        if freed := remove_abandoned() + remove_abandoned(folder.images):
            log.info("%d bytes of images that ended processes had left were freed", freed)
        settings = SettingsStore(
            folder.database, vault=FileVault(folder.path / "settings.key"), groups=settings_groups()
        )
        settings.seal_stored(DirectorySettings)
        set_language(wanted_language(language) or settings.get(Appearance).language)
        jobs = JobRunner()
        station = Station(folder, jobs, Notifications(), settings, TermShelf())
        with ExitStack() as closing:
            closing.callback(jobs.close, 4.0)
            _add_doors(station, closing)
            add_services(station)
            closing.callback(
                jobs.close, 2.0
            )  # first those that heed a cancel; then the doors end what others wait for
            yield station
    finally:
        folder.close()


def _add_doors(station: Station, closing: ExitStack) -> None:
    """What features reach through ports: processes for files, the inference engine, the directory."""
    settings = station.settings
    directory = DirectoryPort(settings)
    closing.callback(directory.close)
    dicom = _dicom_processes(settings.get(StorageSettings))
    closing.callback(dicom.close)
    budget = _image_budget(station)
    window = window_of(budget)
    files = BlockFiles(station.folder.images, window)
    source = ObjectImages(ImageLoader(dicom.decoders), station.folder.objects, files)
    images = ImageStore(source, station.jobs, budget, window)
    closing.callback(images.close)
    memory_bytes = int(settings.get(AnalysisSettings).memory_gib * GIB)
    engine = WorkerEngine(resource_path("models"), memory_bytes=memory_bytes)
    closing.callback(engine.close)
    station.services.add(of=Directory, made=directory)
    station.services.add(of=DicomProcesses, made=dicom)
    station.services.add(of=ImageStore, made=images)
    station.services.add(of=InferenceEngine, made=engine)


def _image_budget(station: Station) -> int:
    """What images may take of the memory; a wish for more than the machine has is told."""
    wanted_gib = station.settings.get(StorageSettings).image_memory_gib
    budget = image_budget(physical_memory(), wanted_gib)
    if budget < int(wanted_gib * GIB):
        station.notifications.add(
            Level.WARNING,
            tr(
                "Images may take {budget} GiB of memory and not {wanted} GiB: this machine has no more.",
                budget=f"{budget / GIB:.1f}",
                wanted=f"{wanted_gib:g}",
            ),
            tr("Change the limit in the settings under “Archive and import”."),
        )
    return budget


def _dicom_processes(bounds: StorageSettings) -> DicomProcesses:
    silence = bounds.parser_timeout_s
    parser = replace(PARSER, silence_s=silence, address_space_bytes=bounds.parser_memory_mb * MIB)
    decoder = replace(DECODER, silence_s=silence, shared_bytes=int(bounds.volume_memory_gib * GIB))
    return DicomProcesses(
        dicom_pool(parser, bounds.parser_processes), dicom_pool(decoder, bounds.decoder_processes)
    )


def wanted_language(option: str | None) -> Language | None:
    """The language asked for by the option ``--lang``, else by ``YINGSHU_LANG``; None leaves it to the
    settings.
    """
    for asked in (option, os.environ.get("YINGSHU_LANG")):
        found = next((known for known in LANGUAGES if known == asked), None)
        if found is not None:
            return found
    return None
