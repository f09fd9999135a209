"""How stored values become real ones, and real ones grey: rescale, look-up tables, windows, padding.

PS3.3 C.7.6.3, C.7.6.16.2.9 to .11, C.11.1, C.11.2.
"""

from __future__ import annotations

import struct
from functools import lru_cache

import numpy as np

from app.dicom.read.functional_groups import Groups
from app.dicom.read.header import Header
from app.dicom.read.prescan import Prescan
from app.domain.pixel import LookupTable, PixelFormat, RealWorldValues, Rescale, ValueTransform
from app.domain.presentation import VoiFunction, VoiTransform, Window

_FLOATS = {0x7FE00008: 32, 0x7FE00009: 64}
_RESCALE, _VOI, _REAL_WORLD = 0x00289145, 0x00289132, 0x00409096
_MODALITY_LUT, _VOI_LUT, _DESCRIPTOR = 0x00283000, 0x00283010, 0x00283002
_PRESENTATION_LUT, _REAL_TABLE = 0x20500010, 0x00409212
#: X-ray angiographic and radiofluoroscopic images
_X_RAY = "1.2.840.10008.5.1.4.1.1.12."
#: stands for the type of the values where slope or intercept cannot be read
STORED_VALUES = "STORED"
#: where the slope is 0, which makes one value of all
NO_SLOPE = "SLOPE 0"
#: no window of more is meant
_MOST_VALUE = 1e15
FEW_ENTRIES = "{attribute} lacks entries ({text} of {count} there); the table was not used."
NO_DESCRIPTOR = "{attribute}: LUT Descriptor is missing or cannot be read; the table was not used."
Span = tuple[float, float]
_EMPTY_BITS = 4
#: Real World Value First and Last Value Mapped, each as a stored value and as a double
_ENDS = ((0x00409216, 0x00409214), (0x00409211, 0x00409213))
_OF_ONE_SAMPLE = frozenset(("MONOCHROME1", "MONOCHROME2", "PALETTE COLOR"))


def pixel_format(header: Header, found: Prescan) -> PixelFormat:
    """The form of the stored values."""
    allocated = found.number(0x00280100) or 8
    stored = found.number(0x00280101)
    stored = stored if 0 < stored <= allocated else allocated
    high = header.short(0x00280102)
    samples = found.samples
    photometric = header.text(0x00280004).upper()
    if samples == 1 and photometric not in _OF_ONE_SAMPLE:
        photometric = "MONOCHROME2"  # a value that is no index of a colour is a brightness, whatever is said
    return PixelFormat(
        photometric or "RGB",
        samples,
        allocated,
        stored,
        high if high is not None and stored - 1 <= high < allocated else stored - 1,
        signed=found.number(0x00280103) == 1,
        floating=_is_floating(found),
    )


def _is_floating(found: Prescan) -> bool:
    if found.pixel_offset is None or found.number(0x00280100) not in _FLOATS.values():
        return False
    back = 12 if found.explicit else 8
    tag = bytes(found.data[found.pixel_offset - back : found.pixel_offset - back + 4])
    group, element = struct.unpack("<HH" if found.little else ">HH", tag)
    return group << 16 | element in _FLOATS


def value_transform(groups: Groups, shape: PixelFormat | None) -> tuple[ValueTransform | None, str]:
    """Modality LUT or rescale of a frame and the type of its result; None where it has neither or cannot be
    read.

    `shape` is None where the stored values are those of other objects (presentation states).
    """
    table = None if _is_for_intensity_only(groups.top) else next(iter(groups.top.items(_MODALITY_LUT)), None)
    if table is not None:
        lut = _table(table, _MODALITY_LUT, shape.stored_range if shape is not None else None)
        if lut is not None:
            return lut, table.text(0x00283004)
    item = groups.one(_RESCALE)
    slope, intercept = item.decimal(0x00281053), item.decimal(0x00281052)
    kind = item.text(0x00281054).upper()
    if slope.value and intercept.value is not None:
        return Rescale(slope.value, intercept.value), kind
    if slope.value == 0:
        return None, NO_SLOPE
    return None, STORED_VALUES if slope.unreadable or intercept.unreadable else kind


def _is_for_intensity_only(header: Header) -> bool:
    """The Modality LUT of an X-ray image makes values proportional to the beam's intensity, for measuring;
    windows and display take the stored values (PS3.3 C.8.7.1.1.2; IHE Basic Image Review 4.16.4.2.2.5.4).
    """
    return header.uid(0x00080016).startswith(_X_RAY) and header.text(0x00281040).upper() in ("LOG", "DISP")


def values_span(shape: PixelFormat, transform: ValueTransform | None) -> Span:
    """The lowest and the highest value that stored values can become."""
    match transform:
        case LookupTable(bits=bits):
            return 0, (1 << bits) - 1
        case Rescale(slope=slope, intercept=intercept):
            ends = sorted(slope * value + intercept for value in shape.stored_range)
            return ends[0], ends[1]
    return shape.stored_range


def voi_transforms(groups: Groups, span: Span | None) -> tuple[VoiTransform, ...]:
    """Windows and VOI LUTs of a frame, windows first, in the order of the object.

    `span` is what the values lie in that they are applied to, None where it is not known.
    """
    item = groups.one(_VOI)
    centres, widths, names = item.decimals(0x00281050), item.decimals(0x00281051), item.texts(0x00281055)
    function = _function(item.text(0x00281056))
    windows = [
        Window(centre.value, width.value, names[i] if i < len(names) else "", function)
        for i, (centre, width) in enumerate(zip(centres, widths, strict=False))
        if centre.value is not None and width.value is not None
        if abs(centre.value) <= _MOST_VALUE and 0 < width.value <= _MOST_VALUE
    ]
    tables = [_table(one, _VOI_LUT, span) for one in item.items(_VOI_LUT)]
    return (*windows, *(table for table in tables if table is not None))


def presentation_lut(header: Header) -> LookupTable | None:
    """The table of a Presentation LUT Sequence (PS3.3 C.11.4); None where there is none."""
    item = next(iter(header.items(_PRESENTATION_LUT)), None)
    return _table(item, _PRESENTATION_LUT, None) if item is not None else None


def _function(text: str) -> VoiFunction:
    try:
        return VoiFunction(text.upper())
    except ValueError:
        return VoiFunction.LINEAR


def _table(item: Header, sequence: int, span: Span | None) -> LookupTable | None:
    """PS3.3 C.11.1.1: number of entries (0 for 65536), first mapped value, bits of an entry.

    None, with a doubt about the `sequence` that it is an item of, where entries are missing.
    """
    if len(item.words(_DESCRIPTOR, "H")) < 3:
        item.tell(NO_DESCRIPTOR, sequence, "")
        return None
    count, _, bits = item.words(_DESCRIPTOR, "H")[:3]
    count, raw = count or 65536, item.raw(0x00283006)
    words = item.words(0x00283006, "H") if len(raw) >= 2 * count else item.words(0x00283006, "B")
    if len(words) < count:
        found = len(raw) // 2 if bits > 8 else len(raw)
        item.tell(FEW_ENTRIES, sequence, str(found), count=str(count))
        return None
    data = np.array(words[:count], "<u2").tobytes()
    first = _first_mapped(item, count, span)
    return _shared(first, _bits_used(bits, max(words[:count])), data, item.text(0x00283003))


def _bits_used(said: int, highest: int) -> int:
    """Bits of an entry: as said, unless the entries have more (all white) or leave four empty (all black)."""
    said = said if 0 < said <= 16 else 16
    used = max(8, highest.bit_length())
    return used if used > said or used <= said - _EMPTY_BITS else said


def _first_mapped(item: Header, count: int, span: Span | None) -> int:
    """The first value that a table maps, signed or not as it meets more of the values it is applied to.

    The element is US or SS after Pixel Representation and Modality LUT together (PS3.3 C.11.2.1.1), which
    many writers do not follow: a table from -1024 on is found as one from 64512 on.
    """
    unsigned, signed = (item.words(_DESCRIPTOR, code)[1] for code in "Hh")
    if span is None:
        return int(signed if item.vr(_DESCRIPTOR) == "SS" else unsigned)
    met = [min(span[1], first + count - 1) - max(span[0], first) for first in (unsigned, signed)]
    return int(signed if met[1] > met[0] else unsigned)


@lru_cache(maxsize=64)
def _shared(first: int, bits: int, data: bytes, explanation: str) -> LookupTable:
    """One table for all frames that have the same."""
    return LookupTable(first, bits, data, explanation)


def padding(header: Header, shape: PixelFormat) -> tuple[float, float] | None:
    """Stored values that mean "no image", lowest and highest (PS3.3 C.7.5.1.1.2)."""
    if shape.floating:
        code, value, limit = ("f", 0x00280122, 0x00280124) if shape.bits_allocated == 32 else (
            "d", 0x00280123, 0x00280125
        )  # fmt: skip
    else:
        code, value, limit = ("h" if shape.signed else "H"), 0x00280120, 0x00280121
    first = header.word(value, code)
    if first is None:
        return None
    other = header.word(limit, code)
    ends = (float(first), float(first if other is None else other))
    return min(ends), max(ends)


def real_world(groups: Groups, shape: PixelFormat) -> RealWorldValues | None:
    """The first Real World Value Mapping that has a unit and can be read."""
    found = (_real_world(item, shape) for item in groups.items(_REAL_WORLD))
    return next((one for one in found if one is not None), None)


def _real_world(item: Header, shape: PixelFormat) -> RealWorldValues | None:
    unit = next(iter(item.items(0x004008EA)), None)
    code = (unit.text(0x00080100) or unit.text(0x00080119)) if unit is not None else ""
    if unit is None or not code:
        return None
    meaning = item.text(0x00283003) or unit.text(0x00080104)
    first, last = (_mapped_end(item, tags, shape) for tags in _ENDS)
    if first is not None and last is not None and last < first:
        first, last = last, first
    slope, intercept = item.double(0x00409225), item.double(0x00409224)
    if slope and intercept is not None:
        return RealWorldValues(code, meaning, slope, intercept, first, last)
    raw, entries = item.raw(_REAL_TABLE), item.words(_REAL_TABLE, "d")
    if not raw or first is None or last is None:
        return None
    wanted = int(last - first) + 1
    if len(entries) < wanted:
        item.tell(FEW_ENTRIES, _REAL_TABLE, str(len(entries)), count=str(wanted))
        return None
    return _real_table(code, meaning, first, last, np.array(entries[:wanted], "<f8").tobytes())


def _mapped_end(item: Header, tags: tuple[int, int], shape: PixelFormat) -> float | None:
    """An end of what is mapped: US or SS after Pixel Representation, or a double."""
    whole, floating = tags
    if shape.floating:
        return item.double(floating)
    found = item.word(whole, "h" if shape.signed else "H")
    return float(found) if found is not None else item.double(floating)


@lru_cache(maxsize=64)
def _real_table(unit: str, meaning: str, first: float, last: float, data: bytes) -> RealWorldValues:
    """One table for all frames that have the same."""
    return RealWorldValues(unit, meaning, first=first, last=last, data=data)
