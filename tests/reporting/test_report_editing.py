"""Edits keep chips and links on their own words."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from app.domain.report import Chip, ImageLink, Inline, MeasurementLink, Section, SectionKind, Text
from app.errors import BadInput
from app.reporting.editing import (
    Span,
    assemble,
    bare_caption,
    character_offset,
    flatten,
    image_link,
    insert,
    measurement_link,
    part_at,
    renumber_images,
    replace_range,
    update_measurement,
    utf16_offset,
    with_section,
)
from tests.reporting.report_samples import chest_report, code, key_image, measurement

CHIP = Chip("肺结节", code("RID50149"))


def _random_content(dice: random.Random) -> tuple[Inline, ...]:
    made: list[Inline] = []
    for i in range(dice.randint(0, 8)):
        words = "".join(dice.choice("左肺见𬭊 ab，8.4\n") for _ in range(dice.randint(1, 6)))
        made.append(dice.choice([Text(words), Chip(words, CHIP.code), MeasurementLink(words, f"m{i}"), ImageLink(words, f"k{i}")]))
    return assemble(*flatten(made))


@pytest.mark.parametrize("seed", range(150))
def test_taking_apart_and_putting_together_gives_the_same(seed: int) -> None:
    """DB13/T 3.3.3: what the editor shows (text and spans) and what is stored (inlines) are the same document."""
    content = _random_content(random.Random(seed))
    text, spans = flatten(content)
    assert assemble(text, spans) == content
    assert all(text[s.start : s.end] == s.part.text for s in spans)


@pytest.mark.parametrize("seed", range(300))
def test_an_edit_changes_the_text_alone_and_keeps_untouched_links(seed: int) -> None:
    """The plain text is edited as a string would be; links outside the edit live on, cut ones become words."""
    dice = random.Random(seed)
    content = _random_content(dice)
    text, spans = flatten(content)
    start = dice.randint(0, len(text))
    end = dice.randint(start, len(text))
    words = dice.choice(["", "x", "新字𬭊"])
    edited = replace_range(content, start, end, words)
    new_text, new_spans = flatten(edited)
    assert new_text == text[:start] + words + text[end:]
    shift = len(words) - (end - start)
    kept = [s for s in spans if s.end <= start]
    kept += [Span(s.start + shift, s.end + shift, s.part) for s in spans if s.start >= end and s not in kept]
    assert list(new_spans) == sorted(kept, key=lambda s: s.start)


@pytest.mark.parametrize("seed", range(100))
def test_inserting_a_chip_never_cuts_another(seed: int) -> None:
    dice = random.Random(seed)
    content = _random_content(dice)
    before = [p for p in content if not isinstance(p, Text)]
    after = insert(content, dice.randint(0, len(flatten(content)[0])), CHIP)
    links = [p for p in after if not isinstance(p, Text)]
    assert len(links) == len(before) + 1
    assert all(p in links for p in before)


def test_a_chip_typed_into_loses_its_code_visibly() -> None:
    """Facts 10.1: never a code on text that is no longer its own."""
    content = (Text("见"), CHIP, Text("。"))
    assert replace_range(content, 2, 2, "部") == (Text("见肺部结节。"),)
    text, spans = flatten(content)
    assert assemble(text.replace("肺结节", "肺部结"), spans) == (Text("见肺部结。"),)


@pytest.mark.parametrize("span", [Span(-1, 2, CHIP), Span(5, 9, CHIP)])
def test_a_span_outside_the_text_is_refused(span: Span) -> None:
    with pytest.raises(BadInput):
        assemble("肺结节", [span])


def test_overlapping_spans_are_refused() -> None:
    with pytest.raises(BadInput):
        assemble("肺结节", [Span(0, 3, CHIP), Span(2, 3, Chip("节", CHIP.code))])


def test_offsets_agree_with_qt_beyond_the_bmp() -> None:
    text = "张𬭊，结节"
    assert [utf16_offset(text, i) for i in range(6)] == [0, 1, 3, 4, 5, 6]
    assert all(character_offset(text, utf16_offset(text, i)) == i for i in range(len(text) + 1))


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


def test_images_are_numbered_in_the_order_of_the_text() -> None:
    """图文报告: number, caption and place on the page agree."""
    report = chest_report()
    swapped = Section(
        SectionKind.FINDINGS, (ImageLink("图 9", "k2"), Text("，"), ImageLink("图 1", "k1"), Text("。"), ImageLink("图 7", "gone"))
    )
    report = with_section(replace(report, key_images=(key_image("k0", "图 1　未提及"), *report.key_images)), swapped)
    numbered = renumber_images(report)
    assert [k.key_id for k in numbered.key_images] == ["k2", "k1", "k0"]
    assert numbered.section(SectionKind.FINDINGS).plain == "图 1，图 2。图 7"
    assert numbered.key_images[2].caption == "未提及"
    assert image_link(numbered, "k0").text == "图 3"
    assert renumber_images(numbered) == numbered
    with pytest.raises(BadInput):
        image_link(numbered, "gone")


@pytest.mark.parametrize(
    ("caption", "bare"), [("图 12　轴位", "轴位"), ("Fig. 3: axial", "axial"), ("Figure 2 axial", "axial"), ("轴位图 2", "轴位图 2")]
)
def test_captions_lose_an_old_number(caption: str, bare: str) -> None:
    assert bare_caption(key_image("k", caption)) == bare


def test_the_part_under_a_character_is_found() -> None:
    content = (Text("见"), CHIP, Text("。"))
    assert [part_at(content, i) for i in (0, 1, 3, 4, 5)] == [content[0], CHIP, CHIP, content[2], None]


def test_a_missing_section_is_put_in_its_place() -> None:
    report = replace(chest_report(), sections=tuple(s for s in chest_report().sections if s.kind is not SectionKind.TECHNIQUE))
    kinds = [s.kind for s in with_section(report, Section(SectionKind.TECHNIQUE, (Text("平扫"),))).sections]
    assert kinds == list(SectionKind)
