"""Form `yingshu-report-1`: what was signed while the bytes were not stored.  Never changed: reports carry it.

Its members are those that the domain types had then.  The migration to revision 0002 of the database rebuilds
the bytes of such reports with it.
"""

from __future__ import annotations

from app.domain.signed_forms.form import Members, SignedForm

MEMBERS: Members = {
    "report": {
        "report_id": "",
        "template_id": "",
        "template_version": "",
        "language": "",
        "header": "header",
        "sections": "section",
        "findings": "finding",
        "measurements": "measurement",
        "key_images": "key image",
        "version": "",
        "created_at": "",
        "author_id": "",
        "author_name": "",
    },
    "header": {
        "patient": "patient",
        "patient_age": "",
        "study_uid": "",
        "accession_number": "",
        "study_id": "",
        "study_description": "",
        "study_at": "",
        "modality": "",
        "body_part": "",
        "institution": "",
        "department": "",
        "referring_physician": "",
    },
    "patient": {"patient_id": "", "name": "", "issuer": "", "birth_date": "", "sex": ""},
    "section": {"kind": "", "content": "inline/kind"},
    "inline/text": {"text": "", "kind": ""},
    "inline/chip": {"text": "", "code": "code", "kind": ""},
    "inline/measurement": {"text": "", "tracking_uid": "", "kind": ""},
    "inline/image": {"text": "", "key_id": "", "kind": ""},
    "finding": {
        "finding_id": "",
        "code": "code",
        "presence": "",
        "site": "code",
        "laterality": "code",
        "attributes": "code",
        "measurements": "",
        "key_images": "",
        "algorithm": "algorithm",
        "review": "",
    },
    "measurement": {
        "tracking_uid": "",
        "label": "",
        "roi": "roi",
        "anchor": "anchor",
        "values": "value",
        "made_by": "",
        "made_at": "",
        "finding": "code",
        "site": "code",
        "algorithm": "algorithm",
        "review": "",
    },
    "key image": {
        "key_id": "",
        "anchor": "anchor",
        "window": "window",
        "caption": "",
        "picture_sha256": "",
        "marked_by": "",
        "marked_at": "",
        "purpose": "code",
    },
    "anchor": {
        "study_uid": "",
        "series_uid": "",
        "frame_of_reference_uid": "",
        "plane": "",
        "sop_uid": "",
        "sop_class_uid": "",
        "frame": "",
    },
    "roi": {"kind": "", "points_mm": "", "points_px": ""},
    "value": {"concept": "code", "value": "", "unit": "code"},
    "window": {"centre": "", "width": "", "label": ""},
    "code": {"value": "", "scheme": "", "meaning": "", "version": ""},
    "algorithm": {
        "method_id": "",
        "name": "",
        "version": "",
        "family": "code",
        "weights_sha256": "",
        "parameters": "",
        "backend": "",
        "device_class": "",
        "precision": "",
    },
}

FORM_1 = SignedForm("yingshu-report-1", {1: MEMBERS}, numbered=False)
