"""Recommended Display CIELab Value as sRGB (PS3.3 C.10.7.1.1), and colours where none is recommended."""

from __future__ import annotations

import colorsys

from app.dicom.read.header import Header

_GOLDEN = 0.618034


def recommended_color(header: Header, tag: int) -> tuple[int, int, int] | None:
    """sRGB of a CIELab value of three 16-bit words, the nearest where sRGB has no such colour; None where
    there is none.
    """
    words = header.words(tag, "H")
    if len(words) != 3:
        return None
    from highdicom.color import CIELabColor  # not when the window starts

    red, green, blue = CIELabColor.from_dicom_value(list(words)).to_rgb(clip=True)
    return int(red), int(green), int(blue)


def color_by_number(number: int) -> tuple[int, int, int]:
    """A colour that differs from its neighbours', always the same for the same number."""
    rgb = colorsys.hsv_to_rgb(number * _GOLDEN % 1.0, 0.65, 0.95)
    red, green, blue = (round(value * 255) for value in rgb)
    return red, green, blue
