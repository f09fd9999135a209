"""The age that lists, banner and corners tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from app.domain.study import Patient, Study, StudyUid, beside_word

STUDY = Study(StudyUid("1.2"), Patient("1", "A", birth_date=date(1968, 5, 12)))


@pytest.mark.parametrize(
    ("said", "told"), [("058Y", "058Y"), ("", "057Y"), ("000Y", "057Y"), ("000D", "000D"), ("003M", "003M")]
)
def test_the_images_tell_it_else_the_birth_date(said: str, told: str) -> None:
    at = datetime(2026, 5, 11, 9, 0, tzinfo=UTC)
    assert replace(STUDY, patient_age=said, started_at=at).age == told


@pytest.mark.parametrize(("year", "word"), [(2025, "Prior"), (2027, "Newer"), (None, "Undated")])
def test_another_study_is_earlier_or_later(year: int | None, word: str) -> None:
    """One that was taken afterwards is no prior, whatever the study is that is read."""
    current = replace(STUDY, started_at=datetime(2026, 5, 11, 9, 0, tzinfo=UTC))
    other = replace(STUDY, started_at=datetime(year, 1, 1) if year else None)  # noqa: DTZ001  as a device says
    assert beside_word(other, current) == word
    assert beside_word(current, current) == "Prior"


def test_without_a_day_nothing_is_reckoned() -> None:
    assert STUDY.age == ""
    assert replace(STUDY, patient_age="000Y").age == "000Y"
