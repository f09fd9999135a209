"""What a cue opens: the findings behind it, to the end of its list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.mentions.grammar import Clause, Sentence
from app.mentions.kinds import TAKING_OVER
from app.mentions.tokens import Token

_LISTED = ("degree", "etc", "and", "or", "quantity")
#: verbs under which a denial goes on (未见肿块形成)
_UNDER = frozenset(("伴", "伴有", "形成"))
_OF = frozenset(("的", "之"))
#: behind what a denial leaves out (未见囊肿以外的占位)
_LEFT_OUT = frozenset(("以外", "之外", "以外的", "之外的"))
#: of these what stands behind 的 is not denied
_BARE_DENIALS = ("无", "不", "缺乏")
#: behind these stands a list of complaints
_LISTING_CUES = ("den", "negative for", "-ve", "neg for")
#: what stands behind "of the" is taken as known
_THE = frozenset(("the", "this", "these", "its"))
_AFTER = frozenset(("after", "following", "post"))
_HAVE = frozenset(("has", "have", "had"))
#: negations that can stand inside a noun phrase (见无强化结节)
_ATTRIBUTIVE = frozenset(("无", "无明显", "不伴"))


@dataclass(slots=True)
class Reach:
    """What a cue opens: findings, whether only a kind of them is meant, whether it is open at the clause's
    end; `kind` where it says something else than its own (未见结节增大 leaves the nodule there).
    """

    targets: list[Token]
    restricted: bool = False
    open_end: bool = False
    kind: str | None = None
    #: findings that the denial takes as known, or denies with what is in them (no septation in the cyst)
    known: list[Token] = field(default_factory=list)


def forward(sentence: Sentence, clause: Clause, place: int, kind: str) -> Reach | None:
    """What the cue at `place` opens; None where it is said of something else: a change, an attribute."""
    if kind == "denies":
        return _Denial(sentence, clause, place).reach()
    found: list[Token] = []
    following = clause.tokens[place + 1 : place + 2]
    touched = bool(following) and following[0].is_term and following[0].start == clause.tokens[place].end
    if kind == "unsure" and touched:
        return Reach(following, kind="denies")  # 未侵犯, 不扩张
    if kind == "instead" and clause.tokens[place].text == "非" and _is_kind(clause.tokens, place):
        return None  # 非梗阻性脑积水
    for at, token in enumerate(clause.tokens[place + 1 :], place + 1):
        if token.is_term:
            found.append(token)
        elif (
            (token.any_of("and") and found and _new_statement(clause.tokens, at))
            or token.any_of("turns", "excepted", "excepts")
            or _ends(token, kind, found)
        ):
            return Reach(found)
        elif kind == "dated" and token.any_of("compares"):
            return None
    return Reach(found, open_end=True)


def _is_kind(tokens: Sequence[Token], place: int) -> bool:
    """Whether 非 is part of a kind's name: 非 … 性 right behind it."""
    end = tokens[place].end
    for token in tokens[place + 1 : place + 3]:
        if token.start != end or token.text == "急性":
            return False
        if "性" in token.text:
            return True
        end = token.end
    return False


def _ends(token: Token, kind: str, found: Sequence[Token]) -> bool:
    """Whether another cue takes over, or what follows is of now."""
    done = bool(found) and found[-1].is_operation
    if kind in ("after_surgery_of", "recalls") and token.text == "with" and done:
        return True
    if token.any_of("and", "or", "etc", "degree"):
        return False
    if kind == "resolves":
        return token.any_of("denies")
    if kind in ("recalls", "after_surgery_of") and token.any_of("presents"):
        return True
    if kind not in ("recalls", "doubts", "states"):
        return False
    if found and token.any_of("resolved", "remains", "cannot_see", "after_surgery"):
        return True
    return token.any_of(*TAKING_OVER) and not token.any_of(kind)


class _Denial:
    """A denial on its way through its clause."""

    def __init__(self, sentence: Sentence, clause: Clause, place: int) -> None:
        self._sentence, self._clause, self._place = sentence, clause, place
        self._tokens, self._cue = clause.tokens, clause.tokens[place]
        self._chinese = sentence.chinese
        self._found: list[Token] = []
        #: something that is no finding has been denied already
        self._said = False
        self._restricted = False
        self._known: list[Token] = []

    def reach(self) -> Reach | None:
        """The findings denied."""
        for at in range(self._place + 1, len(self._tokens)):
            token = self._tokens[at]
            if token.any_of("excepted") and token.text in _LEFT_OUT:
                self._found.clear()
                self._restricted = True
                continue
            if token.text in _AFTER and (self._found or self._said):
                return Reach(self._found, self._restricted, known=self._known)
            if not self._chinese:
                self._known += self._taken_as_known(at)
            elif token.is_term and self._is_setting(at):
                self._known.append(token)
            if token in self._known:
                continue
            if token.is_term:
                if self._found and self._is_trait_of(token, at):
                    return Reach(self._found, restricted=True)  # 无分隔囊肿
                if self._found and self._chinese and self._is_change_of_last(at):
                    return Reach(self._found, restricted=True, kind="affirmed")
                self._found.append(token)
            if self._found and token.any_of("changes") and self._tokens[at - 1].text in _HAVE:
                return Reach(self._found, restricted=True, kind="affirmed")  # neither … has changed
            if self._of_a_change(token, at):
                return Reach([token], restricted=True) if token.is_term else None
            if self._of_an_attribute(token, at):
                return None
            if not token.is_term and self._stopped(token, at):
                return Reach(self._found, self._restricted, known=self._known)
            self._restricted = self._restricted or self._narrowed(token)
            self._said = self._said or not (token.is_term or token.any_of("sees", "now", *_LISTED))
        if self._found and self._cue.text in _ATTRIBUTIVE and self._inside_a_phrase():
            del self._found[-1]
        return Reach(self._found, self._restricted or self._excepted(), open_end=True, known=self._known)

    def _taken_as_known(self, at: int) -> list[Token]:
        """The finding in which, or of which, something is denied: "in the cyst", "of the fracture"."""
        if self._tokens[at].text not in _THE or not self._tokens[at - 1].any_of("of"):
            return []
        if self._place == at - 1 or not (self._found or self._said):
            return []
        for token in self._tokens[at + 1 :]:
            if token.is_term or token.any_of("and", "or", "of"):
                return [token] if token.is_term else []
        return []

    def _is_setting(self, at: int) -> bool:
        """Whether a finding is where another is denied (支架内狭窄), or what it happens to (结石嵌顿)."""
        if self._found:
            return False
        following = self._tokens[at + 1 : at + 3]
        if following and following[0].is_term:
            return following[0].any_of("event")
        return len(following) == 2 and following[0].any_of("inside") and following[1].is_term

    def _is_trait_of(self, token: Token, at: int) -> bool:
        last = self._found[-1]
        touches = self._tokens[at - 1] is last and last.end == token.start
        return (
            touches
            and last.any_of("trait")
            and self._cue.text.startswith("无")
            and not token.any_of("changes")
        )

    def _is_change_of_last(self, at: int) -> bool:
        return self._tokens[at].any_of("changes") and self._tokens[at - 1] is self._found[-1]

    def _of_a_change(self, token: Token, at: int) -> bool:
        """Whether a change is denied, and not what changes (no increase in the nodule, 并无进展)."""
        last = self._found[-1:]
        if token.any_of("resolved", "remains") and last and self._tokens[at - 1] is last[0]:
            return True
        if not token.any_of("changes") or (self._chinese and token.is_term):
            return False
        if self._cue.text.startswith(_LISTING_CUES):
            return False  # denies any changes in vision or diplopia
        if self._found and not (token.is_term and len(self._found) == 1):
            return False
        rest = self._tokens[at + 1 :]
        named = any(t.is_term for t in rest)
        return not named or (not self._chinese and any(t.any_of("of") for t in rest[:4]))

    def _of_an_attribute(self, token: Token, at: int) -> bool:
        """Whether what stands before 的 is denied, and not what stands behind it (无明显强化的肿块)."""
        if token.any_of("attribute") and self._cue.text.startswith(_BARE_DENIALS):
            return any(t.is_term for t in self._tokens[at + 1 : at + 2])  # 无强化囊性灶
        if token.text in _OF and any(t.any_of("earlier") for t in self._tokens[: self._place]):
            return not self._found  # 旧片未见的结节
        if token.text not in _OF or self._found or not self._said:
            return False
        self._restricted = True
        if self._cue.text.startswith(_BARE_DENIALS):
            return True
        return any(t.any_of("sees") for t in self._tokens[: self._place]) or self._is_told_of(at)

    def _is_told_of(self, at: int) -> bool:
        """Whether what stands behind has a place or a size: it is there."""
        number = self._sentence.clauses.index(self._clause)
        behind = [t for c in self._sentence.clauses[number + 1 : number + 3] for t in c.tokens]
        return any(t.any_of("lies", "quantity") for t in [*self._tokens[at + 1 :], *behind])

    def _stopped(self, token: Token, at: int) -> bool:
        if token.any_of("turns", "excepted", "excepts"):
            return True
        if token.text in _OF and self._found:
            return self._cue.text.startswith(_BARE_DENIALS) or self._is_told_of(at)  # 无钙化的结节
        if token.any_of(*_LISTED):
            return token.any_of("and") and not self._chinese and _new_statement(self._tokens, at)
        under = self._found and self._chinese and token.text in _UNDER
        if token.any_of("sees") and (self._found or self._said) and self._cue.text != "neither" and not under:
            return True
        if token.any_of("resolved", "resolves", "remains", "cannot_see", "after_surgery") and self._found:
            return True
        if token.any_of("denies"):
            return bool(self._found)
        return token.any_of(*TAKING_OVER) and not token.any_of("degree", "recalls", "doubted")

    def _narrowed(self, token: Token) -> bool:
        """Whether a word makes it a denial of some only (no *large* effusion)."""
        if token.is_term or token.text in _OF:
            return False
        if token.any_of("narrows", "quantity"):
            return True
        return not (self._found or token.kinds or token.is_place or token.side)

    def _excepted(self) -> bool:
        """Whether the denial leaves something out, or is of a part (余肺, 5 mm 以上, 仅右肺见一枚)."""
        number = self._sentence.clauses.index(self._clause)
        for clause in self._sentence.clauses[number + 1 : number + 2]:
            if any(t.any_of("excepts", "only", "excepted_last") for t in clause.tokens):
                return True
        bracketed = [t for c in self._clause.inner for t in c.tokens]
        return any(t.any_of("quantity") for t in bracketed) or any(t.any_of("partial") for t in self._tokens)

    def _inside_a_phrase(self) -> bool:
        """Whether the denial is part of what is seen."""
        before = [t for t in self._tokens[: self._place] if not t.any_of("quantity", "degree", "look")]
        return bool(before) and before[-1].any_of("sees") and not before[-1].any_of("and", "denies")


def _new_statement(tokens: Sequence[Token], at: int) -> bool:
    """Whether "and" begins a statement of its own: a verb or a look that only what is there can have."""
    for place, token in enumerate(tokens[at + 1 :], at + 1):
        if token.is_term:
            following = tokens[place + 1 : place + 2]
            return any(t.any_of("remains", "is") and not t.any_of("etc") for t in following)
        if token.any_of("changes", "remains", "lasting", "there_is", "doubts"):
            return True
    return False
