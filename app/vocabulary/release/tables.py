"""RadLex as a table: BioPortal's CSV, XLSX and XLS with named columns, and the `name,RID,parent` list."""

from __future__ import annotations

import csv
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from lxml import etree

from app.errors import BadInput, Unavailable
from app.vocabulary.release.model import OBSOLETE, Release, rid_of

#: longest cell that is read
_LONGEST = 200_000
_COLUMNS = {
    "rid": ("class id", "radlex id", "rid", "id"),
    "name": ("preferred label", "preferred name", "name", "label", "radlex name"),
    "synonyms": ("synonyms", "synonym"),
    "parents": ("parents", "parent", "parent rid", "subclass of"),
    "obsolete": ("obsolete",),
}
_PARTS = re.compile(r"\s*\|\s*")
#: a workbook unfolds to no more
_SHEET_BYTES = 600 * 2**20
#: rows, and texts that cells share
_MOST_ROWS = 2_000_000
#: a RuntimeError tells of a password, or of a way to pack that is unknown
_NO_WORKBOOK = (
    zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, etree.XMLSyntaxError, LookupError, ValueError,
)  # fmt: skip
_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"

Rows = Iterator[tuple[int, Sequence[str]]]


def read_csv(path: Path, progress: Callable[[float], None]) -> Release:
    """A CSV of any of the known column sets."""
    size = max(1, path.stat().st_size)
    before = csv.field_size_limit(_LONGEST)
    try:
        with path.open("rb") as raw, path.open(encoding="utf-8-sig", newline="") as file:
            head = raw.read(4096)
            if b"\0" in head:
                raise BadInput("{file} is no CSV: it holds bytes that text has not.", file=path.name)
            delimiter = "\t" if head.split(b"\n", 1)[0].count(b"\t") > 1 else ","
            reader = csv.reader(file, delimiter=delimiter)

            def rows() -> Rows:
                read = 0
                for row in reader:
                    read += sum(map(len, row))
                    if reader.line_num % 2000 == 0:
                        progress(min(0.99, read / size))
                    yield reader.line_num, row

            return _read(rows(), path.name)
    except UnicodeDecodeError as error:
        raise BadInput(
            "{file} is not UTF-8: byte {at} cannot be read.", file=path.name, at=error.start
        ) from error
    except csv.Error as error:
        raise BadInput(
            "{file}, line {line}: {what}", file=path.name, line=reader.line_num, what=str(error)
        ) from error
    finally:
        csv.field_size_limit(before)


def read_xlsx(path: Path, progress: Callable[[float], None]) -> Release:
    """The first sheet of a workbook."""
    try:
        with zipfile.ZipFile(path) as book:
            sizes = {one.filename: one.file_size for one in book.infolist()}
            sheet = min((n for n in sizes if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", n)), default="")
            if not sheet or sum(sizes.values()) > _SHEET_BYTES:
                raise BadInput("{file} is no workbook that can be read.", file=path.name)
            shared = _shared(book) if "xl/sharedStrings.xml" in sizes else []
            with book.open(sheet) as file:
                return _read(_sheet_rows(file, shared, sizes[sheet], progress), path.name)
    except _NO_WORKBOOK as error:
        raise BadInput("{file} is no workbook that can be read.", file=path.name) from error


def read_xls(path: Path, progress: Callable[[float], None]) -> Release:
    """The first sheet of a workbook of the old form; needs the extra `terms` (xlrd)."""
    try:
        import xlrd
    except ImportError as error:
        raise Unavailable(
            "Workbooks of the old form (.xls) need the package xlrd.",
            hint="Install it with: pip install 'yingshu[terms]', or save the file as .xlsx or .csv.",
        ) from error
    try:
        sheet = xlrd.open_workbook(str(path), on_demand=True).sheet_by_index(0)
        cells = [[str(cell.value) for cell in sheet.row(i)] for i in range(sheet.nrows)]
    except (xlrd.XLRDError, IndexError, ValueError, AssertionError) as error:
        raise BadInput("{file} is no workbook that can be read.", file=path.name) from error
    progress(0.9)
    return _read(enumerate(cells, 1), path.name)


def _read(rows: Rows, file: str) -> Release:
    first = next(rows, None)
    if first is None:
        raise BadInput("{file} holds no rows.", file=file)
    columns = _columns(first[1])
    release = Release()
    if columns is None:
        if len(first[1]) != 3 or not rid_of(first[1][1]):
            raise BadInput(
                "{file}, line {line}: columns are wanted for the identifier (Class ID) and the name "
                "(Preferred Label); found: {found}.",
                file=file,
                line=first[0],
                found=", ".join(first[1])[:200],
            )
        columns = {"name": 0, "rid": 1, "parents": 2}
        _take(release, first[1], columns)
    for line, row in rows:
        if not any(row):
            continue
        if len(row) <= columns["rid"]:
            raise BadInput(
                "{file}, line {line}: the row has {found} columns; the identifier stands in column {wanted}.",
                file=file,
                line=line,
                found=len(row),
                wanted=columns["rid"] + 1,
            )
        _take(release, row, columns)
    return release


def _columns(header: Sequence[str]) -> dict[str, int] | None:
    named = {name.strip().lower(): i for i, name in enumerate(header)}
    found = {
        what: next((named[name] for name in names if name in named), -1) for what, names in _COLUMNS.items()
    }
    return {k: i for k, i in found.items() if i >= 0} if found["rid"] >= 0 and found["name"] >= 0 else None


def _take(release: Release, row: Sequence[str], columns: dict[str, int]) -> None:
    def cell(what: str) -> str:
        at = columns.get(what, -1)
        return row[at].strip() if 0 <= at < len(row) else ""

    rid = rid_of(cell("rid"))
    if not rid:
        release.skipped += 1
        return
    concept = release.concept(rid)
    concept.name = concept.name or cell("name")
    concept.synonyms += [one for one in _PARTS.split(cell("synonyms")) if one]
    concept.parents += [up for one in _PARTS.split(cell("parents")) if (up := rid_of(one))]
    concept.obsolete = cell("obsolete").lower() in ("true", "1", "yes") or OBSOLETE in concept.parents


def _safe(file: Any, *tags: str) -> Any:
    return etree.iterparse(
        file, events=("end",), tag=tags, resolve_entities=False, no_network=True, load_dtd=False
    )


def _shared(book: zipfile.ZipFile) -> list[str]:
    texts: list[str] = []
    with book.open("xl/sharedStrings.xml") as file:
        for _, element in _safe(file, f"{_SHEET}si"):
            if len(texts) >= _MOST_ROWS:
                raise ValueError("too many texts")
            texts.append("".join(t.text or "" for t in element.iter(f"{_SHEET}t")))
            element.clear()
    return texts


def _sheet_rows(file: Any, shared: list[str], size: int, progress: Callable[[float], None]) -> Rows:
    for i, (_, element) in enumerate(_safe(file, f"{_SHEET}row"), 1):
        if i % 2000 == 0:
            progress(min(0.99, file.tell() / max(1, size)))
        if i > _MOST_ROWS:
            raise ValueError("too many rows")
        row: list[str] = []
        for cell in element.iter(f"{_SHEET}c"):
            column = _column_of(cell.get("r"), len(row))
            if column > 500:
                raise ValueError("too many columns")
            row += [""] * (column - len(row))
            row.append(_cell(cell, shared))
        yield int(element.get("r", i)), row
        element.clear()


def _column_of(place: str | None, otherwise: int) -> int:
    letters = re.match(r"[A-Z]{1,3}", place or "")
    if letters is None:
        return otherwise
    number = 0
    for letter in letters.group():
        number = number * 26 + ord(letter) - 64
    return number - 1


def _cell(cell: Any, shared: list[str]) -> str:
    kind = cell.get("t", "")
    if kind == "inlineStr":
        return "".join(t.text or "" for t in cell.iter(f"{_SHEET}t"))
    value = cell.findtext(f"{_SHEET}v") or ""
    return shared[int(value)] if kind == "s" else value
