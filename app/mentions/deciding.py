"""From the cues that reach a finding to its status: rules for what meets, then the strongest cue alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from app.mentions.grammar import Clause, Sentence
from app.mentions.model import Status
from app.mentions.scopes import Mark
from app.mentions.tokens import Token

Decision = tuple[Status, Mark | None]

#: kinds in the order of their force, with the status that each gives
_FORCE: tuple[tuple[str, Status], ...] = (
    ("supposes", Status.UNDECIDED),
    ("at_risk", Status.UNDECIDED),
    ("likens", Status.UNDECIDED),
    ("likened", Status.UNDECIDED),
    ("cannot_see", Status.NOT_EXAMINED),
    ("cannot_see_before", Status.NOT_EXAMINED),
    ("double", Status.PRESENT),
    ("instead", Status.ABSENT),
    ("not_real", Status.UNDECIDED),
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
    ("because", Status.HISTORY),
    ("excepts", Status.PRESENT),
    ("excepted_last", Status.PRESENT),
    ("states", Status.PRESENT),
    ("affirmed", Status.PRESENT),
    ("unsure", Status.UNDECIDED),
    ("between", Status.UNCERTAIN),
)
_ASKING = frozenset(("rules_out", "asks", "aims"))
_SURGERY = frozenset(("after_surgery", "after_surgery_of"))
#: words that settle a doubt raised before
_SETTLED = ("排除", "除外", "out", "excluded")
_NOW = ("changes", "remains", "lasting", "compares")
_CUT_OUT = ("切", "摘", "根治", "取", "清", "剥", "剔", "修", "置", "移植")
_TODAY = frozenset(("现", "今", "本次", "此次", "目前", "现在", "当前", "today", "now", "currently"))
_PASSED_OVER = frozenset(("etc", "now", "of", "is", "degree"))
#: negating words that open no list
_NEGATING = frozenset(("failed", "fails", "never", "not", "缺", "阙", "难"))
_TICKS = frozenset("√✓☑■")
#: tokens; a Chinese character that no table has is one
_LONGEST_VERB = 3
_ONE_DENIAL = frozenset(("neither", "nor"))


@dataclass(slots=True)
class Case:
    """A finding with all that reaches it."""

    term: Token
    marks: Sequence[Mark]
    sentence: Sentence
    section: str
    kinds: dict[str, Mark] = field(init=False)

    def __post_init__(self) -> None:
        self.kinds = {mark.kind: mark for mark in self.marks}

    def has(self, *kinds: str) -> bool:
        """Whether a cue of one of the kinds reaches it."""
        return not self.kinds.keys().isdisjoint(kinds)

    @property
    def denials(self) -> list[Mark]:
        """What denies it; neither … nor are one denial."""
        return [m for m in self.marks if m.kind in ("denies", "denied") and m.cue.text not in _ONE_DENIAL]

    @property
    def past(self) -> Mark | None:
        """What tells of it as of the past."""
        return self.kinds.get("recalls") or self.kinds.get("recalled")

    @property
    def clause(self) -> Clause:
        """The clause that names it."""
        return next(c for c in self.sentence.clauses if self.term in c.tokens)

    @property
    def following(self) -> list[Token]:
        """The tokens of the next clause."""
        number = self.sentence.clauses.index(self.clause)
        return [t for c in self.sentence.clauses[number + 1 : number + 2] for t in c.tokens]

    @property
    def changes(self) -> bool:
        """Whether its clause, or the beginning of the next, tells how it is now (stable, 较前增大)."""
        number = self.sentence.clauses.index(self.clause)
        said = [t for t in self.clause.tokens if t.start > self.term.end]
        for clause in self.sentence.clauses[number + 1 : number + 2]:
            if any(t.any_of("denies") for t in clause.tokens) and clause.terms:
                continue  # 曾有胃溃疡，现未见溃疡
            first = next((t for t in clause.tokens if not t.any_of("now", "particle", "look")), None)
            said += [t for t in (first, clause.tokens[0]) if t is not None]
        return any(t.any_of(*_NOW) or t.text in _TODAY for t in said)


def decide(term: Token, marks: Sequence[Mark], sentence: Sentence, section: str, *, asked: bool) -> Decision:
    """The status, and the mark that gave it."""
    case = Case(term, marks, sentence, section)
    for rule in RULES:
        if (decision := rule(case)) is not None:
            return decision
    for kind, status in _FORCE:
        if (mark := case.kinds.get(kind)) is not None:
            return status, mark
    return (Status.UNCERTAIN if asked else _unmarked(case)), None


def _recommended(case: Case) -> Decision | None:
    """建议复查除外肺癌; MRI to rule out labral tear."""
    asking = next((m for m in case.marks if m.kind in _ASKING or m.cue.text == "鉴别"), None)
    if asking is None or case.has("cannot_see", "supposes"):
        return None
    advised = any(
        t.any_of("advises") and not (case.sentence.chinese and t.start > asking.cue.start)
        for t in case.sentence.tokens
    )
    return (Status.RECOMMENDED, asking) if advised or case.section == "recommendation" else None


def _advice_for(case: Case) -> Decision | None:
    """MRI for possible labral tear is recommended; follow-up to document resolution of pneumonia."""
    tokens = case.clause.tokens
    if case.sentence.chinese or not any(t.any_of("advises") for t in tokens):
        return None
    if (doubt := case.kinds.get("doubts")) is not None and doubt.cue in tokens:
        place = tokens.index(doubt.cue)
        if place and tokens[place - 1].text in ("for", "of"):
            return Status.RECOMMENDED, doubt
    gone = case.kinds.get("resolves")
    return (Status.UNDECIDED, gone) if gone is not None else None


def _no_relative(case: Case) -> Decision | None:
    """No family history of aneurysm."""
    others = case.kinds.get("others")
    if others is None or not case.denials or case.denials[0].cue.start > others.cue.start:
        return None
    return Status.ABSENT, case.denials[0]


def _operation_done(case: Case) -> Decision | None:
    """子宫切除术后缺如: the uterus is missing, not the operation."""
    if case.term.is_operation and case.has("denied") and not case.has("denies"):
        return Status.HISTORY, case.kinds["denied"]
    if case.has("after_surgery") and case.has("denied"):
        return Status.HISTORY, case.kinds["after_surgery"]
    return None


def _denied_twice(case: Case) -> Decision | None:
    """没有一个椎体不存在骨质增生."""
    denials = case.denials
    if len({m.cue for m in denials}) < 2 or any(m.kind != "denies" for m in denials):
        return None
    return (Status.PRESENT if case.sentence.chinese else Status.UNDECIDED), denials[-1]


def _past_and_denied(case: Case) -> Decision | None:
    """原有腹水现已不见 is resolved, 否认结核病史 is absent."""
    past, denials = case.past, case.denials
    if past is None or not denials or case.has("doubted", "cannot_see"):
        return None
    if denials[0].cue.start > past.cue.start:
        return Status.RESOLVED, denials[0]
    if past.cue.any_of("earlier"):
        if past.cue.start > case.term.start:
            return Status.UNDECIDED, past  # not seen on the prior study
        if case.sentence.chinese or past.cue.text.startswith("previously "):
            return Status.RESOLVED, denials[0]
    return Status.ABSENT, denials[0]


def _past_and_now(case: Case) -> Decision | None:
    """Known nodule is stable; 前片所示结节较前增大; but 5年前患胰腺炎，后痊愈."""
    past = case.past
    if past is None:
        return None
    if case.section in ("history", "indication"):
        return (Status.HISTORY, past) if case.has("resolved") else None
    if case.has("resolved") or (past.kind == "recalled" and not past.cue.any_of("earlier")):
        return None
    return (Status.PRESENT, past) if case.changes else None


def _gone_in_the_end(case: Case) -> Decision | None:
    """较前吸收，现未见."""
    still, gone = case.kinds.get("remains"), case.kinds.get("resolved")
    if still is None or gone is None or gone.cue.start < still.cue.start:
        return None
    return Status.RESOLVED, gone


def _doubted_then_gone(case: Case) -> Decision | None:
    """上次提示的息肉本次未显示: what was thought of it before matters no more."""
    doubt, gone = case.kinds.get("doubts"), case.kinds.get("resolved")
    if doubt is None or gone is None or case.has("doubted") or gone.cue.start < doubt.cue.start:
        return None
    return (Status.UNDECIDED if gone.cue.any_of("nearly") else Status.RESOLVED), gone


def _settled(case: Case) -> Decision | None:
    """疑骨折，已排除."""
    doubt = case.kinds.get("doubts")
    settled = [m for m in case.denials if m.kind == "denied" and m.cue.text.endswith(_SETTLED)]
    if doubt is None or not settled or settled[0].cue.start < doubt.cue.start:
        return None
    return Status.ABSENT, settled[0]


def _device(case: Case) -> Decision | None:
    """What was put in is there: 起搏器植入术后."""
    strongest = next((k for k, _ in _FORCE if k in case.kinds), None)
    if strongest in _SURGERY and case.term.is_device and not case.term.is_operation:
        return Status.PRESENT, case.kinds[strongest]
    return None


def _nearly(case: Case) -> Decision | None:
    """较前基本吸收: neither there nor gone."""
    nearly = [m for m in case.marks if m.kind in ("resolved", "resolves") and m.cue.any_of("nearly")]
    return (Status.UNDECIDED, nearly[0]) if nearly and not case.has("doubts", "doubted") else None


def _treated(case: Case) -> Decision | None:
    """转移瘤放疗后较前缩小: it is still there; what was cut out is not."""
    mark = case.kinds.get("after_surgery")
    if mark is None or case.has("resolved") or any(word in mark.cue.text for word in _CUT_OUT):
        return None
    behind = [t for t in case.clause.tokens if t.start > mark.cue.start]
    if any(t.is_term for t in behind) or not any(t.any_of("changes", "compares") for t in behind):
        return None
    return Status.PRESENT, mark


def _because(case: Case) -> Decision | None:
    """因肺癌行切除术; of what made somebody come today (因咳嗽就诊) nothing is decided."""
    if [*case.kinds] != ["because"]:
        return None
    behind = [t for t in case.clause.tokens if t.start > case.term.start]
    if any(t.is_operation or t.any_of("surgery", "after_surgery") for t in behind):
        return Status.HISTORY, case.kinds["because"]
    return _unmarked(case), None


RULES: tuple[Callable[[Case], Decision | None], ...] = (
    _recommended,
    _advice_for,
    _no_relative,
    _operation_done,
    _denied_twice,
    _past_and_denied,
    _past_and_now,
    _gone_in_the_end,
    _doubted_then_gone,
    _settled,
    _nearly,
    _treated,
    _device,
    _because,
)


def _unmarked(case: Case) -> Status:
    """What a bare name says: that it is there, but for where it stands."""
    if case.section in ("history", "indication"):
        return Status.HISTORY
    before = case.clause.tokens[: case.clause.tokens.index(case.term)]
    if case.section == "recommendation" or any(t.any_of("advises") for t in before):
        return Status.UNDECIDED
    if _is_left_blank(case) or _denied_in_other_words(case.clause.tokens[len(before) + 1 :], case.following):
        return Status.UNDECIDED
    done = case.term.is_operation and not case.term.is_device
    return Status.HISTORY if done else Status.PRESENT


def _denied_in_other_words(behind: Sequence[Token], following: Sequence[Token]) -> bool:
    """Whether the clause ends with a negation of a verb that no table has (骨折未获认可, "failed to emerge"):
    it may deny the finding, or say what it is not.
    """
    if not behind and len(following) == 1 and following[0].any_of("unsure", "denies", "denied"):
        return True  # 淋巴结肿大，否
    if (
        behind
        and behind[-1].any_of("denied", "denies")
        and all(t.is_place or t.any_of("of") for t in behind[:-1])
    ):
        return True  # 增大的淋巴结未见, 肿块的包膜未见
    rest = [t for t in behind if not t.kinds & _PASSED_OVER]
    if not rest or not (rest[0].any_of("unsure") or rest[0].text in _NEGATING):
        return False
    verb = rest[1:]
    return 0 < len(verb) <= _LONGEST_VERB and not any(t.kinds or t.entry or t.said_side for t in verb)


def _is_left_blank(case: Case) -> bool:
    """Whether the finding's box of a form has no mark: the one in front of it where boxes stand in front."""
    tokens = sorted(case.sentence.tokens, key=lambda t: t.start)
    boxes = [t for t in tokens if t.any_of("blank", "ticked") or t.text in _TICKS]
    if not any(t.any_of("blank") for t in boxes):
        return False
    first = next(t for t in tokens if t.is_term)
    at = tokens.index(case.term)
    beside = tokens[max(0, at - 1) : at] if boxes[0].start < first.start else tokens[at + 1 : at + 2]
    return any(t.any_of("blank") for t in beside)
