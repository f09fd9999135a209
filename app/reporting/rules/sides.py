"""Rules of laterality: findings, impression and order must name the same side of the same thing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.mentions import Status
from app.reporting.rules.anatomy import same_organ
from app.reporting.rules.groups import alike
from app.reporting.rules.hits import DESCRIBED, FINDINGS, IMPRESSION, Hit, Rule, of_clause, of_said
from app.reporting.rules.reading import Clause, Reading, Said

_THERE = (Status.PRESENT, Status.UNCERTAIN)
#: parts of one organ that exclude each other
_LOBES = frozenset({"upper", "middle", "lower", "lingula"})
_CEREBRAL = frozenset({"frontal", "temporal", "parietal", "occipital", "ganglia", "thalamus"})
_QUADRANTS = frozenset({"uo", "uq", "lo", "lq"})


def _sided(clause: Clause) -> Iterator[tuple[str, str]]:
    """(organ, side) that a clause names of paired organs."""
    for named in clause.organs:
        if named.organ.paired:
            side = clause.side
            if clause.own_organs:
                before = [s for s, place in clause.sides if place <= named.start]
                alone = len({n.organ.organ_id for n in clause.organs}) == 1
                side = before[-1] if before else _behind(clause, named.end) or (clause.side if alone else "")
            if side:
                yield named.organ.organ_id, side


def _behind(clause: Clause, end: int) -> str:
    """The side right behind an organ: 甲状腺左叶, the ovary on the left."""
    for side, place in clause.sides:
        between = clause.text[end - clause.start : place - clause.start]
        if place >= end and (len(between) <= 1 or re.fullmatch(r" (?:on|at|of) the ", between)):
            return side if between not in ("、", "及", "和", "与") else ""
    return ""


def _described(reading: Reading) -> dict[str, set[str]]:
    """Sides of each organ for which findings say that something is there."""
    found: dict[str, set[str]] = {}
    for clause in reading.of(FINDINGS):
        if clause.advice or clause.normal:
            continue
        for organ, side in _sided(clause):
            found.setdefault(organ, set()).update("LR" if side == "B" else side)
        for said in clause.said:
            if said.status in _THERE and said.organ and said.side:
                found.setdefault(said.organ, set()).update("LR" if said.side == "B" else said.side)
    return found


def impression_side(reading: Reading) -> Iterator[Hit]:
    """The impression names one side of an organ, findings describe only the other."""
    described = _described(reading)
    for clause in reading.of(IMPRESSION):
        if clause.advice or clause.surgery or (not clause.abnormal and not _is_label(clause)):
            continue
        pairs = set(_sided(clause)) | {
            (s.organ, s.side) for s in clause.said if s.organ and s.status in _THERE
        }
        for organ, side in sorted(pairs):
            if side not in ("L", "R"):
                continue
            known = {s for other, sides in described.items() if same_organ(organ, other) for s in sides}
            if known and side not in known:
                yield of_clause(clause)
                break


def _is_label(clause: Clause) -> bool:
    return not clause.normal and bool(re.search(r"占位|病变|改变|\bdisease|\bchange", clause.text))


def finding_side(reading: Reading) -> Iterator[Hit]:
    """A finding of the impression that findings describe, on the other side only, of a like organ."""
    known = [s for s in reading.said(FINDINGS) if s.status in _THERE and s.side]
    for said in reading.said(IMPRESSION):
        if said.status not in _THERE or said.side not in ("L", "R"):
            continue
        same = [k for k in known if k.group == said.group and _like(k, said)]
        if same and all(k.side not in (said.side, "B") for k in same):
            yield of_said(said)


def _like(a: Said, b: Said) -> bool:
    return not a.organ or not b.organ or same_organ(a.organ, b.organ)


_ORDERED_SIDE = re.compile(r"(?P<L>左|\bleft\b|\bLT?\b)|(?P<R>右|\bright\b|\bRT?\b)", re.IGNORECASE)


def ordered_side(reading: Reading) -> Iterator[Hit]:
    """The limb that was ordered is that of the other side."""
    ordered = reading.facts.laterality
    if not ordered:
        named = {m.lastgroup for m in _ORDERED_SIDE.finditer(reading.report.header.study_description)}
        ordered = (named.pop() or "") if len(named) == 1 else ""
    if ordered not in ("L", "R"):
        return
    limbs = {
        "knee",
        "ankle",
        "foot",
        "hip",
        "femur",
        "tibia",
        "shoulder",
        "humerus",
        "elbow",
        "forearm",
        "wrist",
        "hand",
    }
    for section in ("technique", *DESCRIBED):
        other: list[Clause] = []
        for clause in reading.of(section):
            if clause.advice or clause.prior or not clause.own_organs:
                continue
            sides = {side for organ, side in _sided(clause) if organ in limbs}
            if sides & {ordered, "B"}:  # a film of both
                other = []
                break
            if sides:
                other.append(clause)
        if other:
            yield of_clause(other[0])


def lobe_conflict(reading: Reading) -> Iterator[Hit]:
    """The impression puts a finding into another lobe or quadrant than findings do."""
    known = [s for s in reading.said(FINDINGS) if s.status in _THERE]
    for said in reading.said(IMPRESSION):
        if said.status is not Status.PRESENT:
            continue
        for exclusive in (_LOBES, _CEREBRAL, _QUADRANTS):
            named = said.parts & exclusive
            if len(named) != 1:
                continue
            same = [
                k
                for k in known
                if _like(k, said)
                and alike(k.group, said.group)
                and (not k.side or not said.side or k.side == said.side)
            ]
            if len(same) == 1 and same[0].parts & exclusive and not same[0].parts & named:
                yield of_said(said)


def both_sides(reading: Reading) -> Iterator[Hit]:
    """The impression says both sides; findings deny it for one and describe it for the other alone."""
    for said in reading.said(IMPRESSION):
        if said.status is not Status.PRESENT or said.side != "B" or not said.organ:
            continue
        same = [
            k
            for k in reading.said(FINDINGS)
            if k.group == said.group and k.organ and same_organ(k.organ, said.organ)
        ]
        there = {k.side for k in same if k.status in _THERE}
        denied = {k.side for k in same if k.status is Status.ABSENT}
        if len(there) == 1 and there < {"L", "R"} and denied & ({"L", "R"} - there):
            yield of_said(said)


def odd_side(reading: Reading) -> Iterator[Hit]:
    """A side before an organ that has none: left spleen, right aorta."""
    pattern = re.compile(
        r"[左右]侧?(?:脾脏|胆囊|胰腺|膀胱|前列腺(?=大小|增大|体积)|子宫(?=大小))|\b(?:left|right) (?:spleen"
        r"|gallbladder|pancreas|bladder)\b",
        re.I,
    )
    for section in DESCRIBED:
        for match in pattern.finditer(reading.text(section)):
            yield Hit(section, match.start(), match.end())


RULES: dict[str, Rule] = {
    "Q-19": impression_side,
    "Q-20": ordered_side,
    "Q-21": lobe_conflict,
    "Q-22": both_sides,
    "Q-75": finding_side,
    "Q-76": odd_side,
}
