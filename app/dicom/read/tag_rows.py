"""The rows that the walk through a file fills, with their texts decoded together at the end."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.dicom.read.charset import Guess, RawText, decode, guess
from app.dicom.read.tag_values import (
    ENCODED,
    TEXTS,
    binary_text,
    clean,
    is_words,
    looks_like_text,
    text_bytes,
    words_text,
)
from app.domain.display_set import TranslatableText
from app.domain.tag_table import BINARY, TagTable

MAX_ROWS = 300_000
#: characters that are shown of one value, and of each where a file has very many
VALUE_LIMIT, SHORT_LIMIT, TEXT_BUDGET = 1_024, 64, 16 << 20
_TEXTS_WEIGHED = 2_000


class TooManyRows(Exception):
    """There are more rows than are listed."""


@dataclass(slots=True)
class TagRows:
    """Columns of a `TagTable` while they fill; nothing is added while `silent`."""

    tags: list[int] = field(default_factory=list)
    vrs: list[str] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    values: list[str] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    creators: dict[int, str] = field(default_factory=dict)
    written: dict[int, str] = field(default_factory=dict)
    cut: set[int] = field(default_factory=set)
    digests: dict[int, int] = field(default_factory=dict)
    notices: list[TranslatableText] = field(default_factory=list)
    silent: bool = False
    _texts: list[tuple[int, RawText]] = field(default_factory=list)
    _characters: int = 0

    def add(self, tag: int, vr: str, length: int, parent: int, value: str = "") -> int:
        """A row; its number, -1 while silent."""
        if self.silent:
            return -1
        if len(self.tags) >= MAX_ROWS:
            raise TooManyRows
        self.tags.append(tag)
        self.vrs.append(vr)
        self.lengths.append(length)
        self.values.append(value)
        self.parents.append(parent)
        return len(self.tags) - 1

    def fill(self, row: int, raw: bytes, charsets: tuple[str, ...], *, little: bool) -> None:
        """The value of a row from its bytes."""
        if row < 0 or not raw:
            return
        vr = self.vrs[row]
        if is_words(vr):
            text, more = words_text(vr, raw, self._limit, little=little)
            self._put(row, text, more)
        elif vr in TEXTS or (vr == "UN" and looks_like_text(raw)):
            self._text(row, vr, raw, charsets)
        elif vr in BINARY:
            self.values[row] = binary_text(raw)
        else:
            self.vrs[row], self.values[row] = "UN", binary_text(raw)

    def _text(self, row: int, vr: str, raw: bytes, charsets: tuple[str, ...]) -> None:
        text = RawText(text_bytes(raw), charsets, vr == "PN")
        if text.is_plain or vr not in ENCODED:
            self._put(row, clean(text.raw.decode("ascii", "replace")), len(raw) > len(text.raw) + 1024)
        else:
            self._texts.append((row, text))

    @property
    def _limit(self) -> int:
        return VALUE_LIMIT if self._characters < TEXT_BUDGET else SHORT_LIMIT

    def _put(self, row: int, text: str, more: bool = False) -> None:
        limit = self._limit
        if more or len(text) > limit:
            self.cut.add(row)
        self.values[row] = text[:limit]
        self._characters += min(len(text), limit)

    def table(self, encoding: str, transfer_syntax: str) -> TagTable:
        """The finished table; `encoding` reads the texts, "" finds it from all of them."""
        texts = [text for _, text in self._texts[:_TEXTS_WEIGHED]]
        found = Guess.chosen(encoding) if encoding else guess(texts)
        for row, text in self._texts:
            self._put(row, clean(decode(text, found)))
        return TagTable(
            tuple(self.tags),
            tuple(self.vrs),
            tuple(self.lengths),
            tuple(self.values),
            tuple(self.parents),
            self.creators,
            self.written,
            frozenset(self.cut),
            self.digests,
            tuple(self.notices),
            found.encoding,
            transfer_syntax,
        )
