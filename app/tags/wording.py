"""How a line of the tag browser reads."""

from __future__ import annotations

import re

from app.dicom.dictionary import name_of, uid_name
from app.domain.tag_table import BINARY
from app.i18n import language, tr
from app.tags.listing import Kind, Line, Listing, tag_text

_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)\Z")
_TIME = re.compile(r"(\d\d)(\d\d)(\d\d)?(\.\d{1,6})?\Z")
_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)?(\d\d)?(?:\.\d+)?([+-]\d{4})?\Z")


def line_name(line: Line) -> str:
    """The name of the attribute in the language in use; the standard's English one where it has no other."""
    if line.kind is Kind.ITEM:
        return tr("Item {number}", number=line.value)
    if line.kind is Kind.FRAME:
        return tr("This frame ({number})", number=line.value)
    if line.kind is Kind.VALUE:
        return ""
    name = name_of(line.tag, line.creator)
    if language() == "zh" and name.chinese:
        return name.chinese
    return name.english or tr("Unknown attribute")


def full_name(line: Line) -> str:
    """All that is known of the name, for a tooltip."""
    name = name_of(line.tag, line.creator)
    parts = [f"({tag_text(line.tag)})", name.keyword, name.english, name.chinese]
    if line.creator:
        parts.append(tr("Private: {creator}", creator=line.creator))
    if line.written:
        parts.append(tr("VR in the file: {vr}", vr=line.written))
    return "\n".join(part for part in parts if part)


def line_value(line: Line, *, second: bool = False) -> str:
    """The value, or that of the compared object, as it is read."""
    if line.kind is Kind.VALUE:
        return _counted(line)
    if line.kind is not Kind.ELEMENT:
        return ""
    if second and line.other is None:
        return tr("no such element")
    if line.objects and line.values > 1:
        return tr("Different values: {n}", n=line.values)
    if line.vr == "SQ":
        return tr("Items: {n}", n=line.other if second and line.other else line.length)
    value = (line.other or "") if second else line.value
    return _read(line, value)


def _read(line: Line, value: str) -> str:
    if not value:
        return "–"
    if line.vr in BINARY and not line.objects:
        return tr("{n} B: {first}", n=f"{line.length:,}", first=value + (" …" if line.length > 16 else ""))
    text = " ".join(value.replace("\\", " \\ ").split())
    if line.cut:
        return tr("{text} … ({n} B)", text=text, n=f"{line.length:,}")
    return _explained(line.vr, text)


def _counted(line: Line) -> str:
    if line.vr:
        return f"{_read(line._replace(kind=Kind.ELEMENT), line.value)}  × {line.objects}"
    return tr("other values × {n}" if line.length else "absent × {n}", n=line.objects)


def _explained(vr: str, text: str) -> str:
    """Names of identifiers, and readable dates and times, beside what is written."""
    if vr == "UI":
        english, chinese = uid_name(text)
        name = chinese if language() == "zh" and chinese else english
        return f"{name} · {text}" if name else text
    if vr == "DA" and (found := _DATE.match(text)):
        return f"{'-'.join(found.groups())} · {text}"
    if vr == "TM" and (found := _TIME.match(text)):
        return f"{found[1]}:{found[2]}:{found[3] or '00'}{(found[4] or '')[:4]} · {text}"
    if vr == "DT" and (found := _MOMENT.match(text)):
        clock = ":".join(part or "00" for part in found.groups()[3:6])
        return f"{'-'.join(found.groups()[:3])} {clock}{found[7] or ''} · {text}"
    return text


def plain_value(line: Line) -> str:
    """The value as it is written, to copy."""
    return line.value.replace("\n", " ") if line.kind in (Kind.ELEMENT, Kind.VALUE) else ""


def row_text(listing: Listing, index: int) -> str:
    """A line with tabs between its columns, indented by its depth."""
    line, depth, around = listing.lines[index], 0, listing.lines[index].parent
    while around >= 0:
        depth, around = depth + 1, listing.lines[around].parent
    tag = "" if line.kind is not Kind.ELEMENT else f"({tag_text(line.tag)})"
    parts = [">" * depth + tag, line.vr, line_name(line), line_value(line)]
    if listing.compared:
        parts.append(line_value(line, second=True))
    return "\t".join(parts).rstrip()
