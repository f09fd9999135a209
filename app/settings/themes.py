"""The themes.  Every title is an English text and translation key; bounds are checked wherever a value comes from.

A field's unit is in ``json_schema_extra["unit"]``; ``["titles"]`` names the choices of a closed set; ``["secret"]`` marks
what is never shown, also not in `repr`.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from app.domain.person import Right


def _setting(default: Any, title: str, *, unit: str = "", titles: dict[str, str] | None = None, secret: bool = False, **bounds: Any) -> Any:
    extra: dict[str, Any] = {"unit": unit, "secret": secret}
    if titles:
        extra["titles"] = titles
    return Field(default, title=title, json_schema_extra=extra, repr=not secret, **bounds)


class Theme(BaseModel):
    """What all themes share.  `name` is the key they are stored under; `right` who may change it (None: everybody)."""

    model_config = ConfigDict(frozen=True, extra="ignore", validate_default=True)
    name: ClassVar[str]
    title: ClassVar[str]
    right: ClassVar[Right | None] = Right.CHANGE_SETTINGS


class Appearance(Theme):
    """How the window looks."""

    name = "appearance"
    title = "Appearance"
    right = None

    language: Literal["zh", "en"] = _setting("zh", "Language", titles={"zh": "中文", "en": "English"})
    theme: Literal["dark", "light"] = _setting("dark", "Colours", titles={"dark": "Dark", "light": "Light"})


class DirectorySettings(Theme):
    """Where the three-tier directory is, and as whom this station speaks to it."""

    name = "directory"
    title = "Resource directory"

    county_url: str = _setting("", "Address of the county's directory", max_length=500)
    city_url: str = _setting("", "Address of the city's directory", max_length=500)
    province_url: str = _setting("", "Address of the province's directory", max_length=500)
    hospital_name: str = _setting("", "Name of the hospital in the directory", max_length=100)
    org_code: str = _setting("", "Unified social credit code of the hospital", max_length=18)
    area_code: str = _setting("", "Administrative area code (GB/T 2260)", pattern=r"^(\d{6})?$")
    account: str = _setting("", "Account at the directory", max_length=64)
    password: str = _setting("", "Password at the directory", max_length=256, secret=True)
    timeout_s: float = _setting(10.0, "Time to wait for an answer", unit="s", ge=1, le=120)

    @field_validator("county_url", "city_url", "province_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        value = value.strip().rstrip("/")
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("an address begins with http:// or https://")
        return value


_TOOLS = {
    "window": "Window/level", "scroll": "Scroll", "pan": "Pan", "zoom": "Zoom", "crosshair": "Crosshair", "length": "Length",
    "ellipse": "Ellipse",
}  # fmt: skip


class ReadingSettings(Theme):
    """Mouse and presets while reading."""

    name = "reading"
    title = "Reading"
    right = None

    left_drag: Literal["window", "scroll", "pan", "zoom", "crosshair", "length", "ellipse"] = _setting(
        "window", "Left mouse button", titles=_TOOLS
    )
    wheel_direction: Literal["down-next", "down-previous"] = _setting(
        "down-next", "Turning the wheel down shows", titles={"down-next": "the next image", "down-previous": "the previous image"}
    )
    ct_preset: Literal["object", "lung", "mediastinum", "bone", "abdomen", "brain"] = _setting(
        "object", "First window of CT",
        titles={"object": "as stored in the images", "lung": "Lung", "mediastinum": "Mediastinum", "bone": "Bone", "abdomen": "Abdomen",
                "brain": "Brain"},
    )  # fmt: skip
    volume_preset: Literal["bone", "vessels", "lung"] = _setting(
        "bone", "First preset of 3D", titles={"bone": "Bone", "vessels": "Vessels", "lung": "Lung"}
    )


class AnalysisSettings(Theme):
    """Where methods run and how much they may take."""

    name = "analysis"
    title = "Analysis"
    right = Right.ANALYSE

    device: Literal["auto", "cpu", "cuda"] = _setting(
        "auto", "Device", titles={"auto": "Choose automatically", "cpu": "Processor (CPU)", "cuda": "Graphics card (CUDA)"}
    )
    memory_gib: float = _setting(2.0, "Memory for methods, at most", unit="GiB", ge=0.5, le=1024)


class StorageSettings(Theme):
    """Bounds of the processes that read what is given to the station; in force from the next start."""

    name = "storage"
    title = "Archive and import"

    parser_memory_mb: int = _setting(3072, "Memory for reading files, at most", unit="MB", ge=512, le=65536)
    parser_timeout_s: float = _setting(30.0, "Time for reading one file, at most", unit="s", ge=1, le=600)
    volume_memory_gib: float = _setting(16.0, "Memory for one volume, at most", unit="GiB", ge=0.5, le=1024)


class ReportSettings(Theme):
    """What stands on the printed page, and the house's rule for review."""

    name = "report"
    title = "Report"

    hospital_name: str = _setting("", "Name of the hospital on the report", max_length=100)
    department: str = _setting("", "Department", max_length=100)
    footer: str = _setting("", "Text at the foot of each page", max_length=300)
    same_person_may_review: bool = _setting(False, "The author may review the own report")


#: in the order of the dialog
THEMES: tuple[type[Theme], ...] = (Appearance, ReadingSettings, AnalysisSettings, ReportSettings, DirectorySettings, StorageSettings)
