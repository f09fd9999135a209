"""The A4 sheet, read back by other programs."""

from __future__ import annotations

import io
import itertools
import re
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from PIL import Image

from app.domain.letterhead import Letterhead
from app.domain.report import Chip, Inline, Report, ReportState, Section, SectionKind, Text
from app.domain.study import age_string
from app.errors import BadInput
from app.reporting.page_words import age_words
from app.reporting.printed_fonts import require_glyphs
from app.reporting.printed_report import write_pdf
from tests.reporting.report_samples import (
    ALGORITHM,
    chest_report,
    code,
    key_image,
    picture,
    pictures,
    sign,
    with_section,
)
from tests.support.tools import require_tool

ZH, EN = Letterhead("县人民医院（演示）"), Letterhead("County Hospital (demo)", "Radiology")


def run(tool: str, *arguments: str) -> str:
    done = subprocess.run([require_tool(tool), *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def printed(
    report: Report, folder: Path, hospital: Letterhead = ZH, given: Mapping[str, bytes] | None = None
) -> Path:
    file = folder / "report.pdf"
    file.write_bytes(
        write_pdf(report, pictures(report) if given is None else given, hospital, language=report.language)
    )
    return file


def text_of(file: Path) -> str:
    return re.sub(r"\s+", "", run("pdftotext", "-layout", str(file), "-"))


def long_report() -> Report:
    report = chest_report()
    content = (*report.section(SectionKind.FINDINGS).content, Text("\n")) * 30
    return sign(with_section(report, Section(SectionKind.FINDINGS, content)))


@pytest.mark.parametrize(("language", "hospital"), [("zh", ZH), ("en", EN)])
def test_patient_findings_and_impression_are_found_in_the_text(
    language: str, hospital: Letterhead, tmp_path: Path
) -> None:
    """图文报告 (3.3.3): the printed words can be searched and copied, in Chinese too."""
    report = chest_report(language, signed=True)
    found = text_of(printed(report, tmp_path, hospital))
    words = (
        ["张䶮", "58岁", "男", "影像所见", "诊断意见", "报告医师", "审核医师", "演示乙"]
        if language == "zh"
        else ["ZhangYan", "58y", "Male", "Findings", "DemoB"]
    )
    for section in report.sections:
        words += [line for line in section.plain.split("\n") if section.kind is not SectionKind.EXAM]
    for word in words:
        assert "".join(word.split()) in found, word
    assert "草稿" not in found
    assert "DRAFT" not in found


def test_every_font_is_embedded_and_ours(tmp_path: Path) -> None:
    """Facts 6.2: no unembedded Helvetica, no font of the machine."""
    rows = run("pdffonts", str(printed(chest_report(signed=True), tmp_path))).splitlines()[2:]
    assert rows
    for row in rows:
        assert re.match(r"[A-Z]{6}\+NotoSansSC-(Regular|SemiBold)\s+TrueType\s+\S+\s+yes yes yes", row), row


@pytest.mark.parametrize("report", [chest_report(signed=True), chest_report("en"), long_report()])
def test_the_file_is_sound(report: Report, tmp_path: Path) -> None:
    assert "No syntax or stream encoding errors found" in run(
        "qpdf", "--check", str(printed(report, tmp_path))
    )


def test_a_long_report_runs_over_pages_and_each_names_the_patient(tmp_path: Path) -> None:
    """Each sheet can be told apart: patient line, page n of N; signatures on the last, with text above
    them.
    """
    report = long_report()
    file = printed(report, tmp_path)
    pages = [
        re.sub(r"\s+", "", page) for page in run("pdftotext", "-layout", str(file), "-").split("\f")[:-1]
    ]
    assert len(pages) == 3
    for number, page in enumerate(pages, 1):
        assert "张䶮" in page
        assert f"第{number}页/共3页" in page
        assert "县人民医院" in page
        assert ("审核医师演示乙" in page) == (number == 3)
    assert "诊断意见" in pages[2]
    findings = "".join(report.section(SectionKind.FINDINGS).plain.split())
    assert (
        sum(page.count("余肺野清晰，气道通畅。") for page in pages)
        == findings.count("余肺野清晰，气道通畅。")
        == 30
    )


@pytest.mark.parametrize("lines", range(18, 40))
def test_signatures_never_stand_alone_and_nothing_is_lost(lines: int, tmp_path: Path) -> None:
    """Whatever the length, all lines are there and the last page holds some text."""
    words = "\n".join(f"第{i}行所见。" for i in range(lines))
    report = sign(
        with_section(replace(chest_report(), key_images=()), Section(SectionKind.FINDINGS, (Text(words),)))
    )
    pages = [
        re.sub(r"\s+", "", page)
        for page in run("pdftotext", "-layout", str(printed(report, tmp_path)), "-").split("\f")[:-1]
    ]
    assert all(sum(page.count(f"第{i}行所见。") for page in pages) == 1 for i in range(lines))
    assert "建议3个月" in pages[-1]


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (ReportState.DRAFT, "草稿"),
        (ReportState.RETURNED, "草稿"),
        (ReportState.SIGNED, "未审核"),
        (ReportState.SUPERSEDED, "已更正"),
    ],
)
def test_what_is_not_final_says_so_across_the_page(state: ReportState, word: str, tmp_path: Path) -> None:
    """Facts 10.4: no unreviewed report looks final."""
    assert word in re.sub(
        r"\s+",
        "",
        run("pdftotext", "-raw", str(printed(replace(chest_report(), state=state), tmp_path)), "-"),
    )


def test_use_of_a_machine_and_the_safety_statement_are_printed(tmp_path: Path) -> None:
    """The page says what drafted it, and that it is no registered device's word alone."""
    report = chest_report()
    used = sign(replace(report, findings=(replace(report.findings[0], algorithm=ALGORITHM),)))
    found = text_of(printed(used, tmp_path))
    assert "使用了经医师确认的计算机辅助分析：Noduledraft0.3.1" in found
    assert "非医疗器械注册产品" in found
    assert "不得单独作为诊断依据" in found
    assert used.signatures[0].digest_sha256[:8] in found
    assert "计算机辅助" not in text_of(printed(sign(report), tmp_path))


def test_rare_characters_of_names_are_printed_and_copied(tmp_path: Path) -> None:
    """Facts 6.2: 䶮, 㛃 and 𬭊 (beyond the BMP) survive drawing and copying."""
    report = with_section(chest_report(), Section(SectionKind.RECOMMENDATION, (Text("转告䶮㛃𬭊。"),)))
    assert "转告䶮㛃𬭊。" in text_of(printed(report, tmp_path))


def test_invisible_characters_of_pasted_text_are_dropped(tmp_path: Path) -> None:
    """Zero-width space, byte order mark and variation selectors draw nothing; no-break space is a space."""
    report = with_section(
        chest_report(), Section(SectionKind.RECOMMENDATION, (Text("\ufeff复\u200b查\ufe0f\u00a0CT。"),))
    )
    assert "复查CT。" in text_of(printed(report, tmp_path))


def test_over_a_hundred_different_characters_copy_whole(tmp_path: Path) -> None:
    """PDF 32000-1 9.10.3: blocks of at most 100 entries; every character comes back."""
    words = "".join(chr(code) for code in range(0x4E00, 0x4E00 + 600))
    found = text_of(
        printed(with_section(chest_report(), Section(SectionKind.FINDINGS, (Text(words),))), tmp_path)
    )
    assert not set(words) - set(found)


@pytest.mark.parametrize("text", ["结节\U0001f600", "\x07", "𓀀"])
def test_a_character_without_a_glyph_is_an_error_that_names_it(text: str) -> None:
    """Facts 10.5: never a silent box."""
    with pytest.raises(BadInput) as refused:
        require_glyphs(text)
    assert f"U+{ord(text[-1]):04X}" in refused.value.params["characters"]
    report = with_section(chest_report(), Section(SectionKind.IMPRESSION, (Text(f"结节{text}"),)))
    with pytest.raises(BadInput):
        write_pdf(report, pictures(report), ZH)


def test_the_same_report_gives_the_same_bytes() -> None:
    report = chest_report(signed=True)
    assert write_pdf(report, pictures(report), ZH) == write_pdf(report, pictures(report), ZH)


def test_no_patient_in_metadata_nor_qr(tmp_path: Path) -> None:
    """PHI: title and QR hold the document's number alone."""
    told = run("pdfinfo", str(printed(chest_report(signed=True), tmp_path)))
    assert "YS-R-000128-1" in told
    assert not re.search("Zhang|张|P000128", told)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 7])
def test_key_images_are_all_there(count: int, tmp_path: Path) -> None:
    """1 to 4 pictures in a row, more in further rows; each with its number."""
    report = replace(
        chest_report(), key_images=tuple(key_image(f"k{i + 1}", f"说明{i + 1}") for i in range(count))
    )
    file = printed(sign(report), tmp_path)
    assert (
        len([row for row in run("pdfimages", "-list", str(file)).splitlines() if " image " in row]) == count
    )
    assert all(f"图{i}说明{i}" in text_of(file) for i in range(1, count + 1))


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({}, "number"),
        ({"k1": b"no picture", "k2": picture()}, "reason"),
        ({"k1": picture()[:400], "k2": picture()}, "reason"),
    ],
)
def test_a_missing_or_broken_picture_is_named(given: dict[str, bytes], why: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        printed(chest_report(), tmp_path, given=given)
    assert refused.value.params["number"] == 1
    assert why in refused.value.params


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "LA", "1", "I;16"])
def test_pictures_of_every_kind_are_drawn(mode: str, tmp_path: Path) -> None:
    buffer = io.BytesIO()
    Image.new(mode, (64, 48)).save(buffer, "PNG")
    report = replace(chest_report(), key_images=chest_report().key_images[:1])
    file = printed(report, tmp_path, given={"k1": buffer.getvalue()})
    assert [row for row in run("pdfimages", "-list", str(file)).splitlines() if " image " in row]


def test_a_logo_is_drawn(tmp_path: Path) -> None:
    file = printed(chest_report(signed=True), tmp_path, replace(ZH, logo=picture(64, 64)))
    assert len([row for row in run("pdfimages", "-list", str(file)).splitlines() if " image " in row]) == 3


PARAGRAPH = (
    "左肺上叶尖后段见一枚实性结节，大小约 8.4 mm × 6.9 mm，面积约 45.2 "
    "mm²，边缘分叶并可见短毛刺，邻近胸膜牵拉凹陷，"
    "增强扫描呈不均匀强化，CT 值约 −705 HU；较前次检查长径增大，请结合临床。尾行"
)


@pytest.mark.parametrize("count", range(5, 13))
def test_pages_break_between_thoughts(count: int, tmp_path: Path) -> None:
    """No lone last line at the top of a page, no lone first one at the bottom; a conclusion stands whole on
    one page.
    """
    words = "\n".join(f"第{i}段。{PARAGRAPH}" for i in range(count))
    report = sign(with_section(chest_report(), Section(SectionKind.FINDINGS, (Text(words),))))
    pages = run("pdftotext", "-layout", str(printed(report, tmp_path)), "-").split("\f")[:-1]
    lines = [[line.strip() for line in page.splitlines() if line.strip()] for page in pages]
    flat = ["".join(page.split()) for page in pages]
    (concluded,) = [i for i, page in enumerate(flat) if "诊断意见" in page]
    assert "2.余胸部平扫未见明确异常" in flat[concluded]
    for here, following in itertools.pairwise(lines):
        body = [line for line in here[:-2] if "报告单" not in line]
        assert not body[-1].startswith("第") or "尾行" in body[-1], "a first line alone at the bottom"
        assert "尾行" not in following[1] or following[1].startswith("第"), "a last line alone at the top"


def heights(file: Path, word: str) -> list[float]:
    """Heights in points of the words that hold `word`."""
    told = run("pdftotext", "-bbox", str(file), "-")
    boxes = re.findall(r'yMin="([\d.]+)" xMax="[\d.]+" yMax="([\d.]+)">([^<]*)<', told)
    return [float(bottom) - float(top) for top, bottom, text in boxes if word in text]


def test_long_names_stay_readable(tmp_path: Path) -> None:
    """A name, department or examination too long for its column has a row of its own; nothing is printed
    smaller than 7.5 points.
    """
    name = "阿卜杜热合曼·买买提明·吐尔逊江·艾尼瓦尔江·阿不都克里木"
    head = chest_report().header
    exam = "胸部CT平扫＋增强（低剂量、薄层重建、双期增强、气道三维重建、肺结节人工智能辅助分析）"
    long = replace(
        head,
        patient=replace(head.patient, name=f"Abdurahman^A={name}"),
        study_description=exam,
        department="呼吸与危重症医学科二病区（慢阻肺及间质性肺病）",
    )
    report = with_section(replace(chest_report(), header=long), Section(SectionKind.EXAM))
    file = printed(sign(report), tmp_path)
    found = text_of(file)
    assert all(word in found for word in (name, exam, long.department, "58岁", "P000128"))
    usual = max(heights(file, "58"))
    assert min(heights(file, "阿卜杜热合曼") + heights(file, "呼吸与危重症")) >= 0.75 * usual


def test_a_name_beyond_the_font_is_marked_and_told(tmp_path: Path) -> None:
    """Facts 6.2: nobody can mend the patient's name, so the report is printed, with a mark and the
    character's number.
    """
    head = chest_report().header
    named = replace(head, patient=replace(head.patient, name="Ji^Li=𠮷^丽"))
    found = text_of(printed(sign(replace(chest_report(), header=named)), tmp_path))
    assert "〓丽" in found
    assert "U+20BB7" in found
    assert "U+" not in text_of(printed(chest_report(signed=True), tmp_path))


def test_six_pictures_stand_in_even_rows_with_whole_captions(tmp_path: Path) -> None:
    """Three and three, all of one height; a caption is never cut."""
    caption = (
        "轴位：左肺上叶尖后段实性结节，肺窗，最大截面，与前次检查同一层面，可见胸膜牵拉及短毛刺，"
        "病灶内见小空泡，箭头所示"
    )
    keys = tuple(key_image(f"k{i}", f"{caption}{i}末") for i in range(6))
    file = printed(sign(replace(chest_report(), key_images=keys)), tmp_path)
    found = text_of(file)
    assert sum(found.count(f"{i}末") for i in range(6)) == 6
    placed = [row.split() for row in run("pdfimages", "-list", str(file)).splitlines()[2:]]
    sizes = {round(int(row[4]) / float(row[13]) * 72) for row in placed}
    assert len(sizes) == 1


@pytest.mark.parametrize(
    ("born", "age", "words"),
    [
        ("2026-11-20", "000D", "0 天"),
        ("2026-11-02", "018D", "18 天"),
        ("2026-10-21", "030D", "30 天"),
        ("2025-01-15", "022M", "22 个月"),
        ("2024-11-20", "002Y", "2 岁"),
        ("1968-11-21", "057Y", "57 岁"),
        ("2027-01-01", "", ""),
    ],
)
def test_ages_are_reckoned_as_people_say_them(born: str, age: str, words: str) -> None:
    """Days in the first month, months to the second birthday, years after (PS3.5 AS)."""
    assert age_string(date.fromisoformat(born), date(2026, 11, 20)) == age
    assert age_words(age, True) == words


@pytest.mark.parametrize(
    ("exam", "shown"),
    [
        (
            (Chip("胸部", code("RID1243")), Text(" "), Chip("CT", code("RID10321")), Text("：胸部 CT 平扫")),
            "检查项目胸部CT平扫申请",
        ),
        ((Text("胸部 CT 平扫＋增强，气道三维重建"),), "检查项目胸部CT平扫＋增强，气道三维重建申请"),
        ((), "检查项目胸部CT平扫申请"),
        ((Text("低剂量平扫，薄层重建，" * 12),), "低剂量平扫，薄层重建，" * 4),
    ],
)
def test_the_examination_is_printed_as_it_was_written(
    exam: tuple[Inline, ...], shown: str, tmp_path: Path
) -> None:
    """What the doctor signs as examination stands on the page, whole and readable; the order's name where
    nothing was written.
    """
    report = with_section(chest_report(), Section(SectionKind.EXAM, exam))
    file = printed(sign(report), tmp_path)
    found = text_of(file)
    assert shown in found
    assert found.count("薄层重建") == report.section(SectionKind.EXAM).plain.count("薄层重建")
    assert min(heights(file, "低剂量"), default=9.0) >= 7.0
