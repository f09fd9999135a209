"""The reader with the product's terminology."""

from __future__ import annotations

from functools import cache

from app.mentions.reader import Reader
from app.terminology import TermStore, load_terms


@cache
def reader() -> Reader:
    """The reader over the terms that ship."""
    return Reader(load_terms().terms)


def reader_of(terms: TermStore) -> Reader:
    """The reader over a store; that of the shipped one is made once."""
    return reader() if terms is load_terms() else Reader(terms.terms)
