"""Why a file, or a part of it, is not taken."""

from __future__ import annotations

from app.errors import BadInput, LimitExceeded


class Unusable(Exception):
    """A file that is not taken: `reason` is a short id, `template` English with `params`, a translation
    key.
    """

    def __init__(self, reason: str, template: str, **params: object) -> None:
        super().__init__(template.format(**params))
        self.reason = reason
        self.template = template
        self.params = {name: str(value) for name, value in params.items()}

    def as_error(self, name: str) -> BadInput:
        """The same words as an error about the file `name`."""
        kind = LimitExceeded if self.reason == "limit" else BadInput
        return kind(self.template, hint="The file is {name}.", **{**self.params, "name": name})


def truncated(tag: int, declared: int, present: int) -> Unusable:
    """An element whose length the file does not have."""
    return Unusable(
        "truncated",
        "element {tag} says {declared} bytes, {present} are there",
        tag=f"({tag >> 16:04X},{tag & 0xFFFF:04X})",
        declared=declared,
        present=max(0, present),
    )
