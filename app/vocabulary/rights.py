"""The right to exchange the vocabulary."""

from app.domain.person import Right, Role

TAKE_IN_TERMS = Right(
    "take-in-terms", "take in releases of RadLex", frozenset({Role.ADMINISTRATOR, Role.OPERATOR})
)
RIGHTS = (TAKE_IN_TERMS,)
