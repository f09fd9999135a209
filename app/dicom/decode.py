"""Pixels of frames.  Runs in the bounded child; values go straight into the shared block of a volume."""

from __future__ import annotations

import io
import os
import struct
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.pixels import get_decoder
from pydicom.uid import UID

from app.dicom.header import PARSE_FAILURES, opened
from app.dicom.limits import MAX_FRAME_BYTES, mebibytes
from app.dicom.prescan import NATIVE, Prescan, Unusable, prescan
from app.domain.volume import SharedBlock, SharedVoxels
from app.errors import BadInput

_JPEG = "1.2.840.10008.1.2.4.5"
_TELL_S = 0.02
_FLOAT_PIXELS = {0x7FE00008: "f4", 0x7FE00009: "f8"}


@dataclass(frozen=True, slots=True)
class Slot:
    """One frame and its place in the block."""

    path: Path
    frame: int
    time: int
    slice: int
    slope: float
    intercept: float


class PixelFile:
    """The pixel data of one file."""

    def __init__(self, path: Path, name: str) -> None:
        self.name = name
        self._context = opened(path)
        self._path = path
        try:
            self._found: Prescan = prescan(self._context.__enter__())
        except Unusable as refusal:
            raise refusal.as_error(name) from refusal
        except OSError as error:
            raise BadInput("{name} cannot be read ({cause}).", name=name, cause=error.strerror or type(error).__name__) from error
        if self._found.pixel_offset is None:
            raise BadInput("{name} has no pixel data.", name=name)
        self.rows, self.columns = self._found.number(0x00280010), self._found.number(0x00280011)
        self.samples = self._found.number(0x00280002, 1)
        self.bits_allocated = self._found.number(0x00280100)
        self.bits_stored = self._found.number(0x00280101) or self.bits_allocated
        self.signed = bool(self._found.number(0x00280103))
        self.frames = self._found.frames
        if not (self.rows and self.columns and self.samples and self.bits_allocated):
            raise BadInput("{name} has images of {found} pixels.", name=name, found=f"{self.rows} × {self.columns}")
        self._dataset: Dataset | None = None
        self._whole: NDArray[Any] | None = None

    def close(self) -> None:
        """Let the file go."""
        self._dataset = self._whole = None
        self._context.__exit__(None, None, None)

    def stored(self, index: int) -> NDArray[Any]:
        """Stored values of a frame, shape (row, column) or (row, column, sample)."""
        if not 0 <= index < self.frames:
            raise BadInput("{name} has {found} frames; frame {wanted} was asked for.", name=self.name, found=self.frames, wanted=index + 1)
        native = self._found.transfer_syntax in NATIVE and not self._found.encapsulated
        values = self._native(index) if native and self.samples == 1 and self.bits_allocated in (8, 16, 32, 64) else self._decoded(index)
        if values.shape[:2] != (self.rows, self.columns):
            raise BadInput(
                "{name}: the decoded image has {found} pixels, {expected} are declared.",
                name=self.name, found=f"{values.shape[0]} × {values.shape[1]}", expected=f"{self.rows} × {self.columns}",
            )  # fmt: skip
        return self._clean(values)

    def _native(self, index: int) -> NDArray[Any]:
        found, offset = self._found, self._found.pixel_offset or 0
        kind = _FLOAT_PIXELS.get(_tag_before(found, offset)) or f"{'i' if self.signed else 'u'}{self.bits_allocated // 8}"
        dtype = np.dtype(kind).newbyteorder("<" if found.little else ">")
        count = self.rows * self.columns
        return np.frombuffer(found.data, dtype, count, offset + index * count * dtype.itemsize).reshape(self.rows, self.columns)

    def _clean(self, values: NDArray[Any]) -> NDArray[Any]:
        """Bits above Bits Stored are not part of the value (old writers keep overlays there)."""
        spare = 8 * values.dtype.itemsize - self.bits_stored
        if values.dtype.kind not in "iu" or spare <= 0:
            return values
        if values.dtype.kind == "u":
            kept: NDArray[Any] = np.bitwise_and(values, np.asarray((1 << self.bits_stored) - 1, values.dtype))
        else:
            kept = np.right_shift(np.left_shift(values, spare), spare)
        return kept

    def _decoded(self, index: int) -> NDArray[Any]:
        frame_bytes = self.rows * self.columns * self.samples * max(8, self.bits_allocated) // 8
        if frame_bytes > MAX_FRAME_BYTES:
            raise BadInput(
                "{name}: a frame needs {found} (limit {limit}).",
                name=self.name, found=mebibytes(frame_bytes), limit=mebibytes(MAX_FRAME_BYTES),
            )  # fmt: skip
        try:
            if self._whole is None:
                if self._dataset is None:
                    self._dataset = dcmread(io.BytesIO(self._found.data[:]) if self._found.start else self._path, force=True)
                decoder = get_decoder(UID(self._found.transfer_syntax))
                values: NDArray[Any] = decoder.as_array(self._dataset, index=index, raw=self.samples == 1)[0]
                return values
        except PARSE_FAILURES as error:
            self._whole = self._by_gdcm(error)
        frame: NDArray[Any] = self._whole[index]
        return frame

    def _by_gdcm(self, first: BaseException) -> NDArray[Any]:
        """All frames by GDCM, for the retired JPEG processes that pydicom has no decoder for."""
        cause = BadInput(
            "{name} cannot be decoded (transfer syntax {syntax}: {cause}).",
            name=self.name, syntax=UID(self._found.transfer_syntax).name, cause=type(first).__name__,
        )  # fmt: skip
        if not self._found.transfer_syntax.startswith(_JPEG):
            raise cause from first
        import gdcm

        reader = gdcm.ImageReader()
        reader.SetFileName(str(self._path))
        text = reader.GetImage().GetBuffer() if reader.Read() else None
        if text is None:
            raise cause from first
        buffer = text.encode("utf-8", "surrogateescape")
        shape = (self.frames, self.rows, self.columns, self.samples)
        dtype = np.dtype(f"<{'i' if self.signed else 'u'}{self.bits_allocated // 8}")
        if len(buffer) < int(np.prod(shape)) * dtype.itemsize:
            raise cause from first
        whole = np.frombuffer(buffer, dtype, int(np.prod(shape))).reshape(shape)
        return whole[..., 0] if self.samples == 1 else whole


def _tag_before(found: Prescan, offset: int) -> int:
    """Tag of the pixel data element whose value starts at `offset`."""
    back = 12 if found.explicit else 8
    group, element = struct.unpack_from(("<" if found.little else ">") + "HH", found.data, offset - back)
    return int(group) << 16 | int(element)


def rescale(stored: NDArray[Any], slope: float, intercept: float, out: NDArray[Any]) -> None:
    """``out = slope · stored + intercept``; whole numbers are held at the ends of what `out` can have."""
    if out.dtype != np.int16:
        np.multiply(stored, slope, out=out, casting="unsafe")
        out += intercept
        return
    if slope == 1 and intercept == 0 and stored.dtype == np.int16:
        out[...] = stored
        return
    wide = stored.astype(np.int32)
    if slope != 1:
        wide *= int(slope)
    wide += int(intercept)
    np.clip(wide, -32768, 32767, out=wide)
    out[...] = wide


class _Block:
    """The values of a shared block, written without mapping them: the pages are made by the kernel, not by faults."""

    def __init__(self, block: SharedBlock) -> None:
        self._voxels = SharedVoxels.attach(block)
        self._shape, self._dtype = block.shape, np.dtype(block.dtype)
        self._scratch: NDArray[Any] = np.empty(block.shape[2:], self._dtype)
        try:
            self._file: int | None = os.open(f"/dev/shm/{block.name.lstrip('/')}", os.O_WRONLY)
        except OSError:
            self._file = None  # not Linux: through the mapping

    def put(self, slot: Slot, stored: NDArray[Any]) -> None:
        """Rescale a frame into its place and mark it ready."""
        if stored.shape != self._shape[2:]:
            raise BadInput(
                "An image has {found} pixels, the others have {expected}.",
                found=" × ".join(map(str, stored.shape)), expected=f"{self._shape[2]} × {self._shape[3]}",
            )  # fmt: skip
        if self._file is None:
            rescale(stored, slot.slope, slot.intercept, self._voxels.array[slot.time, slot.slice])
        else:
            if stored.dtype == self._dtype and slot.slope == 1 and slot.intercept == 0:
                values = np.ascontiguousarray(stored)
            else:
                values = self._scratch
                rescale(stored, slot.slope, slot.intercept, values)
            self._write(values, (slot.time * self._shape[1] + slot.slice) * values.nbytes)
        self._voxels.ready[slot.time, slot.slice] = True

    def _write(self, values: NDArray[Any], offset: int) -> None:
        assert self._file is not None
        left = memoryview(values.reshape(-1).view(np.uint8).data)
        while left:
            done = os.pwrite(self._file, left, offset)
            left, offset = left[done:], offset + done

    def close(self) -> None:
        """Let the block go."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
        self._voxels.close()


def fill(block: SharedBlock, slots: list[Slot], names: dict[Path, str]) -> Generator[list[tuple[int, int]], None, int]:
    """Decode `slots` in their order into the block; yields what became ready as (time, slice), the first one alone."""
    target = _Block(block)
    file: PixelFile | None = None
    current: Path | None = None
    ready: list[tuple[int, int]] = []
    told = 0.0
    try:
        for slot in slots:
            if slot.path != current:
                if file is not None:
                    file.close()
                file, current = PixelFile(slot.path, names.get(slot.path, slot.path.name)), slot.path
            assert file is not None
            target.put(slot, file.stored(slot.frame))
            ready.append((slot.time, slot.slice))
            if time.monotonic() - told > _TELL_S:
                yield ready
                ready, told = [], time.monotonic()
        if ready:
            yield ready
    finally:
        if file is not None:
            file.close()
        target.close()
    return len(slots)
