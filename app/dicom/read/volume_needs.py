"""What a frame must say to be a slice of a volume, and what is told where it does not.  Pure."""

from __future__ import annotations

from collections.abc import Iterable

from app.dicom.read.frames import DOSE
from app.dicom.read.quantities import CT_IMAGES
from app.dicom.read.slice_geometry import axes_of
from app.domain.display_set import TranslatableText
from app.domain.frame import Frame
from app.domain.pixel import SpacingSource

NO_VOLUME = "Images that make no volume: {n}; {attribute} is missing or cannot be used."
_LOCALIZER = "LOCALIZER"
#: what is taken in slices: CT, MR (classic, enhanced), PET (classic, enhanced, legacy converted), dose
_SLICED = CT_IMAGES | {
    "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.4.1", "1.2.840.10008.5.1.4.1.1.4.4",
    "1.2.840.10008.5.1.4.1.1.128", "1.2.840.10008.5.1.4.1.1.130", "1.2.840.10008.5.1.4.1.1.128.1", DOSE,
}  # fmt: skip


def makes_volumes(frame: Frame) -> bool:
    """The frame is a slice at a known place."""
    return (
        frame.pixel_format.is_grey
        and min(frame.rows, frame.columns) > 0
        and not _lacking(frame)
        and frame.spacing.source is SpacingSource.PATIENT
        and _LOCALIZER not in frame.distinction.image_type
        and not frame.tiles
    )


def why_no_volume(frames: Iterable[Frame]) -> tuple[TranslatableText, ...]:
    """What frames of a kind that is taken in slices lack, with how many lack it."""
    counts: dict[str, int] = {}
    for frame in frames:
        if frame.sop_class_uid in _SLICED and _LOCALIZER not in frame.distinction.image_type:
            for attribute in _lacking(frame):
                counts[attribute] = counts.get(attribute, 0) + 1
    return tuple((NO_VOLUME, {"n": str(n), "attribute": attribute}) for attribute, n in counts.items())


def _lacking(frame: Frame) -> list[str]:
    """Attributes, as the standard names them."""
    place = "Image Position (Patient)" if frame.sop_class_uid != DOSE else "Grid Frame Offset Vector"
    needs = {
        place: frame.position_mm is not None,
        "Image Orientation (Patient)": axes_of(frame) is not None,
        "Pixel Spacing": frame.spacing.mm is not None,
    }
    return [name for name, there in needs.items() if not there]
