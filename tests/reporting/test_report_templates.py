"""Templates: well-formed, complete in both languages, filled from what the images tell."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.domain.person import Actor, Role
from app.domain.report import Chip, SectionKind, Text
from app.errors import BadInput, NotFound
from app.paths import resource_path
from app.reporting.checks import check_report
from app.reporting.templates import choose_template, new_report, read_template, template, templates
from app.terminology import load_terms
from tests.reporting.report_samples import header

AUTHOR = Actor("p1", "演示甲", frozenset({Role.REPORTING}))
AT = datetime(2026, 11, 20, 2, 2, tzinfo=UTC)
FACTS = {
    "KVP": "120.0",
    "SliceThickness": "2.500000",
    "ConvolutionKernel": "B70f",
    "ContrastBolusAgent": "",
    "XRayTubeCurrent": "180",
}


@pytest.mark.parametrize(
    ("modality", "part", "chosen"),
    [
        ("CT", "CHEST", "chest-ct"),
        ("CT", "chest", "chest-ct"),
        ("CT", "CHEST_TO_PELVIS", "chest-ct"),
        ("CT", "胸部", "chest-ct"),
        ("CT", "ABDOMEN", "generic"),
        ("MR", "CHEST", "generic"),
        ("MR", "BRAIN", "generic"),
        ("", "", "generic"),
        ("CT", "", "generic"),
    ],
)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_most_particular_template_is_chosen(modality: str, part: str, chosen: str, language: str) -> None:
    assert choose_template(modality, part, language).template_id == chosen


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_template_is_whole(language: str) -> None:
    """3.3.3: sections in the page's order, prompts, coded chips that say what their codes mean."""
    for form in templates(language):
        kinds = [s.kind for s in form.sections]
        assert kinds == list(SectionKind)
        assert {SectionKind.FINDINGS, SectionKind.IMPRESSION} <= form.required
        assert all(s.prompt for s in form.sections)
        assert form.title
        assert form.phrases
        report = new_report(
            form, header(language == "zh"), report_id="r", author=AUTHOR, at=AT, technique=FACTS
        )
        wrong = [c for c in check_report(report) if c.rule_id not in {"Q-01"}]
        assert wrong == []
        for phrase in form.phrases:
            for part in phrase.content:
                if isinstance(part, Chip):
                    term = load_terms().term(part.code.value)
                    assert term is not None
                    assert load_terms().named(part.text)[0] is term


def test_technique_is_filled_from_the_images() -> None:
    """Facts 5.3: 检查方法 from what the images' headers tell; numbers without idle zeros."""
    report = new_report(
        template("chest-ct", "zh"), header(), report_id="r", author=AUTHOR, at=AT, technique=FACTS
    )
    words = report.section(SectionKind.TECHNIQUE).plain
    assert "平扫，管电压 120 kV，管电流 180 mA，重建层厚 2.5 mm，重建算法 B70f。" in words
    english = new_report(
        template("chest-ct", "en"), header(False), report_id="r", author=AUTHOR, at=AT, technique=FACTS
    )
    assert (
        "Non-contrast, 120 kV, 180 mA, slice thickness 2.5 mm, kernel B70f."
        in english.section(SectionKind.TECHNIQUE).plain
    )
    thin = new_report(
        template("chest-ct", "en"),
        header(False),
        report_id="r",
        author=AUTHOR,
        at=AT,
        technique={"SliceThickness": "2.5"},
    )
    assert "inspiration. Slice thickness 2.5 mm. " in thin.section(SectionKind.TECHNIQUE).plain, (
        "a sentence begins with a capital"
    )


def test_nothing_is_said_of_what_is_unknown() -> None:
    """No contrast phase is claimed where the images tell none."""
    report = new_report(template("chest-ct", "zh"), header(), report_id="r", author=AUTHOR, at=AT)
    words = report.section(SectionKind.TECHNIQUE).plain
    assert "平扫" not in words
    assert "kV" not in words
    with_agent = new_report(
        template("chest-ct", "zh"),
        header(),
        report_id="r",
        author=AUTHOR,
        at=AT,
        technique={"ContrastBolusAgent": "碘海醇"},
    )
    assert "增强扫描（碘海醇）" in with_agent.section(SectionKind.TECHNIQUE).plain


def test_a_new_report_is_a_draft_that_still_needs_its_impression() -> None:
    report = new_report(
        template("chest-ct", "zh"), header(), report_id="r", author=AUTHOR, at=AT, technique=FACTS
    )
    assert report.section(SectionKind.IMPRESSION).plain == ""
    assert [c.rule_id for c in check_report(report)] == ["Q-01"]
    assert (report.author_id, report.language, report.template_version) == ("p1", "zh", "1.1.0")
    assert not any(
        isinstance(a, Text) and isinstance(b, Text)
        for s in report.sections
        for a, b in zip(s.content, s.content[1:], strict=False)
    )


def test_an_unknown_template_is_named() -> None:
    with pytest.raises(NotFound, match="nowhere"):
        template("nowhere", "zh")


@pytest.mark.parametrize(
    "change",
    [
        {"schema": 2},
        {"id": "No Good"},
        {"version": "1"},
        {"extra": 1},
        {"sections": [{"kind": "poem", "required": True, "prompt": {}}]},
        {"findings": ["RID0000"]},
        {"findings": ["nodule"]},
    ],
)
def test_a_bad_template_is_refused_with_its_name(change: dict[str, object], tmp_path: Path) -> None:
    good = json.loads(resource_path("report_templates", "generic.json").read_text(encoding="utf-8"))
    file = tmp_path / "mine.json"
    file.write_text(json.dumps({**good, **change}), encoding="utf-8")
    with pytest.raises(BadInput) as refused:
        read_template(file, "zh", load_terms())
    assert refused.value.params["name"] == "mine.json"
