"""The side of a finding: said in its own noun phrase, of the place that governs its clause, or behind it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

from app.mentions.grammar import Clause, Sentence
from app.mentions.lists import series
from app.mentions.tokens import Token

_AND = frozenset(("及", "和", "与", "以及", "并"))
_UNPAIRED = re.compile(r"前列腺|膀胱|子宫|宫颈|胆|脂肪肝|肝|脾|胰|食管|胃|心包|纵隔|主动脉|脑萎缩|腹水")
_ORGAN = re.compile(r"肺|肝|肾|脾|胰|脑|胆|甲状腺|子宫|卵巢")
_OTHER = {"left": "right", "right": "left"}


def side_of(term: Token, sentence: Sentence) -> str | None:
    """``left``, ``right``, ``bilateral``, or None where its clause names none or two."""
    number = next(n for n, c in enumerate(sentence.clauses) if term in c.tokens)
    clause = sentence.clauses[number]
    at = clause.tokens.index(term)
    own = term.said_side
    if own is None:
        own = _chinese(clause, at) if sentence.chinese else _english(clause, at)
    if own is None:
        own = _bracket(clause, at)
    if own in (None, "bilateral") and number + 1 < len(sentence.clauses):
        following = sentence.clauses[number + 1]
        behind = takewhile(lambda c: not c.terms, sentence.clauses[number + 1 :])
        denied = any(t.any_of("denied", "denies") for c in behind for t in c.tokens)
        answered = following.before == "colon" and denied
        if (own is None or answered) and _places(following, clause, sentence.chinese):
            own = _first_side(_answers(sentence, number + 1)) or own
    if own is None:
        own = _of_series(term, sentence, number)
    if own in ("same", "opposite"):
        known = [
            s
            for c in sentence.clauses[: number + 1]
            for t in c.tokens
            if t.start < term.start and (s := t.said_side) in _OTHER
        ]
        own = None if not known else known[-1] if own == "same" else _OTHER[known[-1]]
    return own


def _answers(sentence: Sentence, number: int) -> list[Token]:
    """What answers a heading, without the side that is denied beside another (左（-），右（+）)."""
    first = sentence.clauses[number]
    if first.before != "colon":
        return first.tokens
    answers: list[list[Token]] = [[]]
    for clause in sentence.clauses[number:]:
        if clause.terms or (clause is not first and not clause.tokens[0].said_side):
            break
        for token in clause.tokens:
            if token.said_side and any(t.said_side for t in answers[-1]):
                answers.append([])
            answers[-1].append(token)
    told = [row for row in answers if not any(t.any_of("denied", "denies") for t in row)]
    return [t for row in told or answers for t in row]


def _places(following: Clause, clause: Clause, chinese: bool) -> bool:
    """Whether the next clause says where it is: 胸腔积液：右侧; 结节，位于左肺; "granuloma, right apex"."""
    if following.terms:
        return False
    if following.before == "colon":
        return len(clause.terms) == 1
    if following.before != "comma":
        return False
    return following.tokens[0].any_of("lies") or (not chinese and _only_place(following))


def _first_side(tokens: Sequence[Token]) -> str | None:
    said = {s for t in tokens if (s := t.said_side) is not None}
    return said.pop() if len(said) == 1 else "bilateral" if said == {"left", "right"} else None


def _chinese(clause: Clause, at: int) -> str | None:
    """The nearest side before; else the one that says where it lies."""
    tokens = clause.tokens
    organ = _ORGAN.match(tokens[at].text)
    other_place = False
    unpaired = _UNPAIRED.match(tokens[at].text)
    for n in range(at - 1, -1, -1):
        if tokens[n].text == "、" and unpaired is not None:
            if unpaired.group() not in "".join(t.text for t in tokens[:n]):
                return None  # 左肾结石、前列腺增生伴钙化
        elif tokens[n].is_place or tokens[n].is_term:
            unpaired = unpaired or _UNPAIRED.match(tokens[n].text)
        if tokens[n].text in _AND and not tokens[n + 1].said_side:
            known = "".join(t.text for t in tokens[:n])
            if other_place or (organ is not None and organ.group() not in known):
                return None  # a noun phrase with a place of its own
        other_place = other_place or tokens[n].is_place
        if (side := tokens[n].said_side) is not None and not _of_unpaired(tokens, n):
            if (
                n >= 2
                and tokens[n - 1].any_of("and")
                and tokens[n - 2].is_place
                and tokens[n - 2].said_side is None
            ):
                return None
            if (
                side in _OTHER
                and n >= 2
                and tokens[n - 1].any_of("and")
                and tokens[n - 2].said_side == _OTHER[side]
            ):
                return "bilateral"
            return side
    for n in range(at + 1, len(tokens)):
        if tokens[n].any_of("lies"):
            return _first_side([t for t in tokens[n:] if not t.is_term])
        if tokens[n].is_term:
            break
    return None


def _of_unpaired(tokens: Sequence[Token], n: int) -> bool:
    """Whether left and right name a part of an organ that is one (肝右叶, 右半结肠)."""
    around = "".join(t.text for t in tokens[max(0, n - 1) : n + 3])
    return bool(re.search(r"肝.?[左右]|[左右]侧?半?肝|半结肠|[左右]心|[左右](?:心)?[室房]|右半结肠", around))


def _english(clause: Clause, at: int) -> str | None:
    """The side right before; else behind "in", "of", "on" before the next finding; else before its list."""
    tokens = clause.tokens
    for n in range(at - 1, -1, -1):
        if tokens[n].is_term or tokens[n].any_of("and", "or", "turns", "denies", "is", "sees", "doubts"):
            break
        if (side := tokens[n].said_side) is not None:
            return side
    for n in range(at + 1, len(tokens)):
        if tokens[n].is_term and not tokens[n].any_of("changes"):
            if not any(t.any_of("and", "or") for t in tokens[at + 1 : n]):
                break
            continue
        if tokens[n].any_of("turns", "denies", "after_surgery_of", "recalls") and tokens[n].text != "nor":
            break
        if (side := tokens[n].said_side) is None or _before_term(tokens, n):
            continue
        others = tokens[n].text != "bilaterally" and any(t.is_term for t in tokens[at + 1 : n])
        if others and not any(t.any_of("of") for t in tokens[n - 3 : n]):
            break
        sure = n == at + 1 or tokens[n - 1].any_of("of", "degree", "is")
        return side if sure or not others else None
    for n in range(at - 1, -1, -1):
        if (side := tokens[n].said_side) is not None:
            said = tokens[n + 1 : at]
            joined = any(t.any_of("and", "or") for t in said)
            if not any(t.is_term for t in tokens[:n]) and (joined or not any(t.is_term for t in said)):
                return side  # the place that the clause is about
            behind = any(t.any_of("of") for t in tokens[max(0, n - 2) : n])
            plain = joined and not behind and not any(t.any_of("of", "sees", "is", "denies") for t in said)
            return side if plain else None
    return None


def _before_term(tokens: Sequence[Token], n: int) -> bool:
    """Whether a side stands in front of another finding, whose it is."""
    for token in tokens[n + 1 :]:
        if token.is_term:
            return True
        if token.kinds - {"look", "degree", "stands", "neutral"}:
            return False
    return False


def _bracket(clause: Clause, at: int) -> str | None:
    """A side in brackets right behind."""
    for inner in clause.inner:
        if inner.before == "open" and at < inner.place <= at + 2 and not inner.terms:
            return _first_side(inner.tokens)
    return None


def _only_place(clause: Clause) -> bool:
    return (
        bool(clause.tokens)
        and not clause.terms
        and all(t.side or t.is_place or not t.kinds for t in clause.tokens)
        and len(clause.tokens) <= 3
    )


def _of_series(term: Token, sentence: Sentence, number: int) -> str | None:
    """The side of the place behind an English list, or of the one in front of its first member."""
    listed = series(sentence, number)
    if len(listed) == 1:
        return None
    last = listed[-1]
    if term is not last.terms[-1] and (place := last.tokens.index(last.terms[-1])) >= 0:
        behind = _english(last, place)
        if behind is not None and not any(t.said_side for t in last.tokens[:place]):
            return behind
    first = listed[0]
    return _english(first, first.tokens.index(first.terms[-1])) if term is not first.terms[-1] else None
