"""What of a report may be coded as there, as absent or as in doubt.

A false "present" or "absent" in coded data is worse than none.  Not coded are what the grammar leaves
undecided, what is past, gone, not examined, recommended or only asked for, and a denial of a part or a kind
("no *other* nodule").
"""

from __future__ import annotations

from app.domain.finding import Presence
from app.mentions import Mention, Status

_CODED = {
    Status.PRESENT: Presence.PRESENT,
    Status.ABSENT: Presence.ABSENT,
    Status.UNCERTAIN: Presence.UNCERTAIN,
}
#: what asks, and says nothing of what was seen
_ASKING = frozenset(("asks", "asked", "rules_out"))
_ELSEWHERE = frozenset(("history", "indication", "technique", "comparison", "recommendation"))


def presence_of(mention: Mention) -> Presence | None:
    """The presence that may be coded of a mention; None where none may."""
    if mention.restricted or mention.section in _ELSEWHERE:
        return None
    asked = mention.cue is None or mention.cue.kind in _ASKING or mention.cue.text in ("?", "？")
    if mention.status is Status.UNCERTAIN and asked:
        return None
    return _CODED.get(mention.status)
