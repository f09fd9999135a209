"""From the cues that reach a finding to its status."""

from __future__ import annotations

from collections.abc import Sequence

from app.mentions.grammar import Sentence
from app.mentions.model import Status
from app.mentions.scopes import Mark
from app.mentions.tokens import Token

#: kinds in the order of their force, with the status that each gives
_FORCE: tuple[tuple[str, Status], ...] = (
    ("supposes", Status.UNDECIDED),
    ("at_risk", Status.UNDECIDED),
    ("likens", Status.UNDECIDED),
    ("likened", Status.UNDECIDED),
    ("head", Status.UNDECIDED),
    ("not_real", Status.UNDECIDED),
    ("cannot_see", Status.NOT_EXAMINED),
    ("cannot_see_before", Status.NOT_EXAMINED),
    ("double", Status.PRESENT),
    ("instead", Status.ABSENT),
    ("others", Status.HISTORY),
    ("doubted", Status.UNCERTAIN),
    ("asked", Status.UNCERTAIN),
    ("rules_out", Status.UNCERTAIN),
    ("asks", Status.UNCERTAIN),
    ("doubts", Status.UNCERTAIN),
    ("denied", Status.ABSENT),
    ("denies", Status.ABSENT),
    ("remains", Status.PRESENT),
    ("resolved", Status.RESOLVED),
    ("resolves", Status.RESOLVED),
    ("after_surgery", Status.HISTORY),
    ("after_surgery_of", Status.HISTORY),
    ("recalls", Status.HISTORY),
    ("recalled", Status.HISTORY),
    ("dated", Status.HISTORY),
    ("excepts", Status.PRESENT),
    ("excepted_last", Status.PRESENT),
    ("states", Status.PRESENT),
    ("affirmed", Status.PRESENT),
    ("unsure", Status.UNDECIDED),
    ("between", Status.UNCERTAIN),
)
_STATUS = dict(_FORCE)
_DENYING = frozenset(("denies", "denied"))
_PAST = frozenset(("recalls", "recalled"))
_ASKING = frozenset(("rules_out", "asks"))


def decide(
    term: Token, marks: Sequence[Mark], sentence: Sentence, section: str, *, asked: bool
) -> tuple[Status, Mark | None]:
    """The status, and the mark that gave it."""
    kinds = {m.kind: m for m in marks}
    if kinds.keys() & _ASKING and not kinds.keys() & {"cannot_see", "supposes"}:
        asking = next(m for m in marks if m.kind in _ASKING)
        if section == "recommendation" or any(
            t.any_of("advises") and not (sentence.chinese and t.start > asking.cue.start)
            for t in sentence.tokens
        ):
            return Status.RECOMMENDED, asking
    denials = [m for m in marks if m.kind in _DENYING and m.cue.text not in ("neither", "nor")]
    if _is_operation(term.text) and "denied" in kinds and "denies" not in kinds:
        return Status.HISTORY, None
    if "after_surgery" in kinds and any(m.kind == "denied" for m in marks):
        return Status.HISTORY, kinds["after_surgery"]
    past = next((m for m in marks if m.kind in _PAST), None)
    if len({m.cue for m in denials}) > 1 and all(m.kind == "denies" for m in denials):
        return Status.PRESENT if sentence.chinese else Status.UNDECIDED, denials[-1]
    if past is not None and denials and not kinds.keys() & {"doubted", "cannot_see"}:
        if denials[0].cue.start > past.cue.start:
            return Status.RESOLVED, denials[0]
        if past.cue.start > term.start and past.cue.any_of("earlier"):
            return Status.UNDECIDED, past
        of_image = past.cue.any_of("earlier") and sentence.chinese
        return (Status.RESOLVED if of_image else Status.ABSENT), denials[0]
    if past is not None and past.cue.any_of("known") and section not in ("history", "indication"):
        later = any(t.any_of("changes", "remains", "compares") for t in sentence.tokens)
        if later:
            return Status.PRESENT, past
    if past is not None and "resolved" in kinds and not past.cue.any_of("earlier"):
        return Status.HISTORY, past
    behind = [t for t in sentence.tokens if t.start > term.end and t.any_of("changes", "remains", "compares")]
    if past is not None and past.cue.any_of("earlier") and "resolved" not in kinds and behind:
        return Status.PRESENT, past
    settled = next(
        (
            m
            for m in denials
            if m.kind == "denied" and m.cue.text.endswith(("排除", "除外", "out", "excluded"))
        ),
        None,
    )
    if settled is not None and "doubts" in kinds and kinds["doubts"].cue.start < settled.cue.start:
        return Status.ABSENT, settled
    for kind, status in _FORCE:
        if (mark := kinds.get(kind)) is not None:
            if kind in ("after_surgery", "after_surgery_of") and _is_device(term):
                return Status.PRESENT, mark
            if kind == "resolved" and mark.cue.any_of("nearly"):
                return Status.UNDECIDED, mark
            return status, mark
    if asked:
        return Status.UNCERTAIN, None
    return _plain(term, sentence, section), None


def _plain(term: Token, sentence: Sentence, section: str) -> Status:
    if section in ("history", "indication"):
        return Status.HISTORY
    if section == "recommendation" or _advised(term, sentence):
        return Status.UNDECIDED
    if term.any_of("operation") or _is_operation(term.text):
        return Status.HISTORY
    return Status.PRESENT


def _advised(term: Token, sentence: Sentence) -> bool:
    """Whether advice stands before the finding in its own clause."""
    for clause in sentence.clauses:
        if term in clause.tokens:
            at = clause.tokens.index(term)
            return any(t.any_of("advises") for t in clause.tokens[:at])
    return False


def _is_operation(text: str) -> bool:
    return text.endswith(("术", "ectomy", "ectomies", "otomy", "ostomy"))


_DEVICES = (
    "起搏器",
    "支架",
    "内固定",
    "假体",
    "置管",
    "导管",
    "引流管",
    "滤器",
    "瓣膜",
    "植入物",
    "钢板",
    "螺钉",
    "stent",
    "pacemaker",
    "prosthesis",
    "hardware",
    "graft",
    "filter",
    "tube",
    "catheter",
    "arthroplasty",
)


def _is_device(term: Token) -> bool:
    return term.text.endswith(_DEVICES)
