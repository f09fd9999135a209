"""What people may do with the archive."""

from __future__ import annotations

from app.domain.person import DOCTORS, Right, Role

IMPORT = Right(
    "import", "import images", frozenset({Role.REPORTING, Role.REVIEWING, Role.CATALOGUING, Role.OPERATOR})
)
ASSIGN_STUDY = Right("assign-study", "give studies to readers", DOCTORS | {Role.OPERATOR})
DELETE_STUDY = Right("delete-study", "delete and restore studies", frozenset({Role.REVIEWING, Role.OPERATOR}))
CORRECT_IDENTITY = Right(
    "correct-identity",
    "correct patients' identities",
    frozenset({Role.REVIEWING, Role.CATALOGUING, Role.OPERATOR}),
)
RIGHTS = (IMPORT, ASSIGN_STUDY, DELETE_STUDY, CORRECT_IDENTITY)
