"""Report templates: native JSON, schema version 1, one file each under `resources/report_templates`.

A section's starter content is a list of pieces: a string (plain words), ``{"term": RID, "text": words}`` (a
coded chip) or ``{"facts": [[DICOM keyword, words with {}], …], "join": …, "end": …}`` (words that stand only
where the study tells the fact). A gap the doctor must fill is written ``[[…]]``; the quality rules refuse it
in a signed report.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.domain.coding import Code
from app.domain.person import Actor
from app.domain.report import Chip, Inline, Report, ReportHeader, Section, SectionKind, Text
from app.errors import BadInput, NotFound
from app.paths import resource_path
from app.terminology import TermStore, load_terms

Words = dict[Literal["zh", "en"], str]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _TermPiece(_Strict):
    term: Annotated[str, Field(pattern=r"^RID\d+$")]
    text: Annotated[str, Field(min_length=1)]


class _FactsPiece(_Strict):
    facts: list[tuple[str, str]]
    join: str
    end: str


_Piece = str | _TermPiece | _FactsPiece
_Content = dict[Literal["zh", "en"], list[_Piece]]


class _SectionForm(_Strict):
    kind: SectionKind
    required: bool
    prompt: Words
    content: _Content = {}


class _PhraseForm(_Strict):
    section: SectionKind
    title: Words
    content: _Content


class _AppliesForm(_Strict):
    modalities: list[str]
    body_parts: list[str]


class _TemplateForm(_Strict):
    schema_version: Annotated[Literal[1], Field(alias="schema")]
    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    titles: Words
    applies_to: _AppliesForm
    sections: list[_SectionForm]
    phrases: list[_PhraseForm] = []
    findings: list[str] = []


@dataclass(frozen=True, slots=True)
class Fact:
    """Words that stand only where the study tells `keyword` (a DICOM attribute keyword); ``{}`` is its
    value.
    """

    keyword: str
    words: str


@dataclass(frozen=True, slots=True)
class FactRun:
    """Facts in a row, joined, with a closing mark."""

    facts: tuple[Fact, ...]
    join: str
    end: str


Piece = Text | Chip | FactRun


@dataclass(frozen=True, slots=True)
class TemplateSection:
    """One section: its prompt (shown while empty), whether it must be filled, and what it starts with."""

    kind: SectionKind
    required: bool
    prompt: str
    content: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True)
class Phrase:
    """A piece of text to insert with one click; chips inside stay coded."""

    section: SectionKind
    title: str
    content: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class ReportTemplate:
    """A template in one language.  Empty `modalities` or `body_parts` mean: any."""

    template_id: str
    version: str
    language: str
    title: str
    titles: tuple[tuple[str, str], ...]
    modalities: tuple[str, ...]
    body_parts: tuple[str, ...]
    sections: tuple[TemplateSection, ...]
    phrases: tuple[Phrase, ...] = ()
    findings: tuple[Code, ...] = ()

    def section(self, kind: SectionKind) -> TemplateSection | None:
        """The section of a kind, if the template has it."""
        return next((s for s in self.sections if s.kind is kind), None)

    @property
    def required(self) -> frozenset[SectionKind]:
        """Sections that must not be empty."""
        return frozenset(s.kind for s in self.sections if s.required)


def templates(language: str) -> tuple[ReportTemplate, ...]:
    """All templates in a language, the most particular first."""
    return _all(_short(language))


def template(template_id: str, language: str) -> ReportTemplate:
    """One template by its id."""
    found = next((t for t in templates(language) if t.template_id == template_id), None)
    if found is None:
        raise NotFound("There is no report template {name}.", name=template_id)
    return found


def choose_template(modality: str, body_part: str, language: str) -> ReportTemplate:
    """The template that says most about an examination; the generic one fits all."""
    fitting = [
        t for t in templates(language) if _fits(modality, t.modalities) and _fits(body_part, t.body_parts)
    ]
    return max(fitting, key=lambda t: (bool(t.modalities), bool(t.body_parts)))


def new_report(
    template: ReportTemplate,
    header: ReportHeader,
    *,
    report_id: str,
    author: Actor,
    at: datetime,
    technique: Mapping[str, str] = {},
) -> Report:
    """A draft with the template's starter text.

    Parameters
    ----------
    technique : mapping
        What the images' headers tell, by DICOM keyword (``KVP``, ``SliceThickness``, ``ConvolutionKernel``,
        ``ContrastBolusAgent`` …). An empty ``ContrastBolusAgent`` says that none was given; a missing one
        says nothing.
    """
    facts = {**_header_facts(header), **technique}
    return Report(
        report_id=report_id,
        template_id=template.template_id,
        template_version=template.version,
        language=template.language,
        header=header,
        sections=tuple(
            Section(s.kind, _filled(s.content, facts, template.language)) for s in template.sections
        ),
        created_at=at,
        updated_at=at,
        author_id=author.person_id,
        author_name=author.name,
    )


# -- reading ----------------------------------------------------------------------------------------------


def read_template(path: Path, language: str, terms: TermStore) -> ReportTemplate:
    """Read one template file; `BadInput` names what is wrong in it."""
    try:
        form = _TemplateForm.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except (ValidationError, json.JSONDecodeError) as error:
        raise BadInput(
            "The report template {name} is not valid: {reason}", name=path.name, reason=str(error)
        ) from error
    short = _short(language)

    def content(pieces: _Content) -> tuple[Piece, ...]:
        return tuple(_piece(piece, terms, path.name) for piece in pieces.get(short, []))

    return ReportTemplate(
        template_id=form.id,
        version=form.version,
        language=_long(short),
        title=form.titles[short],
        titles=tuple(form.titles.items()),
        modalities=tuple(form.applies_to.modalities),
        body_parts=tuple(form.applies_to.body_parts),
        sections=tuple(
            TemplateSection(s.kind, s.required, s.prompt[short], content(s.content)) for s in form.sections
        ),
        phrases=tuple(
            Phrase(
                p.section, p.title[short], tuple(c for c in content(p.content) if isinstance(c, Text | Chip))
            )
            for p in form.phrases
        ),
        findings=tuple(_code(rid, terms, path.name) for rid in form.findings),
    )


@cache
def _all(language: Literal["zh", "en"]) -> tuple[ReportTemplate, ...]:
    terms = load_terms()
    found = [
        read_template(path, language, terms)
        for path in sorted(resource_path("report_templates").glob("*.json"))
    ]
    return tuple(sorted(found, key=lambda t: (not t.modalities, not t.body_parts, t.template_id)))


def _piece(piece: _Piece, terms: TermStore, file: str) -> Piece:
    if isinstance(piece, str):
        return Text(piece)
    if isinstance(piece, _TermPiece):
        return Chip(piece.text, _code(piece.term, terms, file))
    return FactRun(tuple(Fact(keyword, words) for keyword, words in piece.facts), piece.join, piece.end)


def _code(rid: str, terms: TermStore, file: str) -> Code:
    term = terms.term(rid)
    if term is None:
        raise BadInput(
            "The report template {name} uses the term {rid}, which the vocabulary has not.",
            name=file,
            rid=rid,
        )
    return term.code


# -- filling ----------------------------------------------------------------------------------------------


def _filled(content: Iterable[Piece], facts: Mapping[str, str], language: str) -> tuple[Inline, ...]:
    parts = [_run(piece, facts, language) if isinstance(piece, FactRun) else piece for piece in content]
    merged: list[Inline] = []
    for part in parts:
        if isinstance(part, Text) and merged and isinstance(merged[-1], Text):
            merged[-1] = Text(merged[-1].text + part.text)
        elif part.text:
            merged.append(part)
    return tuple(merged)


def _run(run: FactRun, facts: Mapping[str, str], language: str) -> Text:
    said = [_fact(fact, facts[fact.keyword], language) for fact in run.facts if fact.keyword in facts]
    words = run.join.join(word for word in said if word)
    return Text(words[:1].upper() + words[1:] + run.end if words else "")


def _fact(fact: Fact, value: str, language: str) -> str:
    value = str(value).strip()
    if fact.keyword == "ContrastBolusAgent":
        return _contrast(value, language)
    return fact.words.replace("{}", _tidy(value)) if value else ""


def _contrast(agent: str, language: str) -> str:
    if not agent or agent.upper() in {"NONE", "NO", "N"}:
        return "平扫" if language.startswith("zh") else "Non-contrast"
    return f"增强扫描（{agent}）" if language.startswith("zh") else f"Contrast-enhanced ({agent})"


def _tidy(value: str) -> str:
    """``2.500000`` as ``2.5``; what is no number stays as it is."""
    try:
        return f"{float(value):.4g}" if abs(float(value)) < 10_000 else value
    except ValueError:
        return value


def _header_facts(header: ReportHeader) -> dict[str, str]:
    told = {
        "StudyDescription": header.study_description,
        "Modality": header.modality,
        "BodyPartExamined": header.body_part,
    }
    return {keyword: value for keyword, value in told.items() if value}


def _fits(value: str, wanted: tuple[str, ...]) -> bool:
    """No wish, an equal word, or a wish inside a longer word (``CHEST_TO_PELVIS``)."""
    asked = value.strip().upper()
    return not wanted or any(w.upper() == asked or (len(w) > 2 and w.upper() in asked) for w in wanted)


def _short(language: str) -> Literal["zh", "en"]:
    return "zh" if language.lower().startswith("zh") else "en"


def _long(language: Literal["zh", "en"]) -> str:
    return language
