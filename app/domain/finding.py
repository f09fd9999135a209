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


#: sides as DICOM and CDA have them (PS3.16 CID 244), by RadLex identifier
SIDES = {
    "RID5824": Code("7771000", "SCT", "Left"),
    "RID5825": Code("24028007", "SCT", "Right"),
    "RID5771": Code("51440002", "SCT", "Bilateral"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A coded finding with the evidence that shows it.

    `measurements` are tracking UIDs, `key_images` are key ids; `algorithm` is set for a machine's draft,
    which counts only once `review` is accepted.
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
