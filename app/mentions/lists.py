"""Lists that go on behind commas: "no A, B, or C"; 未见A，B及C."""

from __future__ import annotations

from collections.abc import Sequence

from app.mentions.grammar import Clause, Sentence
from app.mentions.kinds import LISTING, SAYING
from app.mentions.tokens import Token

#: words that say nothing
_QUIET = frozenset(("neutral", "look", "particle"))


def carried(sentence: Sentence, number: int, kind: str, some: bool) -> list[Token]:
    """The findings of further members of the list that the clause `number` begins."""
    listed = series(sentence, number)
    if len(listed) > 1:
        own = listed.index(sentence.clauses[number])
        return [t for c in listed[own + 1 :] for t in _members(c)]
    chain = _chain(sentence, number)
    if not chain or kind not in LISTING:
        return []
    last = _chinese_end(chain, kind, some) if sentence.chinese else _english_end(chain, kind)
    return [t for c in chain[: last + 1] for t in c.terms]


def series(sentence: Sentence, number: int) -> list[Clause]:
    """The clauses of the English list that the clause `number` is a member of, at least itself: "A, B, and C
    in the left lung", where every member but the last ends with its name.
    """
    own = sentence.clauses[number]
    if sentence.chinese or not own.terms:
        return [own]
    clauses = [c for c in sentence.clauses if c.host is own.host]
    place = clauses.index(own)
    first = place
    while first and clauses[first].before == "comma" and _ends_with_name(clauses[first - 1]):
        first -= 1
    for last in range(len(clauses) - 1, first, -1):
        middle = clauses[first + 1 : last]
        ends = place <= last and _is_last(clauses[last]) and all(_is_middle(c) for c in middle)
        if ends and all(_ends_with_name(c) for c in clauses[first:last]):
            return clauses[first : last + 1]
    return [own]


def _members(clause: Clause) -> list[Token]:
    """The names of a member: up to the first verb behind one."""
    found: list[Token] = []
    for token in clause.tokens:
        if token.is_term:
            found.append(token)
        elif found and token.kinds & SAYING and not token.any_of("etc", "and", "or", "quantity"):
            break
    return found


def _ends_with_name(clause: Clause) -> bool:
    return bool(clause.tokens) and clause.tokens[-1].is_term


def _is_middle(clause: Clause) -> bool:
    return clause.before == "comma" and _is_member(clause, False) and len(clause.terms) == 1


def _is_last(clause: Clause) -> bool:
    """Whether a clause begins with the last member of a list: "and C …", "B or C …"."""
    if clause.before != "comma" or not clause.terms:
        return False
    first = clause.tokens.index(clause.terms[0])
    head = clause.tokens[:first]
    if any(t.kinds & SAYING and not t.any_of("etc", "and", "degree") for t in head):
        return False
    if any(t.any_of("and", "or") for t in head):
        return True
    behind = clause.tokens[first + 1 : first + 2]
    return any(t.any_of("and", "or") for t in behind) and len(clause.terms) > 1


def doubtful_member(sentence: Sentence, number: int, kind: str, targets: Sequence[Token]) -> list[Token]:
    """A single name behind a comma, with nothing that says whether the denial goes on (未见结节，肿块。)."""
    following = sentence.clauses[number + 1 : number + 2]
    if kind != "denies" or not sentence.chinese or not targets or not following:
        return []
    clause = following[0]
    if clause.before != "comma" or any(t in targets for t in clause.terms):
        return []
    bare = all(t.is_term or t.any_of("etc") for t in clause.tokens)
    return clause.terms if bare else []


def _chain(sentence: Sentence, number: int) -> list[Clause]:
    chain: list[Clause] = []
    host = sentence.clauses[number].host
    for clause in sentence.clauses[number + 1 :]:
        if clause.host is not host:
            continue
        if clause.before != "comma" or not _is_member(clause, sentence.chinese):
            break
        chain.append(clause)
    return chain


def _joined(chain: Sequence[Clause]) -> list[int]:
    return [n for n, c in enumerate(chain) if any(t.any_of("and", "or") for t in c.tokens)]


def _chinese_end(chain: Sequence[Clause], kind: str, some: bool) -> int:
    """The last member: the one with 及 or 或, or that of three and more."""
    if kind not in ("denies", "asks") or not some:
        return -1
    return max(_joined(chain), default=len(chain) - 1 if len(chain) > 1 else -1)


def _english_end(chain: Sequence[Clause], kind: str) -> int:
    joined = _joined(chain)
    if not joined:
        stands = [n for n, c in enumerate(chain) if _stands(c)]
        return (stands[0] if stands else len(chain)) - 1 if kind == "denies" else -1
    if kind != "denies" or any(t.any_of("or") for t in chain[joined[-1]].tokens):
        return joined[-1]
    return -1 if any(_stands(c) for c in chain) else len(chain) - 1


def _is_member(clause: Clause, chinese: bool) -> bool:
    """Whether a clause says nothing of its own."""
    if chinese:
        return bool(clause.terms) and all(
            t.is_term
            or t.any_of("and", "or", "etc", "degree")
            or (t.kinds <= _QUIET and not t.is_place and t.said_side is None)
            for t in clause.tokens
        )
    if clause.tokens and clause.tokens[0].any_of("there_is"):
        return False
    if any(t.any_of("sees") and t.any_of("etc") for t in clause.tokens):
        return any(t.any_of("or") for t in clause.tokens)  # "B, or C is seen"; not: "B is seen in …"
    return not any(
        t.kinds & SAYING and not t.any_of("etc", "and", "degree") and not t.is_term for t in clause.tokens
    )


def _stands(clause: Clause) -> bool:
    """Whether an English phrase has a look that only what is there can have."""
    return any(t.any_of("stands", "quantity") or t.said_side is not None for t in clause.tokens)
