"""The size, density or uptake stated of a finding."""

from __future__ import annotations

import re

from app.mentions.grammar import Clause, Sentence
from app.mentions.tokens import Token

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_UNITS = {
    "mm": "mm", "毫米": "mm", "cm": "cm", "厘米": "cm", "公分": "cm", "ml": "ml", "毫升": "ml",
    "hu": "HU", "%": "%", "°": "°", "度": "°",
}  # fmt: skip
_UNIT = re.compile(r"suv|" + "|".join(_UNITS))
_PAST = re.compile(r"(?:原|原来|前|previously|prior|formerly|was|由|从|from)\s*(?:大小)?(?:约|为|约为)?\s*$")
_DISTANCE = re.compile(r"(?:距|距离)[^,;]{0,8}$")
_BESIDE = re.compile(r"\s*(?:above|below|from|proximal|distal|superior|inferior|inside|thick slices|层厚)")
_CHANGED = re.compile(r"至|到|\bto\b")

#: what a size is said of
_SIZE = re.compile(
    r"大小|径|厚|深|宽|长|高|范围|出血量|积液量|体积|容积|面积|截面|ct值|suv|压缩|较大|最大|约$|为$|增|缩|至|层|者$"
    r"|measur|diameter|size|largest|dimension|\bup\b|approximately|about|ranging|previously|suv|attenuation"
    r"|density|thick|depth|length|width|volume|maximum|each|hu$"
)
_NO_SUBJECT = ("quantity", "now", "is", "look", "degree", "of", "listed")
Value = float | tuple[float, ...]


def value_of(term: Token, sentence: Sentence, text: str) -> tuple[Value | None, str | None]:
    """Number (or the numbers of extents and ranges, in their order) and unit as written; None without one."""
    before, behind = _around(term, sentence)
    for token in behind:
        if (value := _read(token, text)) is not None:
            return value
    for token in reversed(before):
        if (value := _read(token, text)) is not None:
            return value
    return None, None


def _around(term: Token, sentence: Sentence) -> tuple[list[Token], list[Token]]:
    """Quantities right before in the same clause, and those up to the next finding."""
    number = next(n for n, c in enumerate(sentence.clauses) if term in c.tokens)
    clause = sentence.clauses[number]
    at = clause.tokens.index(term)
    before: list[Token] = []
    for token in reversed(clause.tokens[:at]):
        if token.is_term or token.any_of("comma", "and", "of", "is", "denies"):
            break
        if token.any_of("quantity"):
            before.insert(0, token)
    behind: list[Token] = []
    for token in _following(sentence, number, at):
        if token.is_term and not token.any_of("changes"):
            break
        if token.any_of("quantity") and not _is_own(token, clause, sentence):
            break
        if token.any_of("quantity") and not _of_next(token, sentence):
            behind.append(token)
    return before, behind


def _is_own(quantity: Token, named: Clause, sentence: Sentence) -> bool:
    """Whether a quantity in a later clause measures what was named, and no other thing (残余尿量约30ml)."""
    clause = next((c for c in sentence.clauses if quantity in c.tokens), named)
    if clause is named or clause.host is named:
        return True
    ahead = clause.tokens[: clause.tokens.index(quantity)]
    plain = [t.text for t in ahead if not t.any_of(*_NO_SUBJECT) and not t.said_side]
    words = ("" if sentence.chinese else " ").join(plain)
    return not words or _SIZE.search(words) is not None


def _of_next(quantity: Token, sentence: Sentence) -> bool:
    """Whether a quantity stands right before another finding, as its adjective (a 5 mm stone)."""
    for clause in sentence.clauses:
        if quantity in clause.tokens:
            rest = clause.tokens[clause.tokens.index(quantity) + 1 :][:3]
            for token in rest:
                if token.is_term:
                    return True
                if token.kinds - {"look", "degree", "stands"}:
                    return False
    return False


def _following(sentence: Sentence, number: int, at: int) -> list[Token]:
    clause: Clause = sentence.clauses[number]
    rest = [*clause.tokens[at + 1 :], *(t for c in sentence.clauses[number + 1 :] for t in c.tokens)]
    rest += [t for c in clause.inner for t in c.tokens]
    return sorted((t for t in set(rest) if t.start > clause.tokens[at].start), key=lambda t: t.start)


def _read(token: Token, text: str) -> tuple[Value, str] | None:
    units = _UNIT.findall(token.text)
    if not units or _DISTANCE.search(text[: token.start]) or _BESIDE.match(text, token.end):
        return None
    ahead, said = text[max(0, token.start - 14) : token.start], token.text
    past = _PAST.search(ahead)
    if past and not _CHANGED.search(said):
        return None
    if past and past.group().startswith(("由", "从", "from")):
        said = _CHANGED.split(said)[-1]
    unit = "SUV" if units[0] == "suv" else _UNITS[units[-1]]
    numbers = tuple(float(n) for n in _NUMBER.findall(said))
    if unit == "HU" and said.startswith("-"):
        numbers = tuple(-n for n in numbers)
    return (numbers[0] if len(numbers) == 1 else numbers), unit
