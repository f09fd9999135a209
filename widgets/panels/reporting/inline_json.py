"""Inlines of a report as text: in formats of the editor, on the clipboard and in drags."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from PySide6.QtCore import QMimeData

from app.domain.coding import Code
from app.domain.report import Chip, ImageLink, Inline, MeasurementLink, Text

#: inlines on the clipboard and in drags
MIME = "application/x-yingshu-inlines+json"
EVIDENCE_MIME = "application/x-yingshu-evidence"


@dataclass(frozen=True, slots=True)
class Run:
    """A run of an editor's text with its meaning as JSON, "" for none."""

    start: int
    end: int
    meaning: str
    number: int
    text: str


def inline_to_json(part: Inline) -> str:
    """An inline as text."""
    match part:
        case Chip(text, code):
            data = {
                "kind": "chip",
                "text": text,
                "code": [code.value, code.scheme, code.meaning, code.version],
            }
        case MeasurementLink(text, uid):
            data = {"kind": "measurement", "text": text, "uid": uid}
        case ImageLink(text, key_id):
            data = {"kind": "image", "text": text, "key": key_id}
        case Text(text):
            data = {"kind": "text", "text": text}
    return json.dumps(data, ensure_ascii=False)


def inline_from_json(source: str) -> Inline:
    """The inline that `inline_to_json` wrote; `ValueError` for anything else."""
    data = json.loads(source)
    try:
        if data["kind"] == "chip":
            return Chip(data["text"], Code(*data["code"]))
        if data["kind"] == "measurement":
            return MeasurementLink(data["text"], data["uid"])
        if data["kind"] == "image":
            return ImageLink(data["text"], data["key"])
        return Text(data["text"])
    except (KeyError, TypeError) as error:
        raise ValueError(f"not an inline: {source[:60]}") from error


def put_inlines(data: QMimeData, parts: list[str]) -> None:
    """Add inlines, each as `inline_to_json` wrote it, to what is copied."""
    data.setData(MIME, json.dumps(parts, ensure_ascii=False).encode())


def has_inlines(data: QMimeData) -> bool:
    """What is pasted or dropped can stand in a report."""
    return data.hasFormat(MIME) or data.hasFormat(EVIDENCE_MIME) or data.hasText()


def inlines_of(data: QMimeData) -> list[Inline]:
    """What is pasted or dropped, as inlines."""
    if data.hasFormat(MIME):
        return [inline_from_json(one) for one in json.loads(bytes(data.data(MIME).data()).decode())]
    if data.hasFormat(EVIDENCE_MIME):
        return [inline_from_json(bytes(data.data(EVIDENCE_MIME).data()).decode())]
    return [Text(_pasted(data.text()))]


def _pasted(text: str) -> str:
    """Text of another program: page and line ends of any kind are line breaks; control characters, which no
    XML can carry, go.
    """
    lines = re.sub(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]", "\n", text)
    return re.sub(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ufffe\uffff]", "", lines)
