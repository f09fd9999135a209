"""What a cue is said of that stands behind its finding, or in a clause of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.mentions.grammar import Clause, Sentence
from app.mentions.kinds import BARRIER, CLOSE, FILLING, OF_EARLIER, is_loose
from app.mentions.lists import series
from app.mentions.tokens import Token

#: said of the nearest finding only
_NEAREST = frozenset(("after_surgery", "excepted_last", "not_real", "between", "likened"))
#: what a denial behind may stand behind
_PASSED = CLOSE | {"remains", "resolved", "after_surgery"}
#: characters that are no word between a finding and what is said of it
_PARTICLES = frozenset("均亦也都皆已仍尚处后前者完性样状型影灶区改变模糊片斑点团块-")


def backward(sentence: Sentence, number: int, place: int, kind: str) -> list[Token]:
    """The findings that the cue at `place` of the clause `number` is said of."""
    clause = sentence.clauses[number]
    found = list(before(clause.tokens, place, kind, sentence.chinese))
    listed = series(sentence, number)
    if found and len(listed) > 1 and clause is listed[-1] and kind not in _NEAREST:
        return found + [t for c in listed[:-1] for t in c.terms[-1:]]
    if found or clause.terms or kind not in OF_EARLIER:
        return found
    if kind == "cannot_see" and any(t.any_of("keeps") or t.is_place for t in clause.tokens):
        return []
    earlier = [c for c in sentence.clauses[:number] if c.host is clause.host]
    under_head = kind == "cannot_see" and any(c.before == "colon" for c in [*earlier[1:], clause])
    unsided = clause.before == "open" or (clause.before == "colon" and _all_denied(sentence, number))
    said = [t for t in clause.tokens[:place] if not unsided or t.side is None]
    if not is_loose(kind) and not under_head and not says_only([*said, *clause.tokens[place:]], len(said)):
        return []
    if clause.host is not None and clause.before == "open":
        return list(before(clause.host.tokens, clause.place, kind, sentence.chinese))
    if clause.before not in ("comma", "colon"):
        return []
    while len(earlier) > 1 and not earlier[-1].terms:
        earlier.pop()  # what says more of the same (ascites, present before, has resolved)
    if not earlier:
        return []
    tokens = earlier[-1].tokens
    found = list(before(tokens, len(tokens), kind, sentence.chinese, own=False))
    listed = series(sentence, sentence.clauses.index(earlier[-1]))
    return found + [t for c in listed[:-1] for t in c.terms[-1:] if earlier[-1] is listed[-1]]


def _all_denied(sentence: Sentence, number: int) -> bool:
    """Whether all sides that answer a heading are denied (积液：左侧未见), and not one beside another."""
    for clause in sentence.clauses[number:]:
        sided = [t for t in clause.tokens if t.side is not None]
        if clause.terms or not sided:
            return True
        if not any(t.any_of("denied", "denies") for t in clause.tokens):
            return False
    return True


def says_only(tokens: Sequence[Token], place: int) -> bool:
    """Whether a clause says nothing but the cue at `place`."""
    return all(bool(t.kinds & FILLING) or t.text in _PARTICLES for n, t in enumerate(tokens) if n != place)


def before(
    tokens: Sequence[Token], place: int, kind: str, chinese: bool, *, own: bool = True
) -> Iterator[Token]:
    """The findings before a place that a cue there is said of, the nearest first; a cue in its own clause
    stands right behind them.
    """
    strict = kind == "likened" or (own and chinese and kind in ("denied", "resolved", "after_surgery"))
    allowed = 4 if kind == "after_surgery" else 0
    seen, loose = False, 0
    for token in reversed(tokens[:place]):
        if token.is_term and not token.any_of("keeps"):
            if token.any_of("changes") and seen:
                return
            seen = True
            yield token
            if kind in _NEAREST and not (kind == "after_surgery" and token.is_device):
                return
        elif _bars(token, kind, seen, chinese):
            return
        elif strict and not seen and not (token.kinds & _PASSED or token.text in _PARTICLES):
            loose += 1
            if loose > allowed:
                return


def _bars(token: Token, kind: str, seen: bool, chinese: bool) -> bool:
    """Whether a cue behind does not reach over a token."""
    if token.any_of("keeps") and kind in ("resolved", "denied"):
        return True
    if token.any_of("and", "or") and seen:
        return False
    if token.any_of("etc"):
        return False
    if token.any_of("sees", "is") and seen:
        return True
    if token.any_of("changes", "there_is") and (seen or not chinese):
        return True
    if not seen and (kind == "doubted" or (kind == "resolved" and token.any_of("remains", "resolved"))):
        return False
    return token.any_of(*BARRIER) and not token.any_of("degree")


def heads(clause: Clause) -> bool:
    """Whether a clause is short enough to be a heading."""
    return len(clause.tokens) <= 3 and not clause.terms
