"""Pixels of frames.  Runs in a bounded child."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from pydicom.uid import UID

from app.dicom.read.codecs import DecodedFrame, Undecodable, WrongSize, decode_frame
from app.dicom.read.colour import read_palette, rgb_of
from app.dicom.read.header import opened
from app.dicom.read.image_pixel import ImagePixel
from app.dicom.read.native import NativeFrames
from app.dicom.read.prescan import Prescan, Unusable, frames_of, prescan
from app.dicom.read.video import VideoEnded, VideoFrames
from app.domain.study import Notice
from app.errors import BadInput
from app.processes.limits import MAX_FRAME_BYTES, mebibytes

_BITS_ALLOCATED = (1, 8, 12, 16, 32, 64)


class PixelFile:
    """The pixel data of one file.

    `photometric_out` says what `stored` gives: MONOCHROME1 or MONOCHROME2 for stored values, RGB for colours.
    `decoder` names what decoded the last frame, `notices` what was set right, in the file or its streams.
    """

    def __init__(self, path: Path, name: str) -> None:
        self.name = name
        self.decoder = ""
        self._file = ExitStack()
        try:
            self.found: Prescan = self._scanned(path)
            self.notices: list[Notice] = list(self.found.notices)
            self._check()
            self.pixel = ImagePixel.of(self.found)
            self.rows, self.columns, self.samples = self.pixel.rows, self.pixel.columns, self.pixel.samples
            self.frames = self.found.frames
            self.photometric_out = self.pixel.photometric_out
            self._frames = NativeFrames(self.found, self.pixel)
            self._video = self._video_frames()
            compressed = self.found.fragments is not None and self._video is None
            self._groups = frames_of(self.found) if compressed else []
            signed = self.pixel.signed
            self._palette = read_palette(self.found, signed=signed) if self.pixel.is_palette else None
        except BaseException:  # whatever the file provoked, it is let go
            self._file.close()
            raise

    def _scanned(self, path: Path) -> Prescan:
        try:
            return prescan(self._file.enter_context(opened(path)))
        except Unusable as refusal:
            raise refusal.as_error(self.name) from refusal
        except OSError as error:
            cause = error.strerror or type(error).__name__
            raise BadInput("{name} cannot be read ({cause}).", name=self.name, cause=cause) from error

    def _check(self) -> None:
        found = self.found
        if found.pixel_offset is None:
            raise BadInput("{name} has no pixel data.", name=self.name)
        rows, columns = found.number(0x00280010), found.number(0x00280011)
        if not (rows and columns):
            raise BadInput(
                "{name} has images of {found} pixels.", name=self.name, found=f"{rows} × {columns}"
            )
        if found.chroma_halved and columns % 2:
            raise BadInput(
                "{name} has {columns} columns: colours of pairs of pixels need an even number.",
                name=self.name,
                columns=columns,
            )
        bits = found.number(0x00280100)
        if bits not in _BITS_ALLOCATED:
            raise BadInput(
                "{name} has pixels of {found} bits, which cannot be read.", name=self.name, found=bits
            )

    def _video_frames(self) -> VideoFrames | None:
        found = self.found
        if not found.is_video or found.fragments is None:
            return None
        frames = VideoFrames(found.data, found.fragments, self.pixel)
        self._file.callback(frames.close)
        return frames

    def close(self) -> None:
        """Let the file go."""
        self._file.close()

    def stored(self, index: int) -> NDArray[Any]:
        """Stored values of a monochrome frame, shape (row, column); of a colour frame, also of one with a
        palette, RGB of 8 bits, shape (row, column, 3).
        """
        self._is_there(index)
        if self._video is not None:
            return self._video_frame(self._video, index)
        values, bits, is_ycc = self._values(index)
        if self._palette is not None:
            return self._palette.colours(values)
        if self.pixel.samples == 1:
            if self.pixel.is_palette:
                raise BadInput("{name} has palette colours, but no usable palette.", name=self.name)
            return values
        try:
            return rgb_of(values, self.pixel, bits=bits, is_ycc=is_ycc)
        except ValueError as error:
            raise BadInput(
                "{name} has colours of an unknown kind ({cause}).", name=self.name, cause=str(error)
            ) from error

    def words(self, index: int) -> NDArray[Any]:
        """The words of an uncompressed or RLE frame with all their bits, shape (row, column[, sample]), for
        what lies above the values; else the samples of the stream.
        """
        self._is_there(index)
        if self._video is not None:
            return self._video_frame(self._video, index)
        return self._native_words(index) if self.found.fragments is None else self._frame(index).samples

    def _is_there(self, index: int) -> None:
        if not 0 <= index < self.frames:
            raise BadInput(
                "{name} has {found} frames; frame {wanted} was asked for.",
                name=self.name,
                found=self.frames,
                wanted=index + 1,
            )

    def _native_words(self, index: int) -> NDArray[Any]:
        self.decoder = "native"
        return self._frames.words(index)

    def _frame(self, index: int) -> DecodedFrame:
        found = self.found
        assert found.fragments is not None
        frame_bytes = self.rows * self.columns * self.samples * max(8, self.pixel.bits_allocated) // 8
        if frame_bytes > MAX_FRAME_BYTES:
            raise BadInput(
                "{name}: a frame needs {found} (limit {limit}).",
                name=self.name,
                found=mebibytes(frame_bytes),
                limit=mebibytes(MAX_FRAME_BYTES),
            )
        stream = found.fragments.joined(found.data, self._groups[index])
        with self._told():
            frame = decode_frame(stream, self.pixel, found.transfer_syntax)
        self.decoder = frame.decoder
        if frame.damage and frame.damage not in self.notices:
            self.notices.append(frame.damage)
        return frame

    def _video_frame(self, video: VideoFrames, index: int) -> NDArray[Any]:
        self.decoder = "FFmpeg"
        with self._told():
            try:
                return video.frame(index)
            except VideoEnded as end:
                raise BadInput(
                    "{name}: the video ends after {found} frames; frame {wanted} was asked for.",
                    name=self.name,
                    found=end.frames,
                    wanted=index + 1,
                ) from end

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What a decoder cannot do becomes words about the file."""
        try:
            yield
        except WrongSize as error:
            raise BadInput(
                "{name}: the decoded image has {found} pixels, {expected} are declared.",
                name=self.name,
                found=error.found,
                expected=error.expected,
            ) from error
        except Undecodable as error:
            raise BadInput(
                "{name} cannot be decoded (transfer syntax {syntax}: {cause}).",
                name=self.name,
                syntax=UID(self.found.transfer_syntax).name,
                cause=str(error),
            ) from error

    def _values(self, index: int) -> tuple[NDArray[Any], int, bool | None]:
        """Stored values of all samples, how many bits they have, whether the stream says that they are
        luminance and chrominance.
        """
        if self.found.fragments is None:
            return self.pixel.of_words(self._native_words(index)), self.pixel.bits_stored, None
        frame = self._frame(index)
        if frame.as_words:
            return self.pixel.of_words(frame.samples), self.pixel.bits_stored, None
        return self.pixel.of_stream(frame.samples, frame.precision), frame.precision, frame.is_ycc
