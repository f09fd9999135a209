"""Words that no list has, but that end as findings do: 骨样骨瘤, spondylolisthesis."""

from __future__ import annotations

import re
from collections.abc import Iterable

from app.mentions.characters import Folded, has_han
from app.mentions.lexicon import Entry
from app.mentions.tokens import Token

_SUFFIX_ZH = re.compile(
    r"瘤|癌|炎|疝|结石|积液|积气|积血|血肿|水肿|脓肿|囊肿|肿大|增厚|增粗|增宽|扩张|狭窄|闭塞|梗死|梗塞|骨折|脱位|撕裂|破裂|断裂"
    r"|损伤|畸形|峡部裂|发育不良|[片点条索网团块节粒斑絮]状影|[一-鿿]灶|综合征|病(?![史人情例程房区毒变灶理])|坏死|硬化|钙化|骨化|变性|萎缩|肥大|穿孔|套叠|瘘|栓塞|血栓|反流|侵犯|受累|粘连|侵蚀"
    r"|(?:切除|全切|置换|成形|吻合|搭桥|造瘘|修补|固定|植入|移植|融合|根治)术"
)
_SUFFIX_EN = re.compile(
    r"[a-z]+(?:itis|itides|omas?|omata|osis|oses|iasis|megaly|ectasis|ectas[ie]a|stenosis|listhesis|malacia|rrhage|ectomy|ectomies"
    r"|plasty|otomy|ostomy|cele|cytoma|penia|pathy|philia|lithiasis|thorax|trophy|plasia|edema)\b"
)
#: what was done, in front of "after"
_OPERATION = re.compile(
    r"(?:部分|大部|次全|楔形|根治性?|微创)?(?:切除|全切|置换|成形|移植|修补|固定|融合|减压|吻合|搭桥|造瘘|造口|清扫|摘除)术"
)
_SIDES = {"左": "left", "右": "right", "双": "bilateral", "两": "bilateral"}
_NO_FINDING = frozenset(
    ["diagnosis", "prognosis", "stoma", "soma", "osmosis", "dosis", "hypnosis", "apathy", "empathy", "biopsy"]
)


def is_finding_word(word: str) -> bool:
    """Whether an unknown English word ends as diseases and operations do."""
    return len(word) > 5 and word not in _NO_FINDING and _SUFFIX_EN.fullmatch(word) is not None


def with_suffixes(tokens: Iterable[Token], folded: Folded) -> list[Token]:
    """The tokens, with Chinese words joined that no list has but that end as findings or operations do."""
    made: list[Token] = []
    for token in tokens:
        made.append(token)
        if token.any_of("after_surgery", "operates") and len(made) > 1 and made[-2].is_place:
            made[-2:] = _operation(made[-2], token)
        elif _is_plain(token):
            _join_ending(made, folded)
    return made


def _operation(place: Token, after: Token) -> list[Token]:
    """An organ and what was done to it (左肾 + 切除术后): side, operation, "after"."""
    done = _OPERATION.match(after.text)
    if done is None:
        return [place, after]
    sided = place.text[0] if place.text[0] in _SIDES and len(place.text) > 1 else ""
    start, end = place.start + len(sided), after.start + done.end()
    named = Token(
        start, end, place.text[len(sided) :] + done.group(), frozenset({"operation"}), Entry(None, True)
    )
    side = [Token(place.start, start, sided, side=_SIDES[sided])] if sided else []
    if end == after.end:
        return [*side, named]
    return [*side, named, Token(end, after.end, after.text[done.end() :], frozenset({"after_surgery"}))]


def _join_ending(made: list[Token], folded: Folded) -> None:
    """Where the last tokens end as a finding does, one token of the ending and up to four characters more."""
    end = made[-1].end
    for back in range(1, 5):
        if (
            len(made) < back
            or not _is_plain(made[-back])
            or (back > 1 and made[-back].end != made[1 - back].start)
        ):
            return
        if not _SUFFIX_ZH.fullmatch(folded.text[made[-back].start : end]):
            continue
        first = back
        while (
            first < min(len(made), back + 4)
            and _is_plain(made[-first - 1])
            and made[-first - 1].end == made[-first].start
        ):
            first += 1
        start = made[-first].start
        made[-first:] = [Token(start, end, folded.text[start:end], entry=Entry(None, True))]
        return


def _goes_on(made: list[Token], back: int) -> bool:
    """Whether the token so far from the end is unknown and touches the one behind it."""
    return _is_plain(made[-back]) and (back == 1 or made[-back].end == made[1 - back].start)


def _is_plain(token: Token) -> bool:
    """Whether nothing is known of a Chinese character."""
    known = token.kinds or token.is_term or token.side is not None or token.entry is not None
    return not known and has_han(token.text)
