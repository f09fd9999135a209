"""The budget of images follows the machine, unless somebody has set it."""

from __future__ import annotations

import os

import psutil
import pytest

from app.imaging.memory import image_budget, physical_memory, window_of
from app.processes.limits import GIB, MIB


@pytest.mark.parametrize(
    ("physical_gib", "budget_mib"), [(1, 256), (4, 1536), (8, 3584), (16, 7680), (32, 15872)]
)
def test_half_of_the_memory_less_what_others_need(physical_gib: int, budget_mib: int) -> None:
    """The steps of Weasis: 1.5, 3.5 and 7.5 GB at 4, 8 and 16 GB."""
    assert image_budget(physical_gib * GIB) == budget_mib * MIB


def test_what_is_set_goes_before() -> None:
    assert image_budget(8 * GIB, 0.5) == GIB // 2
    assert image_budget(8 * GIB, 64) == 8 * GIB - 512 * MIB, "as far as the machine has it"


def test_the_part_of_the_budget_that_is_left_for_files() -> None:
    assert [window_of(budget) for budget in (16 * MIB, GIB, 64 * GIB)] == [2 * MIB, 128 * MIB, 256 * MIB]


def test_memory_of_this_machine() -> None:
    found = physical_memory()
    assert 64 * MIB < found <= psutil.virtual_memory().total
    assert found % os.sysconf("SC_PAGE_SIZE") == 0
