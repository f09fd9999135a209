"""CT series of many slices with known values, made slice by slice: the whole of one is never in memory."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from app.dicom.write.ct_series import write_ct_series
from app.domain.geometry import Grid
from app.domain.provenance import derived_uid
from app.domain.study import Series, SeriesUid, Study
from tests.support.small_study import identity


class ManySlices:
    """HU of (slice, row, column), each slice made when it is asked for: noise that is moved on and a body
    whose grey tells the slice.
    """

    def __init__(self, count: int, side: int) -> None:
        self.shape = (count, side, side)
        self._noise = np.random.default_rng(1).integers(-40, 40, (side, side)).astype(np.int16)
        row, column = np.mgrid[:side, :side] / side - 0.5
        self._body = ((row / 0.4) ** 2 + (column / 0.45) ** 2 < 1).astype(np.int16)

    def __getitem__(self, index: int) -> NDArray[np.int16]:
        moved = np.roll(self._noise, index, axis=1)
        return np.asarray(moved - 1000 + self._body * np.int16(1000 + index % 97), np.int16)

    def line(self, row: int, column: int) -> NDArray[np.int16]:
        """The values of all slices at one place."""
        counted = np.arange(self.shape[0])
        noise = self._noise[row, (column - counted) % self.shape[2]]
        return np.asarray(noise - 1000 + self._body[row, column] * (1000 + counted % 97), np.int16)

    @property
    def grid(self) -> Grid:
        """Where they lie: from the head to the feet, as volumes are kept."""
        side = self.shape[1]
        spacing = (0.6, 360.0 / side, 360.0 / side)
        return Grid(self.shape, spacing, (-180.0, -180.0, 0.0), ((0, 0, -1), (0, 1, 0), (1, 0, 0)))


def write_many_slices(folder: Path, values: ManySlices, number: int = 1) -> tuple[Study, Series]:
    """Write a series of a study into `folder`; another number is another series of the same study."""
    study, first = identity("many")
    uid = SeriesUid(derived_uid("test", f"many {number}", "series"))
    series = replace(first, series_uid=uid, number=number, description=f"series {number}")
    write_ct_series(folder, study, series, values.grid, cast("NDArray[Any]", values))
    return study, series
