"""docs/supported-images.md: what every file of the real and synthetic collections opens as.

The page is what the program does: ``python -m tests.dicom.test_supported_images`` writes it, the test
compares it.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from pydicom.uid import UID

from app.archive.inspection import told
from app.dicom.read.display_sets import display_sets
from app.dicom.read.facts_document import unpack_facts
from app.dicom.read.folder_index import scan
from app.dicom.read.scanned_file import ScannedFile
from app.dicom.read.thumbnail import thumbnail
from app.domain.display_set import DisplaySet
from app.domain.object_kind import object_kind
from app.domain.study import Notice
from app.errors import UserError
from app.i18n import set_language, tr
from app.processes.dicom import DicomProcesses
from tests.support.leased_objects import FilesByAddress
from tests.support.real_data import real_data

PAGE = Path(__file__).resolve().parents[2] / "docs" / "supported-images.md"
FOLDERS = ("dicom_kinds", "dicomdir", "mr_vendors", "dicom_seg_sr_rt", "odd_cases")
HEAD = """# What opens, and as what

Every file of the collections that the tests use, with what it opens as; made by `tests/dicom/test_supported_images.py`.
A *volume* has a grid, a *stack* is looked at image by image, what is no image is named by its kind and its SOP Class.
Shapes are slices × rows × columns of a volume, rows × columns of a stack. Files that are not DICOM are counted only.
"""


def _parts(folder: Path) -> list[Path]:
    """The folders in it, each looked at by itself: one collection may hold copies of another's files."""
    below = sorted(path for path in folder.iterdir() if path.is_dir() and path.name != "LICENSES")
    return [folder] if (folder / "DICOMDIR").is_file() else below


def _rows(folder: Path, processes: DicomProcesses, workdir: Path) -> Iterator[tuple[str, str]]:
    """(file, what it opens as) of all DICOM files of a folder; the rest as one count."""
    groups: dict[tuple[str, str, str], list[ScannedFile]] = defaultdict(list)
    refused: dict[str, str] = {}
    others = 0
    for one in scan([folder], parsers=processes.parsers, workdir=workdir):
        if isinstance(one, ScannedFile):
            groups[one.study.patient.patient_id, one.study.study_uid, one.series.series_uid].append(one)
        elif one.reason == "not-dicom":
            others += 1
        else:
            refused[one.path] = _reason(one)
    found: dict[str, list[str]] = defaultdict(list)
    for files in groups.values():
        for name, words in _series_rows(files, processes):
            found[name].append(words)
    for name, words in refused.items():
        if name not in found:
            found[name].append(words)
    yield from ((f"{folder.name}/{name}", "; ".join(dict.fromkeys(found[name]))) for name in sorted(found))
    if others:
        yield "", f"{others} files are not DICOM"


def _reason(notice: Notice) -> str:
    return f"not taken: {tr(notice.template, **notice.params)}"


def _series_rows(files: list[ScannedFile], processes: DicomProcesses) -> Iterator[tuple[str, str]]:
    facts = [unpack_facts(one.documents.facts) for one in files]
    held = display_sets(facts, study_uid=files[0].study.study_uid, series_uid=files[0].series.series_uid)
    names: dict[str, list[str]] = defaultdict(list)
    for fact, one in zip(facts, files, strict=True):
        names[fact.sop_uid].append(one.display_path)
        names[one.sha256].append(one.display_path)
    by_digest = {one.sha256: one for one in files}
    for found in held.sets:
        words = _words(found, {digest: one.path for digest, one in by_digest.items()}, processes)
        for digest in dict.fromkeys(frame.sha256 for frame in found.frames):
            yield by_digest[digest].display_path, words
    for left in held.left_out:
        for uid, digest in zip(left.sop_uids, left.sha256s, strict=True):
            for name in names[digest or uid]:
                yield name, told(left.reason)
    for kept in held.objects:
        for name in names[kept.sop_uid]:
            yield name, f"{object_kind(kept.sop_class_uid).lower()}: {UID(kept.sop_class_uid).name}"


def _words(found: DisplaySet, paths: dict[str, Path], processes: DicomProcesses) -> str:
    """Kind, number of images, shape, axis, quantity; the middle image is really decoded."""
    frame = found.frames[0]
    shape = found.geometry.grid.shape if found.geometry is not None else (frame.rows, frame.columns)
    parts = [f"{found.kind} of {len(found.frames)}", " × ".join(str(n) for n in shape)]
    if found.axis is not None:
        parts.append(f"{len(found.axis)} {found.axis.kind}")
    if found.geometry is not None and found.geometry.correction != "none":
        parts.append(str(found.geometry.correction))
    parts.append(str(found.quantity) if frame.pixel_format.is_grey else "colour")
    try:
        thumbnail(found, FilesByAddress(paths), parsers=processes.parsers)
    except UserError as error:
        parts.append(f"**not decoded: {error}**")
    return ", ".join(parts)


def page(processes: DicomProcesses, workdir: Path) -> str:
    """The whole page."""
    lines = [HEAD]
    for folder in FOLDERS:
        lines.append(f"## {folder}\n\n| file | opens as |\n|---|---|")
        for part in _parts(real_data(folder)):
            lines.extend(f"| {name or '…'} | {words} |" for name, words in _rows(part, processes, workdir))
        lines.append("")
    return "\n".join(lines)


def test_the_page_says_what_the_program_does(processes: DicomProcesses, tmp_path: Path) -> None:
    set_language("en")
    made = page(processes, tmp_path)
    assert PAGE.read_text(encoding="utf-8") == made, (
        "python -m tests.dicom.test_supported_images writes it anew"
    )


if __name__ == "__main__":
    set_language("en")
    with DicomProcesses() as pools, tempfile.TemporaryDirectory() as folder:
        PAGE.write_text(page(pools, Path(folder)), encoding="utf-8")
