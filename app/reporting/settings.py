"""The printed page, the rules for signing and review, and how severe each quality rule is."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import create_model

from app.domain.report import Severity
from app.reporting.rules.catalogue import FIXED, catalogue
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


_CHOICES = {"prohibit": "Stops signing", "alert": "Look again", "info": "For your information", "off": "Off"}


class QualityRules(SettingsGroup):
    """What the house makes of each quality rule; the fields are made from the list of rules."""

    name = "report_rules"
    title = "Quality rules of reports"

    def changes(self) -> dict[str, Severity | None]:
        """The severity of each rule that is not as delivered, by id; None for one that is off."""
        chosen = {
            rule_id: str(getattr(self, _field(rule_id))) for rule_id in catalogue() if rule_id not in FIXED
        }
        return {
            rule_id: None if choice == "off" else Severity(choice)
            for rule_id, choice in chosen.items()
            if choice != "delivered"
        }


def _field(rule_id: str) -> str:
    return rule_id.lower().replace("-", "_")


_DELIVERED = {
    Severity.PROHIBIT: "As delivered: stops signing",
    Severity.ALERT: "As delivered: look again",
    Severity.INFO: "As delivered: for your information",
}


def _fields() -> dict[str, Any]:
    kind = Literal["delivered", "prohibit", "alert", "info", "off"]
    return {
        _field(rule.rule_id): (
            kind,
            setting(
                "delivered",
                rule.title,
                titles={"delivered": _DELIVERED[rule.severity], **_CHOICES},
                number=rule.rule_id,
                tip=rule.explanation,
            ),
        )
        for rule in catalogue().values()
        if rule.rule_id not in FIXED
    }


ReportRuleSettings: type[QualityRules] = create_model(
    "ReportRuleSettings", __base__=QualityRules, **_fields()
)
