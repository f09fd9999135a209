"""What tells frames at one position apart: times, echoes, b-values, phases, components."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from app.dicom.read.functional_groups import Groups
from app.dicom.read.header import Header
from app.domain.frame import Distinction

_CONTENT, _CARDIAC, _RESPIRATORY = 0x00209111, 0x00189118, 0x00209253
_ECHO, _MODIFIERS, _DIFFUSION = 0x00189114, 0x00189115, 0x00189117
_FRAME_TYPES = (0x00189226, 0x00189329, 0x00189751, 0x00189807)
#: GE writes the component of a complex image as a number
_GE_COMPONENTS = {0: "M", 1: "P", 2: "R", 3: "I"}
_GE_PARAMETERS = "GEMS_PARM_01"
#: Siemens names sequences after what they weight: *ep_b1000t, ep_b500#2
_B_IN_NAME = re.compile(r"_b(\d{1,5})(?!\d)")
#: dimensions of the place: stack, position in it, Image Position and Orientation (Patient, Volume), Slice
#: Location
_OF_THE_PLACE = frozenset(
    (0x00209056, 0x00209057, 0x00200032, 0x00200037, 0x00209301, 0x00209302, 0x00201041)
)


def distinction(groups: Groups) -> Distinction:
    """Of a frame; for classic objects all groups are the data set itself."""
    top, content = groups.top, groups.one(_CONTENT)
    trigger, percent = _phase(groups)
    b_value, gradient = _diffusion(groups)
    return Distinction(
        temporal_index=_first(content.word(0x00209128, "I"), top.integer(0x00200100)),
        acquired_at=_acquired(groups),
        acquisition_number=_first(content.short(0x00209156), top.integer(0x00200012)),
        trigger_ms=trigger,
        phase_percent=percent,
        echo_ms=groups.one(_ECHO).double(0x00189082) or top.number(0x00180081),
        echo_number=top.integer(0x00180086),
        inversion_ms=groups.one(_MODIFIERS).double(0x00189079) or top.number(0x00180082),
        b_value=b_value,
        gradient=gradient,
        contrast=top.text(0x00180010).upper(),
        kernel=(groups.item(0x00189314) or top).text(0x00181210),
        stack_id=content.text(0x00209056),
        image_type=_image_type(groups),
        reference_s=_seconds(top.number(0x00541300)),
        content_at=_local(top.moment(0x00080023, 0x00080033)),
        dimensions=_dimensions(groups, content),
        tube_kv=top.number(0x00180060),
        flip_deg=top.number(0x00181314),
    )


def _seconds(found_ms: float | None) -> float | None:
    return None if found_ms is None else found_ms / 1000.0


def _local(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=None)


def _dimensions(groups: Groups, content: Header) -> tuple[int, ...]:
    """Dimension Index Values but for those of the stack and of the place (PS3.3 C.7.6.17)."""
    values, pointers = content.words(0x00209157, "I"), groups.dimensions
    if len(values) != len(pointers):
        return ()
    return tuple(int(value) for value, tag in zip(values, pointers, strict=True) if tag not in _OF_THE_PLACE)


def _first(*values: int | None) -> int | None:
    return next((value for value in values if value is not None), None)


def _acquired(groups: Groups) -> datetime | None:
    content, top = groups.one(_CONTENT), groups.top
    found = (
        content.date_time(0x00189074)
        or content.date_time(0x00189151)
        or top.date_time(0x0008002A)
        or top.moment(0x00080022, 0x00080032)
        or top.moment(0x00080023, 0x00080033)
    )
    return _local(found)


def _phase(groups: Groups) -> tuple[float | None, float | None]:
    """Delay after the trigger in ms and share of the cycle in percent."""
    top = groups.top
    cardiac, breath = groups.item(_CARDIAC), groups.item(_RESPIRATORY)
    trigger = cardiac.double(0x00209153) if cardiac is not None else None
    percent = (cardiac or top).word(0x00209241, "f")
    if percent is None and breath is not None:
        percent = breath.word(0x00209245, "f")
    return trigger if trigger is not None else top.number(0x00181060), percent


def _diffusion(groups: Groups) -> tuple[float | None, tuple[float, float, float] | None]:
    item = groups.one(_DIFFUSION)
    b_value = item.double(0x00189087)
    gradient = next(iter(item.items(0x00189076)), item).words(0x00189089, "d")
    if b_value is None and groups.top.text(0x00080060) == "MR":
        b_value, gradient = _private_diffusion(groups)
    return b_value, (gradient[0], gradient[1], gradient[2]) if len(gradient) == 3 and b_value else None


def _private_diffusion(groups: Groups) -> tuple[float | None, tuple[float, ...]]:
    """The makers' own elements for b-value and direction."""
    top = groups.top
    if tag := groups.private(0x0019, "SIEMENS MR HEADER", 0x0C):
        return top.number(tag), top.words(tag + 2, "d")
    if tag := _ge_parameter(groups, 0x39):
        values = top.numbers(tag)
        # GE adds a large number to the b-value where several were asked for
        return (values[0] % 100000 if values else None), _ge_gradient(groups)
    if tag := groups.private(0x0065, "Image Private Header", 0x09):
        return top.word(tag, "d"), top.words(tag - 0x09 + 0x37, "d")
    if tag := groups.private(0x2001, "Philips Imaging DD 001", 0x03):
        return top.word(tag, "f"), _philips_gradient(groups)
    named = _B_IN_NAME.search(top.text(0x00180024)) if _is_siemens(top) else None
    return (float(named[1]) if named is not None else None), ()


def _is_siemens(top: Header) -> bool:
    return top.text(0x00080070).upper().startswith("SIEMENS")


def _ge_parameter(groups: Groups, element: int) -> int:
    """A tag of GE's parameters; some de-identifiers keep them and lose the line that claims their block."""
    unclaimed = 0x00431000 | element if groups.top.text(0x00080070).upper().startswith("GE") else 0
    return groups.private(0x0043, _GE_PARAMETERS, element) or unclaimed


def _ge_gradient(groups: Groups) -> tuple[float, ...]:
    claimed = groups.private(0x0019, "GEMS_ACQU_01", 0xBB)
    tag = claimed or (0x001910BB if groups.top.text(0x00080070).upper().startswith("GE") else 0)
    return tuple(value for i in range(3) if tag and (value := groups.top.number(tag + i)) is not None)


def _philips_gradient(groups: Groups) -> tuple[float, ...]:
    tag = groups.private(0x2005, "Philips MR Imaging DD 001", 0xB0)
    return tuple(value for i in range(3) if tag and (value := groups.top.word(tag + i, "f")) is not None)


def _image_type(groups: Groups) -> tuple[str, ...]:
    """Image Type or Frame Type in upper case, with the component of a complex image as a value of its own."""
    frame = next((item for tag in _FRAME_TYPES if (item := groups.item(tag)) is not None), None)
    values = frame.texts(0x00089007) if frame is not None else ()
    kinds = tuple(
        value.upper() for value in (values if any(values) else groups.top.texts(0x00080008)) if value
    )
    component = (frame or groups.top).text(0x00089208).upper()
    if component and component != "MIXED":
        kinds = (*kinds, component)
    tag = _ge_parameter(groups, 0x2F)
    raw = groups.top.word(tag, "h") if tag else None
    return (*kinds, _GE_COMPONENTS[raw]) if raw in _GE_COMPONENTS else kinds


def nuclear(header: Header, index: int, base: Distinction) -> Distinction:
    """Energy window, detector, phase and rotation of a nuclear medicine frame, from its vectors (PS3.3
    C.8.4.8).
    """
    return replace(
        base,
        energy_window=_at(header, 0x00540010, index),
        detector=_at(header, 0x00540020, index),
        temporal_index=_first(_at(header, 0x00540070, index), _at(header, 0x00540030, index)),
        acquisition_number=_first(_at(header, 0x00540050, index), base.acquisition_number),
        view=str(_first(_at(header, 0x00540090, index), -1)) if header.has(0x00540090) else "",
    )


def _at(header: Header, tag: int, index: int) -> int | None:
    values = header.words(tag, "H")
    return int(values[index]) if index < len(values) else None
