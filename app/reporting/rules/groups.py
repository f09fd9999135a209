"""Words of findings brought together, however they are written; parts of organs likewise."""

from __future__ import annotations

import re
from functools import lru_cache

_GROUPS: tuple[tuple[str, str], ...] = (
    ("fracture", r"骨折|骨裂|fractur"),
    ("dislocation", r"脱位|dislocat|subluxat"),
    ("pneumothorax", r"气胸|pneumothora"),
    ("free-air", r"游离气体|气腹|穿孔|free (?:air|gas)|pneumoperiton|perforat"),
    ("effusion", r"积液|胸水|腹水|液气|effusion|ascites|free fluid|\bfluid\b"),
    ("hydronephrosis", r"积水|hydronephro"),
    ("hemorrhage", r"出血|血肿|积血|h(?:a)?emorrh|h(?:a)?ematoma|bleed"),
    ("infarct", r"梗死|梗塞|infarct|\bstroke"),
    ("embolus", r"栓塞|栓子|充盈缺损|embol|filling defect"),
    ("thrombus", r"血栓|thromb"),
    ("stone", r"结石|粪石|stone|calcul(?:us|i)|lithiasis|fecalith|appendicolith"),
    ("calcification", r"钙化|calcif"),
    ("adenopathy", r"淋巴结肿大|肿大淋巴结|adenopathy|enlarged (?:lymph )?nodes?"),
    ("cancer", r"癌(?!前)|恶性|肉瘤|淋巴瘤|转移|carcinoma|cancer|malignan|lymphoma|sarcoma|metasta"),
    ("aneurysm", r"动脉瘤|aneurysm|\bAAA\b"),
    ("hemangioma", r"血管瘤|h(?:a)?emangioma"),
    ("cyst", r"囊肿|囊性|cyst"),
    ("fibroid", r"肌瘤|fibroid|leiomyoma"),
    ("nodule", r"结节(?![状样]强化)|nodul(?!ar (?:periph|enh)|arity)"),
    ("mass", r"肿块|包块|肿物|占位(?!效应)|新生物|团块|肿瘤|[^血动]瘤|\bmass|tumou?r|neoplasm|oma\b"),
    ("polyp", r"息肉|polyp"),
    ("abscess", r"脓肿|abscess"),
    ("herniation", r"突出|herniat|protrusion|extrusion"),
    ("bulge", r"膨出|bulg"),
    ("tear", r"撕裂|断裂|\btear|ruptur"),
    ("stenosis", r"狭窄|闭塞|变窄|stenos|occlu|narrow"),
    ("bronchiectasis", r"支气管扩张|支扩|bronchiecta"),
    ("dilatation", r"扩张|dilat|ectasia"),
    ("dissection", r"夹层|dissect"),
    ("pneumonia", r"肺炎|pneumonia"),
    ("consolidation", r"实变|consolidat"),
    ("atelectasis", r"不张|膨胀不全|atelecta|collapse"),
    ("destruction", r"骨质破坏|溶骨|\blytic|bone destruct|osteolytic"),
    ("diverticula", r"憩室|diverticul"),
    ("plaque", r"斑块|plaque"),
    ("emphysema", r"气肿|肺大[疱泡]|emphysem|bulla"),
    ("appendicitis", r"阑尾炎|appendicitis"),
    ("cholecystitis", r"胆囊炎|cholecystitis"),
    ("pancreatitis", r"胰腺炎|pancreatitis"),
    ("fatty", r"脂肪肝|脂肪浸润|steatosis|fatty"),
    ("cirrhosis", r"肝硬化|cirrho"),
    ("hyperplasia", r"增生|hyperplas|BPH"),
    ("obstruction", r"梗阻|obstruct"),
    ("intussusception", r"套叠|intussuscept"),
    ("edema", r"水肿|(?:o)?edema"),
    ("degeneration", r"退变|退行性|关节炎|骨赘|degenerat|arthr(?:itis|osis)|osteophyt"),
    ("thickening", r"增厚|thicken"),
    ("enlargement", r"增大|肿大|脾大|肝大|enlarge|megaly"),
    ("atrophy", r"萎缩|atroph"),
    ("hernia", r"疝|hernia\b"),
    ("inflammation", r"炎|感染|itis\b|infect"),
    ("lesion", r"病灶|病变|lesion|异常信号灶|低密度灶|高密度灶"),
)
_PROCEDURE = re.compile(r"切除|置换|术后|ectomy|plasty|grafting", re.IGNORECASE)
_COMPILED = tuple((name, re.compile(pattern, re.IGNORECASE)) for name, pattern in _GROUPS)

#: groups that may be the same thing in other words
ALIKE = (
    frozenset({"nodule", "mass", "cancer", "cyst", "hemangioma", "polyp", "lesion", "fibroid", "abscess"}),
    frozenset({"pneumonia", "consolidation", "inflammation", "lesion"}),
    frozenset({"embolus", "thrombus"}),
    frozenset({"destruction", "cancer", "lesion", "mass"}),
    frozenset({"infarct", "lesion"}),
    frozenset({"hemorrhage", "lesion"}),
    frozenset({"adenopathy", "nodule", "mass", "cancer"}),
)

_PARTS: tuple[tuple[str, str], ...] = (
    ("upper", r"上叶|上肺|上部|upper"),
    ("middle", r"中叶|中肺|middle (?:lobe|zone|third)"),
    ("lower", r"下叶|下肺|下部|lower"),
    ("lingula", r"舌叶|舌段|lingul"),
    ("apex", r"尖|apical|apex"),
    ("medial", r"内侧|medial"),
    ("lateral", r"外侧|(?<!bi)(?<!uni)lateral\b"),
    ("anterior", r"前(?:交叉|角|缘|部|段|叶)|anterior"),
    ("posterior", r"后(?:交叉|角|缘|部|段|叶)|posterior"),
    ("head", r"胰头|head of"),
    ("tail", r"胰尾|tail"),
    ("frontal", r"额|frontal"),
    ("temporal", r"颞|temporal"),
    ("parietal", r"顶|parietal"),
    ("occipital", r"枕|occipital"),
    ("ganglia", r"基底节|basal ganglia|putamen|壳核"),
    ("thalamus", r"丘脑|thalam"),
    ("intrahepatic", r"肝内胆管|intrahepatic"),
    ("extrahepatic", r"胆总管|肝外|肝总管|common (?:bile |hepatic )?duct|extrahepatic|\bCBD\b"),
    ("acl", r"前交叉|\bACL\b|anterior cruciate"),
    ("pcl", r"后交叉|\bPCL\b|posterior cruciate"),
    ("meniscus", r"半月板|menisc"),
    ("collateral", r"副韧带|collateral|\b[ML]CL\b"),
    ("tendon", r"肌腱|跟腱|tendon|achilles|rotator"),
    ("neck", r"颈部|\bneck\b"),
    ("uo", r"外上"),
    ("uq", r"内上"),
    ("lo", r"外下"),
    ("lq", r"内下"),
    ("segment", r"S[1-8]|segment"),
    ("pelvic", r"盆腔|pelvi"),
    ("pericardial", r"心包|pericard"),
    ("pleural", r"胸腔|胸膜|pleura"),
    ("abdominal", r"腹腔"),
    ("joint", r"关节腔|joint"),
    ("wall", r"壁\b|wall"),
)
_PART_WORDS = tuple((name, re.compile(pattern, re.IGNORECASE)) for name, pattern in _PARTS)
_LEVEL = re.compile(
    r"(?<![A-Za-z])([CTLS]\d{1,2})(?!\s*(?:WI|[-\s]?w|高|低|等|长|短|信号|FLAIR|\*"
    r"|\d))(?:\s*[/-]\s*[CTLS]?\d{1,2})?|(胸|腰|颈)(\d{1,2})(?=椎|/|[、，。]|$)"
)


@lru_cache(maxsize=4096)
def group_of(text: str) -> str:
    """The group of a finding's words; "" for one that belongs to none."""
    if _PROCEDURE.search(text):
        return ""
    return next((name for name, pattern in _COMPILED if pattern.search(text)), "")


def alike(a: str, b: str) -> bool:
    """Whether two groups may name the same thing."""
    return a == b or any(a in group and b in group for group in ALIKE)


def parts_in(text: str) -> frozenset[str]:
    """Parts and levels of an organ that a clause names."""
    found = {name for name, pattern in _PART_WORDS if pattern.search(text)}
    for match in _LEVEL.finditer(text):
        found.add(match[1].upper() if match[1] else {"胸": "T", "腰": "L", "颈": "C"}[match[2]] + match[3])
    return frozenset(found)
