"""The facts of `app.dicom.read.suv_facts` from the headers of a PET series."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from app.dicom.read.dates import utc_offset
from app.dicom.read.header import Header
from app.dicom.read.suv_facts import Injection, PetImage, SuvInputs

_GE, _PHILIPS = "GEMS_PETD_01", "Philips PET Private Group"
#: stands for a date that was taken away; times of day are enough then
_SOME_DAY = date(2000, 1, 1)
_MOST_MS = 30 * 86_400_000.0  # a month
_MOVING = ("DYNAMIC", "GATED")


def suv_inputs(headers: Sequence[Header]) -> SuvInputs:
    """What the headers of all images of one PET series say; the first one stands for what is common to
    them.
    """
    first = headers[0]
    day = _day(first)
    offset = _offset(first)
    return SuvInputs(
        units=first.text(0x00541001).upper(),
        suv_type=first.text(0x00541006).upper(),
        corrections=tuple(_corrections(first)),
        decay_correction=first.text(0x00541102).upper(),
        dynamic=bool(first.texts(0x00541000)) and first.texts(0x00541000)[0].upper() in _MOVING,
        weight_kg=first.number(0x00101030),
        sex=first.text(0x00100040).upper(),
        height_m=first.number(0x00101020),
        injections=tuple(dict.fromkeys(_injection(item) for item in first.items(0x00540016))),
        series_at=_moment(first, 0x00080021, 0x00080031, day),
        images=tuple(_image(header, day, offset) for header in headers),
        utc_offset=offset,
        decay_corrected_at=_local(first.date_time(0x00189701), offset),
        ge_scan_at=_local(first.date_time(first.private(0x0009, _GE, 0x0D)), offset),
        philips_suv_factors=_factors(headers, 0x00),
        philips_activity_factors=_factors(headers, 0x09),
    )


def _corrections(header: Header) -> Iterator[str]:
    """Corrected Image, and what enhanced images say of each correction (PS3.3 C.8.22)."""
    yield from (value.upper() for value in header.texts(0x00280051))
    for tag, code in ((0x00189758, "DECY"), (0x00189759, "ATTN")):
        if header.text(tag).upper() == "YES":
            yield code


def _day(header: Header) -> date:
    tags = (0x00080021, 0x00080022, 0x00080023, 0x00080020)
    return next((day for tag in tags if (day := header.day(tag)) is not None), _SOME_DAY)


def _offset(header: Header) -> timedelta | None:
    try:
        return utc_offset(header.text(0x00080201))
    except ValueError:
        return None


def _moment(header: Header, day_tag: int, clock_tag: int, day: date) -> datetime | None:
    clock = header.clock(clock_tag)
    return None if clock is None else datetime.combine(header.day(day_tag) or day, clock)


def _local(moment: datetime | None, offset: timedelta | None) -> datetime | None:
    """On the scanner's clock: an offset from UTC that cannot be accounted for is left out."""
    if moment is None or moment.tzinfo is None:
        return moment
    own = moment.utcoffset()
    assert own is not None
    return moment.replace(tzinfo=None) + ((offset if offset is not None else own) - own)


def _image(header: Header, day: date, offset: timedelta | None) -> PetImage:
    acquired = _moment(header, 0x00080022, 0x00080032, day) or _local(header.date_time(0x0008002A), offset)
    return PetImage(acquired, _seconds(header, 0x00541300), _seconds(header, 0x00181242))


def _seconds(header: Header, tag: int) -> float | None:
    """Of milliseconds; None for what no examination lasts."""
    found_ms = header.number(tag)
    return None if found_ms is None or abs(found_ms) > _MOST_MS else found_ms / 1000.0


def _injection(item: Header) -> Injection:
    nuclide = next(iter(item.items(0x00540300)), None)
    tracer = next(iter(item.items(0x00540304)), None)
    return Injection(
        dose_bq=item.number(0x00181074),
        half_life_s=item.number(0x00181075),
        nuclide_code=nuclide.text(0x00080100) if nuclide is not None else "",
        nuclide=nuclide.text(0x00080104) if nuclide is not None else "",
        tracer=" ".join(
            part
            for part in (item.text(0x00180031), tracer.text(0x00080104) if tracer is not None else "")
            if part
        ),
        clock=item.clock(0x00181072),
        moment=item.date_time(0x00181078),
    )


def _factors(headers: Sequence[Header], element: int) -> tuple[float, ...]:
    found: dict[float, None] = {}
    for header in headers:
        tag = header.private(0x7053, _PHILIPS, element)
        value = header.number(tag) if tag else None
        if value is not None:
            found[value] = None
    return tuple(found)
