"""Organs as reports write them, in Chinese and English: where they lie, whether there are two of them.

The table is `resources/rules/organs.json`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from app.paths import resource_path


@dataclass(frozen=True, slots=True)
class Organ:
    """`regions` are parts of the body; `paired`: left and right tell two places of it apart; `within` is the
    organ that it belongs to.
    """

    organ_id: str
    regions: tuple[str, ...]
    paired: bool
    within: str = ""


def _rows() -> list[dict[str, Any]]:
    path = resource_path("rules") / "organs.json"
    rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return rows


_ROWS = _rows()
ORGANS: dict[str, Organ] = {
    row["organ"]: Organ(row["organ"], tuple(row["regions"]), row["paired"], row.get("within", ""))
    for row in _ROWS
}
_BESIDE: dict[str, frozenset[str]] = {row["organ"]: frozenset(row.get("beside", ())) for row in _ROWS}
#: operations that take an organ out: organ and the words of it
REMOVALS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (row["organ"], re.compile(rf"{row['removal']['zh']}|\b(?:{row['removal']['en']})", re.IGNORECASE))
    for row in _ROWS
    if "removal" in row
)

#: what the examined part reaches: regions whose organs may be described without surprise
_REACH = {
    "head": "head neck",
    "neck": "neck head chest spine shoulder",
    "chest": "chest breast neck upper spine shoulder",
    "breast": "breast chest",
    "abdomen": "abdomen upper chest pelvis spine breast hip",
    "pelvis": "pelvis spine hip scrotum thigh",
    "spine": "spine neck chest abdomen pelvis hip",
    "thyroid": "neck",
    "hip": "hip pelvis thigh",
    "knee": "knee thigh leg",
    "ankle": "ankle foot leg",
    "foot": "foot ankle leg",
    "shoulder": "shoulder chest arm neck",
    "elbow": "elbow arm",
    "wrist": "wrist hand",
    "hand": "hand wrist",
    "thigh": "thigh hip knee pelvis",
    "leg": "leg knee ankle thigh foot",
    "arm": "arm elbow shoulder wrist",
    "scrotum": "scrotum pelvis",
}

_PARTS = (
    (r"whole ?body|trunk|全身", "all"),
    (r"chest ?abd|chest.*pelvis|胸腹|thorax.*abd", "chest abdomen pelvis"),
    (r"head ?neck|头颈", "head neck"),
    (r"c ?spine|cervical|颈椎", "spine"),
    (r"spine|脊柱|椎", "spine"),
    (
        r"\bhead|brain|skull|sinus|orbit|\bears?\b|\bface\b|\biacs?\b|temporal bone|pituitary|sella"
        r"|头|颅|脑|鼻|眼|垂体|颞",
        "head",
    ),
    (r"neck|thyroid|颈|甲状腺", "neck"),
    (r"breast|乳", "breast"),
    (r"chest|lung|heart|thorax|rib|cardiac|coronary|胸|肺|心|肋", "chest"),
    (r"abdomen.*pelvis|abdpelv|腹盆", "abdomen pelvis"),
    (
        r"abd|liver|kidney|pancreas|gallbladder|spleen|stomach|renal|urinary|kub|腹|肝|肾|胰"
        r"|胆|脾|泌尿",
        "abdomen",
    ),
    (r"prostate|pelvis|uterus|ovary|bladder|rectum|前列腺|盆|子宫|膀胱", "pelvis"),
    (r"scrotum|testis|阴囊|睾丸", "scrotum"),
    (r"hip|髋", "hip"),
    (r"knee|膝", "knee"),
    (r"ankle|踝", "ankle"),
    (r"foot|足", "foot"),
    (r"shoulder|肩", "shoulder"),
    (r"elbow|肘", "elbow"),
    (r"wrist|腕", "wrist"),
    (r"hand|finger|手", "hand"),
    (r"thigh|femur|股骨", "thigh"),
    (r"(?<!up )leg|tibia|lower ?(?:extremity|limb)|小腿|下肢", "leg"),
    (r"arm|humerus|upper ?(?:extremity|limb)|上肢", "arm"),
)


def regions_of(body_part: str) -> frozenset[str]:
    """The regions named by DICOM's Body Part Examined or by words; "all" for the whole body, empty where
    it is not known.
    """
    for pattern, regions in _PARTS:
        if re.search(pattern, body_part.replace("_", " "), re.IGNORECASE):
            return frozenset(regions.split())
    return frozenset()


def reach_of(body_part: str) -> frozenset[str]:
    """Regions whose organs an examination of the part may show; empty where that is not known."""
    found = regions_of(body_part)
    if not found or "all" in found:
        return frozenset()
    return frozenset(r for region in found for r in _REACH[region].split())


@dataclass(frozen=True, slots=True)
class Named:
    """An organ named in a text."""

    organ: Organ
    start: int
    end: int


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    zh = "|".join(f"(?P<o{n}>{row['zh']})" for n, row in enumerate(_ROWS))
    en = "|".join(rf"(?P<o{n}>\b(?:{row['en']})\b)" for n, row in enumerate(_ROWS))
    return re.compile(zh), re.compile(en, re.IGNORECASE)


_NOT_ORGANS = re.compile(
    r"心(?:电图|率|动过)|肝素|前列腺素|胃管|气管插管|气管炎|脑脊液|手术|椎(?:体)?(?:及|和"
    r"|与)?(?:各)?附件|骨(?:质)?及附件"
    r"|增强|心管搏动|胎心|other hand|radiologist|correlat\w+|handed|left hand side|right hand side"
)


#: what a pattern needs to find anything; levels of the spine (L4/5) stand among the Chinese ones
_HAN, _LATIN = re.compile(r"[㐀-鿿]|[CTLS]\d"), re.compile(r"[A-Za-z]{3}|\b[CTL]\d|\b[A-Z]{2}")


@lru_cache(maxsize=4096)
def organs_in(text: str) -> tuple[Named, ...]:
    """The organs a text names, in order."""
    blocked = [m.span() for m in _NOT_ORGANS.finditer(text)]
    found: list[Named] = []
    chinese, english = _patterns()
    patterns = [p for p, words in ((chinese, _HAN), (english, _LATIN)) if words.search(text)]
    for pattern in patterns:
        for match in pattern.finditer(text):
            if any(a <= match.start() < b for a, b in blocked) or match.start() == match.end():
                continue
            number = int((match.lastgroup or "o0")[1:])
            found.append(Named(ORGANS[_ROWS[number]["organ"]], match.start(), match.end()))
    found.sort(key=lambda n: (n.start, -n.end))
    kept: list[Named] = []
    for named in found:
        if not kept or named.start >= kept[-1].end:
            kept.append(named)
    return tuple(kept)


def same_organ(a: str, b: str) -> bool:
    """Whether one is the other, or a part of it."""
    return a == b or ORGANS[a].within == b or ORGANS[b].within == a


def related(a: str, b: str) -> bool:
    """Whether what lies in one may be told of the other."""
    return same_organ(a, b) or b in _BESIDE[a] or a in _BESIDE[b]
