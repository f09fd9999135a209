"""Images of a series that are there more than once.  Pure."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace

from app.dicom.read.object_facts import ObjectFacts
from app.domain.display_set import LeftOut, TranslatableText
from app.domain.frame import Distinction, Frame

DUPLICATE = "The same image is there more than once; it is shown once."


def without_doubles(images: Sequence[ObjectFacts]) -> tuple[list[ObjectFacts], list[LeftOut]]:
    """Images of the same pixels at the same place with the same number and times are one."""
    kept: dict[Hashable, ObjectFacts] = {}
    doubles = []
    for one in images:
        frame = one.frames[0]
        key: Hashable = (one.sop_uid, frame.sha256)
        if one.pixel_digest:
            key = (
                one.pixel_digest,
                one.sop_class_uid,
                len(one.frames),
                frame.number,
                frame.position_mm,
                frame.orientation,
                frame.frame_of_reference_uid,
                _acquired(frame),
                frame.transform,
                frame.laterality,
                frame.view_position,
            )
        if key in kept:
            doubles.append(one)
        else:
            kept[key] = one
    return list(kept.values()), [left_out((DUPLICATE, {}), doubles)] if doubles else []


def _acquired(frame: Frame) -> Distinction:
    """What tells of the taking of an image; Content Time is often that of the copy."""
    told = frame.distinction
    return told if told.content_at is None else replace(told, content_at=None)


def left_out(reason: TranslatableText, objects: Sequence[ObjectFacts]) -> LeftOut:
    """Objects that are not shown, with their reason."""
    return LeftOut(reason, tuple(one.sop_uid for one in objects), tuple(sha256_of(one) for one in objects))


def sha256_of(one: ObjectFacts) -> str:
    """The digest of the file, empty where it is not kept."""
    return one.frames[0].sha256 if one.frames else ""
