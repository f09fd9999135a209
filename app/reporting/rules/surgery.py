"""Rule of operations: an organ is described that was taken out before."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.reporting.rules.anatomy import REMOVALS, Named
from app.reporting.rules.hits import DESCRIBED, FINDINGS, HISTORY, IMPRESSION, Hit, Rule, of_clause
from app.reporting.rules.reading import Clause, Reading

_PARTIAL = re.compile(
    r"部分|楔形|局部|剔除|段切除|息肉|活检|保乳|肿瘤切除|囊肿(?:切除|剥除)|次全|partial"
    r"|wedge|segment|subtotal"
    r"|lumpectomy|heminephrectomy|myomectomy|supracervical|polypectomy|biopsy",
    re.I,
)
_GONE = re.compile(
    r"切除|摘除|术后|缺如|未(?:见)?显示|未见(?:显示|确切显示)?$|窝|残端|残[余留叶]|吻合"
    r"|术区|床|区(?!未见显示)|已(?:切|摘)|根治|全切|不存在|空虚|对侧|代偿"
    r"|absent|remov|resect|ectomy|post-?(?:op|surg)|\bbed\b|fossa|stump|remnant|cuff"
    r"|status post|s/p|surgical(?:ly)?|not (?:seen|visuali)|contralateral|remaining"
    r"|compensat|hypertroph",
    re.IGNORECASE,
)
_PARTS_OF = {
    "uterus": re.compile(r"宫颈|阴道|附件|内膜残|cervix|vagin|adnex", re.I),
    "breast": re.compile(r"胸壁|腋|chest wall|axill", re.I),
}


def removed_organ(reading: Reading) -> Iterator[Hit]:
    """An organ is described that history or text say was taken out."""
    gone = list(_removed(reading))
    if not gone:
        return
    for clause in reading.of(*DESCRIBED):
        if _GONE.search(clause.text) or clause.advice or not clause.own_organs:
            continue
        for named in clause.organs:
            if _is_described(reading, clause, named, gone):
                yield of_clause(clause, organ=reading.text(clause.section)[named.start : named.end])
                break


def _removed(reading: Reading) -> Iterator[tuple[str, str, str]]:
    """(organ, side or "", lobe or "") of what was taken out."""
    for clause in reading.of(HISTORY, FINDINGS, IMPRESSION):
        for organ, words in REMOVALS:
            match = words.search(clause.text)
            if (
                match is None
                or _PARTIAL.search(clause.text)
                or re.search(
                    r"拟行|建议|未行|准备|planned|scheduled|for (?:possible )?\w*ectomy", clause.text, re.I
                )
            ):
                continue
            side = clause.side_of(clause.start + match.start()) if clause.sides else ""
            if not side and re.search(r"左|left", match.group(), re.I):
                side = "L"
            elif not side and re.search(r"右|right", match.group(), re.I):
                side = "R"
            if not side and re.search(r"双|bilateral", clause.text, re.I):
                side = "B"
            yield organ, side, _lobe(clause.text) if organ == "lung" else ""


def _lobe(text: str) -> str:
    return next(
        (
            n
            for n, p in (
                ("upper", r"上叶|上肺|upper"),
                ("middle", r"中叶|middle"),
                ("lower", r"下叶|下肺|lower"),
            )
            if re.search(p, text, re.I)
        ),
        "",
    )


def _is_described(reading: Reading, clause: Clause, named: Named, gone: list[tuple[str, str, str]]) -> bool:
    organ = named.organ.organ_id
    for removed, side, lobe in gone:
        if organ != removed:
            continue
        except_part = _PARTS_OF.get(organ)
        if except_part and except_part.search(clause.text):
            continue
        if organ == "lung" and (not lobe or _lobe(clause.text) != lobe):
            continue
        if not named.organ.paired or (organ in ("prostate",)):
            return True
        said = clause.side_of(named.start) or next(
            (s for s, place in clause.sides if place >= named.start), ""
        )
        if side in ("", "B"):
            if organ in ("ovary", "kidney", "breast", "lung", "testis", "adrenal") and side == "":
                continue  # which of the two is not said
            return True
        if said in (side, "B"):
            return True
        if not said and organ == "kidney" and re.search(r"\bkidneys\b|肾脏(?:大小|形态)", clause.text, re.I):
            return True
    return False


RULES: dict[str, Rule] = {"Q-60": removed_organ}
