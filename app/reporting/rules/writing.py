"""Rules of writing: gaps, left-overs of templates, repeated or broken sentences, days."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from app.reporting.rules.hits import (
    DESCRIBED,
    FINDINGS,
    HISTORY,
    IMPRESSION,
    TECHNIQUE,
    WRITTEN,
    Hit,
    Rule,
    at,
    of_clause,
    search,
)
from app.reporting.rules.reading import Reading

_GAP = re.compile(
    r"\[\s*(?:_*|[.．…·\s]+|[^\[\]\d]{1,16}?)\s*\](?!\()|\{\{.*?\}\}|\{[^{}\n]{1,40}\}"
    r"|<<[^<>\n]{0,40}>>|<(?!\s*\d)[A-Za-z㐀-鿿 _]{1,24}>|＜[^＞\d]{1,16}＞"
    r"|【\s*[^】]{0,16}(?:填|选|部位|大小|描述|内容|名称)[^】]{0,8}】"
    r"|_{2,}\s*(?:mm|cm|HU|ml|mL|%)?|[×✕╳]{2,}"
    r"|(?<![A-Za-z0-9])[Xx]{2,}(?![A-Za-z0-9])(?:\s*(?:mm|cm|ml|HU"
    r"|%))?(?:\s*[×x*]\s*[Xx]{2,}(?:\s*(?:mm|cm))?)?"
    r"|(?<![A-Za-z0-9])X(?:\s*[×x*]\s*X)+(?:\s*(?:mm|cm))?"
    r"|(?:约|为|大小|直径|measuring|measures|about)\s*(?:[×x*]\s*)?(?:mm|cm|HU)(?![A-Za-z])"
    r"|[?？]{2,}|\*{2,}|#{2,}|…{2,}|\.{4,}|〇{2,}|○{2,}|□|☐|◻|[○●](?=\s*(?:mm|cm|岁|年|月))"
    r"|\$\{?\w+\}?|%[a-zA-Z_]+%|&[a-z]+;"
    r"|(?<![A-Za-z])(?:TBD|TBC|TODO|FIXME|XXX|N\.?N\.?|lorem ipsum|to be (?:determined"
    r"|completed|dictated|filled|added)|fill in|insert(?: text)? here|placeholder"
    r"|not yet dictated)(?![A-Za-z])|<UNK>|\bnan\b|\bNaN\b|\bNULL\b|\bundefined\b"
    r"|[?？]\s*(?:mm|cm|HU|ml|%|个|枚|毫米|厘米)|〔[^〕]*〕|(?:此处|在此|这里)描述"
    r"|\b(?:impression|findings|report|dictation) (?:is |are )?pending\b|待(?:填|补充|补"
    r"|录入|完善|写)|(?:此处|在此|请)(?:填写|输入|补充|录入|插入)|未填"
    r"|(?:待|需)(?:定稿|修改)|（\s*）"
    r"|\(\s*\)|“\s*”|某(?:侧|叶|处|段|部位|年|月)(?!肿)",
    re.IGNORECASE,
)
_NO_GAP = re.compile(r"^\[\s*(?:18F|68Ga|\d|AI|sic|图|Fig)", re.I)


def gap(reading: Reading) -> Iterator[Hit]:
    """A place of a template that was not filled, in any form."""
    for hit in search(reading, _GAP, WRITTEN):
        text = reading.text(hit.section)[hit.start : hit.end]
        if not _NO_GAP.match(text):
            yield hit


_CHOICE = re.compile(
    r"(?<![㐀-鿿])?(?:左侧?/右侧?|右侧?/左侧?|左／右|有/无|无/有|是/否|增大/缩小|清/不清|清楚/不清楚?"
    r"|规则/不规则|光滑/毛糙|正常/异常"
    r"|存在/缺如|阴性/阳性|阳性/阴性|未见/可见|可见/未见|单发/多发|轻/中/重(?:度)?"
    r"|轻度/中度/重度|上/中/下(?:叶)?|均匀/不均匀?)"
    r"|\b(?:left/right|right/left|yes/no|is/is not|are/are not|present/absent"
    r"|absent/present|normal/abnormal|mild/moderate/severe|increased/decreased"
    r"|positive/negative|well-?/ill-?defined|smooth/irregular|solid/cystic"
    r"|upper/middle/lower|male/female|he/she|his/her)\b"
    r"|\[[^\[\]\n]{1,24}(?:/|\||｜)[^\[\]\n]{1,40}\]|\(\s*(?:left|right"
    r"|L)\s*/\s*(?:right|left|R)\s*\)|（\s*左\s*[/、]\s*右\s*）",
    re.IGNORECASE,
)


def choice(reading: Reading) -> Iterator[Hit]:
    """Choices of a template that nobody made: left/right, 有/无."""
    yield from search(reading, _CHOICE, WRITTEN)


_LEFT_OVER = re.compile(
    r"模板|示例|样例|例如：?$|(?:请|需)(?:选择|删除|修改|根据(?:实际"
    r"|情况))(?:[^，。]{0,12})|删除(?:不(?:适用|需要)|此)"
    r"|测试(?:报告|文本|数据)|复制(?:粘贴)?自"
    r"|\b(?:delete|remove) (?:if|as|when) (?:not )?(?:applicable|appropriate|needed)\b"
    r"|\bselect one\b|\bchoose (?:one|from)\b|\bsample (?:text|report)\b|\bdummy\b"
    r"|\btest report\b|\btemplate\b|\bmacro\b|\bdictated but not read\b"
    r"|\bsee template\b|\benter (?:text|findings|value)\b|\bcopy (?:from|forward)\b",
    re.IGNORECASE,
)


def left_over(reading: Reading) -> Iterator[Hit]:
    """Words that a template says to its author."""
    yield from search(reading, _LEFT_OVER, WRITTEN)


def repeated(reading: Reading) -> Iterator[Hit]:
    """The same sentence twice in one section."""
    for section in DESCRIBED:
        text, seen = reading.text(section), set()
        for match in re.finditer(r"[^。；;\n]+?(?:[。；;\n]|\.(?=\s|$)|$)", text):
            words = re.sub(r"^\s*(?:\d{1,2}[.、)])?\s*|[。；;.\s]+$", "", match.group())
            if len(words) >= 8 and words.lower() in seen:
                yield at(match, section)
            seen.add(words.lower())


_DOUBLED = re.compile(
    r"(?P<w>未见|可见|考虑|建议|明显|异常|结节|大小约|直径约|双侧|左侧|右侧|肺|肝|肾|增大"
    r"|的|见)(?P=w)(?!\w*淋巴)|未见未|不不"
    r"|无无|[，,。；;、]{2,}(?!\.)|[，、；]。|\b(?P<e>the|of|is|in|and|with|no|a|an|there|to"
    r"|are)\s+(?P=e)\b",
    re.IGNORECASE,
)


def doubled(reading: Reading) -> Iterator[Hit]:
    """A word or mark written twice."""
    yield from search(reading, _DOUBLED, WRITTEN)


_PAIRS = {"）": "（", ")": "(", "】": "【", "]": "[", "》": "《"}


def unpaired(reading: Reading) -> Iterator[Hit]:
    """A bracket that is not closed, or was not opened."""
    for section in DESCRIBED:
        text, opened = reading.text(section), []
        for place, char in enumerate(text):
            if char in _PAIRS.values():
                opened.append((char, place))
            elif char in _PAIRS:
                if opened and opened[-1][0] in (_PAIRS[char], "（", "("):
                    opened.pop()
                elif not re.match(
                    r"[（(]?[\dA-Za-z一二三四五六]{1,2}$", text[max(0, place - 2) : place].strip("。；\n ")
                ):
                    yield Hit(section, place, place + 1)
        for _, place in opened:
            yield Hit(section, place, place + 1)


def unfinished(reading: Reading) -> Iterator[Hit]:
    """A section that ends in the middle of a sentence."""
    for section in DESCRIBED:
        text = reading.text(section).rstrip()
        match = re.search(
            r"(?:[，、：,:（(]|大小约|直径约|考虑|可见|位于|以及|及|和|\b(?:the|of|with|and"
            r"|measuring|in|a))$",
            text,
            re.I,
        )
        if match and text:
            yield at(match, section)


def numbering(reading: Reading) -> Iterator[Hit]:
    """Numbers of a list that skip or repeat."""
    text = reading.text(IMPRESSION)
    found = list(re.finditer(r"(?:(?<=^)|(?<=[\n。；; ]))(\d{1,2})[.、．)）](?=\s*\D)", text))
    numbers = [int(m[1]) for m in found]
    if len(numbers) >= 2 and numbers[0] == 1:
        for before, match in zip(numbers, found[1:], strict=False):
            if int(match[1]) != before + 1:
                yield at(match, IMPRESSION)
                return


_NONE_SAID = re.compile(
    r"^(?:无|略|同上|同前|见上|见报告|如上|none|n/?a|nil|see above|as above|same|-+|—+|/+|\.+|。+|ok"
    r"|test|测试|正常)[。.]?$",
    re.I,
)


def nothing_said(reading: Reading) -> Iterator[Hit]:
    """A section that holds a word that says nothing."""
    for section in DESCRIBED:
        text = reading.text(section).strip()
        if text and (_NONE_SAID.match(text) or not re.search(r"[㐀-鿿A-Za-z]", text)):
            yield Hit(section, 0, len(reading.text(section)))


_MONTHS = {
    name: n
    for n, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]*\.?"
_DAYS = re.compile(
    rf"(?<!\d)(?P<y1>(?:19|20)\d\d)\s*(?:-|/|\.|年)\s*(?P<m1>\d{{1,2}})(?:\s*(?:-|/|\."
    rf"|月)\s*(?P<d1>\d{{1,2}})(?!\d))?(?!\d*\s*(?:mm|cm))"
    rf"|\b(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\s+(?P<m2>{_MONTH})\s*,?\s*(?P<y2>(?:19"
    rf"|20)\d\d)\b|\b(?P<m3>{_MONTH})\s+(?P<d3>\d{{1,2}})(?:st|nd|rd"
    rf"|th)?,?\s+(?P<y3>(?:19|20)\d\d)\b"
    rf"|\b(?P<m4>{_MONTH})\s+(?P<y4>(?:19|20)\d\d)\b"
    rf"|\b(?P<a5>\d{{1,2}})/(?P<b5>\d{{1,2}})/(?P<y5>(?:19|20)\d\d)\b"
    rf"|(?<![\d年])(?P<m6>\d{{1,2}})月(?P<d6>\d{{1,2}})[日号]",
    re.IGNORECASE,
)
_AHEAD = re.compile(
    r"建议|复查|随访|预约|计划|\bfollow|\bscheduled\b|\bplanned\b|\bdue\b|\brecommend|\brepeat\b", re.I
)


def _read_day(match: re.Match[str], year: int | None) -> tuple[int, int, int | None] | None:
    """(year, month, day or None) that a match says."""
    g = match.groupdict()
    if g["y1"]:
        return int(g["y1"]), int(g["m1"]), int(g["d1"]) if g["d1"] else None
    if g["y2"]:
        return int(g["y2"]), _MONTHS[g["m2"][:3].lower()], int(g["d2"])
    if g["y3"]:
        return int(g["y3"]), _MONTHS[g["m3"][:3].lower()], int(g["d3"])
    if g["y4"]:
        return int(g["y4"]), _MONTHS[g["m4"][:3].lower()], None
    if g["y5"]:
        a, b = int(g["a5"]), int(g["b5"])
        return (int(g["y5"]), a, b) if a <= 12 else (int(g["y5"]), b, a)
    return (year, int(g["m6"]), int(g["d6"])) if year is not None else (2000, int(g["m6"]), int(g["d6"]))


def _days(reading: Reading) -> Iterator[tuple[Hit, tuple[int, int, int | None], bool]]:
    at_ = reading.report.header.study_at
    for section in (HISTORY, TECHNIQUE, *DESCRIBED):
        text = reading.text(section)
        for match in _DAYS.finditer(text):
            day = _read_day(match, at_.year if at_ else None)
            if day is not None:
                start = max(text.rfind(c, 0, match.start()) for c in "。；;\n") + 1
                ahead = bool(_AHEAD.search(text[start : match.start()] + text[match.end() : match.end() + 6]))
                yield at(match, section), day, ahead


def no_such_day(reading: Reading) -> Iterator[Hit]:
    """A day that the calendar has not."""
    for hit, (year, month, day), _ in _days(reading):
        try:
            date(year, month, day or 1)
        except ValueError:
            yield hit


def future_day(reading: Reading) -> Iterator[Hit]:
    """A day after the examination, that is not one of a follow-up."""
    moment = reading.report.header.study_at
    if moment is None:
        return
    for hit, (year, month, day), ahead in _days(reading):
        if ahead or not 1 <= month <= 12:
            continue
        try:
            said = date(year, month, day or 1)
        except ValueError:
            continue
        if said > moment.date() and reading.text(hit.section)[hit.start : hit.end][:1] != "月":
            text = reading.text(hit.section)[hit.start : hit.end]
            if not re.match(r"\d{1,2}月", text):  # without a year it is the last one
                yield Hit(hit.section, hit.start, hit.end, {"study": moment.date().isoformat()})


_COMPARED = re.compile(
    r"(?:与|对比|较|比较)(?:前|旧|原|上次|外院|既往)|较前(?:片)?|同前|\bcompared (?:with"
    r"|to) (?:the )?(?:prior|previous)|\bsince (?:the )?(?:prior|previous)"
    r"|\bunchanged\b|\binterval\b",
    re.I,
)


def comparison_without_day(reading: Reading) -> Iterator[Hit]:
    """A comparison that does not say with which examination."""
    text = "\n".join(reading.text(s) for s in (HISTORY, TECHNIQUE, *DESCRIBED))
    if _DAYS.search(text) or re.search(
        r"\d+\s*(?:天|日|周|月|年)前|\d+ (?:days?|weeks?|months?|years?) (?:ago|earlier)", text, re.I
    ):
        return
    match = _COMPARED.search(reading.text(FINDINGS))
    if match:
        yield at(match, FINDINGS)


_FIGURE = re.compile(
    r"(?:见|如|参见)?图\s*(?P<n>\d{1,2})(?!\s*(?:mm|cm|%))|\bFig(?:ure"
    r"|\.)?s?\s*(?P<m>\d{1,2})\b",
    re.I,
)


def no_such_figure(reading: Reading) -> Iterator[Hit]:
    """A figure that the report has not."""
    for section in DESCRIBED:
        for match in _FIGURE.finditer(reading.text(section)):
            if int(match["n"] or match["m"]) > len(reading.report.key_images):
                yield at(match, section)


def advice_only(reading: Reading) -> Iterator[Hit]:
    """An impression that advises and concludes nothing."""
    clauses = [c for c in reading.of(IMPRESSION) if re.search(r"[㐀-鿿A-Za-z]", c.text)]
    if clauses and all(c.advice for c in clauses):
        yield of_clause(clauses[0])


RULES: dict[str, Rule] = {
    "Q-54": gap,
    "Q-55": choice,
    "Q-56": left_over,
    "Q-57": repeated,
    "Q-58": future_day,
    "Q-59": comparison_without_day,
    "Q-61": no_such_day,
    "Q-70": no_such_figure,
    "Q-71": doubled,
    "Q-73": unpaired,
    "Q-74": numbering,
    "Q-85": unfinished,
    "Q-86": nothing_said,
    "Q-87": advice_only,
}
