"""Releases of RadLex in every form are read alike, and what is none is refused with its place."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from app.errors import BadInput, LimitExceeded, NotFound, Unavailable
from app.vocabulary import service
from app.vocabulary.release.model import rid_of
from app.vocabulary.service import read_release
from tests.vocabulary.releases import (
    ALL,
    HEADER,
    bioportal_csv,
    fhir,
    owl_new,
    owl_old,
    plain_csv,
    rows,
    xls,
    xlsx,
)

FORMS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "old.owl": (owl_old, "4.1"),
    "new.owl": (owl_new, "4.4"),
    "Radlex.csv": (bioportal_csv, ""),
    "plain.csv": (plain_csv, ""),
    "Radlex.xlsx": (xlsx, ""),
    "codesystem.json": (fhir, "4.1"),
}


@pytest.mark.parametrize("name", FORMS)
def test_every_form_says_the_same(name: str, tmp_path: Path) -> None:
    """3.3.3.1: OWL of both styles, tables, FHIR: the same names, ways up, synonyms, and what is obsolete."""
    make, version = FORMS[name]
    told: list[float] = []
    release = read_release(make(tmp_path / name), told.append)
    assert release.version == version
    assert {rid: c.name for rid, c in release.concepts.items()} == {rid: name for rid, name, _, _ in ALL}
    assert [c.rid for c in release.concepts.values() if c.obsolete] == ["RID60002"]
    assert "RID34785" in release.concepts["RID5350"].parents
    if name != "plain.csv":
        assert release.concepts["RID60001"].synonyms == ["nodule & goitre"]
    if name == "old.owl":
        assert release.concepts["RID700000"].part_of == "RID1301"
        assert release.skipped == 1
    assert all(0 <= fraction <= 1 for fraction in told)


def test_namespaces_as_entities_are_no_danger(tmp_path: Path) -> None:
    """Protégé writes them; they are short and name nothing else."""
    doctype = '<!DOCTYPE rdf:RDF [\n<!ENTITY owl "http://www.w3.org/2002/07/owl#" >\n]>'
    assert len(read_release(owl_old(tmp_path / "a.owl", doctype=doctype)).concepts) == len(ALL)


@pytest.mark.parametrize(
    ("doctype", "line"),
    [
        ('<!DOCTYPE rdf:RDF [\n<!ENTITY a "aaaa">\n<!ENTITY b "&a;&a;&a;">\n]>', 4),
        ('<!DOCTYPE rdf:RDF [\n<!ENTITY x SYSTEM "file:///etc/passwd">\n]>', 3),
        ('<!DOCTYPE rdf:RDF [\n<!ENTITY % p SYSTEM "http://192.0.2.1/x.dtd">\n%p;\n]>', 3),
        ('<!DOCTYPE rdf:RDF SYSTEM "http://192.0.2.1/x.dtd">', 2),
        (f'<!DOCTYPE rdf:RDF [\n<!ENTITY a "{"x" * 400}">\n]>', 3),
    ],
)
def test_entities_that_unfold_or_fetch_are_refused(doctype: str, line: int, tmp_path: Path) -> None:
    """Bad input: nothing is unfolded, nothing opened; the line is told."""
    with pytest.raises(BadInput) as refused:
        read_release(owl_old(tmp_path / "bomb.owl", doctype=doctype))
    assert (refused.value.params["file"], refused.value.params["line"]) == ("bomb.owl", line)


def _cut(path: Path) -> Path:
    text = owl_old(path).read_text(encoding="utf-8")
    path.write_text(text[: len(text) // 2], encoding="utf-8")
    return path


def _short_row(path: Path) -> Path:
    path.write_text(",".join(("Preferred Label", "Parents", "Class ID")) + "\nx,y\n", encoding="utf-8")
    return path


def _few(path: Path) -> Path:
    path.write_text("\n".join(",".join(row[:2]) for row in (HEADER, *rows()[:5])), encoding="utf-8")
    return path


def _written(text: str | bytes) -> Callable[[Path], Path]:
    def make(path: Path) -> Path:
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return make


def _locked(path: Path) -> Path:
    """A workbook whose sheet says that it has a password."""
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("xl/worksheets/sheet1.xml", "<worksheet/>")
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(data)
    return path


def _zip(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("a.txt", "x")
    return path


@pytest.mark.parametrize(
    ("name", "make", "told"),
    [
        ("cut.owl", _cut, {"line"}),
        ("html.owl", _written("<html><body/></html>"), set()),
        ("short.csv", _short_row, {"line", "found"}),
        ("other.csv", _written("a,b,c,d\n1,2,3,4\n"), {"line", "found"}),
        ("few.csv", _few, {"found", "wanted"}),
        ("empty.csv", _written(""), set()),
        ("binary.csv", _written(b"PK\0\0\0"), set()),
        ("latin.csv", _written("Class ID,Preferred Label\nRID1,Köhler".encode("latin-1")), {"at"}),
        ("no.xlsx", _zip, set()),
        ("locked.xlsx", _locked, set()),
        ("text.xlsx", _written("no zip"), set()),
        ("list.json", _written("[]"), {"found"}),
        ("cut.json", _written('{"resourceType": '), {"line"}),
        ("deep.json", _written("[" * 100_000), set()),
        ("patient.json", _written('{"resourceType": "Patient"}'), {"found"}),
        ("loinc.json", lambda p: fhir(p, url="http://loinc.org"), {"found"}),
        ("wrong.json", lambda p: fhir(p, concept=["RID1"]), {"rid"}),
        ("notes.docx", _written("x"), {"known"}),
    ],
)
def test_what_is_no_release_is_refused_with_its_place(
    name: str, make: Callable[[Path], Path], told: set[str], tmp_path: Path
) -> None:
    with pytest.raises(BadInput) as refused:
        read_release(make(tmp_path / name))
    assert refused.value.params["file"] == name
    assert told <= set(refused.value.params)


def test_too_large_and_absent_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "LONGEST", 10)
    with pytest.raises(LimitExceeded):
        read_release(plain_csv(tmp_path / "a.csv"))
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "loop.csv").symlink_to("loop.csv")
    for name in ("none.csv", "pipe.csv", "folder.csv", "loop.csv"):
        with pytest.raises(NotFound):
            read_release(tmp_path / name)


def test_old_workbooks_are_read_or_say_what_is_missing(tmp_path: Path) -> None:
    """The old form needs a package of its own, which is light and not installed by itself."""
    try:
        import xlrd  # noqa: F401
    except ImportError:
        with pytest.raises(Unavailable) as missing:
            read_release(_written("x")(tmp_path / "a.xls"))
        assert "xlrd" in missing.value.template
    else:
        release = read_release(xls(tmp_path / "Radlex.xls"))
        assert {rid: c.name for rid, c in release.concepts.items()} == {rid: name for rid, name, _, _ in ALL}
        with pytest.raises(BadInput):
            read_release(_written("x")(tmp_path / "a.xls"))


def test_identifiers_in_every_spelling() -> None:
    for text in (
        "RID58",
        "http://www.radlex.org/RID/RID58",
        "http://radlex.org/RID/RID58",
        "x#RID58",
        " RID58 ",
    ):
        assert rid_of(text) == "RID58"
    for text in ("", None, "RadLex_term", "RPID16", "RID", "http://x/RID58/y"):
        assert rid_of(text) == ""


def test_json_is_what_was_written(tmp_path: Path) -> None:
    assert json.loads(fhir(tmp_path / "a.json").read_text(encoding="utf-8"))["url"] == "http://radlex.org"
