"""Whether a word in a report is said to be there, absent or uncertain (ConText-like, clause by clause, zh and
en).

A negation ("未见", "no") reaches to the end of its clause, over "、" and "及"; pseudo-negations
("未见明显变化", "不除外") do not negate. A doubt ("考虑", "可能", "?") in the clause makes the word
uncertain; "性质待排" reaches one clause back.
"""

from __future__ import annotations

import re

from app.domain.finding import Presence

_CLAUSE_END = re.compile(r"[，,；;。\n！？!?]|\.(?=\s|$)|：|:")
_SENTENCE_END = re.compile(r"[；;。\n]|\.(?=\s|$)")
_TURN = re.compile(r"但|可见|伴有?|另见|另有|有(?!无)|\bbut\b|\bhowever\b|\bwith\b(?!out)", re.IGNORECASE)
_PSEUDO = re.compile(
    r"未见(?:明显|明确|显著)?(?:变化|改变)|无(?:明显|明确|显著)?(?:变化|改变)|(?:不|不能|尚不能|难以|无法|未|未能)(?:完全|明确)?(?:除外|排除)"
    r"|(?:建议|请|需|须|待|以)[^，。；]{0,8}?(?:除外|排除)|\bno (?:significant |interval )?change"
    r"|\bcannot be excluded|\bnot excluded",
    re.IGNORECASE,
)
_NEGATION = re.compile(
    r"未见|未发现|未及|未显示|未探及|无(?!创|线|法|名)|没有|否认|除外(?<!不除外)|排除(?<!待排除)"
    r"|\bno\b|\bwithout\b|\bnegative for\b|\bfree of\b|\babsence of\b|\bnot (?:seen|identified|present)\b",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"缺如(?!不)|未见显示"
    r"|\bis absent|\bare absent|\bhas resolved|\bnot (?:seen|identified)|\b(?:is|was|are|were"
    r"|has been) (?:excluded|ruled out)",
    re.IGNORECASE,
)
_GONE = re.compile(r"消失|(?:已|完全|全部)吸收")
# between the word and "gone": only partly or not yet gone; another finding's state; a structure that the
# finding effaces
_NOT_GONE = re.compile(
    r"(?:未|没有|不|未见|未能|不能)(?:已|完全|全部|明显|明确)*$|(?:部分|大部|基本|几乎|近乎)(?:已|均)*$|[致使伴并且而仍增]|但|可见|累及|侵犯|压迫|包绕"
    r"|与(?!前|上次|旧|既往)|(?<=.)、(?!.*[均都])"
    r"|(?:间隙|纹理|边界|界限|界面|分界|轮廓|曲度|结构|脂肪|皮质|脑沟|脑池|脑室|流空|信号)(?:已|均|完全|全部)*$"
)
_RESECTED = re.compile(r"(?:切除|摘除)术?后")
_BACK_AGAIN = re.compile(r"复发|残留|残余|残存")
_DOUBT = re.compile(
    r"考虑|可能|疑(?!似?病)|待排|待查|除外待|倾向|\?|？|(?:不|不能|尚不能|难以|无法|未|未能)(?:完全|明确)?(?:除外|排除)"
    r"|(?:建议|请|需|须|待|以)[^，。；]{0,8}?(?:除外|排除)"
    r"|\bpossibl[ey]\b|\bprobabl[ey]\b|\bsuspicious\b|\bsuspected\b|\bcannot be excluded"
    r"|\bmay represent\b|\blikely\b"
    r"|\b(?:cannot|to|not) exclude\b|\brule out\b|\bnot excluded\b",
    re.IGNORECASE,
)
_DOUBT_BACK = re.compile(r"^\s*(?:性质|建议)?[^，。；]{0,6}(?:待排|待查|待定|不除外|不能除外|可能)")


def presence_of(text: str, start: int, end: int) -> Presence:
    """What the clause around [`start`, `end`) says of the word there."""
    left = max((m.end() for m in _CLAUSE_END.finditer(text, 0, start)), default=0)
    stop = _CLAUSE_END.search(text, end)
    right = stop.start() if stop else len(text)
    before, after = text[left:start], text[end:right]
    negated = _negated_before(before) or bool(_AFTER.search(after)) or _gone(after)
    if not negated and (resected := _RESECTED.search(after)):
        return _after_resection(text, end + resected.end(), doubted=bool(_DOUBT.search(before)))
    rest = text[right + 1 :] if stop and stop.group() in "，," else ""
    if not negated and (
        _DOUBT.search(before + after) or (stop and stop.group() in "?？") or _DOUBT_BACK.match(rest)
    ):
        return Presence.UNCERTAIN
    return Presence.ABSENT if negated else Presence.PRESENT


def _negated_before(before: str) -> bool:
    plain = _PSEUDO.sub(lambda m: "　" * len(m.group()), before)
    found = list(_NEGATION.finditer(plain))
    return bool(found) and not _TURN.search(plain, found[-1].end())


def _gone(after: str) -> bool:
    return any(not _NOT_GONE.search(after[: found.start()]) for found in _GONE.finditer(after))


def _after_resection(text: str, at: int, *, doubted: bool) -> Presence:
    """What was cut out is absent, unless the rest of the sentence says that it came back or that some of it
    is left.
    """
    stop = _SENTENCE_END.search(text, at)
    state = Presence.ABSENT
    for clause in re.split(r"[，,：:！!]", text[at : stop.start() if stop else len(text)]):
        if any(not _negated_before(clause[: found.start()]) for found in _BACK_AGAIN.finditer(clause)):
            if not doubted and not _DOUBT.search(clause):
                return Presence.PRESENT
            state = Presence.UNCERTAIN
    return state
