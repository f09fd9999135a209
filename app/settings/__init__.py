"""Settings by theme.  A dialog is made from the models' fields: title, bounds, unit."""

from app.settings.store import SettingsStore
from app.settings.themes import (
    THEMES,
    AnalysisSettings,
    Appearance,
    DirectorySettings,
    ReadingSettings,
    ReportSettings,
    StorageSettings,
    Theme,
)

__all__ = [
    "THEMES", "AnalysisSettings", "Appearance", "DirectorySettings", "ReadingSettings", "ReportSettings", "SettingsStore",
    "StorageSettings", "Theme",
]  # fmt: skip
