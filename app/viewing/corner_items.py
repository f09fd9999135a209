"""What of an image's own header stands in the corners, by the names that corner documents use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from string import Formatter

from app.domain.frame import Frame
from app.i18n import tr
from app.viewing.wording import short_number


@dataclass(frozen=True, slots=True)
class FrameItem:
    """Words with fields of the image in view, e.g. ``TR {repetition_ms}`` (English, a translation key).

    `common` is what they say where all images of the display set agree, for planes that are none of them.
    """

    template: str
    common: str = ""

    def words(self, frame: Frame | None) -> str:
        """The words of an image; "" where it does not tell one of the fields."""
        return frame_words(self.template, frame) if frame is not None else self.common


def fields_of(template: str) -> tuple[str, ...]:
    """The names of a template's fields; `ValueError` for a template that is none, or forms its values."""
    found = []
    for _, name, form, conversion in Formatter().parse(template):
        if form or conversion:
            raise ValueError("values are shown as they are")
        if name is not None:
            found.append(name)
    return tuple(found)


def frame_words(template: str, frame: Frame) -> str:
    """A template with the values of an image; "" where one is missing."""
    values = {name: FRAME_FIELDS[name](frame) for name in fields_of(template)}
    return tr(template, **values) if all(values.values()) else ""


def common_words(template: str, frames: Sequence[Frame]) -> str:
    """What a template says of all images alike; "" where they differ."""
    if not frames:
        return ""
    for name in fields_of(template):
        read = FRAME_FIELDS[name]
        told = read(frames[0])
        if read(frames[-1]) != told or any(read(frame) != told for frame in frames):
            return ""
    return frame_words(template, frames[0])


def _plain(value: float | int | None, decimals: int = 2) -> str:
    """A number with as many digits as it needs; "" for none."""
    if value is None:
        return ""
    return short_number(float(value), decimals)


def _exposure(name: str, decimals: int = 1) -> Callable[[Frame], str]:
    """A figure of the exposure; devices write 0 for what they do not know."""

    def read(frame: Frame) -> str:
        exposure = frame.technique.exposure
        return _plain(getattr(exposure, name) or None, decimals) if exposure is not None else ""

    return read


def _sonography(name: str) -> Callable[[Frame], str]:
    def read(frame: Frame) -> str:
        told = frame.technique.sonography
        return _plain(getattr(told, name)) if told is not None else ""

    return read


def _angle(name: str, above: str, below: str) -> Callable[[Frame], str]:
    """An angle of the beam with the word of its side."""

    def read(frame: Frame) -> str:
        exposure = frame.technique.exposure
        value = getattr(exposure, name) if exposure is not None else None
        return f"{above if value >= 0 else below} {abs(value):.0f}°" if value is not None else ""

    return read


#: what a document may name, and how it is read
FRAME_FIELDS: dict[str, Callable[[Frame], str]] = {
    "number": lambda f: _plain(f.number),
    "location_mm": lambda f: _plain(f.location_mm),
    "thickness_mm": lambda f: _plain(f.slice_thickness_mm),
    "laterality": lambda f: f.laterality,
    "view_position": lambda f: f.view_position,
    "acquired_time": lambda f: f"{f.distinction.acquired_at:%H:%M:%S}" if f.distinction.acquired_at else "",
    "acquisition_number": lambda f: _plain(f.distinction.acquisition_number),
    "trigger_ms": lambda f: _plain(f.distinction.trigger_ms, 0),
    "phase_percent": lambda f: _plain(f.distinction.phase_percent, 0),
    "kernel": lambda f: f.distinction.kernel,
    "agent": lambda f: f.technique.agent,
    "kv": lambda f: _plain(f.distinction.tube_kv or None, 0),
    "mas": _exposure("mas"),
    "exposure_ms": _exposure("ms", 0),
    "ma": _exposure("ma", 0),
    "ctdi_mgy": _exposure("ctdi_mgy", 2),
    "compression_n": _exposure("force_n", 0),
    "part_mm": _exposure("part_mm", 0),
    "primary_angle": _angle("primary_deg", "LAO", "RAO"),
    "secondary_angle": _angle("secondary_deg", "CRA", "CAU"),
    "repetition_ms": lambda f: _plain(f.technique.repetition_ms, 0),
    "echo_ms": lambda f: _plain(f.distinction.echo_ms, 1),
    "inversion_ms": lambda f: _plain(f.distinction.inversion_ms, 0),
    "flip_deg": lambda f: _plain(
        f.technique.flip_deg if f.technique.flip_deg is not None else f.distinction.flip_deg, 0
    ),
    "b_value": lambda f: _plain(f.distinction.b_value, 0),
    "sequence": lambda f: f.technique.sequence_name,
    "field_tesla": lambda f: _plain(f.technique.field_tesla, 1),
    "corrections": lambda f: " ".join(f.technique.corrections),
    "mechanical_index": _sonography("mechanical_index"),
    "thermal_index": _sonography("thermal_index"),
    "depth_mm": _sonography("depth_mm"),
}
