"""``main.py terms``: what the term picker finds; a release is taken in."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from app.command_line import AsJson, AsLogin, CommandLine, print_json, progress
from app.i18n import language, tr
from app.session.station import Station
from app.terminology import TermHit, TermStore
from app.vocabulary.relations import related
from app.vocabulary.service import VocabularyService
from app.vocabulary.words import taken_words


def cli(line: CommandLine) -> None:
    """Add the command."""

    @line.commands.command("terms")
    def terms(
        words: Annotated[
            list[str],
            typer.Argument(
                help="Chinese, English, pinyin, initials or RID; or: import FILE; or: import none."
            ),
        ],
        limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many.")] = 20,
        body_part: Annotated[str, typer.Option("--body-part", help="DICOM Body Part Examined.")] = "",
        as_login: AsLogin = None,
        as_json: AsJson = False,
    ) -> int:
        """RadLex terms for what was typed, best first, a near one told from an exact one; `import FILE` takes
        in a release (OWL, CSV, XLSX, XLS, FHIR), `import none` goes back to the terms that ship.
        """
        importing = words[0] == "import" and len(words) == 2
        with line.station(as_login) as (station, actor):
            vocabulary = station.get(VocabularyService)
            if not importing:
                vocabulary.load()
                return _find(station, " ".join(words), limit, body_part, as_json)
            if words[1] == "none":
                vocabulary.remove(actor)
                print(station.terms.version)
                return 0
            taken = vocabulary.take_in(actor, Path(words[1]), progress(tr("Reading the release")))
        if as_json:
            print_json(asdict(taken))
        else:
            print("\n".join(taken_words(taken)))
        return 0


def _find(station: Station, query: str, limit: int, body_part: str, as_json: bool) -> int:
    hits = station.terms.search(query, language=language(), limit=limit, body_part=body_part or None)
    if as_json:
        print_json([_data(station.terms, hit) for hit in hits])
    elif not hits:
        print(tr("No term fits “{text}”.", text=query))
    else:
        print("\n".join(_line(hit) for hit in hits))
    return 0


def _line(hit: TermHit) -> str:
    return f"{hit.term.rid:10s} {hit.how:9s} {hit.term.zh or '-'}  {hit.term.name}"


def _data(store: TermStore, hit: TermHit) -> dict[str, Any]:
    """A hit as data; `match` is how it fits, `preselected` whether Enter would take it were it first."""
    term = hit.term
    return {
        "rid": term.rid,
        "scheme": term.scheme,
        "name": term.name,
        "name_zh": term.zh,
        "synonyms": term.synonyms,
        "match": str(hit.how),
        "matched": hit.matched,
        "preselected": hit.is_meant,
        "score": round(hit.score, 3),
        "category": term.category,
        "branch": store.branch(term.rid),
        "way": [up.rid for up in store.way(term.rid)],
        "related": [
            {"scheme": one.scheme, "code": one.value, "meaning": one.meaning} for one in related(term)
        ],
        "version": store.version,
    }
