"""What all scores have in common: checked inputs, reasons, texts, sentences, the command line."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from app.cli import main
from app.domain.report import Section, SectionKind, Text
from app.errors import BadInput, NotFound
from app.i18n import catalogue
from app.reporting.checks import check_report
from app.reporting.scores import SCORES, score_named, scores_for
from app.reporting.scores.evidence import sentence
from app.reporting.scores.form import reasoning
from tests.reporting.report_samples import chest_report, with_section

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("score", SCORES, ids=lambda score: score.score_id)
def test_inputs_are_checked(score: object) -> None:
    """Nothing given decides nothing and says what it wants; what is no value of a field is refused."""
    from app.reporting.scores.form import Score

    assert isinstance(score, Score)
    empty = score.result({})
    assert empty.category is None
    assert empty.missing
    for field in score.fields:
        for wrong in ("nonsense", "nan", "-1", "1e9"):
            with pytest.raises(BadInput):
                score.result({field.name: wrong})
    with pytest.raises(BadInput):
        score.result({"unknown": "1"})


def test_texts_are_in_both_languages() -> None:
    """Titles and options, and all that decisions say over inputs drawn at random, have their Chinese."""
    known, draw = catalogue(), random.Random(0)
    texts = {text for score in SCORES for text in (score.sentence, score.title)}
    for score in SCORES:
        for field in score.fields:
            texts |= {field.title, *(option.title for option in field.options)}
        for _ in range(1500):
            given = {
                field.name: draw.choice(field.options).value
                if field.options
                else draw.choice((1, 5, 9, 40, 96))
                for field in score.fields
            }
            found = score.result(given)
            texts |= {found.management, found.meaning, *(rule.text for rule in found.rules)}
            texts |= {found.why.text} if found.why is not None else set()
    assert len(texts) > 250
    assert sorted(text for text in texts if text and text not in known and not text.isdigit()) == []


def test_reasoning_names_what_decided() -> None:
    """The inputs that were read with their values, in both languages; what was not read is not told."""
    given = {"modality": "mammography", "assessment": "4A", "likelihood": "5"}
    score = score_named("bi-rads")
    found = score.result(given)
    assert [name for name, _ in found.used] == ["modality", "assessment", "likelihood"]
    assert "Likelihood of malignancy: 5 %" in reasoning(score, found, "en")
    assert "恶性可能性：5 %" in reasoning(score, found, "zh-CN")


def test_fitting_scores_come_first() -> None:
    """By body part, then modality."""
    assert {score.score_id for score in scores_for("CT", "CHEST")[:2]} == {"lung-rads", "fleischner"}
    assert scores_for("MR", "PROSTATE")[0].score_id == "pi-rads"
    assert scores_for("US", "THYROID")[0].score_id == "ti-rads"
    assert len(scores_for("", "")) == len(SCORES)
    with pytest.raises(NotFound):
        score_named("none")


def test_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Category, reasons and what is missing as JSON."""
    words = ["score", "ti-rads", "--input", "composition=spongiform", "--json", "--lang", "en"]
    assert main(words) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["category"], told["undecidable"], told["version"]) == ("1", False, "2017")
    assert told["decided_by"] == [{"name": "composition", "value": "spongiform"}]
    assert main(["score", "recist", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["category"], told["missing"]) == (None, ["targets", "others", "new"])
    assert main(["score", "ti-rads", "--input", "size=x"]) == BadInput.exit_code
    assert main(["score", "ti-rads", "--fields", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == len(score_named("ti-rads").fields)


def test_the_page_names_every_score() -> None:
    """docs/scores.md has a row with name, version and source of each."""
    page = (ROOT / "docs" / "scores.md").read_text(encoding="utf-8")
    rows = [f"| `{score.score_id}` | {score.name} | {score.version} | {score.source} |" for score in SCORES]
    assert [row for row in rows if row not in page] == []


#: inputs that give categories of every form
_EVERY: list[tuple[str, dict[str, object]]] = [
    ("lung-rads", {"exam": "inflammatory", "other": "yes"}),
    ("lung-rads", {"exam": "complete", "kind": "benign", "other": "yes"}),
    ("lung-rads", {"exam": "complete", "kind": "solid", "change": "slow", "size": 9, "suspicious": "yes"}),
    ("lung-rads", {"exam": "complete", "kind": "solid", "change": "slow", "size": 9, "suspicious": "no"}),
    ("bi-rads", {"modality": "ultrasound", "assessment": "4B"}),
    ("pi-rads", {"zone": "peripheral", "dwi-adequate": "yes", "dwi": "5", "size": 20}),
    ("li-rads", {"at-risk": "yes", "treated": "no", "impression": "vein"}),
    ("li-rads", {"at-risk": "yes", "treated": "no", "impression": "not-assessed"}),
    ("ti-rads", {"composition": "spongiform"}),
    ("recist", {"new": "yes"}),
]


def test_the_rules_know_the_sentence_of_every_category() -> None:
    """No sentence of ours is taken by the quality rules for a category that a score has not."""
    wrong = []
    for score_id, given in _EVERY:
        score = score_named(score_id)
        for language in ("zh-CN", "en"):
            said = "".join(part.text for part in sentence(score, score.result(given), language))
            assert said, given
            report = with_section(chest_report(), Section(SectionKind.IMPRESSION, (Text(said),)))
            wrong += [said for check in check_report(report) if check.rule_id == "Q-66"]
    assert wrong == []
