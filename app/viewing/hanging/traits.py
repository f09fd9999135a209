"""What a display set is, for choosing where it hangs: told from geometry, timing and codes first, from words
last.

Transverse, coronal and sagittal by the normal of the images; the weighting of MR is in `weighting`, the view
of a mammogram or a radiograph in `projections`.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace

from app.domain.display_set import AxisKind, DisplaySet
from app.domain.frame import Frame, Orientation
from app.domain.study import Series, Study
from app.domain.technique import Technique
from app.viewing.hanging.projections import laterality_of, modifier_of, view_of
from app.viewing.hanging.weighting import weighting_of
from app.viewing.hanging.words import (
    KERNELS,
    PHASES,
    REGIONS,
    SCOUTS,
    first_named,
    parted,
    says_contrast,
    says_fat_suppression,
    says_no_contrast,
)

#: how far the normal may lean from an axis, as a cosine, for the plane to have that axis' name
_LEAN = math.cos(math.radians(35))
_PLANES = ("sagittal", "coronal", "axial")
#: Secondary Capture, single and of many frames; raw projections that are there for processing
_CAPTURES = "1.2.840.10008.5.1.4.1.1.7"
_FOR_PROCESSING = frozenset(f"1.2.840.10008.5.1.4.1.1.1.{kind}" for kind in ("1.1", "2.1", "3.1"))
#: a scout of MR has no more images, one of CT no more
_SCOUT_IMAGES = {"MR": 45, "CT": 3}
#: a display set of MR whose series goes on in other planes is a scout of no more images
_PILOT_IMAGES = 12
_OTHER_PLANES = {"Sagittal", "Coronal", "Axial", "Oblique"}
#: modalities whose own images may come as Secondary Capture
_PICTURED = ("US", "XC", "ES", "OP", "GM", "IO", "PX")
_NO_AGENT = ("", "no", "none", "n", "0", "-", "without", "ohne", "sans", "无")
#: fewest images at one place that are a cine
_FEWEST_TIMES = 5
_TIMES = frozenset((AxisKind.TIME, AxisKind.DYNAMIC, AxisKind.PHASE))


@dataclass(frozen=True, slots=True)
class Traits:
    """What a display set is; "" where nothing tells.

    `kind` is ``volume``, ``stack`` or ``cine``.  `plane` is ``axial``, ``coronal``, ``sagittal`` or
    ``oblique``. `weighting` is that of MR (``t1 t2 pd flair stir t2star swi dwi adc mra perfusion map``),
    `kernel` that of CT (``lung bone soft``), `phase` that of contrast (``native arterial portal delayed``),
    `view` the projection (``cc mlo ml lm xccl …``, ``pa ap lateral oblique axial``; ``anterior posterior`` of
    a camera, ``plane a``, ``plane b`` of a biplane run), `modifier` what is special about it (``implant
    displaced`` …, `Frame.view_modifiers`), `laterality` L, R or B.  `moving` images run through times or
    phases; `secondary` ones are screenshots, or raw and there for processing.
    """

    modality: str = ""
    kind: str = ""
    plane: str = ""
    region: str = ""
    weighting: str = ""
    kernel: str = ""
    phase: str = ""
    view: str = ""
    modifier: str = ""
    laterality: str = ""
    contrast: bool = False
    fat_suppressed: bool = False
    corrected: bool = False
    colour: bool = False
    localizer: bool = False
    derived: bool = False
    projection: bool = False
    moving: bool = False
    secondary: bool = False
    images: int = 0
    thickness_mm: float = 0.0
    description: str = ""


def traits_of(found: DisplaySet, series: Series, study: Study) -> Traits:
    """The traits of one display set of a series."""
    frame = found.frames[len(found.frames) // 2]
    # a scanner's protocol may name the whole examination: it tells phases only where nothing else does
    own = " ".join((series.description or series.protocol, frame.technique.sequence_name))
    words = parted(" ".join((series.description, series.protocol, frame.technique.sequence_name)))
    return Traits(
        modality=found.modality,
        kind=_kind(found),
        plane=plane_of(frame.orientation),
        region=region_of(found, series, study),
        weighting=weighting_of(found, words) if not _is_capture(found) else "",
        kernel=_kernel(frame, words) if found.modality == "CT" else "",
        phase=first_named(own, PHASES) if found.modality in ("CT", "MR") else "",
        view=view_of(frame, found.modality, words),
        modifier=modifier_of(frame, found.modality, words),
        laterality=laterality_of(frame, words),
        contrast=_has_contrast(frame.technique, own),
        fat_suppressed=_is_fat_suppressed(frame, words),
        corrected=_is_corrected(frame.technique, words) if found.modality == "PT" else False,
        colour=frame.pixel_format.samples > 1,
        localizer=is_localizer(found, words),
        derived=series.derived or _is_reformat(frame),
        projection=_is_projection(frame, words),
        moving=_is_moving(found),
        secondary=_is_capture(found) or found.sop_class_uid in _FOR_PROCESSING,
        images=_images(found),
        thickness_mm=frame.slice_thickness_mm or _spacing(found),
        description=series.description,
    )


def image_traits(whole: Traits, frame: Frame) -> Traits:
    """The traits of one image of a stack of projections, each of which has its own view and side."""
    words = parted(whole.description)
    return replace(
        whole,
        view=view_of(frame, whole.modality, words),
        modifier=modifier_of(frame, whole.modality, words),
        laterality=laterality_of(frame, words),
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
    """A scout: by Image Type, by what it is called where it is small, else by its few images: of CT along the
    body, of MR in several planes.
    """
    kinds = found.frames[0].distinction.image_type
    if "LOCALIZER" in kinds:
        return True
    if first_named(words, SCOUTS) and len(found.frames) <= 60:
        return True
    if len(found.frames) > _SCOUT_IMAGES.get(found.modality, 0):
        return False
    if _is_reformat(found.frames[0]) or _is_projection(found.frames[0], words):
        return False  # projections turn about the patient
    goes_on = bool({name for name, _ in found.title} & _OTHER_PLANES)
    if found.modality == "MR" and len(found.frames) <= _PILOT_IMAGES and goes_on:
        return True
    planes = {plane_of(frame.orientation) for frame in found.frames} - {"", "oblique"}
    return len(planes) > 1 or (found.modality == "CT" and bool(planes) and "axial" not in planes)


def _kind(found: DisplaySet) -> str:
    if found.geometry is not None:
        return "volume"
    if found.modality == "NM" and {"STATIC", "WHOLE BODY"} & set(found.frames[0].distinction.image_type):
        return "stack"  # the views of several heads in one object
    return "cine" if found.frames[0].frames_in_object > 1 else "stack"


def _is_capture(found: DisplaySet) -> bool:
    """A picture of a screen, of paper, or of the label of a slide: beside the point where others are."""
    kinds = found.frames[0].distinction.image_type
    return (
        found.modality in ("OT", "SC", "DOC")
        or (_is_secondary_capture(found.sop_class_uid) and found.modality not in _PICTURED)
        or bool({"SCREEN SAVE", "LABEL", "OVERVIEW", "THUMBNAIL"} & set(kinds))
    )


def _is_secondary_capture(sop_class_uid: str) -> bool:
    return sop_class_uid == _CAPTURES or sop_class_uid.startswith(f"{_CAPTURES}.")


def _is_moving(found: DisplaySet) -> bool:
    """Times or phases: along a further axis, or of MR at one place as a stack."""
    if found.axis is not None:
        return found.axis.kind in _TIMES
    if found.modality != "MR" or found.geometry is not None or len(found.frames) < _FEWEST_TIMES:
        return False
    return len({(frame.position_mm, frame.orientation) for frame in found.frames}) == 1


def _has_contrast(how: Technique, words: str) -> bool:
    """Words that deny it go before the agent, which some scanners write into every series."""
    if says_no_contrast(words):
        return False
    agent = how.agent.strip().lower()
    return agent not in _NO_AGENT or says_contrast(words)


def _is_fat_suppressed(frame: Frame, words: str) -> bool:
    kinds = set(frame.distinction.image_type)
    return "FS" in frame.technique.options or bool(kinds & {"W", "WATER"}) or says_fat_suppression(words)


def _is_corrected(how: Technique, words: str) -> bool:
    """PET corrected for attenuation: by Corrected Image, else by what the series is called."""
    if how.corrections:
        return "ATTN" in how.corrections
    return bool(re.search(r"\b(ac|ctac|mrac|attn|wb ac)\b|衰减校正", words)) and not re.search(
        r"\b(nac|uncorrected|non? ac)\b|未校正", words
    )


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


def _kernel(frame: Frame, words: str) -> str:
    kernel = frame.distinction.kernel.strip().lower()
    sharp = re.match(r"(?:b|i|h|j|br|bl|qr|hr|hv|bv|ur|tr)(\d{2})", kernel)
    if sharp:  # the number of a kernel grows with its sharpness
        number = int(sharp[1])
        return "lung" if kernel.startswith(("bl", "b7", "b8")) else "bone" if number >= 60 else "soft"
    return first_named(kernel, KERNELS) or first_named(words, KERNELS)
