"""Rules of the way through the house: critical results, models, who signs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.domain.report import SignatureRole
from app.mentions import Status
from app.reporting.rules.hits import DESCRIBED, FINDINGS, IMPRESSION, Hit, Rule, of_clause
from app.reporting.rules.reading import Clause, Reading

_CALLED = re.compile(
    r"(?:电话|口头|微信|当面|已|及时|立即)[^，。；]{0,10}(?:告知|通知|报告|联系|汇报|沟通)"
    r"|(?:告知|通知|联系"
    r"|汇报)[^，。；]{0,10}(?:医[师生]|科|临床|护士|急诊)|危急值(?:已|报告|登记|通知)"
    r"|\b(?:called|notified|informed|communicated|paged|phoned|telephoned|discussed"
    r"|relayed|conveyed)\b(?: (?:to|with|by))?|\bread[- ]?back\b",
    re.IGNORECASE,
)
_NOT_CALLED = re.compile(
    r"(?:未|没有|尚未|无法)(?:能)?(?:电话)?(?:告知|通知|联系)|\b(?:not|could not be"
    r"|unable to)\b[^.]{0,20}(?:called|notified|reached|communicated|notify|reach)",
    re.I,
)
_OLD = re.compile(
    r"陈旧|慢性|既往|病史|吸收|软化|术后|腔隙|腔梗|复查|较前|好转|后遗|亚急性期后|\bold\b"
    r"|\bchronic\b|\bremote\b"
    r"|\blacunar\b|\bresol\w+|\bhistory\b|\bprior\b|\bprevious\w*|\bevolving\b"
    r"|\bstable\b|\bunchanged\b|\bimprov\w+|\bdecreas\w+|\bcalcified\b",
    re.I,
)
_NOT_SURE = re.compile(
    r"不除外|待排|不能排除|除外|可能性小|\bcannot (?:be )?exclud|\bnot exclud|\bunlikely\b"
    r"|\brule out\b|\bpossib\w+",
    re.I,
)

_HEAD_BLEED = re.compile(
    r"脑出血|颅内(?:多发)?出血|脑(?:内|室|干|叶)?(?:血肿|出血)|小脑出血|丘脑出血"
    r"|基底节区?(?:脑)?(?:出血|血肿)"
    r"|[额颞顶枕]{1,2}叶(?:脑)?(?:出血|血肿)|蛛网膜下腔出血|蛛血"
    r"|硬膜[下外](?:急性)?(?:血肿|出血)|脑挫裂伤伴(?:出血|血肿)|脑疝"
    r"|\b(?:intracranial|intracerebral|intraparenchymal|subarachnoid|subdural|epidural"
    r"|extradural|intraventricular|cerebellar|pontine|thalamic|parenchymal"
    r"|basal ganglia|brain)\b[^.,;]{0,24}\b(?:h(?:a)?emorrhage|h(?:a)?ematoma"
    r"|bleed)\w*|\b(?:SAH|SDH|EDH|ICH)\b|\bherniation of the brain\b|\b(?:uncal"
    r"|tonsillar|transtentorial) herniation\b",
    re.IGNORECASE,
)
_INFARCT = re.compile(
    r"(?:大面积|大片|急性|超急性)[^，。；]{0,14}(?:脑)?(?:梗死|梗塞)|(?:半球"
    r"|供血区)[^，。；]{0,8}(?:急性)?(?:脑)?(?:梗死|梗塞)|\b(?:large|acute|massive|malignant"
    r"|territorial)\b[^.,;]{0,40}\b(?:infarct\w*|stroke)\b|\b(?:infarct\w*"
    r"|stroke)\b[^.;]{0,40}\b(?:hemisphere|MCA|middle cerebral|territory)\b",
    re.I,
)
_LARGE_INFARCT = re.compile(
    r"大面积|大片|半球|供血区|全域|额颞(?:顶)?叶|\blarge\b|\bmassive\b|\bmalignant\b|\bhemispher\w*"
    r"|\bterritor\w+|\bMCA\b|middle cerebral",
    re.I,
)
_PE = re.compile(
    r"肺(?:动脉)?(?:[^，。；]{0,6})?(?:栓塞|栓子)|骑跨(?:性)?血?栓"
    r"|\bpulmonary (?:artery )?(?:thrombo-?)?embol\w*|\bsaddle embol\w*|\bPE\b",
    re.I,
)
_AORTA = re.compile(
    r"主动脉[^，。；]{0,8}(?:夹层|破裂|壁间血肿|穿透性溃疡)|主动脉瘤破裂|\baortic (?:dissection|rupture"
    r"|intramural h)\w*|\bdissection (?:of|involving) the (?:\w+ ){0,3}aorta\b"
    r"|\b(?:ruptured|leaking) (?:abdominal )?aortic\b|\b(?:type"
    r"|stanford) [AB] (?:aortic )?dissection\b|\bruptured? (?:AAA|aneurysm)|动脉瘤破裂",
    re.I,
)
_PTX = re.compile(r"张力性(?:液)?气胸|\btension (?:hydro)?pneumothora\w*", re.I)
_PTX_ANY = re.compile(r"气胸|\bpneumothora\w*", re.I)
_PTX_LARGE = re.compile(
    r"大量|纵隔[^，。；]{0,8}移位|压缩[^，。；\d]{0,6}(?:[3-9]\d|100)\s*[%％]|(?:[3-9]\d"
    r"|100)\s*[%％][^，。；]{0,4}压缩|\blarge\b|\bmassive\b|(?:mediastin\w+"
    r"|tracheal)[^.]{0,30}shift|shift[^.]{0,30}mediastin|complete (?:lung )?collapse"
    r"|collapse of the (?:left|right) lung|(?:[3-9]\d|100) ?%",
    re.I,
)
_FREE_AIR = re.compile(
    r"(?:消化道|胃|肠|十二指肠|空腔脏器|溃疡|胃肠|结肠|小肠|阑尾)[^，。；]{0,6}穿孔"
    r"|(?:膈下|腹腔)[^，。；]{0,6}游离(?:气体"
    r"|积气)|气腹|\bpneumoperitoneum\b|\bfree (?:intraperitoneal |subdiaphragmatic "
    r"|intra-abdominal |abdominal )?(?:air|gas)\b|\bperforat(?:ion"
    r"|ed)\b(?! (?:tympanic|drum))|\bfree air under\b",
    re.I,
)
_ECTOPIC = re.compile(
    r"(?:异位妊娠|宫外孕|输卵管妊娠)[^，。；]{0,10}破裂|破裂[^，。；]{0,4}(?:异位妊娠|宫外孕)"
    r"|\bruptured (?:\w+ )?ectopic\b|\bectopic\b[^.;]{0,40}\brupture\w*",
    re.I,
)
_ECTOPIC_ANY = re.compile(r"异位妊娠|宫外孕|输卵管妊娠|\bectopic(?: pregnancy)?\b|\btubal pregnancy\b", re.I)
_BLOOD = re.compile(
    r"腹腔(?:内)?(?:积血|大量积液)|盆腹腔(?:大量)?积(?:血|液)|大量(?:盆腔|腹腔)?积液|积血"
    r"|\bhemoperitoneum\b"
    r"|\bhaemoperitoneum\b|\blarge (?:volume|amount) of (?:free )?fluid\b"
    r"|\bechogenic free fluid\b|\bcomplex free fluid\b",
    re.I,
)
_INTUS = re.compile(r"肠套叠|套叠征|\bintussuscept\w+", re.I)


def _clauses(reading: Reading, pattern: re.Pattern[str]) -> Iterator[Clause]:
    """Clauses that say it of now, for sure."""
    for clause in reading.of(*reversed(DESCRIBED)):
        for match in pattern.finditer(clause.text):
            if (
                clause.advice
                or _OLD.search(clause.text)
                or _NOT_SURE.search(clause.text)
                or _denied(clause, clause.start + match.start(), clause.start + match.end())
            ):
                continue
            yield clause
            break


def _denied(clause: Clause, start: int, end: int) -> bool:
    within = [s for s in clause.said if s.start < end and s.end > start]
    if within:
        return all(s.status not in (Status.PRESENT, Status.UNCERTAIN) for s in within)
    return bool(
        re.search(
            r"未见|无|没有|排除|\bno\b|\bwithout\b|\bnegative\b|\bnot\b",
            clause.text[: max(0, start - clause.start)],
            re.I,
        )
    )


def critical_without_call(reading: Reading) -> Iterator[Hit]:
    """A result that must be told at once, and no word that it was."""
    if reading.facts.communicated.strip():
        return
    texts = "\n".join(reading.texts.values())
    if _CALLED.search(texts) and not _NOT_CALLED.search(texts):
        return
    whole = "\n".join(reading.text(s) for s in DESCRIBED)
    wanted = [_HEAD_BLEED, _PE, _AORTA, _PTX, _FREE_AIR, _ECTOPIC, _INTUS]
    if _LARGE_INFARCT.search(whole):
        wanted.append(_INFARCT)
    if _PTX_LARGE.search(whole):
        wanted.append(_PTX_ANY)
    if _BLOOD.search(whole):
        wanted.append(_ECTOPIC_ANY)
    for pattern in wanted:
        for clause in _clauses(reading, pattern):
            yield of_clause(clause)
            return


_MODEL = re.compile(
    r"(?<![A-Za-z])(?:AI|CAD|人工智能|智能(?:辅助|检测|识别)|模型"
    r"|算法)(?![A-Za-z])[^，。；,;.]{0,14}(?:检出|检测|提示|识别|发现|标记|预测|自动|辅助"
    r"|分割|测量|结果)|(?:自动"
    r"|机器)(?:检出|检测|识别)"
    r"|\b(?:AI|CAD|computer-aided|deep learning|algorithm|machine)[- ](?:detected"
    r"|flagged|identified|suggested|marked|generated|predicted|measured|detection"
    r"|assisted detection)\b|\b(?:detected|flagged|identified|marked"
    r"|suggested) by (?:the )?(?:AI|CAD|algorithm|software|model)\b|\bper AI\b",
    re.I,
)
_CONFIRMED = re.compile(
    r"(?:已|经)(?:由)?(?:[^，。；]{0,8})?(?:医[师生]|人工|本人)?(?:确认|核实|复核|审核|核对)|人工复核"
    r"|\bconfirmed\b|\bverified\b|\breviewed\b|\bagree\w*\b|\baccepted\b",
    re.I,
)
_NOT_CONFIRMED = re.compile(
    r"(?:未|待|尚未|没有)(?:经)?[^，。；]{0,6}(?:确认|核实|复核|审核)|\b(?:not|un"
    r"|pending)[- ]?(?:yet )?(?:confirm|verif|review)\w*|\bawait\w*",
    re.I,
)


def model_unconfirmed(reading: Reading) -> Iterator[Hit]:
    """What a model found stands in the text, and nobody says that a person confirmed it."""
    facts = reading.facts
    for section in DESCRIBED:
        text = reading.text(section)
        for match in _MODEL.finditer(text):
            near = text[match.start() : match.end() + 30]
            confirmed = _CONFIRMED.search(near) and not _NOT_CONFIRMED.search(near)
            if not confirmed and (facts.machine_unconfirmed or not facts.machine_confirmed):
                yield Hit(section, match.start(), match.end())
                return
    if facts.machine_unconfirmed:
        for section in DESCRIBED:
            place = reading.text(section).find(facts.machine_unconfirmed)
            if place >= 0 or section == IMPRESSION:
                first = max(place, 0)
                yield Hit(
                    section if place >= 0 else FINDINGS,
                    first,
                    first + (len(facts.machine_unconfirmed) if place >= 0 else 0),
                )
                return


def one_person(reading: Reading) -> Iterator[Hit]:
    """Author and reviewer have the same name."""
    report = reading.report
    author, reviewer = report.signature(SignatureRole.AUTHOR), report.signature(SignatureRole.REVIEWER)
    if (
        author
        and reviewer
        and author.person_id != reviewer.person_id
        and _plain(author.person_name) == _plain(reviewer.person_name)
    ):
        yield Hit("signature", 0, 0, {"person": author.person_name})


def _plain(name: str) -> str:
    return re.sub(r"[\s.,·]+|主任|医师|医生|Dr|MD", "", name).lower()


RULES: dict[str, Rule] = {"Q-62": critical_without_call, "Q-63": model_unconfirmed, "Q-64": one_person}
