"""Words of examinations and series, in Chinese and English, as technologists and scanners write them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache

from app.paths import resource_path

Words = Sequence[str]

_DATA: Mapping[str, Mapping[str, Words]] = json.loads(
    resource_path("dicom", "series_words.json").read_text(encoding="utf-8")
)
#: the narrower comes before the wider: a lumbar spine is no abdomen
REGIONS = _DATA["regions"]
WEIGHTINGS = _DATA["weightings"]
KERNELS = _DATA["kernels"]

_CONTRAST = re.compile(
    r"(?<![a-z])(?:post|c\+|\+c|gd|gad|gado|contrast|ce|venous|arterial|portal|nephro|delay(?:ed)?)(?![a-z])"
    r"|增强|动脉期|静脉期|门脉|延迟期|强化"
)
_NO_CONTRAST = re.compile(
    r"(?<![a-z])(?:pre|non[- ]?contrast|without|c-|w/?o|unenhanced|plain|nc)(?![a-z])|平扫"
)
_FAT = re.compile(
    r"(?<![a-z])(?:fs|fatsat|fat[ -]?sat|spair|spir|stir|dixon[_ -]?w|we)(?![a-z])|压脂|脂肪抑制"
)


def first_named(text: str, names: Mapping[str, Words]) -> str:
    """The first name one of whose words stands in the text; "" where none does.

    Latin words count as whole words (digits, underscores and changes of case part them), Chinese ones
    anywhere.
    """
    plain = parted(text)
    return next((name for name, words in names.items() if _pattern(tuple(words)).search(plain)), "")


@cache
def parted(text: str) -> str:
    """Lower case with single blanks where a scanner writes underscores, hyphens, or case alone parts
    words.
    """
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", text)
    return re.sub(r"[\s_\-/.,;:()\[\]^*]+", " ", spaced).strip().lower()


@cache
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    parts = [
        re.escape(word) if ord(word[0]) > 0x2E7F else rf"(?<![a-z]){re.escape(word)}(?![a-z])"
        for word in words
    ]
    return re.compile("|".join(parts))


def says_contrast(text: str) -> bool:
    """Words say that a contrast agent was given, and none that it was not."""
    low = text.lower()
    return _CONTRAST.search(low) is not None and _NO_CONTRAST.search(low) is None


def says_fat_suppression(text: str) -> bool:
    """Words say that the signal of fat was suppressed."""
    return _FAT.search(parted(text)) is not None
