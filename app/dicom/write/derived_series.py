"""Images that a method made of images: a derived CT series that names its sources, its method and its
weights.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence as SequenceOf
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from app.dicom.read.source_header import SourceHeader, SourceImage
from app.dicom.write.codes import SMOOTHING, SOURCE_FOR_PROCESSING
from app.dicom.write.composite import code_item, contribution, method_text, save
from app.dicom.write.ct_image import ct_image
from app.domain.coding import Code
from app.domain.geometry import Grid
from app.domain.provenance import Algorithm, derived_uid
from app.errors import BadInput, Cancelled
from app.jobs import Progress, never_cancelled, no_progress
from app.jobs.runner import Cancelling

#: Series Number of derived series: that of the source and this on top
_SERIES_OFFSET = 9000


def derived_series_uid(
    source_sop_uids: SequenceOf[str], algorithm: Algorithm, source_frames: SequenceOf[int] = ()
) -> str:
    """The Series Instance UID of a result: the same sources and the same method give the same."""
    return derived_uid("derived-series", *source_key(source_sop_uids, source_frames), *algorithm.key())


def source_key(source_sop_uids: SequenceOf[str], source_frames: SequenceOf[int] = ()) -> list[str]:
    """What names the sources of a result, "" being a missing slice.

    Several volumes can be made of the frames of one object: where they are not simply its first ones, they
    are named too.
    """
    key = sorted(uid for uid in source_sop_uids if uid)
    frames: dict[str, list[int]] = defaultdict(list)
    for uid, frame in zip(source_sop_uids, source_frames, strict=bool(source_frames)):
        if uid:
            frames[uid].append(frame)
    if any(sorted(taken) != list(range(1, len(taken) + 1)) for taken in frames.values()):
        key += [f"{uid} {frame}" for uid in sorted(frames) for frame in sorted(frames[uid])]
    return key


def write_derived_ct(
    folder: Path,
    grid: Grid,
    values: NDArray[Any],
    source_sop_uids: SequenceOf[str],
    header: SourceHeader,
    algorithm: Algorithm,
    *,
    description: str,
    source_frames: SequenceOf[int] = (),
    derivation: Code = SMOOTHING,
    progress: Progress = no_progress,
    cancelled: Cancelling = never_cancelled,
) -> list[Path]:
    """Write `values` (slice, row, column) in HU as CT images; ``source_sop_uids[s]`` is the source of slice
    `s`.

    Of a source with several frames ``source_frames[s]`` is the frame, from 1.

    Slices without a source (missing in the original) are not written. `description` goes into Series
    Description behind ``[AI] ``; it names the method and never a person.
    """
    if values.shape != grid.shape or len(source_sop_uids) != grid.shape[0]:
        raise BadInput(
            "The values have shape {found}, the grid {expected}.",
            found=str(values.shape),
            expected=str(grid.shape),
        )
    if header.modality != "CT":
        raise BadInput(
            "Derived CT images cannot be written for {modality} sources.", modality=header.modality
        )
    refuse_identity(description, header)
    sources = {image.sop_uid: image for image in header.images}
    series_uid = derived_series_uid(source_sop_uids, algorithm, source_frames)
    wanted = [s for s, uid in enumerate(source_sop_uids) if uid]
    paths = []
    for done, s in enumerate(wanted, 1):
        if cancelled():
            raise Cancelled
        source = sources.get(source_sop_uids[s])
        if source is None:
            raise BadInput("An image that the result names is not among its sources.")
        frame = source_frames[s] if source_frames else 0
        key = (source.sop_uid, str(frame)) if frame else (source.sop_uid,)
        ds = ct_image(
            header,
            grid,
            s,
            values[s],
            sop_uid=derived_uid("derived-image", series_uid, *key),
            image_type=["DERIVED", "SECONDARY", "AXIAL"],
        )
        _put_series(ds, header, series_uid, description)
        _put_derivation(ds, header, source, frame, algorithm, derivation)
        paths.append(save(folder / f"{s + 1:05d}.dcm", ds))
        progress(done / len(wanted), done, len(wanted))
    return paths


def refuse_identity(text: str, header: SourceHeader) -> None:
    """Free text of ours must not carry who the patient is."""
    folded = text.casefold()
    names = [group.replace("^", " ").strip() for group in header.patient_name.split("=")]
    for part in (header.patient_id, *names, *(p for name in names for p in name.split() if len(p) > 2)):
        if len(part) > 1 and part.casefold() in folded:
            raise BadInput("A description must not name the patient.")


def _put_series(ds: Dataset, header: SourceHeader, series_uid: str, description: str) -> None:
    ds.SeriesInstanceUID = series_uid
    ds.SeriesNumber = _SERIES_OFFSET + int(header.series_number or 0) % 1000
    ds.SeriesDescription = f"[AI] {description}"[:64]
    ds.SeriesDate, ds.SeriesTime = (
        header.series_date or header.study_date,
        header.series_time or header.study_time,
    )


def _put_derivation(
    ds: Dataset, header: SourceHeader, source: SourceImage, frame: int, algorithm: Algorithm, derivation: Code
) -> None:
    ds.ContentDate, ds.ContentTime = source.content_date, source.content_time
    ds.AcquisitionNumber = source.acquisition_number or None
    parameters = "; ".join(f"{name}={value}" for name, value in algorithm.parameters)
    run = f"{algorithm.backend} {algorithm.device_class} {algorithm.precision}".strip()
    ds.DerivationDescription = "; ".join(part for part in (method_text(algorithm), parameters, run) if part)[
        :1024
    ]
    ds.DerivationCodeSequence = Sequence([code_item(derivation)])
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = source.sop_class_uid, source.sop_uid
    if frame:
        item.ReferencedFrameNumber = frame
    item.PurposeOfReferenceCodeSequence = Sequence([code_item(SOURCE_FOR_PROCESSING)])
    ds.SourceImageSequence = Sequence([item])
    ds.ContributingEquipmentSequence = Sequence([contribution(algorithm)])
    ds.ContentQualification = "RESEARCH"
    ds.BurnedInAnnotation = "NO"
    ds.LossyImageCompression = header.lossy or "00"
    if header.lossy == "01":  # what was lost before us stays lost
        ds.LossyImageCompressionRatio = header.lossy_ratio or "1"
        ds.LossyImageCompressionMethod = header.lossy_method or "ISO_10918_1"
