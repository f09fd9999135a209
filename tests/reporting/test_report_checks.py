"""Each quality rule, both ways, in Chinese and English (facts: rule engine before signing, DB13/T 3.3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from app.domain.coding import Code
from app.domain.provenance import ReviewState
from app.domain.report import (
    Chip,
    ImageLink,
    Inline,
    MeasurementLink,
    Report,
    Section,
    SectionKind,
    Severity,
    Text,
)
from app.i18n import catalogue, tr
from app.reporting.checks import RULES, WORDING, check_report
from app.reporting.editing import measurement_link
from tests.reporting.ordinary_reports import ORDINARY
from tests.reporting.report_samples import (
    ALGORITHM,
    MM,
    chest_report,
    code,
    header,
    key_image,
    measurement,
    with_section,
)

FINDINGS, IMPRESSION, R = SectionKind.FINDINGS, SectionKind.IMPRESSION, SectionKind.RECOMMENDATION
NODULE = Chip("肺结节", code("RID50149"))


def written(
    findings: str | Sequence[Inline],
    impression: str | Sequence[Inline],
    language: str = "zh",
    **changes: object,
) -> Report:
    """The sample with other words and none of its evidence."""
    report = replace(chest_report(language), findings=(), measurements=(), key_images=())
    for kind, words in ((FINDINGS, findings), (IMPRESSION, impression)):
        report = with_section(
            report, Section(kind, (Text(words),) if isinstance(words, str) else tuple(words))
        )
    return replace(report, **changes)  # type: ignore[arg-type]


def rules_of(report: Report, **settings: bool) -> dict[str, Severity]:
    return {check.rule_id: check.severity for check in check_report(report, **settings)}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_good_report_has_nothing_to_say_against_it(language: str) -> None:
    """No false alarm on a complete report, signed or not."""
    assert check_report(replace(chest_report(language), key_images=chest_report(language).key_images)) == []
    assert check_report(chest_report(language, signed=True)) == []


WITH_SEX = {sex: replace(header(), patient=replace(header().patient, sex=sex)) for sex in "MF"}

CASES = [
    # rule, findings, impression, language, flagged
    ("Q-01", "", "左肺结节。", "zh", True),
    ("Q-01", "左肺结节。", " \n", "zh", True),
    ("Q-01", "No lesion.", "Normal.", "en", False),
    ("Q-02", "[[部位]]见结节。", "结节。", "zh", True),
    ("Q-02", "左肺见结节，大小约____。", "结节。", "zh", True),
    ("Q-02", "大小约 8×6 mm。", "结节。", "zh", False),
    ("Q-02", "Nodule in the XXX.", "Nodule.", "en", True),
    ("Q-02", "Nodule in the left lung.", "Nodule.", "en", False),
    ("Q-02", "左肺见XXX结节。", "结节。", "zh", True),
    ("Q-02", "左肺见结节，大小约（　）。", "结节。", "zh", True),
    ("Q-02", "CXXXL 型。", "结节。", "zh", False),
    ("Q-03", "左肺上叶见结节。", "右肺上叶结节。", "zh", True),
    ("Q-03", "左肺上叶见结节，右肺清晰。", "右肺结节。", "zh", True),
    ("Q-03", "左肺上叶见结节。右肺下叶见纤维灶。", "1. 左肺上叶结节；2. 右肺下叶纤维灶。", "zh", False),
    ("Q-03", "双侧胸腔积液。", "左侧胸腔积液。", "zh", False),
    ("Q-03", "左肺上叶结节较前无明显变化。", "右肺上叶结节。", "zh", True),
    ("Q-03", "左肾囊肿，右肾未见异常。", "左肾囊肿。", "zh", False),
    ("Q-03", "左肾囊肿，右肾未见异常。", "右肾囊肿。", "zh", True),
    ("Q-03", "Nodule in the left upper lobe.", "Right upper lobe nodule.", "en", True),
    (
        "Q-03",
        "Nodule in the left upper lobe. The right lung is clear.",
        "Left upper lobe nodule.",
        "en",
        False,
    ),
    ("Q-03", "Bilateral pleural effusion.", "Right pleural effusion.", "en", False),
    ("Q-04", "子宫见肌瘤。", "子宫肌瘤。", "zh", True),
    ("Q-04", "前列腺增大。", "前列腺增大。", "zh", False),
    ("Q-04", "The uterus is enlarged.", "Enlarged.", "en", True),
    ("Q-04", "The prostate is enlarged.", "Enlarged.", "en", False),
    ("Q-13", "胸膜增厚，支气管粘膜肿胀。", "炎症。", "zh", True),
    ("Q-13", "支气管黏膜肿胀。", "炎症。", "zh", False),
    ("Q-13", "Small plueral effusion.", "Effusion.", "en", True),
    ("Q-13", "Small pleural effusion.", "Effusion.", "en", False),
    ("Q-04", "Hydrocele of the tunica vaginalis.", "Hydrocele.", "en", False),
    ("Q-13", "纵隔淋巴结结核。", "淋巴结结核。", "zh", False),
    ("Q-13", "肺内小结结。", "结节。", "zh", True),
    ("Q-13", "左右侧脑室对称。", "未见异常。", "zh", False),
    ("Q-14", "左肺结节 8.4 mm。", "左肺结节 8.4 cm。", "zh", True),
    ("Q-14", "左肺结节 8.4 mm。", "左肺结节 0.84 cm。", "zh", False),
    ("Q-14", "左肺结节 8.4 mm。", "左肺结节 0.8 cm。", "zh", False),
    ("Q-14", "左肺结节 8.4 mm × 6.9 mm。", "左肺结节 8.4×6.9 mm。", "zh", False),
    ("Q-14", "Nodule of 8.4 mm.", "Nodule of 12 mm.", "en", True),
    ("Q-14", "Nodule of 8.4 mm.", "Nodule of 8 mm.", "en", False),
    ("Q-15", "与 2026-12-01 片比较增大。", "结节增大。", "zh", True),
    ("Q-15", "与 2026年7月17日 片比较增大。", "结节增大。", "zh", False),
    ("Q-15", "与 2026-02-31 片比较增大。", "结节增大。", "zh", True),
    ("Q-15", "Compared with 2027-01-01.", "Growing.", "en", True),
    ("Q-15", "Compared with 2026-07-17.", "Growing.", "en", False),
    ("Q-16", "左肺结节明显强化。", "左肺结节。", "zh", True),
    ("Q-16", "左肺结节，建议增强扫描。", "左肺结节。", "zh", False),
    ("Q-16", "双肺纹理增强。", "未见异常。", "zh", False),
    ("Q-16", "左肺结节，未行增强扫描，强化情况无法评价。", "左肺结节。", "zh", False),
    ("Q-16", "The nodule enhances.", "Nodule.", "en", True),
    ("Q-17", "左肺结节😀。", "结节。", "zh", True),
    ("Q-17", "左肺结节。", "结节。", "zh", False),
    ("Q-17", "左肺结节\x0c。", "结节。", "zh", True),
    ("Q-17", "Nodule 😀.", "Nodule.", "en", True),
    ("Q-18", "左肺结节，大小约 8.4×6.9，边界清。", "左肺结节。", "zh", True),
    ("Q-18", "左肺结节，长径约 8。", "左肺结节。", "zh", True),
    ("Q-18", "左肺结节，长径约 8～10 mm，大小 8×6×5mm大。", "左肺结节。", "zh", False),
    ("Q-18", "A nodule measuring 8.4 x 6.9 in the lung.", "Nodule.", "en", True),
    ("Q-18", "A nodule measuring 8.4 x 6.9 mm.", "Nodule.", "en", False),
    ("Q-16", "Unenhanced scan; nodule.", "Nodule.", "en", False),
]


@pytest.mark.parametrize(("rule", "findings", "impression", "language", "flagged"), CASES)
def test_rules_about_words(rule: str, findings: str, impression: str, language: str, flagged: bool) -> None:
    assert (rule in rules_of(written(findings, impression, language))) is flagged


def test_severity_stops_what_would_harm() -> None:
    """Left and right, an empty section and a wrong unit stop signing; a wording only asks."""
    assert rules_of(written("左肺上叶见结节。", "右肺上叶结节。"))["Q-03"] is Severity.PROHIBIT
    assert rules_of(written("左肺结节 8.4 mm。", "左肺结节 8.4 cm。"))["Q-14"] is Severity.PROHIBIT
    assert rules_of(written("支气管粘膜肿胀。", "炎症。"))["Q-13"] is Severity.ALERT
    checks = check_report(written("", "右肺粘膜"))
    assert [c.severity for c in checks] == sorted((c.severity for c in checks), key=list(Severity).index)


@pytest.mark.parametrize(
    ("sex", "organ", "flagged"),
    [("F", "前列腺增大", True), ("F", "子宫增大", False), ("M", "子宫增大", True), ("O", "子宫增大", False)],
)
def test_sex_and_organ(sex: str, organ: str, flagged: bool) -> None:
    headed = replace(header(), patient=replace(header().patient, sex=sex))
    assert ("Q-04" in rules_of(written(organ, organ, header=headed))) is flagged


@pytest.mark.parametrize(
    ("exam", "flagged"),
    [("左膝关节 MR", True), ("右膝关节 MR", False), ("双膝关节 MR", False), ("胸部 CT", False)],
)
def test_the_examined_side(exam: str, flagged: bool) -> None:
    headed = replace(header(), study_description=exam)
    assert ("Q-03" in rules_of(written("右膝半月板撕裂。", "右膝半月板损伤。", header=headed))) is flagged


@pytest.mark.parametrize(
    ("text", "unit", "value", "flagged"),
    [
        ("8.4 mm", MM, 8.4, False),
        ("8 mm", MM, 8.4, False),
        ("0.84 cm", MM, 8.4, False),
        ("8.4 cm", MM, 8.4, True),
        ("8.6 mm", MM, 8.4, True),
        ("结节", MM, 8.4, True),
        ("−705 HU", Code("[hnsf'U]", "UCUM", "Hounsfield unit"), -704.8, False),
        ("80.67", Code("1", "UCUM", "no units"), 80.671, False),
        ("90.67", Code("1", "UCUM", "no units"), 80.671, True),
        ("SUV 5.2", Code("g/ml{SUVbw}", "UCUM", "SUV"), 5.21, False),
        ("SUV 6.2", Code("g/ml{SUVbw}", "UCUM", "SUV"), 5.21, True),
    ],
)
def test_a_linked_value_must_be_the_measured_one(text: str, unit: Code, value: float, flagged: bool) -> None:
    """Q-05: number in text against the linked measurement, mm and cm."""
    report = written(
        [Text("左肺结节 "), MeasurementLink(text, "2.25.1")],
        "左肺结节。",
        measurements=(measurement(value=value, unit=unit),),
    )
    assert ("Q-05" in rules_of(report)) is flagged


@pytest.mark.parametrize(
    ("chip", "flagged"),
    [
        (NODULE, False),
        (Chip("肺内结节", NODULE.code), False),
        (Chip("Pulmonary nodules", NODULE.code), False),
        (Chip("肿块", NODULE.code), True),
        (Chip("非肺结节", NODULE.code), True),
        (Chip("x", Code("RID99999999", "RADLEX", "y")), True),
        (Chip("local", Code("1", "99LOCAL", "whatever")), False),
    ],
)
def test_a_chip_must_say_what_its_code_means(chip: Chip, flagged: bool) -> None:
    """Q-06, facts 10.1."""
    assert ("Q-06" in rules_of(written([Text("见"), chip], "结节。"))) is flagged


def test_a_coded_side_must_fit_its_coded_site() -> None:
    """Q-03 on codes: left upper lobe with the laterality right."""
    report = chest_report()
    wrong = replace(report, findings=(replace(report.findings[0], laterality=code("RID5825")),))
    assert rules_of(wrong) == {"Q-03": Severity.PROHIBIT}


def test_an_uptake_value_can_be_signed() -> None:
    """Its UCUM unit, g/ml{SUVbw}, is not printed: the braces would be taken for a gap of a template."""
    uptake = measurement(value=5.21, unit=Code("g/ml{SUVbw}", "UCUM", "SUV"))
    link = measurement_link(uptake)
    assert link.text == "SUV 5.2"
    assert "Q-02" not in rules_of(written([Text("左肺结节 "), link], "左肺结节。", measurements=(uptake,)))


def test_dead_links_stop_signing() -> None:
    """Q-07 and Q-08."""
    report = chest_report()
    assert rules_of(replace(report, measurements=()))["Q-07"] is Severity.PROHIBIT
    assert rules_of(replace(report, key_images=()))["Q-08"] is Severity.PROHIBIT
    only_findings = replace(written("左肺结节。", "左肺结节。"), findings=report.findings)
    assert {"Q-07", "Q-08"} <= set(rules_of(only_findings))


def test_machine_drafts_need_a_doctor() -> None:
    """Q-09, DB13/T 4.9 and 3.3.3: never signed automatically."""
    report = chest_report()
    for state, flagged in (
        (ReviewState.UNCONFIRMED, True),
        (ReviewState.DISCARDED, True),
        (ReviewState.ACCEPTED, False),
    ):
        drafted = replace(report, findings=(replace(report.findings[0], algorithm=ALGORITHM, review=state),))
        assert ("Q-09" in rules_of(drafted)) is flagged
        measured = replace(
            report, measurements=(replace(report.measurements[0], algorithm=ALGORITHM, review=state),)
        )
        assert ("Q-09" in rules_of(measured)) is flagged


def test_images_that_a_machine_made_need_a_doctor_too() -> None:
    """Q-09: key images, and linked measurements, on a processed series that nobody has confirmed."""
    report = chest_report()
    (series,) = {key.anchor.series_uid for key in report.key_images}
    told = check_report(report, unconfirmed={series: "Denoiser"})
    assert [(c.rule_id, c.severity) for c in told] == [("Q-09", Severity.PROHIBIT)] * 3
    assert all("Denoiser" in tr(c.template, **c.params) for c in told)
    assert check_report(report, unconfirmed={"another": "Denoiser"}) == []


def test_an_unused_draft_measurement_does_no_harm() -> None:
    draft = replace(measurement("2.25.9"), algorithm=ALGORITHM, review=ReviewState.UNCONFIRMED)
    assert "Q-09" not in rules_of(replace(chest_report(), measurements=(*chest_report().measurements, draft)))


@pytest.mark.parametrize(
    ("findings", "flagged"),
    [
        ([Text("左肺见"), NODULE], False),
        ([Text("左肺见结节。")], False),
        ([Text("心影不大。")], True),
        ([Text("双肺未见"), NODULE, Text("。")], True),
        ([Text("未见积液，左肺见"), NODULE], False),
    ],
)
def test_an_impression_needs_findings(findings: list[Inline], flagged: bool) -> None:
    """Q-10: what the impression names, the findings describe, and not as absent."""
    assert ("Q-10" in rules_of(written(findings, [Text("左"), NODULE, Text("。")]))) is flagged


def test_a_generic_report_without_findings_is_asked() -> None:
    assert "Q-01" in rules_of(written("", "结节。", template_id="generic"))


def test_an_unused_key_image_is_told() -> None:
    """Q-11."""
    report = replace(chest_report(), key_images=(*chest_report().key_images, key_image("k3", "多余")))
    checks = check_report(report)
    assert [(c.rule_id, c.params) for c in checks] == [("Q-11", {"number": "3"})]
    linked = with_section(report, Section(R, (Text("见"), ImageLink("图 3", "k3"))))
    assert check_report(linked) == []


def test_one_person_signing_twice() -> None:
    """Q-12: two signatures are of two persons, unless the site allows."""
    report = chest_report(signed=True)
    same = replace(report, signatures=(report.signatures[0], replace(report.signatures[1], person_id="p1")))
    assert "Q-12" in rules_of(same)
    assert "Q-12" not in rules_of(same, same_person_may_review=True)
    assert "Q-12" not in rules_of(report)


def test_every_rule_has_a_test_and_every_text_its_chinese() -> None:
    """Rules are a table; the words of each check are translated and fill their fields."""
    tested = {case[0] for case in CASES} | {"Q-05", "Q-06", "Q-07", "Q-08", "Q-09", "Q-10", "Q-11", "Q-12"}
    assert {rule for rule, _ in RULES} <= tested
    for rule, findings, impression, language, flagged in CASES:
        for check in check_report(written(findings, impression, language)) if flagged else ():
            assert check.template in catalogue(), (rule, check.template)
            assert "{" not in tr(check.template, **check.params).replace("[[", "")
    assert all(word.wrong != word.instead for word in WORDING)


@pytest.mark.parametrize("row", ORDINARY, ids=[f"{row[1]} {i}" for i, row in enumerate(ORDINARY, 1)])
def test_ordinary_reports_pass_without_a_word(row: tuple[str, str, str, str, str]) -> None:
    """False alarms make people blind to the true ones: everyday reports of many regions, all Chinese."""
    sex, exam, technique, findings, impression = row
    headed = replace(
        header(), study_description=exam, body_part="", patient=replace(header().patient, sex=sex)
    )
    report = written(findings, impression, header=headed, template_id="generic")
    for kind, words in ((SectionKind.EXAM, exam), (SectionKind.TECHNIQUE, technique), (R, "请结合临床。")):
        report = with_section(report, Section(kind, (Text(words),)))
    assert [(c.rule_id, tr(c.template, **c.params)) for c in check_report(report)] == []


def test_what_the_page_cannot_show_is_told_before_signing() -> None:
    """Q-17: a character without a glyph stops signing by name, in text and captions; what print leaves out
    does not.
    """
    report = written("左肺结节😀。", "左肺结节。")
    (check,) = [c for c in check_report(report) if c.rule_id == "Q-17"]
    assert (check.severity, check.params["characters"]) == (Severity.PROHIBIT, "😀 (U+1F600)")
    captioned = replace(
        chest_report(),
        key_images=(replace(chest_report().key_images[0], caption="𓀀"), chest_report().key_images[1]),
    )
    assert rules_of(captioned) == {"Q-17": Severity.PROHIBIT}
    assert "Q-17" not in rules_of(written("左肺\u200b结节䶮㛃𬭊，α β γ Ⅲ ① ℃ µ μ²³ ～。", "左肺结节。"))
