"""Element values out of a study and its report, each with its source and how sure it is; a person confirms
(4.8.2b).

Only closed vocabularies, counts and codes are used. Descriptions and report text are read for known words
but never copied: they are free text and may name a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from app.directory.cataloging import vocabulary
from app.directory.cataloging.vocabulary import Region
from app.directory.settings import DirectorySettings
from app.domain.finding import Finding, Presence
from app.domain.provenance import ReviewState
from app.domain.report import Chip, Report, SectionKind
from app.domain.study import Series, Study
from app.i18n import tr
from app.ports import ElementValue
from app.terminology.store import load_terms
from catalog_client.schema.document import nest
from catalog_client.schema.elements import Element

SCHEMA_NAME = "医学影像学大数据资源分类（类目—亚目—细目）"
SCHEMA_CODE = "DB13-MI-3L"
#: a clinical study is had on application; a person may choose another level
DEFAULT_SECURITY = "3"
_MAX_KEYWORDS = 12
_WHOLE_BODY = Region("9", "")


def propose(
    study: Study, series: Sequence[Series], report: Report | None, settings: DirectorySettings
) -> tuple[ElementValue, ...]:
    """Values of the basic metadata in the order of the standard; the identifier is the county's to give.

    Raises nothing for what is missing: the element is left empty, and the county's conformance check names
    it.
    """
    images = [each for each in series if each.modality in vocabulary.MODALITIES and not each.derived]
    facts = _Facts(study, images, report)
    return tuple(value for value in _values(facts, settings) if value.value)


def document_of(values: Sequence[ElementValue]) -> dict[str, Any]:
    """The document of confirmed values, elements inside their entities."""
    return nest((value.element_id, value.value) for value in values)


class _Facts:
    """What the study tells, each with its source and confidence."""

    def __init__(self, study: Study, images: Sequence[Series], report: Report | None) -> None:
        self.images = images
        self.report = report
        self.study = study
        self.modality = _most_images(images) or next(
            (m for m in study.modalities if m in vocabulary.MODALITIES), "OT"
        )
        self.region, self.region_source, self.region_confidence = _region(study, images)
        self.n_images = sum(each.n_instances for each in images)

    @property
    def category_code(self) -> str:
        details = "2" if self.report is not None else "1"
        return f"{vocabulary.MODALITIES[self.modality][0]}.{self.region.subject}.{details}"

    @property
    def category_name(self) -> str:
        category, subject, details = self.category_code.split(".")
        names = (
            vocabulary.CATEGORY_NAMES[category],
            vocabulary.SUBJECT_NAMES[subject],
            vocabulary.DETAILS_NAMES[details],
        )
        return " / ".join(names)

    @property
    def title(self) -> str:
        """E.g. 胸部 CT 平扫 + 报告（影像 160 幅）."""
        words = [
            self.region.name,
            vocabulary.MODALITIES[self.modality][1],
            _contrast(self.study, self.images),
        ]
        subject = " ".join(word for word in words if word)
        return f"{subject}{' + 报告' if self.report is not None else ''}（影像 {self.n_images} 幅）"

    @property
    def abstract(self) -> str:
        """Counts, technique and coded findings."""
        thickness = sorted(
            {round(each.slice_thickness_mm, 2) for each in self.images if each.slice_thickness_mm}
        )
        parts = [
            f"{vocabulary.MODALITIES[self.modality][1]} 影像 {self.n_images} 幅，{len(self.images)} 个序列"
        ]
        if thickness:
            parts.append("层厚 " + "、".join(f"{value:g}" for value in thickness[:4]) + " mm")
        text = "，".join(parts) + "。"
        if self.report is None:
            return text
        findings = list(_findings(self.report))
        text += f"编码所见：{'、'.join(findings)}。" if findings else "报告无编码所见。"
        counts = (
            f"含测量 {len(self.report.measurements)} 项、关键图像 {len(self.report.key_images)} 幅，报告第 "
            f"{self.report.version} 版。"
        )
        return text + counts


def _values(facts: _Facts, settings: DirectorySettings) -> Iterator[ElementValue]:
    rule, computed, station = (
        tr("rule of the directory"),
        tr("counted from the images"),
        tr("hospital setting"),
    )
    modality_tag = "DICOM (0008,0060)"
    yield ElementValue(
        Element.RESOURCE_TITLE, facts.title, f"{modality_tag}, {facts.region_source}", facts.region_confidence
    )
    yield ElementValue(Element.CATEGORY_SCHEMA_NAME, SCHEMA_NAME, rule)
    yield ElementValue(Element.CATEGORY_SCHEMA_CODE, SCHEMA_CODE, rule)
    yield ElementValue(Element.CATEGORY_NAME, facts.category_name, modality_tag, facts.region_confidence)
    yield ElementValue(
        Element.CATEGORY_CODE,
        facts.category_code,
        f"{modality_tag}, {facts.region_source}",
        facts.region_confidence,
    )
    yield from _keywords(facts)
    yield ElementValue(Element.ABSTRACT, facts.abstract, computed)
    named = settings.hospital_name
    if named:
        yield ElementValue(Element.ORGANIZATION_NAME, named, station)
    else:
        yield ElementValue(Element.ORGANIZATION_NAME, facts.study.institution, "DICOM (0008,0080)", 0.6)
    yield ElementValue(Element.ORGANIZATION_CODE, settings.org_code, station)
    yield ElementValue(Element.DATA_FORMAT, "DICOM", computed)
    if facts.report is not None:
        for data_format in ("DICOM-SR", "CDA-R2", "PDF"):
            yield ElementValue(Element.DATA_FORMAT, data_format, tr("report"))
    yield ElementValue(Element.SECURITY_CLASSIFICATION, DEFAULT_SECURITY, rule, 0.7)
    yield ElementValue(Element.CHARGE_SIGN, "0", rule, 0.8)


def _keywords(facts: _Facts) -> Iterator[ElementValue]:
    found: dict[str, ElementValue] = {}
    word = vocabulary.MODALITIES[facts.modality][1]
    found[word] = ElementValue(Element.KEYWORD, word, "DICOM (0008,0060)")
    if facts.region.name:
        found[facts.region.name] = ElementValue(
            Element.KEYWORD, facts.region.name, facts.region_source, facts.region_confidence
        )
    for name in _concepts(facts.report):
        found.setdefault(name, ElementValue(Element.KEYWORD, name, tr("coded terms of the report (RadLex)")))
    yield from list(found.values())[:_MAX_KEYWORDS]


def _concepts(report: Report | None) -> Iterator[str]:
    """Chinese names of the report's concepts: by code, never as typed."""
    if report is None:
        return
    for finding in _counting(report):
        if finding.presence is Presence.PRESENT:
            yield _name(finding.code.value, finding.code.meaning)
    for kind in (SectionKind.IMPRESSION, SectionKind.FINDINGS):
        for part in report.section(kind).content:
            term = load_terms().term(part.code.value) if isinstance(part, Chip) else None
            # the words around a finding decide whether it is there: that is said by the coded findings alone
            if term is not None and not term.is_finding:
                yield _name(term.rid, term.name)


def _findings(report: Report) -> Iterator[str]:
    words = {Presence.PRESENT: "", Presence.ABSENT: "（无）", Presence.UNCERTAIN: "（待定）"}
    seen = dict.fromkeys(_name(f.code.value, f.code.meaning) + words[f.presence] for f in _counting(report))
    yield from list(seen)[:_MAX_KEYWORDS]


def _counting(report: Report) -> list[Finding]:
    """Findings that a person made or accepted."""
    return [finding for finding in report.findings if finding.review is ReviewState.ACCEPTED]


def _name(code: str, meaning: str) -> str:
    term = load_terms().term(code)
    return term.words("zh") if term is not None else meaning


def _most_images(images: Sequence[Series]) -> str:
    counts: dict[str, int] = {}
    for each in images:
        counts[each.modality] = counts.get(each.modality, 0) + each.n_instances
    return max(counts, key=lambda modality: counts[modality], default="")


def _region(study: Study, images: Sequence[Series]) -> tuple[Region, str, float]:
    coded = [
        part.upper().replace(" ", "").replace("_", "")
        for part in (*(each.body_part for each in images), study.body_part)
        if part
    ]
    known = [vocabulary.REGIONS[part] for part in coded if part in vocabulary.REGIONS]
    if known:
        several = len({region.subject for region in known}) > 1
        return (_WHOLE_BODY if several else known[0]), "DICOM (0018,0015)", 0.95
    described = " ".join(
        [study.description, *(f"{each.description} {each.protocol}" for each in images)]
    ).lower()
    for word, part in vocabulary.REGION_WORDS:
        if word in described:
            return vocabulary.REGIONS[part], "DICOM (0008,1030)", 0.6
    return _WHOLE_BODY, tr("not told by the images"), 0.2


def _contrast(study: Study, images: Sequence[Series]) -> str:
    described = " ".join(
        [study.description, *(f"{each.description} {each.protocol}" for each in images)]
    ).lower()
    return next((name for word, name in vocabulary.CONTRAST_WORDS if word in described), "")
