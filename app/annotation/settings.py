"""How measurements are told."""

from __future__ import annotations

from typing import Literal

from app.settings import SettingsGroup, setting


class MeasuringSettings(SettingsGroup):
    """How measurements are told."""

    name = "measuring"
    title = "Measuring"
    right = None

    uptake: Literal["suv-bw", "suv-lbm-janma", "suv-lbm-james128", "suv-bsa"] = setting(
        "suv-bw",
        "SUV of PET by",
        titles={
            "suv-bw": "body weight",
            "suv-lbm-janma": "lean body mass (Janmahasatian)",
            "suv-lbm-james128": "lean body mass (James)",
            "suv-bsa": "body surface area",
        },
    )
