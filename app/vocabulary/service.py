"""Takes in whole releases of RadLex, and keeps the one in use."""

from __future__ import annotations

import csv
import json
import logging
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from difflib import SequenceMatcher
from pathlib import Path
from typing import TextIO

from app.domain.person import Actor
from app.errors import BadInput, LimitExceeded, NotFound
from app.paths import resource_path
from app.people.rights import require
from app.storage.database import Database
from app.storage.files import told_for
from app.terminology import TermStore, load_terms
from app.terminology.folding import fold
from app.terminology.reading import read_overlay, with_overlay
from app.terminology.store import TermShelf, make_store
from app.terminology.term import RELEASE
from app.vocabulary.release.fhir import read_fhir
from app.vocabulary.release.model import OBSOLETE, ROOTS, Release
from app.vocabulary.release.owl import read_owl
from app.vocabulary.release.tables import read_csv, read_xls, read_xlsx
from app.vocabulary.rights import TAKE_IN_TERMS

log = logging.getLogger(__name__)

Reader = Callable[[Path, Callable[[float], None]], Release]
READERS: Mapping[str, Reader] = {
    ".owl": read_owl,
    ".rdf": read_owl,
    ".xml": read_owl,
    ".csv": read_csv,
    ".tsv": read_csv,
    ".txt": read_csv,
    ".xlsx": read_xlsx,
    ".xls": read_xls,
    ".json": read_fhir,
}
LONGEST = 512 * 2**20
#: fewer concepts are no release
FEWEST = 1000
#: characters of a name; what is longer is none
LONGEST_NAME = 500
MOST_SYNONYMS = 200
_ROWS, _ABOUT = "release.csv", "release.json"
_HEADER = ("rid", "name", "is_a", "part_of", "synonyms")
#: a name that is less like the one that was translated is another concept's
_ALIKE = 0.6


@dataclass(frozen=True, slots=True)
class Taken:
    """A release in use: where it is from, and how it differs from what was in use before."""

    version: str
    file: str
    concepts: int
    obsolete: int
    skipped: int
    #: concepts with Chinese names, and those whose Chinese name was left out for their name changed
    chinese: int
    renamed: int
    taken_at: str
    before: str = ""


class VocabularyService:
    """Releases, and the shelf that holds the one in use; all calls are for any thread but the window's."""

    def __init__(self, folder: Path, database: Database, shelf: TermShelf) -> None:
        self._folder, self._db, self._shelf = folder / "terminology", database, shelf
        self.taken: Taken | None = None

    def load(self) -> None:
        """Put the release that was taken in on the shelf, where there is one, ready to be searched; one that
        cannot be read is told in the log and left alone.
        """
        store = self._shelf.store
        if self.taken is None and (self._folder / _ABOUT).is_file():
            try:
                store, self.taken = read_stored(self._folder)
            except (OSError, ValueError, KeyError, TypeError, RecursionError, csv.Error) as error:
                log.warning("the stored vocabulary cannot be read: %s", type(error).__name__)
        _ = store.ranking
        self._shelf.put(store)

    def take_in(self, actor: Actor, path: Path, progress: Callable[[float], None] = lambda _: None) -> Taken:
        """Take in a release; it is in use from now on.

        Raises
        ------
        NotAllowed
            The person has not the right.
        BadInput
            The file is no release, with name, line and reason.
        """
        require(actor, TAKE_IN_TERMS)
        before = self._shelf.store.version
        release = read_release(path, progress)
        overlay, renamed = _fitting_overlay(release)
        rows = _rows(release)
        about = Taken(
            release.version,
            path.name,
            len(rows),
            sum(concept.obsolete for concept in release.concepts.values()),
            release.skipped,
            sum(row[0] in overlay for row in rows),
            renamed,
            datetime.now(UTC).isoformat(timespec="seconds"),
            before,
        )
        self._write(rows, about)
        with self._db.write() as tx:
            tx.audit.append(
                actor,
                "settings.change",
                "vocabulary",
                "done",
                {"version": about.version, "file": about.file, "concepts": about.concepts},
            )
        store, self.taken = read_stored(self._folder)
        _ = store.ranking
        self._shelf.put(store)
        return about

    def remove(self, actor: Actor) -> None:
        """Use the shipped subset again."""
        require(actor, TAKE_IN_TERMS)
        if not (self._folder / _ABOUT).is_file():
            raise NotFound("No release of RadLex was taken in.")
        with told_for(self._folder):
            (self._folder / _ABOUT).unlink()
            (self._folder / _ROWS).unlink(missing_ok=True)
        with self._db.write() as tx:
            tx.audit.append(actor, "settings.change", "vocabulary", "done", {"version": load_terms().version})
        self._shelf.put(None)
        self.taken = None

    def _write(self, rows: list[tuple[str, str, str, str, tuple[str, ...]]], about: Taken) -> None:
        with told_for(self._folder):
            self._folder.mkdir(mode=0o700, exist_ok=True)
            (self._folder / _ABOUT).unlink(missing_ok=True)  # a release is there when both files are
            with _replacing(self._folder / _ROWS) as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(_HEADER)
                writer.writerows((*row[:4], "|".join(row[4])) for row in rows)
            with _replacing(self._folder / _ABOUT) as file:
                json.dump(asdict(about), file, ensure_ascii=False)


@contextmanager
def _replacing(path: Path) -> Iterator[TextIO]:
    """A text file that takes the place of another when it is whole."""
    handle, name = tempfile.mkstemp(dir=path.parent)
    made = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            yield file
        made.replace(path)
    except BaseException:
        made.unlink(missing_ok=True)
        raise


def read_release(path: Path, progress: Callable[[float], None] = lambda _: None) -> Release:
    """Read a file of any known form; `BadInput` says what is wrong, and where."""
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise BadInput(
            "{file} has none of the endings that are read: {known}.", file=path.name, known=", ".join(READERS)
        )
    if not path.is_file():  # a folder, a device, a pipe
        raise NotFound("There is no file {path}.", path=str(path))
    size = path.stat().st_size
    if size > LONGEST:
        raise LimitExceeded(
            "{file} has {found} MB; up to {limit} MB are read.",
            file=path.name,
            found=size // 2**20,
            limit=LONGEST // 2**20,
        )
    with told_for(path):
        release = reader(path, progress)
    named = sum(0 < len(concept.name) <= LONGEST_NAME for concept in release.concepts.values())
    if named < FEWEST:
        raise BadInput(
            "{file} holds {found} named concepts of RadLex; a release has more than {wanted}.",
            file=path.name,
            found=named,
            wanted=FEWEST,
        )
    release.skipped += len(release.concepts) - named
    return release


def _rows(release: Release) -> list[tuple[str, str, str, str, tuple[str, ...]]]:
    live = {
        rid
        for rid, concept in release.concepts.items()
        if 0 < len(concept.name) <= LONGEST_NAME
        and not concept.obsolete
        and rid not in ROOTS
        and rid != OBSOLETE
    }
    rows = []
    for rid in sorted(live, key=lambda rid: int(rid[3:])):
        concept = release.concepts[rid]
        is_a = next((up for up in concept.parents if up in live), "")
        words = dict.fromkeys(one.replace("|", "/") for one in concept.synonyms if one != concept.name)
        synonyms = tuple(one for one in words if len(one) <= LONGEST_NAME)[:MOST_SYNONYMS]
        part_of = concept.part_of if concept.part_of in live else ""
        rows.append((rid, concept.name, is_a, part_of, synonyms))
    return rows


def _fitting_overlay(release: Release) -> tuple[dict[str, list[str]], int]:
    """Our Chinese names of concepts whose names are those that were translated; how many were left out."""
    overlay = read_overlay(resource_path("terminology", "radlex_zh.csv"))
    shipped = load_terms()
    other = set()
    for rid in overlay:
        concept, ours = release.concepts.get(rid), shipped.term(rid)
        if concept is None or ours is None or not concept.name:
            continue
        one, two = fold(concept.name), fold(ours.name)
        same = one in map(fold, ours.names) or two in map(fold, concept.synonyms)
        if not same and SequenceMatcher(None, one, two).ratio() < _ALIKE:
            other.add(rid)
    return {rid: row for rid, row in overlay.items() if rid not in other}, len(other)


def read_stored(folder: Path) -> tuple[TermStore, Taken]:
    """The store of a release that was taken in, with shipped terms that it has not."""
    about = Taken(**json.loads((folder / _ABOUT).read_text(encoding="utf-8")))
    with (folder / _ROWS).open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        if tuple(next(reader, ())) != _HEADER:
            raise ValueError("another form of table")
        rows = [(r[0], r[1], r[2], r[3], tuple(r[4].split("|")) if r[4] else ()) for r in reader]
    release = Release()
    for rid, name, _, _, synonyms in rows:
        concept = release.concept(rid)
        concept.name, concept.synonyms = name, list(synonyms)
    overlay, _ = _fitting_overlay(release)
    version = RELEASE + (about.version or about.file)
    terms = with_overlay(((rid, name, is_a, version, words) for rid, name, is_a, _, words in rows), overlay)
    part_of = {row[0]: row[3] for row in rows if row[3]}
    terms = [
        replace(t, broader=part_of[t.rid]) if t.rid in part_of and t.rid not in overlay else t for t in terms
    ]
    known = {term.rid for term in terms}
    newer = [t for t in load_terms().terms if t.rid not in known and not t.source.startswith("release")]
    return make_store([*terms, *newer], version), about
