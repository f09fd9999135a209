"""Rules of counts: how many there are, in the text and in its lists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.mentions import Status
from app.reporting.rules.hits import DESCRIBED, FINDINGS, IMPRESSION, Hit, Rule, clause_words, of_said
from app.reporting.rules.reading import Clause, Reading

_NUMBERS = {
    **dict(zip("一二三四五六七八九十", range(1, 11), strict=True)),
    "两": 2,
    **{
        word: n
        for n, word in enumerate(
            ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), 1
        )
    },
}
_THINGS_ZH = "结节|囊肿|结石|肿块|病灶|肋骨|椎体|骨折|淋巴结|息肉|肌瘤|血管瘤|动脉瘤|转移瘤"
_THINGS_EN = (
    "nodules?|cysts?|gallstones?|stones?|calculi|calculus|masses|mass|lesions?|fractures?|polyps?|fibroids?"
    "|nodes?|aneurysms?|h(?:a)?emangiomas?|metastases"
)
_N_ZH = r"\d{1,2}|[一两二三四五六七八九十]"
_N_EN = r"one|two|three|four|five|six|seven|eight|nine|ten|\d{1,2}"
_COUNTED = re.compile(
    rf"(?P<n1>{_N_ZH})\s*(?:枚|个|处|颗|根)(?:[^，。；,;\d（(]{{0,10}}?)(?P<t1>{_THINGS_ZH})"
    rf"|(?P<t2>{_THINGS_ZH})(?:[，,]?\s*共)?\s*(?P<n2>{_N_ZH})\s*(?:枚|个|处|颗|根)"
    rf"|\b(?P<n3>{_N_EN})\s+(?:(?!mm|cm|of|and)[a-z-]+\s+){{0,3}}?(?P<t3>{_THINGS_EN})\b",
    re.IGNORECASE,
)
_SAME_THING = {
    "结节": "nodule", "囊肿": "cyst", "结石": "stone", "肿块": "mass", "病灶": "lesion", "骨折": "fracture",
    "淋巴结": "node", "息肉": "polyp", "肌瘤": "fibroid", "血管瘤": "hemangioma", "动脉瘤": "aneurysm",
    "转移瘤": "metastasis", "肋骨": "rib", "椎体": "vertebra", "gallstone": "stone", "calculi": "stone",
    "calculus": "stone", "masses": "mass", "metastases": "metastasis", "haemangioma": "hemangioma",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Count:
    thing: str
    number: int
    start: int
    end: int
    clause: Clause

    def hit(self, number: int) -> Hit:
        return Hit(self.clause.section, self.start, self.end, {"number": str(number)})


def _counts(reading: Reading, section: str) -> list[_Count]:
    found = []
    for clause in reading.of(section):
        if clause.prior or re.search(
            r"未见|余|其中|另|各|分别见|\beach\b|\bno\b|\bother\b", clause.text, re.I
        ):
            continue
        for match in _COUNTED.finditer(clause.text):
            word = (match["n1"] or match["n2"] or match["n3"]).lower()
            number = int(word) if word.isdigit() else _NUMBERS[word]
            before = clause.text[: match.start()]
            if (match["n3"] and number > 1 and not _is_plural(match["t3"])) or _NO_COUNT.search(before):
                continue
            thing = _thing((match["t1"] or match["t2"] or match["t3"]).lower(), match.group())
            start, end = clause.start + match.start(), clause.start + match.end()
            found.append(_Count(thing, number, start, end, clause))
    return found


#: numbers that are names: PI-RADS 5 lesions, station 7 nodes
_NO_COUNT = re.compile(
    r"(?:RADS|segments?|grade|level|station|type|stage|Bosniak|category|zone|class|第|[～~\-–至])\s*$",
    re.IGNORECASE,
)


def _is_plural(word: str) -> bool:
    """Whether an English word of the list is of several."""
    return word.lower().endswith(("s", "calculi")) and word.lower() not in ("mass", "calculus")


def _thing(word: str, around: str) -> str:
    if word.startswith("fracture"):
        if re.search(r"\brib", around, re.I):
            return "rib"
        if re.search(r"compression|vertebra|lumbar|thoracic", around, re.I):
            return "vertebra"
    return _SAME_THING.get(word) or _SAME_THING.get(word.rstrip("s"), word.rstrip("s"))


_RIBS_ZH = re.compile(r"第?\d{1,2}(?:\s*[、,，及和～~\-至]\s*第?\d{1,2})*(?:前|后|侧|腋)?肋")
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_RIB = rf"(?:\d{{1,2}}(?:st|nd|rd|th)?|{'|'.join((*_ORDINALS, 'eleventh', 'twelfth'))})"
_RIBS_EN = re.compile(
    rf"\b{_RIB}(?:\s*(?:,|and|,\s*and|-|–|through|to)\s*{_RIB})*\s+ribs?\b"
    rf"|:\s*{_RIB}(?:\s*(?:,|and)\s*{_RIB})+",
    re.I,
)
_BONE = r"(?:[胸腰颈][椎]?\d{1,2}|[TLC]\d{1,2})(?![/\-]\d)(?!/)"
_BONES = re.compile(rf"{_BONE}(?:\s*(?:[、,，及和]|,\s*and|and)\s*(?:{_BONE}|\d{{1,2}}))*")


def _enumerated(text: str) -> tuple[str, int] | None:
    """Ribs or vertebrae that a clause lists: (thing, how many)."""
    if re.search(r"双|两侧|bilateral|both|椎间盘|\bdis[ck]", text, re.I):
        return None
    ribs = [m.group() for m in _RIBS_ZH.finditer(text)]
    if not ribs and re.search(r"\bribs?\b", text, re.I):
        ribs = [m.group() for m in _RIBS_EN.finditer(text)]
    if ribs:
        return "rib", sum(_ribs(words) for words in ribs)
    if not re.search(r"骨折|压缩|楔形|fractur|compress", text, re.I):
        return None
    listed = [n for match in _BONES.finditer(text) for n in re.findall(r"\d+", match.group())]
    return ("vertebra", len(set(listed))) if listed else None


def _ribs(words: str) -> int:
    span = re.search(r"(\d+)\s*(?:[～~\-–至]|through|to)\s*第?(\d+)", words)
    if span:
        return abs(int(span[2]) - int(span[1])) + 1
    return len(re.findall(r"\d+" if re.search(r"\d", words) else rf"\b{_RIB}\b", words, re.I))


def _sentence(reading: Reading, clause: Clause) -> str:
    same = [c for c in reading.of(clause.section) if c.sentence == clause.sentence]
    return reading.text(clause.section)[same[0].start : same[-1].end]


def listed_otherwise(reading: Reading) -> Iterator[Hit]:
    """A number of things, and a list of them that has more or fewer."""
    for section in DESCRIBED:
        for count in _counts(reading, section):
            if count.number < 2:
                continue
            text = reading.text(section)
            end = min(
                (text.find(c, count.end) for c in "。；;\n" if text.find(c, count.end) >= 0),
                default=len(text),
            )
            if (stop := re.search(r"\.(?=\s|$)", text[count.end : end])) is not None:
                end = count.end + stop.start()
            if count.thing in ("rib", "vertebra", "fracture"):
                named = _enumerated(_sentence(reading, count.clause))
                listed = named[1] if named and count.thing in (named[0], "fracture") else None
            else:
                listed = _listed(text[count.end : end])
            if listed is not None and listed != count.number:
                yield count.hit(listed)


_PLACE_ZH = re.compile(
    r"[左右](?:侧)?(?:肺)?[上中下]叶|[左右]肺(?!上|中|下|舌|尖)|S\d|[左右]叶|[左右]侧|[左右]肾"
    r"|舌叶|峡部|[左右]乳|前壁|后壁|侧壁"
)
_PLACE_EN = re.compile(
    r"\b(?:left|right)\b(?: (?:upper|middle|lower))?(?: lobe| kidney| breast| lung| ovary)?|\blingula\b"
    r"|\bisthmus\b|\bsegment \d",
    re.IGNORECASE,
)
_EACH = re.compile(r"一枚|另一枚|一个|另一个|其一|其二|\bone\b|the other|another", re.I)
_SIZED = re.compile(r"\d+(?:\.\d+)?(?:\s*[×xX*]\s*\d+(?:\.\d+)?)*\s*(?:mm|cm)", re.I)
_NO_LIST = re.compile(
    r"较大|最大|大者|大小不等|～|~|至|多发|等|\blargest\b|\bup to\b|\branging\b|\brange\b|–|均|each"
    r"|both|bilateral|双|两|各",
    re.IGNORECASE,
)


def _listed(text: str) -> int | None:
    """How many things a list names: places, or sizes where it names no place; None where it is no list."""
    if _NO_LIST.search(text) and "分别位于" not in text:
        return None
    lying = re.search(r"位于([^，。；]*)", text)
    if lying:
        items = [
            x for x in re.split(r"、|以?及|和|与", re.sub(r"[（(][^）)]*[）)]", "", lying[1])) if x.strip()
        ]
        more = re.search(rf"(?:{_N_ZH})(?:枚|个)", text)
        return len(items) if len(items) >= 2 and not more else None
    pattern = _PLACE_ZH if re.search("[㐀-鿿]", text) else _PLACE_EN
    places, sizes, each = len(pattern.findall(text)), len(_SIZED.findall(text)), len(_EACH.findall(text))
    parts = re.findall(rf"\b({_N_EN}) (?:in|on|at|of)\b", text, re.I)
    if parts and not re.match(r"\s*(?:in|on|at|of)\b", text):
        return sum(int(n) if n.isdigit() else _NUMBERS[n.lower()] for n in parts)
    if re.search(r"分别位于|位于|[:：]|^\s*(?:in|at) ", text) and places >= 2:
        more = re.search(rf"(?:{_N_ZH})(?:枚|个)", text)
        return None if more and not each else places
    if each >= 2:
        return each
    leads = re.match(r"\s*[，,:：]", text) or re.search(r"分别|\band\b", text)
    return sizes if sizes >= 2 and leads and not _goes_on(text) else None


def _goes_on(text: str) -> bool:
    """Whether further findings follow in the list."""
    return bool(re.search(rf"(?:见|另|及其|also|and an?)\S{{0,8}}(?:{_THINGS_ZH}|{_THINGS_EN})", text, re.I))


def counted_otherwise(reading: Reading) -> Iterator[Hit]:
    """The impression counts otherwise than findings."""
    found = [(c.thing, c.number, c.clause) for c in _counts(reading, FINDINGS)]
    counted = {thing for thing, _, _ in found}
    for clause in reading.of(FINDINGS):
        named = _enumerated(clause.text)
        if named and not clause.normal and named[0] not in counted:
            found.append((*named, clause))
    concluded = _counts(reading, IMPRESSION)
    everything, all_said = _all_numbers(reading.text(FINDINGS)), _all_numbers(reading.text(IMPRESSION))
    for count in concluded:
        whole = sum(c.number for c in concluded if c.thing == count.thing)
        same = [n for thing, n, c in found if thing == count.thing and _same_side(c, count.clause)]
        if same and not {count.number, whole, all_said} & {*same, sum(same), everything}:
            yield count.hit(sum(same))
        elif not same and (each := _each_named(reading, count)) and each not in (count.number, whole):
            yield count.hit(each)


_MANY = re.compile(r"多发|多个|多枚|数枚|数个|散在|\bmultiple\b|\bseveral\b|\bnumerous\b|\bscattered\b", re.I)


def _each_named(reading: Reading, count: _Count) -> int:
    """How many findings of a kind are described one by one; 0 where that is not sure."""
    named = [
        s
        for s in reading.said(FINDINGS)
        if s.group == count.thing
        and s.status is Status.PRESENT
        and not s.rest
        and {s.side, count.clause.side} != {"L", "R"}
    ]
    texts = [clause_words(reading, s) for s in named]
    plural = any(
        _MANY.search(t) or re.search(r"各|双|两|both|nodules|cysts|stones|masses", t, re.I) for t in texts
    )
    places = {(s.organ, s.side, s.parts) for s in named}
    return len(named) if len(named) >= 2 and not plural and len(places) == len(named) else 0


def _all_numbers(text: str) -> int:
    """The sum of all numbers of things, also where the thing is named once: two right, one left nodule."""
    words = re.findall(rf"({_N_ZH})\s*(?:枚|个|处|颗|根)", text) + re.findall(
        r"\b(one|two|three|four|five|six|a)\b(?! (?:of|day|week|month|year))", text, re.I
    )
    return sum(int(w) if w.isdigit() else _NUMBERS.get(w.lower(), 1) for w in words)


def _same_side(a: Clause, b: Clause) -> bool:
    return not a.side or not b.side or "B" in (a.side, b.side) or a.side == b.side


_SINGLE = re.compile(r"单发|孤立|唯一|\bsolitary\b|\bsingle\b", re.I)


def single_and_multiple(reading: Reading) -> Iterator[Hit]:
    """Solitary in the impression, several in the findings, or the reverse."""
    for said in reading.said(IMPRESSION):
        words = clause_words(reading, said)
        own, other = (_SINGLE, _MANY) if _SINGLE.search(words) else (_MANY, _SINGLE)
        if not own.search(words) or said.status is not Status.PRESENT:
            continue
        same = [
            k
            for k in reading.said(FINDINGS)
            if k.group == said.group and k.organ == said.organ and k.status is Status.PRESENT
        ]
        if len(same) != 1:
            continue
        known = clause_words(reading, same[0])
        if other.search(known) and not own.search(known):
            yield of_said(said)


RULES: dict[str, Rule] = {"Q-52": listed_otherwise, "Q-53": counted_otherwise, "Q-79": single_and_multiple}
