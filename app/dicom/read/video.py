"""Frames of video objects (PS3.5 8.2.5 to 8.2.9): MPEG-2, MPEG-4 AVC/H.264, HEVC/H.265.  Runs in a bounded
child.

The FFmpeg that OpenCV carries decodes them. It is given the bytes themselves and may open nothing else; of
its many formats only those that DICOM knows are let in: MPEG-2 transport and program streams, MP4, and bare
video streams.
"""

from __future__ import annotations

import io
import os
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from app.dicom.read.codecs import Undecodable, WrongSize
from app.dicom.read.file_meta import Buffer
from app.dicom.read.fragments import Fragments
from app.dicom.read.image_pixel import ImagePixel
from app.dicom.read.streams import StreamHeader, StreamKind

if TYPE_CHECKING:
    import cv2

_OPTIONS = {
    "format_whitelist": "mpegts,mpeg,mpegvideo,h264,hevc,mov,mp4",
    "codec_whitelist": "mpeg1video,mpeg2video,h264,hevc",
    "protocol_whitelist": "none",
}
_ENVIRONMENT = {
    "OPENCV_FFMPEG_CAPTURE_OPTIONS": "|".join(f"{name};{value}" for name, value in _OPTIONS.items()),
    "OPENCV_LOG_LEVEL": "SILENT",
    "OPENCV_FFMPEG_LOGLEVEL": "-8",
}
_THREADS = 2
#: coded sizes are multiples of this; what is beyond the declared size is no picture (1088 rows of 1080)
_BLOCK = 16


class VideoEnded(Exception):
    """The stream has fewer frames than were asked for."""

    def __init__(self, frames: int) -> None:
        super().__init__(f"{frames} frames")
        self.frames = frames


class VideoFrames:
    """The frames of one video, decoded one after the other: quick forwards, from its start backwards."""

    def __init__(self, data: Buffer, fragments: Fragments, pixel: ImagePixel) -> None:
        self._stream = _Stream(data, fragments)
        self._pixel = pixel
        self._capture: cv2.VideoCapture | None = None
        self._next = 0
        self._end: int | None = None

    def frame(self, index: int) -> NDArray[np.uint8]:
        """RGB of 8 bits, shape (row, column, 3); one sample of an object that has one, shape (row, column).

        Raises `VideoEnded`, `Undecodable`, `WrongSize`.
        """
        if self._end is not None and index >= self._end:
            raise VideoEnded(self._end)
        capture = self._at(index)
        there, picture = capture.read()
        if not there:
            raise self._ended()
        self._next += 1
        return self._fitted(picture)

    def _at(self, index: int) -> cv2.VideoCapture:
        """The decoder before the frame."""
        capture = self._capture
        if capture is None or index < self._next:
            self.close()
            capture = self._capture = self._opened()
            self._next = 0
        while self._next < index:
            if not capture.grab():
                raise self._ended()
            self._next += 1
        return capture

    def _opened(self) -> cv2.VideoCapture:
        os.environ.update(_ENVIRONMENT)  # FFmpeg's own limits can be told in no other way
        import cv2

        self._stream.seek(0)
        threads = [cv2.CAP_PROP_N_THREADS, _THREADS]
        stream: Any = self._stream  # any object that reads and seeks, whatever its type
        capture: cv2.VideoCapture = cv2.VideoCapture(stream, cv2.CAP_FFMPEG, threads)
        if not capture.isOpened():
            raise Undecodable("FFmpeg: no MPEG-2, H.264 or HEVC video in it")
        capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 0)  # pixels lie as the object declares them
        self._require_size(
            int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT)), int(capture.get(cv2.CAP_PROP_FRAME_WIDTH))
        )
        return capture

    def _ended(self) -> Exception:
        if self._next == 0:
            return Undecodable("FFmpeg: no frame of the video can be decoded")
        self._end = self._next
        return VideoEnded(self._end)

    def _require_size(self, rows: int, columns: int) -> None:
        beyond = (rows - self._pixel.rows, columns - self._pixel.columns)
        if not all(0 <= more < _BLOCK for more in beyond):
            raise WrongSize(
                StreamHeader(StreamKind.VIDEO, rows, columns, self._pixel.samples, 8), self._pixel
            )

    def _fitted(self, picture: NDArray[Any]) -> NDArray[np.uint8]:
        """Blue, green, red of the decoder, as the object declares its pixels."""
        self._require_size(*picture.shape[:2])
        whole = picture[: self._pixel.rows, : self._pixel.columns]
        return np.ascontiguousarray(whole[..., 1] if self._pixel.samples == 1 else whole[..., ::-1])

    def close(self) -> None:
        """Let the decoder go."""
        if self._capture is not None:
            self._capture.release()
        self._capture = None


class _Stream(io.BufferedIOBase):
    """The fragments of the pixel data as one stream, read where they lie."""

    def __init__(self, data: Buffer, fragments: Fragments) -> None:
        super().__init__()
        self._data, self._starts = data, fragments.starts
        self._past = list(accumulate(fragments.lengths))
        self._at = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to an offset from the start, from here or from the end."""
        size = self._past[-1] if self._past else 0
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: size}[whence]
        self._at = min(max(0, origin + offset), size)
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        """At most `size` bytes; fewer at the end only."""
        total = self._past[-1] if self._past else 0
        end = total if size is None or size < 0 else min(total, self._at + size)
        parts = []
        while self._at < end:
            number = bisect_right(self._past, self._at)
            before = self._past[number - 1] if number else 0
            upto = min(end, self._past[number])
            start = self._starts[number] - before
            parts.append(bytes(self._data[start + self._at : start + upto]))
            self._at = upto
        return b"".join(parts)
