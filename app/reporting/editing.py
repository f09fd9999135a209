"""The inlines of a section: their plain text, links to measurements and images, captions.

Offsets count characters (code points) of the plain text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from app.domain.key_object import KeyImage
from app.domain.measurement import Measurement
from app.domain.report import Chip, ImageLink, Inline, MeasurementLink, Report, Text
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


# -- measurements and images
# ---------------------------------------------------------------------------------------


def measurement_link(measurement: Measurement) -> MeasurementLink:
    """A link that prints a measurement's value."""
    return MeasurementLink(measurement_words(measurement), measurement.tracking_uid)


def update_measurement(report: Report, measurement: Measurement) -> Report:
    """The report with a measurement in its present form and each link to it printing its present value."""
    present = measurement_link(measurement)
    known = any(m.tracking_uid == measurement.tracking_uid for m in report.measurements)
    others = tuple(
        measurement if m.tracking_uid == measurement.tracking_uid else m for m in report.measurements
    )
    return replace(
        _mapped(
            report,
            lambda p: (
                present if isinstance(p, MeasurementLink) and p.tracking_uid == present.tracking_uid else p
            ),
        ),
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


_LABEL = re.compile(r"^\s*(?:图\s*\d+|Fig(?:ure|\.)?\s*\d+)[\s　:：.]*", re.IGNORECASE)


def bare_caption(key: KeyImage) -> str:
    """The caption without a number in front: the number comes from the place alone."""
    return _LABEL.sub("", key.caption)


# -- inside
# ----------------------------------------------------------------------------------------------------------


def _mapped(report: Report, change: Callable[[Inline], Inline]) -> Report:
    return replace(
        report,
        sections=tuple(replace(s, content=merged(change(p) for p in s.content)) for s in report.sections),
    )


def with_evidence(
    report: Report, measurements: tuple[Measurement, ...], keys: tuple[KeyImage, ...]
) -> Report:
    """The draft with the study's present measurements and key images; links print the measurements' present
    values.
    """
    changed = replace(report, measurements=measurements, key_images=keys)
    for measurement in measurements:
        changed = update_measurement(changed, measurement)
    return changed
