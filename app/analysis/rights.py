"""What people may do with the results of methods."""

from __future__ import annotations

from app.domain.person import DOCTORS, Right

CONFIRM_RESULT = Right("confirm-result", "confirm analysis results", DOCTORS)
RIGHTS = (CONFIRM_RESULT,)
