"""Names of attributes and of unique identifiers: the standard's, known private ones, and Chinese ones."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from pydicom.datadict import (
    dictionary_description,
    dictionary_keyword,
    dictionary_VR,
    private_dictionary_description,
    private_dictionary_VR,
)
from pydicom.uid import UID

from app.paths import resource_path


@dataclass(frozen=True, slots=True)
class AttributeName:
    """Keyword of the standard ("" for private ones), English and Chinese name, "" where there is none."""

    keyword: str = ""
    english: str = ""
    chinese: str = ""


@lru_cache(maxsize=1 << 14)
def name_of(tag: int, creator: str = "") -> AttributeName:
    """The names of an attribute; `creator` is the private creator of a private one."""
    if tag >> 16 & 1:
        return _private_name(tag, creator)
    if tag & 0xFFFF == 0:
        return AttributeName("GenericGroupLength", "Group Length", "组长度")
    try:
        keyword = str(dictionary_keyword(tag))
        return AttributeName(
            keyword, str(dictionary_description(tag)), _chinese()["attributes"].get(keyword, "")
        )
    except KeyError:
        return AttributeName()


def vr_of(tag: int, creator: str = "") -> str:
    """Value representation by the dictionaries, which may leave it open (``US or SS``), "" if unknown."""
    if tag & 0xFFFF == 0:
        return "UL"
    try:
        if not tag >> 16 & 1:
            return str(dictionary_VR(tag))
        if is_creator(tag):
            return "LO"
        return str(private_dictionary_VR(tag, creator)) if creator else ""
    except KeyError:
        return ""


def is_creator(tag: int) -> bool:
    """The element names who owns a block of a private group (PS3.5 7.8.1)."""
    return bool(tag >> 16 & 1) and 0x10 <= tag & 0xFFFF <= 0xFF


@lru_cache(maxsize=1 << 12)
def uid_name(uid: str) -> tuple[str, str]:
    """English and Chinese name of an identifier of the standard, "" where it has none."""
    name = str(UID(uid).name)
    return ("" if name == uid else name, _chinese()["uids"].get(uid, ""))


def _private_name(tag: int, creator: str) -> AttributeName:
    if is_creator(tag):
        return AttributeName("", "Private Creator", "私有创建者")
    try:
        return AttributeName("", str(private_dictionary_description(tag, creator)) if creator else "")
    except KeyError:
        return AttributeName()


@cache
def _chinese() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(
        resource_path("dicom", "names_zh_CN.json").read_text(encoding="utf-8")
    )
    return loaded
