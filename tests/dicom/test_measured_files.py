"""From files to figures: every tool that measures or notes, by the mouse, on files of every kind of spacing,
of place and of stored value, in a view that lies as it hangs, and in one that is turned, mirrored, zoomed and
moved.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from app.domain.geometry import PointPx
from app.domain.image import Image
from app.domain.measurement import Measurement
from app.domain.volume import Volume
from app.errors import BadInput, Refused
from app.processes.dicom import DicomProcesses
from app.viewing.screen import SliceView, StackView
from tests.dicom.measured_series import (
    COLUMNS,
    DISC_SLICE,
    DOWN,
    KINDS,
    MIDDLE,
    RIGHT,
    ROWS,
    SLICES,
    Kind,
    disc_mm,
    places,
)
from tests.dicom.test_volume_loading import loaded, stack_of
from tests.support.capabilities import TOOLS
from tests.support.hand import WORDS, Hand, leg

#: how a view may lie: zoom, pan, quarter turns, mirrored
#: (the pan in pixels of the image)
LYING: tuple[dict[str, Any], ...] = ({}, {"zoom": 1.3, "pan": (2.0, -3.0), "turns": 3, "flipped": True})
#: tools that need uptake, and what else no test of this module draws
UPTAKE = {"voi-relative", "voi-fixed", "voi-percist", "liver-reference"}


class Measured:
    """One kind, opened, under a hand."""

    def __init__(self, kind: Kind, image: Image, lying: dict[str, Any]) -> None:
        self.kind, self.image, self.pixel = kind, image, kind.pixel
        pan, share = lying.get("pan", (0.0, 0.0)), min(self._form)
        self._lying = lying | {"pan": (pan[0] * share, pan[1] * share)}
        self.hand = self._hand(self._view())

    def _hand(self, view: SliceView | StackView) -> Hand:
        return Hand(self.image, view, (COLUMNS, ROWS), self._form, **self._lying)

    @property
    def _form(self) -> tuple[float, float]:
        """Of a pixel: its size, or where that is not told, in its own width."""
        across, down = self.pixel
        return (1.0, down / across) if self.kind.size == "px" else (across, down)

    def _view(self, *, disc: bool = False) -> SliceView | StackView:
        if isinstance(self.image, Volume):
            # slices are found by their height, however the series is ordered
            grid, wanted = self.image.grid, 2.0 * (DISC_SLICE if disc else SLICES // 2)
            heights = [float(np.linalg.norm(grid.to_lps((s, 0, 0)) - self._lowest)) for s in range(SLICES)]
            return SliceView(0, float(int(np.argmin(np.abs(np.array(heights) - wanted * self._stretch)))))
        return StackView(self.kind.frame + (1 if disc else 0))

    @property
    def _lowest(self) -> np.ndarray[Any, Any]:
        """Where the first slice of the files lies: its first stored pixel is the origin."""
        assert isinstance(self.image, Volume)
        grid = self.image.grid
        ends = [grid.to_lps((s, 0, 0)) for s in (0, SLICES - 1)]
        return np.asarray(min(ends, key=lambda end: float(np.linalg.norm(end))))

    @property
    def _stretch(self) -> float:
        """Slices that lean are farther apart along their stack."""
        assert isinstance(self.image, Volume)
        ends = [self.image.grid.to_lps((s, 0, 0)) for s in (0, SLICES - 1)]
        return float(np.linalg.norm(ends[1] - ends[0])) / (2.0 * (SLICES - 1))

    def to_disc(self) -> None:
        """Go to the image of the disc."""
        self.pixel = self.kind.disc_pixel or self.kind.pixel
        self.hand = self._hand(self._view(disc=True))

    def px(self, x: float, y: float) -> PointPx:
        """Of millimetres right and down of the middle."""
        return (x / self.pixel[0] + COLUMNS / 2, y / self.pixel[1] + ROWS / 2)

    def drag(self, tool_id: str, *points: PointPx) -> Measurement:
        made = self.hand.drag(tool_id, *(self.px(*point) for point in points))
        assert made is not None, tool_id
        return made

    def click(self, tool_id: str, *points: PointPx) -> Measurement:
        made = self.hand.click(tool_id, *(self.px(*point) for point in points))
        assert made is not None, tool_id
        return made

    def size(self, dx: float, dy: float) -> float:
        """A distance as it is to be told."""
        across, down = self.kind.pixel if self.kind.size == "px" else (1.0, 1.0)
        return math.hypot(dx / across, dy / down)

    def area(self, mm2: float) -> float:
        return mm2 / (self.kind.pixel[0] * self.kind.pixel[1]) if self.kind.size == "px" else mm2

    def value(self, x: float, y: float) -> float:
        return self.kind.factor * (MIDDLE + RIGHT * x + DOWN * y) + self.kind.offset

    @property
    def half_pixel(self) -> float:
        """What the values change over half a pixel."""
        across, down = self.kind.pixel
        return self.kind.factor * 0.5 * (RIGHT * across + abs(DOWN) * down)


@pytest.fixture(params=list(KINDS), scope="module")
def opened(
    request: pytest.FixtureRequest, processes: DicomProcesses, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Kind, Image]]:
    kind, folder = KINDS[request.param], tmp_path_factory.mktemp("measured")
    files: Path = folder / "files"
    files.mkdir()
    kind.write(files)
    read = loaded if kind.is_volume else stack_of
    image = read(processes, files, folder)
    yield kind, image
    (image.voxels if isinstance(image, Volume) else image.pixels).close()


@pytest.fixture(params=range(len(LYING)))
def measured(request: pytest.FixtureRequest, opened: tuple[Kind, Image]) -> Measured:
    return Measured(*opened, LYING[request.param])


def told(made: Measurement) -> dict[str, tuple[float, str]]:
    return {value.concept.meaning: (value.value, value.unit.value) for value in made.values}


def sizes(made: Measurement) -> list[float]:
    return [value.value for value in made.values]


def near(value: float, unit: str) -> tuple[Any, str]:
    """To half a hundredth."""
    return (pytest.approx(value, rel=0.005), unit)


def test_all_tools_are_measured_here() -> None:
    """A tool that is new has no truth yet."""
    mine = {tool_id for tool_id, one in TOOLS.items() if one.group.value == "measure"}
    assert mine == UPTAKE | {
        *("length", "bidirectional", "angle", "cobb", "cardiothoracic", "ellipse", "rectangle", "polygon"),
        *("freehand", "livewire", "spline", "sphere", "probe", "arrow", "note", "spine", "legs"),
        *("centre-edge", "acetabular-index"),
    }


def test_distances(measured: Measured) -> None:
    """Length, long and short axis, widths of heart and chest, legs; the unit, and what it is worth."""
    unit = "{pixels}" if measured.kind.size == "px" else "mm"
    length = measured.drag("length", (-3, 2), (0, 0), (4, -2.5))
    assert told(length) == {"Length": near(measured.size(7, 4.5), unit)}
    (line,) = measured.hand.lines(length)
    figure = f"{measured.size(7, 4.5):.0f} 像素" if unit != "mm" else f"{sizes(length)[0]:.1f} mm"
    assert line.startswith(f"L1  {figure}")
    assert measured.kind.worth in line
    # the hand drags the long axis, then the short one, which stays at a right angle on the screen
    axes = measured.click("bidirectional", (-6, 0), (6, 0), (1, -2), (1, 3))
    assert told(axes) == {
        "Long axis": near(measured.size(12, 0), unit),
        "Short axis": near(measured.size(0, 5), unit),
    }
    chest = measured.click("cardiothoracic", (-3, 1), (2, 1), (-6, 3), (6, 3))
    assert sizes(chest) == pytest.approx([100 * 5 / 12, measured.size(5, 0), measured.size(12, 0)], rel=0.005)
    assert [value.unit.value for value in chest.values] == ["%", unit, unit]
    legs = measured.click("legs", (-5, -6), (-5, 0), (-5, 6), (5, -6), (5.5, 0), (5, 5))
    lengths = sorted(v.value for v in legs.values if v.concept.value.startswith("LEG"))
    other = measured.size(0.5, 6) + measured.size(0.5, 5)
    assert lengths == pytest.approx([other, measured.size(0, 12)], rel=0.005)
    assert next(v for v in legs.values if v.concept.value == "LLD").value == pytest.approx(
        measured.size(0, 12) - other, abs=0.02
    )
    angles = sorted(v.value for v in legs.values if v.concept.value.startswith("HKA"))
    bent = 180 - math.degrees(math.atan2(0.5, 6) + math.atan2(0.5, 5))
    assert angles == pytest.approx([bent, 180], abs=0.1)


def test_angles(measured: Measured) -> None:
    """Of two legs, of Cobb also over a right angle, of hips that lie aslant."""
    angle = measured.click("angle", (5, 0), (0, 0), leg((0, 0), -37, 6))
    assert told(angle) == {"Angle": (pytest.approx(37, abs=0.1), "deg")}
    assert measured.hand.lines(angle) == ("A1  37.0°",)
    plates = [leg((0, -4), 60, s) for s in (-3, 3)] + [leg((0, 4), -50, s) for s in (3, -3)]
    cobb = measured.click("cobb", *plates)
    assert sizes(cobb) == [pytest.approx(110, abs=0.1)]
    hips = [leg((0, 1), 8 + 180, 5), leg((0, 1), 8, 5)]
    edges = [leg(hips[0], 8 - 90 - 30, 3), leg(hips[1], 8 - 90 - 6, 3)]
    centre = measured.click("centre-edge", *hips, *edges)
    assert sorted(sizes(centre)) == pytest.approx([-6, 30], abs=0.1)
    roofs = [leg(hips[0], 8 + 180 + 22, 3), leg(hips[1], 8 - 35, 3)]
    index = measured.click("acetabular-index", *hips, *roofs)
    assert sorted(sizes(index)) == pytest.approx([22, 35], abs=0.1)


#: middle and half axes of what is drawn; no centre of a pixel lies on its line
_AT, _HALF = (1.013, 0.007), (5.021, 3.017)


def _inside(name: str, x: NDArray[Any], y: NDArray[Any]) -> NDArray[np.bool_]:
    """Which pixels' centres a region holds, by what it is."""
    u, v = (x - _AT[0]) / _HALF[0], (y - _AT[1]) / _HALF[1]
    match name:
        case "ellipse":
            return np.asarray(u**2 + v**2 <= 1)
        case "rectangle":
            return np.asarray((abs(u) <= 1) & (abs(v) <= 1))
    # an octagon with corners at whole eighths of a turn
    sides = (math.pi / 8 + n * math.pi / 4 for n in range(8))
    reach = math.cos(math.pi / 8)
    return np.all([u * math.cos(t) + v * math.sin(t) <= reach for t in sides], axis=0)


def _statistics(values: NDArray[Any]) -> dict[str, float]:
    """Told by their definitions."""
    away = values - values.mean()
    # a value on the edge of two bins is in the upper one
    bins = np.floor(64 * (values - min(values)) / (max(values) - min(values)) + 1e-3)
    _, counts = np.unique(np.minimum(bins, 63), return_counts=True)
    shares = counts / values.size
    return {
        "Mean": values.sum() / values.size,
        "Standard Deviation": math.sqrt((away**2).sum() / (values.size - 1)),
        "Minimum": min(values),
        "Maximum": max(values),
        "Median": float(np.sort(values)[(values.size - 1) // 2] + np.sort(values)[values.size // 2]) / 2,
        "10th Percentile Value of population": float(np.quantile(values, 0.1)),
        "90th Percentile Value of population": float(np.quantile(values, 0.9)),
        "Skewness": (away**3).mean() / (away**2).mean() ** 1.5,
        "Kurtosis": (away**4).mean() / (away**2).mean() ** 2 - 3,
        "Intensity Histogram Entropy": -(shares * np.log2(shares)).sum(),
    }


def test_regions(measured: Measured) -> None:
    """Area, and all statistics against those of the pixels that lie inside; of colours the area."""
    (x0, y0), (a, b) = _AT, _HALF
    around = [(x0 + a * math.cos(t), y0 + b * math.sin(t)) for t in np.arange(8) * math.pi / 4]
    traced = [(x0 + a * math.cos(t), y0 + b * math.sin(t)) for t in np.linspace(0, 2 * math.pi, 90)[:-1]]
    box = ((x0 - a, y0 - b), _AT, (x0 + a, y0 + b))
    drawn = {
        "ellipse": (measured.drag("ellipse", *box), math.pi * a * b),
        "rectangle": (measured.drag("rectangle", *box), 4 * a * b),
        "polygon": (measured.click("polygon", *around, around[0]), a * b * 4 * math.sin(math.pi / 4)),
        "spline": (measured.click("spline", *around, around[0]), math.pi * a * b),
        "freehand": (measured.drag("freehand", *traced), math.pi * a * b),
    }
    kind = measured.kind
    x, y = places(kind.pixel)
    truth = kind.told()
    for name, (made, area) in drawn.items():
        found = told(made)
        # a traced line has a corner every two pixels of the screen
        tolerance = 0.012 if name == "freehand" else 0.005
        wanted = pytest.approx(measured.area(area), rel=tolerance)
        assert found.pop("Area") == (wanted, "{square_pixels}" if kind.size == "px" else "mm2"), name
        if kind.in_colour:
            assert not found
            continue
        values = truth[_inside("ellipse" if name in ("spline", "freehand") else name, x, y)]
        for statistic, value in _statistics(values).items():
            unit = kind.unit if statistic in VALUES else "1"
            # lines that are ellipses but for a hair may take another pixel
            exact = name not in ("spline", "freehand")
            about = 1e-4 * max(abs(value), 1e-2 if statistic in VALUES else 1.0)
            if not exact:
                about = measured.half_pixel if statistic in VALUES else 0.2
            assert found[statistic] == (pytest.approx(value, abs=about), unit), (name, statistic)


VALUES = {
    *("Mean", "Standard Deviation", "Minimum", "Maximum", "Median"),
    *("10th Percentile Value of population", "90th Percentile Value of population"),
}


def test_a_line_along_the_edge_of_a_disc(measured: Measured) -> None:
    """To half a pixel of its radius, with four clicks on it."""
    if measured.kind.in_colour:  # edges are of values
        return
    measured.to_disc()
    radius = disc_mm(measured.pixel)
    clicks = [leg((0, 0), 20 + 90 * n, radius) for n in range(4)]
    found = told(measured.click("livewire", *clicks, clicks[0]))
    drawn = math.sqrt(found["Area"][0] / measured.area(1.0) / math.pi)
    assert drawn == pytest.approx(radius, abs=0.5 * max(measured.pixel))


def test_values_and_notes(measured: Measured) -> None:
    """The pixel under the pointer, words where the hand was, levels of the spine in turn."""
    if measured.kind.in_colour:
        with pytest.raises(BadInput, match="colour"):
            measured.click("probe", (2, 1))
    else:
        ((value, unit),) = told(measured.click("probe", (2, 1))).values()
        assert value == pytest.approx(measured.value(2, 1), abs=1.01 * measured.half_pixel)
        assert unit == measured.kind.unit
    note = measured.click("note", (2, 1))
    assert (note.label, note.values) == (WORDS, ())
    arrow = measured.drag("arrow", (3, 1), (4, 2), (5, 3))
    assert arrow.values == ()
    for mark, at in ((note, (2, 1)), (arrow, (3, 1))):
        x, y = mark.roi.points_px[0]
        wanted = measured.px(*at)
        if measured.kind is KINDS["head first on the face"]:  # points are kept as the image is stored
            x, y = COLUMNS - x, ROWS - y
        assert (x, y) == pytest.approx(wanted, abs=0.01)
    assert measured.click("spine", (0, -4)).label == "C1"


def test_volumes(measured: Measured) -> None:
    """A sphere through the slices; on single images it is refused, and so is uptake on all that has none."""
    if isinstance(measured.image, Volume):
        ball = told(measured.drag("sphere", (0.5, 0), (3, 0), (5.5, 0)))
        assert ball["Volume"] == near(4 / 3 * math.pi * 125 / 1000, "ml")
        # of an even ramp the mean is that in the middle; the deviation over a ball is r·g/√5
        assert ball["Mean"] == (
            pytest.approx(measured.value(0.5, 0), abs=measured.half_pixel),
            measured.kind.unit,
        )
        deviation = measured.kind.factor * 5 * math.hypot(RIGHT, DOWN) / math.sqrt(5)
        assert ball["Standard Deviation"][0] == pytest.approx(deviation, rel=0.05)
    else:
        with pytest.raises(Refused, match="no volume"):
            measured.drag("sphere", (0.5, 0), (3, 0), (5.5, 0))
    for tool_id in sorted(UPTAKE):
        with pytest.raises(Refused, match=r"no SUV|no volume"):
            measured.click(tool_id, (0, 0))
