"""DICOM SR of a report's measurements and findings (PS3.16 TID 1500), Comprehensive or Comprehensive 3D."""

from __future__ import annotations

from collections.abc import Sequence as SequenceOf
from pathlib import Path
from typing import Any

import highdicom as hd
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from app.dicom.read.source_header import SourceHeader, SourceImage
from app.dicom.write.codes import code, code_to_pydicom
from app.dicom.write.composite import MANUFACTURER, MODEL, SERIAL, evidence, person_name, put_equipment, save
from app.dicom.write.encapsulated import clock, day, edition, report_moment
from app.dicom.write.measured_coordinates import coordinates_of, lines_of, region_of, shaft_of
from app.dicom.write.sr_document import find_image, first_source, settle_document
from app.domain.anchor import Anchor, PlaneAnchor, source_image
from app.domain.coding import Code
from app.domain.finding import SIDES, Finding, Presence
from app.domain.measurement import MeasuredValue, Measurement
from app.domain.provenance import Algorithm, ReviewState, derived_uid
from app.domain.report import Report, ReportState, Signature, SignatureRole
from app.domain.roi import RoiKind
from app.domain.spine import level_code
from app.errors import BadInput

_SERIES_NUMBER = 9910
_PROCEDURE = Code("363679005", "SCT", "Imaging procedure")
_LANGUAGES = {"zh": ("zh-CN", "Chinese (China)"), "en": ("en", "English")}
_PRESENCE = Code("RID28471", "RADLEX", "presence descriptor")
_PRESENCE_VALUES = {
    Presence.PRESENT: Code("RID28472", "RADLEX", "present"),
    Presence.ABSENT: Code("RID28473", "RADLEX", "absent"),
    Presence.UNCERTAIN: Code("RID39110", "RADLEX", "indeterminate"),
}
_ATTRIBUTE = Code("260837004", "SCT", "Subject characteristics")


def write_measurement_report(
    path: Path,
    report: Report,
    sources: SequenceOf[SourceHeader],
    *,
    organization: str = "",
    procedure: Code | None = None,
) -> str:
    """Write the measurements and findings of a report; returns the SOP Instance UID.

    Machine drafts that nobody accepted are left out. A FINAL report is COMPLETE and VERIFIED by its
    reviewer.
    """
    measurements = [m for m in report.measurements if m.review is ReviewState.ACCEPTED]
    findings = [f for f in report.findings if f.review is ReviewState.ACCEPTED]
    groups = [
        *_measurement_groups(measurements, findings, sources, report),
        *_finding_groups(measurements, findings, report),
    ]
    if not groups:
        raise BadInput("The report has no measurement and no coded finding.")
    machine = any(m.algorithm for m in measurements) or any(f.algorithm for f in findings)
    content = hd.sr.MeasurementReport(
        observation_context=_observers(report, organization, machine=machine),
        procedure_reported=code_to_pydicom(procedure or _PROCEDURE),
        imaging_measurements=groups,
        title=code_to_pydicom(code("DCM", "126000")),
        language_of_content_item_and_descendants=_language(report.language),
    )
    in_space = any(source_image(m.anchor) is None for m in measurements)
    sop_uid = derived_uid("measurement-report", *edition(report))
    reviewer = report.signature(SignatureRole.REVIEWER)
    final = report.state is ReportState.FINAL and reviewer is not None
    document: Any = hd.sr.Comprehensive3DSR if in_space else hd.sr.ComprehensiveSR
    ds: Dataset = document(
        evidence=_evidence(measurements, sources),
        content=content[0],
        series_instance_uid=derived_uid("measurement-report-series", report.report_id),
        series_number=_SERIES_NUMBER,
        sop_instance_uid=sop_uid,
        instance_number=report.version,
        manufacturer=MANUFACTURER,
        is_complete=final,
        is_final=final,
        is_verified=final,
        institution_name=report.header.institution or None,
        verifying_observer_name=person_name(reviewer.person_name) if final and reviewer else None,
        verifying_organization=(organization or report.header.institution or "影枢 YingShu")
        if final
        else None,
    )
    _settle(ds, report, first_source(sources), sop_uid, organization)
    save(path, ds)
    return sop_uid


def _settle(ds: Dataset, report: Report, header: SourceHeader, sop_uid: str, organization: str) -> None:
    settle_document(ds, header, sop_uid)
    put_equipment(ds)
    at = report_moment(report)
    ds.SeriesDescription = "测量报告" if report.language.startswith("zh") else "Measurement report"
    ds.ContentDate, ds.ContentTime = day(at), clock(at)
    ds.SeriesDate, ds.SeriesTime = day(at), clock(at)
    ds.PreliminaryFlag = "FINAL" if ds.VerificationFlag == "VERIFIED" else "PRELIMINARY"
    institution = organization or report.header.institution or "影枢 YingShu"
    if report.author_name:
        author = Dataset()
        author.ObserverType = "PSN"
        author.PersonName = person_name(report.author_name)
        author.PersonIdentificationCodeSequence = Sequence()
        author.InstitutionName = institution
        author.InstitutionCodeSequence = Sequence()
        ds.AuthorObserverSequence = Sequence([author])
    if ds.VerificationFlag == "VERIFIED":
        reviewers = [s for s in report.signatures if s.role is SignatureRole.REVIEWER]
        ds.VerifyingObserverSequence = Sequence([_verifier(s, institution) for s in reviewers])


def _verifier(signature: Signature, institution: str) -> Dataset:
    item = Dataset()
    item.VerifyingObserverName = person_name(signature.person_name)
    item.VerifyingObserverIdentificationCodeSequence = Sequence()
    item.VerifyingOrganization = institution[:64]
    at = signature.signed_at.astimezone() if signature.signed_at.tzinfo is not None else signature.signed_at
    item.VerificationDateTime = day(at) + clock(at)
    return item


def _language(language: str) -> Any:
    value, meaning = _LANGUAGES.get(language, _LANGUAGES["zh"])
    return hd.sr.LanguageOfContentItemAndDescendants(hd.sr.CodedConcept(value, "RFC5646", meaning))


def _observers(report: Report, organization: str, *, machine: bool) -> Any:
    """Who observed: the author, and this station where a doctor took over what a method had found (TID
    1001).
    """
    organization = organization or report.header.institution
    person = hd.sr.PersonObserverIdentifyingAttributes(
        name=person_name(report.author_name) or "?", organization_name=organization or None
    )
    device = hd.sr.DeviceObserverIdentifyingAttributes(
        derived_uid("device", SERIAL, organization),
        name=MODEL,
        manufacturer_name=MANUFACTURER,
        model_name=MODEL,
        serial_number=SERIAL,
    )
    return hd.sr.ObservationContext(
        observer_person_context=hd.sr.ObserverContext(code_to_pydicom(code("DCM", "121006")), person),
        observer_device_context=hd.sr.ObserverContext(code_to_pydicom(code("DCM", "121007")), device)
        if machine
        else None,
    )


def _evidence(measurements: SequenceOf[Measurement], sources: SequenceOf[SourceHeader]) -> list[Dataset]:
    """The images that the groups name; the first image of the study where they name none."""
    named = list(
        dict.fromkeys(at.sop_uid for m in measurements if (at := source_image(m.anchor)) is not None)
    )
    found = [find_image(sources, uid) for uid in named]
    in_space = [m.anchor for m in measurements if source_image(m.anchor) is None]
    for header in sources:
        across = [anchor for anchor in in_space if anchor.series_uid == header.series_uid]
        if across and not any(h is header for h, _ in found):
            found.append((header, _of_volume(header, across)))
    return [ds for header, image in found or [_first(sources)] for ds in evidence(header, [image])]


def _of_volume(header: SourceHeader, planes: SequenceOf[Anchor]) -> SourceImage:
    """An image of the volume that the planes go through; the first of its series where none is known."""
    near = {at.nearest.sop_uid for at in planes if isinstance(at, PlaneAnchor) and at.nearest is not None}
    return next((image for image in header.images if image.sop_uid in near), header.images[0])


def _first(sources: SequenceOf[SourceHeader]) -> tuple[SourceHeader, SourceImage]:
    for header in sources:
        if header.images:
            return header, header.images[0]
    raise BadInput("The series has no images.")


def _measurement_groups(
    measurements: SequenceOf[Measurement],
    findings: SequenceOf[Finding],
    sources: SequenceOf[SourceHeader],
    report: Report,
) -> list[Any]:
    by_tracking = {uid: finding for finding in findings for uid in finding.measurements}
    return [_group(m, by_tracking.get(m.tracking_uid), sources) for m in measurements]


def _group(m: Measurement, finding: Finding | None, sources: SequenceOf[SourceHeader]) -> Any:
    what = m.finding or (finding.code if finding else None)
    site = m.site or (finding.site if finding else None)
    if site is None and m.roi.kind is RoiKind.SPINE_LABEL:
        site = level_code(m.label)
    common = {
        "tracking_identifier": hd.sr.TrackingIdentifier(uid=m.tracking_uid, identifier=m.label),
        "finding_type": code_to_pydicom(what) if what else None,
        "finding_sites": [_site(site, finding.laterality if finding else None)] if site else None,
        "algorithm_id": _algorithm(m.algorithm),
        "qualitative_evaluations": _qualities(finding) or None,
    }
    modality = next((header.modality for header in sources if header.series_uid == m.anchor.series_uid), "")
    if m.roi.kind.is_region or m.roi.kind.is_note:
        group = hd.sr.PlanarROIMeasurementsAndQualitativeEvaluations(
            **common, referenced_region=region_of(m, sources), measurements=_on_region(m, modality) or None
        )
        if m.roi.kind is RoiKind.ARROW:
            group[0].ContentSequence.append(shaft_of(m, sources))
        return group
    if m.roi.kind.is_volume:
        return hd.sr.MeasurementsAndQualitativeEvaluations(
            **common,
            measurements=_on_region(m, modality, [coordinates_of(m, p, sources) for p in lines_of(m)]),
        )
    return hd.sr.MeasurementsAndQualitativeEvaluations(**common, measurements=_on_lines(m, sources))


def _on_lines(m: Measurement, sources: SequenceOf[SourceHeader]) -> list[Any]:
    """Values with the lines that they were taken from: each length from its own, an angle or a ratio from
    all.
    """
    lines = [coordinates_of(m, line, sources) for line in lines_of(m)]
    sites = _LINE_SITES.get(m.roi.kind, ())
    lengths = [value for value in m.values if value.unit.value in _LENGTH_UNITS]
    if len(lines) == 1 or len(lengths) != len(lines):
        return [_value(value, lines) for value in m.values]
    own = iter(zip(lines, sites or (None,) * len(lines), strict=True))
    made = []
    for value in m.values:
        line, site = next(own) if value.unit.value in _LENGTH_UNITS else (None, None)
        made.append(_value(value, [line] if line is not None else lines, site))
    return made


def _on_region(m: Measurement, modality: str, coordinates: SequenceOf[Any] = ()) -> list[Any]:
    """Statistics are named by what is measured, where it has a name; the statistic is its derivation.
    `coordinates` are the point that a region in a volume was grown from.
    """
    what = next(
        (named for v in m.values if _is_statistic(v) and (named := _named(v.unit, modality)) is not None),
        None,
    )
    return [_value(v, coordinates, what=what) for v in m.values]


def _is_statistic(value: MeasuredValue) -> bool:
    return (value.concept.scheme, value.concept.value) in _STATISTICS


def _named(unit: Code, modality: str) -> Code | None:
    """What is measured in a unit."""
    return _MEASURED_IN.get(unit.value) or (_SIGNAL if (modality, unit.value) == ("MR", "1") else None)


def _value(
    value: MeasuredValue,
    coordinates: SequenceOf[Any] = (),
    site: Code | None = None,
    what: Code | None = None,
) -> Any:
    """A value; a statistic of `what` is its derivation (TID 1419)."""
    concept, derivation = value.concept, None
    if what is not None and _is_statistic(value):
        concept, derivation = what, value.concept
    return hd.sr.Measurement(
        name=code_to_pydicom(concept),
        value=float(f"{value.value:.10g}"),
        unit=code_to_pydicom(value.unit),
        derivation=code_to_pydicom(derivation) if derivation else None,
        finding_sites=[_site(site, None)] if site else None,
        referenced_coordinates=list(coordinates) or None,
    )


#: what is measured, by its UCUM unit
_MEASURED_IN = {
    "[hnsf'U]": Code("112031", "DCM", "Attenuation Coefficient"),
    "g/ml{SUVbw}": Code("126401", "DCM", "SUVbw"),
    "g/ml{SUVlbm}": Code("126402", "DCM", "SUVlbm"),
    "cm2/ml{SUVbsa}": Code("126403", "DCM", "SUVbsa"),
    "g/ml{SUVibw}": Code("126404", "DCM", "SUVibw"),
    "g/ml{SUVlbm(Janma)}": Code("126405", "DCM", "SUVlbm(Janma)"),
    "g/ml{SUVlbm(James128)}": Code("126406", "DCM", "SUVlbm(James128)"),
}
_SIGNAL = Code("110852", "DCM", "MR signal intensity")
#: mean, standard deviation, minimum, maximum, median, 10th and 90th percentile; mean of the hottest
#: sphere, skewness and kurtosis
_STATISTICS = frozenset(
    (
        *(("SCT", value) for value in ("373098007", "386136009", "255605001", "56851009", "373099004")),
        *(("SCT", value) for value in ("371890005", "371887004")),
        *(("DCM", value) for value in ("126031", "126051", "126052")),
    )
)
_LENGTH_UNITS = frozenset(("mm", "{pixels}"))
#: what the lines of a shape lie on, in their order
_LINE_SITES = {RoiKind.CARDIOTHORACIC: (code("SCT", "80891009"), code("SCT", "51185008"))}


def _site(site: Code, laterality: Code | None) -> Any:
    side = SIDES.get(laterality.value, laterality) if laterality else None
    return hd.sr.FindingSite(code_to_pydicom(site), laterality=code_to_pydicom(side) if side else None)


def _algorithm(algorithm: Algorithm | None) -> Any:
    if algorithm is None:
        return None
    parameters = [f"{name}={value}" for name, value in algorithm.parameters]
    if algorithm.weights_sha256:
        parameters.append(f"weights_sha256={algorithm.weights_sha256}")
    return hd.sr.AlgorithmIdentification(algorithm.name, algorithm.version, parameters or None)


def _qualities(finding: Finding | None) -> list[Any]:
    if finding is None:
        return []
    presence = hd.sr.QualitativeEvaluation(
        code_to_pydicom(_PRESENCE), code_to_pydicom(_PRESENCE_VALUES[finding.presence])
    )
    return [
        presence,
        *(
            hd.sr.QualitativeEvaluation(code_to_pydicom(_ATTRIBUTE), code_to_pydicom(a))
            for a in finding.attributes
        ),
    ]


def _finding_groups(
    measurements: SequenceOf[Measurement], findings: SequenceOf[Finding], report: Report
) -> list[Any]:
    """Findings that no measurement carries have a group of their own."""
    measured = {m.tracking_uid for m in measurements}
    return [
        hd.sr.MeasurementsAndQualitativeEvaluations(
            tracking_identifier=hd.sr.TrackingIdentifier(
                uid=derived_uid("finding", report.report_id, finding.finding_id),
                identifier=finding.code.meaning,
            ),
            finding_type=code_to_pydicom(finding.code),
            finding_sites=[_site(finding.site, finding.laterality)] if finding.site else None,
            algorithm_id=_algorithm(finding.algorithm),
            qualitative_evaluations=_qualities(finding),
        )
        for finding in findings
        if not measured.intersection(finding.measurements)
    ]
