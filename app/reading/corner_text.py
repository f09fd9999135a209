"""Corner lines of patient, study, series and technique, as the documents of the station or of ours say.

A document is JSON: ``modalities`` it is for, and for each corner a list of lines, each a list of items.  An
item is words with fields in braces (English, a translation key); one whose value is missing is left out, and
so is a line without items.  Documents lie in ``resources/corner_text``; one of the same name in the folder
``corner_text`` of the data folder stands in its place.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.domain.display_set import DisplaySet
from app.domain.study import Series, Study
from app.errors import BadInput
from app.i18n import tr
from app.paths import resource_path
from app.session.patient_text import age_text, sex_text
from app.viewing.corner_items import FRAME_FIELDS, FrameItem, common_words, fields_of
from app.viewing.screen import CornerLine, CornerText

#: name of the document of all modalities that have none of their own
OTHERS = "others"
_CORNERS = ("top_left", "top_right", "bottom_left", "bottom_right")
#: what patient, study and series give, by the names that documents use
STUDY_FIELDS = (
    "name", "sex", "age", "patient_id", "institution", "study", "date", "accession", "referring",
    "series", "series_number", "modality", "model",
)  # fmt: skip
_MOST_LINES, _MOST_BYTES = 8, 1 << 16

Line = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CornerDocument:
    """Lines of items by corner, for `modalities` (none: for all others)."""

    modalities: frozenset[str]
    corners: Mapping[str, tuple[Line, ...]]


def read_document(path: Path) -> CornerDocument:
    """A document; `BadInput` says what of it is wrong."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise BadInput("{name} is larger than {limit} bytes.", name=path.name, limit=_MOST_BYTES)
        read = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise BadInput(
            "{name} is no corner document: {cause}.", name=path.name, cause=type(error).__name__
        ) from error
    return _checked(read, path.name)


def _checked(read: Any, name: str) -> CornerDocument:
    if not isinstance(read, dict):
        raise BadInput("{name} is no corner document: {cause}.", name=name, cause="object expected")
    unknown = set(read) - {"about", "modalities", *_CORNERS}
    if unknown:
        raise BadInput("{name} has “{found}”, which is no corner.", name=name, found=min(unknown))
    modalities = read.get("modalities", [])
    if not (isinstance(modalities, list) and all(isinstance(one, str) for one in modalities)):
        raise BadInput("{name}: the modalities are no list of texts.", name=name)
    corners = {corner: _lines(read.get(corner, []), name, corner) for corner in _CORNERS}
    return CornerDocument(frozenset(modalities), corners)


def _lines(read: Any, name: str, corner: str) -> tuple[Line, ...]:
    shaped = isinstance(read, list) and all(
        isinstance(line, list) and all(isinstance(item, str) for item in line) for line in read
    )
    if not shaped or len(read) > _MOST_LINES:
        raise BadInput(
            "{name}: “{corner}” is to be a list of at most {limit} lines, each a list of texts.",
            name=name,
            corner=corner,
            limit=_MOST_LINES,
        )
    for item in (item for line in read for item in line):
        _check_item(item, name)
    return tuple(tuple(line) for line in read)


def _check_item(item: str, name: str) -> None:
    try:
        fields = fields_of(item)
    except ValueError as error:
        raise BadInput("{name}: the fields of “{item}” cannot be read.", name=name, item=item) from error
    known = [field for field in fields if field in STUDY_FIELDS or field in FRAME_FIELDS]
    if len(known) != len(fields):
        wrong = next(field for field in fields if field not in known)
        raise BadInput("{name}: there is no value “{field}”.", name=name, field=wrong)
    if len({field in FRAME_FIELDS for field in fields}) != 1:
        raise BadInput(
            "{name}: “{item}” is to have values of the study or of the image, not of both.",
            name=name,
            item=item,
        )


def documents(station_folder: Path | None) -> tuple[dict[str, CornerDocument], tuple[BadInput, ...]]:
    """The documents by name, the station's in place of ours; and what is wrong with those that cannot be
    taken.
    """
    ours = {path.stem: path for path in sorted(resource_path("corner_text").glob("*.json"))}
    found = {name: read_document(path) for name, path in ours.items()}
    wrong: list[BadInput] = []
    own = sorted(station_folder.glob("*.json")) if station_folder is not None else []
    own = [path for path in own if path.is_file()]
    for path in own:
        try:
            found[path.stem] = read_document(path)
        except BadInput as error:
            wrong.append(error)
    return found, tuple(wrong)


def document_for(known: Mapping[str, CornerDocument], modality: str) -> CornerDocument:
    """That of a modality; else that of all others."""
    named = (one for name, one in known.items() if modality in one.modalities and name != OTHERS)
    return next(named, known[OTHERS])


def corner_text(
    document: CornerDocument, study: Study | None, series: Series, shown: DisplaySet | None, model: str = ""
) -> CornerText:
    """The four corners; what depends on the view (slice, window, zoom) is added by the viewers."""
    if study is None:
        return CornerText()
    values = _study_values(study, series, model)

    def made(corner: str) -> tuple[CornerLine, ...]:
        lines = (_line(line, values, shown) for line in document.corners[corner])
        return tuple(line for line in lines if line)

    return CornerText(*(made(corner) for corner in _CORNERS))


def _line(items: Line, values: Mapping[str, str], shown: DisplaySet | None) -> CornerLine:
    """A text, where it depends on no image."""
    parts: list[str | FrameItem] = []
    for item in items:
        fields = fields_of(item)
        if fields and fields[0] in FRAME_FIELDS:
            parts.append(FrameItem(item, common_words(item, shown.frames if shown is not None else ())))
        elif all(values[field] for field in fields):
            parts.append(tr(item, **{field: values[field] for field in fields}))
    if all(isinstance(part, str) for part in parts):
        return " ".join(part for part in parts if isinstance(part, str))
    return tuple(parts)


def _study_values(study: Study, series: Series, model: str) -> dict[str, str]:
    patient = study.patient
    return {
        "name": patient.display_name,
        "sex": sex_text(patient.sex),
        "age": age_text(study.age),
        "patient_id": patient.patient_id,
        "institution": study.institution,
        "study": study.description,
        "date": f"{study.started_at:%Y-%m-%d %H:%M}" if study.started_at else "",
        "accession": study.accession_number,
        "referring": study.referring_physician,
        "series": series.description,
        "series_number": str(series.number) if series.number is not None else "",
        "modality": series.modality,
        "model": model,
    }
