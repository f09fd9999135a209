"""The printed page and the rules for signing and review."""

from __future__ import annotations

from app.settings import SettingsGroup, setting


class ReportSettings(SettingsGroup):
    """What stands on the printed page, and the house's rules for signing and review."""

    name = "report"
    title = "Report"

    hospital_name: str = setting("", "Name of the hospital on the report", max_length=100)
    department: str = setting("", "Department", max_length=100)
    footer: str = setting("", "Text at the foot of each page", max_length=300)
    same_person_may_review: bool = setting(False, "The author may review the own report")
    ask_password_to_sign: bool = setting(True, "Ask for the password at each signature")
