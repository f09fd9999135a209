"""What is in a folder, a file, a ZIP archive or a DICOMDIR medium: headers only, bad files become notices."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.dicom.archives import directory_files, full, look_into_zip, looks_zipped, zip_entries
from app.dicom.bounded import BoundedChild
from app.dicom.header import Looked, ScannedFile, look_at, unreadable
from app.domain.study import Notice
from app.errors import BadInput, Cancelled, UserError
from app.jobs import Progress, never_cancelled, no_progress
from app.jobs.runner import Cancelling

__all__ = ["Candidate", "ScannedFile", "candidates", "scan"]

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


def candidates(paths: Sequence[Path], *, child: BoundedChild, cancelled: Cancelling = never_cancelled) -> Iterator[Candidate | Notice]:
    """All files under `paths`: folders with what is below them (no link that leaves the folder), files, media.

    A DICOMDIR given as a file stands for the files that it names; each of them must lie below the DICOMDIR's folder.
    """
    for path in paths:
        if cancelled():
            raise Cancelled
        path = Path(path)
        try:
            if path.is_dir():
                yield from _folder(path, child, cancelled)
            elif path.is_file():
                yield from _file(path, path.name, child, cancelled)
            else:
                yield Notice("missing", "does not exist", {}, path.name)
        except OSError as error:
            yield unreadable(path.name, error)


def _folder(root: Path, child: BoundedChild, cancelled: Cancelling) -> Iterator[Candidate | Notice]:
    real_root = root.resolve()
    pending = [root]
    while pending:
        if cancelled():
            raise Cancelled
        folder = pending.pop()
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            yield unreadable(str(folder.relative_to(root)), error)
            continue
        below = []
        for entry in entries:
            path = Path(entry.path)
            display = str(path.relative_to(root))
            if entry.is_symlink() and not _within(path, real_root):
                yield Notice("link", "a link that leaves the folder is not followed", {}, display)
            elif entry.is_symlink() and entry.is_dir():
                continue  # what it points to is below the folder and is met there
            elif entry.is_dir():
                below.append(path)
            elif entry.is_file():
                yield from _in_folder(path, display, child, cancelled)
        pending.extend(reversed(below))


def _in_folder(path: Path, display: str, child: BoundedChild, cancelled: Cancelling) -> Iterator[Candidate | Notice]:
    if path.name.upper() == "DICOMDIR":
        records = child.call(directory_files, path, about=display, cancelled=cancelled)
        if records is not None:  # its files are met by themselves: only what is missing is told
            for parts in records:
                if isinstance(found := _on_medium(path.parent, parts), Notice):
                    yield found
            return
    yield from _file(path, display, child, cancelled, media=False)


def _file(path: Path, display: str, child: BoundedChild, cancelled: Cancelling, *, media: bool = True) -> Iterator[Candidate | Notice]:
    try:
        size = path.stat().st_size
        zipped = looks_zipped(path)
    except OSError as error:
        yield unreadable(display, error)
        return
    if zipped:
        try:
            yield Candidate(path, display, size, True, child.call(zip_entries, path, about=display, cancelled=cancelled))
        except UserError as error:
            yield _notice_of(error, display)
        return
    records = child.call(directory_files, path, about=display, cancelled=cancelled) if media and "DICOMDIR" in path.name.upper() else None
    if records is None:
        yield Candidate(path, display, size)
        return
    for parts in dict.fromkeys(records):
        found = _on_medium(path.parent, parts)
        yield found if isinstance(found, Notice) else Candidate(found, "/".join(parts), found.stat().st_size)


def _on_medium(root: Path, parts: tuple[str, ...]) -> Path | Notice:
    """The file that a record names, inside the medium; lower case too, for ISO 9660 mounts show either."""
    display = "/".join(parts)
    if not parts or any(part in ("..", ".") or "/" in part or "\\" in part or "\0" in part or ":" in part for part in parts):
        return Notice("outside", "the DICOMDIR names a file outside its medium", {}, display)
    for spelled in (parts, tuple(part.lower() for part in parts), tuple(part.upper() for part in parts)):
        path = root.joinpath(*spelled)
        if path.is_file():
            if not _within(path, root.resolve()):
                return Notice("outside", "the DICOMDIR names a file outside its medium", {}, display)
            return path
    return Notice("missing", "named in the DICOMDIR, but not there", {}, display)


def _within(path: Path, real_root: Path) -> bool:
    try:
        return path.resolve(strict=True).is_relative_to(real_root)
    except (OSError, RuntimeError):
        return False


def scan(
    paths: Sequence[Path], *, child: BoundedChild, workdir: Path,
    progress: Progress = no_progress, cancelled: Cancelling = never_cancelled,
) -> Iterator[ScannedFile | Notice]:  # fmt: skip
    """Look at all files under `paths` in the bounded child.

    A file that is not taken is a `Notice`; one that is taken with a doubt is a `ScannedFile` followed by a `Notice`.
    Entries of archives are extracted into `workdir`, which the caller owns and removes.
    """
    found: list[Candidate] = []
    for item in candidates(paths, child=child, cancelled=cancelled):
        if isinstance(item, Notice):
            yield item
        else:
            found.append(item)
    total, done = sum(item.entries for item in found), 0
    for batch in _batches(found):
        if batch[0].zipped:
            results = _zipped(batch[0], child, workdir, cancelled)
        else:
            results = iter(_looked(batch, child, cancelled))
        for looked in results:
            done += 1
            yield from [looked.taken] if looked.taken is not None else []
            yield from looked.notices
            progress(min(1.0, done / max(1, total)), done, total)


def _batches(found: Sequence[Candidate]) -> Iterator[list[Candidate]]:
    batch: list[Candidate] = []
    held = 0
    for item in found:
        if batch and (item.zipped or batch[0].zipped or len(batch) == _BATCH or held + item.size > _BATCH_BYTES):
            yield batch
            batch, held = [], 0
        batch.append(item)
        held += item.size
    if batch:
        yield batch


def _looked(batch: list[Candidate], child: BoundedChild, cancelled: Cancelling) -> list[Looked]:
    """One message for the batch; when the child does not survive it, file by file, so that only the culprit is blamed."""
    try:
        return child.call(look_at, [(item.path, item.display_path) for item in batch], about=batch[0].display_path, cancelled=cancelled)
    except BadInput as error:
        if len(batch) == 1:
            return [Looked(None, (_notice_of(error, batch[0].display_path),))]
    return [one for item in batch for one in _looked([item], child, cancelled)]


def _zipped(item: Candidate, child: BoundedChild, workdir: Path, cancelled: Cancelling) -> Iterator[Looked]:
    folder = workdir / f"zip-{len(list(workdir.iterdir())):03d}"
    try:
        folder.mkdir()
    except OSError as error:
        raise full(workdir, item.size) from error
    try:
        for looked in child.stream(look_into_zip, item.path, item.display_path, folder, about=item.display_path, cancelled=cancelled):
            yield from looked
    except BadInput as error:
        yield Looked(None, (_notice_of(error, item.display_path),))


def _notice_of(error: UserError, display: str) -> Notice:
    params = {name: str(value) for name, value in error.params.items()}
    return Notice("refused", error.template, params, display)
