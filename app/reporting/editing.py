"""What an editor does to a section: pure operations on inlines.  Offsets count characters (code points) of the plain text.

A chip or link is one thing: what is typed inside it turns it into plain words, so that no code ever stands on text that
is not its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from app.domain.key_object import KeyImage
from app.domain.measurement import Measurement
from app.domain.report import Chip, ImageLink, Inline, MeasurementLink, Report, Section, SectionKind, Text
from app.errors import BadInput
from app.reporting.quantities import measurement_words

Coded = Chip | MeasurementLink | ImageLink


@dataclass(frozen=True, slots=True)
class Span:
    """A chip or link lying on the plain text at [`start`, `end`)."""

    start: int
    end: int
    part: Coded


def flatten(content: Iterable[Inline]) -> tuple[str, tuple[Span, ...]]:
    """Plain text and the chips and links on it."""
    text, spans = "", []
    for part in content:
        if not isinstance(part, Text):
            spans.append(Span(len(text), len(text) + len(part.text), part))
        text += part.text
    return text, tuple(spans)


def assemble(text: str, spans: Iterable[Span]) -> tuple[Inline, ...]:
    """Inlines from an editor's text and spans.

    A span whose words are no longer those of its chip or link loses it and becomes plain words; overlapping spans or spans
    outside the text are `BadInput`.
    """
    content: list[Inline] = []
    at = 0
    for span in sorted(spans, key=lambda s: (s.start, s.end)):
        if not at <= span.start <= span.end <= len(text):
            raise BadInput(
                "A link lies at {start}–{end}, outside the text of {length} characters or over another link.",
                start=span.start, end=span.end, length=len(text),
            )  # fmt: skip
        if text[span.start : span.end] != span.part.text or not span.part.text:
            continue
        content += [Text(text[at : span.start]), span.part]
        at = span.end
    return merged([*content, Text(text[at:])])


def merged(content: Iterable[Inline]) -> tuple[Inline, ...]:
    """The same content with neighbouring words joined and empty ones dropped."""
    out: list[Inline] = []
    for part in content:
        if isinstance(part, Text):
            if not part.text:
                continue
            if out and isinstance(out[-1], Text):
                out[-1] = Text(out[-1].text + part.text)
                continue
        out.append(part)
    return tuple(out)


def replace_range(content: Sequence[Inline], start: int, end: int, words: str | Sequence[Inline]) -> tuple[Inline, ...]:
    """Replace [`start`, `end`) by words or inlines; chips and links that are cut keep their remaining words as plain text."""
    before, rest = _cut(content, start)
    _, after = _cut(rest, end - start)
    middle: Sequence[Inline] = [Text(words)] if isinstance(words, str) else words
    return merged([*before, *middle, *after])


def insert(content: Sequence[Inline], offset: int, part: Inline) -> tuple[Inline, ...]:
    """Insert a chip, link or words; inside another chip or link it goes behind that one."""
    at = 0
    for other in content:
        if not isinstance(other, Text) and at < offset < at + len(other.text):
            offset = at + len(other.text)
        at += len(other.text)
    return replace_range(content, offset, offset, [part])


def part_at(content: Sequence[Inline], offset: int) -> Inline | None:
    """The inline under a character."""
    at = 0
    for part in content:
        if at <= offset < at + len(part.text):
            return part
        at += len(part.text)
    return None


def with_section(report: Report, section: Section) -> Report:
    """The report with one section's content changed; order stays, a new kind is put in the page's order."""
    if any(s.kind is section.kind for s in report.sections):
        return replace(report, sections=tuple(section if s.kind is section.kind else s for s in report.sections))
    order = list(SectionKind)
    return replace(report, sections=tuple(sorted((*report.sections, section), key=lambda s: order.index(s.kind))))


def utf16_offset(text: str, offset: int) -> int:
    """The offset in UTF-16 units, as Qt counts, of a character offset (𬭊 counts two)."""
    return len(text[:offset].encode("utf-16-le")) // 2


def character_offset(text: str, utf16: int) -> int:
    """The character offset of an offset in UTF-16 units."""
    return len(text.encode("utf-16-le")[: 2 * utf16].decode("utf-16-le", errors="ignore"))


# -- measurements and images ---------------------------------------------------------------------------------------


def measurement_link(measurement: Measurement) -> MeasurementLink:
    """A link that prints a measurement's value."""
    return MeasurementLink(measurement_words(measurement), measurement.tracking_uid)


def update_measurement(report: Report, measurement: Measurement) -> Report:
    """The report with a measurement in its present form and each link to it printing its present value."""
    present = measurement_link(measurement)
    known = any(m.tracking_uid == measurement.tracking_uid for m in report.measurements)
    others = tuple(measurement if m.tracking_uid == measurement.tracking_uid else m for m in report.measurements)
    return replace(
        _mapped(report, lambda p: present if isinstance(p, MeasurementLink) and p.tracking_uid == present.tracking_uid else p),
        measurements=others if known else (*report.measurements, measurement),
    )


def figure_label(number: int, language: str) -> str:
    """``图 1`` or ``Fig. 1``."""
    return f"图 {number}" if language.startswith("zh") else f"Fig. {number}"


def image_link(report: Report, key_id: str) -> ImageLink:
    """A link to a key image with its present number."""
    for number, key in enumerate(report.key_images, 1):
        if key.key_id == key_id:
            return ImageLink(figure_label(number, report.language), key_id)
    raise BadInput("The report has no key image {name}.", name=key_id)


def renumber_images(report: Report) -> Report:
    """Key images in the order in which the text speaks of them, the unmentioned behind; links and captions say the new numbers.

    A link to an image that is gone stays as it is: the quality rules name it.
    """
    said = [p.key_id for s in report.sections for p in s.content if isinstance(p, ImageLink)]
    place = {key_id: i for i, key_id in reversed(list(enumerate(said)))}
    ordered = sorted(report.key_images, key=lambda k: place.get(k.key_id, len(said)))
    number = {key.key_id: figure_label(i, report.language) for i, key in enumerate(ordered, 1)}

    def renamed(part: Inline) -> Inline:
        return ImageLink(number[part.key_id], part.key_id) if isinstance(part, ImageLink) and part.key_id in number else part

    return replace(_mapped(report, renamed), key_images=tuple(replace(k, caption=bare_caption(k)) for k in ordered))


_LABEL = re.compile(r"^\s*(?:图\s*\d+|Fig(?:ure|\.)?\s*\d+)[\s　:：.]*", re.IGNORECASE)


def bare_caption(key: KeyImage) -> str:
    """The caption without a number in front: the number comes from the place alone."""
    return _LABEL.sub("", key.caption)


# -- inside ----------------------------------------------------------------------------------------------------------


def _cut(content: Sequence[Inline], offset: int) -> tuple[list[Inline], list[Inline]]:
    """Both sides of an offset; a chip or link that is cut falls apart into words."""
    total = sum(len(part.text) for part in content)
    if not 0 <= offset <= total:
        raise BadInput("The place {offset} is outside the text of {length} characters.", offset=offset, length=total)
    left: list[Inline] = []
    right: list[Inline] = []
    at = 0
    for part in content:
        size = len(part.text)
        if at + size <= offset:
            left.append(part)
        elif at >= offset:
            right.append(part)
        else:
            left.append(Text(part.text[: offset - at]))
            right.append(Text(part.text[offset - at :]))
        at += size
    return left, right


def _mapped(report: Report, change: Callable[[Inline], Inline]) -> Report:
    return replace(report, sections=tuple(replace(s, content=merged(change(p) for p in s.content)) for s in report.sections))
