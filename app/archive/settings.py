"""Bounds of import and archive, and when a report is overdue."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from app.domain.worklist import Urgency
from app.settings import SettingsGroup, setting

#: the processes and the store of images get their bounds when the station is opened
_at_start = partial(setting, next_start=True)


class StorageSettings(SettingsGroup):
    """Bounds of the processes that read what is given to the station; in force from the next start."""

    name = "storage"
    title = "Archive and import"

    parser_memory_mb: int = _at_start(3072, "Memory for reading files, at most", unit="MB", ge=512, le=65536)
    parser_timeout_s: float = _at_start(30.0, "Time for reading one file, at most", unit="s", ge=1, le=600)
    parser_processes: int = _at_start(3, "Processes for reading files", ge=1, le=16)
    decoder_processes: int = _at_start(2, "Processes for decoding images", ge=1, le=16)
    volume_memory_gib: float = _at_start(16.0, "Memory for one volume, at most", unit="GiB", ge=0.5, le=1024)
    image_memory_gib: float = _at_start(
        0.0, "Memory for all images, at most (0: half of the machine’s)", unit="GiB", ge=0, le=1024
    )


class WorklistSettings(SettingsGroup):
    """How long after the images came a report is overdue."""

    name = "worklist"
    title = "Worklist"

    routine_hours: float = setting(24.0, "Routine studies are overdue after", unit="h", ge=0.25, le=2000)
    urgent_minutes: int = setting(120, "Urgent studies are overdue after", unit="min", ge=1, le=100000)
    stat_minutes: int = setting(30, "Emergencies are overdue after", unit="min", ge=1, le=100000)

    def overdue_after(self) -> dict[Urgency, timedelta]:
        """The limits by urgency."""
        return {
            Urgency.ROUTINE: timedelta(hours=self.routine_hours),
            Urgency.URGENT: timedelta(minutes=self.urgent_minutes),
            Urgency.STAT: timedelta(minutes=self.stat_minutes),
        }
