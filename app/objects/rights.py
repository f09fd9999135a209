"""What people may add to a study."""

from __future__ import annotations

from app.domain.person import DOCTORS, Right

FILE_OBJECT = Right("file-object", "file presentation states, segmentations and pictures in a study", DOCTORS)
RIGHTS = (FILE_OBJECT,)
