"""Reports and pictures that the tests of this folder share."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, date, datetime

from PIL import Image, ImageDraw

from app.domain.anchor import FrameAnchor, PlaneAnchor
from app.domain.coding import Code
from app.domain.finding import Finding, Presence
from app.domain.key_object import KeyImage
from app.domain.measurement import MeasuredValue, Measurement
from app.domain.presentation import Window
from app.domain.provenance import Algorithm
from app.domain.report import (
    Chip,
    ImageLink,
    MeasurementLink,
    Report,
    ReportHeader,
    ReportState,
    Section,
    SectionKind,
    Signature,
    SignatureRole,
    Text,
)
from app.domain.roi import Roi, RoiKind
from app.domain.study import Patient, SeriesUid, SopUid, StudyUid
from app.reporting.canonical import digest
from app.terminology import load_terms

STUDY = "1.2.826.0.1.3680043.8.498.1234567890"
SERIES = SeriesUid(f"{STUDY}.2")
MM = Code("mm", "UCUM", "mm")
LENGTH = Code("410668003", "SCT", "Length")
ALGORITHM = Algorithm(
    "lung-nodule-draft",
    "Nodule draft",
    "0.3.1",
    Code("123109", "DCM", "Manual Processing"),
    weights_sha256="ab" * 32,
)
SIGNED_AT = datetime(2026, 11, 20, 2, 2, tzinfo=UTC)


def code(rid: str) -> Code:
    """A code of the vocabulary."""
    term = load_terms().term(rid)
    assert term is not None
    return term.code


def picture(width: int = 512, height: int = 448, shade: int = 90) -> bytes:
    """A PNG like a slice: dark ground, two ellipses."""
    image = Image.new("L", (width, height), 8)
    draw = ImageDraw.Draw(image)
    draw.ellipse((width * 0.08, height * 0.2, width * 0.92, height * 0.85), fill=shade + 80)
    draw.ellipse((width * 0.18, height * 0.3, width * 0.45, height * 0.75), fill=shade // 3)
    draw.ellipse((width * 0.55, height * 0.3, width * 0.82, height * 0.75), fill=shade // 3)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def anchor(index: int = 51) -> FrameAnchor:
    return FrameAnchor(
        StudyUid(STUDY),
        SERIES,
        SopUid(f"{SERIES}.{index + 1}"),
        "1.2.840.10008.5.1.4.1.1.2",
        1,
        f"{STUDY}.9",
        index + 1,
    )


def plane_anchor() -> PlaneAnchor:
    """A coronal plane through the volume at the second position of its further axis."""
    return PlaneAnchor(
        study_uid=StudyUid(STUDY),
        series_uid=SERIES,
        frame_of_reference_uid=f"{STUDY}.9",
        origin_mm=(-166.0, 12.5, 210.0),
        right=(1.0, 0.0, 0.0),
        down=(0.0, 0.0, -1.0),
        further=1,
        nearest=anchor(20),
    )


def measurement(uid: str = "2.25.1", value: float = 8.4, unit: Code = MM) -> Measurement:
    roi = Roi(RoiKind.LENGTH, ((0.0, 0.0, 0.0), (value, 0.0, 0.0)), ((10.0, 10.0), (20.5, 10.0)))
    return Measurement(uid, "结节 1", roi, anchor(), (MeasuredValue(LENGTH, value, unit),), "p1", SIGNED_AT)


def key_image(key_id: str, caption: str, index: int = 51) -> KeyImage:
    return KeyImage(key_id, anchor(index), Window(-600, 1500, "Lung"), caption, "0" * 64, "p1", SIGNED_AT)


def header(zh: bool = True) -> ReportHeader:
    return ReportHeader(
        patient=Patient(
            "P000128", "Zhang^Yan=张^䶮" if zh else "Zhang^Yan", birth_date=date(1968, 3, 4), sex="M"
        ),
        patient_age="058Y",
        study_uid=STUDY,
        accession_number="A20261120-07",
        study_id="YS000128",
        study_description="胸部 CT 平扫" if zh else "CT chest without contrast",
        study_at=datetime(2026, 11, 20, 9, 14, tzinfo=UTC).replace(tzinfo=None),
        modality="CT",
        body_part="CHEST",
        institution="县人民医院（演示）" if zh else "County Hospital (demo)",
        department="呼吸内科" if zh else "Pneumology",
        referring_physician="李^医生" if zh else "Li^Wei",
    )


def chest_report(language: str = "zh", *, signed: bool = False) -> Report:
    """A complete chest CT report with a chip, a measurement, two images and a coded finding."""
    zh = language == "zh"
    nodule = code("RID50149")
    if zh:
        findings = (
            Text("左肺上叶见一枚实性"),
            Chip("肺结节", nodule),
            Text("，大小约 "),
            MeasurementLink("8.4 mm", "2.25.1"),
            Text("（"),
            ImageLink("图 1", "k1"),
            Text("、"),
            ImageLink("图 2", "k2"),
            Text("），边缘分叶，未见空洞；较 2026-07-17 检查长径增大。余肺野清晰，气道通畅。\n双侧未见"),
            Chip("胸腔积液", code("RID34539")),
            Text("。心影不大。所见骨质未见破坏。"),
        )
        impression = (
            Text("1. 左肺上叶实性"),
            Chip("肺结节", nodule),
            Text("（8.4 mm），较前增大，Lung-RADS 4A。\n2. 余胸部平扫未见明确异常。"),
        )
        texts = (
            Text("胸部 CT 平扫"),
            Text("平扫，管电压 120 kV，层厚 2.5 mm，肺算法重建。"),
            Text("建议 3 个月后低剂量 CT 复查。"),
        )
    else:
        findings = (
            Text("Solid "),
            Chip("pulmonary nodule", nodule),
            Text(" in the left upper lobe, "),
            MeasurementLink("8.4 mm", "2.25.1"),
            Text(" ("),
            ImageLink("Fig. 1", "k1"),
            Text(", "),
            ImageLink("Fig. 2", "k2"),
            Text("), lobulated, larger than on 2026-07-17. No "),
            Chip("pleural effusion", code("RID34539")),
            Text(". Heart size normal."),
        )
        impression = (
            Text("1. Solid "),
            Chip("pulmonary nodule", nodule),
            Text(" in the left upper lobe (8.4 mm), growing.\n2. No other abnormality."),
        )
        texts = (
            Text("CT of the chest"),
            Text("Non-contrast, 120 kV, slice thickness 2.5 mm, lung kernel."),
            Text("Low-dose CT in 3 months."),
        )
    kinds = (
        SectionKind.EXAM,
        SectionKind.TECHNIQUE,
        SectionKind.FINDINGS,
        SectionKind.IMPRESSION,
        SectionKind.RECOMMENDATION,
    )
    contents = ((texts[0],), (texts[1],), findings, impression, (texts[2],))
    report = Report(
        report_id="YS-R-000128",
        template_id="chest-ct",
        template_version="1.0.0",
        language=language,
        header=header(zh),
        sections=tuple(Section(k, c) for k, c in zip(kinds, contents, strict=True)),
        findings=(
            Finding(
                "f1", nodule, Presence.PRESENT, code("RID1327"), code("RID5824"), (), ("2.25.1",), ("k1",)
            ),
        ),
        measurements=(measurement(),),
        key_images=(
            key_image("k1", "轴位：左肺上叶结节 8.4 mm" if zh else "Axial: nodule 8.4 mm"),
            key_image("k2", "冠状位重组" if zh else "Coronal", 80),
        ),
        created_at=SIGNED_AT,
        updated_at=SIGNED_AT,
        author_id="p1",
        author_name="演示甲" if zh else "Demo A",
    )
    return sign(report) if signed else report


def sign(report: Report) -> Report:
    """As its two doctors leave it (values of the signatures are not cryptographic here)."""
    content = digest(report)
    names = ("演示甲", "演示乙") if report.language == "zh" else ("Demo A", "Demo B")
    author = Signature(SignatureRole.AUTHOR, "p1", names[0], SIGNED_AT, content, "key", "value")
    reviewer = Signature(
        SignatureRole.REVIEWER, "p2", names[1], SIGNED_AT.replace(minute=9), content, "key", "value"
    )
    return replace(report, state=ReportState.FINAL, signatures=(author, reviewer))


def pictures(report: Report) -> dict[str, bytes]:
    shapes = ((512, 448), (470, 448), (512, 448), (400, 500))
    return {key.key_id: picture(*shapes[i % 4], shade=80 + 20 * i) for i, key in enumerate(report.key_images)}


def with_section(report: Report, section: Section) -> Report:
    """The report with the content of one of its sections changed."""
    assert any(s.kind is section.kind for s in report.sections)
    return replace(report, sections=tuple(section if s.kind is section.kind else s for s in report.sections))
