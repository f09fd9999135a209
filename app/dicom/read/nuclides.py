"""Positron emitters used in people and in phantoms: names, codes and half-lives.

Codes are of PS3.16 CID 4020 (SNOMED CT, SRT, DCM); half-lives of the evaluated nuclear data (ENSDF, NUBASE).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MINUTE_S, HOUR_S, DAY_S = 60.0, 3600.0, 86400.0
#: two statements of one half-life differ by less
TOLERANCE = 0.03


@dataclass(frozen=True, slots=True)
class Nuclide:
    """One nuclide: symbol and mass number as in ``F-18``, half-life in seconds, its codes in CID 4020."""

    name: str
    half_life_s: float
    element: str
    codes: tuple[str, ...] = ()

    def fits(self, half_life_s: float) -> bool:
        """A half-life is this nuclide's."""
        return abs(half_life_s - self.half_life_s) <= TOLERANCE * self.half_life_s


NUCLIDES = (
    Nuclide("F-18", 109.77 * MINUTE_S, "fluorine", ("77004003", "C-111A1")),
    Nuclide("C-11", 20.364 * MINUTE_S, "carbon", ("40565003", "C-105A1")),
    Nuclide("N-13", 9.965 * MINUTE_S, "nitrogen", ("21576001", "C-107A1")),
    Nuclide("O-15", 122.24, "oxygen", ("129504001", "C-B1038")),
    Nuclide("Ga-68", 67.71 * MINUTE_S, "gallium", ("35337001", "C-131A3")),
    Nuclide("Cu-64", 12.701 * HOUR_S, "copper", ("3932008", "C-127A2")),
    Nuclide("Zr-89", 78.41 * HOUR_S, "zirconium", ("63360001", "C-168A4")),
    Nuclide("I-124", 4.176 * DAY_S, "iodine", ("40937006", "C-114A5")),
    Nuclide("Rb-82", 76.0, "rubidium", ("79197006", "C-159A2")),
    Nuclide("O-14", 70.62, "oxygen", ("424875009", "C-1018C")),
    Nuclide("Na-22", 2.602 * 365.25 * DAY_S, "sodium", ("71633006", "C-155A1")),
    Nuclide("K-38", 7.636 * MINUTE_S, "potassium", ("423764008", "C-135A4")),
    Nuclide("Sc-43", 3.891 * HOUR_S, "scandium", ("126605",)),
    Nuclide("Sc-44", 4.0 * HOUR_S, "scandium", ("126600",)),
    Nuclide("Ti-45", 184.8 * MINUTE_S, "titanium", ("75696008", "C-166A2")),
    Nuclide("Mn-51", 46.2 * MINUTE_S, "manganese", ("126601",)),
    Nuclide("Mn-52m", 21.1 * MINUTE_S, "manganese", ("126607",)),
    Nuclide("Mn-52", 5.591 * DAY_S, "manganese", ("37225000", "C-149A1")),
    Nuclide("Fe-52", 8.275 * HOUR_S, "iron", ("69089000", "C-130A1")),
    Nuclide("Co-55", 17.53 * HOUR_S, "cobalt"),
    Nuclide("Cu-60", 23.7 * MINUTE_S, "copper", ("425364008", "C-127A4")),
    Nuclide("Cu-61", 3.339 * HOUR_S, "copper", ("71425003", "C-127A1")),
    Nuclide("Cu-62", 9.67 * MINUTE_S, "copper", ("422934004", "C-127A5")),
    Nuclide("Zn-62", 9.193 * HOUR_S, "zinc", ("65054007", "C-141A1")),
    Nuclide("Ga-66", 9.49 * HOUR_S, "gallium", ("79477007", "C-131A1")),
    Nuclide("Ge-68", 270.93 * DAY_S, "germanium", ("53315004", "C-128A2")),
    Nuclide("As-70", 52.6 * MINUTE_S, "arsenic", ("126602",)),
    Nuclide("As-72", 26.0 * HOUR_S, "arsenic", ("2705002", "C-115A2")),
    Nuclide("Se-73", 7.15 * HOUR_S, "selenium", ("87437000", "C-116A2")),
    Nuclide("Br-75", 96.7 * MINUTE_S, "bromine", ("17910003", "C-113A1")),
    Nuclide("Br-76", 16.2 * HOUR_S, "bromine", ("79523006", "C-113A2")),
    Nuclide("Br-77", 57.04 * HOUR_S, "bromine", ("86521004", "C-113A3")),
    Nuclide("Y-86", 14.74 * HOUR_S, "yttrium", ("10738001", "C-162A3")),
    Nuclide("Y-90", 64.05 * HOUR_S, "yttrium", ("14691008", "C-162A7")),
    Nuclide("Nb-90", 14.6 * HOUR_S, "niobium", ("126603",)),
    Nuclide("Tc-94m", 52.0 * MINUTE_S, "technetium", ("424079002", "C-163AA")),
    Nuclide("Tb-152", 17.5 * HOUR_S, "terbium", ("126606",)),
)
_BY_NAME = {nuclide.name.lower(): nuclide for nuclide in NUCLIDES}
_BY_CODE = {code: nuclide for nuclide in NUCLIDES for code in nuclide.codes}
_SYMBOLS = {nuclide.element: nuclide.name.split("-")[0].lower() for nuclide in NUCLIDES}
_MASS_FIRST = re.compile(r"(?<![0-9])\^?(\d{2,3}m?)\^?[\s-]*([a-z]{1,10})(?![a-z])")
_MASS_LAST = re.compile(r"(?<![a-z])([a-z]{1,10})[\s^-]*(\d{2,3}m?)(?![0-9])")
#: tracers that are written without their nuclide and exist with one only
_TRACERS = (
    ("fdg", "f-18"),
    ("fluorodeoxyglucose", "f-18"),
    ("flutemetamol", "f-18"),
    ("florbetapir", "f-18"),
)


def known_nuclide(code: str, *texts: str) -> Nuclide | None:
    """The nuclide that a code of CID 4020 or a text names, as in ``^18^Fluorine``, ``F-18``, ``[18F]FDG``."""
    if code in _BY_CODE:
        return _BY_CODE[code]
    for text in texts:
        if found := _in_text(text.lower()):
            return found
    return None


def fitting_nuclide(half_life_s: float) -> Nuclide | None:
    """The nuclide whose half-life this is."""
    near = [nuclide for nuclide in NUCLIDES if nuclide.fits(half_life_s)]
    return min(near, key=lambda nuclide: abs(nuclide.half_life_s - half_life_s)) if near else None


def _in_text(text: str) -> Nuclide | None:
    pairs = [(word, mass) for mass, word in _MASS_FIRST.findall(text)] + _MASS_LAST.findall(text)
    for word, mass in pairs:
        if found := _BY_NAME.get(f"{_SYMBOLS.get(word, word)}-{mass}"):
            return found
    return next((_BY_NAME[name] for tracer, name in _TRACERS if tracer in text), None)
