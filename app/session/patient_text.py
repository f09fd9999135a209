"""A patient in words, as banner, browser and corner text write them."""

from __future__ import annotations

from app.i18n import tr


def sex_text(sex: str) -> str:
    """Sex in words; as it stands where it is no known code."""
    return {"M": tr("male"), "F": tr("female"), "O": tr("sex: other")}.get(sex, sex)


def short_sex_text(sex: str) -> str:
    """Sex in a word, under a head that says what it is."""
    return tr("other") if sex == "O" else sex_text(sex)


def age_text(age: str) -> str:
    """DICOM age string (``058Y``) in words; years where it has lost its unit."""
    if age.isdigit():
        age += "Y"
    number_part, unit = age[:-1], age[-1:]
    if number_part.isdigit():
        number = int(number_part)
        words = {
            "Y": tr("{n} y", n=number),
            "M": tr("{n} mo", n=number),
            "W": tr("{n} wk", n=number),
            "D": tr("{n} d", n=number),
        }
        return words.get(unit, age)
    return age
