"""Files that a DICOMDIR names, on the medium as it is in truth (PS3.10 8, PS3.12).

The standard has names of up to eight capitals, digits and underscores. Media differ: file systems show lower
case, a version (`;1`) or a dot at the end, exports add or drop `.dcm`, writers put the whole path with
slashes into one value. A file outside the medium's folder is never given, whatever a record or a link says.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from app.domain.study import Notice

MISSING = "{n} of {total} files that the DICOMDIR names are not there ({first} … {last})"
_VERSION = re.compile(r"(?:\.?;\d+|\.)$")
_EXTENSION = ".dcm"
#: more files that are missing are told together
_MOST_BY_NAME = 3
_SEPARATORS = re.compile(r"[/\\]")


class Medium:
    """The folder of a DICOMDIR and what lies below it; each folder is listed once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._real_root = root.resolve()
        self._listed: dict[Path, dict[str, list[str]]] = {}

    def find(self, file_id: tuple[str, ...]) -> Path | Notice:
        """The file of a Referenced File ID, or the notice why there is none."""
        display = "/".join(file_id)
        parts = _parts(file_id)
        if parts is None:
            return Notice("outside", "the DICOMDIR names a file outside its medium", {}, display)
        path = self._root.joinpath(*parts)
        if not path.is_file():
            path = self._spelled_otherwise(parts) or path
        if not path.is_file():
            return Notice("missing", "named in the DICOMDIR, but not there", {}, display)
        if not within(path, self._real_root):
            return Notice("outside", "the DICOMDIR names a file outside its medium", {}, display)
        return path

    def _spelled_otherwise(self, parts: tuple[str, ...]) -> Path | None:
        folder = self._root
        for part in parts:
            below = self._names(folder)
            found = below.get(part.casefold()) or below.get(_plain(part))
            if found is None:
                return None
            folder = folder / (part if part in found else found[0])
        return folder

    def _names(self, folder: Path) -> dict[str, list[str]]:
        """Names in a folder by their spelling without case, and without version and extension."""
        if folder not in self._listed:
            names: dict[str, list[str]] = {}
            try:
                for name in sorted(os.listdir(folder)) if within(folder, self._real_root) else ():
                    for spelling in dict.fromkeys((name.casefold(), _plain(name))):
                        names.setdefault(spelling, []).append(name)
            except OSError:
                pass  # a file or a folder that cannot be read: nothing is found below it
            self._listed[folder] = names
        return self._listed[folder]


def missing_told(missing: Sequence[Notice], named: int, display: str) -> Sequence[Notice]:
    """Files of a DICOMDIR that are not there, of so many that it names: each, or all as one notice."""
    if len(missing) <= _MOST_BY_NAME:
        return missing
    told = {"n": str(len(missing)), "total": str(named), "first": missing[0].path, "last": missing[-1].path}
    return [Notice("missing", MISSING, told, display)]


def within(path: Path, real_root: Path) -> bool:
    """The path, links followed, lies in a folder whose own links have been followed."""
    try:
        return path.resolve(strict=True).is_relative_to(real_root)
    except (OSError, RuntimeError):
        return False


def _parts(file_id: tuple[str, ...]) -> tuple[str, ...] | None:
    """Components of a file ID; None where they could lead out of the medium."""
    parts = tuple(part for value in file_id for part in _SEPARATORS.split(value))
    absolute = any(_SEPARATORS.match(value) for value in file_id[:1])
    if not parts or absolute or any(part in ("..", ".") or "\0" in part or ":" in part for part in parts):
        return None
    return tuple(part for part in parts if part)


def _plain(name: str) -> str:
    return _VERSION.sub("", name.casefold()).removesuffix(_EXTENSION)
