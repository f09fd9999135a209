"""A vocabulary of the full release's size: the shipped terms, and made-up ones in RadLex's way of naming."""

from __future__ import annotations

import random

from app.terminology import Term, TermStore, load_terms
from app.terminology.store import make_store

_SIDES = ("", "left ", "right ")
_PARTS = (
    "surface", "wall", "mucosa", "superior part", "inferior part", "trunk", "medial branch", "lateral branch",
    "gray matter", "capsule", "root", "proximal zone", "distal zone", "posterior surface",
    "tributary", "skin",
)  # fmt: skip
_ADDED = ("subtype", "variant", "residual", "focal", "diffuse", "recurrent", "postoperative", "congenital")
_AFFIXES = ("", "para", "infra", "supra", "retro", "peri", "inter", "sub")


def full_size(count: int = 45_000, *, seed: int = 3) -> TermStore:
    """The shipped terms with made-up ones up to `count`; a quarter of those have a synonym."""
    shipped = list(load_terms().terms)
    dice = random.Random(seed)
    anatomy = [term for term in shipped if term.category == "anatomy"]
    others = [term for term in shipped if term.category in ("observation", "procedure", "object")]
    known = {name for term in shipped for name in term.names}
    made: list[Term] = []
    while len(shipped) + len(made) < count:
        of = dice.choice(anatomy if dice.random() < 0.8 else others)
        part = dice.choice(_PARTS if of.category == "anatomy" else _ADDED)
        name = f"{dice.choice(_AFFIXES)}{part} of {dice.choice(_SIDES)}{of.name}"
        if of.category != "anatomy":
            name = f"{part} {of.name} {dice.randint(1, 9)}"
        if name in known:
            continue
        known.add(name)
        words = (f"{of.name} {part}",) if dice.random() < 0.25 and f"{of.name} {part}" not in known else ()
        known.update(words)
        made.append(
            Term(f"RID{900000 + len(made)}", name, "", words, of.category, of.rid, (), "made", is_a=of.rid)
        )
    return make_store([*shipped, *made], "made")
