"""A line of the benchmark table."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_TARGET = re.compile(r"(?P<sign>[<≤]) (?P<limit>[\d.]+) (?P<unit>×|[A-Za-z]+)")


@dataclass(frozen=True, slots=True)
class Row:
    """`value` in `unit`; `peer` is what was measured beside it in the same run.

    `target` begins with ``<`` or ``≤``, a number and the unit, or ``×`` where the ratio to the peer counts;
    words may follow.
    """

    name: str
    value: float
    unit: str
    target: str = ""
    peer: str = ""
    peer_value: float | None = None

    @property
    def ratio(self) -> float | None:
        """Value over the peer's value."""
        return self.value / self.peer_value if self.peer_value else None

    @property
    def is_met(self) -> bool | None:
        """Whether the target is reached; None where there is none.  `ValueError` for a target that cannot be
        compared.
        """
        if not self.target:
            return None
        found = _TARGET.match(self.target)
        measured = self.ratio if found and found["unit"] == "×" else self.value
        if found is None or measured is None or found["unit"] not in ("×", self.unit):
            raise ValueError(f"{self.name}: the target {self.target!r} cannot be compared with {self.unit}")
        limit = float(found["limit"])
        return measured < limit if found["sign"] == "<" else measured <= limit


def table(rows: list[Row]) -> str:
    """Rows as text, one a line."""
    lines = []
    for row in rows:
        line = f"{row.name:58s} {row.value:10.3f} {row.unit:6s}"
        if row.ratio is not None:
            line += f" {row.ratio:7.2f} × {row.peer} ({row.peer_value:.3f} {row.unit})"
        if row.target:
            line += f"   [target {row.target}: {'met' if row.is_met else 'MISSED'}]"
        lines.append(line)
    return "\n".join(lines)


def page(measured: Mapping[str, Sequence[Row]], machine: str, day: str) -> str:
    """A page in Markdown: what was measured, on which machine, and what became of each target."""
    lines = [
        "# Performance",
        "",
        f"Measured on {day} by `python -m benchmarks --page docs/performance.md`, which makes this page:",
        f"{machine}, generated data, drawing in software (llvmpipe).",
        "A ratio is ours over what was measured beside it in the same run; a target with × is for the ratio.",
    ]
    columns = ("what", "ours", "beside it", "ratio", "target", "met")
    for name, rows in measured.items():
        lines += ["", f"## {name}", "", _cells(columns), "|---" * len(columns) + "|", *map(_line, rows)]
    return "\n".join([*lines, "", verdict([row for rows in measured.values() for row in rows]), ""])


def _line(row: Row) -> str:
    beside = f"{row.peer}: {row.peer_value:.3f} {row.unit}" if row.peer_value is not None else ""
    ratio = f"{row.ratio:.2f}" if row.ratio is not None else ""
    met = "" if row.is_met is None else "yes" if row.is_met else "**no**"
    return _cells((row.name, f"{row.value:.3f} {row.unit}", beside, ratio, row.target, met))


def _cells(texts: Sequence[str]) -> str:
    return "| " + " | ".join(texts) + " |"


def verdict(rows: list[Row]) -> str:
    """How many targets are met, and the names of those that are missed."""
    judged = [row for row in rows if row.is_met is not None]
    missed = [
        f"{row.name} ({row.value:.3f} {row.unit}, target {row.target})" for row in judged if not row.is_met
    ]
    said = f"{len(judged) - len(missed)} of {len(judged)} targets met"
    return said if not missed else f"{said}; missed: {'; '.join(missed)}"
