"""How a frame was taken: timing and kind of the pulse sequence (PS3.3 C.8.3.1, C.8.13), contrast agent,
corrections.
"""

from __future__ import annotations

from app.dicom.read.functional_groups import Groups
from app.dicom.read.header import Header
from app.domain.technique import Exposure, Sonography, Technique

_TIMING, _AGENT_USAGE, _EXPOSURE = 0x00189112, 0x00189341, 0x00189321
#: Echo Pulse Sequence of enhanced objects → Scanning Sequence of classic ones
_ECHOES = {"SPIN": ("SE",), "GRADIENT": ("GR",), "BOTH": ("SE", "GR")}


def technique(groups: Groups) -> Technique:
    """Of a frame; for classic objects all groups are the data set itself."""
    top, timing = groups.top, groups.one(_TIMING)
    if top.text(0x00080060) != "MR":
        return Technique(
            agent=_agent(groups),
            corrections=_codes(top.texts(0x00280051)),
            exposure=_exposure(groups),
            sonography=_sonography(top),
        )
    return Technique(
        repetition_ms=timing.number(0x00180080),
        flip_deg=timing.number(0x00181314),
        sequences=_sequences(groups),
        variants=_codes(top.texts(0x00180021)),
        options=_codes(top.texts(0x00180022)),
        sequence_name=top.text(0x00180024) or top.text(0x00189005),
        agent=_agent(groups),
        field_tesla=top.number(0x00180087),
    )


def _exposure(groups: Groups) -> Exposure | None:
    """Of classic objects (PS3.3 C.8.7.2, C.8.11.7, C.8.2.1) and of enhanced CT (C.8.15.3.9)."""
    top, own = groups.top, groups.one(_EXPOSURE)
    mas, micro = top.number(0x00181152), top.number(0x00181153)
    found = Exposure(
        mas=_first(own.number(0x00189332), mas, micro / 1000 if micro is not None else None),
        ms=_first(own.number(0x00189328), top.number(0x00181150)),
        ma=_first(own.number(0x00189330), top.number(0x00181151)),
        ctdi_mgy=own.number(0x00189345),
        force_n=top.number(0x001811A2),
        part_mm=top.number(0x001811A0),
        primary_deg=top.number(0x00181510),
        secondary_deg=top.number(0x00181511),
    )
    return found if found != Exposure() else None


def _sonography(top: Header) -> Sonography | None:
    """PS3.3 C.8.5.6: of several thermal indices the one of soft tissue, then bone, then skull."""
    thermal = (top.number(tag) for tag in (0x00185027, 0x00185024, 0x00185026))
    found = Sonography(top.number(0x00185022), _first(*thermal), top.number(0x00185050))
    return found if found != Sonography() else None


def _first(*values: float | None) -> float | None:
    return next((value for value in values if value is not None), None)


def _codes(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(text.strip().upper() for text in texts if text.strip())


def _sequences(groups: Groups) -> tuple[str, ...]:
    top = groups.top
    if classic := _codes(top.texts(0x00180020)):
        return classic
    found = _ECHOES.get(top.text(0x00189008).upper(), ())
    if top.text(0x00189009).upper() == "YES":
        found = (*found, "IR")
    if top.text(0x00189018).upper() == "YES":
        found = (*found, "EP")
    return found


def _agent(groups: Groups) -> str:
    """Classic: Contrast/Bolus Agent; enhanced: its sequence, where the frame says it was administered."""
    top = groups.top
    if agent := top.text(0x00180010):
        return agent
    items = top.items(0x00180012)
    if not items:
        return ""
    used = groups.item(_AGENT_USAGE)
    if used is not None and used.text(0x00189342).upper() == "NO":
        return ""
    return items[0].text(0x00080104) or "yes"
