"""Scores: fields, and a category with its reasons, each in a version.  The list is explicit."""

from __future__ import annotations

from app.errors import NotFound
from app.reporting.scores import bi_rads, fleischner, li_rads, lung_rads, pi_rads, recist, ti_rads
from app.reporting.scores.form import Score

SCORES: tuple[Score, ...] = (
    lung_rads.SCORE,
    fleischner.SCORE,
    bi_rads.SCORE,
    pi_rads.SCORE,
    li_rads.SCORE,
    ti_rads.SCORE,
    recist.SCORE,
)


def score_named(score_id: str) -> Score:
    """A score by its id; `NotFound` names those that there are."""
    for score in SCORES:
        if score.score_id == score_id:
            return score
    raise NotFound(
        "There is no score {name}; there are {names}.",
        name=score_id,
        names=", ".join(score.score_id for score in SCORES),
    )


def scores_for(modality: str, body_part: str) -> tuple[Score, ...]:
    """All scores, those that fit an examination first."""
    return tuple(sorted(SCORES, key=lambda score: -score.fit(modality, body_part)))
