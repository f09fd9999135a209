"""The window's words are those that radiologists write."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.i18n import catalogue, set_language, tr
from app.session.patient_text import age_text, sex_text
from tests.support.archive_rows import a_study
from widgets.shell.banner import priors_text

NOW = datetime(2026, 11, 20, 9, 30)  # noqa: DTZ001  as DICOM gives it


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ((0,), "既往 1 次 · 最近一次为同日"),
        ((1, 30), "既往 2 次 · 最近一次为前一日"),
        ((30, -3), "既往 1 次 · 最近 30 天前"),
        ((-3,), "后续或无日期检查 1 次"),
        ((), "无其他检查"),
    ],
)
def test_priors_are_told_in_days_that_one_says(days: tuple[int, ...], words: str) -> None:
    """Nobody says “0 days ago”, and a later study is no prior."""
    set_language("zh")
    others = [a_study(f"1.2.{n}", started_at=NOW - timedelta(days=n)) for n in days]
    assert priors_text(a_study("1.2", started_at=NOW), others) == words


def test_listed_words_are_gone() -> None:
    """检查类型 (never 模态); a person has a 姓名; one English word has one Chinese for the whole window."""
    set_language("zh")
    assert (tr("Name"), tr("Modality"), tr("Priors")) == ("姓名", "检查类型", "既往")
    assert [key for key, words in catalogue().items() if "模态" in words] == []
    assert (sex_text("O"), sex_text("M"), age_text("024"), age_text("003D")) == (
        "性别：其他",
        "男",
        "24 岁",
        "3 天",
    )
