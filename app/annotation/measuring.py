"""Drawn shapes become measurements: values, label, anchor; and measurements become the lines beside them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from app.annotation.measured_regions import MeasuredRegions
from app.domain.anchor import Anchor, FrameAnchor
from app.domain.display_set import TranslatableText
from app.domain.geometry import Point3, PointPx
from app.domain.image import Image
from app.domain.measurement import MeasuredValue, Measurement
from app.domain.provenance import ReviewState
from app.domain.quantity import Quantity
from app.domain.roi import Roi, RoiKind
from app.domain.volume import Volume
from app.errors import Refused
from app.viewing.anchors import place_of, screen_anchor
from app.viewing.layers import ShapeAnnotation
from app.viewing.mark_places import image_points
from app.viewing.screen import Drawn, Reshaped, Viewport
from app.viewing.shapes import ShapeTypes
from app.viewing.shapes.concepts import quantity_of, value_unit
from app.viewing.shapes.distribution import Distribution, distribution
from app.viewing.shapes.lesion import lean_uptake, liver_reference
from app.viewing.shapes.shape import LiverReference, Shape, mapped_only
from app.viewing.shown_image import ShownImage, image_at
from app.viewing.told_image import quantity_shown, scales_of, told_image


def make_measurement(
    viewport: Viewport, drawn: Drawn, *, made_by: str, at: datetime, known: Sequence[Measurement] = ()
) -> Measurement:
    """A new measurement of a shape drawn on a viewport's images, with the next free label (L1, E2, P1); of an
    arrow and a note its words are the label.
    """
    shown = _drawn_on(viewport, drawn.anchor)
    return Measurement(
        tracking_uid=f"2.25.{uuid.uuid4().int}",
        label=drawn.words or _next_label(drawn.shape.letter, known),
        roi=Roi(drawn.shape.kind, drawn.points_mm, drawn.points_px),
        anchor=drawn.anchor,
        values=_measured(
            viewport, shown, drawn.shape, drawn.anchor, (drawn.points_px, drawn.points_mm), known
        ),
        made_by=made_by,
        made_at=at,
    )


def reshape(
    viewport: Viewport,
    measurement: Measurement,
    change: Reshaped,
    shape: Shape,
    *,
    at: datetime,
    known: Sequence[Measurement] = (),
) -> Measurement:
    """The measurement with its shape, of the type `shape`, moved and its values taken anew; tracking UID and
    label stay.
    """
    assert viewport.image is not None
    anchor = screen_anchor(measurement.anchor, viewport.image, measurement.roi.points_mm)
    if anchor is None:
        raise Refused("The shape is not on the images that are shown.")
    shown = _drawn_on(viewport, anchor)
    values = _measured(viewport, shown, shape, anchor, (change.points_px, change.points_mm), known)
    roi = Roi(measurement.roi.kind, change.points_mm, change.points_px)
    return replace(measurement, roi=roi, anchor=anchor, values=values, made_at=at)


def describe(measurement: Measurement, shapes: ShapeTypes) -> tuple[str, ...]:
    """Lines beside the shape: ``L1  8.4 mm``; mean, SD and area of an ellipse; value of a probe; the words
    of a note.
    """
    first, *rest = shapes.of(measurement.roi.kind).lines(measurement.values) or ("",)
    return (f"{measurement.label}  {first}".rstrip(), *rest)


def value_lines(measurement: Measurement, shapes: ShapeTypes) -> tuple[str, ...]:
    """What was measured, without the label where it stands above already."""
    lines = (line.removeprefix(measurement.label).strip() for line in describe(measurement, shapes))
    return tuple(line for line in lines if line)


def details(measurement: Measurement, shapes: ShapeTypes) -> tuple[str, ...]:
    """What was measured besides: extremes, median, percentiles and form of the values in a region."""
    return shapes.of(measurement.roi.kind).details(measurement.values)


def distribution_of(
    viewport: Viewport, measurement: Measurement, regions: MeasuredRegions
) -> Distribution | None:
    """How the values in a measurement's region are spread; None of what is no region, and while its image is
    not in the viewport or has not arrived.
    """
    kind, image = regions.shapes.of(measurement.roi.kind), viewport.image
    if isinstance(image, Volume) and measurement.roi.kind.is_volume:
        place = place_of(measurement.anchor, image)
        region = regions.region(image, place.further, measurement) if place is not None else None
        if region is None or place is None:
            return None
        quantity = quantity_of(measurement.values[0].unit) if measurement.values else image.quantity
        factor = image.uptake_factor(quantity) if image.quantity.is_uptake else None
        if factor is None:
            quantity, factor = image.quantity, 1.0
        inside = mapped_only(region.values(image.at(place.further)), image.mapped) * factor
        return distribution(inside, value_unit(quantity, image.mapped_unit)) if inside.size else None
    if image is None or not measurement.roi.kind.is_region:
        return None
    anchor = screen_anchor(measurement.anchor, image, measurement.roi.points_mm)
    place = place_of(anchor, image) if anchor is not None else None
    shown = image_at(viewport, place.view, place.further) if place is not None else None
    if shown is None or anchor is None:
        return None
    mark = ShapeAnnotation("", kind, anchor, measurement.roi.points_px, measurement.roi.points_mm)
    measured = told_image(viewport, shown)
    values = kind.values_of(measured, image_points(mark, shown.plane))
    return distribution(values, value_unit(measured.quantity, measured.unit)) if values.size else None


def why_other_uptake(viewport: Viewport, shape: Shape) -> TranslatableText | None:
    """Why a shape on PET is not told in the kind of uptake that was chosen, or of PERCIST by lean body mass;
    None where it is, and on other images.
    """
    image, wanted = viewport.image, viewport.uptake
    quantity = quantity_shown(viewport)
    if quantity is None or not quantity.is_uptake or not shape.measures_values:
        return None
    scales = scales_of(viewport)
    if shape.kind in (RoiKind.VOI_PERCIST, RoiKind.LIVER_REFERENCE):
        known = isinstance(image, Volume) and lean_uptake(wanted, image) is not None
        return None if known else scales.why_not(Quantity.SUV_LBM_JANMA)
    return None if wanted is quantity or scales.factor(wanted) is not None else scales.why_not(wanted)


def mark_of(
    measurement: Measurement,
    image: Image,
    shapes: ShapeTypes,
    *,
    selected: bool = False,
    locked: bool = False,
) -> ShapeAnnotation | None:
    """The measurement as the screen shows it on its image; None where the image cannot hold it."""
    anchor = screen_anchor(measurement.anchor, image, measurement.roi.points_mm)
    if anchor is None:
        return None
    return ShapeAnnotation(
        tracking_uid=measurement.tracking_uid,
        shape=shapes.of(measurement.roi.kind),
        anchor=anchor,
        points_px=measurement.roi.points_px if isinstance(anchor, FrameAnchor) else (),
        points_mm=measurement.roi.points_mm,
        lines=describe(measurement, shapes),
        selected=selected,
        unconfirmed=measurement.review is ReviewState.UNCONFIRMED,
        locked=locked,
    )


def _drawn_on(viewport: Viewport, anchor: Anchor) -> ShownImage:
    """The image that a shape lies on, though the viewport may have gone on to another one meanwhile (a
    cine).
    """
    place = place_of(anchor, viewport.image) if viewport.image is not None else None
    shown = image_at(viewport, place.view, place.further) if place is not None else None
    if shown is None:
        raise Refused("The shape is not on the images that are shown.")
    return shown


def _measured(
    viewport: Viewport,
    shown: ShownImage,
    shape: Shape,
    anchor: Anchor,
    points: tuple[tuple[PointPx, ...], tuple[Point3, ...]],
    known: Sequence[Measurement],
) -> tuple[MeasuredValue, ...]:
    on_image = image_points(ShapeAnnotation("", shape, anchor, *points), shown.plane)
    image = told_image(viewport, shown)
    if image.around is not None:
        around = replace(image.around, liver=_liver(image.around.volume, known))
        image = replace(image, around=around)
    return shape.measure(image, on_image)


def _liver(volume: Volume, known: Sequence[Measurement]) -> LiverReference | None:
    """The liver reference that was placed last in a volume's series."""
    here = (m for m in known if m.anchor.series_uid == volume.series_uid)
    livers = [m for m in here if m.roi.kind is RoiKind.LIVER_REFERENCE]
    return liver_reference(livers[-1].values) if livers else None


def _next_label(letter: str, known: Sequence[Measurement]) -> str:
    numbered = (m.label[1:] for m in known if m.label.startswith(letter) and not _is_level(m))
    used = [int(number) for number in numbered if number.isdigit()]
    return f"{letter}{max(used, default=0) + 1}"


def _is_level(measurement: Measurement) -> bool:
    """It is called L1 as the vertebra is."""
    return measurement.roi.kind is RoiKind.SPINE_LABEL
