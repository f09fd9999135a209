"""The privacy gate: nothing that points to a patient enters a node (canary tests grep for it).

The station takes identity out before it sends; a node does not trust it and looks again, at the patterns that
a node can know. A refusal names the element and the rule, never the value: what is refused must not come
back in answers or logs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from catalog_client.schema.document import flatten
from catalog_client.schema.elements import Element
from catalog_client.schema.problem import Violation
from catalog_client.schema.text import fold
from catalog_server.domain.dictionary import MetadataSet

#: rule → (pattern over the folded text, Chinese, English)
_PATTERNS: dict[str, tuple[re.Pattern[str], str, str]] = {
    "dicom-uid": (
        re.compile(r"(?<![\d.])(?:1\.2|1\.3|2\.16|2\.25)\.\d+(?:\.\d+){2,}|(?<![\d.])2\.25\.\d{6,}"),
        "含有形似 DICOM UID 的标识",
        "contains what looks like a DICOM UID",
    ),
    "citizen-id": (
        re.compile(
            r"(?<!\d)[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dx](?![\da-z])"
        ),
        "含有形似公民身份号码的内容",
        "contains what looks like a citizen's identity number",
    ),
    "mobile": (
        re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)"),
        "含有形似个人手机号的内容",
        "contains what looks like a mobile number",
    ),
    "labelled-identity": (
        re.compile(
            r"(?:姓名|患者名|病人名|病历号|住院号|门诊号|检查号|影像号|登记号|病案号|身份证号?|出生日期|出生年月|医保号"
            r"|patient\s*(?:name|id)|accession\s*(?:number|no)|birth\s*date|date of birth"
            r"|\bmrn\b)\s*(?:[:=]|是|为|\bis\b)"
        ),
        "含有个人身份项（如姓名、病历号、出生日期）",
        "contains an item of identity (such as name, record number, birth date)",
    ),
    "person-name": (
        re.compile(r"[a-z一-鿿]+\^[a-z一-鿿]+"),
        "含有 DICOM 写法的人名",
        "contains a person's name as DICOM writes it",
    ),
    "addressed-person": (
        re.compile(r"(?:患者|病人|患儿)\s*[:,]?\s*[一-鿿]{2,4}\s*[,，。、(（]\s*(?:男|女|\d{1,3}\s*岁)"),
        "含有形似患者姓名的内容",
        "contains what looks like a patient's name",
    ),
    "birth-date": (
        re.compile(r"(?:生于|出生于|\bborn(?: on)?)\s*\d{4}"),
        "含有出生日期",
        "contains a birth date",
    ),
}

#: where a pattern is what the element is for
_EXEMPT: dict[str, frozenset[str]] = {Element.ORGANIZATION_CODE: frozenset({"citizen-id", "mobile"})}


def check_identity(document: Mapping[str, Any], rules: MetadataSet) -> list[Violation]:
    """Rules of identity that a document breaks: one row an element and rule, keys included."""
    return _distinct(_found(document, rules))


def names_somebody(text: str) -> bool:
    """Whether a text outside of documents (a remark, a name that somebody gives) breaks one of the rules."""
    folded = fold(text)
    return any(pattern.search(folded) for pattern, _, _ in _PATTERNS.values())


def _distinct(found: Iterator[Violation]) -> list[Violation]:
    return list({(v.element, v.rule): v for v in found}.values())


def _found(document: Mapping[str, Any], rules: MetadataSet) -> Iterator[Violation]:
    for element_id, value in flatten(document):
        rule = rules.by_id.get(element_id)
        name_zh, name_en = (
            (rule.name_zh, rule.name_en) if rule is not None else ("未知元素", "An unknown element")
        )
        shown = element_id if rule is not None else "unknown"
        folded = fold(value)
        for code, (pattern, zh, en) in _PATTERNS.items():
            if code not in _EXEMPT.get(element_id, frozenset()) and pattern.search(folded):
                yield Violation(
                    element=shown, rule=code, message_zh=f"{name_zh}{zh}。", message_en=f"{name_en} {en}."
                )
