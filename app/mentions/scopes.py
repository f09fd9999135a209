"""Which cues reach which finding of a sentence."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from app.mentions.backward import backward, before, heads, says_only
from app.mentions.forward import forward
from app.mentions.grammar import Clause, Sentence
from app.mentions.kinds import BACK, FORWARD, HEADS
from app.mentions.lists import carried, doubtful_member
from app.mentions.tokens import Token

_SETTLED = ("排除", "ruled out", "excluded")


@dataclass(frozen=True, slots=True)
class Mark:
    """A cue that reaches a finding; `restricted` where it is said of some kind or part of it only."""

    kind: str
    cue: Token
    restricted: bool = False


Marks = dict[Token, list[Mark]]


def marks_of(sentence: Sentence) -> Marks:
    """What reaches each finding of a sentence."""
    made: Marks = defaultdict(list)
    for number, clause in enumerate(sentence.clauses):
        for place, token in enumerate(clause.tokens):
            if token.kinds and not token.any_of("neutral", "quantity"):
                _mark(sentence, number, place, made)
    return made


def _mark(sentence: Sentence, number: int, place: int, made: Marks) -> None:
    """Try the cue at `place` forward; where it opens nothing, what it is said of."""
    clause = sentence.clauses[number]
    token = clause.tokens[place]
    kind = next((k for k in FORWARD if k in token.kinds), None)
    if kind is not None and (
        _only_degree(clause, place, kind) or _forward(sentence, number, place, kind, made)
    ):
        return
    if "between" in token.kinds:
        beside = [
            *list(before(clause.tokens, place, "between", sentence.chinese)),
            *_next_term(clause, place),
        ]
        for target in beside:
            made[target].append(Mark("between", token))
        return
    back = next((k for k in BACK if k in token.kinds), None)
    if kind == "denies" and back in (None, "denied"):
        back = "denied" if says_only(clause.tokens[place:], 0) else None
    if back == "resolved" and any(
        t.any_of("denies") and not t.any_of("resolved") for t in clause.tokens[:place]
    ):
        back = "remains"  # 未见骨折愈合征象
    if back == "resolved" and any(t.any_of("aims", "asks") for t in clause.tokens[:place]):
        back = "unsure"  # 了解骨折愈合情况
    if back is None:
        return
    targets = backward(sentence, number, place, back)
    if back == "denied" and (_of_one_side(sentence, number) or _of_two_answers(sentence, targets)):
        back = "unsure"
    if not targets and place == 0 and token.text.startswith("("):
        targets = _next_term(clause, place)  # （-）骨折
    for target in targets:
        made[target].append(Mark(back, token))


def _of_one_side(sentence: Sentence, number: int) -> bool:
    """Whether a denial in brackets is of one side only (积液（左侧无，右侧少量）)."""
    clause = sentence.clauses[number]
    if clause.before != "open" or not any(t.side in ("left", "right") for t in clause.tokens):
        return False
    return any(c.host is clause.host for c in sentence.clauses[number + 1 : number + 2])


def _of_two_answers(sentence: Sentence, targets: list[Token]) -> bool:
    """Whether left and right are answered apart, and one of them is there (结石 左：有 右：无)."""
    if not targets:
        return False
    behind = [t for t in sentence.tokens if t.start > max(t.start for t in targets)]
    end = next((t.start for t in behind if t.is_term), sentence.stop)
    answers = [t for t in behind if t.start < end]
    sides = {t.side for t in answers}
    return {"left", "right"} <= sides and any(t.any_of("affirmed", "sees", "look") for t in answers)


def _forward(sentence: Sentence, number: int, place: int, kind: str, made: Marks) -> bool:
    """Mark what a cue opens; whether it is dealt with."""
    token = sentence.clauses[number].tokens[place]
    reached = forward(sentence, sentence.clauses[number], place, kind)
    if reached is None:
        return True
    targets = reached.targets
    for target in reached.known:
        made[target].append(Mark("unsure", token))
    if kind == "supposes" and not targets and reached.open_end:
        targets = [
            t for c in sentence.clauses[number + 1 : number + 2] if c.before == "comma" for t in c.terms
        ]
    if reached.open_end:
        targets = targets + carried(sentence, number, kind, bool(targets))
        for target in doubtful_member(sentence, number, kind, targets):
            made[target].append(Mark("unsure", token))
    for target in targets:
        made[target].append(Mark(reached.kind or kind, token, reached.restricted))
    earlier = sentence.clauses[number].tokens[max(0, place - 1) : place]
    if kind == "after_surgery_of" and any(t.is_operation for t in targets):
        for target in earlier:
            if target.is_term:  # carcinoma of thyroid status post thyroidectomy
                made[target].append(Mark(kind, token))
    return bool(targets or reached.known)


def _next_term(clause: Clause, place: int) -> list[Token]:
    return next(([t] for t in clause.tokens[place + 1 :] if t.is_term), [])


def _only_degree(clause: Clause, place: int, kind: str) -> bool:
    """Whether a doubt is a mere adjective under a denial (未见可疑结节, no suspicious mass)."""
    if kind != "doubts" or not clause.tokens[place].any_of("degree"):
        return False
    return any(t.any_of("denies") for t in clause.tokens[:place])


def heading_cue(sentence: Sentence) -> Mark | None:
    """A cue that is a heading of its own, over what stands behind its colon (排除：肺栓塞；夹层)."""
    first, second = [*sentence.clauses, None, None][:2]
    if first is None or not heads(first):
        return None
    if second.before != "colon" if second is not None else sentence.end != "\n":
        return None
    for token in first.tokens:
        kind = next((k for k in HEADS if k in token.kinds), None)
        if kind is not None and token.text != "提示":  # 超声提示：脂肪肝
            return Mark(kind, token)
    return None


def taken_back(sentence: Sentence) -> Mark | None:
    """A sentence that only says that what was named before is gone ("Resolved.", 现已消失。)."""
    if sentence.is_endless:
        return None
    for clause in sentence.clauses:
        for place, token in enumerate(clause.tokens):
            if token.any_of("resolved") or token.text.endswith(_SETTLED):
                others = [c for c in sentence.clauses if c is not clause]
                if says_only(clause.tokens, place) and all(says_only(c.tokens, -1) for c in others):
                    return Mark("resolved" if token.any_of("resolved") else "denied", token)
    return None
