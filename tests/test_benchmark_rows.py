"""What a benchmark says of its targets."""

from __future__ import annotations

import pytest

from benchmarks.rows import Row, page, table, verdict


def test_targets_are_compared_with_values_and_with_ratios() -> None:
    """A limit in the row's unit, or a multiple of what was measured beside it."""
    assert Row("a", 0.29, "s", "< 0.3 s").is_met
    assert not Row("a", 0.3, "s", "< 0.3 s").is_met
    assert Row("a", 16.0, "ms", "≤ 16 ms (60 fps)").is_met
    assert Row("a", 4.0, "s", "≤ 4 × plain read", "plain read", peer_value=1.0).is_met
    assert not Row("a", 4.1, "s", "≤ 4 × plain read", "plain read", peer_value=1.0).is_met
    assert Row("a", 1.0, "s").is_met is None
    with pytest.raises(ValueError, match="cannot be compared"):
        _ = Row("a", 1.0, "s", "≤ 4 ms").is_met


def test_the_last_line_names_what_is_missed() -> None:
    """So that a glance is enough."""
    rows = [Row("quick", 1.0, "s", "≤ 2 s"), Row("slow", 3.0, "s", "≤ 2 s"), Row("plain", 3.0, "s")]
    assert verdict(rows) == "1 of 2 targets met; missed: slow (3.000 s, target ≤ 2 s)"
    assert "[target ≤ 2 s: MISSED]" in table(rows)


def test_the_page_says_what_was_measured_where() -> None:
    rows = [Row("whole", 3.0, "s", "≤ 2 × plain read", "plain read", 1.0), Row("plain", 0.5, "s")]
    made = page({"load": rows}, "a machine", "2026-01-02").splitlines()
    assert "| whole | 3.000 s | plain read: 1.000 s | 3.00 | ≤ 2 × plain read | **no** |" in made
    assert "| plain | 0.500 s |  |  |  |  |" in made
    assert any("2026-01-02" in line for line in made)
    assert any(line.startswith("a machine,") for line in made)
    assert made[-1].startswith("0 of 1 targets met")
