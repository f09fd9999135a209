"""What the demo's doctor writes agrees with the images and asks for what a radiologist would (DB13/T
3.3.3).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from app.demo.written_report import Seen, side_at, what_follows, written
from app.domain.coding import Code
from app.domain.finding import Presence
from app.domain.geometry import Grid
from app.domain.measurement import MeasuredValue
from app.domain.person import Actor, Role
from app.domain.report import Report, SectionKind
from app.domain.segmentation import Segment, Segmentation
from app.domain.study import SeriesUid
from app.reporting.checks import check_report
from app.reporting.coded_findings import with_coded_findings
from app.reporting.editing import flatten
from app.reporting.templates import new_report, template
from tests.reporting.report_samples import LENGTH, MM, header, measurement

AUTHOR = Actor("p1", "演示甲", frozenset({Role.REPORTING}))
AT = datetime(2026, 11, 20, 2, 2, tzinfo=UTC)
SEEN = {"2.25.1": Seen("left", True), "2.25.2": Seen("right", True), "2.25.3": Seen("left", True)}


def draft(language: str) -> Report:
    """The chest template with three lengths, not in the order of their sizes."""
    report = new_report(
        template("chest-ct", language),
        header(language == "zh"),
        report_id="r",
        author=AUTHOR,
        at=AT,
        technique={},
    )
    sizes = {"2.25.1": 7.98, "2.25.2": 15.085, "2.25.3": 9.975}
    lengths = tuple(
        replace(
            measurement(), tracking_uid=uid, finding=None, site=None, values=(MeasuredValue(LENGTH, mm, MM),)
        )
        for uid, mm in sizes.items()
    )
    return replace(report, measurements=lengths)


def words(report: Report, kind: SectionKind) -> str:
    return flatten(report.section(kind).content)[0]


def test_the_largest_nodule_is_worked_up_and_not_only_followed() -> None:
    """A 15 mm solid nodule asks for CT with contrast, PET-CT or biopsy; the smaller ones for CT in three
    months.
    """
    report = written(draft("zh"), SEEN)
    first, second = words(report, SectionKind.RECOMMENDATION).split("\n")
    assert first == "1. 长径 15.1 mm 者：建议胸部增强 CT 或 PET-CT 进一步检查，必要时活检。"
    assert (
        second
        == "2. 长径 10.0 mm、8.0 mm 者：建议 3 个月后低剂量胸部 CT 复查。请结合临床，并与既往影像对比。"
    )
    assert words(report, SectionKind.IMPRESSION).split("\n") == [
        "1. 右侧实性肺结节，长径约 15.1 mm。",
        "2. 左侧另见 2 枚实性肺结节，长径分别约 10.0 mm、8.0 mm。",
    ]


@pytest.mark.parametrize(
    ("mm", "follows"),
    [
        (15.0, "work-up"),
        (14.96, "work-up"),
        (14.9, "three-months"),
        (7.96, "three-months"),
        (7.9, "six-months"),
        (5.9, "year"),
    ],
)
def test_sizes_count_as_they_are_printed(mm: float, follows: str) -> None:
    """What is asked for agrees with the size that stands beside it."""
    assert what_follows(mm) == follows


@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_nodule_has_its_side_and_its_measurement(language: str) -> None:
    """3.3.3: text, code, side and measurement belong together, and the report passes its own checks."""
    report = with_coded_findings(written(draft(language), SEEN))
    nodules = [f for f in report.findings if f.code.value == "RID50149"]
    told = [
        (
            f.presence,
            f.site.value if f.site else "",
            f.laterality.value if f.laterality else "",
            f.measurements,
        )
        for f in nodules
    ]
    assert told == [
        (Presence.PRESENT, "RID1301", "RID5825", ("2.25.2",)),
        (Presence.PRESENT, "RID1301", "RID5824", ("2.25.3",)),
        (Presence.PRESENT, "RID1301", "RID5824", ("2.25.1",)),
    ]
    assert check_report(report) == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_only_the_denial_of_nodules_leaves_the_normal_text(language: str) -> None:
    """Airway, consolidation and ground glass stay described when nodules are found."""
    report = with_coded_findings(written(draft(language), SEEN))
    findings = words(report, SectionKind.FINDINGS)
    assert ("气管居中" if language == "zh" else "endoluminal lesion") in findings
    assert ("肿块" if language == "zh" else "mass") not in findings
    absent = {f.code.value for f in report.findings if f.presence is Presence.ABSENT}
    assert {"RID43255", "RID28531"} <= absent


def test_without_known_nodules_no_diagnosis_is_written() -> None:
    """A real study gets no conclusion from a program."""
    report = written(draft("zh"), {})
    assert words(report, SectionKind.IMPRESSION) == "演示流程，未作诊断。"
    assert "未见明确结节" in words(report, SectionKind.FINDINGS)


def test_the_side_comes_from_the_labels_around_the_point() -> None:
    """A nodule is a hole in the lung label; between the lungs there is no side."""
    grid = Grid(
        (12, 40, 80),
        (5.0, 5.0, 5.0),
        (-197.5, -97.5, 0.0),
        ((0.0, 0.0, 1.0), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0)),
    )
    labels = np.zeros(grid.shape, np.uint8)
    labels[:, :, :38], labels[:, :, 42:] = 1, 2
    labels[4:7, 18:21, 18:21] = 0
    category = Code("91723000", "SCT", "Anatomical Structure")
    segments = tuple(
        Segment(n, name, category, Code(value, "SCT", name), (0, 0, 0))
        for n, name, value in ((1, "Right lung", "3341006"), (2, "Left lung", "44029006"))
    )
    lungs = Segmentation(grid, labels, segments, SeriesUid("1.2"))
    assert side_at(lungs, (-102.5, -2.5, 25.0)) == "right"
    assert side_at(lungs, (102.5, -2.5, 25.0)) == "left"
    assert side_at(lungs, (2.5, -2.5, 25.0)) == ""
