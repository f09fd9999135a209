"""Scores as the tests of this folder ask them."""

from __future__ import annotations

from app.reporting.scores import score_named
from app.reporting.scores.form import ScoreResult


def result(score: str, **given: object) -> ScoreResult:
    """A score of inputs; ``_`` in a name stands for ``-``."""
    return score_named(score).result({name.replace("_", "-"): value for name, value in given.items()})
