"""Rules: what a report says against itself, its patient and its examination."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from app.domain.report import Check
from app.i18n import tr
from app.reporting.check_subject import (
    ALERT,
    EXAM,
    FINDINGS,
    IMPRESSION,
    PROHIBIT,
    TECHNIQUE,
    Subject,
    section_name,
    term_words,
)
from app.reporting.laterality import conflicts
from app.reporting.quantities import Quantity, quantities_in


def side_conflict(s: Subject) -> Iterator[Check]:
    for site, side in conflicts(s.text(IMPRESSION), s.text(FINDINGS)):
        params = {"site": site, "side": _side(side), "other": _side("R" if side == "L" else "L")}
        yield Check(
            "Q-03", PROHIBIT, "Impression says {side} for {site}; findings say {other}.", params, IMPRESSION
        )
    ordered = f"{s.text(EXAM)}\n{s.report.header.study_description}\n{s.report.header.body_part}".replace(
        "_", " "
    )
    for kind in (FINDINGS, IMPRESSION):
        for site, side in conflicts(s.text(kind), ordered, normal_too=True):
            params = {"site": site, "side": _side(side), "section": section_name(kind)}
            yield Check(
                "Q-03",
                ALERT,
                "{section} says {side} for {site}; the examination names the other side.",
                params,
                kind,
            )


def coded_side_conflict(s: Subject) -> Iterator[Check]:
    """A coded site that names one side with the other side coded beside it."""
    for finding in s.report.findings:
        other = {"RID5824": "right", "RID5825": "left"}.get(
            finding.laterality.value if finding.laterality else ""
        )
        if other and finding.site is not None and re.search(rf"\b{other}\b", finding.site.meaning):
            words = {"finding": term_words(s, finding.code), "site": term_words(s, finding.site)}
            yield Check(
                "Q-03",
                PROHIBIT,
                "The finding {finding} is coded with the side opposite to its site {site}.",
                words,
                FINDINGS,
            )


def _side(letter: str) -> str:
    return tr("left side") if letter == "L" else tr("right side")


_MALE = re.compile(
    r"前列腺|精囊|睾丸|附睾|阴囊|阴茎|\bprostat\w*|\bseminal vesicles?|\btest(?:is|es|icular)\b"
    r"|\bscrot\w+|\bepididym\w+",
    re.I,
)
_FEMALE = re.compile(
    r"子宫|卵巢|宫颈|阴道|输卵管|\buter(?:us|ine)\b|\bovar(?:y|ies|ian)\b|\bvagina(?!lis)\w*|\bendometri\w+|\bfallopian\b",
    re.I,
)


def sex_conflict(s: Subject) -> Iterator[Check]:
    sex = s.report.header.patient.sex.strip().upper()[:1]
    wrong = {"M": _FEMALE, "F": _MALE}.get(sex)
    if wrong is None:
        return
    for kind in (FINDINGS, IMPRESSION):
        for organ in dict.fromkeys(m.group() for m in wrong.finditer(s.text(kind))):
            params = {
                "organ": organ,
                "sex": tr("a man") if sex == "M" else tr("a woman"),
                "section": section_name(kind),
            }
            yield Check(
                "Q-04", PROHIBIT, "{section} speaks of {organ}, but the patient is {sex}.", params, kind
            )


#: what stands before a bound, which is no measured size
_LIMIT = re.compile(r"(?:[<＜≤>＞≥]|小于|大于|不足|超过|less than|more than|under|over)\s*$", re.IGNORECASE)


def size_conflict(s: Subject) -> Iterator[Check]:
    known = [q for q in quantities_in(s.text(FINDINGS)) if q.dimension == "length"]
    if not known:
        return
    text = s.text(IMPRESSION)
    for said in quantities_in(text):
        if (
            said.dimension != "length"
            or _LIMIT.search(text, 0, said.start)
            or any(_same_size(said, q) for q in known)
        ):
            continue
        words = {"size": f"{said.value:g} {said.unit}"}
        if any(abs(q.value - said.value) < 1e-9 for q in known):
            yield Check(
                "Q-14",
                PROHIBIT,
                "Impression gives {size}; findings give the same number in another unit.",
                words,
                IMPRESSION,
            )
        else:
            yield Check(
                "Q-14", ALERT, "Impression gives {size}, a size that findings do not give.", words, IMPRESSION
            )


def _same_size(a: Quantity, b: Quantity) -> bool:
    coarser = max(0.5 * 10.0**-a.decimals * a.factor, 0.5 * 10.0**-b.decimals * b.factor)
    return abs(a.base - b.base) <= coarser + 1e-9


_DATE = re.compile(r"(?P<y>20\d\d|19\d\d)\s*(?:-|/|\.|年)\s*(?P<m>\d{1,2})\s*(?:-|/|\.|月)\s*(?P<d>\d{1,2})")


def date_conflict(s: Subject) -> Iterator[Check]:
    at = s.report.header.study_at
    for kind in (FINDINGS, IMPRESSION):
        for match in _DATE.finditer(s.text(kind)):
            try:
                said = date(int(match["y"]), int(match["m"]), int(match["d"]))
            except ValueError:
                yield Check(
                    "Q-15",
                    ALERT,
                    "{section}: {date} is no date.",
                    {"section": section_name(kind), "date": match.group()},
                    kind,
                )
                continue
            if at is not None and said > at.date():
                params = {
                    "section": section_name(kind),
                    "date": said.isoformat(),
                    "study": at.date().isoformat(),
                }
                yield Check(
                    "Q-15",
                    ALERT,
                    "{section} names {date}, which is after the examination of {study}.",
                    params,
                    kind,
                )


_PLAIN_SCAN = re.compile(r"平扫|\bnon-?\s?contrast\b|\bunenhanced\b|\bwithout contrast\b", re.I)
_CONTRAST_SCAN = re.compile(r"增强(?!显示)|\bcontrast-enhanced\b|\bwith (?:iv )?contrast\b", re.I)
_ENHANCES = re.compile(r"强化|(?<!纹理)(?<!密度)(?<!信号)(?<!回声)增强|(?<!un)(?<!non-)\benhanc\w+", re.I)
_ADVICE = re.compile(
    r"建议|必要时|请|未行|无法评|不能评|难以评|recommend|suggest|advis|if indicated|assess", re.I
)


def contrast_conflict(s: Subject) -> Iterator[Check]:
    said = f"{s.text(EXAM)}\n{s.text(TECHNIQUE)}"
    if not _PLAIN_SCAN.search(said) or _CONTRAST_SCAN.search(_PLAIN_SCAN.sub("", said)):
        return
    for kind in (FINDINGS, IMPRESSION):
        for clause in re.split(r"[，,；;。\n]|\.\s", s.text(kind)):
            if _ENHANCES.search(clause) and not _ADVICE.search(clause) and not _PLAIN_SCAN.search(clause):
                params = {"section": section_name(kind), "text": clause.strip()}
                yield Check(
                    "Q-16",
                    ALERT,
                    "{section} speaks of enhancement, but the scan was without contrast: {text}",
                    params,
                    kind,
                )
                break
