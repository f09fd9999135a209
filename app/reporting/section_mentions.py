"""What a section's words say, read once for all who ask.

While a report is written one section changes at a time; the others are not read anew.
"""

from __future__ import annotations

from functools import lru_cache

from app.mentions import Mention, Named, Reader
from app.mentions.product import reader_of
from app.terminology import TermStore


def mentions_in(
    terms: TermStore, text: str, *, section: str, given: tuple[Named, ...] = ()
) -> tuple[Mention, ...]:
    """The findings that a section names; `given` are the places of its coded terms."""
    return _read(reader_of(terms), text, section, given)


@lru_cache(maxsize=12)
def _read(reader: Reader, text: str, section: str, given: tuple[Named, ...]) -> tuple[Mention, ...]:
    return tuple(reader.read(text, section=section, given=given))
