"""Where methods run."""

from __future__ import annotations

from typing import Literal

from app.people.rights import ANALYSE
from app.settings import SettingsGroup, setting


class AnalysisSettings(SettingsGroup):
    """Where methods run and how much they may take."""

    name = "analysis"
    title = "Analysis"
    right = ANALYSE

    device: Literal["auto", "cpu", "cuda"] = setting(
        "auto",
        "Device",
        titles={"auto": "Choose automatically", "cpu": "Processor (CPU)", "cuda": "Graphics card (CUDA)"},
    )
    memory_gib: float = setting(
        2.0, "Memory for methods, at most", unit="GiB", ge=0.5, le=1024, next_start=True
    )
