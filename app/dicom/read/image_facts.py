"""What else an image says of how it is to be shown: shutter, times of a cine, loss."""

from __future__ import annotations

from app.dicom.read.header import Header
from app.dicom.read.prescan import VIDEO
from app.domain.frame import Shutter

#: transfer syntaxes that always lose something: JPEG baseline and extended, JPEG-LS near-lossless
LOSSY = ("1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.81")
_WHITE = 65535


def shutter(header: Header) -> Shutter | None:
    """PS3.3 C.7.6.11; a shape whose numbers are missing hides nothing."""
    shapes = {shape.upper() for shape in header.texts(0x00181600)}
    edges = tuple(header.integer(tag) for tag in (0x00181602, 0x00181604, 0x00181606, 0x00181608))
    centre, radius = header.integers(0x00181610), header.integer(0x00181612)
    corners = header.integers(0x00181620)
    known = [edge for edge in edges if edge is not None]
    rectangle = None
    if "RECTANGULAR" in shapes and len(known) == 4:
        rectangle = (known[0], known[1], known[2], known[3])
    circle = None
    if "CIRCULAR" in shapes and len(centre) == 2 and radius:
        circle = (centre[0], centre[1], radius)
    polygon: tuple[tuple[int, int], ...] = ()
    if "POLYGONAL" in shapes and len(corners) >= 6:
        polygon = tuple(zip(corners[::2], corners[1::2], strict=False))
    if rectangle is None and circle is None and not polygon:
        return None
    grey = header.short(0x00181622)
    return Shutter(rectangle, circle, polygon, (grey or 0) / _WHITE)


def frame_times(header: Header, frames: int) -> list[float | None]:
    """Time of each frame of a cine in ms, None where the object says none (PS3.3 C.7.6.5)."""
    vector = header.numbers(0x00181065)
    if frames > 1 and len(vector) >= frames:
        return [value if value > 0 else None for value in (*vector[1:frames], vector[frames - 1])]
    one = header.number(0x00181063)
    if not one or one <= 0:
        rate = header.number(0x00180040) or header.number(0x00082144)
        one = 1000.0 / rate if rate and rate > 0 else None
    return [one] * frames


def shown_rate_hz(header: Header) -> float | None:
    """Recommended Display Frame Rate (PS3.3 C.7.6.5), which may be another than the images were taken at."""
    rate = header.number(0x00082144)
    return rate if rate and rate > 0 else None


def plays_back_and_forth(header: Header) -> bool:
    """Preferred Playback Sequencing (PS3.3 C.7.6.5): 0 looping, 1 sweeping."""
    return header.short(0x00181244) == 1


def lossy_ratio(header: Header, transfer_syntax: str) -> float | None:
    """None where nothing was lost, 0 where the ratio is not known; several steps multiply."""
    if header.text(0x00282110) != "01" and not _loses(transfer_syntax):
        return None
    ratio = 1.0
    for value in header.numbers(0x00282112):
        ratio *= value
    return ratio if ratio > 1 else 0.0


def _loses(transfer_syntax: str) -> bool:
    return transfer_syntax in LOSSY or transfer_syntax.startswith(VIDEO)
