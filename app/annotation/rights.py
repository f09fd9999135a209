"""What people may do on the images."""

from __future__ import annotations

from app.domain.person import DOCTORS, Right

ANNOTATE = Right("annotate", "draw and measure", DOCTORS)
RIGHTS = (ANNOTATE,)
