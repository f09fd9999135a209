"""How values become grey."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Window:
    """A linear window, in the unit of the values (PS3.3 C.11.2.1.2.1)."""

    centre: float
    width: float
    label: str = ""

    def __post_init__(self) -> None:
        if self.width <= 0:
            raise ValueError(f"window width must be positive, found {self.width}")

    @property
    def low(self) -> float:
        """Value drawn black."""
        return self.centre - self.width / 2

    @property
    def high(self) -> float:
        """Value drawn white."""
        return self.centre + self.width / 2
