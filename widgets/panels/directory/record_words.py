"""Reading the metadata set in force and a record's document; words of tiers and states."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.i18n import language, tr
from widgets.elements import ChipTone

TIERS = ("county", "city", "province")


@dataclass(frozen=True, slots=True)
class ElementInfo:
    """What the dictionary says of an element."""

    element_id: str
    name: str
    definition: str
    mandatory: bool
    is_entity: bool = False
    #: code → name in the window's language, where the element is a code
    codes: Mapping[str, str] = field(default_factory=dict)
    #: Chinese name of a code → name in the window's language
    names: Mapping[str, str] = field(default_factory=dict)


def read_elements(rows: Sequence[Mapping[str, Any]]) -> dict[str, ElementInfo]:
    """The metadata set by element identifier, in its order, named in the window's language."""
    found: dict[str, ElementInfo] = {}
    tail = "zh" if language() == "zh" else "en"
    for row in rows:
        element_id = str(_first(row, "element_id", "id", "short_name", "identifier"))
        if not element_id:
            continue
        name = str(_first(row, f"name_{tail}", "name_zh", "name_en", "name") or element_id)
        definition = str(_first(row, f"definition_{tail}", "definition", "definition_zh", "definition_en"))
        obligation = str(_first(row, "obligation", "condition", "mandatory")).strip().upper()
        entity = str(_first(row, "kind", "data_type", "type")).lower() in ("entity", "composite") or bool(
            row.get("is_entity")
        )
        items = [each for each in row.get("codes") or () if each.get("code")]
        codes = {
            str(each["code"]): str(_first(each, f"name_{tail}", "name_zh") or each["code"]) for each in items
        }
        names = {str(each.get("name_zh")): codes[str(each["code"])] for each in items}
        mandatory = obligation in ("M", "MANDATORY", "TRUE", "必选")
        found[element_id] = ElementInfo(element_id, name, definition, mandatory, entity, codes, names)
    return found


#: elements whose text is the name of another element's code
_NAMED_BY = {"category_name": "category_code", "category_schema_name": "category_schema_code"}


def value_words(element_id: str, value: str, elements: Mapping[str, ElementInfo]) -> str:
    """A value as a person reads it: a bare figure by its name, a classification code with its name, free text
    as it was written.
    """
    info, named_by = elements.get(element_id), elements.get(_NAMED_BY.get(element_id, ""))
    if named_by is not None:
        return named_by.names.get(value, value)
    name = info.codes.get(value) if info is not None else None
    if name is None or not value.replace(".", "").isdigit():
        return value
    return name if value.isdigit() else f"{value}  {name}"


def _first(row: Mapping[str, Any], *keys: str) -> Any:
    return next((row[key] for key in keys if row.get(key) not in (None, "")), "")


def record_values(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(element identifier, value) of everything a record says, those inside entities too."""
    inner = document.get("document", document)
    for element_id, occurrences in inner.get("elements", {}).items():
        for one in occurrences if isinstance(occurrences, list) else [occurrences]:
            if isinstance(one, Mapping):
                for name, values in one.items():
                    yield from (
                        (str(name), str(value))
                        for value in (values if isinstance(values, list) else [values])
                    )
            else:
                yield str(element_id), str(one)


def together(lines: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """One line for each element: values that repeat (keywords, formats) stand side by side."""
    grouped: dict[str, list[str]] = {}
    for element_id, value in lines:
        grouped.setdefault(element_id, []).append(value)
    return [(element_id, tr("; ").join(dict.fromkeys(values))) for element_id, values in grouped.items()]


def tier_name(tier: str) -> str:
    """A tier in words."""
    return {"county": tr("County"), "city": tr("City"), "province": tr("Province")}.get(tier, tier)


def record_state(state: str) -> tuple[str, ChipTone]:
    """(word, tone) of a record's state."""
    words: dict[str, tuple[str, ChipTone]] = {
        "registered": (tr("Registered, waits for review"), "accent"),
        "submitted": (tr("Registered, waits for review"), "accent"),
        "approved": (tr("Reviewed, waits for publishing"), "accent"),
        "reviewed": (tr("Reviewed, waits for publishing"), "accent"),
        "published": (tr("Published"), "done"),
        "returned": (tr("Returned"), "amber"),
        "withdrawn": (tr("Withdrawn"), "neutral"),
        "prepared": (tr("Prepared"), "neutral"),
        "catalogued": (tr("Catalogued"), "neutral"),
        "draft": (tr("Draft"), "neutral"),
        "missing": (tr("Not known to the county any more; register again"), "amber"),
    }
    return words.get(state or "registered", (state, "neutral"))


def facet_title(name: str) -> str:
    """Heading of a facet."""
    return {
        "tier": tr("Tier"),
        "category": tr("Category"),
        "security": tr("Security level"),
        "security_level": tr("Security level"),
        "subject": tr("Subject"),
        "area": tr("Area"),
        "area_code": tr("Area"),
        "format": tr("Data format"),
        "data_format": tr("Data format"),
        "state": tr("State"),
        "year": tr("Year"),
        "organization": tr("Organization"),
        "node": tr("Node"),
        "modality": tr("Modality"),
        "freshness": tr("Freshness"),
        "keyword": tr("Keyword"),
    }.get(name, name)


def source_word(source: str) -> str:
    """Where a proposed value came from, as the source names itself."""
    known = {
        "person": tr("edited here"),
        "settings": tr("settings"),
        "report": tr("report"),
        "constant": tr("fixed"),
    }
    return known.get(source, source)
