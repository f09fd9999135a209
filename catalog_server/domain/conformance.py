"""Conformance of a document to a metadata set: completeness and consistency (DB13/T 4.8.2d)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from catalog_client.schema.oid import is_oid
from catalog_client.schema.problem import Violation
from catalog_server.domain.classification import Classification
from catalog_server.domain.dictionary import ElementRule, MetadataSet

#: so many characters of a found value are repeated in a refusal
_SHOWN = 60


def check(document: Mapping[str, Any], rules: MetadataSet, tree: Classification) -> list[Violation]:
    """All broken rules, in the order of the set."""
    return [*_check_set(document, rules), *_Check(rules, tree).level(document.get("elements", {}), None)]


def _check_set(document: Mapping[str, Any], rules: MetadataSet) -> Iterator[Violation]:
    found = f"{document.get('metadata_set')} {document.get('set_version')}"
    wanted = f"{rules.set_id} {rules.version}"
    if found != wanted:
        yield Violation(
            element="metadata_set",
            rule="set",
            found=found,
            message_zh=f"元数据集应为“{wanted}”，实际为“{found}”。",
            message_en=f"The metadata set is “{wanted}”, found “{found}”.",
        )


class _Check:
    def __init__(self, rules: MetadataSet, tree: Classification) -> None:
        self._rules = rules
        self._tree = tree

    def level(self, elements: Mapping[str, Any], parent: str | None) -> Iterator[Violation]:
        """Elements that stand alone (`parent` None) or those of one occurrence of an entity."""
        known = {rule.id for rule in self._rules.children(parent)}
        for element_id in elements:
            if element_id not in known:
                yield _unknown(element_id)
        for rule in self._rules.children(parent):
            yield from self._occurrences(rule, elements.get(rule.id, []))

    def _occurrences(self, rule: ElementRule, occurrences: Any) -> Iterator[Violation]:
        if not isinstance(occurrences, list):
            yield self._say(rule, "type", occurrences, "应为数值列表", "is a list of values")
            return
        if rule.assigned_by is not None:
            if occurrences:
                yield self._say(
                    rule,
                    "assigned",
                    occurrences[0],
                    "由登记节点分配，提交时不填",
                    "is assigned by the node and left empty when submitted",
                )
            return
        if not occurrences and rule.obligation == "M":
            yield self._say(rule, "mandatory", "", "为必选，未赋值", "is mandatory and has no value")
        if rule.max_occurs is not None and len(occurrences) > rule.max_occurs:
            yield self._say(
                rule,
                "occurrences",
                str(len(occurrences)),
                f"最多出现 {rule.max_occurs} 次",
                f"occurs at most {rule.max_occurs} times",
            )
        for occurrence in occurrences:
            yield from self._value(rule, occurrence)

    def _value(self, rule: ElementRule, value: Any) -> Iterator[Violation]:
        if rule.kind == "entity":
            if isinstance(value, Mapping):
                yield from self.level(value, rule.id)
            else:
                yield self._say(
                    rule, "type", value, "是元数据实体，应给出其元素", "is an entity and needs its elements"
                )
            return
        if not isinstance(value, str):
            yield self._say(rule, "type", value, "应为文本", "is a text")
            return
        yield from self._text(rule, value)

    def _text(self, rule: ElementRule, value: str) -> Iterator[Violation]:
        if not value.strip():
            yield self._say(rule, "empty", value, "的值不能为空白", "may not be blank")
        elif any(ord(c) < 32 and c not in "\n\t" for c in value):
            yield self._say(rule, "characters", repr(value), "含有控制字符", "contains control characters")
        elif rule.max_length is not None and len(value) > rule.max_length:
            zh, en = (
                f"最多 {rule.max_length} 个字符，实际 {len(value)} 个",
                f"has at most {rule.max_length} characters, found {len(value)}",
            )
            yield self._say(rule, "length", value, zh, en)
        elif rule.pattern is not None and not re.fullmatch(rule.pattern, value, re.ASCII):
            yield self._say(
                rule,
                "pattern",
                value,
                f"不符合值域（{rule.range_zh}）",
                f"is not within its range ({rule.range_en})",
            )
        elif rule.data_type == "code" and value not in self._rules.code_lists.get(rule.code_list or "", {}):
            yield self._say(
                rule,
                "code-list",
                value,
                f"不在代码表中（{rule.range_zh}）",
                f"is not in its code list ({rule.range_en})",
            )
        elif rule.data_type == "category" and self._tree.resolve(value) is None:
            yield self._say(
                rule,
                "classification",
                value,
                "不是分类表中的“类目.亚目.细目”",
                "is no category.subject.details of the classification",
            )
        elif rule.data_type == "uri" and not _is_web_address(value):
            yield self._say(rule, "uri", value, "应为 http 或 https 地址", "is an http or https address")
        elif rule.data_type == "oid" and not is_oid(value):
            yield self._say(rule, "oid", value, "不是合规的对象标识符", "is no object identifier")

    def _say(self, rule: ElementRule, code: str, found: Any, zh: str, en: str) -> Violation:
        shown = str(found)[:_SHOWN]
        tail_zh = f"；实际为“{shown}”" if shown else ""
        tail_en = f"; found “{shown}”" if shown else ""
        return Violation(
            element=rule.id,
            rule=code,
            found=shown,
            message_zh=f"{rule.name_zh}（{rule.clause}）{zh}{tail_zh}。",
            message_en=f"{rule.name_en} ({rule.clause}) {en}{tail_en}.",
        )


def _unknown(element_id: str) -> Violation:
    shown = element_id[:_SHOWN]
    return Violation(
        element=shown,
        rule="unknown",
        message_zh=f"元数据集在此处没有“{shown}”这一元素。",
        message_en=f"The metadata set has no element “{shown}” here.",
    )


def _is_web_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return (
        parts.scheme in {"http", "https"}
        and bool(parts.hostname)
        and parts.username is None
        and not any(c.isspace() for c in value)
    )
