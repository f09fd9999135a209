"""Kinds of cues as `resources/mentions` names them, grouped by what the grammar does with them."""

from __future__ import annotations

#: kinds that reach forward, in the order in which they are tried
FORWARD = (
    "double", "instead", "excepts", "supposes", "recalls", "others", "resolves", "after_surgery_of",
    "cannot_see_before", "rules_out", "asks", "doubts", "aims", "states", "denies", "likens", "unsure",
    "dated", "because",
)  # fmt: skip
#: kinds that are said of what stands before them
BACK = (
    "cannot_see", "remains", "resolved", "after_surgery", "denied", "doubted", "recalled", "at_risk",
    "not_real", "affirmed", "excepted_last", "likened", "asked", "dated",
)  # fmt: skip
#: kinds that go on over a list behind commas
LISTING = frozenset(
    ("after_surgery_of", "denies", "doubts", "recalls", "others", "states", "asks", "rules_out", "instead")
)
#: kinds that, in a clause that names nothing itself, are said of the clause before
OF_EARLIER = frozenset(
    (
        "not_real",
        "at_risk",
        "denied",
        "denies",
        "resolved",
        "doubted",
        "recalled",
        "cannot_see",
        "after_surgery",
        "remains",
    )
)
#: of these it need not be all that the clause says
_LOOSE = frozenset(("at_risk", "not_real"))
#: kinds that a heading of its own may be
HEADS = ("cannot_see", "rules_out", "asks", "supposes", "recalls", "others", "doubts", "doubted", "denied")
#: what may stand between a Chinese finding and what is said of it behind
CLOSE = frozenset(
    (
        "etc",
        "degree",
        "compares",
        "now",
        "and",
        "earlier",
        "sees",
        "of",
        "listed",
        "changes",
        "recalls",
        "surgery",
        "filler",
    )
)
#: words of a clause that says nothing but what became of something
FILLING = frozenset(
    (
        "degree",
        "etc",
        "now",
        "compares",
        "doubts",
        "sees",
        "doubted",
        "denies",
        "listed",
        "is",
        "cannot_see",
        "resolved",
        "pronoun",
        "filler",
    )
)
#: an English phrase that holds one of these is no mere member of a list
SAYING = frozenset(
    (
        "presents",
        "sees",
        "turns",
        "excepts",
        "resolved",
        "denies",
        "doubts",
        "states",
        "normal",
        "cannot_see",
        "changes",
        "remains",
        "recalls",
        "is",
        "quantity",
        "asks",
        "advises",
    )
)
#: cues that take over from an earlier one
TAKING_OVER = ("doubts", "denies", "instead", "asks", "recalls", "states")
#: what a cue behind does not reach over
BARRIER = ("turns", "remains", "resolved", "denied", "doubted", "denies", "doubts", "excepted")


def is_loose(kind: str) -> bool:
    """Whether a clause may say more than the cue and still be said of the clause before."""
    return kind in _LOOSE
