"""Sentences put together from parts: every status, side and value is known by how they are made."""

from __future__ import annotations

import pytest

from app.mentions.product import reader
from tests.mentions.combinations import combinations
from tests.mentions.scoring import score_lines


@pytest.mark.parametrize("language", ["zh", "en"])
def test_combinations_are_read_without_a_mistake(language: str) -> None:
    score = score_lines(reader(), combinations(language))
    assert score.total > 5000
    assert (score.found, sum(score.right.values()), score.sides, score.values) == (score.total,) * 4
