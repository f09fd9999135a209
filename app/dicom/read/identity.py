"""Which study, series and object a file is: by its UIDs, or by keys made for what lacks them.

An object without a UID, or with one that is none, is an object all the same: it gets keys that are always the
same for the same file.  What belongs to no patient, as palettes and hanging protocols, stands in a study of
its own, a series a class.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.dicom.read.header import Header
from app.dicom.read.object_facts import sop_class_name
from app.dicom.read.prescan import Prescan
from app.domain.provenance import derived_uid
from app.domain.study import Notice

_UID = re.compile(r"[0-9A-Za-z][0-9A-Za-z.\-_]{0,63}\Z")
# Hanging Protocol, Color Palette, implant templates, defined procedure protocols (PS3.4 GG.3)
_NO_PATIENT = tuple(
    f"1.2.840.10008.5.1.4.{rest}"
    for rest in ("38.1", "39.1", "43.1", "44.1", "45.1", "1.1.200.1", "1.1.200.3")
)
_NAMES = ("Study Instance UID", "Series Instance UID", "SOP Instance UID")


@dataclass(frozen=True, slots=True)
class Identity:
    """UIDs or keys in their place; `notices` say which of them had to be made."""

    study_uid: str
    series_uid: str
    sop_uid: str
    notices: tuple[Notice, ...] = ()


def identity_of(header: Header, found: Prescan, sha256: str) -> Identity:
    """Of a file with this digest."""
    written = (
        header.uid(0x0020000D),
        header.uid(0x0020000E),
        header.uid(0x00080018) or found.uid(0x00020003),
    )
    if all(_UID.match(uid) for uid in written):
        return Identity(*written)
    sop_class = header.uid(0x00080016) or found.uid(0x00020002)
    sop = _usable(written[2]) or derived_uid("no-object-uid", written[2], sha256)
    if sop_class.startswith(_NO_PATIENT) and not (written[0] or written[1]):
        study = derived_uid("no-patient")
        told = Notice(
            "no-patient",
            "a {kind} object, which belongs to no patient: it is kept with others of its kind",
            {"kind": sop_class_name(sop_class)},
        )
        return Identity(study, derived_uid("no-patient", sop_class), sop, (told,))
    study = _usable(written[0]) or derived_uid("no-study-uid", written[0], *_study_key(header, sha256))
    series = _usable(written[1]) or derived_uid(
        "no-series-uid", written[1], study, header.text(0x00200011), header.text(0x00080060)
    )
    return Identity(
        study, series, sop, tuple(_told(n, uid) for n, uid in enumerate(written) if not _usable(uid))
    )


def _usable(uid: str) -> str:
    return uid if _UID.match(uid) else ""


def _study_key(header: Header, sha256: str) -> tuple[str, ...]:
    """What tells one examination from another; a file that says nothing is one by itself."""
    said = tuple(header.text(tag) for tag in (0x00100020, 0x00100010, 0x00080020, 0x00080050))
    return said if any(said) else (sha256,)


def _told(n: int, uid: str) -> Notice:
    if not uid:
        return Notice("no-identity", "has no {attribute}; it got one here", {"attribute": _NAMES[n]})
    told = {"attribute": _NAMES[n], "found": str(len(uid))}
    return Notice("bad-identity", "{attribute} is not a UID ({found} characters); it got one here", told)
