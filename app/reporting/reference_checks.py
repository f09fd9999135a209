"""Rules: links to measurements and key images, coded terms and findings against what they name."""

from __future__ import annotations

from collections.abc import Iterator

from app.domain.report import Check, Chip, ImageLink, MeasurementLink
from app.i18n import language
from app.reporting.check_subject import ALERT, FINDINGS, INFO, PROHIBIT, Subject, section_name, term_words
from app.reporting.quantities import quantities_in, value_words
from app.terminology.folding import fold


def measurement_text(s: Subject) -> Iterator[Check]:
    known = {m.tracking_uid: m for m in s.report.measurements}
    for kind, link in s.links(MeasurementLink):
        measurement = known.get(getattr(link, "tracking_uid", ""))
        if measurement is None:
            yield Check(
                "Q-07",
                PROHIBIT,
                "{section}: the measurement behind {text} is gone.",
                {"section": section_name(kind), "text": link.text},
                kind,
            )
            continue
        said = quantities_in(link.text)
        wrong = [q for q in said if not any(q.says(v.value, v.unit.value) for v in measurement.values)]
        if not measurement.values and link.text == measurement.label:
            continue
        unitless = {value_words(value) for value in measurement.values}  # signals of MR have no unit to find
        if wrong or (not said and link.text not in unitless):
            params = {"section": section_name(kind), "text": link.text, "label": measurement.label}
            yield Check("Q-05", PROHIBIT, "{section}: {text} is not what {label} measured.", params, kind)


def chip_text(s: Subject) -> Iterator[Check]:
    for section in s.report.sections:
        for part in section.content:
            if not isinstance(part, Chip) or part.code.scheme != "RADLEX":
                continue
            params = {"section": section_name(section.kind), "text": part.text, "code": part.code.value}
            term = s.terms.term(part.code.value)
            if term is None and fold(part.text) != fold(part.code.meaning):
                yield Check(
                    "Q-06",
                    ALERT,
                    "{section}: the vocabulary has no {code}, the code of {text}.",
                    params,
                    section.kind,
                )
            elif term is not None and not any(fold(part.text) == fold(name) for name in term.names):
                meaning = {**params, "meaning": term.words(language())}
                yield Check(
                    "Q-06",
                    PROHIBIT,
                    "{section}: {text} is coded {code}, which means {meaning}.",
                    meaning,
                    section.kind,
                )


def image_links(s: Subject) -> Iterator[Check]:
    known = [key.key_id for key in s.report.key_images]
    said = list(s.links(ImageLink))
    for kind, link in said:
        if getattr(link, "key_id", "") not in known:
            yield Check(
                "Q-08",
                PROHIBIT,
                "{section}: the key image behind {text} is gone.",
                {"section": section_name(kind), "text": link.text},
                kind,
            )
    named = {getattr(link, "key_id", "") for _, link in said} | {
        k for f in s.report.findings for k in f.key_images
    }
    for number, key in enumerate(s.report.key_images, 1):
        if key.key_id not in named:
            yield Check(
                "Q-11",
                INFO,
                "Key image {number} is not referred to in the text.",
                {"number": str(number)},
                FINDINGS,
            )


def finding_links(s: Subject) -> Iterator[Check]:
    measurements = {m.tracking_uid for m in s.report.measurements}
    keys = {k.key_id for k in s.report.key_images}
    for finding in s.report.findings:
        name = {"finding": term_words(s, finding.code)}
        if set(finding.measurements) - measurements:
            yield Check("Q-07", PROHIBIT, "A measurement of the finding {finding} is gone.", name, FINDINGS)
        if set(finding.key_images) - keys:
            yield Check("Q-08", PROHIBIT, "A key image of the finding {finding} is gone.", name, FINDINGS)
