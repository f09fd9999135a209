"""What is kept of an object when it is imported, so that its header need not be read again."""

from __future__ import annotations

from dataclasses import dataclass

from pydicom.config import IGNORE
from pydicom.uid import UID

from app.dicom.read.suv_facts import SuvInputs
from app.domain.display_set import TranslatableText
from app.domain.frame import Frame
from app.domain.study import SopUid


def sop_class_name(uid: str) -> str:
    """What the standard calls a SOP class; its UID where it does not know it."""
    name: str = UID(uid, validation_mode=IGNORE).name  # what it says is no matter for a warning
    return name


@dataclass(frozen=True, slots=True)
class ObjectFacts:
    """One object: its frames, or what it is instead.

    `refusal` says why an object that might be images has none.  `pixel_digest` is the same for the same pixel
    data, however the rest of the object differs.  `doubts` are told of the numbers in the header, `suv` of a
    PET image's values.
    """

    sop_uid: SopUid
    sop_class_uid: str
    modality: str
    frames: tuple[Frame, ...] = ()
    refusal: TranslatableText | None = None
    pixel_digest: str = ""
    doubts: tuple[TranslatableText, ...] = ()
    suv: SuvInputs | None = None
    transfer_syntax: str = ""

    @property
    def is_image(self) -> bool:
        """There is something to look at."""
        return bool(self.frames)
