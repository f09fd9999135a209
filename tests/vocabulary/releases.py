"""Small releases of RadLex in every form, made for tests: some real identifiers, padded to a release."""

from __future__ import annotations

import json
import struct
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

#: (identifier, name, identifier above, synonyms)
CONCEPTS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("RID3", "anatomical entity", "RID1", ()),
    ("RID34785", "clinical finding", "RID1", ()),
    ("RID5350", "pneumonia", "RID34785", ("lung inflammation",)),
    ("RID1301", "lung", "RID3", ()),
    ("RID1303", "upper lobe of right lung", "RID3", ("RUL of the new release",)),
    ("RID60001", "thyroid nodule", "RID34785", ("nodule & goitre",)),
    ("RID3383", "an entirely different thing", "RID34785", ()),
    ("RID15849", "Obsolete Radlex Term", "RID0", ()),
    ("RID60002", "old name of pneumonia", "RID15849", ()),
)


def padding(count: int = 1100) -> list[tuple[str, str, str, tuple[str, ...]]]:
    """Concepts that make a file large enough for a release."""
    return [(f"RID{700000 + i}", f"made-up part {i}", "RID3", ()) for i in range(count)]


ALL = (*CONCEPTS, *padding())


def owl_old(path: Path, version: str = "4.1", *, doctype: str = "") -> Path:
    """As up to 4.3: `Preferred_name`, German beside English, restrictions, replaced ones."""
    body = []
    for rid, name, above, synonyms in ALL:
        part = (
            '<rdfs:subClassOf><owl:Restriction><owl:onProperty rdf:resource="http://www.radlex.org/RID/Part_Of"/>'
            '<owl:someValuesFrom rdf:resource="http://www.radlex.org/RID/RID1301"/></owl:Restriction>'
            "</rdfs:subClassOf>"
            if rid == "RID700000"
            else ""
        )
        words = "".join(f'<Synonym xml:lang="en">{escape(word)}</Synonym>' for word in synonyms)
        body.append(
            f'<owl:Class rdf:about="http://www.radlex.org/RID/{rid}">'
            f'<rdfs:subClassOf rdf:resource="http://www.radlex.org/RID/{above}"/>{part}'
            f'<rdfs:label>{rid}</rdfs:label><Preferred_name xml:lang="de">auf Deutsch</Preferred_name>'
            f'<Preferred_name xml:lang="en">{escape(name)}</Preferred_name>{words}</owl:Class>'
        )
    body.append('<owl:Class rdf:about="http://www.radlex.org/RID/RadLex_term"/>')
    path.write_text(
        _document(body, f"<owl:versionInfo>{version}</owl:versionInfo>", doctype), encoding="utf-8"
    )
    return path


def owl_new(path: Path, version: str = "4.4") -> Path:
    """As from 4.4 on: `rdfs:label`, `hasExactSynonym`, `owl:deprecated`."""
    body = []
    for rid, name, above, synonyms in ALL:
        words = "".join(f"<oboInOwl:hasExactSynonym>{escape(w)}</oboInOwl:hasExactSynonym>" for w in synonyms)
        gone = "<owl:deprecated>true</owl:deprecated>" if above == "RID15849" else ""
        up = "RID34785" if above == "RID15849" else above
        body.append(
            f'<owl:Class rdf:about="http://radlex.org/RID/{rid}">'
            f'<rdfs:subClassOf rdf:resource="http://radlex.org/RID/{up}"/>{gone}'
            '<rdfs:label xml:lang="de">auf Deutsch</rdfs:label>'
            f'<rdfs:label xml:lang="en">{escape(name)}</rdfs:label>{words}</owl:Class>'
        )
    iri = f'<owl:versionIRI rdf:resource="http://radlex.org/RID/{version}/RadLex.owl"/>'
    path.write_text(_document(body, iri, ""), encoding="utf-8")
    return path


def _document(body: list[str], about: str, doctype: str) -> str:
    return (
        f'<?xml version="1.0"?>\n{doctype}\n'
        '<rdf:RDF xmlns="http://www.radlex.org/RID/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"\n'
        ' xmlns:owl="http://www.w3.org/2002/07/owl#" xmlns:rdfs="http://www.w3.org/2000/01/rdf-schema#"\n'
        ' xmlns:oboInOwl="http://www.geneontology.org/formats/oboInOwl#">\n'
        f'<owl:Ontology rdf:about="http://www.radlex.org/RID/radlex.owl">{about}</owl:Ontology>\n'
        + "\n".join(body)
        + "\n</rdf:RDF>\n"
    )


HEADER = ("Class ID", "Preferred Label", "Synonyms", "Definitions", "Obsolete", "Parents")


def rows() -> list[tuple[str, ...]]:
    """The rows of BioPortal's table."""
    base = "http://www.radlex.org/RID/"
    return [
        (base + rid, name, "|".join(words), "", "true" if up == "RID15849" else "false", base + up)
        for rid, name, up, words in ALL
    ]


def bioportal_csv(path: Path) -> Path:
    """BioPortal's CSV."""
    lines = [",".join(f'"{cell}"' for cell in row) for row in (HEADER, *rows())]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def plain_csv(path: Path) -> Path:
    """The list of name, identifier, identifier above, as the copy of 2017 has it."""
    path.write_text("".join(f'"{name}",{rid},{up}\n' for rid, name, up, _ in ALL), encoding="utf-8")
    return path


def xlsx(path: Path) -> Path:
    """A workbook with shared strings and strings in place."""
    shared: list[str] = []
    lines = []
    for n, row in enumerate((HEADER, *rows()), 1):
        cells = []
        for column, cell in zip("ABCDEF", row, strict=True):
            if column == "B":
                shared.append(cell)
                cells.append(f'<c r="{column}{n}" t="s"><v>{len(shared) - 1}</v></c>')
            elif cell:
                cells.append(f'<c r="{column}{n}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>')
        lines.append(f'<row r="{n}">{"".join(cells)}</row>')
    main = quoteattr("http://schemas.openxmlformats.org/spreadsheetml/2006/main")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        texts = "".join(f"<si><t>{escape(text)}</t></si>" for text in shared)
        book.writestr("xl/sharedStrings.xml", f"<sst xmlns={main}>{texts}</sst>")
        book.writestr(
            "xl/worksheets/sheet1.xml",
            f"<worksheet xmlns={main}><sheetData>{''.join(lines)}</sheetData></worksheet>",
        )
    return path


def fhir(path: Path, **changed: object) -> Path:
    """A FHIR CodeSystem, nested where a concept is below another."""
    nested: dict[str, list[dict[str, object]]] = {}
    made: dict[str, dict[str, object]] = {}
    for rid, name, up, words in ALL:
        concept: dict[str, object] = {"code": rid, "display": name}
        if words:
            concept["designation"] = [{"language": "en", "value": word} for word in words]
        if up == "RID15849":
            concept["property"] = [{"code": "inactive", "valueBoolean": True}]
        made[rid] = concept
        nested.setdefault(up, []).append(concept)
    for up, below in nested.items():
        if up in made:
            made[up]["concept"] = below
    document = {
        "resourceType": "CodeSystem", "url": "http://radlex.org", "version": "4.1", "content": "complete",
        "concept": [*nested["RID1"], *nested["RID0"]], **changed,
    }  # fmt: skip
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def xls(path: Path) -> Path:
    """A workbook of the oldest form (BIFF 2): one sheet, a record for each cell."""
    records = [(0x0009, struct.pack("<HH", 2, 0x10))]
    for n, row in enumerate((HEADER, *rows())):
        for column, cell in enumerate(row):
            text = cell.encode("ascii")
            records.append((0x0004, struct.pack("<HH3xB", n, column, len(text)) + text))
    records.append((0x000A, b""))
    path.write_bytes(b"".join(struct.pack("<HH", kind, len(data)) + data for kind, data in records))
    return path
