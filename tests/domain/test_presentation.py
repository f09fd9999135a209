"""Windows and lookup tables against PS3.3 by hand."""

from __future__ import annotations

import numpy as np
import pytest

from app.domain.pixel import LookupTable, PixelFormat, PixelSpacing
from app.domain.presentation import VoiFunction, Window


def test_ends_of_a_linear_window_are_those_of_the_standard() -> None:
    """PS3.3 C.11.2.1.2.1, note 4: centre 2048, width 4096 maps 0 to black and 4095 to white."""
    window = Window(2048, 4096)
    assert (window.low, window.high) == (0.0, 4095.0)
    assert (Window(0, 1).low, Window(0, 1).high) == (-0.5, -0.5)


def test_an_exact_window_ends_half_its_width_from_the_centre() -> None:
    """PS3.3 C.11.2.1.3.2."""
    window = Window(2048, 4096, function=VoiFunction.LINEAR_EXACT)
    assert (window.low, window.high) == (0.0, 4096.0)


def test_a_linear_window_that_is_too_narrow_is_taken_as_exact() -> None:
    """SUV maps are windowed with widths under 1, which LINEAR does not allow."""
    assert (Window(0.5, 0.5).low, Window(0.5, 0.5).high) == (0.25, 0.75)
    with pytest.raises(ValueError, match="positive"):
        Window(0, 0)


def test_a_lookup_table_holds_its_ends() -> None:
    """PS3.3 C.11.1.1: values before the first mapped one take the first entry, later ones the last."""
    table = LookupTable(10, 16, np.array([5, 7, 9], "<u2").tobytes())
    assert table.apply(np.array([-3, 10, 11, 12, 400], np.int16)).tolist() == [5, 5, 7, 9, 9]


def test_formats_say_what_they_can_hold() -> None:
    """Stored ranges of signed and unsigned values; colour is not grey."""
    assert PixelFormat("MONOCHROME2", bits_stored=12, signed=True).stored_range == (-2048, 2047)
    assert PixelFormat("MONOCHROME1", bits_stored=12).stored_range == (0, 4095)
    assert PixelFormat("MONOCHROME1").is_monochrome1
    assert not PixelFormat("RGB", samples=3).is_grey
    assert PixelSpacing(aspect=(3.0, 4.0)).display_ratio == (3.0, 4.0)
    assert PixelSpacing((0.5, 0.6)).display_ratio == (0.5, 0.6)
