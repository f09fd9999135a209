"""The side of a finding: said in its own noun phrase, of the place that governs its clause, or behind it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.mentions.grammar import Clause, Sentence
from app.mentions.tokens import Token

_IN_NAME = (
    (re.compile(r"^(?:左|left\b)"), "left"),
    (re.compile(r"^(?:右|right\b)"), "right"),
    (re.compile(r"^(?:双|两|bilateral|both\b|bibasilar)|双[叶侧]$"), "bilateral"),
)
_OTHER = {"left": "right", "right": "left"}


def side_of(term: Token, sentence: Sentence) -> str | None:
    """``left``, ``right``, ``bilateral``, or None where its clause names none or two."""
    number = next(n for n, c in enumerate(sentence.clauses) if term in c.tokens)
    clause = sentence.clauses[number]
    at = clause.tokens.index(term)
    own = _own(term)
    if own is None:
        own = _chinese(clause, at) if sentence.chinese else _english(clause, at)
    if own is None:
        own = _bracket(clause, at)
    if own is None and number + 1 < len(sentence.clauses):
        following = sentence.clauses[number + 1]
        if (following.before == "colon" and len(clause.terms) == 1 and not following.terms) or (
            following.before == "comma" and not sentence.chinese and _only_place(following)
        ):
            own = _first_side(following.tokens)
    if own is None:
        own = _inherited(sentence, number, at)
    if own in ("same", "opposite"):
        known = [
            s
            for c in sentence.clauses[: number + 1]
            for t in c.tokens
            if t.start < term.start and (s := _own(t)) in _OTHER
        ]
        own = None if not known else known[-1] if own == "same" else _OTHER[known[-1]]
    return own


def _own(token: Token) -> str | None:
    if token.side is not None:
        return token.side if token.side != "none" else None
    if token.entry is None or re.search(r"半结肠|[心房]室|心房|叶切除", token.text):
        return None
    return next((side for pattern, side in _IN_NAME if pattern.search(token.text)), None)


def _first_side(tokens: Sequence[Token]) -> str | None:
    said = {s for t in tokens if (s := _own(t)) is not None}
    return said.pop() if len(said) == 1 else "bilateral" if said == {"left", "right"} else None


def _chinese(clause: Clause, at: int) -> str | None:
    """The nearest side before; else the one that says where it lies."""
    tokens = clause.tokens
    other_place = bool(re.match(r"肺|肝|肾|脾|胰|脑|胸|腹|心|骨|胆|肠|胃", tokens[at].text))
    for n in range(at - 1, -1, -1):
        if tokens[n].any_of("and") and other_place and not _own(tokens[n + 1]):
            return None  # a noun phrase with a place of its own
        other_place = other_place or tokens[n].is_place
        if (side := _own(tokens[n])) is not None and not _of_unpaired(tokens, n):
            if (
                n >= 2
                and tokens[n - 1].any_of("and")
                and tokens[n - 2].is_place
                and _own(tokens[n - 2]) is None
            ):
                return None
            if (
                side in _OTHER
                and n >= 2
                and tokens[n - 1].any_of("and")
                and _own(tokens[n - 2]) == _OTHER[side]
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
        if tokens[n].is_term or tokens[n].any_of("and", "or", "turns"):
            break
        if (side := _own(tokens[n])) is not None:
            return side
    for n in range(at + 1, len(tokens)):
        if tokens[n].is_term and not tokens[n].any_of("changes"):
            if not any(t.any_of("and", "or") for t in tokens[at + 1 : n]):
                break
            continue
        if tokens[n].any_of("turns"):
            break
        if (side := _own(tokens[n])) is not None:
            others = [t for t in tokens[at + 1 : n] if t.is_term]
            before = tokens[n - 1]
            if others and not any(t.any_of("of") for t in tokens[n - 3 : n]):
                break
            return side if n == at + 1 or before.any_of("of", "degree", "is") or not others else None
    for n in range(at - 1, -1, -1):
        if (side := _own(tokens[n])) is not None:
            joined = [t for t in tokens[n + 1 : at] if t.any_of("and", "or")]
            said = tokens[n + 1 : at]
            return side if joined and not any(t.any_of("of", "sees", "is", "denies") for t in said) else None
    return None


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


def _inherited(sentence: Sentence, number: int, at: int) -> str | None:
    """A member of a list behind commas takes the side of its head."""
    clause = sentence.clauses[number]
    if clause.before != "comma" or clause.host is not None:
        return None
    return None
