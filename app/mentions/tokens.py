"""What the text is parted into."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.mentions.lexicon import Entry
from app.mentions.model import Named
from app.mentions.words import endings

_SIDED = (
    (re.compile(r"双|两|\bbilateral|\bboth\b|\bbibasilar"), "bilateral"),
    (re.compile(r"左|\bleft\b"), "left"),
    (re.compile(r"右|\bright\b"), "right"),
)
#: left and right as names of parts of an organ that is one
_NO_SIDE = re.compile(
    r"双[j轨管]|肝|半结肠|[心房]室|心房|[左右]室|[左右]房|叶切除|前降支|回旋支|主干|冠状动脉|冠脉|心耳|结肠曲"
    r"|liver|hepatic|ventric|atri|colon|colic|coronary|main|circumflex|hemicolectomy"
)


@dataclass(slots=True, eq=False)
class Token:
    """A stretch of the folded text with what it can be; `entry` or `named` where it names something."""

    start: int
    end: int
    text: str
    kinds: frozenset[str] = frozenset()
    entry: Entry | None = None
    named: Named | None = None
    side: str | None = None

    @property
    def is_term(self) -> bool:
        """Whether it names a finding."""
        return self.named is not None or (self.entry is not None and self.entry.finding)

    @property
    def is_place(self) -> bool:
        """Whether it names a place."""
        return self.entry is not None and not self.entry.finding

    def any_of(self, *kinds: str) -> bool:
        """Whether it can be one of the kinds."""
        return not self.kinds.isdisjoint(kinds)

    @property
    def said_side(self) -> str | None:
        """The side that it says: by itself, or as the beginning of a place's or a finding's name."""
        if self.side is not None or self.entry is None or _NO_SIDE.search(self.text):
            return self.side
        return next((side for pattern, side in _SIDED if pattern.search(self.text)), None)

    @property
    def is_device(self) -> bool:
        """Whether it names what stays in the body after an operation."""
        return self.is_term and self.text.endswith(endings("devices"))

    @property
    def is_operation(self) -> bool:
        """Whether it names an operation."""
        return self.is_term and (self.any_of("operation") or self.text.endswith(endings("operations")))
