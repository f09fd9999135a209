"""Reading a text: the one door for coding, checks and search."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from app.mentions.characters import Folded, folded
from app.mentions.deciding import decide
from app.mentions.grammar import Sentence, sentences
from app.mentions.lexicon import Concept, Lexicon
from app.mentions.model import Cue, Mention, Named, Status
from app.mentions.scopes import Mark, heading_cue, marks_of, taken_back
from app.mentions.sections import Sections
from app.mentions.segmenting import tokenise
from app.mentions.sides import side_of
from app.mentions.tokens import Token
from app.mentions.values import value_of


class Reader:
    """Reads mentions with the names of a terminology.  Safe from several threads: nothing changes."""

    def __init__(self, concepts: Iterable[Concept]) -> None:
        self._lexicon = Lexicon(concepts)

    def read(self, text: str, *, section: str = "", given: Sequence[Named] = ()) -> list[Mention]:
        """The findings that a text names, in order.

        Parameters
        ----------
        text : str
            Chinese or English, one sentence or a whole report with headings.
        section : str
            Where the text stands: ``history``, ``indication``, ``findings``, ``impression``,
            ``recommendation``; headings in the text go before.
        given : sequence of Named
            Names that are known already, such as a report's chips.
        """
        same = folded(text)
        heads = Sections(same.text, section)
        made: list[Mention] = []
        said: list[Mention] = []
        head: Mark | None = None
        goes_on = False
        for sentence in sentences(tokenise(same, self._lexicon, given)):
            head = heading_cue(sentence) or (head if goes_on else None)
            now = list(_mentions(sentence, same, heads.at(sentence.start), head))
            if said and not now and (later := taken_back(sentence)) is not None:
                made[len(made) - len(said) :] = [_gone(mention, later, same) for mention in said]
            made += now
            said = now
            goes_on = sentence.end == ";" or (sentence.end == "\n" and head is not None)
        return made


def _gone(mention: Mention, later: Mark, same: Folded) -> Mention:
    """What a sentence of its own says is gone, or was ruled out."""
    if mention.status not in (Status.PRESENT, Status.UNCERTAIN):
        return mention
    status = Status.RESOLVED if later.kind == "resolved" else Status.ABSENT
    return replace(mention, status=status, cue=_cue(later.kind, later.cue, same))


def _mentions(sentence: Sentence, same: Folded, section: str, head: Mark | None) -> Iterator[Mention]:
    tokens = sorted(sentence.tokens, key=lambda t: t.start)
    terms = [t for n, t in enumerate(tokens) if t.is_term and not _is_adjective(tokens[n : n + 3])]
    if not terms:
        return
    if sentence.is_endless:
        for term in terms:
            start, end = same.span(term.start, term.end)
            rid = term.named.rid if term.named is not None else term.entry.rid if term.entry else None
            yield Mention(same.source[start:end], start, end, rid, Status.UNDECIDED, section=section)
        return
    marks = marks_of(sentence)
    asked = _asked(sentence)
    for term in terms:
        reached = marks.get(term) or ([head] if head is not None and term.start > head.cue.start else [])
        status, mark = decide(term, reached, sentence, section, asked=term.start >= asked)
        value, unit = value_of(term, sentence, same.text)
        start, end = same.span(term.start, term.end)
        yield Mention(
            same.source[start:end],
            start,
            end,
            term.named.rid if term.named is not None else term.entry.rid if term.entry else None,
            status,
            side_of(term, sentence),
            value,
            unit,
            _cue(mark.kind, mark.cue, same) if mark else None,
            restricted=bool(mark and mark.restricted),
            section=section,
        )


def _is_adjective(tokens: Sequence[Token]) -> bool:
    """Whether a name only says what kind another one is (条索状高密度影, 阻塞性肺炎)."""
    return (
        len(tokens) == 3
        and tokens[0].named is None
        and tokens[1].text in ("性", "状", "样")
        and tokens[2].is_term
    )


def _asked(sentence: Sentence) -> int:
    """From where on a question mark at the sentence's end asks: its last clause."""
    if sentence.asked:
        return sentence.start
    return sentence.clauses[-1].tokens[0].start if sentence.end == "?" else sentence.stop + 1


def _cue(kind: str, token: Token, same: Folded) -> Cue:
    start, end = same.span(token.start, token.end)
    return Cue(kind, same.source[start:end], start, end)
