"""The step of the main job that measures, as a reader would."""

from __future__ import annotations

from typing import Any

import numpy as np

from app.demo.study import DemoTruth
from app.demo.window_driver import WindowDriver
from app.domain.inference import Nodule
from app.errors import NotFound
from app.viewing.screen import SliceView


class MeasuredStep:
    """Lengths across the demo's nodules; of other images a region in the middle."""

    def __init__(self, driver: WindowDriver) -> None:
        self._driver = driver

    def run(self, truth: DemoTruth | None) -> dict[str, Any]:
        """Measure the demo's nodules, or a region where no truth is known; the step's figures."""
        session = self._driver.window.session
        figures: dict[str, Any] = {}
        volume = session.screen.volume
        assert volume is not None
        if truth is not None:
            rows = []
            for nodule in truth.nodules:
                self._driver.go_to(nodule.centre_mm)
                diameter = self._measure_nodule(nodule)
                rows.append(
                    {
                        "truth_mm": round(nodule.diameter_mm, 2),
                        "measured_mm": round(diameter, 2),
                        "error_mm": round(diameter - nodule.diameter_mm, 2),
                        "error_px": round((diameter - nodule.diameter_mm) / volume.grid.spacing_mm[2], 2),
                    }
                )
            figures["nodules"] = rows
        else:
            self._measure_region()
        measured = session.study.annotations.measurements
        figures["measurements"] = len(measured)
        return figures

    def _measure_nodule(self, nodule: Nodule) -> float:
        """Length across a nodule between the half-height points of its profile along the row, as a reader
        would place the ends.
        """
        session = self._driver.window.session
        source = self._driver.processed() or session.screen.volume
        assert source is not None
        ends = half_height_ends(
            source.at(),
            source.grid.to_index(nodule.centre_mm),
            nodule.diameter_mm / source.grid.spacing_mm[2],
        )
        points = tuple(tuple(float(v) for v in source.grid.to_lps(end)) for end in ends)
        known = {m.tracking_uid for m in session.study.annotations.measurements}
        self._driver.draw("length", points)  # type: ignore[arg-type]
        new = [m for m in session.study.annotations.measurements if m.tracking_uid not in known]
        return new[0].values[0].value

    def _measure_region(self) -> None:
        """An ellipse in the middle of the plane that is shown: mean, SD, area."""
        screen = self._driver.window.session.screen
        assert screen.volume is not None
        grid, view = screen.volume.grid, screen.active_viewport.view
        assert isinstance(view, SliceView)
        first, second = (np.array(grid.axes[axis]) for axis in range(3) if axis != view.axis)
        centre = np.array(grid.centre_mm)
        ends = (centre - 20 * second, centre + 20 * second, centre - 15 * first, centre + 15 * first)
        self._driver.go_to(grid.centre_mm)
        self._driver.draw("ellipse", tuple((float(x), float(y), float(z)) for x, y, z in ends))


def half_height_ends(
    values: Any, centre: Any, width_px: float
) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Ends (slice, row, column) of a bright object along its row, where the profile crosses half its height.

    `centre` is a continuous index inside the object, `width_px` about its width; the profile is the linear
    interpolation of the nearest slice along the row through `centre`.
    """
    s, r, c = round(float(centre[0])), float(centre[1]), float(centre[2])
    row0 = int(np.floor(r))
    share = r - row0
    profile = (1 - share) * values[s, row0].astype(float) + share * values[
        s, min(row0 + 1, values.shape[1] - 1)
    ].astype(float)
    reach = max(6.0, 1.5 * width_px)
    x = np.arange(max(c - reach, 0), min(c + reach, values.shape[2] - 1), 0.05)
    line = np.interp(x, np.arange(values.shape[2]), profile)
    inside = np.abs(x - c) < max(1.0, width_px / 5)
    top = float(line[inside].mean())
    base = float(np.percentile(line, 15))
    half = (top + base) / 2
    left = x[(x < c) & (line < half)]
    right = x[(x > c) & (line < half)]
    if len(left) == 0 or len(right) == 0:
        raise NotFound("The object's edge was not found within {reach} pixels.", reach=round(reach))
    return (float(s), r, float(left.max())), (float(s), r, float(right.min()))
