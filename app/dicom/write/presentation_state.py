"""Softcopy presentation states, grayscale, colour and in false colours (PS3.3 A.33.1 to A.33.3), as
`read_presentation` reads them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from collections.abc import Sequence as SequenceOf
from dataclasses import replace
from datetime import datetime
from functools import cache
from importlib.resources import files
from pathlib import Path

import highdicom as hd
import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from app.dicom.read.source_header import SourceHeader
from app.dicom.write.composite import composite, contribution, decimal, person_name, put_equipment, save
from app.dicom.write.encapsulated import clock, day
from app.dicom.write.sr_document import find_image, first_source
from app.domain.frame import Shutter
from app.domain.layers import (
    Annotation,
    DisplayedArea,
    GraphicObject,
    ImageReference,
    PresentationState,
    Rgb,
    SoftcopyVoi,
    TextObject,
)
from app.domain.overlay import OverlayPlane
from app.domain.pixel import LookupTable, Rescale
from app.domain.presentation import VoiFunction, Window
from app.domain.provenance import derived_uid
from app.errors import BadInput

GRAYSCALE_STATE, COLOR_STATE, PSEUDO_COLOR_STATE = (f"1.2.840.10008.5.1.4.1.1.11.{n}" for n in (1, 2, 3))
_WHITE = 65535
#: of an overlay plane that has none of its own
_OVERLAY_LAYER = "OVERLAYS"


def write_presentation(
    path: Path,
    state: PresentationState,
    sources: SequenceOf[SourceHeader],
    *,
    label: str,
    made_at: datetime,
    series_uid: str,
    series_number: int,
    number: int = 1,
) -> str:
    """Write a state for images of `sources`; returns its SOP Instance UID.

    `label` is its Content Label, capitals, digits, blanks and underlines, 16 at most.  Raises `BadInput`
    where the state names no image, or one that is not in the sources.
    """
    if not state.reference.images:
        raise BadInput("The presentation state names no image.")
    sop_uid = derived_uid("presentation-state", series_uid, str(number))
    kind = PSEUDO_COLOR_STATE if state.palette else GRAYSCALE_STATE if state.is_grey else COLOR_STATE
    header = first_source(sources)
    ds = composite(header, sop_class_uid=kind, sop_uid=sop_uid)
    ds.Laterality = header.laterality  # Type 2C: of paired parts of the body
    put_equipment(ds)
    _put_identification(ds, state, label, made_at, number)
    ds.SeriesInstanceUID, ds.SeriesNumber = series_uid, series_number
    ds.SeriesDate, ds.SeriesTime = day(made_at), clock(made_at)
    ds.SeriesDescription = (state.description or label)[:64]
    ds.ReferencedSeriesSequence = Sequence(_series(state.reference.images, sources))
    ds.DisplayedAreaSelectionSequence = Sequence([_area(one) for one in state.areas])
    if state.turns or state.flipped:
        # the object turns first and flips then
        ds.ImageRotation = 90 * (-state.turns % 4 if state.flipped else state.turns)
        ds.ImageHorizontalFlip = "Y" if state.flipped else "N"
    _put_annotations(ds, state)
    _put_shutter(ds, state)
    if state.is_grey:
        _put_grey(ds, state)
    if state.palette or not state.is_grey:
        ds.ICCProfile = _srgb()
        ds.ColorSpace = "SRGB"
    ds.ContributingEquipmentSequence = Sequence([contribution(None)])
    save(path, ds)
    return sop_uid


def _put_identification(
    ds: Dataset, state: PresentationState, label: str, made_at: datetime, number: int
) -> None:
    ds.Modality = "PR"
    ds.InstanceNumber = number
    ds.ContentLabel = label
    ds.ContentDescription = state.description[:64] or None
    ds.PresentationCreationDate, ds.PresentationCreationTime = day(made_at), clock(made_at)
    ds.ContentCreatorName = person_name(state.creator)


# -- what it names ----------------------------------------------------------------------------------------


def _series(images: Iterable[ImageReference], sources: SequenceOf[SourceHeader]) -> Iterator[Dataset]:
    by_series: dict[str, list[ImageReference]] = defaultdict(list)
    for image in images:
        by_series[find_image(sources, image.sop_uid)[0].series_uid].append(image)
    for uid, named in by_series.items():
        item = Dataset()
        item.SeriesInstanceUID = uid
        item.ReferencedImageSequence = _images(named)
        yield item


def _images(images: Iterable[ImageReference]) -> Sequence:
    made = []
    for image in images:
        item = Dataset()
        item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = image.sop_class_uid, image.sop_uid
        if image.frames:
            item.ReferencedFrameNumber = list(image.frames)
        made.append(item)
    return Sequence(made)


def _area(area: DisplayedArea) -> Dataset:
    item = Dataset()
    if area.images:
        item.ReferencedImageSequence = _images(area.images)
    item.DisplayedAreaTopLeftHandCorner = list(area.upper_left)
    item.DisplayedAreaBottomRightHandCorner = list(area.lower_right)
    item.PresentationSizeMode = area.mode
    if area.spacing_mm is not None:
        item.PresentationPixelSpacing = [decimal(mm) for mm in area.spacing_mm]
    else:
        item.PresentationPixelAspectRatio = list(area.aspect)
    if area.magnification is not None:
        item.PresentationPixelMagnificationRatio = area.magnification
    return item


# -- what it draws ----------------------------------------------------------------------------------------


def _put_annotations(ds: Dataset, state: PresentationState) -> None:
    colors = {one.layer: one.color for one in state.annotations}
    if state.active_groups:
        colors.setdefault(_OVERLAY_LAYER, None)
        for group in sorted(state.active_groups):
            ds.add_new((group, 0x1001), "CS", _OVERLAY_LAYER)
    if state.annotations:
        ds.GraphicAnnotationSequence = Sequence([_annotation(one) for one in state.annotations])
    if colors:
        ds.GraphicLayerSequence = Sequence(
            [_layer(name, order, color) for order, (name, color) in enumerate(colors.items(), 1)]
        )


def _layer(name: str, order: int, color: Rgb | None) -> Dataset:
    wanted = hd.color.CIELabColor.from_rgb(*color) if color is not None else None
    item: Dataset = hd.pr.GraphicLayer(name, order, display_color=wanted)
    if color is not None:
        red, green, blue = color
        item.GraphicLayerRecommendedDisplayGrayscaleValue = round(
            (0.299 * red + 0.587 * green + 0.114 * blue) / 255 * _WHITE
        )
    return item


def _annotation(annotation: Annotation) -> Dataset:
    item = Dataset()
    if annotation.images:
        item.ReferencedImageSequence = _images(annotation.images)
    item.GraphicLayer = annotation.layer
    if annotation.texts:
        item.TextObjectSequence = Sequence([_text(one) for one in annotation.texts])
    if annotation.graphics:
        item.GraphicObjectSequence = Sequence([_graphic(one) for one in annotation.graphics])
    return item


def _graphic(graphic: GraphicObject) -> Dataset:
    made: Dataset = hd.pr.GraphicObject(
        graphic.kind.value,
        np.array(graphic.points, dtype=np.float32),
        graphic.units.value,
        is_filled=graphic.filled,
        tracking_id=(graphic.label or graphic.tracking_uid) if graphic.tracking_uid else None,
        tracking_uid=graphic.tracking_uid or None,
    )
    if graphic.kind.value == "POINT":  # Type 1C: of what encloses an area
        del made.GraphicFilled
    return made


def _text(text: TextObject) -> Dataset:
    box = (*text.box[0], *text.box[1]) if text.box is not None else None
    made: Dataset = hd.pr.TextObject(
        text.text.replace("\n", "\r\n"),
        (text.box_units if box is not None else text.anchor_units).value,
        bounding_box=box,
        anchor_point=text.anchor,
        text_justification=text.justification,
        anchor_point_visible=text.shows_anchor,
        tracking_id=(text.label or text.tracking_uid) if text.tracking_uid else None,
        tracking_uid=text.tracking_uid or None,
    )
    if text.anchor is not None:
        made.AnchorPointAnnotationUnits = text.anchor_units.value
    return made


# -- what it covers ---------------------------------------------------------------------------------------


def _put_shutter(ds: Dataset, state: PresentationState) -> None:
    shapes = list(_shutter_shapes(ds, state.shutter)) if state.shutter is not None else []
    if state.bitmap_shutter is not None:
        shapes.append("BITMAP")
        ds.ShutterOverlayGroup = state.bitmap_shutter.group
        _put_plane(ds, state.bitmap_shutter)
    if not shapes:
        return
    ds.ShutterShape = shapes
    ds.ShutterPresentationValue = round(state.shutter_grey * _WHITE)
    if state.shutter_color is not None:
        ds.ShutterPresentationColorCIELabValue = list(
            hd.color.CIELabColor.from_rgb(*state.shutter_color).value
        )


def _shutter_shapes(ds: Dataset, shutter: Shutter) -> Iterator[str]:
    if shutter.rectangle is not None:
        left, right, upper, lower = shutter.rectangle
        ds.ShutterLeftVerticalEdge, ds.ShutterRightVerticalEdge = left, right
        ds.ShutterUpperHorizontalEdge, ds.ShutterLowerHorizontalEdge = upper, lower
        yield "RECTANGULAR"
    if shutter.circle is not None:
        row, column, radius = shutter.circle
        ds.CenterOfCircularShutter, ds.RadiusOfCircularShutter = [row, column], radius
        yield "CIRCULAR"
    if shutter.polygon:
        ds.VerticesOfThePolygonalShutter = [value for corner in shutter.polygon for value in corner]
        yield "POLYGONAL"


def _put_plane(ds: Dataset, plane: OverlayPlane) -> None:
    data = plane.data.tobytes()
    for element, vr, value in (
        (0x0010, "US", plane.shape[0]),
        (0x0011, "US", plane.shape[1]),
        (0x0040, "CS", plane.kind),
        (0x0050, "SS", list(plane.origin)),
        (0x0100, "US", 1),
        (0x0102, "US", 0),
        (0x3000, "OW", data + b"\0" * (len(data) % 2)),
    ):
        ds.add_new((plane.group, element), vr, value)


# -- how values become grey -------------------------------------------------------------------------------


def _put_grey(ds: Dataset, state: PresentationState) -> None:
    match state.modality:
        case Rescale(slope=slope, intercept=intercept):
            ds.RescaleSlope, ds.RescaleIntercept = decimal(slope), decimal(intercept)
            ds.RescaleType = state.value_type or "US"
        case LookupTable() as table:
            item = _table(replace(table, bits=8 if table.bits <= 8 else 16))  # others are not allowed here
            item.ModalityLUTType = state.value_type or "US"
            ds.ModalityLUTSequence = Sequence([item])
    if state.voi:
        ds.SoftcopyVOILUTSequence = Sequence([_voi(one) for one in state.voi])
    if state.palette:
        _put_palette(ds, state.palette)
    elif state.presentation_lut is not None:
        ds.PresentationLUTSequence = Sequence([_table(state.presentation_lut)])
    else:
        ds.PresentationLUTShape = "INVERSE" if state.inverse else "IDENTITY"


def _put_palette(ds: Dataset, palette: bytes) -> None:
    """Palette Color LUT (PS3.3 C.7.9), with words whose high and low byte are the same."""
    rgb = np.frombuffer(palette, np.uint8).reshape(-1, 3)
    for channel in range(3):
        ds.add_new(0x00281101 + channel, "US", [len(rgb) % 65536, 0, 16])
        ds.add_new(0x00281201 + channel, "OW", (rgb[:, channel].astype("<u2") * 257).tobytes())


def _voi(voi: SoftcopyVoi) -> Dataset:
    item = Dataset()
    if voi.images:
        item.ReferencedImageSequence = _images(voi.images)
    windows = [one for one in voi.transforms if isinstance(one, Window)]
    if windows:
        item.WindowCenter = [decimal(one.centre) for one in windows]
        item.WindowWidth = [decimal(one.width) for one in windows]
        if any(one.label for one in windows):
            item.WindowCenterWidthExplanation = [one.label[:64] for one in windows]
        if windows[0].function is not VoiFunction.LINEAR or windows[0].width < 1:
            function = windows[0].function
            item.VOILUTFunction = (
                VoiFunction.LINEAR_EXACT if function is VoiFunction.LINEAR else function
            ).value
    tables = [_table(_of_16_bits(one)) for one in voi.transforms if isinstance(one, LookupTable)]
    if tables:
        item.VOILUTSequence = Sequence(tables)
    return item


def _of_16_bits(table: LookupTable) -> LookupTable:
    """The same greys; entries of a softcopy VOI LUT have 8 or 16 bits (PS3.3 C.11.8)."""
    if table.bits in (8, 16):
        return table
    entries = np.rint(table.entries.astype(np.float64) * (_WHITE / ((1 << table.bits) - 1)))
    return replace(table, bits=16, data=np.clip(entries, 0, _WHITE).astype("<u2").tobytes())


def _table(table: LookupTable) -> Dataset:
    item = Dataset()
    first = table.first_mapped
    count = len(table.entries) % 65536  # 0 stands for 65536
    item.add_new(0x00283002, "SS" if first < 0 else "US", [count, first, table.bits])
    if table.explanation:
        item.LUTExplanation = table.explanation[:64]
    item.add_new(0x00283006, "OW", table.data)
    return item


@cache
def _srgb() -> bytes:
    """An sRGB profile (PS3.3 C.11.15)."""
    return (files("highdicom") / "_icc_profiles" / "sRGB_v4_ICC_preference.icc").read_bytes()
