"""Rules of numbers: units, plausible values, sizes that say the same."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from app.mentions import Status
from app.paths import resource_path
from app.reporting.quantities import quantities_in
from app.reporting.rules.anatomy import organs_in, same_organ
from app.reporting.rules.groups import alike
from app.reporting.rules.hits import DESCRIBED, FINDINGS, IMPRESSION, TECHNIQUE, Hit, Rule, at
from app.reporting.rules.reading import Clause, Reading, Said

_N = r"\d+(?:\.\d+)?"
_LENGTH = r"(?:mm|cm|毫米|厘米|公分|μm|um|(?<=\s)m(?![a-zA-Z²³/])|米)"
_TIMES = r"\s*[×xX*]\s*"

_MIXED = re.compile(
    rf"{_N}\s*(?P<a>{_LENGTH})(?:{_TIMES}"
    rf"|\s*by\s*){_N}\s*(?P<b>{_LENGTH})(?:(?:{_TIMES}"
    rf"|\s*by\s*){_N}\s*(?P<c>{_LENGTH}))?",
    re.I,
)
_UNIT_NAMES = {"毫米": "mm", "厘米": "cm", "公分": "cm", "米": "m"}


def mixed_units(reading: Reading) -> Iterator[Hit]:
    """One size in two units: 2.1 mm × 1.8 cm."""
    for section in DESCRIBED:
        for match in _MIXED.finditer(reading.text(section)):
            units = {_UNIT_NAMES.get(u.lower(), u.lower()) for u in match.groups() if u}
            if len(units) > 1:
                yield at(match, section)


def _table(name: str, least: str, most: str) -> tuple[tuple[re.Pattern[str], float, float], ...]:
    rows = json.loads((resource_path("rules") / f"{name}.json").read_text(encoding="utf-8"))
    return tuple((re.compile(row["words"], re.IGNORECASE), row[least], row[most]) for row in rows)


_MM = {
    "mm": 1.0,
    "毫米": 1.0,
    "cm": 10.0,
    "厘米": 10.0,
    "公分": 10.0,
    "m": 1000.0,
    "米": 1000.0,
    "μm": 0.001,
    "um": 0.001,
}
#: (words of what is measured, least, most in mm); the one named nearest counts
_SIZES = _table("sizes", "least_mm", "most_mm")
_ONE_SIZE = re.compile(rf"(?<![\d.A-Za-z])(?P<n>{_N})\s*(?P<u>{_LENGTH})(?![²³23A-Za-z/])", re.IGNORECASE)
_ANY_MOST_MM = 600.0


def implausible_size(reading: Reading) -> Iterator[Hit]:
    """A length that no such thing in a body has."""
    for clause in reading.of(TECHNIQUE, *DESCRIBED):
        sentence = _before(reading, clause)
        for match in _ONE_SIZE.finditer(clause.text):
            mm = float(match["n"]) * _MM[match["u"].lower()]
            what = f"{sentence}{clause.text[: match.start()]}"
            low, high = _bounds(what, clause.text[match.end() :])
            if mm > high or 0 < mm < low:
                yield Hit(clause.section, clause.start + match.start(), clause.start + match.end())


def _before(reading: Reading, clause: Clause) -> str:
    same = [
        c.text for c in reading.of(clause.section) if c.sentence == clause.sentence and c.start < clause.start
    ]
    return ("，".join(same) + "，") if same else ""


def _bounds(before: str, behind: str) -> tuple[float, float]:
    """Bounds of what is measured: of the words nearest before in the sentence, else of those behind."""
    if re.search(r"距|远|离|distance|from|范围|累及长|全长|脊柱|下肢|leg length", before[-14:], re.I):
        return 0.0, _ANY_MOST_MM * 2
    parts = [p for p in re.split(r"[，,]", before) if p.strip()]
    for number, part in enumerate(reversed(parts)):
        fits = [(m.end(), low, high) for words, low, high in _SIZES for m in words.finditer(part)]
        if fits:
            last = max(fits, key=lambda f: f[0])
            return (last[1] if number == 0 else 0.0), last[2]
    for words, low, high in _SIZES:
        if words.search(behind[:40]):
            return low, high
    return 0.0, _ANY_MOST_MM


_VALUES = _table("values", "least", "most")


def implausible_value(reading: Reading) -> Iterator[Hit]:
    """A density, uptake, percentage, angle or amount that no patient has."""
    for section in (TECHNIQUE, *DESCRIBED):
        text = reading.text(section)
        for words, low, high in _VALUES:
            for match in words.finditer(text):
                said = next(v for v in match.groupdict().values() if v is not None)
                value = float(said.replace("−", "-").replace("–", "-"))
                if not low <= value <= high:
                    yield at(match, section)


_TISSUES = (
    (re.compile(r"(?:单纯|肝|肾)囊肿|胆囊(?!结石)|simple cyst", re.I), -30, 90),
    (re.compile(r"脂肪|fat\b", re.I), -200, 30),
    (re.compile(r"肝(?:脏|实质)|脾(?:脏|实质)|liver|spleen", re.I), -30, 350),
    (re.compile(r"结石|钙化|stone|calcul|calcif", re.I), 40, 3500),
    (re.compile(r"血肿|出血|h(?:a)?ematoma|h(?:a)?emorrhage", re.I), 10, 120),
)
_HU = re.compile(r"(?P<n>[-−–]?\d+(?:\.\d+)?)\s*HU\b|CT值\s*(?:约|为)*\s*(?P<m>[-−–]?\d+(?:\.\d+)?)", re.I)


def tissue_density(reading: Reading) -> Iterator[Hit]:
    """A CT number that this tissue cannot have."""
    for clause in reading.of(*DESCRIBED):
        for match in _HU.finditer(clause.text):
            value = float((match["n"] or match["m"]).replace("−", "-").replace("–", "-"))
            words = f"{_before(reading, clause)[-30:]}{clause.text}"
            named = [(p, low, high) for p, low, high in _TISSUES if p.search(words)]
            if len(named) == 1 and not named[0][1] <= value <= named[0][2] and -1100 <= value <= 4000:
                yield Hit(clause.section, clause.start + match.start(), clause.start + match.end())


_WRONG_UNIT = re.compile(
    rf"(?:CT值|密度值|衰减值|attenuation|density)(?:约|为|of|is|\s)*[-−]?{_N}\s*(?:mm|cm|ml"
    rf"|毫米|厘米|%|SUV)\b"
    rf"|(?:大小|直径|长径|短径|最大径|厚度?|内径|宽度?|diameter(?: of)?|measur(?:es"
    rf"|ing))(?:约为|约|为|about"
    rf"|\s)*{_N}\s*(?:HU|SUV|kg|ml/s|°|℃|mm/s|mmHg|岁)(?![A-Za-z])"
    rf"|SUV(?:max|mean)?(?:约|为|of|\s)*{_N}\s*(?:mm|cm|HU|%|ml)(?![A-Za-z])"
    rf"|(?:面积|area)(?:约|为|of|\s)*{_N}\s*(?:mm|cm|ml)(?![²³23A-Za-z])|(?:体积|容积"
    rf"|volume)(?:约|为|of|\s)*{_N}\s*(?:mm|cm)(?![²³23A-Za-z])"
    rf"|(?:角|angle)(?:约|为|of|\s)*{_N}\s*(?:mm|cm|HU|ml)\b|{_N}\s*(?:mm|cm|HU)\s*(?:次/分|bpm)"
    rf"|{_N}\s*(?:mn|mmm|ccm|nm|kg|km|MM²|m{{3,}})(?![A-Za-z])",
    re.IGNORECASE,
)


def wrong_unit(reading: Reading) -> Iterator[Hit]:
    """A unit of another quantity: a CT number in mm, a diameter in HU."""
    for section in DESCRIBED:
        for match in _WRONG_UNIT.finditer(reading.text(section)):
            yield at(match, section)


def _length_of(said: Said) -> float | None:
    """The largest extent of a finding in mm."""
    value, unit = said.mention.value, (said.mention.unit or "").lower()
    if value is None or unit not in _MM:
        return None
    return (max(value) if isinstance(value, tuple) else value) * _MM[unit]


def other_size(reading: Reading) -> Iterator[Hit]:
    """The impression gives a finding a size that findings do not give it."""
    known = [
        (s, mm) for s in reading.said(FINDINGS) if s.status is not Status.ABSENT and (mm := _length_of(s))
    ]
    for said in reading.said(IMPRESSION):
        size = _length_of(said)
        if re.search(
            r"[<＜≤>＞≥]|小于|大于|不足|以[上下]|less than|under|over|up to",
            reading.text(IMPRESSION)[said.start : said.end + 16],
            re.I,
        ):
            continue
        if size is None or said.status not in (Status.PRESENT, Status.UNCERTAIN):
            continue
        same = [
            mm
            for s, mm in known
            if alike(s.group, said.group)
            and (not s.organ or not said.organ or same_organ(s.organ, said.organ))
            and (not s.side or not said.side or s.side == said.side)
        ]
        if (
            same
            and all(abs(mm - size) > max(0.06 * mm, 0.6) for mm in same)
            and not _also_there(reading, size)
        ):
            yield Hit(IMPRESSION, said.start, said.end, {"size": f"{size:g} mm"})


def _also_there(reading: Reading, size: float) -> bool:
    lengths = [q.base for q in quantities_in(reading.text(FINDINGS)) if q.dimension == "length"]
    return any(abs(mm - size) <= max(0.06 * mm, 0.6) for mm in lengths)


_RANGE = re.compile(
    rf"(?<![\d.\-/LTCS])(?P<a>{_N})\s*(?:[～~]|至|—)\s*(?P<b>{_N})\s*(?:mm|cm|HU|ml|%|个|枚"
    rf"|毫米|厘米)",
    re.I,
)


def reversed_range(reading: Reading) -> Iterator[Hit]:
    """A range whose end is below its begin: 9～4 mm."""
    for section in DESCRIBED:
        for match in _RANGE.finditer(reading.text(section)):
            before = reading.text(section)[: match.start()]
            if float(match["a"]) > float(match["b"]) and not re.search(r"由|从|缩小|减|降|from", before[-8:]):
                yield at(match, section)


_TYPO = re.compile(
    r"\d+\.\.\d+|\d+\.\s\d+\s*(?:mm|cm)|\d+[，,]\d{1,2}\s*(?:mm|cm|ml"
    r"|HU)\b(?!.*[，,]\d+[，,])|(?<![\d.])0\d+(?:\.\d+)?\s*(?:mm|cm|ml)|\d+(?:mm|cm){2,}"
    r"|\d\s*[×xX*]\s*[×xX*]\s*\d|\d\s*[×]\s*(?=[。；，]|$)"
)


def number_typo(reading: Reading) -> Iterator[Hit]:
    """A number that is mistyped: 1..2 mm, 012 mm, 8 × mm."""
    for section in DESCRIBED:
        for match in _TYPO.finditer(reading.text(section)):
            yield at(match, section)


_LARGEST = re.compile(
    rf"(?:较大者|最大者|大者|最大(?:一枚|的)?|the largest"
    rf"|largest)[^\d。；;]{{0,14}}?(?P<n>{_N})\s*(?:{_TIMES}{_N}\s*)*(?P<u>mm|cm)",
    re.I,
)


def largest_is_not(reading: Reading) -> Iterator[Hit]:
    """The largest of several is smaller than another of the same sentence."""
    for section in DESCRIBED:
        text = reading.text(section)
        for match in _LARGEST.finditer(text):
            end = next(
                (text.find(c, match.end()) for c in "。；;\n" if text.find(c, match.end()) > 0), len(text)
            )
            start = max(text.rfind(c, 0, match.start()) for c in "。；;\n") + 1
            own = float(match["n"]) * _MM[match["u"].lower()]
            rest = text[start : match.start()] + " " + text[match.end() : end]
            if organs_in(text[match.end() : end]):
                continue
            others = [q.base for q in quantities_in(rest) if q.dimension == "length"]
            if any(mm > own * 1.2 for mm in others) and re.search(
                r"结节|囊肿|结石|淋巴结|nodul|cyst|stone|node", text[start:end], re.I
            ):
                yield at(match, section)


_CHANGE = re.compile(
    rf"(?:原|前片|既往|前次|此前)(?:大小|直径)?(?:约|为)*(?P<a>{_N})\s*(?P<u>mm|cm)[^。；]{{0,16}}?(?:现"
    rf"|目前|本次)(?:大小|直径)?(?:约|为)*(?P<b>{_N})\s*(?P<v>mm|cm)"
    rf"|(?:from|previously) (?P<c>{_N})\s*(?P<w>mm|cm)[^.;]{{0,20}}?(?:to|now) (?P<d>{_N})\s*(?P<x>mm|cm)",
    re.IGNORECASE,
)


def wrong_change(reading: Reading) -> Iterator[Hit]:
    """Said to have grown or shrunk, with sizes that say the contrary."""
    for section in DESCRIBED:
        text = reading.text(section)
        for match in _CHANGE.finditer(text):
            old = float(match["a"] or match["c"]) * _MM[(match["u"] or match["w"]).lower()]
            new = float(match["b"] or match["d"]) * _MM[(match["v"] or match["x"]).lower()]
            near = (
                re.split(r"[。；;\n]", text[match.end() :])[0]
                + re.split(r"[。；;\n]", text[: match.start()])[-1]
            )
            grown = re.search(r"增大|变大|长大|enlarg|increas|grown|larger", near, re.I)
            shrunk = re.search(r"缩小|变小|减小|decreas|smaller|shrunk|shrink", near, re.I)
            stable = re.search(r"无变化|相仿|稳定|同前|unchanged|stable", near, re.I)
            if (
                (grown and not shrunk and new < old)
                or (shrunk and not grown and new > old)
                or (stable and not grown and not shrunk and abs(new - old) > max(2.0, 0.3 * old))
            ):
                yield at(match, section)


RULES: dict[str, Rule] = {
    "Q-36": mixed_units,
    "Q-37": implausible_size,
    "Q-38": implausible_value,
    "Q-39": wrong_unit,
    "Q-40": other_size,
    "Q-41": largest_is_not,
    "Q-42": reversed_range,
    "Q-43": number_typo,
    "Q-72": wrong_change,
    "Q-78": tissue_density,
}
