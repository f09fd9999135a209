"""Lesions in PET: the region that a threshold makes around a click, and the liver as a reference, told in the
kind of uptake that was chosen; PERCIST by lean body mass.

SUVmax, SUVmean, SUVpeak (`app.domain.uptake.peak`), metabolic tumour volume (voxels times the volume of a
voxel) and total lesion glycolysis (mean times volume; Larson et al., Clin Positron Imaging 1999;2:159).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.domain.coding import Code
from app.domain.geometry import Point3, PointPx
from app.domain.measurement import MeasuredValue
from app.domain.quantity import Quantity
from app.domain.roi import RoiKind
from app.domain.uptake import Index3, VoxelRegion, grown, hottest_near, peak, sphere
from app.domain.volume import Volume
from app.errors import BadInput, LimitExceeded, Refused
from app.i18n import tr
from app.viewing.shapes.concepts import (
    GLYCOLYSIS,
    GRAM,
    MAXIMUM,
    MEAN,
    METABOLIC_VOLUME,
    MILLILITRE,
    PEAK,
    SD,
    SQUARE_CENTIMETRE,
    THRESHOLD,
    VOLUME,
    quantity_of,
    value_unit,
)
from app.viewing.shapes.probe import Probe
from app.viewing.shapes.shape import LiverReference, MeasuredImage, VolumeAround
from app.viewing.wording import number

#: a click may be this far from the hottest voxel
REACH_MM = 10.0
#: what grows beyond is no lesion
MOST_ML = 3000.0
#: PERCIST 1.0: a sphere of 3 cm in the right lobe of the liver
LIVER_RADIUS_MM = 15.0
_FIXED = 2.5
#: what people call a kind of uptake, before "max", and what is said of it behind its figures
NAMES = {
    Quantity.SUV_BW: ("SUV", "bw"),
    Quantity.SUV_LBM_JANMA: ("SUL", "Janma"),
    Quantity.SUV_LBM_JAMES: ("SUL", "James"),
    Quantity.SUV_LBM: ("SUL", "lbm"),
    Quantity.SUV_BSA: ("SUV", "bsa"),
    Quantity.SUV_IBW: ("SUV", "ibw"),
}


@dataclass(frozen=True, slots=True)
class _Told:
    """The kind of uptake that is told, and what the volume's values are multiplied with for it."""

    quantity: Quantity
    factor: float

    def value(self, concept: Code, found: float) -> MeasuredValue:
        """A value of the volume as it is told."""
        return MeasuredValue(concept, found * self.factor, value_unit(self.quantity))

    def words(self, found: float) -> str:
        """The same in words, e.g. ``SUL 3.10``."""
        return f"{NAMES[self.quantity][0]} {number(found * self.factor, 2)}"


def _names(unit: Code) -> tuple[str, str]:
    return NAMES.get(quantity_of(unit), ("SUV", ""))


class _InVolume(Probe, ABC):
    """One click; its cross stays there, the outline of its voxels is on every plane that meets them."""

    key = ""
    in_row = False
    in_volume = True
    has_handles = False

    def measure(self, image: MeasuredImage, points: Sequence[PointPx]) -> tuple[MeasuredValue, ...]:
        around, at = image.around, image.plane.to_lps(*points[0])
        if around is None or at is None:
            raise Refused(
                "These images are no volume.", hint="Uptake is measured in volumes, on planes through them."
            )
        _require_suv(around)
        return self._measured(around, at, self._told(image, around.volume))

    def _told(self, image: MeasuredImage, volume: Volume) -> _Told:
        """In the kind that was chosen."""
        return _Told(image.quantity, image.factor)

    @abstractmethod
    def _measured(self, around: VolumeAround, at_mm: Point3, told: _Told) -> tuple[MeasuredValue, ...]: ...


def lean_uptake(chosen: Quantity, volume: Volume) -> Quantity | None:
    """The uptake by lean body mass that PERCIST is told in: the chosen one, else that of the file, else
    after Janmahasatian, else after James; None where none can be made.
    """
    known = (chosen, volume.quantity, Quantity.SUV_LBM_JANMA, Quantity.SUV_LBM_JAMES)
    return next((one for one in known if one.is_lean and volume.uptake_factor(one) is not None), None)


class _InLean(_InVolume, ABC):
    """Told as PERCIST asks, by lean body mass; where that cannot be made, in the kind that was chosen: all
    kinds scale alike, and so the region is the same.
    """

    def _told(self, image: MeasuredImage, volume: Volume) -> _Told:
        lean = lean_uptake(image.quantity, volume)
        factor = volume.uptake_factor(lean) if lean is not None else None
        if lean is None or factor is None:
            return _Told(image.quantity, image.factor)
        return _Told(lean, factor)


def _require_suv(around: VolumeAround) -> None:
    volume = around.volume
    if not volume.quantity.is_uptake:
        why, params = next(
            (told for told in around.told if "SUV" in told[0]),
            ("SUV is measured in PET whose header tells dose, body weight and times.", {}),
        )
        raise Refused("These images have no SUV.", hint=why, **params)
    if not volume.voxels.ready[around.further].all():
        raise Refused("The images are still loading.", hint="Click again when all have arrived.")


class Lesion(_InVolume, ABC):
    """What is connected over a threshold around the hottest voxel within `REACH_MM` of a click."""

    letter = "V"

    @abstractmethod
    def threshold(self, around: VolumeAround, hottest: float) -> float:
        """The least value of the region, as the volume has it."""

    @abstractmethod
    def rule(self, least: MeasuredValue) -> str:
        """How the threshold was made, in words."""

    def _measured(self, around: VolumeAround, at_mm: Point3, told: _Told) -> tuple[MeasuredValue, ...]:
        values = around.volume.at(around.further)
        seed = _seed(around, at_mm)
        region, least = self._grow(around, seed, told)
        inside = region.values(values)
        mean_of = told.value(MEAN, float(inside.mean()))
        volume_ml = region.voxels * around.volume.grid.voxel_mm3 / 1000
        whole = SQUARE_CENTIMETRE if told.quantity is Quantity.SUV_BSA else GRAM
        return (
            told.value(MAXIMUM, float(inside.max())),
            told.value(PEAK, peak(values, around.volume.grid, region)),
            mean_of,
            told.value(SD, float(inside.std(ddof=1)) if inside.size > 1 else 0.0),
            MeasuredValue(METABOLIC_VOLUME, volume_ml, MILLILITRE),
            MeasuredValue(GLYCOLYSIS, mean_of.value * volume_ml, whole),
            told.value(THRESHOLD, least),
        )

    def _grow(self, around: VolumeAround, seed: Index3, told: _Told) -> tuple[VoxelRegion, float]:
        """The region and its threshold.  A hotter voxel that a relative threshold reaches raises it."""
        values = around.volume.at(around.further)
        first = hottest = float(values[seed])
        while True:
            least = self.threshold(around, hottest)
            if first < least < hottest:
                raise Refused(
                    "The lesion runs into a hotter place, of {found}, which sets its threshold.",
                    hint="Choose a fixed threshold for it.",
                    found=told.words(hottest),
                )
            if first < least:
                raise Refused(
                    "The hottest place near the click has {found}; the threshold is {least}.",
                    hint="Click on the lesion, or choose another threshold.",
                    found=told.words(first),
                    least=told.words(least),
                )
            region = _within_limit(around, seed, least, told)
            highest = float(region.values(values).max())
            if highest <= hottest:
                return region, least
            hottest = highest

    def region_of(
        self, around: VolumeAround, at_mm: Point3, values: Sequence[MeasuredValue]
    ) -> VoxelRegion | None:
        stored = next((v for v in values if v.concept.same_as(THRESHOLD)), None)
        quantity = quantity_of(stored.unit) if stored is not None else None
        factor = around.volume.uptake_factor(quantity) if quantity is not None else None
        if stored is None or quantity is None or not factor:
            return None
        # what was told of a voxel just at the threshold is not lost by turning it back
        least = stored.value / factor * (1 if factor == 1 else 1 - 1e-9)
        try:
            seed = _seed(around, at_mm)
            uptake = around.volume.at(around.further)
            told = _Told(quantity, factor)
            return _within_limit(around, seed, least, told) if uptake[seed] >= least else None
        except BadInput:
            return None

    def lines(self, values: Sequence[MeasuredValue]) -> tuple[str, ...]:
        by = {v.concept.value: v for v in values}
        hottest, sphere_mean = (number(by[c.value].value, 2) for c in (MAXIMUM, PEAK))
        size, whole = (number(by[c.value].value, 1) for c in (METABOLIC_VOLUME, GLYCOLYSIS))
        name, how = _names(by[MAXIMUM.value].unit)
        unit = "cm²" if by[GLYCOLYSIS.value].unit.same_as(SQUARE_CENTIMETRE) else "g"
        return (
            tr("{name}max {hottest}  peak {peak} ({how})", name=name, how=how, hottest=hottest,
               peak=sphere_mean),
            tr("MTV {size} mL  TLG {whole} {unit}", size=size, whole=whole, unit=unit),
        )  # fmt: skip

    def details(self, values: Sequence[MeasuredValue]) -> tuple[str, ...]:
        by = {v.concept.value: v for v in values}
        least, mean, sd = (number(by[c.value].value, 2) for c in (THRESHOLD, MEAN, SD))
        name, _ = _names(by[MEAN.value].unit)
        return (
            tr("{rule}: from {least} on", rule=self.rule(by[THRESHOLD.value]), least=f"{name} {least}"),
            tr("{name}mean {mean}  SD {sd}", name=name, mean=mean, sd=sd),
        )


def _seed(around: VolumeAround, at_mm: Point3) -> Index3:
    volume = around.volume
    found = hottest_near(volume.at(around.further), volume.grid, at_mm, REACH_MM)
    if found is None:
        raise BadInput("There is no value at the point.")
    return found


def _within_limit(around: VolumeAround, seed: Index3, least: float, told: _Told) -> VoxelRegion:
    volume = around.volume
    most = int(MOST_ML * 1000 / volume.grid.voxel_mm3)
    region = grown(volume.at(around.further), seed, least, most)
    if region is None:
        raise LimitExceeded(
            "What is connected from {least} on is larger than {limit} mL: this is no lesion.",
            hint="Click on the lesion, or choose a threshold that is higher.",
            least=told.words(least),
            limit=f"{MOST_ML:.0f}",
        )
    return region


class RelativeLesion(Lesion):
    """From 41 % of its own maximum on (EANM guideline 2.0, Eur J Nucl Med Mol Imaging 2015;42:328)."""

    shape_id = "voi-relative"
    title = "Lesion from 41 % of its maximum"
    key = "V"
    icon = "flame"
    kind = RoiKind.VOI_RELATIVE

    def threshold(self, around: VolumeAround, hottest: float) -> float:
        return 0.41 * hottest

    def rule(self, least: MeasuredValue) -> str:
        return tr("41 % of the maximum")


class FixedLesion(Lesion):
    """From SUV 2.5 by body weight on, in whatever kind it is told; of a file in another kind that cannot be
    turned into it, from 2.5 of that kind.
    """

    shape_id = "voi-fixed"
    title = "Lesion from SUV 2.5"
    key = "Shift+V"
    icon = "flame"
    kind = RoiKind.VOI_FIXED

    def threshold(self, around: VolumeAround, hottest: float) -> float:
        return _FIXED / (around.volume.uptake_factor(Quantity.SUV_BW) or 1.0)

    def rule(self, least: MeasuredValue) -> str:
        if abs(least.value - _FIXED) < 1e-6:
            return tr("Fixed threshold")
        return tr("Fixed threshold, SUVbw 2.5")


class PercistLesion(_InLean, Lesion):
    """From 1.5 × mean + 2 × SD of the liver on (PERCIST 1.0; Wahl et al., J Nucl Med 2009;50:122S)."""

    shape_id = "voi-percist"
    title = "Lesion by PERCIST (liver)"
    key = "Q"
    icon = "flame"
    kind = RoiKind.VOI_PERCIST

    def threshold(self, around: VolumeAround, hottest: float) -> float:
        liver = around.liver
        factor = around.volume.uptake_factor(liver.quantity) if liver is not None else None
        if liver is None or not factor:
            raise Refused(
                "PERCIST needs the uptake of the liver.",
                hint="Place the liver reference in the right lobe first.",
            )
        return percist_threshold(liver) / factor

    def rule(self, least: MeasuredValue) -> str:
        return tr("1.5 × liver mean + 2 SD")

    def details(self, values: Sequence[MeasuredValue]) -> tuple[str, ...]:
        return (*super().details(values), *_not_lean(values))


def percist_threshold(liver: LiverReference) -> float:
    """In the kind of uptake that the liver was measured in."""
    return 1.5 * liver.mean + 2 * liver.sd


def _not_lean(values: Sequence[MeasuredValue]) -> tuple[str, ...]:
    """What is to be said where PERCIST could not be told by lean body mass."""
    if quantity_of(values[0].unit).is_lean:
        return ()
    return (tr("Not by lean body mass, which is not known: the region is the same."),)


class LiverSphere(_InLean):
    """A sphere of 3 cm in the right lobe of the liver."""

    shape_id = "liver-reference"
    title = "Liver reference for PERCIST"
    key = "Shift+Q"
    icon = "sphere"
    letter = "G"
    kind = RoiKind.LIVER_REFERENCE

    def _measured(self, around: VolumeAround, at_mm: Point3, told: _Told) -> tuple[MeasuredValue, ...]:
        region = sphere(around.volume.grid, at_mm, LIVER_RADIUS_MM)
        inside = region.values(around.volume.at(around.further)) if region is not None else np.zeros(0)
        if region is None or inside.size < 2:
            raise BadInput("There is no value at the point.")
        return (
            told.value(MEAN, float(inside.mean())),
            told.value(SD, float(inside.std(ddof=1))),
            MeasuredValue(VOLUME, region.voxels * around.volume.grid.voxel_mm3 / 1000, MILLILITRE),
        )

    def region_of(
        self, around: VolumeAround, at_mm: Point3, values: Sequence[MeasuredValue]
    ) -> VoxelRegion | None:
        return sphere(around.volume.grid, at_mm, LIVER_RADIUS_MM)

    def lines(self, values: Sequence[MeasuredValue]) -> tuple[str, ...]:
        found = liver_reference(values)
        mean, sd = number(found.mean, 2), number(found.sd, 2)
        name, how = NAMES.get(found.quantity, ("SUV", ""))
        return (tr("Liver {name} {mean} ± {sd} ({how})", name=name, mean=mean, sd=sd, how=how),)

    def details(self, values: Sequence[MeasuredValue]) -> tuple[str, ...]:
        found = liver_reference(values)
        name, _ = NAMES.get(found.quantity, ("SUV", ""))
        least = f"{name} {number(percist_threshold(found), 2)}"
        return (tr("PERCIST threshold: {least}", least=least), *_not_lean(values))


def liver_reference(values: Sequence[MeasuredValue]) -> LiverReference:
    """What a measured liver gives as reference."""
    by = {v.concept.value: v for v in values}
    return LiverReference(by[MEAN.value].value, by[SD.value].value, quantity_of(by[MEAN.value].unit))
