"""Facts of made-up series: frames at places, each an object of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.dicom.read.display_sets import display_sets
from app.dicom.read.facts_document import unpack_facts
from app.dicom.read.folder_index import ScannedFile, scan
from app.dicom.read.object_facts import ObjectFacts
from app.dicom.read.thumbnail import thumbnail
from app.domain.display_set import SeriesDisplaySets
from app.domain.frame import Distinction, Frame
from app.domain.geometry import Point3
from app.domain.pixel import PixelFormat, PixelSpacing, Rescale, SpacingSource
from app.domain.study import SopUid
from app.processes.pool import Pool
from tests.dicom.dicom_objects import CT
from tests.support.leased_objects import FilesByAddress

TRANSVERSE = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
SAGITTAL = (0.0, 1.0, 0.0, 0.0, 0.0, -1.0)


def frame(number: int, position_mm: Point3 | None, **changes: Any) -> Frame:
    """A CT slice of 64 × 64 pixels of 1 mm; the changes are fields of `Frame` or of `Distinction`."""
    told = {name: changes.pop(name) for name in list(changes) if name in Distinction.__dataclass_fields__}
    given: dict[str, Any] = {
        "number": number,
        "position_mm": position_mm,
        "orientation": TRANSVERSE,
        "spacing": PixelSpacing((1.0, 1.0), SpacingSource.PATIENT),
        "frame_of_reference_uid": "1.9",
        "transform": Rescale(1.0, -1024.0),
        "value_type": "HU",
        "distinction": Distinction(**{"image_type": ("ORIGINAL", "PRIMARY", "AXIAL"), **told}),
    } | changes
    uid = SopUid(f"1.2.{number}")
    return Frame(uid, CT, f"{number:064d}", 0, 64, 64, PixelFormat("MONOCHROME2", bits_stored=12), **given)


def slices(heights: Iterable[float], *, first: int = 1, tilt: float = 0.0, **changes: Any) -> list[Frame]:
    """One slice at each height, numbered from `first`; `tilt` is the sideways shift for each mm."""
    return [frame(first + n, (0.0, tilt * z, float(z)), **changes) for n, z in enumerate(heights)]


def facts(frames: Sequence[Frame]) -> list[ObjectFacts]:
    """Each frame an object of its own with pixels of its own."""
    return [
        ObjectFacts(one.sop_uid, one.sop_class_uid, "CT", (one,), pixel_digest=one.sha256) for one in frames
    ]


def found(frames: Sequence[Frame]) -> SeriesDisplaySets:
    """The display sets of frames."""
    return display_sets(facts(frames), study_uid="1.5", series_uid="1.6")


def with_uid(one: Frame, uid: str) -> Frame:
    """The frame in an object of another UID."""
    return replace(one, sop_uid=SopUid(uid), sha256=f"{uid}".rjust(64, "0"))


def looked_at(parsers: Pool, paths: Sequence[Path], workdir: Path) -> SeriesDisplaySets:
    """The display sets of files of one series."""
    taken = [one for one in scan(paths, parsers=parsers, workdir=workdir) if isinstance(one, ScannedFile)]
    facts = [unpack_facts(one.documents.facts) for one in taken]
    return display_sets(facts, study_uid=taken[0].study.study_uid, series_uid=taken[0].series.series_uid)


def pictured(parsers: Pool, path: Path, workdir: Path) -> bytes:
    """The thumbnail of a file."""
    (found, *_) = looked_at(parsers, [path], workdir).sets
    return thumbnail(found, FilesByAddress({one.sha256: path for one in found.frames}), parsers=parsers)
