"""Which part of a report a sentence stands in, by the headings in the text."""

from __future__ import annotations

import re
from bisect import bisect_right

_HEADS = (
    (
        "history",
        r"(?:临床|既往|个人|家族)?病史|家族史(?:摘要|资料)?|临床资料|既往史"
        r"|(?:past )?(?:medical |clinical |surgical |patient |family )?history"
        r"|clinical (?:data|information)|pmh|referring diagnosis",
    ),
    (
        "indication",
        r"临床诊断|申请目的|检查目的|检查原因|临床症状|临床印象|主诉|indications?"
        r"|reason for (?:exam(?:ination)?|study|visit)|clinical (?:question|concern|indication)",
    ),
    ("illness", r"(?:history of )?present(?:ing)? illness|hpi|现病史|ed course|hospital course"),
    ("technique", r"检查(?:方法|技术)|扫描(?:方法|技术)|technique"),
    ("comparison", r"对比(?:检查)?|comparison"),
    ("findings", r"(?:影像|检查|超声|CT|MR|MRI|X线)?(?:学)?(?:所见|表现)|影像描述|findings?"),
    (
        "impression",
        r"(?:影像(?:学)?|检查|CT|MR|MRI|X线|超声)?(?:诊断(?:意见|结论|印象|提示)?|印象|结论|提示|意见)"
        r"|impressions?|conclusions?|assessment",
    ),
    ("recommendation", r"建议|recommendations?|plan|advice"),
)
_ANY_HEAD = "|".join(f"(?P<{kind}>{words})" for kind, words in _HEADS)
_HEAD = re.compile(
    rf"(?:(?<=^)|(?<=[\n.。;；]))[ \t【（(]*(?P<head>{_ANY_HEAD})[】）)]*[ \t]*[:：\n】]", re.IGNORECASE
)


class Sections:
    """The headings of a text; a heading holds to the next one, one within a line to that line's end."""

    def __init__(self, text: str, given: str = "") -> None:
        self._given = given
        found = [(m.start("head"), m.lastgroup, m) for m in _HEAD.finditer(text)]
        self._starts: list[int] = [0]
        self._kinds: list[str] = [given]
        for number, (start, _, match) in enumerate(found):
            kind = next(k for k, _ in _HEADS if match.group(k) is not None)
            self._starts.append(start)
            self._kinds.append(kind)
            rest_of_line = text.find("\n", match.end())
            following = found[number + 1][0] if number + 1 < len(found) else None
            alone = text[match.end() - 1] == "\n" or not text[match.end() :].split("\n")[0].strip()
            if not alone and following is None and rest_of_line < 0 and kind in ("history", "indication"):
                stop = re.search(r"[。.](?=\s|$|[㐀-鿿])", text[match.end() :])
                if stop:
                    self._starts.append(match.end() + stop.end())
                    self._kinds.append(given)
            elif not alone and rest_of_line >= 0 and (following is None or following > rest_of_line):
                self._starts.append(rest_of_line)
                self._kinds.append(given)

    def at(self, place: int) -> str:
        """The kind of section at a place; empty for none."""
        return self._kinds[bisect_right(self._starts, place) - 1]
