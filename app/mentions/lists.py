"""Lists that go on behind commas: "no A, B, or C"; 未见A，B及C."""

from __future__ import annotations

from collections.abc import Sequence

from app.mentions.grammar import Clause, Sentence
from app.mentions.kinds import SAYING
from app.mentions.tokens import Token


def carried(sentence: Sentence, number: int, kind: str, some: bool) -> list[Token]:
    """The findings of further members of the list that the clause `number` begins."""
    chain = _chain(sentence, number)
    if not chain:
        return []
    last = _chinese_end(chain, kind, some) if sentence.chinese else _english_end(chain, kind)
    return [t for c in chain[: last + 1] for t in c.terms]


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
            or (not t.kinds and not t.is_place and t.side is None)
            for t in clause.tokens
        )
    if clause.tokens and clause.tokens[0].any_of("there_is"):
        return False
    return not any(
        t.kinds & SAYING and not t.any_of("etc", "and", "degree") and not t.is_term for t in clause.tokens
    )


def _stands(clause: Clause) -> bool:
    """Whether an English phrase has a look that only what is there can have."""
    return any(t.any_of("stands", "quantity") or t.side is not None for t in clause.tokens)
