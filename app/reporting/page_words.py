"""What stands on the printed page: every word of it in the report's own language, taken from the one
model.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from app.domain.letterhead import Letterhead
from app.domain.provenance import Algorithm, ReviewState
from app.domain.report import Relation, Report, ReportState, SectionKind, Signature, SignatureRole, Text
from app.reporting.canonical import printed_digest
from app.reporting.editing import bare_caption, figure_label
from app.reporting.headings import heading

_BODY_PARTS = {
    "CHEST": "胸部",
    "THORAX": "胸部",
    "LUNG": "肺",
    "ABDOMEN": "腹部",
    "PELVIS": "盆腔",
    "HEAD": "头部",
    "BRAIN": "颅脑",
    "NECK": "颈部",
    "SPINE": "脊柱",
    "CSPINE": "颈椎",
    "TSPINE": "胸椎",
    "LSPINE": "腰椎",
    "KNEE": "膝关节",
    "HIP": "髋关节",
    "SHOULDER": "肩关节",
    "BREAST": "乳腺",
    "HEART": "心脏",
    "WHOLEBODY": "全身",
    "EXTREMITY": "四肢",
    "LIVER": "肝",
    "KIDNEY": "肾",
    "PROSTATE": "前列腺",
    "ANKLE": "踝关节",
    "HAND": "手",
    "FOOT": "足",
    "ELBOW": "肘关节",
    "SKULL": "颅骨",
}
_VARIATION = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_SAFETY_ZH = "本系统为非医疗器械注册产品，供科研与教学使用，不得单独作为诊断依据。"
_SAFETY_EN = (
    "Made with software that is not a registered medical device; for research and teaching. Not to be used "
    "alone for diagnosis."
)


@dataclass(frozen=True, slots=True)
class Field:
    """A label and its value."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class SectionWords:
    """A heading and its paragraphs."""

    kind: SectionKind
    title: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PageWords:
    """All words of the sheet."""

    zh: bool
    hospital: str
    sheet_title: str
    document: str
    grid: tuple[tuple[Field, ...], ...]
    technique: Field | None
    captions: tuple[str, ...]
    sections: tuple[SectionWords, ...]
    signatures: tuple[Field, ...]
    digest: str
    statements: tuple[str, ...]
    footer: str
    patient_line: str
    watermark: str

    @property
    def document_line(self) -> str:
        """Document number and the first eight digits of what was signed."""
        return (
            f"文档号 {self.document}　摘要 {self.digest}"
            if self.zh
            else f"Document {self.document}  digest {self.digest}"
        )

    def page(self, number: int, count: int) -> str:
        """``第 1 页 / 共 2 页``."""
        return f"第 {number} 页 / 共 {count} 页" if self.zh else f"Page {number} of {count}"


def page_words(report: Report, hospital: Letterhead, language: str) -> PageWords:
    """The words of a report's sheet."""
    zh = language.startswith("zh")
    header = report.header
    title = sheet_title(report, zh)
    unit = f" · {hospital.department}" if hospital.department else ""
    technique = shown(report.section(SectionKind.TECHNIQUE).plain)
    return PageWords(
        zh=zh,
        hospital=hospital.hospital
        or header.institution
        or ("（未设医院名称）" if zh else "(hospital name not set)"),
        sheet_title=title + unit,
        document=f"{report.report_id}-{report.version}",
        grid=_grid(report, zh),
        technique=Field("检查方法" if zh else "Technique", technique) if technique else None,
        captions=tuple(
            _caption(i, shown(bare_caption(key)), report.language)
            for i, key in enumerate(report.key_images, 1)
        ),
        sections=tuple(_sections(report, language)),
        signatures=_signatures(report, zh),
        digest=printed_digest(report)[:8],
        statements=(*_machine(report, zh), safety_words(report.language)),
        footer=hospital.footer
        or ("本报告仅供临床医师参考，以签字为准" if zh else "For the referring physician; valid when signed"),
        patient_line=_patient_line(report, zh),
        watermark=_watermark(report.state, zh),
    )


def sheet_title(report: Report, zh: bool) -> str:
    """``CT 检查报告单（更正）``: the kind of examination, and what it is to the report that it follows."""
    title = f"{report.header.modality} 检查报告单" if zh else f"{report.header.modality} Report"
    if report.parent is None:
        return title.strip()
    corrects = report.parent.relation is Relation.CORRECTION
    if zh:
        return title.strip() + ("（更正）" if corrects else "（补充）")
    return title.strip() + (" (correction)" if corrects else " (addendum)")


def _follows(report: Report, zh: bool) -> list[SectionWords]:
    """Which report this one corrects or adds to, and why: before everything else."""
    link = report.parent
    if link is None:
        return []
    document, reviewed = f"{link.report_id}-{link.version}", moment(link.reviewed_at)
    if zh:
        act = "更正" if link.relation is Relation.CORRECTION else "补充"
        title = f"{act}说明"
        words = f"{act} {reviewed} 审核的报告（文档号 {document}）。原因：{shown(link.reason)}"
    else:
        act = "Corrects" if link.relation is Relation.CORRECTION else "Adds to"
        title = "Correction" if link.relation is Relation.CORRECTION else "Addendum"
        words = f"{act} the report reviewed {reviewed} (document {document}). Reason: {shown(link.reason)}"
    return [SectionWords(SectionKind.EXAM, title, (words,))]


def safety_words(language: str) -> str:
    """What stands on every page and in every document that leaves: what the software is not."""
    return _SAFETY_ZH if language.startswith("zh") else _SAFETY_EN


def body_part_words(part: str) -> str:
    """DICOM Body Part Examined in Chinese where it is known, else as it is."""
    return _BODY_PARTS.get(part.strip().upper(), part.strip())


def age_words(age: str, zh: bool) -> str:
    """DICOM Age String (``058Y``) as people say it."""
    number, unit = age.strip()[:-1].lstrip("0") or "0", age.strip()[-1:].upper()
    words = {"Y": ("岁", "y"), "M": ("个月", "mo"), "W": ("周", "wk"), "D": ("天", "d")}.get(unit)
    if not number.isdigit() or words is None:
        return age.strip()
    return f"{number} {words[0] if zh else words[1]}"


def sex_words(sex: str, zh: bool) -> str:
    """DICOM Patient's Sex as a word."""
    words = {"M": ("男", "Male"), "F": ("女", "Female"), "O": ("其他", "Other")}.get(sex.strip().upper()[:1])
    return (words[0] if zh else words[1]) if words else ""


def moment(at: datetime | None) -> str:
    """Date and minute, in the station's time zone where the time has one."""
    if at is None:
        return ""
    return (at.astimezone() if at.tzinfo else at).strftime("%Y-%m-%d %H:%M")


def algorithms_used(report: Report) -> tuple[Algorithm, ...]:
    """Methods whose results a doctor accepted into the report, each once."""
    made = [f.algorithm for f in report.findings if f.review is ReviewState.ACCEPTED]
    made += [m.algorithm for m in report.measurements if m.review is ReviewState.ACCEPTED]
    return tuple({a.key(): a for a in made if a is not None}.values())


def _grid(report: Report, zh: bool) -> tuple[tuple[Field, ...], ...]:
    header, patient = report.header, report.header.patient
    part = header.body_part.strip()
    name = (
        _han_joined(patient.display_name)
        if zh
        else " ".join(patient.name.split("=")[0].replace("^", " ").split()) or patient.display_name
    )
    rows = (
        (
            ("姓名", "Name", name),
            ("性别", "Sex", sex_words(patient.sex, zh)),
            ("年龄", "Age", age_words(header.patient_age, zh)),
            ("影像号", "Study ID", header.study_id or header.accession_number),
        ),
        (
            ("科别", "Dept", header.department),
            ("患者编号", "Patient ID", patient.patient_id),
            ("申请单号", "Order", header.accession_number),
            ("检查时间", "Studied", moment(header.study_at)),
        ),
        (
            ("检查部位", "Body part", body_part_words(part) if zh else part.capitalize()),
            ("检查项目", "Procedure", _examined(report)),
            ("", "", ""),
            (
                "申请医师",
                "Referred by",
                _han_joined(" ".join(header.referring_physician.replace("^", " ").split())),
            ),
        ),
    )
    return tuple(
        tuple(Field(z if zh else e, shown(value) or ("–" if z else "")) for z, e, value in row)
        for row in rows
    )


def _examined(report: Report) -> str:
    """The examination as the doctor wrote it; what the order calls it where nothing else was written but
    coded terms.
    """
    exam, ordered = report.section(SectionKind.EXAM), report.header.study_description.strip()
    words = "".join(part.text for part in exam.content if isinstance(part, Text)).strip(" :：\n")
    return ordered if ordered and words in ("", ordered) else exam.plain.strip().rstrip("。.") or ordered


def _han_joined(name: str) -> str:
    """``张 三`` as ``张三``: the caret of a Chinese name is no space in print."""
    return re.sub(r"(?<=[^\x00-\u2e7f]) (?=[^\x00-\u2e7f])", "", name)


def shown(text: str) -> str:
    """Text as print shows it: one space for any white space; format characters and variation selectors draw
    nothing and go.
    """
    kept = (c for c in text if unicodedata.category(c) != "Cf" and not _VARIATION.match(c))
    return " ".join("".join(kept).split())


def _sections(report: Report, language: str) -> list[SectionWords]:
    made = _follows(report, language.startswith("zh"))
    for section in report.sections:
        text = section.plain.strip()
        if section.kind in (SectionKind.EXAM, SectionKind.TECHNIQUE) or not text:
            continue
        paragraphs = tuple(shown(line) for line in text.split("\n") if line.strip())
        made.append(SectionWords(section.kind, heading(section.kind).words(language), paragraphs))
    return made


def _signatures(report: Report, zh: bool) -> tuple[Field, ...]:
    author, reviewer = report.signature(SignatureRole.AUTHOR), report.signature(SignatureRole.REVIEWER)
    last = reviewer or author
    return (
        Field("报告医师" if zh else "Reported by", _signed(author, zh)),
        Field("审核医师" if zh else "Reviewed by", _signed(reviewer, zh)),
        Field("报告时间" if zh else "Reported", moment(last.signed_at if last else None) or "–"),
    )


def _signed(signature: Signature | None, zh: bool) -> str:
    if signature is None:
        return "（未签名）" if zh else "(not signed)"
    return f"{signature.person_name}  {moment(signature.signed_at)}"


def _machine(report: Report, zh: bool) -> tuple[str, ...]:
    used = algorithms_used(report)
    if not used:
        return ()
    names = ("；" if zh else "; ").join(f"{a.name} {a.version}" for a in used)
    return (
        f"使用了经医师确认的计算机辅助分析：{names}。"
        if zh
        else f"Uses computer-aided results confirmed by a physician: {names}.",
    )


def _caption(number: int, caption: str, language: str) -> str:
    return (
        f"{figure_label(number, language)}　{caption}".rstrip()
        if language.startswith("zh")
        else f"{figure_label(number, language)}  {caption}"
    )


def _patient_line(report: Report, zh: bool) -> str:
    fields = [_grid(report, zh)[0][i] for i in range(4)]
    return ("　" if zh else "   ").join(f"{f.label} {f.value}" for f in fields)


def _watermark(state: ReportState, zh: bool) -> str:
    words = {
        ReportState.DRAFT: ("草稿", "DRAFT"),
        ReportState.RETURNED: ("草稿", "DRAFT"),
        ReportState.SIGNED: ("未审核", "NOT REVIEWED"),
        ReportState.SUPERSEDED: ("已更正", "SUPERSEDED"),
        ReportState.DISCARDED: ("已作废", "DISCARDED"),
        ReportState.FINAL: ("", ""),
    }[state]
    return words[0] if zh else words[1]
