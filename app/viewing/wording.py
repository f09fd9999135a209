"""Numbers as the screen writes them: minus signs, units, few digits."""

from __future__ import annotations

from app.domain.volume import Quantity
from app.i18n import tr
from app.viewing.sampling import RegionNumbers

#: what a reader calls the unit of a quantity
UNIT_WORDS = {Quantity.HU: "HU", Quantity.SUV_BW: "SUV", Quantity.ACTIVITY: "Bq/mL", Quantity.ARBITRARY: ""}


def number(value: float, decimals: int = 0) -> str:
    """A number with a real minus sign and no minus zero."""
    text = f"{value:.{decimals}f}"
    if float(text) == 0:
        text = text.removeprefix("-")
    return text.replace("-", "−")


def decimals_of(quantity: Quantity, spread: float = 100.0) -> int:
    """Digits behind the point that say something."""
    if quantity is Quantity.SUV_BW:
        return 2
    return 0 if spread >= 5 or quantity is Quantity.HU else 2


def value_words(value: float, quantity: Quantity) -> str:
    """A single value with its unit, e.g. ``−812 HU``."""
    return f"{number(value, decimals_of(quantity, abs(value)))} {UNIT_WORDS[quantity]}".strip()


def length_words(mm: float) -> str:
    """A length, e.g. ``8.4 mm``."""
    return f"{number(mm, 1)} mm"


def area_words(mm2: float) -> str:
    """An area: square centimetres from one on, else square millimetres."""
    return f"{number(mm2 / 100, 1)} cm²" if mm2 >= 100 else f"{number(mm2, 1)} mm²"


def region_lines(numbers: RegionNumbers, quantity: Quantity) -> tuple[str, ...]:
    """The two lines beside an ellipse."""
    digits = decimals_of(quantity, abs(numbers.high - numbers.low))
    mean = tr("Mean {mean}  SD {sd} {unit}", mean=number(numbers.mean, digits), sd=number(numbers.sd, digits), unit=UNIT_WORDS[quantity])
    return (mean.strip(), tr("Area {area}", area=area_words(numbers.area_mm2)))
