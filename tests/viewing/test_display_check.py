"""The display function against the standard's table; patterns that hold what is looked for."""

from __future__ import annotations

import numpy as np
import pytest

from app.errors import BadInput
from app.viewing.display_pattern import (
    FIELDS,
    FIVE,
    NINETY_FIVE,
    check_pattern,
    extreme_places,
    luminance_field,
)
from app.viewing.gsdf import LEVELS, contrast_deviation, jnd_index, luminance


@pytest.mark.parametrize(("index", "value"), [(1, 0.0500), (2, 0.0547), (3, 0.0594), (1023, 3993.4040)])
def test_the_function_is_that_of_the_standard(index: int, value: float) -> None:
    """PS3.14 Table B-1."""
    assert luminance(index) == pytest.approx(value, rel=1e-3)
    assert jnd_index(value) == pytest.approx(index, abs=0.3)


def _gsdf(low: float, high: float) -> np.ndarray:
    return np.array([luminance(j) for j in np.linspace(jnd_index(low), jnd_index(high), len(LEVELS))])


def test_a_display_on_the_function_has_no_deviation_and_others_have() -> None:
    """A calibrated display; one of gamma 2.2, whose dark steps are too small; one step 15 % too large."""
    assert contrast_deviation(_gsdf(0.5, 400.0)) < 0.01
    gamma = 0.5 + 399.5 * (np.array(LEVELS) / 255) ** 2.2
    assert contrast_deviation(gamma) > 0.5
    off = _gsdf(0.5, 400.0)
    step = off[9] - off[8]
    off[9] += 0.15 * step
    assert contrast_deviation(off) == pytest.approx(0.15, abs=0.02)


@pytest.mark.parametrize(
    "wrong", [[1.0] * 18, list(range(1, 18)), list(range(18, 0, -1)), [0.0, *range(1, 18)]]
)
def test_what_was_not_measured_is_refused(wrong: list[float]) -> None:
    with pytest.raises(BadInput):
        contrast_deviation(wrong)


@pytest.mark.parametrize("size", [(1366, 768), (3840, 2160), (1536, 2048)])
def test_the_pattern_has_its_fields_squares_and_lines(size: tuple[int, int]) -> None:
    width, height = size
    pattern = check_pattern(width, height)
    assert pattern.shape == (height, width)
    unit = min(size) // 12
    top, left = (height - 8 * unit) // 2, (width - 8 * unit) // 2
    for n, level in enumerate(FIELDS):
        row, column = top + 2 * unit * (n // 4) + unit, left + 2 * unit * (n % 4) + unit
        assert pattern[row, column] == level
        assert {level + 4, level - 4} <= set(
            np.unique(pattern[row - unit : row + unit, column - unit : column + unit]).tolist()
        )
    black, white, side = extreme_places(width, height)
    for (row, column), ground, inner in ((black, 0, FIVE), (white, 255, NINETY_FIVE)):
        assert pattern[row + 2, column + 2] == ground
        assert pattern[row + side // 2, column + side // 2] == inner
    assert set(pattern[0].tolist()) == {255}, "the border shows that nothing is cut off"
    corner = pattern[unit // 4 + 3, unit // 4 : unit // 4 + unit].astype(int)
    assert set(np.abs(np.diff(corner)).tolist()) == {255}, "lines of a pixel"


def test_a_field_to_be_measured() -> None:
    field = luminance_field(1000, 800, 255)
    assert (field == 255).mean() == pytest.approx(0.1, rel=0.01)
    assert field[400, 500] == 255
    assert field[0, 0] == 51
