"""Images that show what is said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.domain.anchor import Anchor
from app.domain.coding import Code
from app.domain.presentation import Window


@dataclass(frozen=True, slots=True)
class KeyImage:
    """A marked image: where, how it was windowed, its caption, and the picture drawn of it (PNG in the object
    store).
    """

    key_id: str
    anchor: Anchor
    window: Window
    caption: str
    picture_sha256: str
    marked_by: str
    marked_at: datetime
    purpose: Code | None = None
