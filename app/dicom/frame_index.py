"""Index of a series' frames, read in the bounded child."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from app.dicom.bounded import BoundedChild
from app.dicom.frame_reader import read_frames
from app.domain.frames import FrameSet
from app.domain.study import Instance, Series
from app.errors import BadInput
from app.jobs import never_cancelled
from app.jobs.runner import Cancelling

Locate = Callable[[str], Path]


def index_frames(
    series: Series, instances: Sequence[Instance], locate: Locate, *, child: BoundedChild, cancelled: Cancelling = never_cancelled
) -> FrameSet:
    """All frames of a series with geometry, rescale, time, echo and b-value; `locate` finds the bytes of a SHA-256.

    Instances without pixels (reports, presentation states) have no frames.
    """
    # one object kept twice (with other bytes under the same UID) is one image: the first that came
    images = list({image.sop_uid: image for image in reversed(instances) if image.rows and image.columns}.values())[::-1]
    if not images:
        raise BadInput("The series has no images.")
    files = [(locate(image.sha256), image.sha256, f"{series.modality} {image.number or ''}".strip()) for image in images]
    return child.call(read_frames, str(series.series_uid), files, about=_title(series), cancelled=cancelled)


def _title(series: Series) -> str:
    """A name for messages that holds nothing of the patient."""
    return f"{series.modality} {series.number}" if series.number is not None else series.modality or "?"
