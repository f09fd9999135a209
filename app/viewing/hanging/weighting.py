"""The weighting of MR images: by what they were made for, by the maker's code, by timing, by words last.

The field's rules: spin echo T1 with TR below 1000 and TE below 30 ms, T2 with TR above 1800 and TE above
60 ms, proton density with long TR and short TE; FLAIR with an inversion above 1500 ms, STIR below 300 ms.
"""

from __future__ import annotations

import re

from app.domain.display_set import AxisKind, DisplaySet
from app.domain.frame import Frame
from app.viewing.hanging.words import WEIGHTINGS, first_named


def weighting_of(found: DisplaySet, words: str) -> str:
    """The weighting of MR, "" where nothing tells; `words` is what the series is called.

    Maps and special sequences first: their timing says nothing; then the maker's own word; then timing; then
    names.
    """
    if found.modality != "MR":
        return ""
    frame = found.frames[len(found.frames) // 2]
    kinds, own = set(frame.distinction.image_type), frame.distinction
    if "ADC" in kinds or re.search(r"\b(e?adc|apparent)\b|表观", words):
        return "adc"
    if re.search(r"\b(fa|colfa|rcbf|cbf|rcbv|cbv|mtt|ttp|tmax|t2map|t1map|r2star)\b", words) or "FA" in kinds:
        return "map"
    if found.axis is not None and found.axis.kind is AxisKind.B_VALUE:
        return "dwi"
    if "DIFFUSION" in kinds or (own.b_value or 0) > 0 or first_named(words, {"dwi": WEIGHTINGS["dwi"]}):
        return "dwi"
    special = {name: WEIGHTINGS[name] for name in ("swi", "mra", "perfusion", "bold")}
    if named := first_named(words, special):
        return named
    if coded := _coded(kinds):
        return coded
    return _timed(frame) or first_named(words, WEIGHTINGS)


#: Acquisition Contrast of enhanced MR objects → weighting (PS3.3 C.8.13.3.1)
_CONTRASTS = {
    "FLUID_ATTENUATED": "flair",
    "PROTON_DENSITY": "pd",
    "T1": "t1",
    "T2": "t2",
    "T2_STAR": "t2star",
    "STIR": "stir",
    "TOF": "mra",
    "PERFUSION": "perfusion",
    "FLOW_ENCODED": "mra",
    "SUSCEPTIBILITY": "swi",
}


def _coded(kinds: set[str]) -> str:
    """Acquisition Contrast of enhanced objects, as a value of the frame type (PS3.3 C.8.13.3.1)."""
    return next((name for code, name in _CONTRASTS.items() if code in kinds), "")


def _timed(frame: Frame) -> str:
    """By repetition, echo and inversion time, in ms; "" where they are missing or lie between the kinds."""
    how, echo, inversion = frame.technique, frame.distinction.echo_ms, frame.distinction.inversion_ms or 0.0
    repetition = how.repetition_ms
    if repetition is None or echo is None:
        return ""
    if "EP" in how.sequences and "GR" not in how.sequences and echo >= 45 and not inversion:
        return "dwi"  # echo-planar spin echoes are taken for diffusion
    gradient = "GR" in how.sequences and "SE" not in how.sequences
    if inversion and not gradient:
        if inversion >= 1500 and echo >= 60:
            return "flair"
        if inversion < 300:
            return "stir"
        if inversion < 1500 and echo < 60:
            return "t1"
    if gradient and repetition < 8 and echo < 4 and (how.flip_deg or 0) >= 35:
        return "t2"  # balanced: bright fluid
    if gradient:
        return "t2star" if echo >= 12 and (how.flip_deg or 0) < 40 and not inversion else "t1"
    if repetition < 1100:
        return "t1" if echo < 30 else ""
    if repetition >= 1500:
        return "t2" if echo >= 60 else "pd" if echo <= 45 else ""
    return ""
