"""A line of the benchmark table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """`value` in `unit`; `peer` is what was measured beside it in the same run; `target` in words."""

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


def table(rows: list[Row]) -> str:
    """Rows as text, one a line."""
    lines = []
    for row in rows:
        line = f"{row.name:58s} {row.value:10.3f} {row.unit:6s}"
        if row.ratio is not None:
            line += f" {row.ratio:7.2f} × {row.peer} ({row.peer_value:.3f} {row.unit})"
        if row.target:
            line += f"   [target {row.target}]"
        lines.append(line)
    return "\n".join(lines)
