"""Headers as the index needs them.  Runs in a bounded child; the values are read without trusting their
form.
"""

from __future__ import annotations

import contextlib
import io
import math
import mmap
import os
import re
import struct
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from pydicom.datadict import dictionary_description
from pydicom.dataset import Dataset
from pydicom.filereader import read_dataset
from pydicom.tag import BaseTag

from app.dicom.read.charset import Guess, RawText, guess, readable
from app.dicom.read.dates import read_clock, read_date_time, read_day
from app.dicom.read.numbers import (
    ABSENT,
    BEYOND,
    MENDED,
    MOST_INTEGER,
    MOST_MM,
    UNREADABLE,
    Number,
    read_numbers,
)
from app.dicom.read.prescan import Buffer, Prescan, Unusable
from app.domain.display_set import TranslatableText
from app.processes.limits import MAX_FILE_BYTES, MIB, mebibytes

#: what pydicom raises on malformed data sets
PARSE_FAILURES = (
    ValueError, KeyError, TypeError, AttributeError, IndexError, EOFError, NotImplementedError, RuntimeError,
    OverflowError, AssertionError, LookupError, struct.error,
)  # fmt: skip
MEDIA_DIRECTORY = "1.2.840.10008.1.3.10"
_WHOLE = 64 * MIB  # files up to this size are read at once, larger ones mapped
_PAGE = 4096
#: attributes whose texts tell the character set: names of persons, and others
_NAMES = (0x00080090, 0x00081050, 0x00081060, 0x00081070, 0x00100010, 0x00321032)
_TEXTS = (
    0x00080080, 0x00080081, 0x00081010, 0x00081030, 0x0008103E, 0x00081040, 0x00100021, 0x001021B0,
    0x00104000, 0x00180010, 0x00180015, 0x00181030, 0x00204000, 0x00321060, 0x00400254,
)  # fmt: skip
#: what more is written is not read: of names, labels and kinds, of other texts, of lists of numbers
_MOST_OF_A_LABEL, _MOST_OF_A_TEXT, _MOST_OF_NUMBERS = 1024, MIB, 4 * MIB
_LABELS = frozenset((*_NAMES, *_TEXTS, 0x00080005, 0x00080008, 0x00080060, 0x00100020, 0x00280004)) - {
    0x00104000, 0x00204000,
}  # fmt: skip
#: cosines are at most 1; some writers round upwards, or do not normalise
_MOST_COSINE = 2.0
#: of the field that the two directions span; 1 where they are right
_LEAST_AREA = 1e-3
#: value representations of numbers in binary, as `struct` has them
_BINARY = {"FD": "d", "FL": "f", "US": "H", "SS": "h", "UL": "I", "SL": "i"}


@contextlib.contextmanager
def opened(path: Path, *, header_only: bool = False) -> Iterator[Buffer]:
    """The bytes of a file: read, or mapped where it is large or where only its header is wanted."""
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size > MAX_FILE_BYTES:
            raise Unusable(
                "limit",
                "the file has {found} (limit {limit})",
                found=mebibytes(size),
                limit=mebibytes(MAX_FILE_BYTES),
            )
        if size <= (_PAGE if header_only else _WHOLE):
            yield file.read()
            return
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        try:
            yield mapped
        finally:
            with contextlib.suppress(
                BufferError
            ):  # pixels that are views of it: it goes with the last of them
                mapped.close()


class Header:
    """Values of a data set (or of an item of a sequence in it) as plain Python, None or empty where they are
    not usable.
    """

    def __init__(self, source: Prescan | Dataset, little: bool, parent: Header | None = None) -> None:
        self._source = source
        self._parsed: Dataset | None = source if isinstance(source, Dataset) else None
        self._little = little
        self._root: Header = self if parent is None else parent._root
        self._doubts: list[TranslatableText] = []
        self._guess: Guess | None = None
        self._creators: list[int] | None = None  # elements that claim private blocks
        own = self.raw(0x00080005)[:_MOST_OF_A_LABEL].strip(b"\0 ").decode("ascii", "replace")
        terms = tuple(term.strip() for term in own.split("\\"))
        self._charsets: tuple[str, ...] = terms if own or parent is None else parent._charsets

    @classmethod
    def of(cls, found: Prescan) -> Header:
        """The header of a file that has been looked at, without its pixel data."""
        return cls(found, found.little)

    def detach(self) -> Header:
        """Keep the header's own bytes, so that it can be used after the file is closed."""
        if isinstance(self._source, Prescan):
            self._source.data = bytes(self._source.data[: self._source.pixel_offset])
        return self

    @property
    def dataset(self) -> Dataset:
        """The whole data set, parsed when something in a sequence is asked for; plain values need no
        parser.
        """
        if self._parsed is None:
            found = self._source
            assert isinstance(found, Prescan)
            stop = found.pixel_offset
            file = io.BytesIO(
                found.data[found.start : stop] if stop is not None else found.data[found.start :]
            )
            try:
                self._parsed = read_dataset(file, not found.explicit, found.little, stop_when=_at_pixels)
            except OSError as error:  # of the parser: the bytes are in memory
                raise ValueError("the data set ends within an element") from error
        return self._parsed

    def raw(self, tag: int) -> bytes:
        """The value's bytes."""
        source = self._source
        if isinstance(source, Prescan):
            place = source.places.get(tag)
            return bytes(source.data[place[0] : place[0] + place[1]]) if place is not None else b""
        try:
            element = source.get_item(BaseTag(tag))
        except PARSE_FAILURES:
            return b""
        value: Any = element.value if element is not None else b""
        if isinstance(value, bytes):
            return value
        if value is None:
            return b""
        return (
            "\\".join(str(v) for v in value).encode()
            if isinstance(value, (list, tuple))
            else str(value).encode()
        )

    def vr(self, tag: int) -> str:
        """Value representation of an element; empty where it is not known."""
        if isinstance(self._source, Prescan):
            return _short_vr(self._source, tag)
        try:
            element = self._source.get_item(BaseTag(tag))
        except PARSE_FAILURES:
            return ""
        return str(element.VR or "") if element is not None else ""

    def raw_text(self, tag: int, *, person_name: bool = False) -> RawText:
        """A text's bytes with the character sets that are declared for them."""
        most = _MOST_OF_A_LABEL if tag in _LABELS else _MOST_OF_A_TEXT
        return RawText(self.raw(tag)[:most].rstrip(b"\0 "), self._charsets, person_name)

    @property
    def reading(self) -> Guess:
        """How the texts of the data set are to be read, from all of them together."""
        if self._guess is None:
            names = [self.raw_text(tag, person_name=True) for tag in _NAMES if self.raw(tag)]
            self._guess = guess([*names, *(self.raw_text(tag) for tag in _TEXTS if self.raw(tag))])
        return self._guess

    def text(self, tag: int, *, person_name: bool = False) -> str:
        """Decoded text; control characters become spaces."""
        raw = self.raw(tag)
        if len(raw) <= _MOST_OF_A_LABEL and raw.isascii():
            plain = raw.rstrip(b"\0 ").decode("ascii").strip()
            if plain.isprintable():  # nearly always: no character set makes a difference
                return plain.rstrip("= ") if person_name else plain
        text = self.raw_text(tag, person_name=person_name)
        return readable(text, Guess() if text.is_plain else self._root.reading)

    def lines(self, tag: int) -> str:
        """Decoded text whose lines stay lines."""
        whole = self.raw_text(tag)
        parts = [RawText(part, whole.declared) for part in re.split(rb"\r\n|\r|\n", whole.raw)]
        read = [readable(part, Guess() if part.is_plain else self._root.reading) for part in parts]
        return "\n".join(read).strip()

    def name(self, tag: int) -> str:
        """A person's name without empty groups at its end."""
        return self.text(tag, person_name=True)

    def texts(self, tag: int) -> tuple[str, ...]:
        """The values of a multi-valued text."""
        return tuple(part.strip() for part in self.text(tag).split("\\"))

    def uid(self, tag: int) -> str:
        """A unique identifier, without padding."""
        return self.raw(tag).split(b"\\")[0].strip(b"\0 ").decode("ascii", "replace")

    def decimal(self, tag: int) -> Number:
        """First value of a decimal or integer string: a value, absent or unreadable; doubts are kept."""
        return next(iter(self.decimals(tag)), ABSENT)

    def decimals(self, tag: int) -> tuple[Number, ...]:
        """All values of a decimal or integer string as they are written; doubts are kept."""
        raw = self.raw(tag)
        if not raw:
            return ()
        if len(raw) > _MOST_OF_NUMBERS:
            found: tuple[Number, ...] = (Number(None, f"{len(raw)} B"),)
        elif (vr := self.vr(tag)) in _BINARY:
            found = self._binary(tag, vr)
        else:
            found = read_numbers(raw)
        for number in found:
            if number.mended or number.unreadable:
                self._doubt(tag, number)
        return found

    def _binary(self, tag: int, vr: str) -> tuple[Number, ...]:
        """Numbers that were written in binary where text belongs."""
        return tuple(
            Number(value if math.isfinite(value) else None, f"{value:.10g} {vr}", mended=True)
            for value in map(float, self.words(tag, _BINARY[vr]))
        )

    def integer(self, tag: int) -> int | None:
        """First value of an integer string."""
        number = self._within(tag, MOST_INTEGER)
        return None if number is None else int(number)

    def integers(self, tag: int) -> tuple[int, ...]:
        """All values of an integer string, empty if one of them is none."""
        values = self.numbers(tag)
        fit = all(self._is_within(tag, value, MOST_INTEGER) for value in values)
        return tuple(int(value) for value in values) if fit else ()

    def length(self, tag: int) -> float | None:
        """First value of a decimal string that is a distance or a coordinate in mm."""
        return self._within(tag, MOST_MM)

    def lengths(self, tag: int) -> tuple[float, ...]:
        """All values of a decimal string of distances or coordinates in mm, empty if one of them is none."""
        values = self.numbers(tag)
        return values if all(self._is_within(tag, value, MOST_MM) for value in values) else ()

    def _within(self, tag: int, most: float) -> float | None:
        """The first number, None with a doubt where it is larger than it can be."""
        number = self.number(tag)
        return number if number is not None and self._is_within(tag, number, most) else None

    def _is_within(self, tag: int, value: float, most: float) -> bool:
        if abs(value) <= most:
            return True
        self.tell(BEYOND, tag, f"{value:.10g}")
        return False

    def number(self, tag: int) -> float | None:
        """First value of a decimal or integer string; `decimal` tells absent from unreadable."""
        found = self.numbers(tag)
        return found[0] if found else None

    def numbers(self, tag: int) -> tuple[float, ...]:
        """All values of a decimal string, empty if one of them is none."""
        values = tuple(number.value for number in self.decimals(tag))
        return () if None in values else tuple(value for value in values if value is not None)

    @property
    def doubts(self) -> tuple[TranslatableText, ...]:
        """What is to be said of the numbers read so far, in this header and in its items."""
        return tuple(self._root._doubts)

    def _doubt(self, tag: int, number: Number) -> None:
        value = {} if number.value is None else {"value": f"{number.value:.10g}"}
        self.tell(UNREADABLE if number.unreadable else MENDED, tag, number.text, **value)

    def tell(self, template: str, tag: int, text: str, **value: str) -> None:
        """Keep a doubt about an attribute: `template` has {attribute}, {text} and the names of `value`."""
        doubt = (template, {"attribute": attribute_name(tag), "text": text, **value})
        if doubt not in self._root._doubts:
            self._root._doubts.append(doubt)

    def short(self, tag: int) -> int | None:
        """An unsigned 16-bit value."""
        raw = self.raw(tag)
        return int.from_bytes(raw[:2], "little" if self._little else "big") if len(raw) == 2 else None

    def words(self, tag: int, code: str) -> tuple[Any, ...]:
        """Binary values, `code` as in `struct` (``H`` US, ``h`` SS, ``I`` UL, ``i`` SL, ``f`` FL, ``d``
        FD); of floating point none where one of them is no number.
        """
        raw, size = self.raw(tag), struct.calcsize(code)
        count = len(raw) // size
        values = struct.unpack_from(f"{'<' if self._little else '>'}{count}{code}", raw)
        return values if code not in "fd" or all(map(math.isfinite, values)) else ()

    def word(self, tag: int, code: str) -> Any:
        """The first binary value, None where there is none."""
        return next(iter(self.words(tag, code)), None)

    def double(self, tag: int) -> float | None:
        """A 64-bit floating point value (FD)."""
        raw = self.raw(tag)
        if len(raw) != 8:
            return self.number(tag) if raw else None
        value = float(struct.unpack("<d" if self._little else ">d", raw)[0])
        return value if math.isfinite(value) else None

    def day(self, tag: int) -> date | None:
        """A date."""
        return read_day(self.raw(tag))

    def clock(self, tag: int) -> time | None:
        """A time of day; missing parts are zero."""
        return read_clock(self.raw(tag))

    def moment(self, day_tag: int, clock_tag: int) -> datetime | None:
        """Date and time of two attributes."""
        day = self.day(day_tag)
        return None if day is None else datetime.combine(day, self.clock(clock_tag) or time())

    def date_time(self, tag: int) -> datetime | None:
        """A date and time, with its offset from UTC where it is written with one."""
        return read_date_time(self.raw(tag))

    def private(self, group: int, creator: str, element: int) -> int:
        """The tag of a private element (PS3.5 section 7.8.1), 0 where its block is not there."""
        if self._creators is None:
            known = self._source.places if isinstance(self._source, Prescan) else self._source.keys()
            self._creators = sorted(
                int(tag) for tag in known if tag >> 16 & 1 and 0x10 <= tag & 0xFFFF <= 0xFF
            )
        for tag in self._creators:
            if tag >> 16 == group and self.raw(tag).strip(b"\0 ") == creator.encode():
                return group << 16 | (tag & 0xFF) << 8 | element
        return 0

    def items(self, tag: int) -> list[Header]:
        """Items of a sequence."""
        if (
            isinstance(self._source, Prescan)
            and tag not in self._source.sequences
            and tag not in self._source.places
        ):
            return []  # a sequence of unknown kind may stand among the plain values
        try:
            value = self.dataset[BaseTag(tag)].value if BaseTag(tag) in self.dataset else []
            return [Header(item, self._little, self) for item in value or [] if isinstance(item, Dataset)]
        except PARSE_FAILURES:
            return []

    def has(self, tag: int) -> bool:
        """The attribute is there with a value."""
        return bool(self.raw(tag))


def _short_vr(found: Prescan, tag: int) -> str:
    """Value representation of an element at the top whose length has 16 bits; empty for any other."""
    at, length = found.places.get(tag, (0, 0))
    if not found.explicit or not at:
        return ""
    vr, told = bytes(found.data[at - 4 : at - 2]), bytes(found.data[at - 2 : at])
    if int.from_bytes(told, "little" if found.little else "big") != length or not vr.isalpha():
        return ""
    return vr.decode("ascii", "replace")


def attribute_name(tag: int) -> str:
    """The attribute as the standard names it, its tag where it has no name there."""
    try:
        return str(dictionary_description(tag))
    except KeyError:
        return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


def _at_pixels(tag: BaseTag, _vr: str | None, _length: int) -> bool:
    return int(tag) in (0x7FE00008, 0x7FE00009, 0x7FE00010)


def _six(values: tuple[float, ...]) -> tuple[float, float, float, float, float, float] | None:
    """Direction cosines; None where they are none, or where row and column span no plane."""
    if len(values) != 6 or max(map(abs, values)) > _MOST_COSINE:
        return None
    a, b, c, d, e, f = values
    if math.hypot(b * f - c * e, c * d - a * f, a * e - b * d) < _LEAST_AREA:
        return None
    return (a, b, c, d, e, f)
