"""A text as a row of tokens: names, cues, places, sides, quantities, marks, and what is none of these."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from app.mentions.characters import Folded, has_han, is_latin
from app.mentions.cues import cue_table, cues
from app.mentions.lexicon import Entry, Lexicon
from app.mentions.matching import Longest
from app.mentions.model import Named
from app.mentions.words import words

_MARKS = {
    ",": "comma", ":": "colon", "(": "open", ")": "close", ";": "stop", "。": "stop", "!": "stop",
    "?": "ask", "\n": "line", "【": "label", "】": "labelled",
}  # fmt: skip
_NUMBER = r"\d+(?:\.\d+)?"
_UNIT = r"(?:mm|cm|ml|hu|suv|毫米|厘米|公分|毫升|°|%|度)(?![a-wyz])"
_QUANTITY = re.compile(
    rf"(?:suv(?:max|mean|peak|bw)?\s*(?:of|about|约为|约|为|值|=|:)*\s*{_NUMBER})"
    rf"|-?{_NUMBER}\s*(?:{_UNIT})?(?:\s*(?:[x*~]|-|至|到|\bto\b)\s*{_NUMBER}\s*(?:{_UNIT})?)*"
)
#: a number of a list: ①, 1. 1、 (1) 1)
_DATE = re.compile(r"(?:19|20)\d\d年(?:\d{1,2}月)?(?:\d{1,2}日)?|\b(?:in|of|from)\s(?:19|20)\d\d\b")
_LISTED = re.compile(r"[①-⑳]|\(?\d{1,2}(?:[、)]|\.(?!\d))\s*|[一二三四五六七八九十]、")
#: Chinese and English words that end as names of diseases and operations do
_SUFFIX_ZH = re.compile(
    r"瘤|癌|炎|疝|结石|积液|积气|积血|血肿|水肿|脓肿|囊肿|肿大|增厚|增粗|增宽|扩张|狭窄|闭塞|梗死|梗塞|骨折|脱位|撕裂|破裂|断裂"
    r"|损伤|畸形|峡部裂|发育不良|[片点条索网团块节粒斑絮]状影|[一-鿿]灶|综合征|病(?![史人情例程房区毒变灶理])|坏死|硬化|钙化|骨化|变性|萎缩|肥大|穿孔|套叠|瘘|栓塞|血栓|反流|侵犯|受累|粘连|侵蚀"
    r"|(?:切除|置换|成形|吻合|搭桥|造瘘|修补|固定|植入|移植|融合|根治)术"
)
_SUFFIX_EN = re.compile(
    r"[a-z]+(?:itis|itides|omas?|omata|osis|oses|iasis|megaly|ectasis|ectas[ie]a|stenosis|malacia|rrhage|ectomy|ectomies"
    r"|plasty|otomy|ostomy|cele|cytoma|penia|pathy|philia|lithiasis|thorax|trophy|plasia|edema)\b"
)
_NO_FINDING = frozenset(
    [
        "diagnosis",
        "prognosis",
        "stoma",
        "soma",
        "osmosis",
        "dosis",
        "hypnosis",
        "apathy",
        "empathy",
        "atrophy",
        "biopsy",
    ]
)


@dataclass(frozen=True, slots=True, eq=False)
class Token:
    """A stretch of the folded text with what it can be; `entry` or `named` where it names something."""

    start: int
    end: int
    text: str
    kinds: frozenset[str] = frozenset()
    entry: Entry | None = None
    named: Named | None = None
    side: str | None = None
    inner: list[list[Token]] = field(default_factory=list)

    @property
    def is_term(self) -> bool:
        """Whether it names a finding."""
        return self.named is not None or (self.entry is not None and self.entry.finding)

    @property
    def is_place(self) -> bool:
        """Whether it names a place."""
        return self.entry is not None and not self.entry.finding

    def any_of(self, *kinds: str) -> bool:
        """Whether it can be one of the kinds."""
        return not self.kinds.isdisjoint(kinds)


@cache
def _sides() -> Longest[str]:
    table = {word: side for side, listed in words()["sides"].items() for word in listed}
    return Longest({key.lower(): value for key, value in table.items()})


def tokenise(folded: Folded, lexicon: Lexicon, given: Sequence[Named] = ()) -> list[Token]:
    """The tokens of a text in order; `given` names stand whatever the lexicon says of their place."""
    fixed = {folded.at(n.start): n for n in given}
    made = list(_tokens(folded, lexicon, fixed))
    return _with_suffixes(made, folded)


def _tokens(folded: Folded, lexicon: Lexicon, fixed: Mapping[int, Named]) -> Iterator[Token]:
    text, at = folded.text, 0
    limits = [*sorted(fixed), len(text)]
    while at < len(text):
        while limits[0] <= at and len(limits) > 1 and limits[0] != at:
            limits.pop(0)
        if (named := fixed.get(at)) is not None:
            end = max(at + 1, folded.at(named.end))
            yield Token(at, end, text[at:end], frozenset(), None, named)
        elif text[at] == " ":
            at += 1
            continue
        else:
            limit = next((n for n in limits if n > at), len(text))
            token = _one(folded, at, lexicon)
            if token.end > limit:
                token = Token(at, limit, text[at:limit])
            yield token
            end = token.end
        at = end


def _one(folded: Folded, at: int, lexicon: Lexicon) -> Token:
    """The longest thing that begins here; of a name and a cue of one length the token is both."""
    text = folded.text
    starts_line = not text[:at].rstrip(" ") or text[:at].rstrip(" ")[-1] in "\n;。.:"
    if starts_line and (listed := _LISTED.match(text, at)):
        return Token(at, listed.end(), listed.group(), frozenset({"listed"}))
    if dated := _DATE.match(text, at):
        return Token(at, dated.end(), dated.group(), frozenset({"dated"}))
    name = lexicon.names.at(text, at)
    if name is not None and name[1].exact and not _capitals(folded, at, name[0]):
        name = None
    cue, side = cues().at(text, at), _sides().at(text, at)
    ends = [found[0] for found in (name, cue, side) if found is not None]
    end = max(ends, default=at)
    if (quantity := _quantity(text, at)) and quantity.end() > end:
        return Token(at, quantity.end(), quantity.group(), frozenset({"quantity"}))
    if name and name[1].finding and cue and cue[0] > name[0] and cue_table().get(text[name[0] : cue[0]]):
        end, cue = name[0], None
    elif end > at and (cut := _overlapped(text, at, end, lexicon)) is not None:
        words = text[at:cut]
        return Token(
            at,
            cut,
            words,
            cue_table().get(words, frozenset()),
            lexicon.names.exactly(words),
            None,
            _sides().exactly(words),
        )
    if end > at:
        return Token(
            at,
            end,
            text[at:end],
            cue[1] if cue and cue[0] == end else frozenset(),
            name[1] if name and name[0] == end else None,
            None,
            side[1] if side and side[0] == end else None,
        )
    if (mark := _mark(text, at)) is not None:
        return Token(at, at + 1, text[at], frozenset({mark}))
    end = at + 1
    if is_latin(text[at]):
        while end < len(text) and (
            is_latin(text[end]) or (text[end] in "-'" and end + 1 < len(text) and is_latin(text[end + 1]))
        ):
            end += 1
    word = text[at:end]
    if _SUFFIX_EN.fullmatch(word) and word not in _NO_FINDING and len(word) > 5:
        return Token(at, end, word, frozenset(), Entry(None, True))
    return Token(at, end, word)


def _overlapped(text: str, at: int, end: int, lexicon: Lexicon) -> int | None:
    """Where a finding begins inside a place and reaches further (肋骨 + 骨折 in 肋骨折)."""
    if not has_han(text[at]):
        return None
    for start in range(at + 1, end):
        found = lexicon.names.at(text, start)
        if found is not None and found[0] > end and found[1].finding and _known(text[at:start], lexicon):
            return start
    return None


def _known(words: str, lexicon: Lexicon) -> bool:
    if (entry := lexicon.names.exactly(words)) is not None:
        return not entry.finding
    return words in cue_table() or _sides().exactly(words) is not None


def _quantity(text: str, at: int) -> re.Match[str] | None:
    if at and (is_latin(text[at - 1]) or text[at - 1] == "."):
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


def _with_suffixes(tokens: list[Token], folded: Folded) -> list[Token]:
    """Chinese words that no list has, but that end as findings do (骨样骨瘤): the ending with what stands
    right before it.
    """
    made: list[Token] = []
    for token in tokens:
        made.append(token)
        if token.is_term or token.kinds or not has_han(token.text):
            continue
        tail = folded.text[made[-1].start : made[-1].end]
        for back in range(1, 5):
            if (
                len(made) < back
                or not _plain(made[-back])
                or (back > 1 and made[-back].end != made[1 - back].start)
            ):
                break
            tail = folded.text[made[-back].start : token.end]
            if _SUFFIX_ZH.fullmatch(tail):
                first = back
                while (
                    first < len(made)
                    and first < back + 4
                    and _plain(made[-first - 1])
                    and made[-first - 1].end == made[-first].start
                ):
                    first += 1
                start = made[-first].start
                del made[-first:]
                made.append(
                    Token(start, token.end, folded.text[start : token.end], frozenset(), Entry(None, True))
                )
                break
    return made


def _plain(token: Token) -> bool:
    return (
        not token.kinds
        and not token.is_term
        and token.side is None
        and token.entry is None
        and has_han(token.text)
    )
