"""What is in a folder, a file, a ZIP archive or a DICOMDIR medium: headers only, bad files become notices."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from app.dicom.read.archives import (
    STEP_ENTRIES,
    ZipPlace,
    directory_files,
    full,
    look_into_zip,
    looks_zipped,
    zip_entries,
    zip_entry_name,
)
from app.dicom.read.file_names import shown_name
from app.dicom.read.medium import Medium, missing_told, within
from app.dicom.read.scanned_file import ScannedFile, ScanResult, look_at, unreadable
from app.domain.study import Notice
from app.errors import BadInput, Cancelled, UserError
from app.jobs import Progress, never_cancelled, no_progress
from app.jobs.runner import Cancelling
from app.processes.pool import Pool
from app.processes.turns import Priority

__all__ = ["ScannedFile", "scan"]

T = TypeVar("T")

_BATCH = 64
_BATCH_BYTES = 128 << 20


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file to look at; `display_path` is relative to what was imported."""

    path: Path
    display_path: str
    size: int
    zipped: bool = False
    entries: int = 1


@dataclass(frozen=True, slots=True)
class _Parsers:
    """The pool, as one scan uses it."""

    pool: Pool
    cancelled: Cancelling
    priority: Priority

    def call(self, work: Callable[..., T], *args: Any, about: str) -> T:
        return self.pool.call(work, *args, about=about, cancelled=self.cancelled, priority=self.priority)


def _candidates(paths: Sequence[Path], parsers: _Parsers) -> Iterator[Candidate | Notice]:
    """All files under `paths`: folders with what is below them (no link that leaves the folder), files,
    media.

    A DICOMDIR given as a file stands for the files that it names; each of them must lie below the DICOMDIR's
    folder.
    """
    for path in paths:
        if parsers.cancelled():
            raise Cancelled
        path = Path(path)
        try:
            if path.is_dir():
                yield from _folder(path, parsers)
            elif path.is_file():
                yield from _file(path, shown_name(path.name), parsers)
            else:
                yield Notice("missing", "does not exist", {}, shown_name(path.name))
        except OSError as error:
            yield unreadable(shown_name(path.name), error)


def _folder(root: Path, parsers: _Parsers) -> Iterator[Candidate | Notice]:
    real_root = root.resolve()
    pending = [root]
    while pending:
        if parsers.cancelled():
            raise Cancelled
        folder = pending.pop()
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            yield unreadable(shown_name(str(folder.relative_to(root))), error)
            continue
        inside = "" if folder == root else f"{folder.relative_to(root)}{os.sep}"
        below = []
        for entry in entries:
            path = Path(entry.path)
            display = shown_name(f"{inside}{entry.name}")
            if entry.is_symlink() and not within(path, real_root):
                yield Notice("link", "a link that leaves the folder is not followed", {}, display)
            elif entry.is_symlink() and entry.is_dir():
                continue  # what it points to is below the folder and is met there
            elif entry.is_dir():
                below.append(path)
            elif entry.is_file():
                yield from _in_folder(path, display, parsers)
        pending.extend(reversed(below))


def _in_folder(path: Path, display: str, parsers: _Parsers) -> Iterator[Candidate | Notice]:
    if path.name.upper().split(";")[0] == "DICOMDIR":
        records = parsers.call(directory_files, path, about=display)
        if records is not None:  # its files are met by themselves: only what is missing is told
            yield from (found for found in _named(path, records, display) if isinstance(found, Notice))
            return
    yield from _file(path, display, parsers, media=False)


def _file(path: Path, display: str, parsers: _Parsers, *, media: bool = True) -> Iterator[Candidate | Notice]:
    try:
        size = path.stat().st_size
        zipped = looks_zipped(path)
    except OSError as error:
        yield unreadable(display, error)
        return
    if zipped:
        try:
            yield Candidate(path, display, size, True, parsers.call(zip_entries, path, about=display))
        except UserError as error:
            yield _notice_of(error, display)
        return
    asked = media and "DICOMDIR" in path.name.upper()
    records = parsers.call(directory_files, path, about=display) if asked else None
    if records is None:
        yield Candidate(path, display, size)
        return
    yield from _named(path, records, display)


def _named(directory: Path, records: Sequence[tuple[str, ...]], display: str) -> Iterator[Candidate | Notice]:
    """The files that a DICOMDIR names, and what is to be said of those that are not there."""
    medium, missing = Medium(directory.parent), []
    file_ids = dict.fromkeys(records)
    for parts in file_ids:
        found = medium.find(parts)
        if not isinstance(found, Notice):
            yield Candidate(found, "/".join(parts), found.stat().st_size)
        elif found.reason == "missing":
            missing.append(found)
        else:
            yield found
    yield from missing_told(missing, len(file_ids), display)


def scan(
    paths: Sequence[Path],
    *,
    parsers: Pool,
    workdir: Path,
    progress: Progress = no_progress,
    cancelled: Cancelling = never_cancelled,
    priority: Priority = Priority.BACKGROUND,
) -> Iterator[ScannedFile | Notice]:
    """Look at all files under `paths` in bounded children, a batch at a time.

    A file that is not taken is a `Notice`; one that is taken with a doubt is a `ScannedFile` followed by a
    `Notice`. Entries of archives are extracted into `workdir`, which the caller owns and removes.
    """
    used = _Parsers(parsers, cancelled, priority)
    found: list[Candidate] = []
    for item in _candidates(paths, used):
        if isinstance(item, Notice):
            yield item
        else:
            found.append(item)
    total = sum(item.entries for item in found)
    for done, looked in enumerate(_all_looked(_batches(found), used, workdir), 1):
        yield from [looked.taken] if looked.taken is not None else []
        yield from looked.notices
        progress(min(1.0, done / max(1, total)), done, total)


def _all_looked(batches: Iterable[list[Candidate]], used: _Parsers, workdir: Path) -> Iterator[ScanResult]:
    """What was found in each batch, in their order; as many at a time as there are children to spare."""
    at_once = max(1, used.pool.size - 1)
    begun: deque[Future[list[ScanResult]]] = deque()
    with ThreadPoolExecutor(at_once, thread_name_prefix="scan") as threads:
        try:
            for batch in batches:
                while begun and (batch[0].zipped or len(begun) > at_once):
                    yield from begun.popleft().result()
                if batch[0].zipped:
                    yield from _zipped(batch[0], used, workdir)
                else:
                    begun.append(threads.submit(_looked, batch, used))
            while begun:
                yield from begun.popleft().result()
        finally:
            for waiting in begun:
                waiting.cancel()


def _batches(found: Sequence[Candidate]) -> Iterator[list[Candidate]]:
    batch: list[Candidate] = []
    held = 0
    for item in found:
        if batch and (
            item.zipped or batch[0].zipped or len(batch) == _BATCH or held + item.size > _BATCH_BYTES
        ):
            yield batch
            batch, held = [], 0
        batch.append(item)
        held += item.size
    if batch:
        yield batch


def _looked(batch: list[Candidate], parsers: _Parsers) -> list[ScanResult]:
    """One message for the batch; when the child does not survive it, file by file, so that only the culprit
    is blamed.
    """
    files = [(item.path, item.display_path) for item in batch]
    try:
        return parsers.call(look_at, files, about=batch[0].display_path)
    except BadInput as error:
        if len(batch) == 1:
            return [ScanResult(None, (_notice_of(error, batch[0].display_path),))]
    return [one for item in batch for one in _looked([item], parsers)]


def _zipped(item: Candidate, parsers: _Parsers, workdir: Path) -> Iterator[ScanResult]:
    """An archive in steps, each a call of its own: others have their turn between them.

    When the child does not survive a step, its entries are looked at one by one, and the culprit is passed.
    """
    folder = workdir / f"zip-{len(list(workdir.iterdir())):03d}"
    try:
        folder.mkdir()
    except OSError as error:
        raise full(workdir, item.size) from error
    place: ZipPlace | None = ZipPlace()
    alone_until = 0
    while place is not None:
        most = 1 if place.entry < alone_until else STEP_ENTRIES
        try:
            step = parsers.call(
                look_into_zip, item.path, item.display_path, folder, place, most, about=item.display_path
            )
        except BadInput as error:
            if most > 1:
                alone_until = place.entry + most
                continue
            title = _entry_title(item, place, parsers)
            yield ScanResult(None, (_notice_of(error, title or item.display_path),))
            more = title is not None and place.entry + 1 < item.entries
            place = replace(place, entry=place.entry + 1) if more else None
            continue
        place = step.place
        yield from step.looked


def _entry_title(item: Candidate, place: ZipPlace, parsers: _Parsers) -> str | None:
    """None where not the entry is at fault: the archive cannot be read any more."""
    try:
        name = parsers.call(zip_entry_name, item.path, place.entry, about=item.display_path)
    except BadInput:
        return None
    return f"{item.display_path}/{name}"


def _notice_of(error: UserError, display: str) -> Notice:
    params = {name: str(value) for name, value in error.params.items()}
    return Notice("refused", error.template, params, display)
