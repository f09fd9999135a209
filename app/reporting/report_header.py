"""What a report takes from the archive: its header from the study, the objects that its forms name."""

from __future__ import annotations

from collections.abc import Sequence

from app.dicom.read.source_header import SourceHeader
from app.domain.person import Actor
from app.domain.report import Report, ReportHeader
from app.domain.study import NO_PICTURE, Series, Study, display_name
from app.errors import NotFound
from app.ports import Archive


def header_of(study: Study, series: Sequence[Series], *, hospital: str) -> ReportHeader:
    """The header of a study's new report; `hospital` is the station's, for images that name none."""
    images = [s for s in series if s.modality not in NO_PICTURE] or series
    first = images[0] if images else None
    return ReportHeader(
        patient=study.patient,
        patient_age=study.age,
        study_uid=study.study_uid,
        accession_number=study.accession_number,
        study_id=study.study_id,
        study_description=study.description,
        study_at=study.started_at,
        modality=first.modality if first else "",
        body_part=(first.body_part if first else "") or study.body_part,
        institution=study.institution or hospital,
        referring_physician=display_name(study.referring_physician),
    )


def sources_of(archive: Archive, actor: Actor, report: Report) -> list[SourceHeader]:
    """The headers of the series that a report rests on, originals first; of its study's first series where
    it rests on none.
    """
    anchors = [m.anchor for m in report.measurements] + [k.anchor for k in report.key_images]
    wanted = {anchor.series_uid for anchor in anchors}
    series = sorted(archive.series(actor, report.header.study_uid), key=lambda s: s.derived)
    chosen = [s for s in series if s.series_uid in wanted] or [s for s in series if not s.derived][:1]
    if not chosen:
        raise NotFound("The archive has no images of the report's study {uid}.", uid=report.header.study_uid)
    return [archive.source(actor, s.series_uid) for s in chosen]
