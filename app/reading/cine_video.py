"""Cines that leave the station as MP4, each with its audit row."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.domain.person import Actor
from app.errors import Cancelled, Unavailable
from app.jobs import Progress
from app.jobs.runner import Cancelling
from app.people.rights import EXPORT, require
from app.reading.picture_service import PictureService
from app.storage.files import fsync_folder, require_absent, require_room, told_for

ENDING = ".mp4"
#: MPEG-4 Part 2: what an FFmpeg under the LGPL can write that players know
_CODING = "mp4v"
_ROOM_BYTES = 16 << 20


class CineVideoService:
    """All calls are for any thread but the window's."""

    def __init__(self, pictures: PictureService) -> None:
        self._pictures = pictures

    def save(
        self,
        actor: Actor,
        study_uid: str,
        pictures: Sequence[Callable[[], bytes]],
        path: Path,
        *,
        rate_hz: float,
        named: bool,
        overwrite: bool,
        progress: Progress,
        cancelled: Cancelling,
    ) -> Path:
        """Write pictures (PNG, all of one size) one after the other as a video.

        `path` holds either what was there before or the whole video. Raises `FilesThere` where it is there
        and was not asked to be overwritten, `Unavailable` where it cannot be written, `Cancelled`, and what
        the pictures raise.
        """
        require(actor, EXPORT)
        if not overwrite:
            require_absent(path.parent, [path.name])
        require_room(path, _ROOM_BYTES)
        self._pictures.note(actor, study_uid, "video", named=named)
        with told_for(path):
            descriptor, name = tempfile.mkstemp(prefix=".", suffix=f".part{ENDING}", dir=path.parent)
            os.close(descriptor)
            part = Path(name)
            try:
                _write(part, pictures, rate_hz, progress, cancelled)
                if not overwrite:
                    require_absent(path.parent, [path.name])
                os.replace(part, path)
            finally:
                part.unlink(missing_ok=True)
            fsync_folder(path.parent)
        return path


def _write(
    path: Path,
    pictures: Sequence[Callable[[], bytes]],
    rate_hz: float,
    progress: Progress,
    cancelled: Cancelling,
) -> None:
    import cv2  # a fifth of a second and many libraries, for those who save a video

    writer: cv2.VideoWriter | None = None
    try:
        for number, picture in enumerate(pictures):
            if cancelled():
                raise Cancelled
            decoded = cv2.imdecode(np.frombuffer(picture(), np.uint8), cv2.IMREAD_COLOR)
            pixels = _even(np.asarray(decoded, np.uint8))
            if writer is None:
                size = (pixels.shape[1], pixels.shape[0])
                coding = cv2.VideoWriter.fourcc(*_CODING)
                writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, coding, rate_hz, size)
            writer.write(pixels)
            progress((number + 1) / len(pictures), number + 1, len(pictures))
    finally:
        if writer is not None:
            writer.release()
    _require_whole(path, len(pictures))


def _even(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Colours of pairs of pixels need even numbers of rows and columns."""
    rows, columns = (size // 2 * 2 for size in pixels.shape[:2])
    return np.ascontiguousarray(pixels[:rows, :columns])


def _require_whole(path: Path, frames: int) -> None:
    """The writer says nothing of a full disk: what it wrote is looked at."""
    import cv2

    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    found = int(capture.get(cv2.CAP_PROP_FRAME_COUNT)) if capture.isOpened() else 0
    capture.release()
    if found != frames:
        raise Unavailable(
            "The video could not be written whole: {found} of {expected} images.",
            hint="See whether there is room on the disk.",
            found=found,
            expected=frames,
        )
    with path.open("rb") as written:
        os.fsync(written.fileno())
