"""Levels of the spine by name, and which follows on which."""

from __future__ import annotations

from itertools import pairwise

from app.domain.coding import Code

#: vertebrae from the first cervical to the first sacral
VERTEBRAE = (
    *(f"C{n}" for n in range(1, 8)),
    *(f"T{n}" for n in range(1, 13)),
    *(f"L{n}" for n in range(1, 6)),
    "S1",
)
#: the discs between them, from that under the second cervical vertebra on, as radiologists write them:
#: C2/3, C7/T1, L5/S1
DISCS = tuple(
    f"{upper}/{lower[1:] if lower[0] == upper[0] else lower}"
    for upper, lower in pairwise(VERTEBRAE)
    if upper != "C1"
)
#: supernumerary vertebrae: what lies above and below them
_VARIANTS = {"T13": ("T12", "L1"), "L6": ("L5", "S1")}
#: SNOMED CT of the levels (PS3.16 CID 7603, 7604), which have none for the first sacral vertebra nor for
#: supernumerary ones
_SNOMED = {
    "C1": "14806007", "C2": "39976000", "C3": "113205007", "C4": "5329002", "C5": "36978003",
    "C6": "36054005", "C7": "87391001", "T1": "64864005", "T2": "53733008", "T3": "1626008",
    "T4": "73071006", "T5": "56401006", "T6": "45296009", "T7": "62487009", "T8": "11068009",
    "T9": "82687006", "T10": "7610001", "T11": "12989004", "T12": "23215003", "L1": "66794005",
    "L2": "14293000", "L3": "36470004", "L4": "11994002", "L5": "49668003", "C2/3": "1078209008",
    "C3/4": "58820006", "C4/5": "49400002", "C5/6": "73959003", "C6/7": "75095006", "C7/T1": "37414007",
    "T1/2": "40908007", "T2/3": "6004007", "T3/4": "2620004", "T4/5": "82965004", "T5/6": "72692000",
    "T6/7": "74401007", "T7/8": "28693002", "T8/9": "9188009", "T9/10": "113209001", "T10/11": "34959001",
    "T11/12": "1537001", "T12/L1": "76206002", "L1/2": "80064006", "L2/3": "67459009", "L3/4": "62551000",
    "L4/5": "84020006", "L5/S1": "715056000",
}  # fmt: skip
_OWN_SCHEME = "99YINGSHU"
_LEVELS = {value: name for name, value in _SNOMED.items()}


def level_code(name: str) -> Code | None:
    """The anatomy that a level is; None where the name is that of none."""
    if not is_level(name):
        return None
    upper, _, lower = name.partition("/")
    meaning = f"{upper} vertebra"
    if lower:
        meaning = f"{upper}/{lower if lower[0].isalpha() else upper[0] + lower} disc"
    known = _SNOMED.get(name)
    return Code(known, "SCT", meaning) if known else Code(name, _OWN_SCHEME, meaning)


def level_of(code: Code | None) -> str:
    """The level that a code means; "" of other codes."""
    if code is None:
        return ""
    if code.scheme == _OWN_SCHEME:
        return code.value if is_level(code.value) else ""
    return _LEVELS.get(code.value, "") if code.scheme == "SCT" else ""


def is_level(name: str) -> bool:
    """The name is that of a vertebra or a disc."""
    return name in VERTEBRAE or name in DISCS or name in _VARIANTS


def next_level(name: str, *, up: bool) -> str:
    """The level above or below one of the same sort; "" at the ends, and where the name is none."""
    if name in _VARIANTS:
        return _VARIANTS[name][0 if up else 1]
    for levels in (VERTEBRAE, DISCS):
        if name in levels:
            at = levels.index(name) + (-1 if up else 1)
            return levels[at] if 0 <= at < len(levels) else ""
    return ""
