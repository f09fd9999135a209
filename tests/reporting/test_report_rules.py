"""The quality rules of a report's words, each both ways; their list, page, settings, files and speed.

``python -m tests.reporting.test_report_rules`` writes docs/report-rules.md.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.cli import main
from app.domain.report import Severity
from app.errors import BadInput, LimitExceeded
from app.i18n import catalogue as chinese
from app.reporting.checks import RULES as PART_RULES
from app.reporting.checks import check_report
from app.reporting.rules.catalogue import FIXED, catalogue
from app.reporting.rules.files import ReadReport, read_reports
from app.reporting.rules.reading import Reading
from app.reporting.rules.text_rules import RULES
from app.reporting.settings import ReportRuleSettings
from app.terminology import load_terms

PAGE = Path(__file__).resolve().parents[2] / "docs" / "report-rules.md"
CASES = json.loads((Path(__file__).parent / "rule_cases.json").read_text(encoding="utf-8"))
HEAD = """# Quality rules of reports

{n} rules, run while a report is written and before it is signed; made by
`tests/reporting/test_report_rules.py` from `resources/rules/report_rules.json`. *prohibit* stops signing,
*alert* asks to look again, *info* tells. The settings (*Quality rules of reports*) give each rule another
severity or turn it off; those marked \\* stay as they are. `main.py report check FILE` runs them on a file: a
stored report, the signed JSON of one, a described report (`exam` and `sections` as in
`tests/reporting/planted/README.md`; one, a list, or one a line), or plain text with headings.

In the window a report knows its patient, its study and its words.  What only a described report tells (the
agent of contrast in the images, the ordered side, the history, the register of critical calls) is not asked
of other systems yet: there Q-33 to Q-35 say nothing, Q-20 goes by the study's description, Q-60 and Q-62 by
the report's own words.

| rule | severity | what it finds | example |
|---|---|---|---|
"""


def page() -> str:
    """The page as the list has it."""

    def cell(text: str) -> str:
        return text.replace("|", "\\|").replace("_", "\\_").replace("*", "\\*")

    fixed = "\\*"
    rows = [
        f"| {r.rule_id}{fixed if r.rule_id in FIXED else ''} | {r.severity} | **{cell(r.title)}.** "
        f"{cell(r.explanation)} | {cell(r.example)} |\n"
        for r in catalogue().values()
    ]
    return HEAD.format(n=len(rows)) + "".join(rows)


def described(folder: Path, exam: dict[str, Any], sections: dict[str, str]) -> ReadReport:
    path = folder / "report.json"
    path.write_text(json.dumps({"exam": exam, "sections": sections}), encoding="utf-8")
    (read,) = read_reports(path)
    return read


def hits(read: ReadReport, rule_id: str) -> list[str]:
    """What one rule names, without those that go before it."""
    reading = Reading(read.report, read.facts, load_terms())
    return [reading.text(hit.section)[hit.start : hit.end] for hit in RULES[rule_id](reading)]


@pytest.mark.parametrize("case", CASES, ids=[case["rule"] for case in CASES])
def test_each_rule_finds_what_is_wrong_and_leaves_what_is_right(case: dict[str, Any], tmp_path: Path) -> None:
    assert hits(described(tmp_path, case["exam"], case["wrong"]), case["rule"])
    assert not hits(described(tmp_path, case.get("right_exam", case["exam"]), case["right"]), case["rule"])


def test_the_list_is_whole() -> None:
    rules = catalogue()
    assert len(rules) >= 50
    assert set(rules) == set(RULES) | {rule_id for rule_id, _ in PART_RULES} | {"Q-11"}
    assert {case["rule"] for case in CASES} | {"Q-64"} == set(RULES)
    for rule in rules.values():
        assert set(rule.unless) <= set(rules)
        assert bool(rule.message) == (rule.rule_id in RULES)
        for text in (rule.title, rule.explanation, *([rule.message] if rule.message else [])):
            assert text in chinese(), text


def test_the_page_tells_the_list() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def test_settings_turn_a_rule_off_and_change_its_severity(tmp_path: Path) -> None:
    exam = {"modality": "US", "body_part": "ABDOMEN", "sex": "F", "age": 50}
    read = described(tmp_path, exam, {"findings": "肝脏正常，CT值约60 HU。", "impression": "肝脏正常。"})
    assert [(c.rule_id, c.severity) for c in check_report(read.report)] == [("Q-31", Severity.ALERT)]
    harder = ReportRuleSettings(q_31="prohibit").changes()
    assert [c.severity for c in check_report(read.report, changes=harder)] == [Severity.PROHIBIT]
    assert check_report(read.report, changes=ReportRuleSettings(q_31="off").changes()) == []
    assert ReportRuleSettings().changes() == {}
    assert not {f"q_{rule_id[2:]}" for rule_id in FIXED} & set(ReportRuleSettings.model_fields)


def test_a_file_of_any_form_is_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain = tmp_path / "report.txt"
    plain.write_text(
        "性别：男\n年龄：60岁\n检查项目：胸部CT平扫\n影像所见：\n两肺未见结节。子宫大小正常。\n诊断意见：\n未见异常。\n",
        encoding="utf-8",
    )
    assert main(["--lang", "en", "report", "check", str(plain), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    (found,) = [f for f in told["findings"] if f["rule"] == "Q-04"]
    assert found["severity"] == "prohibit"
    assert found["kinds"] == ["sex"]
    assert found["explanation"] == catalogue()["Q-04"].explanation
    lines = tmp_path / "reports.jsonl"
    one = {
        "exam": {"modality": "CT"},
        "sections": {"findings": "右肺[部位]见结节。", "impression": "右肺结节。"},
    }
    lines.write_text(f"{json.dumps(one)}\n{json.dumps(one)}\n", encoding="utf-8")
    assert main(["report", "check", str(lines), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [f["text"] for f in told[1]["findings"]] == ["[部位]"]
    assert main(["report", "check", str(lines)]) == 0
    assert "[部位]" in capsys.readouterr().out


def test_a_rule_that_goes_before_hides_its_own_words_only(tmp_path: Path) -> None:
    """One gap told by Q-02 is not told again; another gap of the section is."""
    read = described(
        tmp_path, {"modality": "CT"}, {"findings": "[[部位]]见结节，[大小]。", "impression": "结节。"}
    )
    told = [(c.rule_id, c.params["text"]) for c in check_report(read.report)]
    assert told == [("Q-02", "[[部位]]"), ("Q-54", "[大小]")]


def test_a_text_that_no_report_is_as_long_as_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_text("右肺结节。" * 5000, encoding="utf-8")
    with pytest.raises(LimitExceeded, match="25000"):
        read_reports(path)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        '{"sections": {"findings": 3}}',
        '{"sections": {"pictures": "x"}}',
        "[1]",
        '{"exam": {"date": "x"}, "sections": {}}',
    ],
)
def test_what_is_no_report_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "no.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput):
        read_reports(path)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
