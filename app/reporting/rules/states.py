"""Rules of what a structure is said to be like: intact and torn, of normal size and large."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.reporting.rules.hits import DESCRIBED, Hit, Rule, of_clause
from app.reporting.rules.reading import Clause, Reading

#: organs whose being well excludes that the impression finds them ill
_WHOLE = frozenset(
    (
        "spleen",
        "heart",
        "liver",
        "kidney",
        "pancreas",
        "gallbladder",
        "appendix",
        "uterus",
        "ovary",
        "prostate",
        "bladder",
        "thyroid",
        "adrenal",
        "aorta",
        "knee",
        "lung",
        "testis",
    )
)
_STRUCTURE = re.compile(
    r"前交叉韧带|后交叉韧带|交叉韧带|内侧副韧带|外侧副韧带|内侧半月板|外侧半月板|半月板"
    r"|距腓前韧带|跟腓韧带|跟腱|冈上肌腱|髌韧带|椎间盘|脊髓|"
    r"\banterior cruciate(?: ligament)?\b|\bACL\b|\bposterior cruciate(?: ligament)?\b"
    r"|\bPCL\b|\bmedial meniscus\b|\blateral meniscus\b|\bmenisc(?:us|i|al)\b"
    r"|\bmedial collateral(?: ligament)?\b|\bMCL\b"
    r"|\blateral collateral(?: ligament)?\b|\bLCL\b|\bachilles\b|\bsupraspinatus\b"
    r"|\brotator cuff\b|\banterior talofibular(?: ligament)?\b|\bATFL\b",
    re.IGNORECASE,
)
_SYNONYMS = {
    "acl": "anterior cruciate",
    "pcl": "posterior cruciate",
    "mcl": "medial collateral",
    "lcl": "lateral collateral",
    "atfl": "anterior talofibular",
    "menisci": "meniscus",
    "meniscal": "meniscus",
    "medial meniscus": "medial meniscus",
}
_INTACT = re.compile(
    r"连续|完整|(?:信号|形态|结构|走行)(?:均)?(?:未见异常|正常|规则)"
    r"|未见(?:明[显确])?(?:撕裂|断裂|异常)|\bintact\b"
    r"|\bnormal\b|\bunremarkable\b|\bcontinuous\b|no tear",
    re.I,
)
_BROKEN = re.compile(
    r"断裂|撕裂|损伤|中断|不连续|\btear\b|\btorn\b|\bruptur\w+|\bdisrupt\w+|\binjur(?:y|ed)\b", re.I
)


def _structures(text: str) -> set[str]:
    return {_name(m.group()) for m in _STRUCTURE.finditer(text)}


def _name(word: str) -> str:
    low = re.sub(r" ligament$", "", word.lower())
    return _SYNONYMS.get(low, low)


def intact_and_torn(reading: Reading) -> Iterator[Hit]:
    """A ligament or meniscus is intact in one place and torn in another."""
    intact: dict[str, Clause] = {}
    torn: dict[str, Clause] = {}
    for clause in reading.of(*DESCRIBED):
        words = [
            clause.text,
            *(
                c.text
                for c in reading.of(clause.section)
                if c.sentence == clause.sentence and c.start < clause.start
            ),
        ][:1]
        for name in _structures(words[0]):
            if _BROKEN.search(clause.text) and not re.search(
                r"未见|无|\bno\b|\bwithout\b|not ", clause.text, re.I
            ):
                torn.setdefault(name, clause)
            elif _INTACT.search(clause.text) and not re.search(
                r"不连续|欠连续|not intact|余|other", clause.text, re.I
            ):
                intact.setdefault(name, clause)
    for name, clause in torn.items():
        whole = intact.get(name) or intact.get(
            {
                "medial meniscus": "meniscus",
                "lateral meniscus": "meniscus",
                "内侧半月板": "半月板",
                "外侧半月板": "半月板",
                "前交叉韧带": "交叉韧带",
                "后交叉韧带": "交叉韧带",
            }.get(name, "")
        )
        if whole is not None and (not whole.side or not clause.side or whole.side == clause.side):
            yield of_clause(clause, other=whole.text.strip())


_SIZE_NORMAL = re.compile(
    r"不大(?!于)|大小(?:及|、)?(?:形态)?(?:均)?(?:未见异常|正常)|无(?:增大|肿大)|未见(?:增大|肿大)"
    r"|\bnormal (?:in )?size\b|\bnot enlarged\b|\b(?:size|silhouette) (?:is"
    r"|are) normal\b|\bnormal heart size\b|size is within normal",
    re.I,
)
_LARGE = re.compile(r"(?<!不)(?<!无)(?:增大|肿大|脾大|肝大|巨大)|\benlarge(?:d|ment)\b|\w+megaly\b", re.I)


def size_normal_and_large(reading: Reading) -> Iterator[Hit]:
    """An organ of normal size in one place, enlarged in another."""
    normal: dict[tuple[str, str], Clause] = {}
    for clause in reading.of(*DESCRIBED):
        if _SIZE_NORMAL.search(clause.text):
            for named in clause.organs:
                normal.setdefault((named.organ.organ_id, clause.side), clause)
    for clause in reading.of(*DESCRIBED):
        text = re.sub(r"淋巴结(?:无|未见)?肿大|肿大(?:的)?淋巴结", "", clause.text)
        if (
            not _LARGE.search(text)
            or _SIZE_NORMAL.search(text)
            or re.search(r"未见|\bno\b|较前|compared", text, re.I)
        ):
            continue
        if re.search(r"[房室]|\batri|\bventric", clause.text, re.I):
            continue
        for named in clause.organs[:1]:
            other = normal.get((named.organ.organ_id, clause.side)) or normal.get((named.organ.organ_id, ""))
            if other is not None and named.organ.organ_id in _WHOLE - {"lung", "knee"}:
                yield of_clause(clause, other=other.text.strip())
                break


RULES: dict[str, Rule] = {"Q-46": intact_and_torn, "Q-47": size_normal_and_large}
