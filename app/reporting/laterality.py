"""Left and right in text: which sides are said of which site, clause by clause."""

from __future__ import annotations

import re
from collections import defaultdict

_PSEUDO = re.compile(
    r"无(?:明显|明确|显著)?(?:变化|改变)|未见(?:明显|明确|显著)?(?:变化|改变)|no (?:significant "
    r"|interval )?change",
    re.IGNORECASE,
)
_NORMAL = re.compile(
    r"未见|无(?!名)|没有|清晰|正常|通畅|对称|\bno\b|\bwithout\b|\bnormal\b|\bclear\b|\bunremarkable\b|\bpatent\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[，,；;。\n！？!?、]|\.(?=\s|$)")

#: site as written → (site, organ); the longest wins
_SITES_ZH: dict[str, tuple[str, str]] = {
    "肺上叶": ("肺上叶", "肺"), "肺中叶": ("肺中叶", "肺"), "肺下叶": ("肺下叶", "肺"),
    "上肺": ("肺上叶", "肺"), "下肺": ("肺下叶", "肺"), "肺尖": ("肺尖", "肺"),
    "肺门": ("肺门", "肺门"), "肺": ("肺", "肺"), "胸腔": ("胸腔", "胸腔"),
    "胸膜": ("胸膜", "胸膜"), "肾上腺": ("肾上腺", "肾上腺"), "肾": ("肾", "肾"),
    "输尿管": ("输尿管", "输尿管"), "卵巢": ("卵巢", "卵巢"), "附件": ("附件", "附件"),
    "乳腺": ("乳腺", "乳腺"), "乳房": ("乳腺", "乳腺"), "腋窝": ("腋窝", "腋窝"),
    "腋下": ("腋窝", "腋窝"), "甲状腺": ("甲状腺", "甲状腺"), "腮腺": ("腮腺", "腮腺"),
    "颈动脉": ("颈动脉", "颈动脉"), "额叶": ("额叶", "脑"), "颞叶": ("颞叶", "脑"),
    "顶叶": ("顶叶", "脑"), "枕叶": ("枕叶", "脑"), "基底节": ("基底节", "脑"),
    "丘脑": ("丘脑", "脑"), "小脑": ("小脑", "小脑"), "上颌窦": ("上颌窦", "上颌窦"),
    "股骨": ("股骨", "股骨"), "胫骨": ("胫骨", "胫骨"), "腓骨": ("腓骨", "腓骨"),
    "肱骨": ("肱骨", "肱骨"), "桡骨": ("桡骨", "桡骨"), "尺骨": ("尺骨", "尺骨"),
    "锁骨": ("锁骨", "锁骨"), "肩胛骨": ("肩胛骨", "肩胛骨"), "髌骨": ("髌骨", "膝"),
    "膝": ("膝", "膝"), "髋": ("髋", "髋"), "踝": ("踝", "踝"),
    "腕": ("腕", "腕"), "肘": ("肘", "肘"), "肩": ("肩", "肩"),
    "肋": ("肋", "肋"), "腹股沟": ("腹股沟", "腹股沟"), "眼": ("眼", "眼"),
}  # fmt: skip
_SITES_EN: dict[str, tuple[str, str]] = {
    "upper lobe": ("upper lobe", "lung"),
    "middle lobe": ("middle lobe", "lung"),
    "lower lobe": ("lower lobe", "lung"),
    "lung": ("lung", "lung"),
    "lungs": ("lung", "lung"),
    "hilum": ("hilum", "hilum"),
    "pleural": ("pleura", "pleura"),
    "pleura": ("pleura", "pleura"),
    "adrenal": ("adrenal", "adrenal"),
    "kidney": ("kidney", "kidney"),
    "kidneys": ("kidney", "kidney"),
    "renal": ("kidney", "kidney"),
    "ureter": ("ureter", "ureter"),
    "ovary": ("ovary", "ovary"),
    "ovarian": ("ovary", "ovary"),
    "breast": ("breast", "breast"),
    "axilla": ("axilla", "axilla"),
    "thyroid": ("thyroid", "thyroid"),
    "carotid": ("carotid", "carotid"),
    "frontal lobe": ("frontal lobe", "brain"),
    "temporal lobe": ("temporal lobe", "brain"),
    "parietal lobe": ("parietal lobe", "brain"),
    "occipital lobe": ("occipital lobe", "brain"),
    "basal ganglia": ("basal ganglia", "brain"),
    "thalamus": ("thalamus", "brain"),
    "femur": ("femur", "femur"),
    "tibia": ("tibia", "tibia"),
    "fibula": ("fibula", "fibula"),
    "humerus": ("humerus", "humerus"),
    "clavicle": ("clavicle", "clavicle"),
    "knee": ("knee", "knee"),
    "hip": ("hip", "hip"),
    "ankle": ("ankle", "ankle"),
    "wrist": ("wrist", "wrist"),
    "elbow": ("elbow", "elbow"),
    "shoulder": ("shoulder", "shoulder"),
    "rib": ("rib", "rib"),
    "groin": ("groin", "groin"),
    "maxillary sinus": ("maxillary sinus", "maxillary sinus"),
}


def _any(words: dict[str, tuple[str, str]]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_SAID_ZH = re.compile(rf"(?P<side>左|右|双|两)侧?(?P<gap>[^左右双两]{{0,4}}?)(?P<site>{_any(_SITES_ZH)})")
_SAID_EN = re.compile(
    rf"\b(?P<side>left|right|bilateral|both)\b(?: [a-z-]+){{0,2}}? (?P<site>{_any(_SITES_EN)})\b",
    re.IGNORECASE,
)
_SIDES = {
    "左": "L",
    "left": "L",
    "右": "R",
    "right": "R",
    "双": "LR",
    "两": "LR",
    "bilateral": "LR",
    "both": "LR",
}

Sides = dict[str, set[str]]


def sides_of(text: str, *, normal_too: bool = False) -> tuple[Sides, Sides]:
    """Sides ("L", "R") said of each site, and of each organ; clauses that only say that all is well are left
    out.
    """
    sites: Sides = defaultdict(set)
    organs: Sides = defaultdict(set)
    for clause in _CLAUSE.split(text):
        if not normal_too and _NORMAL.search(_PSEUDO.sub("", clause)):
            continue
        for pattern, table in ((_SAID_ZH, _SITES_ZH), (_SAID_EN, _SITES_EN)):
            for match in pattern.finditer(clause):
                site, organ = table[match["site"].lower()]
                sides = _SIDES[match["side"].lower()]
                sites[site] |= set(sides)
                organs[organ] |= set(sides)
    return sites, organs


def conflicts(said: str, against: str, *, normal_too: bool = False) -> list[tuple[str, str]]:
    """Sites for which `said` names a side and `against` only the other: (site, the side said: "L" or "R")."""
    said_sites, said_organs = sides_of(said)
    sites, organs = sides_of(against, normal_too=normal_too)
    found: list[tuple[str, str]] = []
    for site, sides in said_sites.items():
        if len(sides) == 1 and sites.get(site) and not sides & sites[site]:
            found.append((site, min(sides)))
    for organ, sides in said_organs.items():
        if (
            len(sides) == 1
            and organs.get(organ)
            and not sides & organs[organ]
            and (organ, min(sides)) not in found
        ):
            known = any(site in said_sites and said_sites[site] == sides for site, _ in found)
            if not known:
                found.append((organ, min(sides)))
    return found
