"""Types of shapes: what they measure, how they are held; on slices and on single images."""

from __future__ import annotations

import math

import numpy as np
import pytest

from app.domain.geometry import PointPx
from app.domain.image import ImageStack
from app.domain.pixel import LookupTable, PixelSpacing, Rescale, SpacingSource
from app.domain.quantity import Quantity
from app.domain.volume import Volume
from app.errors import BadInput
from app.viewing.screen import SliceView, StackView, Viewport, ViewportId
from app.viewing.shapes.concepts import AREA, LENGTH, MEAN, MILLIMETRE, PIXEL, SD, SQUARE_PIXEL
from app.viewing.shapes.shape import Drawing, EllipseLine, MeasuredImage, Polyline, nearest_on
from app.viewing.shapes.words import concept_text
from app.viewing.shown_image import measured_image, shown_image
from tests.support.capabilities import SHAPES, shape
from tests.support.stacks import frame_of, stack_of
from tests.support.volumes import ball_volume, random_axes, volume_of
from tests.viewing.measured_kinds import uptake

RAMP = np.add.outer(np.arange(40) * 100, np.arange(60)).astype(np.uint16)  # 100·row + column


def _on_slice(volume: Volume, axis: int = 0, index: float = 3) -> MeasuredImage:
    viewport = Viewport(ViewportId("1"), image=volume, view=SliceView(axis, index))
    shown = shown_image(viewport)
    assert shown is not None
    return measured_image(viewport, shown)


def _on_frame(stack: ImageStack, index: int = 0) -> MeasuredImage:
    viewport = Viewport(ViewportId("1"), image=stack, view=StackView(index))
    shown = shown_image(viewport)
    assert shown is not None
    return measured_image(viewport, shown)


def _ramp(**facts: object) -> MeasuredImage:
    return _on_frame(stack_of([RAMP], [frame_of(RAMP, **facts)]))


def _values(shape_id: str, image: MeasuredImage, *points: PointPx) -> dict[str, float]:
    return {v.concept.value: v.value for v in shape(shape_id).measure(image, points)}


@pytest.mark.parametrize(("axis", "spacing"), [(0, (0.8, 0.5)), (1, (0.8, 2.0)), (2, (0.5, 2.0))])
def test_a_length_is_the_distance_in_the_patient(axis: int, spacing: tuple[float, float]) -> None:
    """3 and 4 pixels apart on each plane of a grid of 2 × 0.5 × 0.8 mm."""
    image = _on_slice(volume_of(np.zeros((12, 20, 30), np.int16), (2.0, 0.5, 0.8)), axis)
    found = _values("length", image, (1.0, 1.0), (4.0, 5.0))
    assert found[LENGTH.value] == pytest.approx(math.hypot(3 * spacing[0], 4 * spacing[1]))


def test_a_length_without_a_known_distance_is_pixels() -> None:
    """Never millimetres: also where the object tells a pixel ratio only (PS3.3 C.7.6.3.1.7)."""
    for spacing in (PixelSpacing(), PixelSpacing(aspect=(2.0, 1.0))):
        value = shape("length").measure(_ramp(spacing=spacing), ((1, 1), (4, 5)))[0]
        assert (value.value, value.unit) == (5.0, PIXEL)
    assert shape("length").lines([value]) == ("5 像素",)


def test_a_length_at_the_detector_is_millimetres() -> None:
    """Imager Pixel Spacing; that it is worth no more is said beside it (test_resolved)."""
    spacing = PixelSpacing((0.1, 0.1), SpacingSource.DETECTOR)
    value = shape("length").measure(_ramp(spacing=spacing), ((1, 1), (4, 5)))[0]
    assert (value.value, value.unit) == (pytest.approx(0.5), MILLIMETRE)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("axis", range(3))
def test_an_ellipse_takes_the_pixels_inside(seed: int, axis: int) -> None:
    """Against every pixel centre tested one by one in millimetres, on any grid."""
    rng = np.random.default_rng(seed)
    values = rng.integers(-900, 900, (14, 22, 26)).astype(np.int16)
    volume = volume_of(values, tuple(rng.uniform(0.5, 3, 3)), random_axes(seed))
    image = _on_slice(volume, axis, 5)
    sheet = image.plane.matrix
    centre, angle = sheet @ rng.uniform(8, 12, 2), rng.uniform(0, math.pi)
    a, b = rng.uniform(3, 6, 2)
    u, v = np.array((math.cos(angle), math.sin(angle))), np.array((-math.sin(angle), math.cos(angle)))
    ends = [centre - a * u, centre + a * u, centre - b * v, centre + b * v]
    points = tuple(tuple(np.linalg.solve(sheet, end)) for end in ends)
    found = _values("ellipse", image, *points)  # type: ignore[arg-type]
    assert image.values is not None
    inside = [
        float(image.values[r, c])
        for r, c in np.ndindex(image.values.shape)
        if ((p := sheet @ (c + 0.5, r + 0.5) - centre) @ u / a) ** 2 + (p @ v / b) ** 2 <= 1
    ]
    assert found[MEAN.value] == pytest.approx(np.mean(inside))
    assert found[SD.value] == pytest.approx(np.std(inside, ddof=1))
    assert found[AREA.value] == pytest.approx(math.pi * a * b)


def test_an_ellipse_on_a_single_image_measures_real_values() -> None:
    """Stored values go through the Modality LUT or the rescale; padding is no image and counts nowhere."""
    points = ((8.5, 10.5), (12.5, 10.5), (10.5, 8.5), (10.5, 12.5))
    plain = _values("ellipse", _ramp(), *points)
    assert plain[MEAN.value] == pytest.approx(1010)
    scaled = _values("ellipse", _ramp(transform=Rescale(0.5, -100)), *points)
    assert scaled[MEAN.value] == pytest.approx(405)
    table = LookupTable(0, 16, np.full(65536, 7, "<u2").tobytes())
    assert _values("ellipse", _ramp(transform=table), *points)[MEAN.value] == 7
    padded = _values("ellipse", _ramp(padding=(1011, 65535)), *points)
    assert padded[MEAN.value] < 1010
    value = shape("ellipse").measure(_ramp(), points)[-1]
    assert (value.value, value.unit) == (pytest.approx(4 * math.pi), SQUARE_PIXEL)


def test_a_probe_reads_the_pixel_that_holds_it() -> None:
    """Edges belong to the pixel they begin; off the image there is nothing."""
    assert _values("probe", _ramp(), (3.0, 2.999)) == {MEAN.value: 203}
    for at in ((-0.1, 2), (60.0, 2), (3, 40.0)):
        with pytest.raises(BadInput, match="no value"):
            shape("probe").measure(_ramp(), (at,))


def test_what_is_not_there_is_not_measured() -> None:
    """Colour, slices that stand in for others, and images that have not arrived have no values."""
    colour = np.zeros((9, 9, 3), np.uint8)
    waiting = stack_of([None], [frame_of(RAMP)])
    ready = np.zeros(7, bool)
    ready[6] = True
    stand_in = _on_slice(volume_of(np.zeros((7, 20, 30), np.int16), ready=ready))
    painted = _on_frame(stack_of([colour], [frame_of(colour)]))
    for image in (painted, _on_frame(waiting), stand_in):
        for shape_id in ("probe", "ellipse"):
            if image is painted and shape_id == "ellipse":
                continue  # it has an area
            with pytest.raises(BadInput):
                shape(shape_id).measure(image, ((2, 3), (5, 3), (3, 2), (3, 5))[: shape(shape_id).count])
        assert _values("length", image, (1, 1), (4, 5))


def test_a_sphere_measures_as_it_is() -> None:
    """A ball of 100 HU: the mean inside, and the length across it."""
    volume, centre = ball_volume(20.0)
    image = _on_slice(volume, 0, volume.grid.to_index(centre)[0])
    at = image.plane.from_lps(centre)
    assert at is not None
    r = 8.0 / 0.7
    ends = ((at[0] - r, at[1]), (at[0] + r, at[1]), (at[0], at[1] - r), (at[0], at[1] + r))
    assert _values("ellipse", image, *ends)[MEAN.value] == pytest.approx(100, abs=0.5)
    assert _values("length", image, ends[0], ends[1])[LENGTH.value] == pytest.approx(16.0)
    assert image.quantity is Quantity.HU


def test_an_end_of_an_ellipse_is_moved_and_the_other_axis_follows() -> None:
    """The opposite end stays; the axes stay at a right angle and the other keeps its length."""
    points = ((0.0, 5.0), (10.0, 5.0), (5.0, 3.0), (5.0, 7.0))
    a, b, c, d = shape("ellipse").with_handle(points, 1, (0.0, 25.0))
    assert (a, b) == ((0.0, 5.0), (0.0, 25.0))
    assert math.dist(c, d) == pytest.approx(4)
    assert np.dot(np.subtract(b, a), np.subtract(d, c)) == pytest.approx(0)
    assert np.add(c, d) / 2 == pytest.approx((0.0, 15.0))
    assert shape("ellipse").ordered((c, d, a, b)) == (a, b, c, d)


@pytest.mark.parametrize("kind", list(SHAPES), ids=lambda kind: kind.shape_id)
def test_what_is_compared_has_a_name(kind) -> None:  # type: ignore[no-untyped-def]
    """Sizes are called in the reader's language."""
    image = _ramp(spacing=PixelSpacing((1.0, 1.0), SpacingSource.PATIENT)) if not kind.in_volume else uptake()
    values = kind.measure(image, ((4, 5), (9, 5), (6, 3), (6, 8), (8, 11), (5, 14))[: kind.count])
    for value in values:
        if value.unit.value in ("mm", "mm2", "ml", "deg"):
            name = concept_text(value.concept)
            assert any(ord(c) > 0x2E80 for c in name), name


@pytest.mark.parametrize("kind", list(SHAPES), ids=lambda kind: kind.shape_id)
def test_every_shape_is_complete(kind) -> None:  # type: ignore[no-untyped-def]
    """Drawn by a hand, found under the pointer, inside its bounds, with as many points as it says; as far as
    it is drawn it has a line.
    """
    places = ((20.0, 30.0), (60.0, 70.0), (30.0, 62.0), (50.0, 35.0), (55.0, 52.0), (40.0, 80.0))
    if kind.drawing is Drawing.DRAG:
        points = kind.drawn(*places[:2])
        assert kind.large_enough(*places[:2])
    else:
        for n in range(1, kind.count + 1):
            points = kind.placed(places[:n])
            assert kind.path(points)
    assert len(points) == kind.count
    assert kind.distance(points, points[0]) == pytest.approx(0, abs=1e-9)
    box = kind.bounds(points)
    assert all(box.holds(point) for point in points)
    assert kind.path(points)
    image = _ramp() if not kind.in_volume else uptake()
    values = kind.measure(image, ((4, 5), (9, 5), (6, 3), (6, 8), (8, 11), (5, 14))[: kind.count])
    assert bool(values) is not kind.kind.is_note
    assert bool(kind.lines(values)) is not kind.kind.is_note
    assert all(kind.lines(values))


@pytest.mark.parametrize(
    ("at", "place"), [((5, 4), (5, 0)), ((-3, 1), (0, 0)), ((9, 20), (10, 10)), ((40, 0), (34, 0))]
)
def test_a_line_to_a_text_begins_at_the_next_place_of_a_shape(at: PointPx, place: PointPx) -> None:
    """Two strokes at a right angle, and an ellipse that stands upright, about (30, 0)."""
    corner = Polyline(((0.0, 0.0), (10.0, 0.0), (10.0, 10.0)))
    ellipse = EllipseLine((30.0, 0.0), (8.0, 4.0), math.pi / 2)
    assert nearest_on((corner, ellipse), at) == pytest.approx(place)
