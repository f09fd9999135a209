"""How frames were taken, as far as it tells what they are for: the timing and kind of a pulse sequence,
contrast agents.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Exposure:
    """How an image was exposed to X-rays; None where the header says nothing.

    `mas` is the charge in mAs, `ms` the time, `ma` the tube's current, `ctdi_mgy` CTDIvol; `force_n` and
    `part_mm` are the compression of a breast and the thickness of the part; `primary_deg` and
    `secondary_deg` the angles of the beam (PS3.3 C.8.7.5): LAO and cranial are positive.
    """

    mas: float | None = None
    ms: float | None = None
    ma: float | None = None
    ctdi_mgy: float | None = None
    force_n: float | None = None
    part_mm: float | None = None
    primary_deg: float | None = None
    secondary_deg: float | None = None


@dataclass(frozen=True, slots=True)
class Sonography:
    """Output and depth of an ultrasound image; None where the header says nothing."""

    mechanical_index: float | None = None
    thermal_index: float | None = None
    depth_mm: float | None = None


@dataclass(frozen=True, slots=True)
class Technique:
    """What the header says; None or empty where it says nothing.

    `*_ms` are milliseconds.  Code strings are in upper case: `sequences` is Scanning Sequence (SE, IR, GR,
    EP, RM; of an enhanced object SE or GR, with IR for inversion recovery), `variants` Sequence Variant,
    `options` Scan Options. `agent` is the contrast or bolus agent as the scanner writes it.
    """

    repetition_ms: float | None = None
    flip_deg: float | None = None
    sequences: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    sequence_name: str = ""
    agent: str = ""
    corrections: tuple[str, ...] = ()
    field_tesla: float | None = None
    exposure: Exposure | None = None
    sonography: Sonography | None = None
