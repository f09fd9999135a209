"""A text as a row of tokens: of all ways to part it, the one with the fewest unknown characters and words.

A greedy longest match would read 肋骨 + 折 in 肋骨折, and 动脉瘤夹 + 闭术后 in 动脉瘤夹闭术后.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache

from app.mentions.characters import Folded, has_han, is_latin
from app.mentions.cues import cue_table, cues
from app.mentions.lexicon import Entry, Lexicon
from app.mentions.matching import Strings
from app.mentions.model import Named
from app.mentions.suffixes import is_finding_word, with_suffixes
from app.mentions.tokens import Token
from app.mentions.words import words

_MARKS = {
    ",": "comma", ":": "colon", "(": "open", ")": "close", ";": "stop", "。": "stop", "!": "stop",
    "?": "ask", "\n": "line", "【": "label", "】": "labelled",
}  # fmt: skip
_NUMBER = r"\d+(?:\.\d+)?"
_UNIT = r"(?:mm|cm|ml|hu|suv|毫米|厘米|公分|毫升|°|%|度)(?![a-wyz])"
_QUANTITY = re.compile(
    rf"(?:suv(?:max|mean|peak|bw)?\s*(?:of|about|约为|约|为|值|=|:)*\s*{_NUMBER})"
    rf"|-?{_NUMBER}\s*(?:{_UNIT})?(?:\s*(?:[x*~]|-|至|到|\bto\b)\s*{_NUMBER}\s*(?:{_UNIT})?){{0,9}}"
    r"(?:\s*左右)?"
)
#: a number of a list: ①, 1. 1、 (1) 1)
_DATE = re.compile(r"(?:19|20)\d\d年(?:\d{1,2}月)?(?:\d{1,2}日)?|\b(?:in|of|from)\s(?:19|20)\d\d\b")
#: what a number of a list, or a date, may begin with besides a digit
_NUMERALS = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫(一二三四五六七八九十iof"
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫"
#: such a number within a line
_BRACKETED = re.compile(r"\([1-9]\)(?=[㐀-鿿])")
_NUMBERED = re.compile(r"\d{1,2}\)\s(?=[a-z])")
_LISTED = re.compile(r"[①-⑳]|\(?\d{1,2}(?:[、)]|\.(?!\d))\s*|[一二三四五六七八九十]、")
#: the answer of a form, behind its colon or name: "fracture: no", 骨折 ×, "( ) yes (x) no"
_END = r"(?=\s*(?:[;,。)\n]|\.(?!\d)|$)| [㐀-鿿a-z][㐀-鿿a-z -]{1,30}:)"
_ANSWER = re.compile(
    r"(?:[xn-]|no|none|nil|absent|否|无|0\s*(?:[个枚处条%]|mm|cm|ml)|\([x√✓]\)\s*(?:no|无|否|none|absent))"
    + _END
)
#: boxes behind their answers: "yes ( ) no (x)"
_TICKED_NO = re.compile(r"(?:no|none|absent|无|否)\s*(?:\([x√✓]\)|☑|■)")
_BLANK_YES = re.compile(
    r"(?:yes|no|present|absent|有|无|是|否)\s*(?:\( ?\)|[□☐])(?=\s*(?:[,;/]|yes|no|有|无|是|否|$))"
)
_COMMA = frozenset({"comma"})
_NEXT_FIELD = re.compile(r" [㐀-鿿a-z][㐀-鿿a-z /-]{1,30}:")
_ANSWERED = re.compile(r":[^:,;。\n]{1,15}\Z")
_ANSWERS = frozenset("xnayp-否无有是0(□☐")
_LEFT_BLANK = re.compile(
    r"(?:\( ?\)|[□☐])(?:\s*(?:yes|no|有|无|是|否|present|absent|阳性|阴性)(?![a-z])(?!明显|确切|明确))?"
)
#: what an unknown character, an unknown word, a known one costs; long ones are a little cheaper
_UNKNOWN, _KNOWN, _BONUS = 1.0, 0.5, 0.0005
#: a cue that begins with the name of a finding and goes on as a cue (内固定 + 术后)
_HOLDS_NAME = 1.2
_LONGEST_BONUS = 12
#: letters of a word; what is longer is parted
_LONGEST_WORD = 80
#: of two ways that cost the same, the one with a finding
_FINDING = 0.02


@cache
def _sides() -> Strings[str]:
    table = {word: side for side, listed in words()["sides"].items() for word in listed}
    return Strings({key.lower(): value for key, value in table.items()})


def tokenise(folded: Folded, lexicon: Lexicon, given: Sequence[Named] = ()) -> list[Token]:
    """The tokens of a text in order; `given` names stand whatever the lexicon says of their place."""
    text = folded.text
    fixed = {folded.at(n.start): n for n in given}
    taken = {at: max(at + 1, folded.at(n.end)) for at, n in fixed.items()}
    cost = [0.0, *[float("inf")] * len(text)]
    came: list[Token | None] = [None] * (len(text) + 1)
    starts = sorted(fixed)
    limit_at = 0
    for at in range(len(text)):
        if cost[at] == float("inf"):
            continue
        while limit_at < len(starts) and starts[limit_at] <= at:
            limit_at += 1
        limit = starts[limit_at] if limit_at < len(starts) else len(text)
        for token, price in _candidates(folded, at, lexicon, fixed, taken):
            end = token.end if at in fixed or token.end <= limit else limit
            if cost[at] + price < cost[end]:
                cost[end] = cost[at] + price
                came[end] = token if end == token.end else Token(at, end, text[at:end])
    return with_suffixes(_way_back(came, len(text)), folded)


def _way_back(came: Sequence[Token | None], end: int) -> Iterator[Token]:
    way: list[Token] = []
    while end:
        token = came[end]
        assert token is not None
        if token.text != " " or token.kinds:
            way.append(token)
        end = token.start
    return reversed(way)


def _candidates(
    folded: Folded, at: int, lexicon: Lexicon, fixed: Mapping[int, Named], taken: Mapping[int, int]
) -> Iterator[tuple[Token, float]]:
    """What can begin at a place, with its price."""
    text = folded.text
    if at in fixed:
        yield Token(at, taken[at], text[at : taken[at]], frozenset(), None, fixed[at]), 0.0
        return
    if text[at] == " ":
        yield Token(at, at + 1, " ", _COMMA if _parts_fields(text, at) else frozenset()), 0.0
        return
    if sure := _answer(text, at) or _certain(text, at):
        yield sure, 0.0
        return
    yield from _known(folded, at, lexicon)
    if (quantity := _quantity(text, at)) is not None:
        token = Token(at, quantity.end(), quantity.group(), frozenset({"quantity"}))
        yield token, _KNOWN - _BONUS * len(token.text) ** 2
    if (mark := _mark(text, at)) is not None:
        yield Token(at, at + 1, text[at], frozenset({mark})), 0.0
        return
    end = _word_end(text, at)
    word = text[at:end]
    entry = Entry(None, True) if is_finding_word(word) else lexicon.misspelt(word)
    yield Token(at, end, word, frozenset(), entry), _UNKNOWN


def _parts_fields(text: str, at: int) -> bool:
    """Whether a space stands between two fields of a form (气胸：无 骨折：无)."""
    return _NEXT_FIELD.match(text, at) is not None and _ANSWERED.search(text, max(0, at - 16), at) is not None


def _answer(text: str, at: int) -> Token | None:
    """What a form says of a name: an answer of no behind it; a box left blank says nothing."""
    if text[at] not in _ANSWERS:
        return None
    if blank := _LEFT_BLANK.match(text, at):
        answers = blank.group()[-1] not in "□☐)"
        return Token(at, blank.end(), blank.group(), frozenset({"filler" if answers else "blank"}))
    before = text[max(0, at - 2) : at].rstrip(" ")[-1:]
    if not text[at - 1 : at].isalpha() or has_han(before):
        if ticked := _TICKED_NO.match(text, at):
            return Token(at, ticked.end(), ticked.group(), frozenset({"denied"}))
        if blank := _BLANK_YES.match(text, at):
            return Token(at, blank.end(), blank.group(), frozenset({"filler"}))
    if text.startswith("(x)", at) and not has_han(before) and not _ANSWER.match(text, at):
        return Token(at, at + 3, "(x)", frozenset({"ticked"}))
    told = before == ":" or (before == "-" and text[at] not in "x-")
    if text[at] != "(" and not told and not (text[at] in "x否" and has_han(before)):
        return None
    found = _ANSWER.match(text, at)
    return Token(at, found.end(), found.group(), frozenset({"denied"})) if found else None


def _certain(text: str, at: int) -> Token | None:
    """The number of a list, a date."""
    if not (text[at].isdigit() or text[at] in _NUMERALS):
        return None
    before = text[max(0, at - 2) : at].rstrip(" ")[-1:]  # two spaces never stand together
    starts = not before or before in "\n;。.:" or text[at] in _CIRCLED
    spaced = text[at - 1 : at] == " " and has_han(before)
    listed = _LISTED.match(text, at) if starts or spaced else _BRACKETED.match(text, at)
    if listed is None and text[at - 1 : at] == " ":
        listed = _NUMBERED.match(text, at)
    if listed is not None:
        return Token(at, listed.end(), listed.group(), frozenset({"listed"}))
    if dated := _DATE.match(text, at):
        return Token(at, dated.end(), dated.group(), frozenset({"dated"}))
    return None


def _known(folded: Folded, at: int, lexicon: Lexicon) -> Iterator[tuple[Token, float]]:
    """Names, cues and sides that begin here; of one length they are one token."""
    text = folded.text
    names = {
        end: entry
        for end, entry in lexicon.names.all_at(text, at)
        if not entry.exact or _capitals(folded, at, end)
    }
    kinds, sides = dict(cues().all_at(text, at)), dict(_sides().all_at(text, at))
    findings = [end for end, entry in names.items() if entry.finding]
    for end in {*names, *kinds, *sides}:
        token = Token(
            at, end, text[at:end], kinds.get(end, frozenset()), names.get(end), None, sides.get(end)
        )
        if (mark := _MARKS.get(token.text)) is not None:
            token = replace(token, kinds=token.kinds | {mark})
        holds = not token.is_term and any(e < end and text[e:end] in cue_table() for e in findings)
        price = (_HOLDS_NAME if holds else _KNOWN) - _BONUS * min(end - at, _LONGEST_BONUS) ** 2
        if token.is_term and end - at > 1:
            price -= _FINDING
        yield token, -_BONUS if text[at] in _MARKS else price


def _word_end(text: str, at: int) -> int:
    end = at + 1
    if is_latin(text[at]):
        while end < min(len(text), at + _LONGEST_WORD) and (
            is_latin(text[end]) or (text[end] in "-'" and end + 1 < len(text) and is_latin(text[end + 1]))
        ):
            end += 1
    return end


def _quantity(text: str, at: int) -> re.Match[str] | None:
    if not (text[at].isdigit() or text[at] in "-s") or (
        at and (is_latin(text[at - 1]) or text[at - 1] == ".")
    ):
        return None
    return _QUANTITY.match(text, at)


def _capitals(folded: Folded, start: int, end: int) -> bool:
    first, last = folded.span(start, end)
    written = folded.source[first:last]
    return written.upper() == written or (written[:-1].isupper() and written[-1] == "s")


def _mark(text: str, at: int) -> str | None:
    if text[at] == ".":
        following = text[at + 1 : at + 2]
        return "stop" if not following or following.isspace() or has_han(following) else None
    return _MARKS.get(text[at])
