"""HL7 CDA Release 2 of a report, in the profile of DICOM PS3.20; data only, no layout.

`write_cda` makes the document, `read_cda` reads the words of any CDA back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from app.domain.anchor import FrameAnchor
from app.domain.letterhead import Letterhead
from app.domain.report import Relation, Report, Signature, SignatureRole
from app.errors import BadInput, LimitExceeded
from app.reporting.cda_body import add_body
from app.reporting.cda_elements import (
    PS3_20,
    SDTC,
    V3,
    XSI,
    Element,
    add,
    add_or_unknown,
    add_time,
    coded,
    legal,
    modality_code,
    region_code,
    templates,
    uid,
)
from app.reporting.headings import DOCUMENT
from app.reporting.page_words import sheet_title

_MAX_BYTES = 200_000_000
_GENDERS = {"M": ("M", "Male"), "F": ("F", "Female")}  # "O" is unknown here (PS3.20 8.1)


def write_cda(
    report: Report,
    pictures: Mapping[str, bytes],
    hospital: Letterhead,
    *,
    examined: Sequence[FrameAnchor] = (),
) -> bytes:
    """The report as UTF-8 XML.

    Parameters
    ----------
    pictures : mapping
        PNG or JPEG of each key image by key id.
    examined : sequence
        Images of the study: they stand in the object catalogue where the report refers to none.

    Raises
    ------
    BadInput
        A key image without a picture; a character that XML cannot hold.
    """
    document = etree.Element(
        f"{{{V3}}}ClinicalDocument", nsmap={None: V3, "ps3-20": PS3_20, "sdtc": SDTC, "xsi": XSI}
    )
    _identity(document, report)
    _record_target(document, report, hospital)
    _author(document, report, hospital)
    custodian = add(add(add(document, "custodian"), "assignedCustodian"), "representedCustodianOrganization")
    _organisation(custodian, hospital, report)
    _signatures(document, report, hospital)
    _referrer(document, report)
    _order(document, report, hospital)
    _service_event(document, report)
    _related(document, report)
    encounter = add(add(document, "componentOf"), "encompassingEncounter")
    add(encounter, "id", root=uid("encounter", report.header.study_uid))
    add_time(encounter, "effectiveTime", report.header.study_at)
    add_body(document, report, pictures, examined)
    return bytes(etree.tostring(document, xml_declaration=True, encoding="UTF-8"))


# -- header --------------------------------------------------------------------------------------------------


def _identity(document: Element, report: Report) -> None:
    zh = report.language.startswith("zh")
    add(document, "typeId", root="2.16.840.1.113883.1.3", extension="POCD_HD000040")
    templates(document, "1.2.840.10008.9.1", "1.2.840.10008.9.20", "1.2.840.10008.9.21")
    add(document, "id", root=document_uid(report))
    coded(document, "code", DOCUMENT)
    add(document, "title", sheet_title(report, zh))
    add_time(document, "effectiveTime", _written_at(report))
    add(document, "confidentialityCode", code="N", codeSystem="2.16.840.1.113883.5.25")
    add(document, "languageCode", code="zh-CN" if zh else "en-US")
    add(document, "setId", root=uid("set", report.set_id))
    add(document, "versionNumber", value=str(report.version))


def document_uid(report: Report) -> str:
    """The UID of this version of the document."""
    return uid("document", report.report_id, str(report.version))


def _written_at(report: Report) -> datetime | None:
    return report.signatures[-1].signed_at if report.signatures else report.updated_at or report.created_at


def _record_target(document: Element, report: Report, hospital: Letterhead) -> None:
    patient = report.header.patient
    role = add(add(document, "recordTarget"), "patientRole")
    root = hospital.organisation_oid or uid("patients", patient.issuer or hospital.hospital)
    add(role, "id", root=root, extension=patient.patient_id) if patient.patient_id else add(
        role, "id", nullFlavor="UNK"
    )
    add(role, "addr", nullFlavor="UNK")
    add(role, "telecom", nullFlavor="UNK")
    person = add(role, "patient")
    for words, use in _names(patient.name):
        add(person, "name", words, **({"use": use} if use else {}))
    gender = _GENDERS.get(patient.sex.strip().upper()[:1])
    if gender:
        add(
            person,
            "administrativeGenderCode",
            code=gender[0],
            codeSystem="2.16.840.1.113883.5.1",
            displayName=gender[1],
        )
    else:
        add(person, "administrativeGenderCode", nullFlavor="UNK")
    add_time(person, "birthTime", patient.birth_date)


def _names(name: str) -> list[tuple[str, str]]:
    """DICOM PN groups as V3 names: alphabetic, ideographic (IDE), phonetic (SYL)."""
    groups = [" ".join(g.replace("^", " ").split()) for g in name.split("=")]
    uses = ("ABC", "IDE", "SYL")
    found = [
        (words, use if len(groups) > 1 else "") for words, use in zip(groups, uses, strict=False) if words
    ]
    return found or [("-", "")]


def _author(document: Element, report: Report, hospital: Letterhead) -> None:
    author = add(document, "author")
    signed = report.signature(SignatureRole.AUTHOR)
    add_time(author, "time", signed.signed_at if signed else _written_at(report))
    assigned = add(author, "assignedAuthor")
    _person_id(assigned, report.author_id, hospital)
    add(assigned, "addr", nullFlavor="UNK")
    add(assigned, "telecom", nullFlavor="UNK")
    add_or_unknown(add(assigned, "assignedPerson"), "name", report.author_name)


def _person_id(parent: Element, person_id: str, hospital: Letterhead) -> None:
    root = hospital.organisation_oid or uid("people", hospital.hospital)
    add(parent, "id", root=root, extension=person_id) if person_id else add(parent, "id", nullFlavor="UNK")


def _organisation(parent: Element, hospital: Letterhead, report: Report) -> None:
    name = hospital.hospital or report.header.institution
    add(parent, "id", root=hospital.organisation_oid or uid("organisation", name))
    add_or_unknown(parent, "name", name)
    if hospital.telephone:
        add(parent, "telecom", value=f"tel:{hospital.telephone}")
    else:
        add(parent, "telecom", nullFlavor="UNK")
    add_or_unknown(parent, "addr", hospital.address)


def _signatures(document: Element, report: Report, hospital: Letterhead) -> None:
    """The reviewer is the legal authenticator, the author an authenticator; the signed value stands beside
    each.
    """
    for tag, role in (
        ("legalAuthenticator", SignatureRole.REVIEWER),
        ("authenticator", SignatureRole.AUTHOR),
    ):
        signature = report.signature(role)
        if signature is not None:
            _signature(add(document, tag), signature, hospital)


def _signature(element: Element, signature: Signature, hospital: Letterhead) -> None:
    add_time(element, "time", signature.signed_at)
    add(element, "signatureCode", code="S")
    text = etree.SubElement(
        element,
        f"{{{SDTC}}}signatureText",
        {"mediaType": "application/octet-stream", "representation": "B64"},
    )
    text.text = legal(signature.value)
    entity = add(element, "assignedEntity")
    _person_id(entity, signature.person_id, hospital)
    add(entity, "addr", nullFlavor="UNK")
    add(entity, "telecom", nullFlavor="UNK")
    add_or_unknown(add(entity, "assignedPerson"), "name", signature.person_name)


def _referrer(document: Element, report: Report) -> None:
    participant = add(document, "participant", typeCode="REF")
    entity = add(participant, "associatedEntity", classCode="PROV")
    name = " ".join(report.header.referring_physician.replace("^", " ").split())
    add_or_unknown(add(entity, "associatedPerson"), "name", name)


def _order(document: Element, report: Report, hospital: Letterhead) -> None:
    order = add(add(document, "inFulfillmentOf"), "order")
    accession = report.header.accession_number
    root = hospital.organisation_oid or uid("orders", hospital.hospital)
    known = {"root": root, "extension": legal(accession)} if accession else {"nullFlavor": "UNK"}
    add(order, "id", **known)
    etree.SubElement(order, f"{{{PS3_20}}}accessionNumber", known)


def _service_event(document: Element, report: Report) -> None:
    event = add(add(document, "documentationOf"), "serviceEvent", classCode="ACT")
    add(event, "id", root=report.header.study_uid)
    code = add(event, "code", nullFlavor="UNK")
    add_or_unknown(code, "originalText", report.header.study_description)
    if report.header.modality:
        coded(code, "translation", modality_code(report.header.modality))
    region = region_code(report.header.body_part)
    if region is not None:
        coded(code, "translation", region)
    low = add(event, "effectiveTime")
    add_time(low, "low", report.header.study_at)


def _related(document: Element, report: Report) -> None:
    """The document that this one replaces or adds to."""
    link = report.parent
    if link is None:
        return
    kind = "RPLC" if link.relation is Relation.CORRECTION else "APND"
    parent = add(add(document, "relatedDocument", typeCode=kind), "parentDocument")
    add(parent, "id", root=uid("document", link.report_id, str(link.version)))
    add(parent, "setId", root=uid("set", link.set_id))
    add(parent, "versionNumber", value=str(link.version))


# -- reading -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CdaSection:
    """One section: LOINC or other code, title, its own words (subsections come after it)."""

    code: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class CdaDocument:
    """What a person reads in a CDA document."""

    document_id: str
    title: str
    language: str
    patient_id: str
    patient_names: tuple[str, ...]
    study_uid: str
    sections: tuple[CdaSection, ...]

    def section(self, code: str) -> CdaSection | None:
        """The section of a code."""
        return next((s for s in self.sections if s.code == code), None)


def parse_cda(data: bytes) -> Element:
    """The XML tree of a CDA document; no entities, no DTD, no network.  `BadInput` for anything else."""
    if len(data) > _MAX_BYTES:
        raise LimitExceeded(
            "The CDA document has {found} bytes; at most {limit} are read.", found=len(data), limit=_MAX_BYTES
        )
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        remove_comments=True,
        remove_pis=True,
        huge_tree=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise BadInput("The CDA document is not well-formed XML: {reason}", reason=str(error)) from error
    if root.getroottree().docinfo.doctype:
        raise BadInput("The CDA document has a document type declaration, which is not allowed.")
    if root.tag != f"{{{V3}}}ClinicalDocument":
        raise BadInput("The file is no CDA document: its root is {found}.", found=str(root.tag))
    return root


def read_cda(data: bytes) -> CdaDocument:
    """Title, patient and sections of a CDA document as plain text."""
    root = parse_cda(data)
    found = root.iterfind("{*}recordTarget/{*}patientRole/{urn:hl7-org:v3}patient/{*}name")
    names = tuple(" ".join("".join(name.itertext()).split()) for name in found)
    sections = tuple(_read_section(section) for section in root.iter(f"{{{V3}}}section"))
    return CdaDocument(
        document_id=_attribute(root, "{*}id", "root"),
        title=_words(root.find("{*}title")),
        language=_attribute(root, "{*}languageCode", "code"),
        patient_id=_attribute(root, "{*}recordTarget/{*}patientRole/{*}id", "extension"),
        patient_names=names,
        study_uid=_attribute(root, "{*}documentationOf/{*}serviceEvent/{*}id", "root"),
        sections=sections,
    )


def _read_section(section: Element) -> CdaSection:
    text = section.find("{*}text")
    paragraphs = [] if text is None else text.findall("{*}paragraph") or [text]
    return CdaSection(
        _attribute(section, "{*}code", "code"),
        _words(section.find("{*}title")),
        "\n".join(_words(p) for p in paragraphs),
    )


def _words(element: Element) -> str:
    return "" if element is None else "".join(element.itertext()).strip()


def _attribute(root: Element, path: str, name: str) -> str:
    found = root.find(path)
    return "" if found is None else str(found.get(name, ""))
