"""Display sets of single images with known truth: projections, cine, colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.display_set import DisplaySet, DisplaySetId
from app.domain.frame import Frame
from app.domain.image import ImageStack, StackPixels
from app.domain.pixel import PixelFormat, PixelSpacing, SpacingSource
from app.domain.study import SeriesUid, SopUid, StudyUid


def frame_of(pixels: NDArray[Any], number: int = 1, **facts: Any) -> Frame:
    """A frame of its own object around stored pixels; `facts` are fields of the frame."""
    colour = pixels.ndim == 3
    kind = pixels.dtype
    form = PixelFormat(
        "RGB" if colour else "MONOCHROME2",
        samples=3 if colour else 1,
        bits_allocated=8 * kind.itemsize,
        bits_stored=8 * kind.itemsize,
        high_bit=8 * kind.itemsize - 1,
        signed=kind.kind == "i",
        floating=kind.kind == "f",
    )
    made = Frame(
        sop_uid=SopUid(f"1.2.5.{number}"),
        sop_class_uid="1.2.840.10008.5.1.4.1.1.7",
        sha256="0" * 64,
        index=0,
        rows=pixels.shape[0],
        columns=pixels.shape[1],
        pixel_format=form,
        number=number,
    )
    return replace(made, **facts)


def stack_of(
    images: Sequence[NDArray[Any] | None],
    frames: Sequence[Frame],
    *,
    uid: str = "1.2.5",
    modality: str = "OT",
) -> ImageStack:
    """A stack of frames with their pixels; None has not arrived."""
    described = DisplaySet(
        display_set_id=DisplaySetId(f"{uid}/1"),
        study_uid=StudyUid("1.2"),
        series_uid=SeriesUid(uid),
        modality=modality,
        sop_class_uid="1.2.840.10008.5.1.4.1.1.7",
        frames=tuple(frames),
    )
    return ImageStack(described, StackPixels(images))


def mammogram(laterality: str = "R", view: str = "CC", *, uid: str = "1.2.6") -> ImageStack:
    """A MONOCHROME1 projection of 12 bits, measured at the detector, of a breast-like half ellipse."""
    rows, columns = 320, 240
    y, x = np.mgrid[:rows, :columns]
    across = x / 200 if laterality == "L" else (columns - 1 - x) / 200
    inside = across**2 + ((y - 160) / 140) ** 2 < 1
    stored = np.where(inside, 1800 + 6 * np.abs(x - 120), 4000).astype(np.uint16)
    form = PixelFormat("MONOCHROME1", bits_allocated=16, bits_stored=12, high_bit=11)
    frame = frame_of(
        stored,
        pixel_format=form,
        spacing=PixelSpacing((0.094, 0.094), SpacingSource.DETECTOR),
        laterality=laterality,
        view_position=view,
        patient_orientation=("P", "FR") if laterality == "R" else ("A", "FL"),
        sop_uid=SopUid(f"{uid}.1"),
    )
    return stack_of([stored], [frame], uid=uid, modality="MG")


def ultrasound(frames: int = 30, *, uid: str = "1.2.7") -> ImageStack:
    """A colour cine of one object without calibration, 25 frames a second; frame k has a bright column at
    k.
    """
    images = []
    for k in range(frames):
        grey = np.random.default_rng(k).integers(20, 90, (120, 160)).astype(np.uint8)
        grey[:, k % 160] = 250
        images.append(np.repeat(grey[..., None], 3, axis=2))
    described = [
        frame_of(
            images[k],
            index=k,
            frames_in_object=frames,
            frame_time_ms=40.0,
            lossy_ratio=8.0,
            sop_uid=SopUid(f"{uid}.1"),
        )
        for k in range(frames)
    ]
    return stack_of(images, described, uid=uid, modality="US")
