"""Frames of a series from the headers of its files, classic and enhanced alike.  Runs in the bounded child."""

from __future__ import annotations

import struct
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from app.dicom.header import PARSE_FAILURES, Header, _six, opened
from app.dicom.prescan import Prescan, Unusable, prescan
from app.domain.frames import Frame, FrameSet
from app.domain.geometry import Point3
from app.domain.study import SeriesUid, SopUid
from app.errors import BadInput

_SHARED, _PER_FRAME = 0x52009229, 0x52009230


@dataclass(frozen=True, slots=True)
class _Kind:
    """What all frames of a volume must have in common, and what is told of the series."""

    modality: str
    sop_class_uid: str
    photometric: str
    samples: int
    frame_of_reference_uid: str


@dataclass(slots=True)
class _File:
    header: Header
    kind: _Kind
    bits_stored: int
    signed: bool
    rescale_type: str
    windows: tuple[tuple[float, float, str], ...]
    tilt: float
    frames: list[Frame]


def read_frames(series_uid: str, files: list[tuple[Path, str, str]]) -> FrameSet:
    """The frames of files given as (path, SHA-256, name for people)."""
    read = [_file(path, digest, name) for path, digest, name in files]
    kind = Counter({k: sum(len(f.frames) for f in read if f.kind == k) for k in {f.kind for f in read}}).most_common(1)[0][0]
    main = [file for file in read if file.kind == kind]
    frames = [
        frame if file.kind == kind else replace(frame, position_mm=None, orientation=None, spacing_mm=None)
        for file in read for frame in file.frames
    ]  # fmt: skip
    first = main[0]
    rescale_type = first.rescale_type
    if kind.modality == "PT":
        factor, rescale_type = _suv(main, rescale_type)
        frames = [replace(frame, slope=frame.slope * factor, intercept=frame.intercept * factor) for frame in frames]
    return FrameSet(
        SeriesUid(series_uid), kind.modality, kind.sop_class_uid, kind.photometric, kind.samples,
        bits_stored=max(file.bits_stored for file in main), signed=any(file.signed for file in main),
        rescale_type=rescale_type, frame_of_reference_uid=kind.frame_of_reference_uid, frames=tuple(frames),
        windows=_common_windows(main), gantry_tilt_deg=first.tilt,
    )  # fmt: skip


def _common_windows(files: list[_File]) -> tuple[tuple[float, float, str], ...]:
    """The windows that at least half of the images share; none where each image has its own (MR often), which fits no other image."""
    weights: Counter[tuple[tuple[float, float, str], ...]] = Counter()
    for file in files:
        weights[file.windows] += len(file.frames)
    windows, weight = weights.most_common(1)[0]
    return windows if 2 * weight >= weights.total() else ()


def _file(path: Path, digest: str, name: str) -> _File:
    try:
        with opened(path, header_only=True) as data:
            found = prescan(data)
            return _described(Header.of(found), found, digest)
    except Unusable as refusal:
        raise refusal.as_error(name) from refusal
    except OSError as error:
        raise BadInput("{name} cannot be read ({cause}).", name=name, cause=error.strerror or type(error).__name__) from error
    except PARSE_FAILURES as error:
        raise BadInput("{name} could not be read: {cause}.", name=name, cause=type(error).__name__) from error


def _described(header: Header, found: Prescan, digest: str) -> _File:
    shared = next(iter(header.items(_SHARED)), None)
    per_frame = header.items(_PER_FRAME)
    samples = found.number(0x00280002, 1) if found.pixel_offset is not None else 0
    sop_class = header.uid(0x00080016) or found.uid(0x00020002)
    kind = _Kind(header.text(0x00080060), sop_class, header.text(0x00280004), samples, header.uid(0x00200052))
    if per_frame:
        frames = [
            _frame(header, found, digest, index, _Groups(item, shared, header)) for index, item in enumerate(per_frame[: found.frames])
        ]
        groups = _Groups(per_frame[0], shared, header)
    else:
        groups = _Groups(None, shared, header)
        frames = [_frame(header, found, digest, index, groups) for index in range(found.frames)]
        if len(frames) > 1:  # several frames and no place for each: nothing that makes a volume
            frames = [replace(frame, position_mm=None) for frame in frames]
    transformation = groups.one(0x00289145)
    rescale_type = transformation.text(0x00281054) or header.text(0x00541001)
    if kind.modality == "PT":
        header.detach()  # its doses and times are asked for when all files have been read
    return _File(
        header, kind, found.number(0x00280101) or found.number(0x00280100), bool(found.number(0x00280103)), rescale_type,
        _windows(groups.one(0x00289132)), header.number(0x00181120) or 0.0, frames,
    )  # fmt: skip


class _Groups:
    """Functional groups of a frame: its own, then the shared ones, then the data set itself (PS3.3 C.7.6.16)."""

    def __init__(self, own: Header | None, shared: Header | None, top: Header) -> None:
        self._places = [place for place in (own, shared) if place is not None]
        self._top = top

    def one(self, tag: int) -> Header:
        """The item of a functional group."""
        for place in self._places:
            if items := place.items(tag):
                return items[0]
        return self._top


def _frame(header: Header, found: Prescan, digest: str, index: int, groups: _Groups) -> Frame:
    place, measures = groups.one(0x00209113).numbers(0x00200032), groups.one(0x00289110).numbers(0x00280030)
    localizer = "LOCALIZER" in header.text(0x00080008).upper()
    position: Point3 | None = (place[0], place[1], place[2]) if len(place) == 3 and not localizer else None
    rescale = groups.one(0x00289145)
    slope, intercept = rescale.number(0x00281053), rescale.number(0x00281052)
    return Frame(
        SopUid(header.uid(0x00080018) or found.uid(0x00020003)), digest, index, found.number(0x00280010), found.number(0x00280011),
        number=header.integer(0x00200013), position_mm=position,
        orientation=_six(groups.one(0x00209116).numbers(0x00200037)),
        spacing_mm=(measures[0], measures[1]) if len(measures) == 2 and min(measures) > 0 else None,
        slope=slope if slope else 1.0, intercept=intercept or 0.0,
        time=_time(groups), echo=groups.one(0x00189114).double(0x00189082) or header.number(0x00180081),
        b_value=_b_value(groups, header),
    )  # fmt: skip


def _time(groups: _Groups) -> float | None:
    content = groups.one(0x00209111)
    raw = content.raw(0x00209128)  # Temporal Position Index, UL
    if len(raw) == 4:
        return float(struct.unpack("<I", raw)[0])
    for tag in (0x00200100, 0x00541300, 0x00181060, 0x00200012):
        if (value := content.number(tag)) is not None:
            return value
    return None


def _b_value(groups: _Groups, header: Header) -> float | None:
    value = groups.one(0x00189117).double(0x00189087)
    if value is None and header.text(0x00190010) == "SIEMENS MR HEADER":
        value = header.number(0x0019100C)
    return value


def _windows(header: Header) -> tuple[tuple[float, float, str], ...]:
    centres, widths, names = header.numbers(0x00281050), header.numbers(0x00281051), header.texts(0x00281055)
    return tuple(
        (centre, width, names[i] if i < len(names) else "")
        for i, (centre, width) in enumerate(zip(centres, widths, strict=False))
        if width > 0
    )


def _suv(files: list[_File], units: str) -> tuple[float, str]:
    """Factor from stored quantity to SUV by body weight in g/ml, and what the result is (QIBA's vendor-neutral way).

    Needs units BQML, decay corrected to the start of the series (or to administration), weight, dose, half-life and the
    time of injection; what lacks any of them stays an activity.
    """
    header = files[0].header
    if units == "GML":
        return 1.0, "SUVBW" if header.text(0x00541006) in ("", "BW") else units
    corrected = header.texts(0x00280051)
    weight_kg = header.number(0x00101030)
    dose = next(iter(header.items(0x00540016)), None)
    if units != "BQML" or "ATTN" not in corrected or "DECY" not in corrected or dose is None or not weight_kg:
        return 1.0, units
    bequerel, half_life_s = dose.number(0x00181074), dose.number(0x00181075)
    if not bequerel or bequerel <= 0:
        return 1.0, units
    decay = header.text(0x00541102)
    if decay == "ADMIN":
        return weight_kg * 1000.0 / bequerel, "SUVBW"
    seconds = _seconds_since_injection(files, dose)
    if decay != "START" or not half_life_s or half_life_s <= 0 or seconds is None or not 0 <= seconds < 86400:
        return 1.0, units
    return float(weight_kg * 1000.0 / (bequerel * 2.0 ** (-seconds / half_life_s))), "SUVBW"


def _seconds_since_injection(files: list[_File], dose: Header) -> float | None:
    header = files[0].header
    acquired = [moment for file in files if (moment := file.header.moment(0x00080022, 0x00080032)) is not None]
    start = header.moment(0x00080021, 0x00080031)
    if acquired and (start is None or start > min(acquired)):
        start = min(acquired)  # the series date was changed after the scan: the earliest image says when it began
    if start is None:
        return None
    whole = dose.raw(0x00181078)[:14].decode("ascii", "replace")
    try:
        injected = datetime.strptime(whole, "%Y%m%d%H%M%S")  # noqa: DTZ007  (DICOM local time, as all of the file)
    except ValueError:
        clock = dose.clock(0x00181072)
        if clock is None:
            return None
        injected = datetime.combine(start.date(), clock)
        if injected > start:
            injected -= timedelta(days=1)
    return (start - injected).total_seconds()
