"""What a display set is, for choosing where it hangs: told from geometry, timing and codes first, from words
last.

The field's rules: transverse, coronal and sagittal by the normal of the images; the weighting of MR by the
kind of the sequence, repetition, echo and inversion time (spin echo: T1 TR below 1000 and TE below 30 ms, T2
TR above 1800 and TE above 60 ms, proton density long TR with short TE; FLAIR inversion above 1500 ms, STIR
below 300 ms); the view of a mammogram or a radiograph by View Position, its code or Patient Orientation.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace

from app.domain.display_set import AxisKind, DisplaySet
from app.domain.frame import Frame, Orientation
from app.domain.study import Series, Study
from app.viewing.hanging.words import (
    KERNELS,
    REGIONS,
    WEIGHTINGS,
    first_named,
    parted,
    says_contrast,
    says_fat_suppression,
)

#: how far the normal may lean from an axis, as a cosine, for the plane to have that axis' name
_LEAN = math.cos(math.radians(35))
#: View Position of radiographs (PS3.3 C.8.7.1.1.7) → what it is called here
_VIEWS = {
    **dict.fromkeys(("ll", "rl", "lat"), "lateral"),
    **dict.fromkeys(("llo", "rlo", "lao", "rao", "lpo", "rpo"), "oblique"),
    **dict.fromkeys(("lld", "rld"), "ap"),
}
_PLANES = ("sagittal", "coronal", "axial")


@dataclass(frozen=True, slots=True)
class Traits:
    """What a display set is; "" where nothing tells.

    `kind` is ``volume``, ``stack`` or ``cine``.  `plane` is ``axial``, ``coronal``, ``sagittal`` or
    ``oblique``. `weighting` is that of MR (``t1 t2 pd flair stir t2star swi dwi adc mra perfusion map``),
    `kernel` that of CT (``lung bone soft``), `view` the projection (``cc mlo ml lm xccl …``, ``pa ap lateral
    oblique``), `laterality` L, R or B.
    """

    modality: str = ""
    kind: str = ""
    plane: str = ""
    region: str = ""
    weighting: str = ""
    kernel: str = ""
    view: str = ""
    laterality: str = ""
    contrast: bool = False
    fat_suppressed: bool = False
    corrected: bool = False
    colour: bool = False
    localizer: bool = False
    derived: bool = False
    projection: bool = False
    images: int = 0
    thickness_mm: float = 0.0
    description: str = ""


def traits_of(found: DisplaySet, series: Series, study: Study) -> Traits:
    """The traits of one display set of a series."""
    frame = found.frames[len(found.frames) // 2]
    words = parted(" ".join((series.description, series.protocol, frame.technique.sequence_name)))
    return Traits(
        modality=found.modality,
        kind=_kind(found),
        plane=plane_of(frame.orientation),
        region=region_of(found, series, study),
        weighting=weighting_of(found, words),
        kernel=_kernel(frame, words) if found.modality == "CT" else "",
        view=_view(frame, found.modality, words),
        laterality=_laterality(frame, words),
        contrast=bool(frame.technique.agent) or says_contrast(words),
        fat_suppressed="FS" in frame.technique.options or says_fat_suppression(words),
        corrected="ATTN" in frame.technique.corrections,
        colour=frame.pixel_format.samples > 1,
        localizer=is_localizer(found, words),
        derived=series.derived or _is_reformat(frame),
        projection=_is_projection(frame, words),
        images=_images(found),
        thickness_mm=frame.slice_thickness_mm or _spacing(found),
        description=series.description,
    )


def image_traits(whole: Traits, frame: Frame) -> Traits:
    """The traits of one image of a stack of projections, each of which has its own view and side."""
    words = parted(whole.description)
    return replace(
        whole,
        view=_view(frame, whole.modality, words),
        laterality=_laterality(frame, words),
        colour=frame.pixel_format.samples > 1,
        images=1,
    )


def plane_of(orientation: Orientation | None) -> str:
    """The plane nearest to the images, ``oblique`` where none is near, "" without orientation."""
    if orientation is None:
        return ""
    a, b, c, d, e, f = orientation
    normal = (b * f - c * e, c * d - a * f, a * e - b * d)
    length = math.hypot(*normal)
    if length == 0:
        return ""
    most = max(range(3), key=lambda axis: abs(normal[axis]))
    return _PLANES[most] if abs(normal[most]) / length >= _LEAN else "oblique"


def region_of(found: DisplaySet, series: Series, study: Study) -> str:
    """The part of the body: what the object says, then what people wrote, the series before the study."""
    if found.modality == "MG":
        return "breast"
    for text in (
        found.body_part,
        series.body_part,
        series.description,
        series.protocol,
        study.body_part,
        study.description,
    ):
        if named := first_named(text, REGIONS):
            return named
    return ""


def is_localizer(found: DisplaySet, words: str) -> bool:
    """A scout: by Image Type, else by what it is called where it is small."""
    if "LOCALIZER" in found.frames[0].distinction.image_type:
        return True
    called = re.search(r"\b(localizer|localiser|scout|survey|topogram|3[- ]?plane|loc)\b|定位", words)
    return called is not None and len(found.frames) <= 60


def _kind(found: DisplaySet) -> str:
    if found.geometry is not None:
        return "volume"
    return "cine" if found.frames[0].frames_in_object > 1 else "stack"


def _images(found: DisplaySet) -> int:
    return found.geometry.grid.shape[0] if found.geometry is not None else len(found.frames)


def _spacing(found: DisplaySet) -> float:
    return found.geometry.grid.spacing_mm[0] if found.geometry is not None else 0.0


def _is_reformat(frame: Frame) -> bool:
    kinds = frame.distinction.image_type
    return bool({"MPR", "REFORMATTED", "CSA MPR", "VOLREN", "MIP", "CSA RESAMPLED"} & set(kinds))


def _is_projection(frame: Frame, words: str) -> bool:
    kinds = " ".join(frame.distinction.image_type)
    return (
        "PROJECTION" in kinds
        or bool(re.search(r"\b(mip|minip)\b", words))
        or "MIP" in frame.distinction.image_type
    )


# -- magnetic resonance -------------------------------------------------------------------------------------


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
    gradient = "GR" in how.sequences and "SE" not in how.sequences
    if inversion and not gradient:
        if inversion >= 1500 and echo >= 60:
            return "flair"
        if inversion < 300:
            return "stir"
        if inversion < 1500 and echo < 60:
            return "t1"
    if gradient:
        return "t2star" if echo >= 12 and (how.flip_deg or 0) < 40 and not inversion else "t1"
    if repetition < 1100:
        return "t1" if echo < 30 else ""
    if repetition >= 1500:
        return "t2" if echo >= 60 else "pd" if echo <= 45 else ""
    return ""


# -- computed tomography and projections --------------------------------------------------------------------


def _kernel(frame: Frame, words: str) -> str:
    kernel = frame.distinction.kernel.strip().lower()
    sharp = re.match(r"(?:b|i|h|j|br|bl|qr|hr|hv|bv|ur|tr)(\d{2})", kernel)
    if sharp:  # the number of a kernel grows with its sharpness
        number = int(sharp[1])
        return "lung" if kernel.startswith(("bl", "b7", "b8")) else "bone" if number >= 60 else "soft"
    return first_named(kernel, KERNELS) or first_named(words, KERNELS)


def _view(frame: Frame, modality: str, words: str) -> str:
    said = frame.view_position.strip().lower()
    if said in _VIEWS:
        return _VIEWS[said]
    if said:
        return said
    if modality not in ("CR", "DX", "RF", "PX", "DR"):
        return ""
    across = (frame.patient_orientation or ("", ""))[0][:1]
    if across in ("A", "P"):
        return "lateral"
    return first_named(
        words, {"lateral": ("lateral", "lat", "侧位"), "pa": ("pa", "后前位", "正位"), "ap": ("ap", "前后位")}
    )


def _laterality(frame: Frame, words: str) -> str:
    if frame.laterality[:1] in ("L", "R", "B"):
        return frame.laterality[:1]
    return first_named(words, {"L": ("left", "lt", "左"), "R": ("right", "rt", "右")})
