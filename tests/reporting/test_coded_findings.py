"""Coded findings from chips in the text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from app.domain.finding import Presence
from app.domain.provenance import ReviewState
from app.domain.report import Chip, ImageLink, Inline, MeasurementLink, Report, Section, SectionKind, Text
from app.reporting.coded_findings import with_coded_findings
from tests.reporting.report_samples import chest_report, code, with_section

NODULE, EFFUSION = Chip("肺结节", code("RID50149")), Chip("胸腔积液", code("RID34539"))
LOBE, SIZE, FIGURE = (
    Chip("左肺上叶", code("RID1327")),
    MeasurementLink("8.4 mm", "2.25.1"),
    ImageLink("图 1", "k1"),
)


def read(*content: Inline) -> Report:
    report = replace(chest_report(), findings=())
    return with_coded_findings(with_section(report, Section(SectionKind.FINDINGS, content)))


def test_a_sentence_becomes_a_finding_with_site_side_size_and_image() -> None:
    """3.3.3: 文本和数据与病证表达的关键图像进行关联."""
    report = read(
        LOBE,
        Text("见"),
        NODULE,
        Text("，大小约 "),
        SIZE,
        Text("（"),
        FIGURE,
        Text("）。双侧未见"),
        EFFUSION,
        Text("。"),
    )
    nodule, effusion = report.findings
    assert (nodule.code.value, nodule.presence) == ("RID50149", Presence.PRESENT)
    assert nodule.site == LOBE.code
    assert nodule.laterality == code("RID5824")
    assert (nodule.measurements, nodule.key_images) == (("2.25.1",), ("k1",))
    assert (effusion.presence, effusion.laterality, effusion.measurements) == (
        Presence.ABSENT,
        code("RID5771"),
        (),
    )


@pytest.mark.parametrize(
    ("content", "side"),
    [
        ((Text("右肺见"), NODULE), "RID5825"),
        ((Text("两肺见"), NODULE), "RID5771"),
        ((Text("左肺清晰，右肺见"), NODULE), "RID5825"),
        ((Text("左肺及右肺见"), NODULE), "RID5771"),
        ((Text("见"), NODULE), None),
        ((Chip("Pulmonary nodule", NODULE.code), Text(" in the left lung.")), "RID5824"),
    ],
)
def test_a_side_is_taken_from_its_clause_and_never_guessed(
    content: Sequence[Inline], side: str | None
) -> None:
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


def coded(*content: Inline) -> list[tuple[str, Presence, str | None, str | None]]:
    """What is coded of the words: concept, presence, site, side."""
    return [
        (
            f.code.value,
            f.presence,
            f.site.value if f.site else None,
            f.laterality.value if f.laterality else None,
        )
        for f in read(*content).findings
    ]


LUNG, LIVER = Chip("肺", code("RID1301")), Chip("肝", code("RID58"))


@pytest.mark.parametrize(
    "content",
    [
        (Text("既往"), NODULE, Text("。")),
        (Text("除外"), NODULE, Text("。")),
        (NODULE, Text("切除术后。")),
        (Text("右侧"), EFFUSION, Text("已吸收。")),
        (Text("右肺未见"), NODULE, Text("。")),
    ],
)
def test_what_is_not_certain_stays_text(content: Sequence[Inline]) -> None:
    assert coded(*content) == []


def test_a_denial_of_a_part_is_coded_with_the_part_or_not_at_all() -> None:
    """A nodule that the right lung has not may well lie in the left."""
    right = (Text("右"), LUNG, Text("未见"), NODULE, Text("。"))
    assert coded(*right) == [("RID50149", Presence.ABSENT, "RID1301", "RID5825")]
    later = (Text("右"), LUNG, Text("清晰，未见"), NODULE, Text("。"))
    assert coded(*later) == [("RID50149", Presence.ABSENT, "RID1301", "RID5825")]
    part = (Text("右"), LUNG, Text("下部未见"), NODULE, Text("。"))
    assert coded(*part) == []


@pytest.mark.parametrize(
    ("content", "site", "side"),
    [
        ((Text("左肺门见淋巴结，见"), NODULE), None, None),
        ((Text("左侧肋骨骨折及"), NODULE), None, None),
        ((LIVER, Text("未见异常，右肺见"), NODULE), None, "RID5825"),
        ((NODULE, Text("，左"), LIVER, Text("内")), None, None),
        ((Text("右"), LUNG, Text("见"), NODULE), "RID1301", "RID5825"),
        ((Chip("nodule", NODULE.code), Text(" in the left "), Chip("lung", LUNG.code)), "RID1301", "RID5824"),
    ],
)
def test_site_and_side_come_from_the_findings_own_phrase(
    content: Sequence[Inline], site: str | None, side: str | None
) -> None:
    """Those of a neighbour are not the finding's."""
    assert [found[2:] for found in coded(*content)] == [(site, side)]


def test_a_card_silences_its_own_mention_and_no_other() -> None:
    """The card of the left nodule, with its measurement, does not hide the right one, nor an absent one."""
    card = chest_report().findings[0]
    words = (LOBE, Text("见"), NODULE, Text("，大小约 "), SIZE, Text("。右肺见"), NODULE, Text("。"))
    report = with_section(replace(chest_report(), findings=(card,)), Section(SectionKind.FINDINGS, words))
    first, second = with_coded_findings(report).findings
    assert first == card
    assert (second.presence, second.laterality) == (Presence.PRESENT, code("RID5825"))
    denied = with_section(report, Section(SectionKind.FINDINGS, (Text("双肺未见"), NODULE, Text("。"))))
    assert [f.presence for f in with_coded_findings(denied).findings] == [Presence.PRESENT, Presence.ABSENT]


def test_a_machines_draft_that_nobody_accepted_silences_nothing() -> None:
    draft = replace(chest_report().findings[0], review=ReviewState.UNCONFIRMED)
    report = with_section(
        replace(chest_report(), findings=(draft,)),
        Section(SectionKind.FINDINGS, (Text("左肺见"), NODULE, Text("。"))),
    )
    assert [f.presence for f in with_coded_findings(report).findings[1:]] == [Presence.PRESENT]
