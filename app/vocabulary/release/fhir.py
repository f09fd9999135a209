"""RadLex as a FHIR CodeSystem in JSON (R3 and R4)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.errors import BadInput
from app.vocabulary.release.model import OBSOLETE, Release, rid_of

_SYSTEMS = ("http://radlex.org", "http://www.radlex.org", "urn:oid:2.16.840.1.113883.6.256")
_DEEPEST = 60


def read_fhir(path: Path, progress: Callable[[float], None]) -> Release:
    """Read a code system; another system's is refused by its address."""
    try:
        document = json.loads(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BadInput(
            "{file} is not UTF-8: byte {at} cannot be read.", file=path.name, at=error.start
        ) from error
    except json.JSONDecodeError as error:
        raise BadInput(
            "{file}, line {line}: {what}", file=path.name, line=error.lineno, what=error.msg
        ) from error
    except RecursionError as error:
        raise BadInput("{file} is nested too deeply.", file=path.name) from error
    except ValueError as error:  # a number of too many digits
        raise BadInput("{file}, line {line}: {what}", file=path.name, line=0, what=str(error)) from error
    progress(0.5)
    if not isinstance(document, dict) or document.get("resourceType") != "CodeSystem":
        found = document.get("resourceType", "") if isinstance(document, dict) else type(document).__name__
        raise BadInput(
            "{file} is no FHIR CodeSystem: its resourceType is {found}.",
            file=path.name,
            found=str(found)[:60],
        )
    if str(document.get("url", "")).rstrip("/") not in _SYSTEMS:
        raise BadInput(
            "{file} is the code system {found} and not RadLex.",
            file=path.name,
            found=str(document.get("url", ""))[:120],
        )
    release = Release(version=_plain(document.get("version"))[:40])
    _take(release, document.get("concept"), "", path.name, 0)
    for concept in release.concepts.values():
        concept.obsolete = concept.obsolete or OBSOLETE in concept.parents
    return release


def _take(release: Release, concepts: Any, above: str, file: str, depth: int) -> None:
    if concepts is None:
        return
    if not isinstance(concepts, list) or depth > _DEEPEST:
        raise BadInput("{file}: the concepts below {rid} cannot be read.", file=file, rid=above or "-")
    for one in concepts:
        if not isinstance(one, dict):
            raise BadInput("{file}: the concepts below {rid} cannot be read.", file=file, rid=above or "-")
        rid = rid_of(str(one.get("code", "")))
        if not rid:
            release.skipped += 1
            continue
        concept = release.concept(rid)
        concept.name = concept.name or _plain(one.get("display"))
        if above:
            concept.parents.append(above)
        for word in _objects(one.get("designation")):
            english = str(word.get("language") or "en").startswith("en")
            if english and isinstance(word.get("value"), str):
                concept.synonyms.append(_plain(word["value"]))
        for told in _objects(one.get("property")):
            value = told.get("valueCode") or told.get("valueString") or ""
            if told.get("code") in ("parent", "subsumedBy") and (up := rid_of(str(value))):
                concept.parents.append(up)
            if told.get("code") in ("inactive", "deprecated") and told.get("valueBoolean"):
                concept.obsolete = True
            if told.get("code") == "status" and value in ("retired", "deprecated"):
                concept.obsolete = True
        _take(release, one.get("concept"), rid, file, depth + 1)


def _objects(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; what else stands there is left out."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _plain(value: Any) -> str:
    """A text that can be written: JSON may hold halves of characters.  What is no text is empty."""
    return value.encode("utf-8", "replace").decode("utf-8").strip() if isinstance(value, str) else ""
