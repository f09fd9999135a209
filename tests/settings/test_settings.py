"""Settings: one model a group, with title, bounds and unit (issue: House)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from app.analysis.settings import AnalysisSettings
from app.archive.settings import StorageSettings
from app.bootstrap.features import settings_groups
from app.directory.settings import DirectorySettings
from app.errors import BadInput, NotAllowed
from app.i18n import catalogue
from app.reporting.rules import catalogue as rules
from app.reporting.settings import ReportRuleSettings, ReportSettings
from app.settings import Appearance, SettingsGroup, SettingsStore
from app.settings.store import variable
from app.storage.database import Database
from tests.support.archive_rows import ADMINISTRATOR, DOCTOR


@pytest.fixture
def store(database: Database) -> SettingsStore:
    return SettingsStore(database, environment={})


@pytest.mark.parametrize("model", settings_groups())
def test_every_field_has_a_title_in_both_languages_and_numbers_have_bounds(
    model: type[SettingsGroup],
) -> None:
    assert model.title in catalogue()
    for name, field in model.model_fields.items():
        assert field.title in catalogue(), f"{model.name}.{name}"
        extra = field.json_schema_extra
        assert isinstance(extra, dict)
        titles = extra.get("titles", {})
        assert isinstance(titles, dict)
        for title in titles.values():
            assert title in catalogue() or title in ("中文", "English"), f"{model.name}.{name}: {title}"
        if field.annotation in (int, float):
            kinds = {type(m).__name__ for m in field.metadata}
            assert {"Ge", "Le"} <= kinds, f"{model.name}.{name} has no bounds"


@pytest.mark.parametrize("model", settings_groups())
def test_defaults_are_valid_and_come_without_a_row(store: SettingsStore, model: type[SettingsGroup]) -> None:
    assert store.get(model) == model()


def test_what_is_set_comes_back_and_is_told(store: SettingsStore, database: Database) -> None:
    told: list[SettingsGroup] = []
    store.changed.connect(told.append)
    wanted = ReportSettings(hospital_name="影枢医院", same_person_may_review=True)
    store.set(ADMINISTRATOR, wanted)
    assert store.get(ReportSettings) == wanted == told[0]
    with database.read() as tx:
        assert json.loads(tx.audit.rows(1)[0].details)["fields"] == [
            "ask_password_to_sign",
            "department",
            "footer",
            "hospital_name",
            "same_person_may_review",
        ]
        assert tx.audit.verify().ok
    store.set(ADMINISTRATOR, wanted)
    with database.read() as tx:
        assert json.loads(tx.audit.rows(1)[0].details)["fields"] == []


def test_who_may_change_what(store: SettingsStore) -> None:
    store.set(DOCTOR, Appearance(theme="light"))
    store.set(DOCTOR, AnalysisSettings(device="cpu"))
    for group in (DirectorySettings(), StorageSettings(), ReportSettings()):
        with pytest.raises(NotAllowed):
            store.set(DOCTOR, group)


def test_the_environment_goes_first_and_is_not_stored(database: Database) -> None:
    environment = {
        "YINGSHU_DIRECTORY_COUNTY_URL": "http://127.0.0.1:8801/",
        "YINGSHU_DIRECTORY_TIMEOUT_S": "3",
    }
    plain, over = SettingsStore(database, environment={}), SettingsStore(database, environment=environment)
    plain.set(ADMINISTRATOR, DirectorySettings(county_url="https://county.example", account="a"))
    got = over.get(DirectorySettings)
    assert (got.county_url, got.timeout_s, got.account) == ("http://127.0.0.1:8801", 3.0, "a")
    assert over.overridden(DirectorySettings) == ["county_url", "timeout_s"]
    over.set(ADMINISTRATOR, got.model_copy(update={"account": "b"}))
    assert plain.get(DirectorySettings) == DirectorySettings(county_url="https://county.example", account="b")


def test_a_wrong_value_in_the_environment_is_named(database: Database) -> None:
    store = SettingsStore(database, environment={variable(AnalysisSettings, "memory_gib"): "plenty"})
    with pytest.raises(BadInput, match=r"YINGSHU_ANALYSIS_MEMORY_GIB has the value plenty"):
        store.get(AnalysisSettings)


def test_a_stored_value_that_is_not_valid_any_more_gives_way(
    store: SettingsStore, database: Database
) -> None:
    with database.write() as tx:
        tx.settings.set("appearance", {"theme": "pink", "language": "en", "gone": 1})
    assert store.get(Appearance) == Appearance(language="en")


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (Appearance, {"theme": "pink"}),
        (DirectorySettings, {"area_code": "13"}),
        (DirectorySettings, {"city_url": "ftp://x"}),
        (StorageSettings, {"parser_timeout_s": 0}),
        (AnalysisSettings, {"device": "tpu"}),
    ],
)
def test_bounds(model: type[SettingsGroup], values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        model(**values)


def test_a_secret_is_not_in_the_repr() -> None:
    assert "s3cret" not in repr(DirectorySettings(password="s3cret"))


def test_every_setting_is_used_by_the_program() -> None:
    """A setting that does nothing is a defect: each field is read somewhere outside the settings."""
    root = Path(__file__).resolve().parents[2]
    sources = [
        p for folder in ("app", "widgets", "viewers", "inference") for p in (root / folder).rglob("*.py")
    ]
    text = "\n".join(p.read_text(encoding="utf-8") for p in sources if p.parent.name != "settings")
    unused = [
        f"{group.name}.{field}"
        for group in settings_groups()
        if group is not ReportRuleSettings  # made from the list of rules, and read by their ids
        for field in group.model_fields
        if f".{field}" not in text
    ]
    assert unused == []


def test_every_quality_rule_can_be_turned_off() -> None:
    off = ReportRuleSettings(**dict.fromkeys(ReportRuleSettings.model_fields, "off"))
    assert off.changes() == dict.fromkeys(set(rules.catalogue()) - rules.FIXED)
    assert ReportRuleSettings().changes() == {}
