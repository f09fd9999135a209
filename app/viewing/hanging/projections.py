"""Which view a projection is, which side it shows, and what is special about it: by View Position, codes and
Patient Orientation, by words last.
"""

from __future__ import annotations

import re

from app.domain.frame import Frame
from app.viewing.hanging.words import (
    CAMERA,
    MAMMOGRAMS,
    MODIFIERS,
    SIDES,
    VIEWS,
    all_named,
    first_named,
    parted,
)

#: View Position of radiographs (PS3.3 C.8.7.1.1.7) → what it is called here
_VIEWS = {
    **dict.fromkeys(("ll", "rl", "lat", "lateral"), "lateral"),
    **dict.fromkeys(("llo", "rlo", "lao", "rao", "lpo", "rpo"), "oblique"),
    **dict.fromkeys(("lld", "rld", "frontal", "antero-posterior"), "ap"),
    **dict.fromkeys(("left lateral", "right lateral"), "lateral"),
    "postero-anterior": "pa",
}


def view_of(frame: Frame, modality: str, words: str) -> str:
    """The view (`Traits.view`), "" where nothing tells; `words` is what the series is called."""
    if modality == "NM":
        return first_named(frame.view_position, CAMERA) or first_named(words, CAMERA)
    if modality in ("XA", "RF"):
        return next((f"plane {k[-1].lower()}" for k in frame.distinction.image_type if k in _BIPLANE), "")
    said = frame.view_position.strip().lower()
    if said in _VIEWS:
        return _VIEWS[said]
    if modality == "MG" and (written := _OF_MAMMOGRAM.match(said)) is not None:
        return written[1]
    if said:
        return said
    if modality == "MG":
        return first_named(words, MAMMOGRAMS)
    if modality not in ("CR", "DX", "RF", "PX", "DR"):
        return ""
    across = (frame.patient_orientation or ("", ""))[0][:1]
    if across in ("A", "P"):
        return "lateral"
    named = all_named(words, VIEWS)
    if "lateral" in named and across in ("L", "R"):
        named.remove("lateral")
    return named[0] if len(named) == 1 else ""  # a series of several views names all of them


#: makers write the side before the view, and a modifier behind it: RCCID
_OF_MAMMOGRAM = re.compile(r"^[rl]? ?(cc|mlo|ml|lm|lmo|xccl|xccm|xcc)(?: ?id)?$")
_BIPLANE = ("BIPLANE A", "BIPLANE B")


def modifier_of(frame: Frame, modality: str, words: str) -> str:
    """What is special about the view of a mammogram (`Frame.view_modifiers`), "" where nothing."""
    if modality != "MG":
        return ""
    if frame.view_modifiers:
        return frame.view_modifiers[0]
    return first_named(f"{parted(frame.view_position)} {words}", MODIFIERS)


def laterality_of(frame: Frame, words: str) -> str:
    """L, R or B, "" where nothing tells."""
    if frame.laterality[:1] in ("L", "R", "B"):
        return frame.laterality[:1]
    return first_named(words, SIDES)
