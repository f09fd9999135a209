"""Rules of conclusions: concluded without a finding, found without a conclusion, normal against abnormal."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.mentions import Status
from app.reporting.rules.anatomy import ORGANS, related
from app.reporting.rules.groups import alike
from app.reporting.rules.hits import FINDINGS, IMPRESSION, Hit, Rule, clause_words, of_clause, of_said
from app.reporting.rules.reading import Reading, Said

_PRESENT, _ABSENT, _UNCERTAIN = Status.PRESENT, Status.ABSENT, Status.UNCERTAIN
_THERE = (_PRESENT, _UNCERTAIN)

_ALL_WELL = re.compile(
    r"^(?:(?!余|其他|其余|除).){0,24}?未见(?:明[显确])?异常(?:征象|改变|表现)?$|^(?:\W|目前)*(?:正常"
    r"|normal)\b.{0,60}$|^\s*no (?:acute |significant )?(?:\w+ ){0,2}abnormalit(?:y"
    r"|ies)\b.{0,40}$|^\s*normal\b.{0,60}$|^\s*unremarkable\b.{0,60}$"
    r"|^.{0,40}\bis (?:normal|unremarkable)$",
    re.IGNORECASE,
)
_OF_EXAM = re.compile(
    r"平扫|增强|CT|MRI?|超声|X线|平片|正位|检查|摄片|\bexam\w*|\bstudy\b|\bultrasound\b"
    r"|\bradiograph\w*|\bscan\b|\bacute\b|\bMRI?\b",
    re.I,
)
#: what a conclusion must not leave out
_GRAVE = frozenset(
    (
        "fracture",
        "dislocation",
        "pneumothorax",
        "free-air",
        "hemorrhage",
        "infarct",
        "embolus",
        "thrombus",
        "mass",
        "cancer",
        "aneurysm",
        "dissection",
        "tear",
        "herniation",
        "obstruction",
        "intussusception",
        "abscess",
        "appendicitis",
        "adenopathy",
        "hydronephrosis",
        "destruction",
    )
)
_WORTH = _GRAVE | {
    "nodule",
    "effusion",
    "stone",
    "consolidation",
    "pneumonia",
    "polyp",
    "stenosis",
    "atelectasis",
    "cyst",
    "fibroid",
    "cholecystitis",
    "pancreatitis",
    "hemangioma",
    "bulge",
}
_LITTLE = re.compile(
    r"少许|少量|微小|轻度|小(?:囊肿|结节|钙化)|生理性|陈旧|\bsmall\b|\bmild\b|\btiny\b|\bminimal\b"
    r"|\bphysiologic\w*|\bold\b|\bchronic\b|\btrace\b",
    re.I,
)


#: what "no acute abnormality" leaves out
_ACUTE = _GRAVE - {
    "mass",
    "cancer",
    "adenopathy",
    "herniation",
    "tear",
    "thrombus",
    "hydronephrosis",
    "aneurysm",
}


def normal_conclusion(reading: Reading) -> Iterator[Hit]:
    """The impression is that all is well; findings describe what is not."""
    clauses = [c for c in reading.of(IMPRESSION) if c.text.strip(" 0123456789.、")]
    if (
        not clauses
        or any(s.status in _THERE for s in reading.said(IMPRESSION))
        or any(c.abnormal for c in clauses)
    ):
        return
    well = [c for c in clauses if _ALL_WELL.search(c.text.strip()) and _OF_EXAM.search(c.text)]
    acute = any(re.search(r"\bacute\b|急性", c.text, re.I) for c in well)
    ill = [
        s
        for s in reading.said(FINDINGS)
        if s.status is _PRESENT
        and s.group in (_ACUTE if acute else _WORTH)
        and not _LITTLE.search(clause_words(reading, s))
        and not _OF_OLD.search(clause_words(reading, s))
    ]
    if well and ill:
        yield of_clause(well[0], other=clause_words(reading, ill[0]))


_SURGICAL = re.compile(r"术后|切除|缺如|status post|\bs/p\b|post-?op|surgical|ectomy", re.I)
#: diseases that are concluded from signs elsewhere, or from none
_INFERRED = re.compile(
    r"支气管炎|慢支|转移|动脉硬化|术后|改变|骨质疏松|高血压|肺心病|心衰|心功能|门脉高压"
    r"|bronchitis|COPD|post-?op|change"
    r"|heart failure|osteopor|hypertension|metasta",
    re.I,
)


def unsupported(reading: Reading) -> Iterator[Hit]:
    """The impression names what no finding of that organ supports."""
    if not reading.text(FINDINGS).strip():
        return
    ill: set[str] = set()
    loose = False
    for clause in reading.of(FINDINGS):
        speaks = clause.abnormal or (not clause.normal and not clause.prior and re.search(r"\w", clause.text))
        if speaks and not clause.advice:
            ill |= {n.organ.organ_id for n in clause.organs} | {
                s.organ for s in clause.said if s.organ and s.status is not _ABSENT
            }
            loose = loose or not clause.organs
    for said in reading.said(IMPRESSION):
        if (
            said.status is not _PRESENT
            or not said.organ
            or said.group in ("lesion",)
            or _SURGICAL.search(clause_words(reading, said))
            or _INFERRED.search(clause_words(reading, said))
        ):
            continue
        if loose or any(related(said.organ, organ) for organ in ill):
            continue
        if any(k.group == said.group and k.status in _THERE for k in reading.said(FINDINGS)):
            continue
        yield of_said(said)
        return


def state_unsupported(reading: Reading) -> Iterator[Hit]:
    """Findings are normal throughout, and the impression is not."""
    clauses = [c for c in reading.of(FINDINGS) if re.search(r"\w", c.text)]
    if not clauses or any(c.abnormal or not (c.normal or _NEUTRAL.search(c.text)) for c in clauses):
        return
    for clause in reading.of(IMPRESSION):
        if clause.advice or clause.prior or clause.surgery or _INFERRED.search(clause.text):
            continue
        if clause.abnormal and any(s.status is _PRESENT for s in clause.said):
            yield of_clause(clause)
            return


_NEUTRAL = re.compile(
    r"良好|居中|适中|自然|存在|如常|未闭|清|\bwell\b|\bmidline\b|\banteverted\b|\badequate\w*", re.I
)


def unreported(reading: Reading) -> Iterator[Hit]:
    """A finding that matters, of which the impression says nothing."""
    if not reading.text(IMPRESSION).strip():
        return
    concluded = reading.said(IMPRESSION)
    organs = {
        n.organ.organ_id for c in reading.of(IMPRESSION) if not c.advice for n in c.organs if c.own_organs
    } | {s.organ for s in concluded if s.organ}
    scored = _NO_ORGAN_SCORE.search(reading.text(IMPRESSION)) is not None
    nowhere = [s for s in concluded if not s.organ and s.status in _THERE]
    for said in reading.said(FINDINGS):
        if said.status is not _PRESENT or not said.organ or said.rest:
            continue
        words = clause_words(reading, said)
        size = _size(said)
        if said.group in ("nodule", "lesion", "dilatation", "stone", "thickening"):
            if _OF_OLD.search(words) or (
                not _DIRE.search(words) and (size is None or size < _LEAST_MM[said.group])
            ):
                continue
        elif (
            said.group not in _GRAVE
            or (_LITTLE.search(words) and said.group not in _NEVER_LITTLE)
            or _OF_OLD.search(words)
        ):
            continue
        if size is not None and size < 5 and said.group not in _NEVER_LITTLE:
            continue
        nearby = _covered(said, concluded, organs, scored) or _turned(reading, said, concluded)
        nearby = nearby or any(alike(s.group, said.group) for s in nowhere)
        if not nearby and not _vague(reading):
            yield of_said(said)


def _covered(said: Said, concluded: list[Said], organs: set[str], scored: bool) -> bool:
    """Whether a conclusion speaks of a finding: of its organ, or of its like close by."""
    near = [
        k for k in concluded if k.organ and related(k.organ, said.organ) and {k.side, said.side} != {"L", "R"}
    ]
    own = [k for k in near if k.organ == said.organ or ORGANS[k.organ].within == said.organ]
    if any(k.group == said.group or (alike(k.group, said.group) and k.group != "fibroid") for k in near):
        return True
    if said.organ in _SCORED and said.group in ("nodule", "mass", "lesion", "calcification") and scored:
        return True
    if said.group == "adenopathy" and any(k.group in ("cancer", "adenopathy") for k in concluded):
        return True
    if any(k.group not in _SMALL and (k.organ == said.organ or k.group != "fibroid") for k in own) or any(
        k.group in _GRAVE | {"stone"} for k in near
    ):
        return True
    spoken = {k.organ for k in concluded if k.organ}
    return any(related(organ, said.organ) for organ in organs - spoken)


def _turned(reading: Reading, said: Said, concluded: list[Said]) -> bool:
    """Whether the conclusion has it on the other side, where findings have none: a wrong side only."""
    there = [k for k in concluded if k.group == said.group and {k.side, said.side} == {"L", "R"}]
    known = {k.side for k in reading.said(FINDINGS) if k.group == said.group and k.status in _THERE}
    return any(k.side not in known for k in there)


_SCORED = frozenset({"breast", "thyroid", "prostate", "liver", "lung"})
#: a category alone concludes on the lesions of the organ
_NO_ORGAN_SCORE = re.compile(r"(?:^|[。；\n.] ?|\d[.、] ?)(?:BI|TI|PI|LI|Lung)-?RADS", re.I)
_DIRE = re.compile(
    r"毛刺|溶骨|不规则增厚|微钙化|irregular (?:wall )?thicken|浸润|强化肿|代谢增高|浓聚"
    r"|可疑|\bspiculated\b|\blytic\b|\bhypermetabolic\b|\bsuspicious\b|\bavid\b",
    re.I,
)
_OF_OLD = re.compile(
    r"副脾|良性|稳定|同前|无变化|\baccessory\b|\bbenign\b|\bstable\b|\bunchanged\b|原|较前"
    r"|既往|术后|陈旧|慢性|腔隙|愈合|软化|\bprior\b|\bprevious\w*|\bold\b"
    r"|\bchronic\b|\blacunar\b|\bhealed\b|\bremote\b",
    re.IGNORECASE,
)
_LEAST_MM = {"nodule": 8.0, "lesion": 10.0, "dilatation": 30.0, "stone": 1000.0, "thickening": 1000.0}
#: groups that matter however small
_NEVER_LITTLE = frozenset(
    ("pneumothorax", "hemorrhage", "fracture", "embolus", "free-air", "dissection", "aneurysm", "thrombus")
)
_NO_CONCLUSION = re.compile(r"RADS|Bosniak|分类|类$|AI|已.{0,12}告知|called|notified", re.I)


def _vague(reading: Reading) -> bool:
    """Whether the impression concludes something of which the organ is not known."""
    return any(
        not c.organs
        and not c.said
        and not c.normal
        and not c.advice
        and not _NO_CONCLUSION.search(c.text)
        and re.search(r"[㐀-鿿]{3}|[A-Za-z]{4}", c.text)
        for c in reading.of(IMPRESSION)
    )


#: conclusions too little to cover a grave finding of the same organ
_SMALL = frozenset({"cyst", "calcification", "fatty", "stone", "polyp", "degeneration"})


def _size(said: Said) -> float | None:
    value, unit = said.mention.value, (said.mention.unit or "").lower()
    if value is None or unit not in ("mm", "cm"):
        return None
    return (max(value) if isinstance(value, tuple) else value) * (10 if unit == "cm" else 1)


RULES: dict[str, Rule] = {
    "Q-48": normal_conclusion,
    "Q-49": state_unsupported,
    "Q-50": unsupported,
    "Q-51": unreported,
}
