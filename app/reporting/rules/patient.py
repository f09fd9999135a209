"""Rules of the patient: sex, age, name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.domain.study import display_name
from app.reporting.rules.anatomy import organs_in
from app.reporting.rules.hits import (
    DESCRIBED,
    FINDINGS,
    HISTORY,
    IMPRESSION,
    WRITTEN,
    Hit,
    Rule,
    at,
    of_clause,
)
from app.reporting.rules.reading import Reading

_OF_MEN = {"prostate", "seminal-vesicle", "testis", "penis"}
_OF_WOMEN = {"uterus", "ovary", "vagina"}


def other_sex_organ(reading: Reading) -> Iterator[Hit]:
    """An organ that the patient's sex has not."""
    wrong = {"M": _OF_WOMEN, "F": _OF_MEN}.get(reading.sex)
    if wrong is None:
        return
    for clause in reading.of(*DESCRIBED):
        for named in clause.organs if clause.own_organs else ():
            if named.organ.organ_id in wrong:
                yield Hit(clause.section, named.start, named.end)


_WOMENS = re.compile(
    r"妊娠|孕(?:囊|周|妇|\d|早|中|晚)|早孕|胎儿|胎盘|羊水|胎心|绝经|月经|宫内节育器|节育环"
    r"|剖宫产|流产|宫外孕|黄体|卵泡|"
    r"\bpregnan\w+|\bgestation\w*|\bfetal\b|\bfetus\b|\bplacenta\w*|\bamniotic\b"
    r"|\bpostmenopausal\b|\bmenopaus\w+|\bmenstrua\w+|\bIUD\b|\bcesarean\b"
    r"|\bcaesarean\b"
    r"|\bhysterectomy\b|\boophorectomy\b|\bcorpus luteum\b",
    re.IGNORECASE,
)
_MENS = re.compile(
    r"男性乳腺|精索|鞘膜积液|隐睾|包皮|\bgyn(?:a)?ecomastia\b|\bvasectomy\b|\bhydrocele\b"
    r"|\bvaricocele\b|\bcryptorchid\w*|\bTURP\b",
    re.I,
)


def other_sex_state(reading: Reading) -> Iterator[Hit]:
    """A state or operation of the other sex: pregnancy of a man, vasectomy of a woman."""
    wrong = {"M": _WOMENS, "F": _MENS}.get(reading.sex)
    if wrong is None or (reading.age is not None and reading.age < 0.1):
        return
    for section in (HISTORY, *DESCRIBED):
        for match in wrong.finditer(reading.text(section)):
            yield at(match, section)


_HE = re.compile(
    r"\bhe\b|\bhis\b|\bhim\b|(?:患者|病人)[，,]?男(?!科)|男性(?!乳腺|型|外)患者?|(?<!wo)\bman\b"
    r"|\bgentleman\b|(?<!fe)\bmale (?:patient|with)\b",
    re.I,
)
_SHE = re.compile(
    r"\bshe\b|\bhers?\b|(?:患者|病人)[，,]?女(?!科)|女性(?!型|外)患者?|\bwoman\b|\blady\b"
    r"|\bfemale (?:patient|with)\b",
    re.I,
)


def other_sex_word(reading: Reading) -> Iterator[Hit]:
    """The text calls the patient by the other sex."""
    wrong = {"M": _SHE, "F": _HE}.get(reading.sex)
    if wrong is None:
        return
    for section in (HISTORY, *WRITTEN):
        for match in wrong.finditer(reading.text(section)):
            yield at(match, section)


_OPEN_PLATE = re.compile(
    r"骨骺(?:线)?(?:尚|均)?未(?:完全)?(?:闭合|愈合|融合)|(?:骺板|生长板|骺线)(?!已"
    r"|均已)(?:未闭|存在|清晰|开放|未融合)|骨化中心(?:未|尚)"
    r"|(?:open|unfused|patent) (?:physis|physes|growth plates?|epiphys\w+)|(?:physis"
    r"|physes|growth plates?|epiphys\w+) (?:is|are|remains?) (?:\w+ )?(?:open|unfused"
    r"|patent|not fused)"
    r"|Risser\s*(?:sign\s*)?[0-3](?!\d)|骨龄约?\s*(?:\d|1[0-6])\s*岁|bone age of (?:\d|1[0-6]) ",
    re.IGNORECASE,
)
_CLOSED_PLATE = re.compile(
    r"骨骺(?:线)?(?:均)?已(?:完全)?(?:闭合|愈合|融合)|(?:physis|physes|growth plates?) (?:is"
    r"|are) (?:closed|fused)",
    re.I,
)


def growing_bone(reading: Reading) -> Iterator[Hit]:
    """An open growth plate of an adult, a closed one of a small child."""
    if reading.age is None:
        return
    pattern = _OPEN_PLATE if reading.age >= 25 else _CLOSED_PLATE if reading.age < 9 else None
    if pattern is None:
        return
    for section in DESCRIBED:
        for match in pattern.finditer(reading.text(section)):
            yield at(match, section)


#: (words, first year of life in which they may be said, year after which they may not)
_AGES: tuple[tuple[re.Pattern[str], float, float], ...] = tuple(
    (re.compile(words, re.IGNORECASE), low, high)
    for words, low, high in (
        (
            r"老年性|老年脑|\bsenile\b|\bage-related (?:volume|atrophy|cerebral|involut|chang)\w*"
            r"|\bpresbyacus\w*",
            40,
            200,
        ),
        (r"前列腺(?:结节状)?增生|\bBPH\b|\bprostatic hyperplasia\b", 30, 200),
        (r"动脉(?:粥样)?硬化|\batheroscler\w+|\batheromat\w+", 18, 200),
        (
            r"(?:胸|腰|颈)?椎(?:体)?(?:退行性|骨质增生|骨赘)|退行性(?:骨)?关节|骨性关节炎"
            r"|\bosteoarthritis\b"
            r"|\bdegenerative (?:joint|disc|change)\w*|\bspondylosis\b",
            14,
            200,
        ),
        (r"骨质疏松|\bosteoporo\w+", 12, 200),
        (r"绝经后|\bpost-?menopausal\b", 35, 200),
        (r"青少年(?:特发性)?|\badolescent\b", 8, 25),
        (r"新生儿|早产儿|\bneonat\w+|\bnewborn\b|\bpremature infant\b|\bpreterm\b", 0, 2),
        (r"[前后]囟|囟门|\bfontanell?e\w*", 0, 3),
        (
            r"胸腺(?:影)?(?:大小|形态)?正常|正常胸腺|\bnormal thymus\b|\bthymic shadow\b|帆征"
            r"|\bthymic sail\b",
            0,
            30,
        ),
        (r"婴(?:幼)?儿|\binfant\b", 0, 4),
        (r"(?<!儿童)(?:患儿|小儿)|\bthis (?:child|boy|girl)\b", 0, 19),
        (
            r"妊娠|早孕|孕(?:囊|周|早|中|晚)|\bintrauterine pregnancy\b|\bgestational (?:sac|age)\b"
            r"|\bviable (?:fetus|pregnancy)\b",
            10,
            56,
        ),
        (r"乳牙|\bdeciduous teeth\b", 0, 16),
        (r"髓核.{0,4}退变|\bdisc desiccation\b", 12, 200),
    )
)


def impossible_age(reading: Reading) -> Iterator[Hit]:
    """A state that this age has not."""
    if reading.age is None:
        return
    for pattern, low, high in _AGES:
        if low <= reading.age < high:
            continue
        for clause in reading.of(*DESCRIBED):
            if not clause.prior and (match := pattern.search(clause.text)):
                yield Hit(clause.section, clause.start + match.start(), clause.start + match.end())


_AGED = re.compile(r"(?<![\d.])(\d{1,3})\s*(?:岁|周岁|[-\s]year[-\s]old|[-\s]?yo\b|\s?y/o\b)", re.IGNORECASE)


def other_age(reading: Reading) -> Iterator[Hit]:
    """The text gives the patient another age."""
    if reading.age is None:
        return
    for section in (HISTORY, *WRITTEN):
        text = reading.text(section)
        for match in _AGED.finditer(text):
            if re.search(r"骨龄约?为?$|bone age (?:of|is) ?(?:about )?$|相当于$", text[: match.start()]):
                continue
            if abs(int(match[1]) - reading.age) >= 2:
                yield at(match, section, age=f"{reading.age:g}")


_NAMED = re.compile(
    r"(?:患者|病人|姓名)[:：\s]*(?:姓名[:：\s]*)?(?P<zh>[㐀-鿿]{2,4})(?=[，,。；;\s]|$)|\b(?:Mr|Mrs"
    r"|Ms|Miss)\.? (?P<en>[A-Z][a-z]+)"
)
_NO_NAMES = re.compile(
    r"^(?:因|于|系|自|曾|既往|主诉|配合|不配|无法|男|女|诉|有|无|呼吸|体位|移动|左|右|目前"
    r"|现|术)|不适|检查|病史"
)


def other_name(reading: Reading) -> Iterator[Hit]:
    """The text names somebody who is not the patient."""
    raw = reading.report.header.patient.name
    if not raw:
        return
    known = {
        display_name(raw),
        *(part for group in raw.split("=") for part in group.replace("^", " ").split()),
    }
    joined = "".join(display_name(raw).split())
    for section in (HISTORY, *WRITTEN):
        for match in _NAMED.finditer(reading.text(section)):
            name = match["zh"] or match["en"] or ""
            chinese = any(re.search("[㐀-鿿]", k) for k in known)
            if match["zh"] and (not chinese or _NO_NAMES.search(name) or name == joined):
                continue
            if match["en"] and any(name.lower() == k.lower() for k in known):
                continue
            yield at(match, section)


def sex_only_exam(reading: Reading) -> Iterator[Hit]:
    """The examined part is one that the patient's sex has not."""
    wrong = {"M": _OF_WOMEN, "F": _OF_MEN}.get(reading.sex)
    if wrong is None:
        return
    header = reading.report.header
    part = f"{header.body_part} {header.study_description}".lower().replace("_", " ")
    if any(n.organ.organ_id in wrong for n in organs_in(part)):
        clause = next(reading.of(FINDINGS, IMPRESSION), None)
        if clause is not None:
            yield of_clause(clause, part=part.strip())


RULES: dict[str, Rule] = {
    "Q-23": other_sex_organ,
    "Q-24": other_sex_state,
    "Q-25": other_sex_word,
    "Q-26": growing_bone,
    "Q-27": impossible_age,
    "Q-28": other_age,
    "Q-69": other_name,
    "Q-77": sex_only_exam,
}
