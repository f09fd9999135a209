"""One file of a folder, medium or archive: whether it can be used, its digest, and what the index keeps of
it.

Runs in the bounded child.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from app.dicom.read.facts_document import ObjectDocuments, documents_of
from app.dicom.read.header import MEDIA_DIRECTORY, PARSE_FAILURES, Header, _six, opened
from app.dicom.read.identity import Identity, identity_of
from app.dicom.read.prescan import Buffer, Prescan, Unusable, frames_of, prescan
from app.dicom.read.streams import damage_of, is_whole
from app.dicom.read.study_texts import raw_fields
from app.domain.study import Instance, Notice, Patient, RawField, Series, SeriesUid, SopUid, Study, StudyUid
from app.processes.limits import MAX_FRAME_BYTES


@dataclass(frozen=True, slots=True)
class ScannedFile:
    """One usable file: where it lies, what it is.

    `path` may be a temporary one, for entries of archives.  `texts` are the bytes of texts that a character
    set makes a difference for: `study` and `series` have them as the file by itself tells.  `documents` are
    what its header says.
    """

    path: Path
    display_path: str
    size: int
    sha256: str
    preamble: bool
    study: Study
    series: Series
    instance: Instance
    documents: ObjectDocuments
    texts: tuple[RawField, ...] = ()


@dataclass(frozen=True, slots=True)
class ScanResult:
    """What became of one file: taken or not, and what is to be said of it."""

    taken: ScannedFile | None
    notices: tuple[Notice, ...] = ()


def look_at(files: list[tuple[Path, str]]) -> list[ScanResult]:
    """Look at a batch of files given as (path, path for people)."""
    return [look_at_one(path, display) for path, display in files]


def look_at_one(path: Path, display: str) -> ScanResult:
    """Digest, pre-scan and header of one file."""
    try:
        with opened(path) as data:
            return _header_of(path, display, data)
    except Unusable as refusal:
        return ScanResult(None, (Notice(refusal.reason, refusal.template, refusal.params, display),))
    except OSError as error:
        return ScanResult(None, (unreadable(display, error),))
    except PARSE_FAILURES as error:
        cause = type(error).__name__
        return ScanResult(
            None, (Notice("damaged", "the header cannot be parsed ({cause})", {"cause": cause}, display),)
        )


def unreadable(display: str, error: OSError) -> Notice:
    """The notice of a file that the system does not let us read."""
    if isinstance(error, PermissionError):
        return Notice("permission", "no permission to read it", {}, display)
    return Notice(
        "unreadable", "cannot be read ({cause})", {"cause": error.strerror or type(error).__name__}, display
    )


def _header_of(path: Path, display: str, data: Buffer) -> ScanResult:
    found = prescan(data)
    header = Header.of(found)
    sop_class = header.uid(0x00080016) or found.uid(0x00020002)
    if sop_class == MEDIA_DIRECTORY or header.has(0x00041220):
        return ScanResult(None, (Notice("directory", "a directory of files, not an image", {}, display),))
    if not sop_class:
        kind = "not-dicom" if not found.preamble else "no-class"
        return ScanResult(None, (Notice(kind, "has no SOP Class UID", {}, display),))
    digest = hashlib.sha256(data).hexdigest()
    identity = identity_of(header, found, digest)
    study = _study(header, identity.study_uid)
    series = _series(header, identity.study_uid, identity.series_uid)
    instance = _instance(header, found, identity, digest, len(data))
    taken = ScannedFile(
        path,
        display,
        len(data),
        instance.sha256,
        found.preamble,
        study,
        series,
        instance,
        documents_of(header, found, instance.sha256, identity),
        raw_fields(header, identity.series_uid),
    )
    told = tuple(replace(notice, path=display) for notice in identity.notices)
    return ScanResult(taken, (*told, *_doubts(found, display)))


def _doubts(found: Prescan, display: str) -> tuple[Notice, ...]:
    mended = tuple(replace(notice, path=display) for notice in (*found.notices, *_damage(found)))
    if (
        found.pixel_offset is None
        and found.number(0x00280010)
        and not found.transfer_syntax.startswith("1.2.840.10008.1.2.4.94")
    ):
        return (*mended, Notice("no-pixel-data", "taken, but it has no pixel data", {}, display))
    return mended


def _damage(found: Prescan) -> tuple[Notice, ...]:
    """Of the first image of compressed pixel data, as far as its stream tells without decoding."""
    if found.fragments is None or found.is_video:
        return ()
    first, past = frames_of(found)[0]
    if sum(found.fragments.lengths[first:past]) > MAX_FRAME_BYTES:
        return ()
    stream = found.fragments.joined(found.data, (first, past))
    return () if is_whole(stream) else (damage_of(stream),)


def _study(header: Header, uid: str) -> Study:
    patient = Patient(
        patient_id=header.text(0x00100020),
        name=header.name(0x00100010),
        issuer=header.text(0x00100021),
        birth_date=header.day(0x00100030),
        sex=header.text(0x00100040),
    )
    started = (
        header.moment(0x00080020, 0x00080030)
        or header.moment(0x00080021, 0x00080031)
        or header.moment(0x00080022, 0x00080032)
        or header.moment(0x00080023, 0x00080033)
    )
    modality = header.text(0x00080060)
    return Study(
        StudyUid(uid),
        patient,
        study_id=header.text(0x00200010),
        accession_number=header.text(0x00080050),
        description=header.text(0x00081030),
        started_at=started,
        modalities=(modality,) if modality else (),
        body_part=header.text(0x00180015),
        institution=header.text(0x00080080),
        referring_physician=header.name(0x00080090),
        patient_age=header.text(0x00101010),
    )


def _series(header: Header, study_uid: str, uid: str) -> Series:
    return Series(
        SeriesUid(uid),
        StudyUid(study_uid),
        header.text(0x00080060),
        number=header.integer(0x00200011),
        description=header.text(0x0008103E),
        body_part=header.text(0x00180015),
        protocol=header.text(0x00181030),
        manufacturer=header.text(0x00080070),
        frame_of_reference_uid=header.uid(0x00200052),
        slice_thickness_mm=header.length(0x00180050),
    )


def _instance(header: Header, found: Prescan, identity: Identity, digest: str, size: int) -> Instance:
    position, orientation = header.lengths(0x00200032), header.numbers(0x00200037)
    sop_class = header.uid(0x00080016) or found.uid(0x00020002)
    return Instance(
        SopUid(identity.sop_uid),
        SeriesUid(identity.series_uid),
        StudyUid(identity.study_uid),
        sop_class,
        found.transfer_syntax,
        digest,
        size_bytes=size,
        number=header.integer(0x00200013),
        frames=found.frames,
        rows=found.number(0x00280010) or None,
        columns=found.number(0x00280011) or None,
        position_mm=(position[0], position[1], position[2]) if len(position) == 3 else None,
        orientation=_six(orientation),
    )
