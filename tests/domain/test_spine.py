"""Levels of the spine in their order."""

from __future__ import annotations

from itertools import pairwise

import pytest

from app.dicom.write.codes import find
from app.domain.coding import Code
from app.domain.spine import DISCS, VERTEBRAE, is_level, level_code, level_of, next_level


def test_vertebrae_and_discs_are_those_of_the_spine() -> None:
    """Seven, twelve, five and the first of the sacrum; a disc under each but the first."""
    assert len(VERTEBRAE) == 25
    assert (VERTEBRAE[0], VERTEBRAE[7], VERTEBRAE[19], VERTEBRAE[-1]) == ("C1", "T1", "L1", "S1")
    assert (DISCS[0], DISCS[-1], len(DISCS)) == ("C2/3", "L5/S1", 23)
    assert {"C7/T1", "T12/L1", "T4/5"} < set(DISCS)


@pytest.mark.parametrize("levels", [VERTEBRAE, DISCS])
def test_down_and_up_are_each_other_s_way_back(levels: tuple[str, ...]) -> None:
    for upper, lower in pairwise(levels):
        assert next_level(upper, up=False) == lower
        assert next_level(lower, up=True) == upper
    assert next_level(levels[0], up=True) == next_level(levels[-1], up=False) == ""


def test_variants_are_gone_on_from() -> None:
    """Whoever calls a vertebra T13 or L6 goes on below it as usual."""
    assert (next_level("T13", up=False), next_level("T13", up=True)) == ("L1", "T12")
    assert (next_level("L6", up=False), next_level("L6", up=True)) == ("S1", "L5")
    assert is_level("L6")
    assert not is_level("M1")
    assert next_level("结节", up=False) == ""


def test_levels_have_the_codes_of_the_standard() -> None:
    """Each its own, named as the standard names it (CID 7603, 7604), and found again by it."""
    names = (*VERTEBRAE, *DISCS, "T13", "L6")
    codes = [code for name in names if (code := level_code(name)) is not None]
    assert [level_of(code) for code in codes] == list(names)
    assert {code.value for code in codes if code.scheme != "SCT"} == {"S1", "T13", "L6"}
    assert [code for code in codes if code.scheme == "SCT" and find("SCT", code.value) != code] == []
    assert level_code("M1") is None
    assert level_of(Code("S1", "99OTHER", "S1")) == level_of(None) == ""
