"""Text of data sets as Unicode, also where their character set is missing or wrong.

What is declared (PS3.3 C.12.1.1.2) is one candidate among those that archives write: GB18030 or GBK bytes
under a Latin set or none, GB 2312 without its escapes, UTF-8 under any name.  All texts of a study are
weighed together; the bytes tell, and the declared set is favoured where it makes plausible text.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.dicom.read.charset_score import IMPOSSIBLE, plausibility

_ESCAPE = 0x1B
_ESCAPES = re.compile(rb"\x1b(\$\)[AC]|\$[B@]|\$\(D|\([BJI]|\)I|-[ABCDFGHLMTb])")
#: codecs of what an escape sequence invokes (PS3.3 C.12.1.1.2); sets in G1 leave ASCII in G0
_INVOKED = {
    b"(B": "ascii", b"(J": "cp932", b"(I": "cp932", b")I": "cp932", b"$)A": "gb18030", b"$)C": "cp949",
    b"-A": "latin-1", b"-B": "iso8859-2", b"-C": "iso8859-3", b"-D": "iso8859-4", b"-L": "iso8859-5",
    b"-G": "iso8859-6", b"-F": "iso8859-7", b"-H": "iso8859-8", b"-M": "iso8859-9", b"-T": "tis-620",
    b"-b": "iso8859-15",
}  # fmt: skip
_JAPANESE = "iso2022_jp_2"  # reads the escapes of its two-byte sets by itself

_EAST = frozenset({"HAN"})
_ALL = frozenset({"LATIN", "CYRILLIC", "GREEK", "HEBREW", "ARABIC", "THAI", "HAN", "KANA", "HANGUL"})
_LATIN = frozenset({"LATIN"})


@dataclass(frozen=True, slots=True)
class Encoding:
    """A way to read bytes: Python's codec, what people call it, how likely it is undeclared, its scripts."""

    codec: str
    label: str
    likely: float
    scripts: frozenset[str]


#: what is looked for, the likeliest first; a person may choose any of them
ENCODINGS = (
    Encoding("utf-8", "Unicode (UTF-8)", 0.5, _ALL),
    Encoding("gb18030", "Chinese, simplified (GB18030, GBK, GB 2312)", 0.0, _EAST),
    Encoding("big5", "Chinese, traditional (Big5)", -0.35, _EAST),
    Encoding("cp949", "Korean (KS X 1001)", -0.3, frozenset({"HANGUL", "HAN"})),
    Encoding("cp932", "Japanese (Shift JIS)", -0.5, frozenset({"HAN", "KANA"})),
    Encoding("euc_jp", "Japanese (EUC)", -0.6, frozenset({"HAN", "KANA"})),
    Encoding("cp1252", "Western European (Latin 1)", -0.15, _LATIN),
    Encoding("iso8859-2", "Central European (Latin 2)", -0.4, _LATIN),
    Encoding("cp1250", "Central European (Windows)", -0.45, _LATIN),
    Encoding("iso8859-9", "Turkish (Latin 5)", -0.4, _LATIN),
    Encoding("cp1251", "Cyrillic (Windows)", -0.3, frozenset({"CYRILLIC"})),
    Encoding("iso8859-5", "Cyrillic (ISO)", -0.4, frozenset({"CYRILLIC"})),
    Encoding("koi8-r", "Cyrillic (KOI8-R)", -0.45, frozenset({"CYRILLIC"})),
    Encoding("iso8859-7", "Greek", -0.4, frozenset({"GREEK"})),
    Encoding("cp1255", "Hebrew", -0.4, frozenset({"HEBREW"})),
    Encoding("iso8859-6", "Arabic (ISO)", -0.4, frozenset({"ARABIC"})),
    Encoding("cp1256", "Arabic (Windows)", -0.5, frozenset({"ARABIC"})),
    Encoding("cp874", "Thai", -0.4, frozenset({"THAI"})),
)
_BY_CODEC = {encoding.codec: encoding for encoding in ENCODINGS}
#: rarer sets, read where they are declared
_RARE = tuple(
    Encoding(codec, codec, -1.0, scripts)
    for codec, scripts in (
        ("latin-1", _LATIN), ("iso8859-3", _LATIN), ("iso8859-4", _LATIN), ("iso8859-15", _LATIN),
        ("iso8859-8", frozenset({"HEBREW"})), ("tis-620", frozenset({"THAI"})),
    )
)  # fmt: skip
_KNOWN = _BY_CODEC | {encoding.codec: encoding for encoding in _RARE}
#: registration numbers in defined terms (ISO_IR 100, ISO 2022 IR 58) and parts of ISO 8859
_BY_NUMBER = {
    100: "latin-1", 101: "iso8859-2", 109: "iso8859-3", 110: "iso8859-4", 144: "iso8859-5", 127: "iso8859-6",
    126: "iso8859-7", 138: "iso8859-8", 148: "iso8859-9", 203: "iso8859-15", 13: "cp932", 166: "tis-620",
    192: "utf-8", 149: "cp949", 58: "gb18030", 87: "euc_jp", 159: "euc_jp",
}  # fmt: skip
_DECLARED, _CERTAIN, _UNDECODABLE = 0.8, 8.0, -4.0
_NOTHING_PLAUSIBLE = -0.5
#: characters that may as well be something else
_FEW = 4


@dataclass(frozen=True, slots=True)
class RawText:
    """The bytes of a text value, and the Specific Character Set of its data set."""

    raw: bytes
    declared: tuple[str, ...] = ()
    person_name: bool = False

    @property
    def is_plain(self) -> bool:
        """ASCII without escapes: no character set makes a difference."""
        return self.raw.isascii() and _ESCAPE not in self.raw

    @property
    def has_escapes(self) -> bool:
        """Code extension (PS3.5 section 6.1.2.5): the bytes themselves name their sets."""
        return _ESCAPE in self.raw


@dataclass(frozen=True, slots=True)
class RankedCodec:
    """A candidate: Python's codec and its score, best near 1.5."""

    encoding: str
    score: float


@dataclass(frozen=True, slots=True)
class Guess:
    """How the texts of a study are to be read.

    `encoding` is the codec of most of them, "" where all are plain; `confidence` is 0…1; `candidates` are
    those that decode them all, the best first.  Data sets that declare different sets may need different
    ones: `of_declared`.
    """

    encoding: str = ""
    confidence: float = 1.0
    candidates: tuple[RankedCodec, ...] = ()
    of_declared: tuple[tuple[tuple[str, ...], str], ...] = ()

    @classmethod
    def chosen(cls, encoding: str) -> Guess:
        """What a person chose, whatever is declared."""
        if encoding not in _BY_CODEC:
            raise ValueError(f"{encoding!r} is no encoding that may be chosen")
        return cls(encoding)

    def encoding_of(self, declared: tuple[str, ...]) -> str:
        """The codec for texts of data sets with this declaration."""
        return dict(self.of_declared).get(declared, self.encoding)


def guess(texts: Iterable[RawText]) -> Guess:
    """Weigh all texts of a study together; those of one declaration share an encoding."""
    return _guess(frozenset(text for text in texts if not text.is_plain and not text.has_escapes))


def decode(text: RawText, found: Guess) -> str:
    """The text by a guess; by its escapes, or by its own bytes, where the guess does not decode it."""
    raw = text.raw.rstrip(b"\0 ")
    if text.is_plain:
        return raw.decode("ascii").strip()
    if text.has_escapes:
        return _escaped(raw, text.declared).strip()
    encoding = found.encoding_of(text.declared)
    decoded = _strict(raw, encoding) if encoding else None
    if decoded is None:
        own = _guess(frozenset({text})).encoding
        decoded = _strict(raw, own) if own else None
    return (_lenient(raw, "gb18030") if decoded is None else decoded).strip()


def readable(text: RawText, found: Guess) -> str:
    """The text for people: control characters become spaces; names end without empty groups."""
    decoded = decode(text, found)
    plain = decoded
    if not plain.isprintable():
        plain = "".join(c if c.isprintable() else " " for c in decoded).strip()
    return plain.rstrip("= ") if text.person_name else plain


def _escaped(raw: bytes, declared: tuple[str, ...]) -> str:
    """Code extension: each part in the set that was invoked before it, the first one in the first declared
    set.
    """
    parts = _ESCAPES.split(raw)
    first = _codec(declared[0]) if declared else ""
    decoded = [_lenient(parts[0], first or "ascii")]
    for escape, part in zip(parts[1::2], parts[2::2], strict=True):
        codec = _INVOKED.get(escape)
        if codec is None:
            decoded.append((b"\x1b" + escape + part).decode(_JAPANESE, "replace"))
        else:
            decoded.append(_lenient(part, codec))
    return "".join(decoded)


def _lenient(raw: bytes, codec: str) -> str:
    found = _strict(raw, codec)
    return raw.decode("gb18030", "replace") if found is None else found


@lru_cache(maxsize=4096)
def _guess(texts: frozenset[RawText]) -> Guess:
    groups: dict[tuple[str, ...], list[RawText]] = defaultdict(list)
    for text in texts:
        groups[text.declared].append(text)
    if not groups:
        return Guess()
    found = {declared: _of_group(declared, group) for declared, group in groups.items()}
    most = max(groups, key=lambda declared: (sum(len(text.raw) for text in groups[declared]), declared))
    best = found[most]
    return Guess(
        best.encoding,
        min(one.confidence for one in found.values()),
        best.candidates,
        tuple(sorted((declared, one.encoding) for declared, one in found.items())),
    )


def _of_group(declared: tuple[str, ...], texts: list[RawText]) -> Guess:
    own = declared_codecs(declared)
    scored = []
    for encoding in (*ENCODINGS, *_RARE):
        if encoding.likely > -1.0 or encoding.codec in own:
            mean, count, lost = _mean(encoding, texts)
            favoured = _favour(encoding, texts, mean, lost) if encoding.codec in own else 0.0
            likely = 0.0 if encoding.codec in own else _likely(encoding, texts, count)
            scored.append((mean + likely + favoured, not lost, mean, encoding.codec))
    scored.sort(key=lambda one: one[0], reverse=True)
    best = scored[0]
    if best[2] < _NOTHING_PLAUSIBLE and own:
        best = next((one for one in scored if one[3] == own[0] and one[1]), best)
    ranked = tuple(RankedCodec(codec, round(score, 3)) for score, whole, _, codec in scored if whole)
    return Guess(best[3], _confidence(best[0], best[3], ranked, texts), ranked)


def _favour(encoding: Encoding, texts: list[RawText], mean: float, lost: int) -> float:
    """Of a set that is declared: much where it makes plausible text.  What is declared UTF-8, valid and of
    characters of three bytes and more is nothing else, whatever it spells: joiners, marks of direction,
    pictures.
    """
    if encoding.codec == "utf-8" and not lost and any(_is_long(text) for text in texts):
        return _CERTAIN
    return _DECLARED if mean >= 0.0 else 0.0


def _is_long(text: RawText) -> bool:
    """There is a byte that begins a character of three or four in UTF-8."""
    return any(byte >= 0xE0 for byte in text.raw)


def _likely(encoding: Encoding, texts: list[RawText], count: int) -> float:
    """Valid UTF-8 is hardly a coincidence, unless it is short and of two-byte characters only; the more
    characters there are to judge by, the less counts how usual a set is.
    """
    if encoding.codec != "utf-8":
        return encoding.likely * min(1.0, _FEW / max(1, count))
    short = sum(0xC2 <= byte < 0xE0 for text in texts for byte in text.raw)
    long = any(_is_long(text) for text in texts)
    return encoding.likely if long or short >= _FEW else 0.1


def _mean(encoding: Encoding, texts: list[RawText]) -> tuple[float, int, int]:
    """Mean score of a character beyond ASCII, how many there are, and how many bytes could not be decoded."""
    total, count, lost, strange = 0.0, 0, 0, 0
    for text in texts:
        high = sum(byte > 0x7F for byte in text.raw)
        strange += high
        decoded = _strict(text.raw.rstrip(b"\0 "), encoding.codec)
        if decoded is None:
            lost += high
            continue
        score, n = plausibility(decoded, encoding.scripts, name=text.person_name)
        total, count = total + score, count + n
    mean = total / count if count else IMPOSSIBLE
    share = lost / max(1, strange)
    return mean * (1.0 - share) + _UNDECODABLE * share, count, lost


def _confidence(score: float, codec: str, ranked: tuple[RankedCodec, ...], texts: list[RawText]) -> float:
    """By how much the best is ahead of the first that reads the texts differently."""
    read = [_strict(text.raw, codec) for text in texts]
    others = (
        one.score
        for one in ranked
        if one.encoding != codec and [_strict(text.raw, one.encoding) for text in texts] != read
    )
    ahead = score - next(others, IMPOSSIBLE)
    return round(min(1.0, max(0.0, 0.5 + ahead / 2.0)), 3)


def declared_codecs(declared: Sequence[str]) -> tuple[str, ...]:
    """Codecs of the defined terms, misspelt ones too; none for the default repertoire, which is ASCII."""
    found = (_codec(term) for term in declared)
    return tuple(dict.fromkeys(codec for codec in found if codec))


def _codec(term: str) -> str:
    plain = re.sub(r"[\s_-]", "", term.upper())
    if plain.startswith(("GB", "CP936", "CN")):
        return "gb18030"
    if "UTF8" in plain or "UNICODE" in plain:
        return "utf-8"
    if number := re.search(r"IR(\d+)", plain):
        return _BY_NUMBER.get(int(number[1]), "")
    if (part := re.search(r"8859(\d{1,2})", plain)) and f"iso8859-{part[1]}" in _KNOWN:
        return f"iso8859-{part[1]}"
    return "latin-1" if "LATIN1" in plain or "88591" in plain else ""


def _strict(raw: bytes, codec: str) -> str | None:
    try:
        return raw.decode(codec)
    except (UnicodeDecodeError, LookupError):
        return None
