"""Rules of categories: BI-RADS and its like against what is described."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.mentions import Status
from app.reporting.rules.hits import DESCRIBED, FINDINGS, IMPRESSION, Hit, Rule
from app.reporting.rules.reading import Reading

_CATEGORY = re.compile(
    r"(?P<scheme>BI-?RADS|(?:ACR |C-?|K-?|EU-?)?TI-?RADS|PI-?RADS|LI-?RADS|Lung-?RADS"
    r"|O-?RADS|CAD-?RADS|VI-?RADS|NI-?RADS|Bosniak|Fazekas|LR(?=-\d))"
    r"[\s:：®]*(?:v?20\d\d|v2(?:\.1)?)?\s*(?:分类|分级|评分|评估|category|score|class|grade"
    r"|type)?[\s:：-]*(?P<value>[0-9]{1,2}[A-Da-dSXsx]?|IV|I{1,3}F?|V|TIV|M)(?!\.?[0-9]"
    r"|[A-Za-z])\s*(?:类|级|分)?",
    re.IGNORECASE,
)
_MOST = {
    "BIRADS": {"0", "1", "2", "3", "4", "4A", "4B", "4C", "5", "6"},
    "TIRADS": {"1", "2", "3", "4", "4A", "4B", "4C", "5", "6"},
    "PIRADS": {"1", "2", "3", "4", "5", "X"},
    "LIRADS": {"1", "2", "3", "4", "5", "M", "TIV"},
    "LUNGRADS": {"0", "1", "2", "3", "4A", "4B", "4X", "4", "0S", "1S", "2S", "3S"},
    "ORADS": {"0", "1", "2", "3", "4", "5"},
    "CADRADS": {"0", "1", "2", "3", "4", "4A", "4B", "5"},
    "VIRADS": {"1", "2", "3", "4", "5"},
    "BOSNIAK": {"I", "II", "IIF", "III", "IV", "1", "2", "2F", "3", "4"},
    "FAZEKAS": {"0", "1", "2", "3"},
}
_ORGAN = {
    "BIRADS": "breast axilla",
    "TIRADS": "thyroid",
    "PIRADS": "prostate",
    "LIRADS": "liver",
    "LUNGRADS": "lung",
    "ORADS": "ovary uterus",
    "CADRADS": "coronary heart",
    "VIRADS": "bladder",
    "BOSNIAK": "kidney",
}
_PART = {
    "BIRADS": r"breast|乳|chest|胸",
    "TIRADS": r"thyroid|neck|甲状腺|颈",
    "PIRADS": r"prostate|pelvi|前列腺|盆",
    "LIRADS": r"liver|abd|肝|腹",
    "LUNGRADS": r"chest|lung|thorax|胸|肺",
    "ORADS": r"pelvi|ovar|uter|盆|妇|子宫|卵巢|abd",
    "CADRADS": r"heart|cardi|coron|chest|心|冠|胸",
    "VIRADS": r"bladder|pelvi|膀胱|盆",
    "BOSNIAK": r"kidney|renal|abd|肾|腹|urin|泌尿",
}


@dataclass(frozen=True, slots=True)
class _Given:
    scheme: str
    value: str
    section: str
    start: int
    end: int

    @property
    def number(self) -> int:
        digits = re.match(r"\d+", self.value)
        roman = {"I": 1, "II": 2, "IIF": 2, "III": 3, "IV": 4, "V": 5}
        return int(digits.group()) if digits else roman.get(self.value, -1)

    def hit(self, **params: str) -> Hit:
        return Hit(self.section, self.start, self.end, params)


def _given(reading: Reading) -> list[_Given]:
    found = []
    for section in DESCRIBED:
        for match in _CATEGORY.finditer(reading.text(section)):
            scheme = re.sub(r"[^A-Z]", "", match["scheme"].upper())
            scheme = "TIRADS" if scheme.endswith("TIRADS") else "LIRADS" if scheme == "LR" else scheme
            found.append(_Given(scheme, match["value"].upper(), section, match.start(), match.end()))
    return found


def no_such_category(reading: Reading) -> Iterator[Hit]:
    """A category that the scheme has not."""
    for given in _given(reading):
        known = _MOST.get(given.scheme)
        if known is not None and given.value not in known:
            yield given.hit()


def other_organ(reading: Reading) -> Iterator[Hit]:
    """A scheme of another organ than the examined one."""
    part = f"{reading.report.header.body_part} {reading.report.header.study_description}"
    if not part.strip() or re.search(r"whole|全身", part, re.I):
        return
    for given in _given(reading):
        pattern, organs = _PART.get(given.scheme), _ORGAN.get(given.scheme, "").split()
        if pattern and not re.search(pattern, part, re.I):
            named = {n.organ.organ_id for c in reading.of(FINDINGS) for n in c.organs}
            if not named & set(organs):
                yield given.hit()


def two_categories(reading: Reading) -> Iterator[Hit]:
    """Findings and impression give the only category differently."""
    given = _given(reading)
    for scheme in {g.scheme for g in given}:
        found = {g.value for g in given if g.scheme == scheme and g.section == FINDINGS}
        concluded = [g for g in given if g.scheme == scheme and g.section == IMPRESSION]
        if len(found) == 1 and len(concluded) == 1 and concluded[0].value not in found:
            yield concluded[0].hit()


_SUSPICIOUS_BREAST = re.compile(
    r"毛刺|多形性|细线(?:样|状)?分支|分支状钙化|簇状(?:分布)?(?:的)?(?:细小|多形|微)"
    r"|结构扭曲|皮肤(?:增厚)?(?:回缩|凹陷)"
    r"|乳头(?:回缩|凹陷)|不规则(?:形)?(?:高密度|低回声)?肿[块物]|纵横比(?:大于|>|＞)\s*1|spiculat\w*"
    r"|pleomorphic|fine[- ]linear|architectural distortion|(?:skin|nipple) retraction"
    r"|irregular (?:spiculated |hypoechoic |high-density )?(?:mass|nodule)"
    r"|taller[- ]than[- ]wide",
    re.I,
)
_LESION_BREAST = re.compile(r"肿块|肿物|结节|囊肿|钙化|mass|nodule|cyst|calcific", re.I)
_BENIGN_ONLY = re.compile(
    r"(?:单纯|无回声)?囊肿|纤维腺瘤|脂肪瘤|边界清楚?|边缘光[滑整]|粗大钙化|爆米花"
    r"|simple cyst|fibroadenoma|lipoma"
    r"|circumscribed|popcorn|benign",
    re.I,
)


def _described(reading: Reading, *groups: str) -> bool:
    return any(s.status is Status.PRESENT and s.group in groups for s in reading.said(FINDINGS))


def _largest(reading: Reading, *groups: str) -> float | None:
    sizes = []
    for said in reading.said(FINDINGS):
        value, unit = said.mention.value, (said.mention.unit or "").lower()
        if (
            said.status is Status.PRESENT
            and said.group in groups
            and value is not None
            and unit in ("mm", "cm")
        ):
            sizes.append((max(value) if isinstance(value, tuple) else value) * (10 if unit == "cm" else 1))
    return max(sizes) if sizes else None


def _all_positive(reading: Reading, pattern: re.Pattern[str]) -> set[str]:
    """What findings say of it, not denied before it in its sentence."""
    found = set()
    for clause in reading.of(FINDINGS):
        for match in pattern.finditer(clause.text):
            earlier = [
                c.text
                for c in reading.of(FINDINGS)
                if c.sentence == clause.sentence and c.start < clause.start
            ]
            before = ",".join((*earlier, clause.text[: match.start()]))
            denied = max((m.end() for m in _DENIES.finditer(before)), default=0)
            if not denied or _STATES.search(before, denied):
                found.add(match.group().lower())
    return found


_DENIES = re.compile(r"未见|未及|无(?!回声)|没有|\bno\b|\bwithout\b|\bnot\b", re.I)
_STATES = re.compile(r"(?<!未)见|伴|呈|有|\bwith\b|\bis\b|\bare\b|\bshows?\b|\bbut\b|\bthere\b", re.I)


def _positive(reading: Reading, pattern: re.Pattern[str]) -> bool:
    return bool(_all_positive(reading, pattern))


def breast_category(reading: Reading) -> Iterator[Hit]:
    """BI-RADS 1 to 3 with suspicious features, 1 with a lesion, 4 and 5 with none."""
    given = [g for g in _given(reading) if g.scheme == "BIRADS" and g.section == IMPRESSION]
    suspicious = _positive(reading, _SUSPICIOUS_BREAST)
    lesion = _positive(reading, _LESION_BREAST) or suspicious
    if len(given) != 1:
        return
    one = given[0]
    if (
        (suspicious and one.number in (1, 2, 3))
        or (one.number == 1 and _described(reading, "mass", "nodule", "cyst", "calcification"))
        or (
            one.number in (4, 5)
            and not lesion
            and not _positive(
                reading,
                re.compile(r"不对称|asymmetr|密度增高|低回声|强化|enhanc|distort|density|hypoecho", re.I),
            )
        )
        or (
            one.number == 5
            and _positive(reading, _BENIGN_ONLY)
            and not suspicious
            and not re.search(r"不规则|irregular", reading.text(FINDINGS), re.I)
        )
    ):
        yield one.hit()


_CYSTIC = re.compile(
    r"(?:纯|单纯)?囊性|无回声|海绵状|\b(?:purely |entirely )?cystic\b|\bspongiform\b|\banechoic\b", re.I
)
_SUSPICIOUS_THYROID = re.compile(
    r"微钙化|点状强回声|纵横比(?:大于|>|＞)\s*1|极低回声|边缘不规则|甲状腺外侵犯"
    r"|microcalcific|punctate echogenic"
    r"|taller[- ]than[- ]wide|very hypoechoic|markedly hypoechoic|extrathyroidal"
    r"|irregular margin|lobulated",
    re.I,
)


def thyroid_category(reading: Reading) -> Iterator[Hit]:
    """TI-RADS 1 or 2 with suspicious features, 4 or more of what is cystic only, 1 with a solid nodule."""
    given = [g for g in _given(reading) if g.scheme == "TIRADS" and g.section == IMPRESSION]
    if len(given) != 1:
        return
    one = given[0]
    suspicious = len(_all_positive(reading, _SUSPICIOUS_THYROID))
    solid = _positive(reading, re.compile(r"实性|低回声|\bsolid\b|\bhypoechoic\b", re.I))
    if (
        (
            one.number <= 2
            and (suspicious or (solid and _described(reading, "nodule", "mass") and one.number == 1))
        )
        or (one.number == 3 and suspicious >= 2)
        or (
            one.number >= 4
            and _positive(reading, _CYSTIC)
            and not suspicious
            and not solid
            and not re.search(r"囊实|混合|mixed", reading.text(FINDINGS), re.I)
        )
        or (one.number >= 3 and not _described(reading, "nodule", "mass", "cyst", "calcification", "lesion"))
    ):
        yield one.hit()


def prostate_category(reading: Reading) -> Iterator[Hit]:
    """PI-RADS 4 and 5 by size, 1 and 2 with a marked restriction, 4 and 5 with no lesion."""
    given = [g for g in _given(reading) if g.scheme == "PIRADS" and g.section == IMPRESSION]
    if len(given) != 1:
        return
    one, size = given[0], _largest(reading, "lesion", "nodule", "mass", "cancer")
    marked = _positive(
        reading,
        re.compile(
            r"DWI(?:呈)?(?:明显)?高信号|弥散受限|扩散受限|(?:marked(?:ly)? )?restricted diffusion"
            r"|marked(?:ly)? hyperintens",
            re.I,
        ),
    )
    outside = _positive(
        reading,
        re.compile(
            r"包膜外侵|精囊(?:腺)?(?:受)?侵|extraprostatic|extracapsular|seminal vesicle invasion", re.I
        ),
    )
    if (
        (one.number == 5 and size is not None and size < 15 and not outside)
        or (one.number == 4 and size is not None and size >= 15)
        or (one.number in (1, 2) and marked and _described(reading, "lesion", "nodule", "mass"))
        or (
            one.number in (1, 2)
            and marked
            and re.search(r"低信号灶|结节|病灶|lesion", reading.text(FINDINGS), re.I)
        )
        or (
            one.number in (4, 5)
            and not marked
            and not _described(reading, "lesion", "nodule", "mass", "cancer")
            and not re.search(r"信号灶|结节灶|focus", reading.text(FINDINGS), re.I)
        )
    ):
        yield one.hit()


def liver_category(reading: Reading) -> Iterator[Hit]:
    """LI-RADS 5 without arterial enhancement or below 10 mm, 1 and 2 with washout."""
    given = [g for g in _given(reading) if g.scheme == "LIRADS" and g.section == IMPRESSION]
    if len(given) != 1:
        return
    one, size = given[0], _largest(reading, "lesion", "nodule", "mass", "cancer")
    arterial = _positive(
        reading,
        re.compile(
            r"动脉期.{0,10}强化|(?:arterial|avid).{0,20}enhanc|enhanc.{0,30}arterial|APHE"
            r"|hyperenhanc",
            re.I,
        ),
    )
    washout = _positive(reading, re.compile(r"廓清|洗脱|wash-?out|包膜|capsule", re.I))
    if (one.number == 5 and ((size is not None and size < 10) or not arterial)) or (
        one.number in (1, 2) and arterial and washout
    ):
        yield one.hit()


def lung_category(reading: Reading) -> Iterator[Hit]:
    """Lung-RADS against the size of the largest solid nodule."""
    given = [g for g in _given(reading) if g.scheme == "LUNGRADS" and g.section == IMPRESSION]
    if len(given) != 1:
        return
    one, size = given[0], _largest(reading, "nodule", "mass")
    text = reading.text(FINDINGS)
    if (
        one.number == 1
        and _described(reading, "nodule", "mass")
        and not re.search(r"钙化|脂肪|calcified|fat", text, re.I)
    ):
        yield one.hit()
    elif size is None or re.search(
        r"磨玻璃|部分实性|ground|subsolid|part-solid|新|生长|增大|\bnew\b|grow|稳定|stable"
        r"|无变化|unchanged",
        text,
        re.I,
    ):
        return
    elif (
        (size >= 8 and one.number in (1, 2))
        or (size >= 15 and (one.number == 3 or one.value == "4A"))
        or (size < 6 and one.number in (3, 4))
        or (size < 8 and one.number == 4)
    ):
        yield one.hit()


RULES: dict[str, Rule] = {
    "Q-65": breast_category,
    "Q-66": no_such_category,
    "Q-67": other_organ,
    "Q-68": two_categories,
    "Q-81": thyroid_category,
    "Q-82": prostate_category,
    "Q-83": liver_category,
    "Q-84": lung_category,
}
