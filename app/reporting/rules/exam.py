"""Rules of the examination: its part, its modality, its contrast agent."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.reporting.rules.anatomy import reach_of, regions_of
from app.reporting.rules.cues import ADVICE, PRIOR
from app.reporting.rules.hits import DESCRIBED, EXAM, IMPRESSION, TECHNIQUE, Hit, Rule
from app.reporting.rules.reading import Clause, Reading

_ELSEWHERE = re.compile(
    r"转移|原发|术后|定位像|扫及|所及|所示|部分层面|范围内|partially (?:imaged|included|visuali)|included"
    r"|visuali[sz]ed portion|scout|metasta|primary",
    re.I,
)


#: what images of a part of the spine show beside it
_LEVELS = {
    "cervical-spine": frozenset({"spine", "neck", "head", "chest", "shoulder"}),
    "thoracic-spine": frozenset({"spine", "chest", "upper", "neck"}),
    "lumbar-spine": frozenset({"spine", "abdomen", "upper", "pelvis", "hip"}),
}


def _of_level(reading: Reading) -> frozenset[str]:
    """The reach of the part of the spine that technique or impression name; empty for none or several."""
    if regions_of(reading.body_part) != {"spine"}:
        return frozenset()
    named = {n.organ.organ_id for c in reading.of(EXAM, TECHNIQUE, IMPRESSION) for n in c.organs}
    levels = [reach for level, reach in _LEVELS.items() if level in named]
    return levels[0] if len(levels) == 1 else frozenset()


def far_organ(reading: Reading) -> Iterator[Hit]:
    """An organ that the examined part cannot show."""
    reach = _of_level(reading) or reach_of(reading.body_part)
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
        r"CT值|CTDI|\bDLP\b|窗宽|窗位|\bwindow (?:width|level)\b|\btube (?:voltage|current)\b"
        r"|剂量长度|\bHU\b|Hounsfield|管电压|管电流|\bkVp?\b|\bmAs\b|螺旋扫描"
        r"|\bcollimation\b|螺距"
        r"|肺窗|骨窗|纵隔窗"
        r"|lung windows?|bone windows?",
        re.I,
    ),
    "ray": re.compile(r"透亮(?:影|区|度)|透光|\bradio(?:lucen\w+|paque|opaque|dens\w+)\b", re.I),
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
        r"|\bTE\b ?=? ?\d|\bTR\b ?=? ?\d|表面线圈|\becho time\b|\brepetition time\b|线圈"
        r"|\bcoil\b(?! embol)|\bMRCP\b|\bMRA\b|\bMRS\b|磁敏感|波谱"
        r"|\d(?:\.\d+)?\s*T(?:esla)?\b|Tesla|磁场|场强"
        r"|b\s*=\s*\d+|[bB]值|扫描序列|序列|\bsequences?\b|gradient[- ]echo|spin[- ]echo",
        re.I,
    ),
    "signal": re.compile(
        r"(?<!血流)(?<!频谱)(?<!彩色)(?<!彩流)信号|\b(?:hyper|hypo|iso)intens\w+"
        r"|\bsignal intensit\w+|\b(?:high|low|abnormal|increased|decreased|bright"
        r"|dark) signal\b|\bflow voids?\b|\bsignal abnormalit\w+|\bmarrow signal\b",
        re.I,
    ),
    "US": re.compile(
        r"回声(?!波)|声影|阻力指数|\bechoes\b|\bsonograph\w+|血流频谱|峰值流速|CDFI|彩色多普勒"
        r"|血流信号|声像图|透声|探头"
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
    "MR": ("CT", "density", "ray", "US", "PET", "XR", "MG"),
    "US": ("CT", "section", "ray", "density", "MR", "signal", "PET", "MG", "XR"),
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
    r"显示|示|成像|\bshows?\b|\bdemonstrates?\b|\bscan\b|\bimages\b|平扫|扫描|检查|未见"
    r"|摄片|正常|\bnormal\b|\bof the\b|\bwithout\b|\bwith\b|\bno (?:acute"
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


RULES: dict[str, Rule] = {
    "Q-29": far_organ,
    "Q-30": other_part,
    "Q-31": foreign_words,
    "Q-32": other_method,
    "Q-33": enhancement_without_agent,
    "Q-34": technique_without_agent,
    "Q-35": plain_with_agent,
}
