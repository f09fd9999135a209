"""Rules of agreement: what is stated and denied, in one section or between two."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.mentions import Status
from app.reporting.rules.anatomy import ORGANS
from app.reporting.rules.groups import parts_in
from app.reporting.rules.hits import DESCRIBED, FINDINGS, IMPRESSION, Hit, Rule, clause_words, of_said
from app.reporting.rules.reading import Reading, Said

_PRESENT, _ABSENT, _UNCERTAIN = Status.PRESENT, Status.ABSENT, Status.UNCERTAIN
_THERE = (_PRESENT, _UNCERTAIN)
#: parts that say where, and do not split an organ in two
_SOFT = frozenset({"pleural", "pericardial", "pelvic", "abdominal", "segment", "joint", "wall", "neck"})
_PAST = re.compile(
    r"陈旧|慢性|钙化|\bcalcified\b|愈合|术后|生理性|\bold\b|\bchronic\b|\bremote\b"
    r"|\bhealed\b|\bphysiologic\w*",
    re.I,
)
_ONE_LESS = re.compile(
    r"新(?:发|增|见|出现)|明显(?:肿大|占位)?$|\bnew\b|\bacute\b|急性|可疑|\bsuspicious\b|其他|余", re.I
)
_KIND = re.compile(
    r"实性|磨玻璃|钙化|囊性|复发|残留|移位|错位|新发|局灶|陈旧|急性|慢性|新鲜|肿大|强化"
    r"|开放|粉碎|恶性|良性|转移|高密度"
    r"|低密度|阳性|阴性|大量|可疑|血性|"
    r"\bsolid\b|\bground[- ]glass\b|\bcalcified\b|\bcystic\b|\bacute\b|\bchronic\b"
    r"|\bold\b|\bsuspicious\b|\benhancing\b|\benlarged\b|\bobstructing\b|\blarge\b"
    r"|\bsignificant\b|\bradiopaque\b|\btension\b",
    re.IGNORECASE,
)


#: what is denied without a place is denied everywhere
_ANYWHERE = frozenset({"fracture", "dislocation", "adenopathy", "pneumothorax", "free-air"})


def _covers(denied: Said, stated: Said, reading: Reading) -> bool:
    """Whether what is denied is all of what is stated: same thing, place no narrower, side no other."""
    if denied.group != stated.group or denied.rest:
        return False
    if not denied.organ and denied.group in _ANYWHERE:
        return not _KIND.search(_near(reading, denied)) and not _PAST.search(_near(reading, stated))
    if not denied.organ or not stated.organ or not _same_place(denied, stated):
        return False
    if denied.side in ("L", "R") and denied.side != stated.side:
        return False
    if not (denied.parts - _SOFT) <= stated.parts or "pelvic" in stated.parts - denied.parts:
        return False
    if _PAST.search(_near(reading, stated)) and not _PAST.search(_near(reading, denied)):
        return False
    kinds = {k.lower() for k in _KIND.findall(_near(reading, denied))}
    return not kinds or kinds <= {k.lower() for k in _KIND.findall(_near(reading, stated))}


def _same_place(a: Said, b: Said) -> bool:
    if a.organ == b.organ:
        return True
    if a.organ in ORGANS and ORGANS[b.organ].within == a.organ:  # a denial for the brain holds for its parts
        return True
    spine = {"spine", "lumbar-spine", "cervical-spine", "thoracic-spine"}
    return a.organ in spine and b.organ in spine and "spine" in (a.organ, b.organ)


def _near(reading: Reading, said: Said) -> str:
    text = reading.text(said.section)
    start = max(text.rfind(c, 0, said.start) for c in "，,。；;.\n、") + 1
    return text[start : said.end]


def stated_and_denied(reading: Reading) -> Iterator[Hit]:
    """The same section states and denies the same thing."""
    for section in DESCRIBED:
        yield from _contradictions(reading, reading.said(section), reading.said(section), same=True)


def denied_elsewhere(reading: Reading) -> Iterator[Hit]:
    """Findings and impression: one states what the other denies."""
    found, concluded = reading.said(FINDINGS), reading.said(IMPRESSION)
    for hit in _contradictions(reading, found, concluded, same=False):
        yield hit
        return
    yield from _contradictions(reading, concluded, found, same=False)


def _contradictions(
    reading: Reading, denying: list[Said], stating: list[Said], *, same: bool
) -> Iterator[Hit]:
    excepted = _excepting(reading)
    for denied in denying:
        if denied.status is not _ABSENT or _ONE_LESS.search(_near(reading, denied)):
            continue
        for stated in stating:
            if (
                stated.status is not _PRESENT
                or (stated.rest and same)
                or not _covers(denied, stated, reading)
            ):
                continue
            if (denied.section, denied.start // 10_000, _sentence(reading, denied)) in excepted:
                continue
            if same and _sentence(reading, denied) == _sentence(reading, stated) and _limits(reading, denied):
                continue
            yield of_said(
                stated if not same else denied, other=clause_words(reading, denied if not same else stated)
            )
            break


def _sentence(reading: Reading, said: Said) -> int:
    clause = reading.clause_of(said)
    return clause.sentence if clause is not None else -1


_EXCEPT = re.compile(
    r"除.{0,40}外|除外|仅见|只见|余(?!\w*下)|\bother than\b|\bexcept\b|\bapart from\b"
    r"|\baside from\b|\bbesides\b|\bonly\b",
    re.I,
)


def _excepting(reading: Reading) -> set[tuple[str, int, int]]:
    found: set[tuple[str, int, int]] = set()
    for section in DESCRIBED:
        for clause in reading.of(section):
            if _EXCEPT.search(clause.text):
                found.add((section, clause.start // 10_000, clause.sentence))
    return found


def _limits(reading: Reading, denied: Said) -> bool:
    sentence = _sentence(reading, denied)
    return any(_EXCEPT.search(c.text) for c in reading.of(denied.section) if c.sentence == sentence)


def other_level(reading: Reading) -> Iterator[Hit]:
    """A disc or vertebra of another level than findings name."""
    level = re.compile(r"^[CTLS]\d{1,2}$")
    known = [s for s in reading.said(FINDINGS) if s.status in _THERE]
    for said in reading.said(IMPRESSION):
        named = {p for p in parts_in(_near(reading, said)) if level.match(p)}
        same = [k for k in known if k.group == said.group and any(level.match(p) for p in k.parts)]
        if (
            said.status is _PRESENT
            and named
            and same
            and said.organ
            and "spine" in said.organ
            and not any(named & k.parts for k in same)
        ):
            levels = {p for c in reading.of(FINDINGS) for p in parts_in(c.text) if level.match(p)}
            if not named & levels or len(named) == 1:
                yield of_said(said)


RULES: dict[str, Rule] = {"Q-44": stated_and_denied, "Q-45": denied_elsewhere, "Q-80": other_level}
