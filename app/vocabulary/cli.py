"""``main.py terms``: what the term picker finds."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from app.command_line import AsJson, CommandLine, print_json
from app.i18n import language, tr
from app.terminology import TermHit, TermStore


def cli(line: CommandLine) -> None:
    """Add the command."""

    @line.commands.command("terms")
    def terms(
        query: Annotated[str, typer.Argument(help="Chinese, English, pinyin, initials or RID.")],
        limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many.")] = 20,
        body_part: Annotated[str, typer.Option("--body-part", help="DICOM Body Part Examined.")] = "",
        as_json: AsJson = False,
    ) -> int:
        """RadLex terms for what was typed, best first; a near one is told from an exact one."""
        from app.terminology.store import load_terms

        store = load_terms()
        hits = store.search(
            query, language=line.language or language(), limit=limit, body_part=body_part or None
        )
        if as_json:
            print_json([_data(store, hit) for hit in hits])
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
        "version": store.version,
    }
