"""Every measuring tool against what is true of the image, on every kind of image."""

from __future__ import annotations

import math

import numpy as np
import pytest

from app.domain.geometry import PointPx
from app.errors import BadInput, Refused
from app.viewing.shapes.region import outline_area, statistics, values_within
from app.viewing.tools.livewire import EdgePaths, edge_costs
from tests.support.capabilities import shape
from tests.support.real_data import real_data
from tests.viewing.measured_kinds import DOWN, KINDS, MIDDLE, RIGHT, Kind


@pytest.fixture(params=list(KINDS), scope="module")
def kind(request: pytest.FixtureRequest) -> Kind:
    return KINDS[request.param]()


def _values(kind: Kind, shape_id: str, *points_mm: tuple[float, float]) -> dict[str, float]:
    values = shape(shape_id).measure(kind.image, [kind.px(*point) for point in points_mm])
    return {value.concept.meaning: value.value for value in values}


def _leg(at: tuple[float, float], degrees: float, length: float) -> tuple[float, float]:
    turn = math.radians(degrees)
    return (at[0] + length * math.cos(turn), at[1] + length * math.sin(turn))


@pytest.mark.parametrize("degrees", [0.5, 37.0, 90.0, 152.0, 180.0])
@pytest.mark.parametrize("turn", [0.0, 71.0, -160.0])
def test_an_angle_is_that_in_the_patient(kind: Kind, degrees: float, turn: float) -> None:
    """Whatever the form of a pixel, and however the legs lie."""
    at = (1.5, -2.0)
    found = _values(kind, "angle", _leg(at, turn, 9.0), at, _leg(at, turn + degrees, 14.0))
    assert found == {"Angle": pytest.approx(degrees, abs=0.05)}


@pytest.mark.parametrize("plates", [(28, -15, 43), (10, 25, 15), (60, -50, 110), (7, 7, 0)])
@pytest.mark.parametrize("order", [(0, 1, 2, 3), (1, 0, 2, 3), (2, 3, 1, 0)])
def test_cobbs_angle_does_not_ask_how_the_plates_were_drawn(
    kind: Kind, plates: tuple[float, float, float], order: tuple[int, ...]
) -> None:
    """Also over a right angle, where the lines alone would tell the rest of it to 180 degrees."""
    (upper, lower, truth), first, second = plates, (0.5, -12.0), (-1.0, 12.0)
    ends = [_leg(first, upper, s * 6) for s in (-1, 1)] + [_leg(second, lower, s * 7) for s in (-1, 1)]
    found = _values(kind, "cobb", *(ends[n] for n in order))
    assert found == {"Cobb angle": pytest.approx(truth, abs=0.05)}


def test_plates_in_one_line_make_the_smaller_angle(kind: Kind) -> None:
    """Neither lies beside the line between them."""
    found = _values(kind, "cobb", (-14.0, 0.0), (-6.0, 0.0), (14.0, 0.0), (6.0, 0.0))
    assert found == {"Cobb angle": pytest.approx(0, abs=0.05)}


def test_a_length_is_that_in_the_patient(kind: Kind) -> None:
    """To half a hundredth."""
    found = _values(kind, "length", (-8.0, 3.0), (9.0, -7.0))
    assert found == {"Length": pytest.approx(math.hypot(17, 10), rel=0.005)}


def test_the_axes_of_a_tumour(kind: Kind) -> None:
    """Long and short, in the order of their lengths, however the patient lies."""
    found = _values(kind, "bidirectional", *(_leg((1, 2), a, r) for a, r in _AXES))
    assert found == {"Long axis": pytest.approx(24, rel=0.005), "Short axis": pytest.approx(13, rel=0.005)}


#: directions and lengths of the half axes from the middle
_AXES = ((33, 12), (213, 12), (123, 6.5), (303, 6.5))


def test_the_cardiothoracic_ratio(kind: Kind) -> None:
    """Percent, with both widths beside."""
    values = shape("cardiothoracic").measure(
        kind.image, [kind.px(*at) for at in ((-5, 3), (7, 3), (-13, 6), (14, 6))]
    )
    ratio, heart, chest = values
    assert (ratio.value, ratio.unit.value) == (pytest.approx(100 * 12 / 27, rel=0.005), "%")
    assert (heart.value, chest.value) == (pytest.approx(12, rel=0.005), pytest.approx(27, rel=0.005))
    assert heart.unit.value == ("mm" if kind.size == "mm" else "{pixels}")


def _outline(name: str) -> list[tuple[float, float]]:
    """Regions about the middle, in millimetres."""
    match name:
        case "rectangle":
            return [_leg((0, 0), a, 13) for a in (30, 150, 210, 330)]
        case "polygon":  # an L, symmetric about no line
            return [(-8, -9), (8, -9), (8, 1), (0, 1), (0, 9), (-8, 9)]
        case "freehand":
            return [(9 * math.cos(t), 7 * math.sin(t)) for t in np.linspace(0, 2 * math.pi, 300)[:-1]]
    raise ValueError(name)


def _area(corners: list[tuple[float, float]]) -> tuple[float, float, float]:
    """Area and centre of gravity."""
    x, y = np.array(corners).T
    cross = x * np.roll(y, -1) - np.roll(x, -1) * y
    area = cross.sum() / 2
    cx, cy = (((one + np.roll(one, -1)) * cross).sum() / (6 * area) for one in (x, y))
    return abs(float(area)), float(cx), float(cy)


@pytest.mark.parametrize("shape_id", ["rectangle", "polygon", "freehand", "ellipse"])
def test_a_region_has_the_area_and_the_values_of_its_place(kind: Kind, shape_id: str) -> None:
    """Of values that grow evenly the mean is that at the centre of gravity; extremes are those at the
    corners, to a pixel; the median of a symmetric region is its mean.
    """
    if shape_id == "ellipse":
        corners, drawn = _outline("freehand"), [(-9.0, 0.0), (9.0, 0.0), (0.0, -7.0), (0.0, 7.0)]
        area, cx, cy = math.pi * 63, 0.0, 0.0
    else:
        corners = drawn = _outline(shape_id)
        area, cx, cy = _area(corners)
    found = _values(kind, shape_id, *drawn)
    at_corners = [MIDDLE + RIGHT * x + DOWN * y for x, y in corners]
    pixel = kind.pixel_mm * math.hypot(RIGHT, DOWN)
    assert found["Area"] == pytest.approx(area, rel=0.005)
    assert found["Mean"] == pytest.approx(MIDDLE + RIGHT * cx + DOWN * cy, abs=0.5 * pixel)
    assert found["Minimum"] == pytest.approx(min(at_corners), abs=1.5 * pixel)
    assert found["Maximum"] == pytest.approx(max(at_corners), abs=1.5 * pixel)
    if shape_id != "polygon":
        assert found["Median"] == pytest.approx(found["Mean"], abs=0.5 * pixel)


@pytest.mark.parametrize("seed", range(6))
def test_an_outline_takes_the_pixels_inside(seed: int) -> None:
    """Against every centre tested one by one by the angles under which it sees the outline; no vertex order,
    no edge of the image matters.
    """
    rng = np.random.default_rng(seed)
    kind = KINDS["anisotropic"]()
    values = kind.image.values
    assert values is not None
    turns = np.sort(rng.uniform(0, 2 * math.pi, 9))
    if np.diff(turns, append=turns[0] + 2 * math.pi).max() > 3:
        turns = np.linspace(0, 2 * math.pi, 9, endpoint=False)
    middle = np.array((80.0, 80.0) if seed % 2 else (6.0, 150.0))
    corners = [
        tuple(middle + r * np.array((math.cos(t), math.sin(t))))
        for t, r in zip(turns, rng.uniform(5, 25, 9), strict=True)
    ]
    if seed % 3 == 0:
        corners.reverse()
    seen = [
        values[r, c]
        for r, c in np.ndindex(values.shape)
        if abs(r - middle[1]) < 27 and abs(c - middle[0]) < 27 and _winds((c + 0.5, r + 0.5), corners)
    ]
    found = {v.concept.meaning: v.value for v in shape("polygon").measure(kind.image, corners)}
    assert found["Mean"] == pytest.approx(np.mean(seen))
    assert found["Standard Deviation"] == pytest.approx(np.std(seen, ddof=1))
    assert found["Median"] == pytest.approx(np.median(seen))


def _winds(at: PointPx, corners: list[tuple[float, ...]]) -> bool:
    seen = [math.atan2(y - at[1], x - at[0]) for x, y in corners]
    turns = (math.remainder(b - a, 2 * math.pi) for a, b in zip(seen, [*seen[1:], seen[0]], strict=True))
    return abs(sum(turns)) > math.pi


def test_the_form_of_a_distribution() -> None:
    """Against figures worked out by hand: 75 zeros and 25 ones; and against an even spread."""
    image = KINDS["without a distance"]().image
    found = {v.concept.meaning: v.value for v in statistics(image, np.repeat((0.0, 1.0), (75, 25)))}
    assert found["Skewness"] == pytest.approx(0.5 / math.sqrt(0.25 * 0.75))
    assert found["Kurtosis"] == pytest.approx((1 - 6 * 0.25 * 0.75) / (0.25 * 0.75))
    entropy = -(0.75 * math.log2(0.75) + 0.25 * math.log2(0.25))
    assert found["Intensity Histogram Entropy"] == pytest.approx(entropy)
    even = {v.concept.meaning: v.value for v in statistics(image, np.arange(6401.0))}
    assert even["Median"] == 3200
    assert even["10th Percentile Value of population"] == 640
    assert even["90th Percentile Value of population"] == 5760
    assert even["Skewness"] == pytest.approx(0, abs=1e-9)
    assert even["Kurtosis"] == pytest.approx(-1.2, abs=1e-3)
    assert even["Intensity Histogram Entropy"] == pytest.approx(6, abs=1e-3)
    alike = {v.concept.meaning: v.value for v in statistics(image, np.full(9, 5.0))}
    assert [alike[name] for name in ("Skewness", "Kurtosis", "Intensity Histogram Entropy")] == [0, 0, 0]


def test_statistics_are_those_of_ibsi() -> None:
    """The digital phantom and its reference values, which many groups agree on."""
    import SimpleITK as sitk

    folder = real_data("radiomics_ibsi_digital")
    phantom = folder / "ibsi_1_digital_phantom" / "nifti"
    image = sitk.GetArrayFromImage(sitk.ReadImage(str(phantom / "image" / "phantom.nii.gz")))
    mask = sitk.GetArrayFromImage(sitk.ReadImage(str(phantom / "mask" / "mask.nii.gz"))) > 0
    values = image[mask].astype(np.float64)
    lines = (folder / "ibsi_1_reference_values" / "ibsi_1_dig_phantom.csv").read_text("utf-8").splitlines()
    rows = (line.split(";") for line in lines[1:])
    truth = {row[2]: float(row[0]) for row in rows if row[0]}
    measured = statistics(KINDS["without a distance"]().image, values)
    found = {v.concept.meaning: v.value for v in measured}
    for name, reference in (
        ("Mean", "stat_mean"),
        ("Minimum", "stat_min"),
        ("Maximum", "stat_max"),
        ("Median", "stat_median"),
        ("10th Percentile Value of population", "stat_p10"),
        ("90th Percentile Value of population", "stat_p90"),
        ("Skewness", "stat_skew"),
        ("Kurtosis", "stat_kurt"),
    ):
        assert found[name] == pytest.approx(truth[reference], rel=0.006), name
    variance = found["Standard Deviation"] ** 2 * (values.size - 1) / values.size
    assert variance == pytest.approx(truth["stat_var"], rel=0.006)


@pytest.mark.parametrize("seed", range(4))
def test_statistics_are_those_of_scipy(seed: int) -> None:
    from scipy import stats

    random = np.random.default_rng(seed)
    values = random.gamma(2.0, 30.0, 5000) - 200.0
    measured = statistics(KINDS["without a distance"]().image, values)
    found = {v.concept.meaning: v.value for v in measured}
    assert found["Skewness"] == pytest.approx(stats.skew(values))
    assert found["Kurtosis"] == pytest.approx(stats.kurtosis(values))
    counts, _ = np.histogram(values, 64)
    assert found["Intensity Histogram Entropy"] == pytest.approx(stats.entropy(counts, base=2), rel=1e-3)


def test_the_details_of_a_region_are_told_as_far_as_they_were_measured() -> None:
    """What an earlier version stored has no median."""
    drawn, image = shape("rectangle"), KINDS["classic CT"]().image
    values = drawn.measure(image, drawn.drawn((60.0, 60.0), (100.0, 90.0)))
    told = drawn.details(values)
    assert [line.split()[0] for line in told] == ["最小值", "中位数", "偏度"]
    assert told[0].endswith("HU")
    old = [v for v in values if v.concept.meaning in ("Mean", "Standard Deviation", "Minimum", "Maximum")]
    assert drawn.details(old) == told[:1]
    assert shape("length").details(()) == ()


def test_an_outline_that_crosses_itself_is_what_it_holds() -> None:
    """A bow tie: two triangles, whose areas do not take each other away."""
    image = KINDS["without a distance"]().image
    bow = [(40.0, 40.0), (80.0, 80.0), (80.0, 40.0), (40.0, 80.0)]
    area = shape("freehand").measure(image, bow)[-1]
    assert (area.value, area.unit.value) == (pytest.approx(800, rel=0.002), "{square_pixels}")


def test_regions_side_by_side_share_no_pixel() -> None:
    """Lines through the centres of pixels: each belongs to one side."""
    image = KINDS["without a distance"]().image
    left = [(10.5, 10.5), (20.5, 10.5), (20.5, 20.5), (10.5, 20.5)]
    right = [(x + 10, y) for x, y in left]
    assert values_within(image, left).size == values_within(image, right).size == 100
    both = [left[0], right[1], right[2], left[3]]
    parts = np.concatenate([values_within(image, one) for one in (left, right)])
    assert sorted(parts) == sorted(values_within(image, both))


def test_a_region_off_the_image_holds_nothing() -> None:
    image = KINDS["classic CT"]().image
    with pytest.raises(BadInput, match="no pixel"):
        shape("polygon").measure(image, [(-9.0, -9.0), (-2.0, -9.0), (-2.0, -2.0)])


def test_a_corner_of_a_rectangle_is_moved_along_its_sides() -> None:
    """The opposite corner stays, the sides keep their direction, also of one that lies aslant."""
    drawn = shape("rectangle")
    a, b, c, d = drawn.with_handle(drawn.drawn((10.0, 10.0), (30.0, 20.0)), 2, (50.0, 60.0))
    assert (a, b, c, d) == ((10.0, 10.0), (50.0, 10.0), (50.0, 60.0), (10.0, 60.0))
    slant = tuple(_leg((0, 0), angle, 13) for angle in (30, 150, 210, 330))
    moved = np.array(drawn.with_handle(slant, 0, (20.0, 31.0)))
    assert tuple(moved[2]) == pytest.approx(slant[2])
    sides = np.roll(moved, -1, axis=0) - moved
    assert sides[0] @ sides[1] == pytest.approx(0, abs=1e-9)
    before = np.subtract(slant[1], slant[0])
    assert before[0] * sides[0][1] - before[1] * sides[0][0] == pytest.approx(0, abs=1e-9)


def test_the_short_axis_stays_across_the_long_one() -> None:
    """While it is drawn, when an end of either is moved, and when it becomes the longer."""
    drawn = shape("bidirectional")
    points = drawn.placed(((0.0, 0.0), (40.0, 0.0), (18.0, -8.0), (25.0, 10.0)))
    assert points[3] == pytest.approx((18.0, 10.0))
    for handle, to in ((0, (3.0, 9.0)), (1, (10.0, 44.0)), (2, (25.0, -12.0)), (3, (8.0, 6.0))):
        moved = np.array(drawn.with_handle(points, handle, to))
        assert tuple(moved[handle]) == pytest.approx(to)
        assert (moved[1] - moved[0]) @ (moved[3] - moved[2]) == pytest.approx(0, abs=1e-9)
        if handle < 2:
            assert math.dist(*moved[2:]) == pytest.approx(18)
    longer = drawn.ordered((*points[:3], (18.0, 90.0)))
    assert longer[:2] == (points[2], (18.0, 90.0))


@pytest.mark.parametrize("shape_id", ["angle", "cobb"])
def test_a_line_without_a_length_has_no_angle(shape_id: str) -> None:
    points: list[PointPx] = [(10.0, 10.0), (10.0, 10.0), (20.0, 10.0), (24.0, 16.0)]
    with pytest.raises(BadInput, match="no length"):
        shape(shape_id).measure(KINDS["classic CT"]().image, points[: shape(shape_id).count])


def test_arrows_and_notes_measure_nothing() -> None:
    image = KINDS["classic CT"]().image
    for shape_id in ("arrow", "note"):
        drawn = shape(shape_id)
        assert drawn.measure(image, ((3.0, 4.0), (30.0, 40.0))[: drawn.count]) == ()
        assert drawn.lines(()) == ()


def test_the_head_of_an_arrow_is_where_the_hand_went_down() -> None:
    """Two strokes that meet at the tip and point back along the shaft."""
    shaft, head = shape("arrow").path(shape("arrow").drawn((10.0, 20.0), (70.0, 20.0)))
    assert shaft.points == ((10.0, 20.0), (70.0, 20.0))  # type: ignore[union-attr]
    left, tip, right = np.array(head.points)  # type: ignore[union-attr]
    assert tuple(tip) == (10.0, 20.0)
    assert left[0] == right[0] > tip[0]
    assert left[1] - 20 == pytest.approx(20 - right[1])


def test_a_smooth_region_is_the_ellipse_that_it_was_drawn_along(kind: Kind) -> None:
    """Eight points of an ellipse: area and mean to half a hundredth, whatever the form of a pixel."""
    turns = np.arange(8) * math.pi / 4 + 0.2
    found = _values(kind, "spline", *((1 + 11 * math.cos(t), 7 * math.sin(t) - 2) for t in turns))
    assert found["Area"] == pytest.approx(math.pi * 77, rel=0.005)
    pixel = kind.pixel_mm * math.hypot(RIGHT, DOWN)
    assert found["Mean"] == pytest.approx(MIDDLE + RIGHT * 1 + DOWN * -2, abs=0.5 * pixel)


def _sided(kind: Kind, shape_id: str, *points_mm: tuple[float, float]) -> dict[str, float]:
    """By the code without its scheme of sides: of the first leg or hip, then of the second."""
    values = shape(shape_id).measure(kind.image, [kind.px(*point) for point in points_mm])
    assert all(value.unit.value in ("deg", "mm" if kind.size == "mm" else "{pixels}") for value in values)
    return {value.concept.value: value.value for value in values}


@pytest.mark.parametrize(("knee", "hka"), [(0.0, 180.0), (1.0, 186.0), (-1.0, 174.0)])
@pytest.mark.parametrize("swapped", [False, True])
def test_legs_are_measured_along_their_axes(kind: Kind, knee: float, hka: float, swapped: bool) -> None:
    """Lengths and their difference to half a hundredth; a knee towards the other leg is a valgus, over 180
    degrees, one away from it a varus; whichever leg was drawn first.
    """
    turn = math.radians(abs(180 - hka) / 2)
    aside = knee * 12 * math.tan(turn)
    first = [(-8.0, -12.0), (-8.0 + aside, 0.0), (-8.0, 12.0)]
    second = [(8.0, -12.0), (8.0, -1.0), (8.0, 10.0)]
    found = _sided(kind, "legs", *(second + first if swapped else first + second))
    sides = {code.partition("-")[2] for code in found if "-" in code}
    assert sides in ({"R", "L"}, {"1", "2"})
    lengths = sorted(v for code, v in found.items() if code.startswith("LEG"))
    assert lengths == [pytest.approx(22, rel=0.005), pytest.approx(24 / math.cos(turn), rel=0.005)]
    assert found["LLD"] == pytest.approx(lengths[1] - lengths[0], abs=0.02)
    angles = sorted(v for code, v in found.items() if code.startswith("HKA"))
    assert angles == pytest.approx(sorted((180.0, hka)), abs=0.1)


@pytest.mark.parametrize("tilt", [0.0, 8.0, -15.0])
def test_the_angles_of_the_hips(kind: Kind, tilt: float) -> None:
    """CE 30 and −6 degrees, acetabular index 22 and 35, though the pelvis lies aslant on the film."""
    turn = np.array(
        (
            (math.cos(math.radians(tilt)), -math.sin(math.radians(tilt))),
            (math.sin(math.radians(tilt)), math.cos(math.radians(tilt))),
        )
    )

    def lying(*points: tuple[float, float]) -> list[tuple[float, float]]:
        return [(float(x), float(y)) for x, y in np.array(points) @ turn.T]

    left, right = (-9.0, 2.0), (9.0, 2.0)
    ce = lying(left, right, _leg(left, -90 - 30, 6), _leg(right, -90 - 6, 6))
    found = _sided(kind, "centre-edge", *ce)
    assert sorted(found.values()) == pytest.approx([-6, 30], abs=0.1)
    ai = lying(left, right, _leg(left, 180 + 22, 6), _leg(right, -35, 6))
    found = _sided(kind, "acetabular-index", *ai)
    assert sorted(found.values()) == pytest.approx([22, 35], abs=0.1)


def test_sides_are_those_of_the_patient() -> None:
    """Letters of the image name them; the right side stands first."""
    image = KINDS["classic CT"]().image
    assert image.plane.letters[:2] == ("R", "L")
    points = [(20.0, 20.0), (22.0, 60.0), (20.0, 100.0), (120.0, 20.0), (120.0, 60.0), (120.0, 90.0)]
    for drawn in (points, points[3:] + points[:3]):
        values = shape("legs").measure(image, drawn)
        assert [v.concept.value for v in values] == ["LEG-R", "LEG-L", "HKA-R", "HKA-L", "LLD"]
        assert values[0].value > values[1].value
        told = shape("legs").lines(values)
        assert [line.split()[0] for line in told] == ["右", "左", "差值"]


@pytest.mark.parametrize("name", ["classic CT", "anisotropic", "oblique", "across a tilted stack"])
def test_a_sphere_takes_the_voxels_of_all_slices(name: str) -> None:
    """Its volume is that of the sphere; of values that grow evenly the mean is that in its middle, which no
    single slice would tell; the same voxels are found again from what is stored.
    """
    kind = KINDS[name]()
    radius = 3.6
    points = [kind.px(0.0, 0.0), kind.px(radius * math.cos(0.6), radius * math.sin(0.6))]
    values = shape("sphere").measure(kind.image, points)
    found = {v.concept.meaning: v.value for v in values}
    assert found["Volume"] == pytest.approx(4 / 3 * math.pi * radius**3 / 1000, rel=0.005)
    pixel = kind.pixel_mm * math.hypot(RIGHT, DOWN)
    assert found["Mean"] == pytest.approx(MIDDLE, abs=0.5 * pixel)
    around, at = kind.image.around, kind.image.plane.to_lps(*points[0])
    assert around is not None
    assert at is not None
    region = shape("sphere").region_of(around, at, values)
    assert region is not None
    assert region.mask.shape[0] > 1, "more than a slice"
    inside = region.values(around.volume.at(around.further))
    assert found["Mean"] == pytest.approx(inside.mean())
    assert found["Maximum"] == inside.max()
    with pytest.raises(Refused, match="no volume"):
        shape("sphere").measure(KINDS["projection at the detector"]().image, points)


@pytest.mark.parametrize("noise", [0.0, 12.0])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_line_along_edges_stays_on_the_edge(noise: float, sign: int) -> None:
    """A disc of 30 pixels with a soft edge, four clicks on it: nowhere over a pixel and a half away, its area
    that of the disc to half a pixel of radius; the ways go from click to click.
    """
    y, x = np.mgrid[:200, :220] + 0.5
    away = np.hypot(x - 110.3, y - 97.8)
    values = sign * 100 / (1 + np.exp((away - 30) / 0.8))
    values = values + np.random.default_rng(3).normal(0, noise, values.shape)
    clicks = [(110.3 + 30 * math.cos(t), 97.8 + 30 * math.sin(t)) for t in (0.1, 1.8, 3.3, 4.9)]
    line = [clicks[0]]
    for start, end in zip(clicks, [*clicks[1:], clicks[0]], strict=True):
        way = EdgePaths(values, start).to(end)
        assert way[-1] == end
        line += way
    off = np.hypot(*(np.array(line) - (110.3, 97.8)).T) - 30
    assert np.abs(off).max() < 1.5
    assert math.sqrt(outline_area(line) / math.pi) == pytest.approx(30, abs=0.5)


def test_a_way_out_of_reach_is_straight() -> None:
    """And so is one over an image that tells nothing; the far edges belong to the image."""
    values = np.zeros((300, 700))
    ways = EdgePaths(values, (50.0, 50.0))
    assert ways.to((600.0, 50.0)) == [(600.0, 50.0)]
    assert ways.to((50.2, 50.3)) == [(50.2, 50.3)]
    corner = EdgePaths(values, (690.0, 290.0))
    assert corner.to((700.0, 300.0))[-1] == (700.0, 300.0)
    assert (edge_costs(np.full((9, 9), np.nan)) == 1).all()
    level = EdgePaths(values, (50.5, 50.5)).to((90.5, 50.5))
    assert {y for _, y in level} == {50.5}
