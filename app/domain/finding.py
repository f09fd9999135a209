"""What is seen, coded."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.domain.coding import Code
from app.domain.provenance import Algorithm, ReviewState


class Presence(StrEnum):
    """RadLex RID28472 present, RID28473 absent, RID39110 indeterminate."""

    PRESENT = "present"
    ABSENT = "absent"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Finding:
    """A coded finding with the evidence that shows it.

    `measurements` are tracking UIDs, `key_images` are key ids; `algorithm` is set for a machine's draft, which counts
    only once `review` is accepted.
    """

    finding_id: str
    code: Code
    presence: Presence = Presence.PRESENT
    site: Code | None = None
    laterality: Code | None = None
    attributes: tuple[Code, ...] = ()
    measurements: tuple[str, ...] = ()
    key_images: tuple[str, ...] = ()
    algorithm: Algorithm | None = None
    review: ReviewState = ReviewState.ACCEPTED
