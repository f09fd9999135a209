"""``main.py tags``: the elements of a file, without importing it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from app.command_line import AsJson, CommandLine, print_json
from app.dicom.dictionary import name_of
from app.i18n import tr
from app.processes.dicom import DicomProcesses
from app.tags.listing import Kind, Line, choose, listing_of, tag_text
from app.tags.service import read_file
from app.tags.wording import row_text


def cli(line: CommandLine) -> None:
    """Add the command."""

    @line.commands.command("tags")
    def list_tags(
        file: Path,
        search: Annotated[str, typer.Option("--search", help="Words of tags, names and values.")] = "",
        as_json: AsJson = False,
    ) -> int:
        """List every element of a DICOM file, without importing it."""
        return _list(file, search, as_json)


def _list(file: Path, search: str, as_json: bool) -> int:
    with DicomProcesses() as processes:
        table = read_file(processes.parsers, file)
    listing = listing_of(table)
    rows = choose(listing, search).in_order
    if as_json:
        print_json([_data(listing.lines[row], row) for row in rows])
    else:
        print("\n".join(row_text(listing, row) for row in rows))
    for template, params in table.notices:
        print(tr(template, **params), file=sys.stderr)
    return 0


def _data(line: Line, row: int) -> dict[str, Any]:
    """A line as data; `in` is the row of the sequence or item around it, -1 at the top."""
    if line.kind is Kind.ITEM:
        return {"row": row, "in": line.parent, "item": int(line.value)}
    name = name_of(line.tag, line.creator)
    return {
        "row": row,
        "in": line.parent,
        "tag": tag_text(line.tag),
        "vr": line.vr,
        "keyword": name.keyword,
        "name": name.english,
        "name_zh": name.chinese,
        "creator": line.creator,
        "length": line.length,
        "value": line.value,
        "cut": line.cut,
    }
