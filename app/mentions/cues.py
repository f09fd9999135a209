"""Words that decide: the tables of `resources/mentions`, every string with the kinds it can be.

The tables write variants in braces: ``{未见|无}{明显|}变化``.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from functools import cache
from itertools import product

from app.mentions.matching import Strings
from app.paths import resource_path

LANGUAGES = ("zh", "en")
_BRACES = re.compile(r"\{([^{}]*)\}")


def variants(pattern: str) -> list[str]:
    """All strings that a pattern stands for, with single spaces."""
    parts = _BRACES.split(pattern)
    choices = [part.split("|") if n % 2 else [part] for n, part in enumerate(parts)]
    return [" ".join("".join(made).split()) for made in product(*choices)]


@cache
def cue_table() -> dict[str, frozenset[str]]:
    """Every cue string, in lower case, with its kinds."""
    kinds: dict[str, set[str]] = defaultdict(set)
    for language in LANGUAGES:
        path = resource_path("mentions") / f"cues_{language}.json"
        for kind, patterns in json.loads(path.read_text(encoding="utf-8")).items():
            for pattern in patterns:
                for made in variants(pattern):
                    kinds[made.lower()].add(kind)
    kinds.pop("", None)
    return {words: frozenset(found) for words, found in kinds.items()}


@cache
def cues() -> Strings[frozenset[str]]:
    """The same, to look up at a place."""
    return Strings(cue_table())
