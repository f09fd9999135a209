"""Images of a series that are there more than once.  Pure."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import fields
from operator import attrgetter

from app.dicom.read.object_facts import ObjectFacts
from app.domain.display_set import LeftOut, TranslatableText
from app.domain.frame import Distinction

OTHER_ENCODING = "The same image is there in another encoding too; it is shown once."
DUPLICATE = "The same image is there more than once; it is shown once."
#: what tells of the taking of an image; Content Time is often that of the copy
_acquired = attrgetter(*(one.name for one in fields(Distinction) if one.name != "content_at"))


def without_doubles(images: Sequence[ObjectFacts]) -> tuple[list[ObjectFacts], list[LeftOut]]:
    """Images of the same pixels at the same place with the same number and times are one; so are those of one
    UID in several lossless encodings.
    """
    kept: dict[Hashable, ObjectFacts] = {}
    doubles = []
    for one in images:
        key: Hashable = (one.sop_uid, one.frames[0].sha256)
        if one.pixel_digest:
            key = (one.pixel_digest, _said(one))
        if key in kept:
            doubles.append(one)
        else:
            kept[key] = one
    first, encoded = _by_encoding(list(kept.values()))
    told = ((DUPLICATE, doubles), (OTHER_ENCODING, encoded))
    return first, [left_out((reason, {}), members) for reason, members in told if members]


def _said(one: ObjectFacts) -> Hashable:
    """What the header says of an image, whoever copied it."""
    frame = one.frames[0]
    return (
        one.sop_class_uid,
        len(one.frames),
        frame.number,
        frame.position_mm,
        frame.orientation,
        frame.frame_of_reference_uid,
        _acquired(frame.distinction),
        frame.transform,
        frame.laterality,
        frame.view_position,
    )


def _by_encoding(images: list[ObjectFacts]) -> tuple[list[ObjectFacts], list[ObjectFacts]]:
    """Images without those that are there under the same UID in another transfer syntax, and these."""
    if len({one.transfer_syntax for one in images}) < 2:
        return images, []
    best: dict[Hashable, ObjectFacts] = {}
    for one in sorted(images, key=_encoding):
        best.setdefault(_image(one), one)
    first: list[ObjectFacts] = []
    encoded: list[ObjectFacts] = []
    for one in images:
        other = best[_image(one)]
        again = other is not one and other.transfer_syntax != one.transfer_syntax
        (encoded if again else first).append(one)
    return first, encoded


def _image(one: ObjectFacts) -> Hashable:
    """What all encodings of an image have in common; one that lost something is another image."""
    frame, form = one.frames[0], one.frames[0].pixel_format
    size = (frame.rows, frame.columns, form.samples, form.bits_stored, form.signed)
    return (one.sop_uid, size, frame.lossy_ratio is not None, _said(one))


def _encoding(one: ObjectFacts) -> tuple[bool, str]:
    """What is not compressed comes first."""
    return one.frames[0].is_compressed, sha256_of(one)


def left_out(reason: TranslatableText, objects: Sequence[ObjectFacts]) -> LeftOut:
    """Objects that are not shown, with their reason."""
    return LeftOut(reason, tuple(one.sop_uid for one in objects), tuple(sha256_of(one) for one in objects))


def sha256_of(one: ObjectFacts) -> str:
    """The digest of the file, empty where it is not kept."""
    return one.frames[0].sha256 if one.frames else ""
