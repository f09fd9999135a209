"""How real values become grey: windows and VOI LUTs (PS3.3 C.11.2)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.domain.pixel import LookupTable, Rescale, ValueTransform


class VoiFunction(StrEnum):
    """VOI LUT Function (PS3.3 C.11.2.1.3)."""

    LINEAR = "LINEAR"
    LINEAR_EXACT = "LINEAR_EXACT"
    SIGMOID = "SIGMOID"


@dataclass(frozen=True, slots=True)
class Window:
    """A window in the unit of the values.

    A LINEAR window narrower than 1 is not allowed by PS3.3 C.11.2.1.2.1; such windows occur for SUV and
    parametric maps and are shown by LINEAR_EXACT's formula.
    """

    centre: float
    width: float
    label: str = ""
    function: VoiFunction = VoiFunction.LINEAR

    def __post_init__(self) -> None:
        if self.width <= 0:
            raise ValueError(f"window width must be positive, found {self.width}")

    @property
    def low(self) -> float:
        """Value up to which all is black (of a sigmoid: where its straight part would begin)."""
        if self._is_linear:
            return self.centre - 0.5 - (self.width - 1) / 2
        return self.centre - self.width / 2

    @property
    def high(self) -> float:
        """Value from which on all is white (of a sigmoid: where its straight part would end)."""
        if self._is_linear:
            return self.centre - 0.5 + (self.width - 1) / 2
        return self.centre + self.width / 2

    @property
    def _is_linear(self) -> bool:
        return self.function is VoiFunction.LINEAR and self.width >= 1


#: how an object wants its values to be shown
VoiTransform = Window | LookupTable


@dataclass(frozen=True, slots=True)
class GreyPipeline:
    """The way from stored values to the grey of a screen (PS3.3 C.11, PS3.4 N.2).

    `modality` is None where stored values are shown as they are (a volume's values are real already).
    Where the values are real already, `unscaled` turns them into stored ones first, for a presentation state
    that brings a modality transform of its own.  `presentation` is its Presentation LUT, which takes what the
    VOI gives (PS3.3 C.11.4); `palette` are the colours that stand for grey levels from black to white, red,
    green and blue in turn.  `inverse` is the sum of MONOCHROME1, a Presentation LUT Shape of INVERSE (which
    say the same of one image: it is inverted once) and the reader's own inversion.  Stored values within
    `padding` (lowest, highest) are no image.
    """

    modality: ValueTransform | None
    voi: VoiTransform
    inverse: bool = False
    padding: tuple[float, float] | None = None
    presentation: LookupTable | None = None
    unscaled: Rescale | None = None
    palette: bytes = b""
