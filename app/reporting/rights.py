"""What people may do with reports."""

from __future__ import annotations

from app.domain.person import DOCTORS, Right, Role

WRITE_REPORT = Right("write-report", "write reports", DOCTORS)
REVIEW_REPORT = Right("review-report", "review reports", frozenset({Role.REVIEWING}))
RIGHTS = (WRITE_REPORT, REVIEW_REPORT)
