"""Words of examinations and series, as technologists and scanners write them: Chinese, English, and what
scanners of other countries say.
"""

from __future__ import annotations

import json
import re
import unicodedata
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
#: phases of contrast, views of radiographs
PHASES = _DATA["phases"]
VIEWS = _DATA["views"]
#: of mammograms the views and what is special about them, of a camera where it stands
MAMMOGRAMS = _DATA["mammograms"]
MODIFIERS = _DATA["modifiers"]
CAMERA = _DATA["camera"]
SIDES = _DATA["sides"]
SCOUTS = _DATA["scouts"]

_CONTRAST = re.compile(
    r"(?<![a-z])(?:post|c\+|\+c|iv\+|gd|gad|gado|contrast|contraste|contrasto|ce|km|mdc|inj|injection|injecte|venous"
    r"|arterial|portal|arteriell|portalvenos|venos|nephro|delay(?:ed)?)(?![a-z])"
    r"|增强|增強|动脉期|動脈|静脉期|靜脈期|门脉|門脈|延迟期|遅延|平衡相|强化|造影"
)
_NO_CONTRAST = re.compile(
    r"(?<![a-z])(?:pre|non[- ]?contrast|without|c-|\(-\)|w[/ ]?o|unenhanced|plain|nc|nativ|native|ohne"
    r"|sans|senza|sin|vor)(?![a-z])|平扫|平掃|単純|非造影|造影前"
)
_FAT = re.compile(
    r"(?<![a-z])(?:fs|fatsat|fat[ -]?sat|fat[ -]?supp?r?(?:ession|essed)?|sat[ -]?fat|spair|spir|stir|chess"
    r"|fettges|dixon[_ -]?w|ideal[ -]?w|water|we|fast[ -]?sat)(?![a-z])|压脂|壓脂|脂肪抑制|抑脂"
)


def first_named(text: str, names: Mapping[str, Words]) -> str:
    """The first name one of whose words stands in the text; "" where none does.

    Latin words count as whole words without accents (digits, underscores and changes of case part them),
    Chinese and Japanese ones anywhere.
    """
    said = parted(text)
    return next((name for name, words in names.items() if _pattern(tuple(words)).search(said)), "")


def all_named(text: str, names: Mapping[str, Words]) -> list[str]:
    """All names of which a word stands in the text."""
    said = parted(text)
    return [name for name, words in names.items() if _pattern(tuple(words)).search(said)]


@cache
def parted(text: str) -> str:
    """Lower case without accents, with single blanks where a scanner writes underscores, hyphens, or case
    alone parts words; T2* is ``t2star``.
    """
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", plain(text))
    spaced = re.sub(r"(?i)(?<![a-z])t2 ?\*", "t2star ", spaced)
    return re.sub(r"[\s_\-/.,;:()\[\]^*]+", " ", spaced).strip().lower()


def plain(text: str) -> str:
    """Without the accents of Latin letters, wide letters as usual ones: Schädel and Schadel are one word."""
    apart = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    return unicodedata.normalize("NFC", "".join(c for c in apart if not "\u0300" <= c <= "\u036f"))


@cache
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    parts = [
        re.escape(word) if ord(word[0]) > 0x2E7F else rf"(?<![a-z]){re.escape(word)}(?![a-z])"
        for word in words
    ]
    return re.compile("|".join(parts))


def says_contrast(text: str) -> bool:
    """Words say that a contrast agent was given, and none that it was not."""
    return _says(_CONTRAST, text) and not says_no_contrast(text)


def says_no_contrast(text: str) -> bool:
    """Words say that no contrast agent was given."""
    return _says(_NO_CONTRAST, text)


def says_fat_suppression(text: str) -> bool:
    """Words say that the signal of fat was suppressed."""
    return _FAT.search(parted(text)) is not None


def _says(pattern: re.Pattern[str], text: str) -> bool:
    return pattern.search(plain(text).lower()) is not None or pattern.search(parted(text)) is not None
