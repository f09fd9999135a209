"""RadLex as OWL in RDF/XML, releases 4.0 to 4.4: read as it streams by, nothing fetched, nothing unfolded.

Up to 4.3 a class carries `Preferred_name`, `Synonym`, `Replaced_by`, …; from 4.4 on it carries `rdfs:label`,
`oboInOwl:hasExactSynonym`, `owl:deprecated`, `IAO_0100001`.  Both are read, in one file or another.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from app.errors import BadInput
from app.vocabulary.release.model import OBSOLETE, Concept, Release, rid_of

_OWL = "http://www.w3.org/2002/07/owl#"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_ABOUT, _RESOURCE = f"{{{_RDF}}}about", f"{{{_RDF}}}resource"
_NAMES = ("Preferred_name", "label")
_SYNONYMS = frozenset(
    ("Synonym", "Acronym", "hasExactSynonym", "hasRelatedSynonym", "hasNarrowSynonym", "hasBroadSynonym")
)
_REPLACED = frozenset(("Replaced_by", "IAO_0100001", "Preferred_Name_for_Obsolete"))
_PART_OF = re.compile(r"(?:[a-z]+_)*part_of$", re.IGNORECASE)
#: so much of the beginning may hold the document type
_PROLOG_BYTES = 65536
#: a namespace's name is no longer
_LONGEST_ENTITY = 300


def read_owl(path: Path, progress: Callable[[float], None]) -> Release:
    """Read a release; `BadInput` names the line that is wrong, and why."""
    _check_prolog(path)
    release = Release()
    size = max(1, path.stat().st_size)
    try:
        with path.open("rb") as file:
            for i, element in enumerate(_classes(file)):
                if i % 500 == 0:
                    progress(min(0.99, file.tell() / size))
                if element.tag == f"{{{_OWL}}}Ontology":
                    release.version = _version(element) or release.version
                else:
                    _take(release, element)
    except etree.XMLSyntaxError as error:
        raise BadInput(
            "{file}, line {line}: {what}", file=path.name, line=error.lineno or 0, what=error.msg or ""
        ) from error
    for concept in release.concepts.values():
        concept.obsolete = concept.obsolete or OBSOLETE in concept.parents
    return release


def _check_prolog(path: Path) -> None:
    """Namespaces may be written as entities; anything more is refused before a parser sees it."""
    with path.open("rb") as file:
        head = file.read(_PROLOG_BYTES)
    root = next((found.start() for found in re.finditer(rb"<(?:\w+:)?RDF\b", head)), -1)
    begins = head.find(b"<!DOCTYPE")
    if root < 0:
        raise BadInput("{file} is no OWL in RDF/XML: its root element is not RDF.", file=path.name)
    if begins < 0:
        return
    line = head.count(b"\n", 0, begins) + 1
    for found in re.finditer(rb"<!ENTITY\s+(%?)\s*(\S+)\s+(?:\"([^\"]*)\"|'([^']*)'|(\w+))", head[begins:]):
        value = found[3] if found[3] is not None else found[4] or b""
        if found[1] or found[5] or b"&" in value or b"%" in value or len(value) > _LONGEST_ENTITY:
            raise BadInput(
                "{file}, line {line}: the entity {name} is not a namespace; such files are refused.",
                file=path.name,
                line=line + head.count(b"\n", begins, begins + found.start()),
                name=found[2].decode("utf-8", "replace")[:40],
            )
    if re.search(rb"<!DOCTYPE[^\[>]*\b(?:SYSTEM|PUBLIC)\b", head[begins:root]):
        raise BadInput(
            "{file}, line {line}: the document type names another file; such files are refused.",
            file=path.name,
            line=line,
        )


def _classes(file: Any) -> Iterator[Any]:
    """Classes and the ontology's own element, each let go when it has been read."""
    tags = (f"{{{_OWL}}}Class", f"{{{_OWL}}}Ontology")
    parser = etree.iterparse(
        file, events=("end",), tag=tags, resolve_entities=False, no_network=True, load_dtd=False
    )
    for _, element in parser:
        parent = element.getparent()
        if parent is not None and parent.tag != f"{{{_RDF}}}RDF":
            continue  # a class inside an expression goes with it
        yield element
        element.clear()
        while element.getprevious() is not None:
            del parent[0]


def _version(ontology: Any) -> str:
    for element in ontology:
        if _local(element) == "versionInfo" and element.text:
            return str(element.text).strip()[:40]
    for element in ontology:
        if _local(element) == "versionIRI":
            numbers = re.findall(r"\d+(?:\.\d+)+", element.get(_RESOURCE, ""))
            return str(numbers[-1]) if numbers else ""
    return ""


def _take(release: Release, element: Any) -> None:
    rid = rid_of(element.get(_ABOUT))
    if not rid:
        release.skipped += 1
        return
    concept = release.concept(rid)
    names: dict[str, str] = {}
    for child in element:
        local = _local(child)
        text = (child.text or "").strip()
        if local == "subClassOf":
            _take_parent(concept, child)
        elif local in _NAMES and text and _english(child):
            names.setdefault(local, text)
        elif local in _SYNONYMS and text and _english(child):
            concept.synonyms.append(text)
        elif local in _REPLACED or (local == "deprecated" and text in ("true", "1")):
            concept.obsolete = True
    for local in _NAMES:
        if local in names and not rid_of(names[local]):  # the label of old releases is the identifier
            concept.name = names[local]
            return


def _take_parent(concept: Concept, child: Any) -> None:
    parent = rid_of(child.get(_RESOURCE))
    if parent:
        concept.parents.append(parent)
    for restriction in child:
        on = some = ""
        for part in restriction:
            if _local(part) == "onProperty":
                on = str(part.get(_RESOURCE, "")).rpartition("/")[2].rpartition("#")[2]
            elif _local(part) == "someValuesFrom":
                some = rid_of(part.get(_RESOURCE))
        if some and _PART_OF.match(on) and not concept.part_of:
            concept.part_of = some


def _english(element: Any) -> bool:
    return (element.get(_LANG) or "en").lower().startswith("en")


def _local(element: Any) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""
