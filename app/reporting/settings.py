"""The printed page and the rule for review."""

from __future__ import annotations

from app.settings import SettingsGroup, setting


class ReportSettings(SettingsGroup):
    """What stands on the printed page, and the house's rule for review."""

    name = "report"
    title = "Report"

    hospital_name: str = setting("", "Name of the hospital on the report", max_length=100)
    department: str = setting("", "Department", max_length=100)
    footer: str = setting("", "Text at the foot of each page", max_length=300)
    same_person_may_review: bool = setting(False, "The author may review the own report")
