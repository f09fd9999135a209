"""DICOM SR of a report's measurements and findings (PS3.16 TID 1500), Comprehensive or Comprehensive 3D."""

from __future__ import annotations

from collections.abc import Sequence as SequenceOf
from pathlib import Path
from typing import Any

import highdicom as hd
import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from app.dicom.codes import code, code_to_pydicom
from app.dicom.composite import MANUFACTURER, MODEL, SERIAL, evidence, put_equipment, save
from app.dicom.encapsulated import clock, day, edition, report_moment
from app.dicom.source_header import SourceHeader, SourceImage
from app.dicom.sr_document import find_image, first_source, settle_document
from app.domain.coding import Code
from app.domain.finding import SIDES, Finding, Presence
from app.domain.measurement import MeasuredValue, Measurement
from app.domain.provenance import Algorithm, ReviewState, derived_uid
from app.domain.report import Report, ReportState, Signature, SignatureRole
from app.domain.roi import Roi, RoiKind
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
    path: Path, report: Report, sources: SequenceOf[SourceHeader], *, organization: str = "", procedure: Code | None = None
) -> str:
    """Write the measurements and findings of a report; returns the SOP Instance UID.

    Machine drafts that nobody accepted are left out.  A FINAL report is COMPLETE and VERIFIED by its reviewer.
    """
    measurements = [m for m in report.measurements if m.review is ReviewState.ACCEPTED]
    findings = [f for f in report.findings if f.review is ReviewState.ACCEPTED]
    groups = [*_measurement_groups(measurements, findings, sources, report), *_finding_groups(measurements, findings, report)]
    if not groups:
        raise BadInput("The report has no measurement and no coded finding.")
    machine = any(m.algorithm for m in measurements) or any(f.algorithm for f in findings)
    content = hd.sr.MeasurementReport(
        observation_context=_observers(report, organization, machine=machine), procedure_reported=code_to_pydicom(procedure or _PROCEDURE),
        imaging_measurements=groups, title=code_to_pydicom(code("DCM", "126000")),
        language_of_content_item_and_descendants=_language(report.language),
    )  # fmt: skip
    in_space = any(m.anchor.sop_uid is None for m in measurements)
    sop_uid = derived_uid("measurement-report", *edition(report))
    reviewer = report.signature(SignatureRole.REVIEWER)
    final = report.state is ReportState.FINAL and reviewer is not None
    document: Any = hd.sr.Comprehensive3DSR if in_space else hd.sr.ComprehensiveSR
    ds: Dataset = document(
        evidence=_evidence(measurements, sources), content=content[0],
        series_instance_uid=derived_uid("measurement-report-series", report.report_id), series_number=_SERIES_NUMBER,
        sop_instance_uid=sop_uid, instance_number=report.version, manufacturer=MANUFACTURER,
        is_complete=final, is_final=final, is_verified=final, institution_name=report.header.institution or None,
        verifying_observer_name=_person(reviewer.person_name) if final and reviewer else None,
        verifying_organization=(organization or report.header.institution or "影枢 YingShu") if final else None,
    )  # fmt: skip
    _settle(ds, report, first_source(sources), sop_uid, organization)
    save(path, ds)
    return sop_uid


def _person(name: str) -> str:
    """PN of a name as people write it: one component, closed by a caret so that it is not taken for an old free form."""
    plain = name.replace("\\", " ").strip() or "?"
    return plain if "^" in plain or "=" in plain else f"{plain}^"


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
        author.PersonName = _person(report.author_name)
        author.PersonIdentificationCodeSequence = Sequence()
        author.InstitutionName = institution
        author.InstitutionCodeSequence = Sequence()
        ds.AuthorObserverSequence = Sequence([author])
    if ds.VerificationFlag == "VERIFIED":
        reviewers = [s for s in report.signatures if s.role is SignatureRole.REVIEWER]
        ds.VerifyingObserverSequence = Sequence([_verifier(s, institution) for s in reviewers])


def _verifier(signature: Signature, institution: str) -> Dataset:
    item = Dataset()
    item.VerifyingObserverName = _person(signature.person_name)
    item.VerifyingObserverIdentificationCodeSequence = Sequence()
    item.VerifyingOrganization = institution[:64]
    at = signature.signed_at.astimezone() if signature.signed_at.tzinfo is not None else signature.signed_at
    item.VerificationDateTime = day(at) + clock(at)
    return item


def _language(language: str) -> Any:
    value, meaning = _LANGUAGES.get(language, _LANGUAGES["zh"])
    return hd.sr.LanguageOfContentItemAndDescendants(hd.sr.CodedConcept(value, "RFC5646", meaning))


def _observers(report: Report, organization: str, *, machine: bool) -> Any:
    """Who observed: the author, and this station where a doctor took over what a method had found (TID 1001)."""
    organization = organization or report.header.institution
    person = hd.sr.PersonObserverIdentifyingAttributes(name=_person(report.author_name or "?"), organization_name=organization or None)
    device = hd.sr.DeviceObserverIdentifyingAttributes(
        derived_uid("device", SERIAL, organization), name=MODEL, manufacturer_name=MANUFACTURER, model_name=MODEL, serial_number=SERIAL
    )
    return hd.sr.ObservationContext(
        observer_person_context=hd.sr.ObserverContext(code_to_pydicom(code("DCM", "121006")), person),
        observer_device_context=hd.sr.ObserverContext(code_to_pydicom(code("DCM", "121007")), device) if machine else None,
    )


def _evidence(measurements: SequenceOf[Measurement], sources: SequenceOf[SourceHeader]) -> list[Dataset]:
    """The images that the groups name; the first image of the study where they name none."""
    named = list(dict.fromkeys(m.anchor.sop_uid for m in measurements if m.anchor.sop_uid))
    found = [find_image(sources, uid) for uid in named] or [_first(sources)]
    in_space = {m.anchor.series_uid for m in measurements if m.anchor.sop_uid is None}
    for header in sources:
        if header.series_uid in in_space and not any(h is header for h, _ in found):
            found.append((header, header.images[0]))
    return [ds for header, image in found for ds in evidence(header, [image])]


def _first(sources: SequenceOf[SourceHeader]) -> tuple[SourceHeader, SourceImage]:
    for header in sources:
        if header.images:
            return header, header.images[0]
    raise BadInput("The series has no images.")


def _measurement_groups(
    measurements: SequenceOf[Measurement], findings: SequenceOf[Finding], sources: SequenceOf[SourceHeader], report: Report
) -> list[Any]:
    by_tracking = {uid: finding for finding in findings for uid in finding.measurements}
    return [_group(m, by_tracking.get(m.tracking_uid), sources) for m in measurements]


def _group(m: Measurement, finding: Finding | None, sources: SequenceOf[SourceHeader]) -> Any:
    what = m.finding or (finding.code if finding else None)
    site = m.site or (finding.site if finding else None)
    common = {
        "tracking_identifier": hd.sr.TrackingIdentifier(uid=m.tracking_uid, identifier=m.label),
        "finding_type": code_to_pydicom(what) if what else None,
        "finding_sites": [_site(site, finding.laterality if finding else None)] if site else None,
        "algorithm_id": _algorithm(m.algorithm),
        "qualitative_evaluations": _qualities(finding) or None,
    }
    modality = next((header.modality for header in sources if header.series_uid == m.anchor.series_uid), "")
    if m.roi.kind is RoiKind.ELLIPSE:
        return hd.sr.PlanarROIMeasurementsAndQualitativeEvaluations(
            **common, referenced_region=_region(m, sources), measurements=[_value(v, None, modality) for v in m.values]
        )
    coordinates = _coordinates(m, sources)
    return hd.sr.MeasurementsAndQualitativeEvaluations(**common, measurements=[_value(v, coordinates, modality) for v in m.values])


def _value(value: MeasuredValue, coordinates: Any, modality: str) -> Any:
    """Statistics over a region are named by what is measured; the statistic is its derivation (TID 1419)."""
    concept, derivation = value.concept, None
    what = _MEASURED_IN.get(value.unit.value) or (_SIGNAL if (modality, value.unit.value) == ("MR", "1") else None)
    if what is not None and (value.concept.scheme, value.concept.value) in _STATISTICS:
        concept, derivation = what, value.concept
    return hd.sr.Measurement(
        name=code_to_pydicom(concept), value=float(f"{value.value:.10g}"), unit=code_to_pydicom(value.unit),
        derivation=code_to_pydicom(derivation) if derivation else None,
        referenced_coordinates=[coordinates] if coordinates is not None else None,
    )  # fmt: skip


#: what is measured, by its UCUM unit
_MEASURED_IN = {
    "[hnsf'U]": Code("112031", "DCM", "Attenuation Coefficient"), "g/ml{SUVbw}": Code("126401", "DCM", "SUVbw"),
}  # fmt: skip
_SIGNAL = Code("110852", "DCM", "MR signal intensity")
_STATISTICS = frozenset(
    ("SCT", value) for value in ("373098007", "386136009", "255605001", "56851009")
)  # mean, standard deviation, minimum, maximum


def _region(m: Measurement, sources: SequenceOf[SourceHeader]) -> Any:
    if m.anchor.sop_uid is None:
        return hd.sr.ImageRegion3D(hd.sr.GraphicTypeValues3D.ELLIPSE, _points_mm(m.roi), m.anchor.frame_of_reference_uid)
    _, image = find_image(sources, m.anchor.sop_uid)
    source = hd.sr.SourceImageForRegion(image.sop_class_uid, image.sop_uid, _frames(m, image))
    return hd.sr.ImageRegion(hd.sr.GraphicTypeValues.ELLIPSE, _points_px(m.roi), source)


def _coordinates(m: Measurement, sources: SequenceOf[SourceHeader]) -> Any:
    line = m.roi.kind is RoiKind.LENGTH
    if m.anchor.sop_uid is None:
        kind = hd.sr.GraphicTypeValues3D.POLYLINE if line else hd.sr.GraphicTypeValues3D.POINT
        return hd.sr.CoordinatesForMeasurement3D(kind, _points_mm(m.roi), m.anchor.frame_of_reference_uid)
    _, image = find_image(sources, m.anchor.sop_uid)
    source = hd.sr.SourceImageForRegion(image.sop_class_uid, image.sop_uid, _frames(m, image))
    flat = hd.sr.GraphicTypeValues.POLYLINE if line else hd.sr.GraphicTypeValues.POINT
    return hd.sr.CoordinatesForMeasurement(flat, _points_px(m.roi), source)


def _frames(m: Measurement, image: SourceImage) -> list[int] | None:
    return [m.anchor.frame] if m.anchor.frame and image.frames > 1 else None


def _points_mm(roi: Roi) -> Any:
    return np.array(roi.points_mm, dtype=float)


def _points_px(roi: Roi) -> Any:
    if not roi.points_px:
        raise BadInput("A measurement on a source image has no image coordinates.")
    return np.array(roi.points_px, dtype=float)


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
    presence = hd.sr.QualitativeEvaluation(code_to_pydicom(_PRESENCE), code_to_pydicom(_PRESENCE_VALUES[finding.presence]))
    return [presence, *(hd.sr.QualitativeEvaluation(code_to_pydicom(_ATTRIBUTE), code_to_pydicom(a)) for a in finding.attributes)]


def _finding_groups(measurements: SequenceOf[Measurement], findings: SequenceOf[Finding], report: Report) -> list[Any]:
    """Findings that no measurement carries have a group of their own."""
    measured = {m.tracking_uid for m in measurements}
    return [
        hd.sr.MeasurementsAndQualitativeEvaluations(
            tracking_identifier=hd.sr.TrackingIdentifier(
                uid=derived_uid("finding", report.report_id, finding.finding_id), identifier=finding.code.meaning
            ),
            finding_type=code_to_pydicom(finding.code),
            finding_sites=[_site(finding.site, finding.laterality)] if finding.site else None,
            algorithm_id=_algorithm(finding.algorithm), qualitative_evaluations=_qualities(finding),
        )
        for finding in findings
        if not measured.intersection(finding.measurements)
    ]  # fmt: skip
