"""Stored values to grey, against PS3.3 C.11 by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from app.domain.pixel import LookupTable, Rescale
from app.domain.presentation import GreyPipeline, VoiFunction, VoiTransform, Window
from app.imaging.lookup import colour_to_rgb32, to_grey, to_rgb32

EXACT, SIGMOID = VoiFunction.LINEAR_EXACT, VoiFunction.SIGMOID


def _table(first: int, bits: int, *entries: int) -> LookupTable:
    return LookupTable(first, bits, np.array(entries, "<u2").tobytes())


def _grey(voi: VoiTransform, *values: float, dtype: str = "i2", **how: Any) -> list[int]:
    pipeline = GreyPipeline(how.pop("modality", None), voi, **how)
    return to_grey(np.array([values], dtype), pipeline)[0].tolist()


@pytest.mark.parametrize(
    ("window", "greys"),
    [
        # y = ((x − (c − 0.5)) / (w − 1) + 0.5) · 255, C.11.2.1.2.1
        (Window(0, 100), {-51: 0, -50: 0, -49: 3, 0: 129, 48: 252, 49: 255, 50: 255}),
        (Window(2048, 4096), {0: 0, 1: 0, 2048: 128, 4094: 255, 4095: 255}),
        # a width of 1 is a threshold: black for x ≤ c − 0.5
        (Window(0, 1), {-1: 0, 0: 255}),
        (Window(10, 1), {9: 0, 10: 255}),
        # y = ((x − c) / w + 0.5) · 255, C.11.2.1.3.2
        (Window(0, 100, function=EXACT), {-50: 0, -25: 64, 0: 128, 25: 191, 50: 255}),
        # y = 255 / (1 + exp(−4 (x − c) / w)), C.11.2.1.3.1
        (Window(0, 100, function=SIGMOID), {-1000: 0, -25: 69, 0: 128, 25: 186, 1000: 255}),
    ],
)
@pytest.mark.parametrize("dtype", ["i2", ">i2", "i4", "f4"])
def test_windows_are_those_of_the_standard(window: Window, greys: dict[int, int], dtype: str) -> None:
    """The same for values that go through a table and for those that are computed."""
    assert _grey(window, *greys, dtype=dtype) == list(greys.values())


def test_linear_and_exact_differ_where_the_standard_says_so() -> None:
    """LINEAR was drawn by LINEAR_EXACT's formula: at the ends the two are a step apart."""
    assert _grey(Window(50, 100), 99) == [255]
    assert _grey(Window(50, 100, function=EXACT), 99) == [252]


def test_a_voi_lut_scales_its_own_bits() -> None:
    """C.11.2.1.1: the ends hold, and 2ⁿ − 1 is white, whatever n is."""
    table = _table(10, 10, 0, 512, 1023)
    assert _grey(table, -5, 10, 11, 12, 99) == [0, 0, 128, 255, 255]
    assert _grey(_table(0, 8, 0, 51, 255), 0, 1, 2) == [0, 51, 255]


def test_a_window_works_on_the_values_after_the_modality_transform() -> None:
    """C.11.1: stored 1024 with slope 1 and intercept −1024 is 0 HU; a Modality LUT gives its entries."""
    window = Window(0, 100, function=EXACT)
    assert _grey(window, 1024, 1049, dtype="u2", modality=Rescale(1, -1024)) == [128, 191]
    assert _grey(window, 0, 1, dtype="u1", modality=_table(0, 16, 0, 25)) == [128, 191]
    assert _grey(window, 2, dtype="u1", modality=Rescale(0.5, -1)) == [128]


def test_values_between_the_entries_of_a_voi_lut_take_the_nearest() -> None:
    """A VOI LUT is defined for whole numbers; a fractional slope gives others."""
    assert _grey(_table(0, 8, 0, 100, 200), 1, 3, dtype="u1", modality=Rescale(0.4, 0.0)) == [0, 100]


def test_inversion_turns_the_grey_round_but_never_the_padding() -> None:
    """MONOCHROME1 and a Presentation LUT Shape of INVERSE; padding stays black (PS3.3 C.7.5.1.1.2)."""
    window = Window(50, 100, function=EXACT)
    assert _grey(window, 0, 25, 100, dtype="u1", inverse=True) == [255, 191, 0]
    assert _grey(window, 0, 25, 100, dtype="u2", inverse=True, padding=(0, 0)) == [0, 191, 0]
    assert _grey(window, 0, 25, 100, dtype="i4", inverse=True, padding=(25, 100)) == [255, 0, 0]
    assert _grey(window, 90, 95, 100, dtype="u2", padding=(100, 95)) == [230, 0, 0]  # a range given backwards


def test_what_is_no_number_is_black() -> None:
    """Float maps hold NaN where nothing was fitted."""
    values = np.array([[np.nan, 1.0, np.inf, -np.inf]], np.float32)
    assert to_grey(values, GreyPipeline(None, Window(0.5, 1, function=EXACT), inverse=True)).tolist() == [
        [0, 0, 0, 255]
    ]


def test_screen_pixels_are_the_grey_in_three_channels() -> None:
    """What is drawn is what was computed, on flipped views too."""
    values = np.arange(-300, 300, dtype=np.int16).reshape(20, 30)[::-1, ::-1]
    pipeline = GreyPipeline(None, Window(40, 400))
    grey, pixels = to_grey(values, pipeline), to_rgb32(values, pipeline)
    assert pixels.flags.c_contiguous
    assert (pixels >> 24 == 255).all()
    for shift in (0, 8, 16):
        assert ((pixels >> shift & 255) == grey).all()


def test_colour_stays_as_it_is_until_a_window_is_asked_for() -> None:
    """Colour has no VOI: a window over 0…255 changes the brightness, an inversion the colours."""
    pixels = np.array([[[10, 128, 250]]], np.uint8)
    assert colour_to_rgb32(pixels)[0, 0] == 0xFF0A80FA
    assert colour_to_rgb32(pixels, inverse=True)[0, 0] == 0xFFF57F05
    assert colour_to_rgb32(pixels, Window(64, 128, function=EXACT))[0, 0] == 0xFF14FFFF


def test_a_palette_stands_for_grey_levels() -> None:
    """Its entries span black to white, of integers and of floating values alike."""
    palette = bytes((0, 0, 10, 200, 0, 0, 250, 250, 0))
    pipeline = GreyPipeline(None, Window(128, 256), palette=palette)
    for values in (np.array([0, 127, 255], np.uint8), np.array([0.0, 127.0, 255.0])):
        found = [f"{int(value):08x}" for value in to_rgb32(values, pipeline)]
        assert found == ["ff00000a", "ffc80000", "fffafa00"]
