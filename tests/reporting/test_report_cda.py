"""The CDA document, validated by HL7's schema and read back."""

from __future__ import annotations

import base64
import subprocess
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from app.domain.finding import Presence
from app.domain.letterhead import Letterhead
from app.domain.provenance import ReviewState
from app.domain.report import Chip, MeasurementLink, Report, Section, SectionKind, Text
from app.errors import BadInput
from app.reporting.cda import read_cda, write_cda
from app.reporting.coded_findings import with_coded_findings
from app.reporting.page_words import safety_words
from tests.reporting.report_samples import (
    ALGORITHM,
    STUDY,
    anchor,
    chest_report,
    code,
    picture,
    pictures,
    sign,
    with_section,
)
from tests.support.real_data import real_data
from tests.support.tools import require_tool

V3 = {"v": "urn:hl7-org:v3"}
HOSPITAL = Letterhead(
    "县人民医院（演示）", address="示例路 1 号", telephone="000-0000", organisation_oid="2.25.77"
)


def written(report: Report) -> bytes:
    return write_cda(report, pictures(report), HOSPITAL)


def tree(report: Report) -> Any:
    return etree.fromstring(written(report))


@cache
def schema(folder: Path) -> Any:
    return etree.XMLSchema(etree.parse(folder / "infrastructure" / "cda" / "CDA_SDTC.xsd"))


def stripped(data: bytes) -> bytes:
    """Without elements of foreign namespaces, as CDA's extension rules foresee."""
    root = etree.fromstring(data)
    for element in list(root.iter()):
        if isinstance(element.tag, str) and not element.tag.startswith("{urn:hl7-org:v3}"):
            element.getparent().remove(element)
    return etree.tostring(root)


def ai_report() -> Report:
    report = chest_report()
    return sign(
        replace(
            report,
            findings=(replace(report.findings[0], algorithm=ALGORITHM, attributes=(code("RID5713"),)),),
        )
    )


BARE = replace(
    chest_report(),
    findings=(),
    measurements=(),
    key_images=(),
    created_at=None,
    updated_at=None,
    author_id="",
    author_name="",
    sections=tuple(Section(kind) for kind in SectionKind),
    header=replace(
        chest_report().header,
        accession_number="",
        study_at=None,
        modality="",
        study_description="",
        referring_physician="",
        patient=replace(chest_report().header.patient, name="", patient_id="", sex="", birth_date=None),
    ),
)


@pytest.mark.parametrize(
    "report", [chest_report(signed=True), chest_report("en", signed=True), chest_report(), ai_report(), BARE]
)
def test_the_document_is_valid_by_hl7s_schema(report: Report, tmp_path: Path) -> None:
    """3.3.3.1: HL7 CDA + XML; checked by lxml and by xmllint."""
    folder = real_data("cda_schema")
    plain = stripped(written(report))
    checker = schema(folder)
    assert checker.validate(etree.fromstring(plain)), checker.error_log
    file = tmp_path / "report.xml"
    file.write_bytes(plain)
    xsd = folder / "infrastructure" / "cda" / "CDA_SDTC.xsd"
    done = subprocess.run(
        [require_tool("xmllint"), "--noout", "--nonet", "--schema", str(xsd), str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_schema_test_can_fail() -> None:
    root = etree.fromstring(stripped(written(chest_report())))
    root.append(etree.SubElement(root, "{urn:hl7-org:v3}title"))
    assert not schema(real_data("cda_schema")).validate(root)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_words_come_back(language: str) -> None:
    """Narrative of each section, the same as the report's text (data apart from presentation)."""
    report = chest_report(language, signed=True)
    read = read_cda(written(report))
    codes = {
        SectionKind.EXAM: "55115-0",
        SectionKind.TECHNIQUE: "55111-9",
        SectionKind.FINDINGS: "59776-5",
        SectionKind.IMPRESSION: "19005-8",
        SectionKind.RECOMMENDATION: "18783-1",
    }
    for kind, loinc in codes.items():
        section = read.section(loinc)
        assert section is not None
        assert section.text == report.section(kind).plain
    assert read.language == ("zh-CN" if language == "zh" else "en-US")
    assert (read.patient_id, read.study_uid) == ("P000128", STUDY)
    assert read.patient_names == (("Zhang Yan", "张 䶮") if language == "zh" else ("Zhang Yan",))


def test_the_header_follows_ps3_20() -> None:
    """PS3.20 9.1: templates, accession number, study, both signatures, custodian."""
    root = tree(chest_report(signed=True))
    assert {t.get("root") for t in root.findall("v:templateId", V3)} >= {
        "1.2.840.10008.9.1",
        "1.2.840.10008.9.20",
        "1.2.840.10008.9.21",
    }
    accession = root.find(".//{urn:dicom-org:ps3-20}accessionNumber")
    assert (accession.get("root"), accession.get("extension")) == ("2.25.77", "A20261120-07")
    assert root.find("v:documentationOf/v:serviceEvent/v:id", V3).get("root") == STUDY
    assert (
        root.findtext("v:legalAuthenticator/v:assignedEntity/v:assignedPerson/v:name", namespaces=V3)
        == "演示乙"
    )
    assert (
        root.findtext("v:authenticator/v:assignedEntity/v:assignedPerson/v:name", namespaces=V3) == "演示甲"
    )
    assert (
        root.findtext(".//v:representedCustodianOrganization/v:name", namespaces=V3) == "县人民医院（演示）"
    )
    assert root.find("v:code", V3).get("code") == "18748-4"
    times = [
        root.find(f"v:{who}/v:time", V3).get("value")
        for who in ("author", "authenticator", "legalAuthenticator")
    ]
    assert times == ["20261120020200+0000", "20261120020200+0000", "20261120020900+0000"], (
        "each when they did it, with the zone"
    )
    assert root.find("v:effectiveTime", V3).get("value") == times[-1]


def test_the_procedure_is_described_in_data_too() -> None:
    """PS3.20 9.3: technique entry and object catalogue are required; 8.2: region as translation; what was
    ordered stands once.
    """
    root = tree(chest_report(signed=True))
    section = next(
        s for s in root.iter(f"{{{V3['v']}}}section") if s.find("v:code[@code='55111-9']", V3) is not None
    )
    procedure = section.find("v:entry/v:procedure", V3)
    assert procedure.find("v:templateId", V3).get("root") == "1.2.840.10008.9.14"
    assert procedure.find("v:methodCode", V3).get("code") == "CT"
    assert procedure.find("v:targetSiteCode", V3).get("code") == "RID1243"
    assert (
        procedure.find("v:text/v:reference", V3).get("value")
        == f"#{section.find('v:text/v:paragraph', V3).get('ID')}"
    )
    catalogue = section.find("v:component/v:section", V3)
    assert catalogue.find("v:templateId", V3).get("root") == "2.16.840.1.113883.10.20.6.1.1"
    assert "".join(catalogue.find("v:text", V3).itertext()) == "", "UIDs are not for reading"
    assert [
        t.get("code") for t in root.findall("v:documentationOf/v:serviceEvent/v:code/v:translation", V3)
    ] == ["CT", "RID1243"]
    assert "".join(root.find(".//v:structuredBody", V3).itertext()).count("胸部 CT 平扫胸部 CT 平扫") == 0


def test_a_report_without_links_still_names_its_study() -> None:
    """The object catalogue of a report that refers to no image holds the images that it rests on."""
    bare = replace(chest_report(), findings=(), measurements=(), key_images=())
    root = etree.fromstring(write_cda(bare, {}, HOSPITAL, examined=[anchor(3.0)]))
    assert schema(real_data("cda_schema")).validate(etree.fromstring(stripped(etree.tostring(root))))
    images = [
        o.find("v:id", V3).get("root")
        for o in root.iter("{urn:hl7-org:v3}observation")
        if o.get("classCode") == "DGIMG"
    ]
    assert images == [anchor(3.0).sop_uid]


def test_what_is_unknown_is_said_to_be() -> None:
    """PS3.20 8.1 and 8.2: no order number, and the sex "O", are unknown; nothing required is left out."""
    root = tree(replace(BARE, header=replace(BARE.header, patient=replace(BARE.header.patient, sex="O"))))
    order = root.find("v:inFulfillmentOf/v:order", V3)
    assert [(e.tag.partition("}")[2], e.get("nullFlavor")) for e in order] == [
        ("id", "UNK"),
        ("accessionNumber", "UNK"),
    ]
    assert root.find(".//v:administrativeGenderCode", V3).get("nullFlavor") == "UNK"


def two_nodules() -> Report:
    """Two sentences, each with a nodule; coded as the editor codes them on saving."""
    nodule = Chip("肺结节", code("RID50149"))
    words = (Text("左肺上叶见"), nodule, Text("。右肺下叶见"), nodule, Text("。"))
    report = replace(chest_report(), findings=(), measurements=(), key_images=())
    report = with_section(report, Section(SectionKind.EXAM, (nodule, Text("复查"))))
    return with_coded_findings(with_section(report, Section(SectionKind.FINDINGS, words)))


def test_each_finding_refers_to_its_own_words() -> None:
    """Narrative and entries: two findings of one code refer to two places of the findings' text; every
    reference has its place.
    """
    root = tree(two_nodules())
    marks = [o.find("v:text/v:reference", V3).get("value")[1:] for o in observations(root, "RID50149")]
    findings = next(
        s for s in root.iter(f"{{{V3['v']}}}section") if s.find("v:code[@code='59776-5']", V3) is not None
    )
    here = [e.get("ID") for e in findings.find("v:text", V3).iter() if e.get("ID")]
    assert here == [m for m in marks if m in here]
    assert len(set(here)) == 2
    for report in (two_nodules(), chest_report(signed=True), ai_report(), BARE):
        root = tree(report)
        ids = {e.get("ID") for e in root.iter() if e.get("ID")}
        asked = [e.get("value")[1:] for e in root.iter("{urn:hl7-org:v3}reference")]
        asked += [e.get("href")[1:] for e in root.iter("{urn:hl7-org:v3}linkHtml")]
        asked += [e.get("referencedObject") for e in root.iter("{urn:hl7-org:v3}renderMultiMedia")]
        assert set(asked) <= ids


@pytest.mark.parametrize(
    ("kind", "frames"), [("1.2.840.10008.5.1.4.1.1.2", 0), ("1.2.840.10008.5.1.4.1.1.2.1", 1)]
)
def test_frames_are_named_where_an_image_has_several(kind: str, frames: int) -> None:
    """PS3.20 10.8: referenced frames belong to multi-frame objects."""
    report = replace(chest_report(), findings=(), measurements=())
    keys = tuple(
        replace(key, anchor=replace(key.anchor, sop_class_uid=kind, frame=4)) for key in report.key_images[:1]
    )
    root = tree(replace(report, key_images=keys))
    assert len([c for c in root.iter("{urn:hl7-org:v3}code") if c.get("code") == "121190"]) == frames


def test_an_unreviewed_report_has_no_legal_authenticator() -> None:
    """Facts 10.4."""
    assert tree(chest_report()).find("v:legalAuthenticator", V3) is None


def observations(root: Any, value: str) -> list[Any]:
    return [
        o
        for o in root.iter("{urn:hl7-org:v3}observation")
        for v in o.findall("v:value", V3)
        if v.get("code") == value
    ]


def test_findings_carry_radlex_codes_site_side_measurement_and_image() -> None:
    """3.3.3.2: key images, measured values and conclusions by RadLex through CDA."""
    root = tree(chest_report(signed=True))
    finding = next(o for o in observations(root, "RID50149") if o.find("v:targetSiteCode", V3) is not None)
    assert finding.find("v:value", V3).get("codeSystem") == "2.16.840.1.113883.6.256"
    assert finding.find("v:targetSiteCode", V3).get("code") == "RID1327"
    assert finding.find("v:targetSiteCode/v:qualifier/v:value", V3).get("code") == "RID5824"
    assert finding.find("v:targetSiteCode/v:qualifier/v:value/v:translation", V3).get("code") == "7771000", (
        "PS3.16 CID 244"
    )
    mark = finding.find("v:text/v:reference", V3).get("value")[1:]
    assert [e.text for e in root.iter("{urn:hl7-org:v3}content") if e.get("ID") == mark] == ["肺结节"]
    quantity = finding.find("v:entryRelationship/v:observation/v:value[@unit]", V3)
    assert (quantity.get("value"), quantity.get("unit")) == ("8.4", "mm")
    image = finding.find("v:entryRelationship/v:observation[@classCode='DGIMG']", V3)
    assert image.find("v:id", V3).get("root") == f"{STUDY}.2.52"
    assert image.find("v:code", V3).get("code") == "1.2.840.10008.5.1.4.1.1.2"


@pytest.mark.parametrize("cited", [True, False])
def test_each_measurement_is_one_observation(cited: bool) -> None:
    """However often words and findings speak of it; it says in the text where its value stands first."""
    report = chest_report()
    (link,) = {
        part for section in report.sections for part in section.content if isinstance(part, MeasurementLink)
    }
    for kind in (SectionKind.FINDINGS, SectionKind.IMPRESSION):
        content = (*report.section(kind).content, Text("，"), link, Text("，再述 "), link)
        report = with_section(report, Section(kind, content))
    first, *others = report.findings
    other = replace(first, finding_id="again")
    report = replace(report, findings=(first, other, *others) if cited else ())
    root = tree(report)
    values = [v for v in root.iter("{urn:hl7-org:v3}value") if v.get("unit")]
    assert [(v.get("value"), v.get("unit")) for v in values] == [("8.4", "mm")]
    mark = values[0].getparent().find("v:text/v:reference", V3).get("value")[1:]
    told = [e.text for e in root.iter("{urn:hl7-org:v3}content") if e.get("ID") == mark]
    assert told == [link.text]


def test_what_is_absent_is_negated_and_what_is_unsure_says_so() -> None:
    """Facts 10.2: 未见胸腔积液 is never coded as an effusion."""
    report = chest_report()
    (effusion,) = observations(tree(report), "RID34539")
    assert effusion.get("negationInd") == "true"
    unsure = with_section(
        report, Section(SectionKind.IMPRESSION, (Chip("转移", code("RID5231")), Text("不除外。")))
    )
    (metastasis,) = observations(tree(unsure), "RID5231")
    assert metastasis.get("negationInd") is None
    assert metastasis.find("v:interpretationCode", V3).get("code") == "RID39110"
    absent = replace(report, findings=(replace(report.findings[0], presence=Presence.ABSENT),))
    assert [
        o.get("negationInd")
        for o in observations(tree(absent), "RID50149")
        if o.find("v:targetSiteCode", V3) is not None
    ] == ["true"]


def test_what_is_not_certain_is_in_no_observation() -> None:
    """Neither in the findings nor in the impression; the question and the plan are never findings."""
    nodule = Chip("肺结节", code("RID50149"))
    words = (Text("未见"), nodule, Text("增大。右侧"), nodule, Text("已切除。"))
    report = replace(chest_report(), findings=(), measurements=())
    for kind in (SectionKind.FINDINGS, SectionKind.IMPRESSION):
        report = with_section(report, Section(kind, words))
    for kind in (SectionKind.EXAM, SectionKind.RECOMMENDATION):
        report = with_section(report, Section(kind, (nodule, Text("。"))))
    root = tree(with_coded_findings(report))
    assert observations(root, "RID50149") == []
    assert "未见肺结节增大。" in "".join(root.itertext())


def test_a_card_leaves_other_mentions_their_observations() -> None:
    """A nodule's card on the left hides neither the nodule on the right nor one that is absent."""
    nodule = Chip("肺结节", code("RID50149"))
    words = (Text("左肺上叶见"), nodule, Text("。右肺下叶见"), nodule, Text("。"))
    report = with_section(chest_report(), Section(SectionKind.FINDINGS, words))
    report = with_section(report, Section(SectionKind.IMPRESSION, (Text("待定。"),)))
    for said in (report, with_coded_findings(report)):
        marks = [o.find("v:text/v:reference", V3).get("value") for o in observations(tree(said), "RID50149")]
        assert len(marks) == len(set(marks)) == 2


def test_a_machine_is_named_and_its_unconfirmed_draft_left_out() -> None:
    """AI findings: author is the device; only what a doctor accepted goes out."""
    root = tree(ai_report())
    assert root.findtext(".//v:assignedAuthoringDevice/v:softwareName", namespaces=V3) == "Nodule draft 0.3.1"
    report = chest_report()
    draft = replace(
        report, findings=(replace(report.findings[0], algorithm=ALGORITHM, review=ReviewState.UNCONFIRMED),)
    )
    assert all(o.find("v:targetSiteCode", V3) is None for o in observations(tree(draft), "RID50149"))


def test_key_images_travel_whole_and_are_referred_to() -> None:
    """observationMedia holds the very bytes; the narrative shows them; ids are unique."""
    report = chest_report(signed=True)
    root = tree(report)
    media = list(root.iter("{urn:hl7-org:v3}observationMedia"))
    assert [base64.b64decode(m.findtext("v:value", namespaces=V3)) for m in media] == list(
        pictures(report).values()
    )
    assert {m.find("v:value", V3).get("mediaType") for m in media} == {"image/png"}
    shown = [e.get("referencedObject") for e in root.iter("{urn:hl7-org:v3}renderMultiMedia")]
    assert shown == [m.get("ID") for m in media] == ["KI1", "KI2"]
    assert {e.get("href") for e in root.iter("{urn:hl7-org:v3}linkHtml")} == {"#KI1", "#KI2"}
    ids = [e.get("ID") for e in root.iter() if e.get("ID")]
    assert len(ids) == len(set(ids))
    roots = [e.get("root") for e in root.iter("{urn:hl7-org:v3}section") for e in e.findall("v:id", V3)]
    assert len(roots) == len(set(roots))


def test_the_same_report_gives_the_same_bytes() -> None:
    assert written(chest_report(signed=True)) == written(chest_report(signed=True))


def test_what_xml_cannot_carry_is_named() -> None:
    report = with_section(chest_report(), Section(SectionKind.FINDINGS, (Text("结节\x07"),)))
    with pytest.raises(BadInput) as refused:
        written(report)
    assert refused.value.params["code"] == "U+0007"


@pytest.mark.parametrize("given", [{}, {"k1": b"GIF89a", "k2": picture()}])
def test_a_picture_of_no_known_kind_is_refused(given: dict[str, bytes]) -> None:
    with pytest.raises(BadInput):
        write_cda(chest_report(), given, HOSPITAL)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no xml",
        b"<a/>",
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
        b'<ClinicalDocument xmlns="urn:hl7-org:v3">&e;</ClinicalDocument>',
        b'<ClinicalDocument xmlns="urn:hl7-org:v3">',
    ],
)
def test_untrusted_documents_are_refused_or_harmless(data: bytes) -> None:
    """Facts 10.14: no external entity is ever fetched."""
    with pytest.raises(BadInput):
        read_cda(data)


def test_documents_of_others_are_read() -> None:
    """HL7's own sample report: title and sections as words."""
    file = (
        real_data("report_cda") / "Documents" / "Diagnostic Imaging Report" / "Diagnostic_Imaging_Report.xml"
    )
    read = read_cda(file.read_bytes())
    assert read.title
    assert any(s.text for s in read.sections)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_document_says_that_the_software_is_no_medical_device(language: str) -> None:
    """3.3.3.1: the statement of the printed page stands in the shared document too."""
    sections = read_cda(written(chest_report(language, signed=True))).sections
    assert sections[-1].text == safety_words(language)
