"""Where the directory is."""

from __future__ import annotations

from pydantic import field_validator

from app.settings import SettingsGroup, setting


class DirectorySettings(SettingsGroup):
    """Where the three-tier directory is, and as whom this station speaks to it."""

    name = "directory"
    title = "Resource directory"

    county_url: str = setting("", "Address of the county's directory", max_length=500)
    city_url: str = setting("", "Address of the city's directory", max_length=500)
    province_url: str = setting("", "Address of the province's directory", max_length=500)
    hospital_name: str = setting("", "Name of the hospital in the directory", max_length=100)
    org_code: str = setting("", "Unified social credit code of the hospital", max_length=18)
    area_code: str = setting(
        "",
        "Administrative area code (GB/T 2260)",
        pattern=r"^(\d{6})?$",
        expected="six digits are expected, or nothing",
    )
    account: str = setting("", "Account at the directory", max_length=64)
    password: str = setting("", "Password at the directory", max_length=256, secret=True)
    timeout_s: float = setting(10.0, "Time to wait for an answer", unit="s", ge=1, le=120)

    @field_validator("county_url", "city_url", "province_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        value = value.strip().rstrip("/")
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("an address begins with http:// or https://")
        return value
