"""Numbers as the screen writes them: minus signs, units, few digits."""

from __future__ import annotations

from app.domain.coding import Code
from app.domain.presentation import Window
from app.domain.quantity import Quantity, small_decimals
from app.i18n import tr

#: what a reader calls the unit of a quantity
UNIT_WORDS = {
    Quantity.HU: "HU",
    Quantity.SUV_BW: "SUVbw",
    Quantity.SUV_LBM_JANMA: "SUL (Janma)",
    Quantity.SUV_LBM_JAMES: "SUL (James)",
    Quantity.SUV_LBM: "SUL",
    Quantity.SUV_BSA: "SUVbsa",
    Quantity.SUV_IBW: "SUVibw",
    Quantity.ACTIVITY: "Bq/mL",
    Quantity.COUNTS: "",
    Quantity.DOSE: "Gy",
    Quantity.OPTICAL_DENSITY: "OD",
    Quantity.MAPPED: "",
    Quantity.ARBITRARY: "",
}


def unit_text(unit: Code | None) -> str:
    """A coded unit as people write it; nothing where values are plain numbers."""
    if unit is None or unit.value in ("1", "{unity}"):
        return ""
    return unit.value.strip("{}") if unit.scheme == "UCUM" else unit.meaning


def number(value: float, decimals: int = 0) -> str:
    """A number with a real minus sign and no minus zero."""
    text = f"{value:.{decimals}f}"
    if float(text) == 0:
        text = text.removeprefix("-")
    return text.replace("-", "−")


def short_number(value: float, most: int = 2) -> str:
    """With so many digits behind the point at most, and none that says nothing."""
    text = number(value, most)
    return text.rstrip("0").rstrip(".") if "." in text else text


def decimals_of(quantity: Quantity, spread: float = 100.0) -> int:
    """Digits behind the point that say something."""
    if quantity.is_uptake:
        return 2
    return 0 if spread >= 5 or quantity is Quantity.HU else small_decimals(spread)


def length_words(mm: float) -> str:
    """A length, e.g. ``8.4 mm``."""
    return f"{number(mm, 1)} mm"


def area_words(mm2: float) -> str:
    """An area: square centimetres from one on, else square millimetres."""
    return f"{number(mm2 / 100, 1)} cm²" if mm2 >= 100 else f"{number(mm2, 1)} mm²"


def window_words(window: Window, label: str = "") -> str:
    """E.g. ``肺窗  W 1500  L −600``; label of a preset or of the image."""
    digits = 0 if window.width >= 10 else small_decimals(window.width)
    text = f"W {number(window.width, digits)}  L {number(window.centre, digits)}"
    return f"{tr(label)}  {text}" if label else text
