"""Sentences and clauses: how the tokens of a text hang together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from app.mentions.characters import has_han
from app.mentions.tokens import Token

#: a line or a clause that ends so goes on
_OPEN = ("denies", "doubts", "and", "or", "of", "comma", "asks", "recalls")
#: tokens; the rules look from each name over its whole sentence
_LONGEST = 250


@dataclass(slots=True)
class Clause:
    """A clause: its tokens, what stands before it (``comma``, ``colon``, ``turn``, ``open`` or nothing), and
    for one in brackets the clause and the place in it where the bracket stands.
    """

    tokens: list[Token]
    before: str = ""
    host: Clause | None = None
    place: int = 0
    inner: list[Clause] = field(default_factory=list)

    @property
    def terms(self) -> list[Token]:
        """The findings that it names."""
        return [t for t in self.tokens if t.is_term]


@dataclass(slots=True)
class Sentence:
    """Clauses in their order (those in brackets behind the one that holds them), the mark that ends it, and
    whether a question mark stands in front.
    """

    clauses: list[Clause]
    end: str
    start: int
    stop: int
    chinese: bool
    asked: bool = False

    @property
    def is_endless(self) -> bool:
        """Whether it holds more than a person writes in a sentence: a list without marks, or no text."""
        return sum(len(clause.tokens) for clause in self.clauses) > _LONGEST

    @property
    def tokens(self) -> Iterator[Token]:
        """All tokens of all clauses."""
        return (t for clause in self.clauses for t in clause.tokens)


def sentences(tokens: Sequence[Token]) -> list[Sentence]:
    """Part a text; a mark in brackets ends no sentence, and marks alone (a pair of brackets) are none."""
    made: list[Sentence] = []
    row: list[Token] = []
    depth = 0
    asked = False
    for number, token in enumerate(tokens):
        depth += token.any_of("open") - token.any_of("close")
        depth = max(0, depth)
        broken = token.any_of("line") and not (row and _goes_on(row, tokens[number + 1 : number + 2]))
        if broken:
            depth = 0
        if token.any_of("listed") and row:
            made.append(_sentence(row, ";"))
            row = []
        if (token.any_of("stop", "ask") and not depth) or broken:
            if row:
                row += [token] if token.any_of("ask") else []
                made.append(_sentence(row, token.text))
                made[-1].asked, asked = asked, False
            elif token.any_of("ask"):
                asked = True  # a question mark in front
            row = []
        elif not token.any_of("line"):
            row.append(token)
    if row:
        made.append(_sentence(row, ""))
        made[-1].asked = asked
    return [sentence for sentence in made if sentence.clauses]


def _goes_on(row: Sequence[Token], following: Sequence[Token]) -> bool:
    """Whether a line is not at its end: its last cue has nothing to be said of yet."""
    if following and following[0].any_of("and", "or"):
        return True
    return row[-1].any_of(*_OPEN) and not (
        row[-1].any_of("denies", "doubts", "asks", "recalls") and any(t.is_term for t in row)
    )


def _sentence(row: list[Token], end: str) -> Sentence:
    clauses = list(_clauses(row))
    chinese = any(has_han(t.text) for t in row)
    return Sentence(clauses, end, row[0].start, row[-1].end, chinese)


def _clauses(row: list[Token]) -> Iterator[Clause]:
    clause, stack = Clause([]), []
    made = [clause]
    for token in row:
        if token.any_of("label", "labelled"):
            clause = Clause([], "colon" if token.any_of("labelled") else "comma")
            made.append(clause)
        elif token.any_of("open"):
            inner = Clause([], "open", clause, len(clause.tokens))
            clause.inner.append(inner)
            stack.append(clause)
            made.append(inner)
            clause = inner
        elif token.any_of("close") and stack:
            outer = stack.pop()
            clause = outer
        elif token.any_of("comma", "colon", "stop", "ask") or (token.any_of("turns") and not token.is_term):
            before = "turn" if token.any_of("turns") else "colon" if token.any_of("colon") else "comma"
            if token.any_of("ask"):
                clause.tokens.append(token)
            if not clause.tokens and before == "turn" and clause.before != "open":
                clause.before = clause.before if clause.before == "open" else "turn"
                if token.any_of("turns"):
                    clause.tokens.append(token)
                continue
            host = clause.host
            clause = Clause([token] if before == "turn" else [], before, host, clause.place)
            if host is not None:
                host.inner.append(clause)
            made.append(clause)
        else:
            clause.tokens.append(token)
    return (c for c in made if c.tokens)
