"""Objects of the archive that are no images, opened as what they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from app.dicom.read.objects.encapsulated import draw_pdf_page
from app.dicom.read.objects.loader import ObjectLoaders
from app.dicom.read.objects.report_marks import read_report_marks
from app.dicom.read.objects.summary import LayerSummary
from app.dicom.read.overlays import read_overlays
from app.domain.contour_cuts import PlacedContours
from app.domain.display_set import DisplaySet
from app.domain.document import Page, PagePicture, PdfDocument
from app.domain.frame import FrameKey
from app.domain.frame_masks import labels_on_frames
from app.domain.geometry import Grid
from app.domain.label_image import MOST_LABELS, label_image
from app.domain.layers import SegmentationImage, SpatialReference, StructureSet
from app.domain.object_kind import ObjectKind, object_kind
from app.domain.overlay import OverlayPlane
from app.domain.person import Actor
from app.domain.report_marks import ReportMarks
from app.domain.resampled_masks import require_overlap, resampled
from app.domain.segmentation import Segment, Segmentation, StackSegmentation
from app.domain.study import Instance, SeriesUid, SopUid
from app.domain.waveform import Waveform
from app.errors import BadInput, NotFound, Refused, UserError
from app.i18n import tr
from app.people.rights import READ, require
from app.ports import Archive
from app.processes.dicom import DicomProcesses

T = TypeVar("T")
#: what a person gets to see
Opened = Page | PdfDocument | Waveform


@dataclass(frozen=True, slots=True)
class ObjectEntry:
    """An object of a series that is no image."""

    series_uid: SeriesUid
    sop_uid: SopUid
    kind: ObjectKind
    number: int | None = None


@dataclass(frozen=True, slots=True)
class LayerEntry:
    """A layer that can be shown over images; of segments those from `first` on, at most 255 at a time."""

    entry: ObjectEntry
    title: str
    count: int
    first: int = 0

    @property
    def last(self) -> int:
        """Where the next part begins."""
        return min(self.first + MOST_LABELS, self.count)


class ObjectService:
    """Reading needs the right to read; every file is parsed in a bounded child."""

    def __init__(self, archive: Archive, dicom: DicomProcesses, loaders: ObjectLoaders) -> None:
        self._archive = archive
        self._loaders = loaders
        self._parsers = dicom.parsers

    def entries(self, actor: Actor, series_uid: str) -> tuple[ObjectEntry, ...]:
        """The objects of a series that are no images, in their order."""
        require(actor, READ)
        found = self._archive.instances(actor, series_uid)
        return tuple(_entry(one) for one in found if is_object(one))

    def read(self, actor: Actor, entry: ObjectEntry) -> Any:
        """The data of an object: a layer, a structured document, a page, a PDF, a waveform.

        Raises `Refused` for raw data and spectra, `BadInput` with the reason for what cannot be read.
        """
        require(actor, READ)
        loader = self._loaders.of(entry.kind)
        if loader is None:
            raise Refused("{kind} cannot be opened.", kind=tr(entry.kind))
        return self._call(actor, entry, loader.read)

    def open(self, actor: Actor, entry: ObjectEntry) -> Opened:
        """An object as a person reads it: pages, a PDF, curves."""
        found, loader = self.read(actor, entry), self._loaders.of(entry.kind)
        if loader is not None and loader.page is not None:
            return loader.page(found, partial(self._here, actor, entry))
        opened: Opened = found
        return opened

    def _here(self, actor: Actor, entry: ObjectEntry, reference: SpatialReference) -> int:
        """How many of the images that an object names are in its study."""
        study_uid = self._archive.one_series(actor, entry.series_uid).study_uid
        series = {one.series_uid for one in self._archive.series(actor, study_uid)}
        named = {image.sop_uid for image in reference.images}
        return len(
            named.intersection(
                one.sop_uid
                for uid in reference.series_uids
                if uid in series
                for one in self._archive.instances(actor, uid)
            )
        )

    def page_picture(self, actor: Actor, entry: ObjectEntry, number: int, width_px: int) -> PagePicture:
        """A page (from 0) of a PDF, so many pixels wide."""
        require(actor, READ)
        return self._call(actor, entry, draw_pdf_page, number, width_px)

    def layers_for(self, actor: Actor, study_uid: str, display_set: DisplaySet) -> tuple[LayerEntry, ...]:
        """What objects of the study can be shown over a display set; what cannot be read is left out."""
        require(actor, READ)
        frame_of_reference = display_set.frames[0].frame_of_reference_uid
        sop_uids = frozenset(frame.sop_uid for frame in display_set.frames)
        found: list[LayerEntry] = []
        for entry, read_summary in self._layer_entries(actor, study_uid):
            try:
                summary = self._call(actor, entry, read_summary)
            except UserError:
                continue  # it tells its reason when it is opened itself
            if summary is not None and summary.reference.covers(
                frame_of_reference_uid=frame_of_reference,
                series_uid=display_set.series_uid,
                sop_uids=sop_uids,
            ):
                title = summary.title or tr(entry.kind)
                found += _parts(entry, title, summary.count)
        return tuple(found)

    def labels_over(self, actor: Actor, layer: LayerEntry, grid: Grid) -> Segmentation:
        """The segments of a layer on the grid of the images; `BadInput` where none of them lies on it."""
        found = self._segments(actor, layer)
        return label_image(
            _label_parts(found, layer, grid),
            grid,
            source_series_uid=layer.entry.series_uid,
            frame_of_reference_uid=found.reference.frame_of_reference_uid,
        )

    def labels_on_frames(self, actor: Actor, layer: LayerEntry, display_set: DisplaySet) -> StackSegmentation:
        """The segments of a layer on single images; `BadInput` where none of them lies on one."""
        found = self._segments(actor, layer)
        return labels_on_frames(found, found.masks[layer.first : layer.last], display_set.frames)

    def contours(self, actor: Actor, layer: LayerEntry) -> PlacedContours:
        """The structures of a layer."""
        found = self.read(actor, layer.entry)
        if not isinstance(found, StructureSet):
            raise BadInput("“{title}” holds no contours.", title=layer.title)
        return PlacedContours(found.structures)

    def report_marks(self, actor: Actor, layer: LayerEntry) -> ReportMarks:
        """The marks of a structured report or key object selection."""
        require(actor, READ)
        return self._call(actor, layer.entry, read_report_marks)

    def _segments(self, actor: Actor, layer: LayerEntry) -> SegmentationImage:
        found = self.read(actor, layer.entry)
        if not isinstance(found, SegmentationImage):
            raise BadInput("“{title}” holds no segments.", title=layer.title)
        return found

    def overlay_planes(
        self, actor: Actor, display_set: DisplaySet, first: int
    ) -> Iterator[dict[FrameKey, tuple[OverlayPlane, ...]]]:
        """Overlay planes of a display set's frames, object by object from the frame `first` outwards.

        An object whose planes cannot be read is left out: its pixels tell the reason.
        """
        require(actor, READ)
        wanted: dict[tuple[str, SopUid], list[int]] = {}
        places = sorted(range(len(display_set.frames)), key=lambda place: abs(place - first))
        for frame in (display_set.frames[place] for place in places):
            if frame.has_overlays and not frame.tiles:
                wanted.setdefault((frame.sha256, frame.sop_uid), []).append(frame.index)
        for (sha256, sop_uid), indices in wanted.items():
            try:
                with self._archive.lease(sha256) as path:
                    name = tr("Overlay planes")
                    found = self._parsers.call(read_overlays, path, name, tuple(indices), about=name)
            except UserError:
                continue
            yield {(sop_uid, index): planes for index, planes in found.items()}

    def _layer_entries(
        self, actor: Actor, study_uid: str
    ) -> Iterator[tuple[ObjectEntry, Callable[[Path, str], LayerSummary | None]]]:
        """Objects of the kinds that lie over images, with what tells more of each."""
        for series in self._archive.series(actor, study_uid):
            for entry in self.entries(actor, series.series_uid):
                loader = self._loaders.of(entry.kind)
                if loader is not None and loader.summary is not None:
                    yield entry, loader.summary

    def _call(self, actor: Actor, entry: ObjectEntry, work: Callable[..., T], *args: Any) -> T:
        digest = next(
            (
                one.sha256
                for one in self._archive.instances(actor, entry.series_uid)
                if one.sop_uid == entry.sop_uid
            ),
            None,
        )
        if digest is None:
            raise NotFound("The archive has no object {uid}.", uid=entry.sop_uid)
        name = f"{tr(entry.kind)} {entry.number if entry.number is not None else ''}".strip()
        with self._archive.lease(digest) as path:
            return self._parsers.call(work, path, name, *args, about=name)


def is_object(instance: Instance) -> bool:
    """It is no image: it has no rows, or holds pixels that are not meant to be looked at."""
    return not instance.rows or object_kind(instance.sop_class_uid) is not ObjectKind.ATTRIBUTES


def _entry(instance: Instance) -> ObjectEntry:
    kind = object_kind(instance.sop_class_uid)
    return ObjectEntry(instance.series_uid, instance.sop_uid, kind, instance.number)


def _parts(entry: ObjectEntry, title: str, count: int) -> Iterator[LayerEntry]:
    if entry.kind is not ObjectKind.SEGMENTATION:
        yield LayerEntry(entry, title, count)
        return
    for first in range(0, max(1, count), MOST_LABELS):
        yield LayerEntry(entry, title, count, first)


def _label_parts(
    found: SegmentationImage, layer: LayerEntry, grid: Grid
) -> Iterator[tuple[Segment, NDArray[np.uint8]]]:
    if found.planes is None:
        raise BadInput("“{title}” does not say where it lies in the patient.", title=layer.title)
    masks = [mask for mask in found.masks[layer.first : layer.last] if all(mask.shape)]
    beside = 0
    for mask in masks:
        try:
            require_overlap(mask, found.planes, grid)
        except BadInput:
            beside += 1
            if beside == len(masks):
                raise
            continue
        yield mask.segment, resampled(mask, found.planes, grid)
