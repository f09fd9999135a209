"""DICOM Segmentation, binary (PS3.3 A.51): written by highdicom, read here on the grid of the images."""

from __future__ import annotations

from collections.abc import Sequence as SequenceOf
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from app.dicom.read.header import Header
from app.dicom.read.objects.cielab import recommended_color
from app.dicom.read.objects.opening import object_header
from app.dicom.read.prescan import NATIVE, Prescan
from app.dicom.read.source_header import SourceHeader, SourceImage
from app.dicom.write.codes import code_from_item, code_to_pydicom
from app.dicom.write.composite import (
    CT_IMAGE,
    MANUFACTURER,
    MODEL,
    SERIAL,
    UTF8,
    contribution,
    decimal,
    evidence,
    put_patient_and_study,
    save,
    software_version,
)
from app.dicom.write.derived_series import refuse_identity, source_key
from app.domain.geometry import Grid
from app.domain.provenance import Algorithm, derived_uid, digest_of
from app.domain.segmentation import Segment, Segmentation
from app.domain.study import SeriesUid, SopUid
from app.errors import BadInput
from app.jobs import never_cancelled
from app.jobs.runner import Cancelling
from app.processes.limits import MAX_DECODED_BYTES, mebibytes
from app.processes.pool import Pool

SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4"
_SERIES_OFFSET = 9500
_ON_GRID = 0.05  # of a voxel


def segmentation_series_uid(
    source_sop_uids: SequenceOf[str], made_by: SequenceOf[str], source_frames: SequenceOf[int] = ()
) -> str:
    """The Series Instance UID of a segmentation: the same sources and the same method give the same."""
    return derived_uid("segmentation-series", *source_key(source_sop_uids, source_frames), *made_by)


def write_segmentation(
    path: Path,
    segmentation: Segmentation,
    header: SourceHeader,
    algorithm: Algorithm | None = None,
    *,
    description: str,
    label: str = "SEGMENTATION",
) -> str:
    """Write a binary SEG of the labels; returns its SOP Instance UID.

    `algorithm` made the segments that name none themselves; segments without any were drawn by a person
    (MANUAL). Slices without a source image hold no labels. UIDs come from the sources and the method, and
    for drawn segments from the labels.
    """
    import highdicom as hd  # not when the window starts

    refuse_identity(f"{description} {label}", header)
    slices = [s for s, uid in enumerate(segmentation.source_sop_uids) if uid]
    expected = segmentation.grid.shape[0]
    if len(segmentation.source_sop_uids) != expected or not slices:
        raise BadInput(
            "The segmentation names {found} source images for {expected} slices.",
            found=len(slices),
            expected=expected,
        )
    present = set(np.unique(segmentation.labels).tolist()) - {0}
    segments = sorted(segmentation.segments, key=lambda s: s.number)
    if not present:
        raise BadInput("The segmentation is empty: no voxel has a label.")
    if missing := present - {s.number for s in segments}:
        raise BadInput("Label {number} of the segmentation has no description.", number=min(missing))
    images = [header.image(segmentation.source_sop_uids[s]) for s in slices]
    key = (
        algorithm.key()
        if algorithm is not None
        else ("manual", digest_of([segmentation.labels.tobytes().hex()]))
    )
    series_uid = segmentation_series_uid(segmentation.source_sop_uids, key, segmentation.source_frames)
    sop_uid = derived_uid("segmentation", series_uid)
    renumbered = _consecutive(segmentation.labels[slices], [s.number for s in segments])
    frames = {}
    if segmentation.source_frames:
        frames = {
            derived_uid("frame", images[n].sop_uid, str(s)): (images[n], segmentation.source_frames[s])
            for n, s in enumerate(slices)
        }
        images = [
            frame_as_image(uid, *told, segmentation.grid, s)
            for (uid, told), s in zip(frames.items(), slices, strict=True)
        ]
        # the header of a multi-frame object has no thickness at its top
        header = replace(
            header, slice_thickness=header.slice_thickness or decimal(segmentation.grid.spacing_mm[0])
        )
    ds: Dataset = hd.seg.Segmentation(
        list(evidence(header, images)),
        renumbered,
        hd.seg.SegmentationTypeValues.BINARY,
        [_description(i, s, s.algorithm or algorithm, sop_uid) for i, s in enumerate(segments, 1)],
        series_instance_uid=series_uid,
        series_number=_SERIES_OFFSET + int(header.series_number or 0) % 400,
        sop_instance_uid=sop_uid,
        instance_number=1,
        manufacturer=MANUFACTURER,
        manufacturer_model_name=MODEL,
        software_versions=software_version(),
        device_serial_number=SERIAL,
        content_description=description[:64],
        content_label=label[:16].upper(),
        omit_empty_frames=True,
    )
    name_frames(ds, frames)
    settle(ds, header, sop_uid)
    ds.SeriesDescription = (f"[AI] {description}" if algorithm is not None else description)[:64]
    ds.ContributingEquipmentSequence = Sequence([contribution(algorithm)])
    save(path, ds)
    return sop_uid


def frame_as_image(uid: str, image: SourceImage, number: int, grid: Grid, s: int) -> SourceImage:
    """A frame of an object as if it were an image of its own, which is what highdicom takes."""
    (a, b, c), (d, e, f) = grid.axes[2], grid.axes[1]
    x, y, z = (float(v) for v in grid.to_lps((s, 0, 0)))
    return replace(
        image,
        sop_class_uid=CT_IMAGE,
        sop_uid=uid,
        number=number,
        frames=1,
        position_mm=(x, y, z),
        orientation=(a, b, c, d, e, f),
        spacing_mm=(grid.spacing_mm[1], grid.spacing_mm[2]),
    )


def name_frames(ds: Dataset, frames: dict[str, tuple[SourceImage, int]]) -> None:
    """References to frames that stood in as images become references to the object and its frame."""
    if not frames:
        return
    for series in ds.get("ReferencedSeriesSequence", []):
        whole = {}
        for item in series.get("ReferencedInstanceSequence", []):
            image, _ = frames[item.ReferencedSOPInstanceUID]
            item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = image.sop_class_uid, image.sop_uid
            whole[image.sop_uid] = item
        series.ReferencedInstanceSequence = Sequence(list(whole.values()))
    for group in ds.PerFrameFunctionalGroupsSequence:
        for derivation in group.get("DerivationImageSequence", []):
            for item in derivation.SourceImageSequence:
                if item.ReferencedSOPInstanceUID not in frames:
                    continue  # an item that several frames share
                image, number = frames[item.ReferencedSOPInstanceUID]
                item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = image.sop_class_uid, image.sop_uid
                item.ReferencedFrameNumber = number


def _consecutive(labels: NDArray[np.uint8], numbers: list[int]) -> NDArray[np.uint8]:
    """Segment numbers are 1, 2, 3 … in the object."""
    table = np.zeros(256, np.uint8)
    for new, old in enumerate(numbers, 1):
        table[old] = new
    return np.asarray(table[labels])


def _description(number: int, segment: Segment, algorithm: Algorithm | None, sop_uid: str) -> Any:
    import highdicom as hd

    return hd.seg.SegmentDescription(
        number,
        segment.label[:64],
        code_to_pydicom(segment.category),
        code_to_pydicom(segment.type),
        hd.seg.SegmentAlgorithmTypeValues.MANUAL
        if algorithm is None
        else hd.seg.SegmentAlgorithmTypeValues.AUTOMATIC,
        algorithm_identification=None if algorithm is None else identification_of(algorithm),
        tracking_uid=derived_uid("segment", sop_uid, str(number)),
        tracking_id=segment.label[:64],
        display_color=hd.color.CIELabColor.from_rgb(*segment.color),
    )


def identification_of(algorithm: Algorithm) -> Any:
    """Segmentation Algorithm Identification (PS3.3 10.16) of a program, with its parameters."""
    from highdicom import AlgorithmIdentificationSequence

    parameters = dict(algorithm.parameters)
    parameters["method"] = algorithm.method_id
    if algorithm.weights_sha256:
        parameters["weights_sha256"] = algorithm.weights_sha256
    if algorithm.backend:
        parameters["run"] = f"{algorithm.backend} {algorithm.device_class} {algorithm.precision}"
    return AlgorithmIdentificationSequence(
        name=algorithm.name[:64],
        family=code_to_pydicom(algorithm.family),
        version=algorithm.version[:64],
        source=MODEL,
        parameters=parameters,
    )


def settle(ds: Dataset, header: SourceHeader, sop_uid: str) -> None:
    """Dates of the sources instead of the clock's, and UIDs that are derived, not random."""
    ds.SpecificCharacterSet = UTF8
    put_patient_and_study(ds, header)
    first = header.images[0]
    ds.SeriesDate, ds.SeriesTime = (
        header.series_date or header.study_date,
        header.series_time or header.study_time,
    )
    ds.ContentDate = first.content_date or header.study_date or "19000101"
    ds.ContentTime = first.content_time or header.study_time or "000000"
    for keyword in ("InstanceCreationDate", "InstanceCreationTime", "InstanceCreatorUID"):
        if keyword in ds:
            delattr(ds, keyword)
    organization = derived_uid("dimensions", sop_uid)
    for item in [*ds.DimensionOrganizationSequence, *ds.DimensionIndexSequence]:
        item.DimensionOrganizationUID = organization
    ds.ContentCreatorName = f"{MODEL}^"
    if header.body_part:
        ds.BodyPartExamined = header.body_part


def read_segmentation(
    path: Path, grid: Grid, *, parsers: Pool, cancelled: Cancelling = never_cancelled
) -> Segmentation:
    """Read a binary SEG in a bounded child onto `grid`; `BadInput` where its frames do not lie on it."""
    return parsers.call(read_segmentation_here, path, grid, about=path.name, cancelled=cancelled)


def read_segmentation_here(path: Path, grid: Grid) -> Segmentation:
    """Runs in a bounded child."""
    name = path.name
    with object_header(path, name) as (header, found):
        return _read(header, found, grid, name)


def _read(header: Header, found: Prescan, grid: Grid, name: str) -> Segmentation:
    if header.uid(0x00080016) != SEGMENTATION or header.text(0x00620001) != "BINARY":
        raise BadInput("{name} is not a binary segmentation.", name=name)
    syntax = found.transfer_syntax
    if syntax not in NATIVE or found.pixel_offset is None or found.number(0x00280100) != 1:
        raise BadInput(
            "{name} holds its labels in a form that is not read (transfer syntax {syntax}).",
            name=name,
            syntax=syntax,
        )
    rows, columns = found.number(0x00280010), found.number(0x00280011)
    if (rows, columns) != grid.shape[1:]:
        raise BadInput(
            "{name} has {found} pixels, the images have {expected}.",
            name=name,
            found=f"{rows} × {columns}",
            expected=f"{grid.shape[1]} × {grid.shape[2]}",
        )
    if int(np.prod(grid.shape)) > MAX_DECODED_BYTES // 4:
        raise BadInput("The labels need more than {limit}.", limit=mebibytes(MAX_DECODED_BYTES // 4))
    segments = tuple(_segment(item) for item in header.items(0x00620002))
    labels = np.zeros(grid.shape, np.uint8)
    shared = next(iter(header.items(0x52009229)), None)
    for index, frame in enumerate(header.items(0x52009230)[: found.frames]):
        number = _segment_number(frame, shared)
        s = _slice_of(frame, grid, name)
        labels[s][_bits(found, index, rows, columns)] = number
    series = header.items(0x00081115)
    sources = _sources(header, grid)
    return Segmentation(
        grid,
        labels,
        segments,
        SeriesUid(series[0].uid(0x0020000E) if series else ""),
        sources,
        header.uid(0x00200052),
    )


def _bits(found: Prescan, index: int, rows: int, columns: int) -> NDArray[np.bool_]:
    """Mask of a frame; frames follow each other without padding, the first pixel in the lowest bit (PS3.5
    8.1.1).
    """
    count, offset = rows * columns, found.pixel_offset or 0
    first = index * count
    packed = np.frombuffer(found.data, np.uint8, (first + count + 7) // 8 - first // 8, offset + first // 8)
    bits = np.unpackbits(packed, bitorder="little")[first % 8 : first % 8 + count]
    return bits.astype(bool).reshape(rows, columns)


def _segment_number(frame: Header, shared: Header | None) -> int:
    for place in (frame, shared):
        items = place.items(0x0062000A) if place is not None else []
        if items and (number := items[0].short(0x0062000B)):
            return min(number, 255)
    return 1


def _slice_of(frame: Header, grid: Grid, name: str) -> int:
    items = frame.items(0x00209113)
    position = items[0].numbers(0x00200032) if items else ()
    if len(position) != 3:
        raise BadInput("{name} has a frame without a position.", name=name)
    s, row, column = grid.to_index(position)
    nearest = round(float(s))
    if max(abs(s - nearest), abs(row), abs(column)) > _ON_GRID or not 0 <= nearest < grid.shape[0]:
        off = _off_mm(grid, position, nearest)
        raise BadInput(
            "{name} does not lie on the images: a frame is off by {mm} mm.", name=name, mm=f"{off:.2f}"
        )
    return nearest


def _off_mm(grid: Grid, position: tuple[float, ...], nearest: int) -> float:
    return float(
        np.linalg.norm(np.asarray(position) - grid.to_lps((min(max(nearest, 0), grid.shape[0] - 1), 0, 0)))
    )


def _sources(header: Header, grid: Grid) -> tuple[SopUid, ...]:
    """Source image of each slice, from Derivation Image Sequence, empty where no frame tells it."""
    found = [""] * grid.shape[0]
    for frame in header.items(0x52009230):
        place = frame.items(0x00209113)
        derivation = frame.items(0x00089124)
        source = derivation[0].items(0x00082112) if derivation else []
        if place and source:
            s = round(float(grid.to_index(place[0].numbers(0x00200032))[0]))
            found[s] = source[0].uid(0x00081155)
    return tuple(SopUid(uid) for uid in found)


def _segment(item: Header) -> Segment:
    category, kind = item.items(0x00620003), item.items(0x0062000F)
    return Segment(
        min(item.short(0x00620004) or 1, 255),
        item.text(0x00620005),
        code_from_item(category[0].dataset),
        code_from_item(kind[0].dataset),
        recommended_color(item, 0x0062000D) or (255, 255, 0),
        _algorithm(item),
    )


def _algorithm(item: Header) -> Algorithm | None:
    if item.text(0x00620008) == "MANUAL":
        return None
    identified = item.items(0x00620007)
    if not identified:
        return None
    one = identified[0]
    pairs = [part.split("=", 1) for part in one.text(0x00660032).split(",") if "=" in part]
    named = {name.strip(): value.strip() for name, value in pairs}
    run = named.pop("run", "").split()
    backend, device, precision = run if len(run) == 3 else ("", "cpu", "f32")
    weights, method = named.pop("weights_sha256", ""), named.pop("method", "")
    return Algorithm(
        method,
        one.text(0x00660036),
        one.text(0x00660031),
        code_from_item(one.items(0x0066002F)[0].dataset),
        weights,
        tuple(named.items()),
        backend,
        device,
        precision,
    )
