"""The body of the CDA document: sections of PS3.20 with narrative text and coded entries."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import replace

from app.domain.anchor import FrameAnchor, source_image
from app.domain.coding import Code
from app.domain.finding import SIDES, Finding, Presence
from app.domain.key_object import KeyImage
from app.domain.measurement import MeasuredValue, Measurement
from app.domain.provenance import ReviewState
from app.domain.report import Chip, ImageLink, MeasurementLink, Report, SectionKind
from app.errors import BadInput
from app.reporting.cda_elements import (
    ACT_CODE,
    SOP_CLASSES,
    Element,
    add,
    add_or_unknown,
    add_time,
    coded,
    legal,
    modality_code,
    region_code,
    templates,
    typed,
    uid,
)
from app.reporting.coded_findings import chip_place, names_finding, read_chips, read_findings, told_chip
from app.reporting.coded_presence import presence_of
from app.reporting.editing import bare_caption, figure_label, flatten
from app.reporting.headings import KEY_IMAGES, Heading, heading, loinc
from app.reporting.page_words import safety_words
from app.terminology import load_terms

_CODED_OBSERVATION = "2.16.840.1.113883.10.20.6.2.13"
_QUANTITY = "2.16.840.1.113883.10.20.6.2.14"
_MEDIA = "1.3.6.1.4.1.19376.1.4.1.4.7"
_STUDY, _SERIES, _SOP = "1.2.840.10008.9.16", "1.2.840.10008.9.17", "1.2.840.10008.9.18"
_FRAMES, _FRAMES_SHOWN = "2.16.840.1.113883.10.20.6.2.10", "2.16.840.1.113883.10.20.6.2.11"
_TECHNIQUE = "1.2.840.10008.9.14"
#: ID of the paragraph that describes what was done
_PROCEDURE = "procedure"
#: objects of one frame, which no frame number belongs to: CR, DX, mammography, CT, MR, US, SC, PET
_ONE_FRAME = frozenset(
    f"1.2.840.10008.5.1.4.1.1.{kind}"
    for kind in ("1", "1.1", "1.1.1", "1.2", "1.2.1", "1.3", "1.3.1", "2", "4", "6.1", "7", "128")
)
_CLINICAL = Heading(loinc("55752-0", "Clinical Information"), "临床信息", "Clinical information")
_LATERALITY = Code("272741003", "SCT", "Laterality")
_UNCERTAIN = Code("RID39110", "RADLEX", "indeterminate")


def add_body(
    document: Element, report: Report, pictures: Mapping[str, bytes], examined: Sequence[FrameAnchor] = ()
) -> None:
    """``component/structuredBody`` with all sections.

    `examined` are images of the study, for the object catalogue of a report that refers to none itself.
    """
    _Body(report, pictures, examined).add_to(document)


class _Body:
    """One report's sections; element IDs are counted through the document."""

    def __init__(
        self, report: Report, pictures: Mapping[str, bytes], examined: Sequence[FrameAnchor]
    ) -> None:
        self._report = report
        self._examined = examined
        self._pictures = pictures
        self._language = report.language
        self._media = {key.key_id: f"KI{i}" for i, key in enumerate(report.key_images, 1)}
        self._measured = {m.tracking_uid: m for m in report.measurements}
        #: measurements that findings rest on: they stand under the first of these
        self._owned = {
            uid for finding in report.findings if _goes_out(finding) for uid in finding.measurements
        }
        #: ID of the first link to each measurement
        self._links: dict[str, str] = {}
        #: measurements that have their observations: each stands in the document once
        self._quantified: set[str] = set()
        #: IDs of the chips of the findings section that name a finding
        self._told: list[str] = []
        self._count = 0

    def add_to(self, document: Element) -> None:
        body = add(add(document, "component"), "structuredBody")
        exam = self._report.section(SectionKind.EXAM)
        if exam.plain.strip():
            self._text_section(
                self._section(body, _CLINICAL, "1.2.840.10008.9.2"), SectionKind.EXAM, "1.2.840.10008.9.7"
            )
        procedure = self._text_section(body, SectionKind.TECHNIQUE, "1.2.840.10008.9.3")
        self._technique(procedure)
        self._catalogue(procedure)
        findings = self._text_section(body, SectionKind.FINDINGS, "2.16.840.1.113883.10.20.6.1.2")
        self._finding_entries(findings)
        impression = self._text_section(body, SectionKind.IMPRESSION, "1.2.840.10008.9.5")
        if self._report.key_images:
            self._key_images(impression)
        if self._report.section(SectionKind.RECOMMENDATION).plain.strip():
            self._text_section(impression, SectionKind.RECOMMENDATION, "1.2.840.10008.9.12")
        self._safety(body)

    def _safety(self, body: Element) -> None:
        """The statement of the printed page, last: a receiver that shows the narrative shows it too."""
        section = add(add(body, "component"), "section")
        add(section, "id", root=uid(self._report.report_id, str(self._report.version), "safety"))
        add(section, "title", "声明" if self._language.startswith("zh") else "Notice")
        add(add(section, "text"), "paragraph", safety_words(self._language))

    # -- sections and their words

    def _section(self, parent: Element, title: Heading, template: str) -> Element:
        section = add(add(parent, "component"), "section")
        templates(section, template)
        add(section, "id", root=uid(self._report.report_id, str(self._report.version), title.code.value))
        coded(section, "code", title.code)
        add(section, "title", title.words(self._language))
        return section

    def _text_section(self, parent: Element, kind: SectionKind, template: str) -> Element:
        section = self._section(parent, heading(kind), template)
        marks = self._narrative(add(section, "text"), kind)
        self._chip_entries(section, kind, marks)
        return section

    def _narrative(self, text: Element, kind: SectionKind) -> list[str]:
        """Paragraphs with marked chips and links; the ID of each chip or link in order."""
        paragraph = add(text, "paragraph", **({"ID": _PROCEDURE} if kind is SectionKind.TECHNIQUE else {}))
        marks: list[str] = []
        for part in self._report.section(kind).content:
            if isinstance(part, Chip | MeasurementLink):
                marks.append(self._next_id("T"))
                add(paragraph, "content", part.text, ID=marks[-1])
                continue
            if isinstance(part, ImageLink) and part.key_id in self._media:
                marks.append("")
                add(paragraph, "linkHtml", part.text, href=f"#{self._media[part.key_id]}")
                continue
            if isinstance(part, ImageLink):
                marks.append("")
            first, *others = part.text.split("\n")
            _append(paragraph, first)
            for line in others:
                paragraph = add(text, "paragraph")
                _append(paragraph, line)
        return marks

    def _next_id(self, prefix: str) -> str:
        self._count += 1
        return f"{prefix}{self._count}"

    # -- coded entries

    def _chip_entries(self, section: Element, kind: SectionKind, marks: list[str]) -> None:
        """Measured values that no finding rests on become quantities; chips that name a finding become
        observations where the sentence says for certain what is with it, unless a coded finding stands for
        them.
        """
        terms = load_terms()
        text, spans = flatten(self._report.section(kind).content)
        named = [span for span in spans if names_finding(span, terms)]
        said = dict(zip(named, read_chips(text, named, terms, section=kind.value), strict=True))
        for span, mark in zip(spans, marks, strict=True):
            if isinstance(span.part, MeasurementLink):
                self._links.setdefault(span.part.tracking_uid, mark)
                if span.part.tracking_uid not in self._owned:
                    self._quantities(section, "entry", span.part.tracking_uid)
            if not isinstance(span.part, Chip) or span not in said:
                continue
            if kind is SectionKind.FINDINGS:
                self._told.append(mark)
            elif kind is SectionKind.IMPRESSION:  # elsewhere stands the question, the history or the plan
                state = presence_of(said[span])
                if state is not None:
                    self._observation(add(section, "entry"), span.part.code, state, mark, span.part.text)

    def _finding_entries(self, section: Element) -> None:
        """The report's findings, and those of its words that none of them stands for."""
        findings, terms = [f for f in self._report.findings if _goes_out(f)], load_terms()
        told = {told_chip(f, self._report, terms) for f in findings}
        for read in read_findings(self._report, terms):
            if chip_place(read) not in told:
                findings.append(replace(read, measurements=(), key_images=()))
        for finding in findings:
            self._finding(add(section, "entry"), finding)

    def _finding(self, entry: Element, finding: Finding) -> None:
        observation = self._observation(
            entry, finding.code, finding.presence, self._mark_of(finding), "", finding.finding_id
        )
        if finding.site is not None:
            site = coded(observation, "targetSiteCode", finding.site)
            if finding.laterality is not None:
                qualifier = add(site, "qualifier")
                coded(qualifier, "name", _LATERALITY)
                side = coded(qualifier, "value", finding.laterality)
                if finding.laterality.value in SIDES:
                    coded(side, "translation", SIDES[finding.laterality.value])
        if finding.algorithm is not None:
            self._device(observation, finding)
        for attribute in finding.attributes:
            self._observation(
                add(observation, "entryRelationship", typeCode="COMP"), attribute, Presence.PRESENT, "", ""
            )
        for tracking_uid in finding.measurements:
            self._quantities(observation, "entryRelationship", tracking_uid, typeCode="SPRT")
        for key in self._report.key_images:
            at = source_image(key.anchor)
            if key.key_id in finding.key_images and at is not None:
                _sop_instance(add(observation, "entryRelationship", typeCode="SPRT"), at)

    def _mark_of(self, finding: Finding) -> str:
        """ID of the chip that the finding stands for, empty where the words have none."""
        place = told_chip(finding, self._report, load_terms())
        return self._told[place] if place is not None and place < len(self._told) else ""

    def _observation(
        self, parent: Element, code: Code, state: Presence, mark: str, words: str, name: str = ""
    ) -> Element:
        negated = {"negationInd": "true"} if state is Presence.ABSENT else {}
        observation = add(parent, "observation", classCode="OBS", moodCode="EVN", **negated)
        templates(observation, _CODED_OBSERVATION)
        add(
            observation,
            "id",
            root=uid(self._report.report_id, str(self._report.version), name or self._next_id("observation")),
        )
        add(observation, "code", code="ASSERTION", codeSystem=ACT_CODE)
        if mark:
            add(add(observation, "text"), "reference", value=f"#{mark}")
        add(observation, "statusCode", code="completed")
        add_time(observation, "effectiveTime", self._report.header.study_at)
        typed(coded(observation, "value", code, words), "CD")
        if state is Presence.UNCERTAIN:
            coded(observation, "interpretationCode", _UNCERTAIN)
        return observation

    def _device(self, observation: Element, finding: Finding) -> None:
        """The method that drafted what a doctor then accepted."""
        algorithm = finding.algorithm
        if algorithm is None:
            return
        author = add(observation, "author")
        add_time(author, "time", self._report.updated_at)
        device = add(author, "assignedAuthor")
        add(device, "id", root=uid(*algorithm.key()))
        add(add(device, "assignedAuthoringDevice"), "softwareName", f"{algorithm.name} {algorithm.version}")

    def _quantities(self, parent: Element, tag: str, tracking_uid: str, **attributes: str) -> None:
        """The values of a measurement, where it stands first; its other places are words that link to it."""
        measured = self._measured.get(tracking_uid)
        if measured is None or tracking_uid in self._quantified:
            return
        self._quantified.add(tracking_uid)
        for value in measured.values:
            self._quantity(add(parent, tag, **attributes), measured, value, self._links.get(tracking_uid, ""))

    def _quantity(self, parent: Element, measured: Measurement, value: MeasuredValue, mark: str) -> None:
        observation = add(parent, "observation", classCode="OBS", moodCode="EVN")
        templates(observation, _QUANTITY)
        add(observation, "id", root=uid(self._report.report_id, measured.tracking_uid, value.concept.value))
        coded(observation, "code", value.concept)
        if mark:
            add(add(observation, "text"), "reference", value=f"#{mark}")
        add(observation, "statusCode", code="completed")
        add_time(observation, "effectiveTime", measured.made_at)
        typed(add(observation, "value", value=f"{value.value:.10g}", unit=value.unit.value), "PQ")
        if (at := source_image(measured.anchor)) is not None:
            _sop_instance(add(observation, "entryRelationship", typeCode="SPRT"), at)

    # -- examination and images

    def _technique(self, section: Element) -> None:
        """What was done, coded as far as the study tells (Procedure Technique)."""
        header = self._report.header
        procedure = add(add(section, "entry"), "procedure", classCode="PROC", moodCode="EVN")
        templates(procedure, _TECHNIQUE)
        add(procedure, "id", root=uid(self._report.report_id, header.study_uid, "procedure"))
        add_or_unknown(add(procedure, "code", nullFlavor="UNK"), "originalText", header.study_description)
        add(add(procedure, "text"), "reference", value=f"#{_PROCEDURE}")
        add_time(procedure, "effectiveTime", header.study_at)
        if header.modality:
            coded(procedure, "methodCode", modality_code(header.modality))
        region = region_code(header.body_part)
        if region is not None:
            coded(procedure, "targetSiteCode", region)

    def _key_images(self, parent: Element) -> None:
        section = self._section(parent, KEY_IMAGES, "1.3.6.1.4.1.19376.1.4.1.2.14")
        text = add(section, "text")
        for number, key in enumerate(self._report.key_images, 1):
            shown = add(add(text, "paragraph"), "renderMultiMedia", referencedObject=self._media[key.key_id])
            add(shown, "caption", f"{figure_label(number, self._language)} {bare_caption(key)}".strip())
        for key in self._report.key_images:
            self._picture(add(section, "entry"), key)

    def _picture(self, entry: Element, key: KeyImage) -> None:
        data = self._pictures.get(key.key_id, b"")
        media = add(entry, "observationMedia", classCode="OBS", moodCode="EVN", ID=self._media[key.key_id])
        templates(media, _MEDIA)
        add(media, "id", root=uid(self._report.report_id, key.key_id))
        number = list(self._media).index(key.key_id) + 1
        add(
            media,
            "value",
            base64.b64encode(data).decode("ascii"),
            mediaType=_media_type(data, number),
            representation="B64",
        )
        if (at := source_image(key.anchor)) is not None:
            _sop_instance(add(media, "entryRelationship", typeCode="XCRPT"), at)

    def _catalogue(self, parent: Element) -> None:
        """All objects that the report speaks of, or rests on, by study and series (DICOM Object Catalog)."""
        anchors = [
            *(k.anchor for k in self._report.key_images),
            *(m.anchor for m in self._report.measurements),
        ]
        images = [at for anchor in anchors if (at := source_image(anchor)) is not None] or list(
            self._examined
        )
        if not images:
            return
        title = Heading(
            Code("121181", "DCM", "DICOM Object Catalog"), "DICOM 对象目录", "DICOM object catalog"
        )
        section = self._section(parent, title, "2.16.840.1.113883.10.20.6.1.1")
        add(section, "text")  # not for reading: the section's words are empty
        for study in dict.fromkeys(a.study_uid for a in images):
            act = _act(add(section, "entry"), _STUDY, study, Code("113014", "DCM", "Study"))
            for series in dict.fromkeys(a.series_uid for a in images if a.study_uid == study):
                inner = _act(
                    add(act, "entryRelationship", typeCode="COMP"),
                    _SERIES,
                    series,
                    Code("113015", "DCM", "Series"),
                )
                for anchor in {a.sop_uid: a for a in images if a.series_uid == series}.values():
                    _sop_instance(add(inner, "entryRelationship", typeCode="COMP"), anchor, frames=False)


def _goes_out(finding: Finding) -> bool:
    """A machine's draft only once somebody accepted it."""
    return finding.algorithm is None or finding.review is ReviewState.ACCEPTED


def _append(paragraph: Element, words: str) -> None:
    """Words behind whatever the paragraph holds already."""
    legal(words)
    if len(paragraph):
        paragraph[-1].tail = (paragraph[-1].tail or "") + words
    else:
        paragraph.text = (paragraph.text or "") + words


def _act(parent: Element, template: str, instance: str, code: Code) -> Element:
    act = add(parent, "act", classCode="ACT", moodCode="EVN")
    templates(act, template)
    add(act, "id", root=instance)
    coded(act, "code", code)
    return act


def _sop_instance(parent: Element, anchor: FrameAnchor, *, frames: bool = True) -> None:
    """SOP Instance Observation; the frame where one is meant."""
    observation = add(parent, "observation", classCode="DGIMG", moodCode="EVN")
    templates(observation, _SOP)
    add(observation, "id", root=str(anchor.sop_uid))
    add(observation, "code", code=anchor.sop_class_uid, codeSystem=SOP_CLASSES, codeSystemName="DCMUID")
    if frames and anchor.frame is not None and anchor.sop_class_uid not in _ONE_FRAME:
        region = add(
            add(observation, "entryRelationship", typeCode="COMP"),
            "observation",
            classCode="ROIBND",
            moodCode="EVN",
        )
        templates(region, _FRAMES)
        coded(region, "code", Code("121190", "DCM", "Referenced Frames"))
        shown = add(
            add(region, "entryRelationship", typeCode="COMP"), "observation", classCode="OBS", moodCode="EVN"
        )
        templates(shown, _FRAMES_SHOWN)
        coded(shown, "code", Code("113036", "DCM", "Group of Frames for Display"))
        typed(add(shown, "value", value=str(anchor.frame)), "INT")


def _media_type(data: bytes, number: int) -> str:
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    raise BadInput("The picture of key image {number} is neither PNG nor JPEG.", number=number)
