"""Links follow what they show."""

from __future__ import annotations

import pytest

from app.domain.report import Chip, SectionKind
from app.errors import BadInput
from app.reporting.editing import bare_caption, image_link, measurement_link, update_measurement
from tests.reporting.report_samples import chest_report, key_image, measurement


def test_a_changed_measurement_changes_every_link_to_it() -> None:
    """3.3.3: measured values in the text follow their measurement."""
    report = chest_report()
    changed = update_measurement(report, measurement(value=9.24))
    assert "9.2 mm" in changed.section(SectionKind.FINDINGS).plain
    assert changed.measurements[0].values[0].value == 9.24
    assert measurement_link(changed.measurements[0]) in changed.section(SectionKind.FINDINGS).content
    assert [p for p in changed.section(SectionKind.FINDINGS).content if isinstance(p, Chip)] == [
        p for p in report.section(SectionKind.FINDINGS).content if isinstance(p, Chip)
    ]


def test_a_new_measurement_joins_the_report() -> None:
    changed = update_measurement(chest_report(), measurement("2.25.2", 30.0))
    assert [m.tracking_uid for m in changed.measurements] == ["2.25.1", "2.25.2"]


def test_a_link_says_the_images_place() -> None:
    report = chest_report()
    assert [image_link(report, key.key_id).text for key in report.key_images] == ["图 1", "图 2"]
    with pytest.raises(BadInput):
        image_link(report, "gone")


@pytest.mark.parametrize(
    ("caption", "bare"),
    [
        ("图 12　轴位", "轴位"),
        ("Fig. 3: axial", "axial"),
        ("Figure 2 axial", "axial"),
        ("轴位图 2", "轴位图 2"),
    ],
)
def test_captions_lose_an_old_number(caption: str, bare: str) -> None:
    assert bare_caption(key_image("k", caption)) == bare
