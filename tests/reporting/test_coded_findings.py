"""Coded findings from chips in the text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from app.domain.finding import Presence
from app.domain.report import Chip, ImageLink, Inline, MeasurementLink, Report, Section, SectionKind, Text
from app.reporting.coded_findings import with_coded_findings
from tests.reporting.report_samples import chest_report, code, with_section

NODULE, EFFUSION = Chip("肺结节", code("RID50149")), Chip("胸腔积液", code("RID34539"))
LOBE, SIZE, FIGURE = Chip("左肺上叶", code("RID1327")), MeasurementLink("8.4 mm", "2.25.1"), ImageLink("图 1", "k1")


def read(*content: Inline) -> Report:
    report = replace(chest_report(), findings=())
    return with_coded_findings(with_section(report, Section(SectionKind.FINDINGS, content)))


def test_a_sentence_becomes_a_finding_with_site_side_size_and_image() -> None:
    """3.3.3: 文本和数据与病证表达的关键图像进行关联."""
    report = read(LOBE, Text("见"), NODULE, Text("，大小约 "), SIZE, Text("（"), FIGURE, Text("）。双侧未见"), EFFUSION, Text("。"))
    nodule, effusion = report.findings
    assert (nodule.code.value, nodule.presence) == ("RID50149", Presence.PRESENT)
    assert nodule.site == LOBE.code
    assert nodule.laterality == code("RID5824")
    assert (nodule.measurements, nodule.key_images) == (("2.25.1",), ("k1",))
    assert (effusion.presence, effusion.laterality, effusion.measurements) == (Presence.ABSENT, code("RID5771"), ())


@pytest.mark.parametrize(
    ("content", "side"),
    [
        ((Text("右肺见"), NODULE), "RID5825"),
        ((Text("两肺见"), NODULE), "RID5771"),
        ((Text("左肺清晰，右肺见"), NODULE), "RID5825"),
        ((Text("左肺及右肺见"), NODULE), None),
        ((Text("见"), NODULE), None),
        ((Chip("Pulmonary nodule", NODULE.code), Text(" in the left lung.")), "RID5824"),
    ],
)
def test_a_side_is_taken_from_its_clause_and_never_guessed(content: Sequence[Inline], side: str | None) -> None:
    """Facts 10.3."""
    (finding,) = read(*content).findings
    assert (finding.laterality.value if finding.laterality else None) == side


def test_links_of_a_sentence_with_two_findings_belong_to_none() -> None:
    report = read(Text("右侧见"), NODULE, Text("及"), EFFUSION, Text("，"), SIZE, Text("。"))
    assert [f.measurements for f in report.findings] == [(), ()]


def test_what_people_and_machines_coded_stays_and_reading_twice_changes_nothing() -> None:
    report = with_coded_findings(chest_report())
    assert report.findings[0] == chest_report().findings[0]
    assert [f.code.value for f in report.findings] == ["RID50149", "RID34539"]
    assert with_coded_findings(report) == report
