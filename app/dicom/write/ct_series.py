"""An original CT series, for generated studies."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.dicom.read.source_header import SourceHeader
from app.dicom.write.composite import save
from app.dicom.write.ct_image import ct_image
from app.domain.geometry import Grid
from app.domain.provenance import derived_uid
from app.domain.study import Series, Study
from app.errors import BadInput, Cancelled
from app.jobs import Progress, never_cancelled, no_progress
from app.jobs.runner import Cancelling


def write_ct_series(
    folder: Path,
    study: Study,
    series: Series,
    grid: Grid,
    hu: NDArray[np.int16],
    *,
    kvp: float | None = None,
    kernel: str = "",
    patient_position: str = "HFS",
    windows: tuple[tuple[float, float, str], ...] = (),
    attributes: Mapping[str, str] = {},
    progress: Progress = no_progress,
    cancelled: Cancelling = never_cancelled,
) -> list[Path]:
    """Write `hu` (slice, row, column) as one CT image a slice; the SOP UIDs are derived from the series'.

    `attributes` are further attributes by DICOM keyword (``Exposure``, ``ImageComments`` …).
    """
    if hu.shape != grid.shape:
        raise BadInput(
            "The values have shape {found}, the grid {expected}.",
            found=str(hu.shape),
            expected=str(grid.shape),
        )
    header = header_of(
        study, series, kvp=kvp, kernel=kernel, patient_position=patient_position, windows=windows
    )
    paths = []
    for index in range(grid.shape[0]):
        if cancelled():
            raise Cancelled
        sop_uid = derived_uid("ct-image", series.series_uid, str(index + 1))
        ds = ct_image(
            header, grid, index, hu[index], sop_uid=sop_uid, image_type=["ORIGINAL", "PRIMARY", "AXIAL"]
        )
        ds.SeriesInstanceUID = header.series_uid
        ds.SeriesNumber = header.series_number or None
        ds.SeriesDescription = header.series_description
        ds.SeriesDate = ds.AcquisitionDate = ds.ContentDate = header.study_date
        ds.SeriesTime = ds.AcquisitionTime = ds.ContentTime = header.study_time
        ds.AcquisitionNumber = 1
        if series.protocol:
            ds.ProtocolName = series.protocol[:64]
        if series.manufacturer:
            ds.Manufacturer = series.manufacturer[:64]
        for keyword, value in attributes.items():
            setattr(ds, keyword, value)
        paths.append(save(folder / f"{index + 1:05d}.dcm", ds))
        progress((index + 1) / grid.shape[0], index + 1, grid.shape[0])
    return paths


def header_of(
    study: Study,
    series: Series,
    *,
    kvp: float | None = None,
    kernel: str = "",
    patient_position: str = "",
    windows: tuple[tuple[float, float, str], ...] = (),
) -> SourceHeader:
    """The attributes of a study and a series that we made ourselves."""
    patient, at = study.patient, study.started_at
    return SourceHeader(
        patient.patient_id,
        patient.name,
        study.study_uid,
        series.series_uid,
        series.modality,
        issuer=patient.issuer,
        birth_date=patient.birth_date.strftime("%Y%m%d") if patient.birth_date else "",
        sex=patient.sex,
        patient_age=study.patient_age,
        study_date=at.strftime("%Y%m%d") if at else "",
        study_time=at.strftime("%H%M%S") if at else "",
        study_id=study.study_id,
        accession_number=study.accession_number,
        study_description=study.description,
        referring_physician=study.referring_physician,
        institution=study.institution,
        series_number="" if series.number is None else str(series.number),
        series_description=series.description,
        body_part=series.body_part,
        patient_position=patient_position,
        frame_of_reference_uid=series.frame_of_reference_uid,
        kvp="" if kvp is None else f"{kvp:g}",
        kernel=kernel,
        slice_thickness="" if series.slice_thickness_mm is None else f"{series.slice_thickness_mm:g}",
        windows=windows,
    )
