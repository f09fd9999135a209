"""Key Object Selection Document (PS3.3 A.35.4, PS3.16 TID 2010) of the images that a report marks."""

from __future__ import annotations

from collections.abc import Sequence as SequenceOf
from pathlib import Path

import highdicom as hd
from pydicom.dataset import Dataset

from app.dicom.read.source_header import SourceHeader
from app.dicom.write.codes import code, code_to_pydicom
from app.dicom.write.composite import MANUFACTURER, evidence, put_equipment, save
from app.dicom.write.encapsulated import clock, day, edition, report_moment
from app.dicom.write.key_captures import capture_reference, captured_keys
from app.dicom.write.sr_document import find_image, first_source, settle_document
from app.domain.anchor import source_image
from app.domain.provenance import derived_uid
from app.domain.report import Report
from app.errors import BadInput

_SERIES_NUMBER = 9920


def write_key_objects(path: Path, report: Report, sources: SequenceOf[SourceHeader]) -> str:
    """Write the selection of a report's key images; returns the SOP Instance UID.

    Those on planes through a volume are named by their capture (`app.dicom.write.key_captures`).
    """
    marked = [(key, on) for key in report.key_images if (on := source_image(key.anchor)) is not None]
    wanted = list(dict.fromkeys(on.sop_uid for _, on in marked))
    captured = captured_keys(report)
    if not wanted and not captured:
        raise BadInput("The report marks no key image.")
    images: list[Dataset] = []
    frames: dict[str, list[int]] = {}
    for uid in wanted:
        header, image = find_image(sources, uid)
        images.extend(evidence(header, [image]))
        if image.frames > 1:
            frames[uid] = sorted({on.frame for _, on in marked if on.sop_uid == uid and on.frame})
    if captured:
        capture = capture_reference(report, first_source(sources))
        images.append(capture)
        if len(captured) > 1:
            frames[capture.SOPInstanceUID] = list(range(1, len(captured) + 1))
    captions = "; ".join(dict.fromkeys(key.caption for key in report.key_images if key.caption))
    content = hd.ko.KeyObjectSelection(
        document_title=code_to_pydicom(code("DCM", "113000")),
        referenced_objects=images,
        description=captions or None,
    )
    sop_uid = derived_uid("key-objects", *edition(report))
    ds: Dataset = hd.ko.KeyObjectSelectionDocument(
        images,
        content,
        series_instance_uid=derived_uid("key-objects-series", report.report_id),
        series_number=_SERIES_NUMBER,
        sop_instance_uid=sop_uid,
        instance_number=report.version,
        manufacturer=MANUFACTURER,
    )
    for item in ds.ContentSequence:
        if item.ValueType in ("IMAGE", "COMPOSITE") and "ConceptNameCodeSequence" in item:
            del item.ConceptNameCodeSequence  # TID 2010 row 8: no purpose of reference
        for meant in item.get("ReferencedSOPSequence", []):
            if frames.get(meant.ReferencedSOPInstanceUID):
                meant.ReferencedFrameNumber = frames[meant.ReferencedSOPInstanceUID]
    at = report_moment(report)
    settle_document(ds, first_source(sources), sop_uid)
    put_equipment(ds)
    ds.SeriesDescription = "关键图像" if report.language.startswith("zh") else "Key images"
    ds.ContentDate, ds.ContentTime = day(at), clock(at)
    ds.SeriesDate, ds.SeriesTime = day(at), clock(at)
    save(path, ds)
    return sop_uid
