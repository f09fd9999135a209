"""Rules of the examination: its part, its modality, its contrast agent, what surgery took out before."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.reporting.rules.anatomy import REMOVALS, Named, reach_of, regions_of
from app.reporting.rules.cues import ADVICE, PRIOR
from app.reporting.rules.hits import DESCRIBED, FINDINGS, HISTORY, IMPRESSION, TECHNIQUE, Hit, Rule, of_clause
from app.reporting.rules.reading import Clause, Reading

_ELSEWHERE = re.compile(
    r"转移|原发|术后|定位像|扫及|所及|所示|部分层面|范围内|partially (?:imaged|included|visuali)|included"
    r"|visuali[sz]ed portion|scout|metasta|primary",
    re.I,
)


def far_organ(reading: Reading) -> Iterator[Hit]:
    """An organ that the examined part cannot show."""
    reach = reach_of(reading.body_part)
    if not reach:
        return
    for clause in reading.of(*DESCRIBED):
        if clause.advice or clause.prior or not clause.own_organs or _ELSEWHERE.search(clause.text):
            continue
        for named in clause.organs:
            if not reach & set(named.organ.regions):
                yield Hit(clause.section, named.start, named.end)
                break


_EXAM = re.compile(
    r"(?P<part>头颅|颅脑|脑|颈部|颈椎|胸部|胸|心脏|上腹部|下腹部|腹部|全腹|盆腔|腰椎|胸椎"
    r"|脊柱|膝关节|髋关节|踝关节|肩关节|腕关节|肘关节"
    r"|乳腺|甲状腺|前列腺|肝胆|双肾|泌尿系)"
    r"(?:部)?(?:CT|MRI?|DR|X线|超声|彩超|平扫|正位|侧位|平片)"
    r"|\b(?:CT|MRI?|MR imaging|ultrasound|sonogram|radiographs?|x-?rays?)(?: scan"
    r"| examination)? of the (?:left |right |lumbar |cervical |thoracic )?(?P<of>head"
    r"|brain|neck|chest|thorax|abdomen|pelvis|spine|knee|hip|ankle|shoulder|wrist"
    r"|elbow|hand|foot|breasts?|thyroid|prostate|liver|kidneys?)"
    r"|\b(?P<en>head|brain|chest|abdominal|pelvic|knee|hip|ankle|shoulder|wrist"
    r"|spine) (?:CT|MRI?|ultrasound|radiograph|x-?ray)\b",
    re.IGNORECASE,
)


def other_part(reading: Reading) -> Iterator[Hit]:
    """Technique or impression name the examination of another part of the body."""
    own = regions_of(reading.body_part)
    reach = reach_of(reading.body_part)
    if not reach:
        return
    for clause in reading.of(TECHNIQUE, IMPRESSION):
        if clause.advice or clause.prior:
            continue
        for match in _EXAM.finditer(clause.text):
            word = match["part"] or match["of"] or match["en"] or ""
            named = regions_of({"abdominal": "abdomen", "pelvic": "pelvis"}.get(word.lower(), word))
            if named and not named & (own | reach):
                yield Hit(clause.section, clause.start + match.start(), clause.start + match.end())


#: words that belong to one way of imaging
_WORDS: dict[str, re.Pattern[str]] = {
    "CT": re.compile(
        r"CT值|CTDI|\bDLP\b|剂量长度|\bHU\b|Hounsfield|管电压|管电流|\bkVp?\b|\bmAs\b|螺旋扫描"
        r"|\bcollimation\b|螺距"
        r"|肺窗|骨窗|纵隔窗"
        r"|lung windows?|bone windows?",
        re.I,
    ),
    "enhance": re.compile(r"强化|增强扫描|\benhancement\b", re.I),
    "section": re.compile(
        r"层厚|轴位扫描|螺旋|\bslice thickness\b|\bthick slices?\b|\baxial images?\b", re.I
    ),
    "density": re.compile(
        r"(?<!骨)(?<!骨质)(?<!骨矿)密度(?!脂蛋白)|\b(?:hypo|hyper|iso)(?:dense|density"
        r"|attenuat\w+)\b|\battenuation\b(?! correction| of (?:the )?(?:sound|beam))",
        re.I,
    ),
    "MR": re.compile(
        r"T[12](?:\s?WI|[-\s]weighted)|\bDWI\b|\bFLAIR\b|\bADC\b|\bSWI\b|\bSTIR\b"
        r"|T[12](?:呈|为)?(?:序列)?[高低等长短]信号|长T[12]|短T[12]|T2\*|弥散受限|扩散受限"
        r"|restricted diffusion"
        r"|\bT[12] (?:hyper|hypo|iso)?(?:intens\w+|signal|shortening)|梯度回波|自旋回波"
        r"|\bTE\b ?=? ?\d|\bTR\b ?=? ?\d|表面线圈|\bMRCP\b|\bMRA\b|\bMRS\b|磁敏感|波谱"
        r"|\d(?:\.\d+)?\s*T(?:esla)?\b|Tesla|磁场|场强"
        r"|b\s*=\s*\d+|[bB]值|扫描序列|序列|\bsequences?\b|gradient[- ]echo|spin[- ]echo",
        re.I,
    ),
    "signal": re.compile(
        r"(?<!血流)(?<!频谱)(?<!彩色)(?<!彩流)信号|\b(?:hyper|hypo|iso)intens\w+"
        r"|\bsignal intensit\w+|\bsignal abnormalit\w+|\bmarrow signal\b",
        re.I,
    ),
    "US": re.compile(
        r"回声(?!波)|声影|阻力指数|血流频谱|峰值流速|CDFI|彩色多普勒|血流信号|声像图|透声|探头"
        r"|耦合|腹部探查|彩色血流"
        r"|超声造影|\b(?:hypo|hyper"
        r"|iso|an)echo\w*"
        r"|\bechogenic\w*|\bechotexture\b|acoustic (?:shadow|enhanc)\w*"
        r"|posterior shadowing|\bDoppler\b|\btransducer\b|\bprobe\b|\bcolou?r flow\b|\bMHz\b",
        re.I,
    ),
    "PET": re.compile(
        r"SUV(?:max|mean|peak)?|FDG|骨显像|骨扫描|\buptake\b|\bscintigra\w+|放射性(?:摄取|浓聚"
        r"|分布|核素)|代谢(?:增高|活跃|减低)"
        r"|\bradiotracer\b"
        r"|\bhypermetabolic\b|\bmetabolic activity\b|\btracer uptake\b|18F|68Ga|99m?Tc",
        re.I,
    ),
    "XR": re.compile(
        r"透过度|投照|正位片|侧位片|胸片|平片(?!扫)|\bPA and lateral\b|\bAP view\b"
        r"|\bfrontal (?:view"
        r"|radiograph)\b",
        re.I,
    ),
    "MG": re.compile(r"钼靶|CC位|MLO|\bmammogra\w+", re.I),
}
_FOREIGN: dict[str, tuple[str, ...]] = {
    "CT": ("MR", "signal", "US", "PET", "MG", "XR"),
    "MR": ("CT", "density", "US", "PET", "XR", "MG"),
    "US": ("CT", "section", "density", "MR", "signal", "PET", "MG", "XR"),
    "DX": ("CT", "section", "enhance", "MR", "signal", "US", "PET", "MG"),
    "CR": ("CT", "section", "enhance", "MR", "signal", "US", "PET", "MG"),
    "DR": ("CT", "section", "enhance", "MR", "signal", "US", "PET", "MG"),
    "MG": ("CT", "section", "enhance", "MR", "signal", "US", "PET"),
    "PT": ("MR", "signal", "US", "MG"),
    "NM": ("MR", "signal", "US", "MG"),
}
#: "density" of what a sound or a signal shows, and "signal" of other things
_ALSO = re.compile(
    r"密度(?:不同|相仿)|骨(?:质|矿|髓)?密度|血管密度|proton density|质子密度|bone (?:mineral )?density"
    r"|breast density|乳腺密度|PD(?:WI)?",
    re.I,
)
_OTHER_IMAGES = re.compile(
    r"CT(?:片|检查|示|所见|平扫|增强)?(?:对照|比较|对比|结合|提示)|on (?:the )?(?:prior|recent|previous"
    r"|outside|correlative)|(?:on|by|with|at) (?:CT|MRI?|US|PET)\b",
    re.I,
)


def foreign_words(reading: Reading) -> Iterator[Hit]:
    """Words of a modality that this examination was not."""
    foreign = _FOREIGN.get(reading.modality, ())
    for clause in reading.of(TECHNIQUE, *DESCRIBED):
        if _near_advice(reading, clause) or _OTHER_IMAGES.search(clause.text):
            continue
        for kind in foreign:
            match = _WORDS[kind].search(clause.text)
            if match and not (kind in ("density", "signal") and _ALSO.search(clause.text)):
                yield Hit(clause.section, clause.start + match.start(), clause.start + match.end())
                break


_METHODS = (
    ("PT", re.compile(r"PET(?:[/-]?(?:CT|MR))?", re.I)),
    ("MR", re.compile(r"\bMRI?\b|(?<![A-Za-z])MR[IA]?(?![A-Za-z])|磁共振|核磁")),
    ("CT", re.compile(r"(?<![A-Za-z])(?:CTA?|HRCT|CTPA|CTU)(?![A-Za-z值])")),
    ("US", re.compile(r"超声(?!心动|内镜)|彩超|B超|\bultraso\w+|\bsonogra\w+", re.I)),
    (
        "DX",
        re.compile(
            r"X线(?!摄影机)|平片|胸片|(?<![A-Za-z])DR(?![A-Za-z])|\bradiographs?\b|\bplain films?\b"
            r"|\bx-?rays?\b",
            re.I,
        ),
    ),
    ("MG", re.compile(r"钼靶|\bmammogra\w+", re.I)),
)
_SAME = {"CR": "DX", "DR": "DX", "RG": "DX", "NM": "PT", "RF": "DX"}
_SAID_AS_OWN = re.compile(
    r"平扫|扫描|检查|未见|摄片|正常|\bnormal\b|\bof the\b|\bwithout\b|\bwith\b|\bno (?:acute"
    r"|abnorm)|unremarkable",
    re.I,
)


def other_method(reading: Reading) -> Iterator[Hit]:
    """The report calls the examination one of another modality."""
    own = _SAME.get(reading.modality, reading.modality)
    if own not in {name for name, _ in _METHODS}:
        return
    for clause in reading.of(TECHNIQUE, *DESCRIBED):
        if clause.advice or clause.prior or not _SAID_AS_OWN.search(clause.text):
            continue
        found = [(name, m) for name, pattern in _METHODS for m in pattern.finditer(clause.text)]
        if any(name == own or (own == "PT" and name in ("CT", "MR")) for name, _ in found):
            continue
        if found and not (own == "MG" and found[0][0] == "DX") and not _near_advice(reading, clause):
            match = found[0][1]
            yield Hit(clause.section, clause.start + match.start(), clause.start + match.end())


def _near_advice(reading: Reading, clause: Clause) -> bool:
    same = [c for c in reading.of(clause.section) if c.sentence == clause.sentence]
    return any(ADVICE.search(c.text) or PRIOR.search(c.text) for c in same)


_ENHANCES = re.compile(
    r"强化(?!训练)|廓清|(?:动脉|静脉|门脉|延迟|实质|排泄|皮髓质)期"
    r"|(?<!回声)(?<!密度)(?<!信号)(?<!纹理)(?<!声)增强(?=后|扫描|检查|示|期|显示|可见)"
    r"|(?<!un)(?<!non-)(?<!non)(?<!acoustic )(?<!through )(?<!posterior )\benhanc(?:e"
    r"|es|ed|ing|ement)\b|\bwashout\b|\b(?:arterial|portal venous|delayed|venous"
    r"|nephrographic) phase\b",
    re.IGNORECASE,
)
_NO_AGENT = re.compile(
    r"未(?:行|做|作)增强|平扫(?:无法|不能|难以|对)|无法(?:评|判)|not (?:evaluat|assess)\w*"
    r"|cannot be (?:evaluat|assess)\w*|limited|without (?:iv |intravenous )?contrast"
    r"|non-?contrast|unenhanced",
    re.I,
)


def _imaged_with_agents(reading: Reading) -> bool:
    return reading.modality in ("CT", "MR")


def enhancement_without_agent(reading: Reading) -> Iterator[Hit]:
    """Enhancement or a phase is described, and no agent was given."""
    if reading.facts.contrast != "" or not _imaged_with_agents(reading):
        return
    for clause in reading.of(*DESCRIBED):
        if clause.advice or clause.prior or _NO_AGENT.search(clause.text):
            continue
        if match := _ENHANCES.search(clause.text):
            yield Hit(clause.section, clause.start + match.start(), clause.start + match.end())


_AGENT = re.compile(
    r"增强(?!显示)|造影(?!剂过敏)|静脉(?:团注|注射|推注)|碘[海佛普帕克美比][醇沙洛]"
    r"|碘(?:克沙|普罗|美普|对比)|钆|对比剂(?!过敏)|Gd-?(?:DTPA|EOB|BOPTA)"
    r"|\bwith (?:and without )?(?:iv |intravenous )?(?:contrast|io\w+|gad\w+)"
    r"|\bcontrast[- ]enhanced\b|\bintravenous (?:contrast|io\w+|gad\w+)\b|\bgado\w+"
    r"|\bgadobutrol\b|\bio(?:hexol|pamidol|dixanol|versol|promide|meprol)\b"
    r"|\bpost-?contrast\b"
    r"|\b(?:CT )?angiogra\w+|\barterial phase\b",
    re.IGNORECASE,
)
_PLAIN = re.compile(
    r"平扫|\bnon-?\s?contrast\b|\bunenhanced\b|\bwithout (?:iv |intravenous )?contrast\b"
    r"|(?:未|不)(?:行|用|使用)(?:增强|对比剂|造影剂)|no (?:iv |intravenous )?contrast",
    re.I,
)


def technique_without_agent(reading: Reading) -> Iterator[Hit]:
    """The technique names an agent, the images' header none."""
    if reading.facts.contrast != "" or not _imaged_with_agents(reading):
        return
    for clause in reading.of(TECHNIQUE):
        said = _PLAIN.sub(lambda m: " " * len(m.group()), clause.text)
        match = _AGENT.search(said)
        if match and not (
            reading.modality == "MR"
            and re.search(r"angiogra|造影|TOF|PC", clause.text, re.I)
            and not re.search(r"增强|对比剂|contrast|gad", said, re.I)
        ):
            yield Hit(clause.section, clause.start + match.start(), clause.start + match.end())


def plain_with_agent(reading: Reading) -> Iterator[Hit]:
    """The technique says without contrast alone, and the images' header names an agent."""
    if not reading.facts.contrast or not _imaged_with_agents(reading):
        return
    text = reading.text(TECHNIQUE)
    match = _PLAIN.search(text)
    rest = _PLAIN.sub("", text)
    if (
        match
        and not _AGENT.search(rest)
        and not re.search(r"灌注|双期|多期|CTA|动态|perfusion|dynamic|multiphas|with and", rest, re.I)
    ):
        yield Hit(TECHNIQUE, match.start(), match.end())


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


RULES: dict[str, Rule] = {
    "Q-29": far_organ,
    "Q-30": other_part,
    "Q-31": foreign_words,
    "Q-32": other_method,
    "Q-33": enhancement_without_agent,
    "Q-34": technique_without_agent,
    "Q-35": plain_with_agent,
    "Q-60": removed_organ,
}
