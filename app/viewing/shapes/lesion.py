"""Lesions in PET: the region that a threshold makes around a click, and the liver as a reference.

SUVmax, SUVmean, SUVpeak (`app.domain.uptake.peak`), metabolic tumour volume (voxels times the volume of a
voxel) and total lesion glycolysis (mean times volume; Larson et al., Clin Positron Imaging 1999;2:159).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np

from app.domain.geometry import Point3, PointPx
from app.domain.measurement import MeasuredValue
from app.domain.quantity import Quantity
from app.domain.roi import RoiKind
from app.domain.uptake import Index3, VoxelRegion, grown, hottest_near, peak, sphere
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
    THRESHOLD,
    VOLUME,
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
_SUV = value_unit(Quantity.SUV_BW)


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
        return self._measured(around, at)

    @abstractmethod
    def _measured(self, around: VolumeAround, at_mm: Point3) -> tuple[MeasuredValue, ...]: ...


def _require_suv(around: VolumeAround) -> None:
    volume = around.volume
    if volume.quantity is not Quantity.SUV_BW:
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
        """The least SUV of the region."""

    @abstractmethod
    def rule(self) -> str:
        """How the threshold is made, in words."""

    def _measured(self, around: VolumeAround, at_mm: Point3) -> tuple[MeasuredValue, ...]:
        values = around.volume.at(around.further)
        seed = _seed(around, at_mm)
        region, least = self._grow(around, seed)
        inside, mean_of = region.values(values), float(region.values(values).mean())
        volume_ml = region.voxels * around.volume.grid.voxel_mm3 / 1000
        return (
            MeasuredValue(MAXIMUM, float(inside.max()), _SUV),
            MeasuredValue(PEAK, peak(values, around.volume.grid, region), _SUV),
            MeasuredValue(MEAN, mean_of, _SUV),
            MeasuredValue(SD, float(inside.std(ddof=1)) if inside.size > 1 else 0.0, _SUV),
            MeasuredValue(METABOLIC_VOLUME, volume_ml, MILLILITRE),
            MeasuredValue(GLYCOLYSIS, mean_of * volume_ml, GRAM),
            MeasuredValue(THRESHOLD, least, _SUV),
        )

    def _grow(self, around: VolumeAround, seed: Index3) -> tuple[VoxelRegion, float]:
        """The region and its threshold.  A hotter voxel that a relative threshold reaches raises it."""
        values = around.volume.at(around.further)
        first = hottest = float(values[seed])
        while True:
            least = self.threshold(around, hottest)
            if first < least < hottest:
                raise Refused(
                    "The lesion runs into a hotter place, of SUV {found}, which sets its threshold.",
                    hint="Choose a fixed threshold for it.",
                    found=f"{hottest:.2f}",
                )
            if first < least:
                raise Refused(
                    "The hottest place near the click has SUV {found}; the threshold is SUV {least}.",
                    hint="Click on the lesion, or choose another threshold.",
                    found=f"{first:.2f}",
                    least=f"{least:.2f}",
                )
            region = _within_limit(around, seed, least)
            highest = float(region.values(values).max())
            if highest <= hottest:
                return region, least
            hottest = highest

    def region_of(
        self, around: VolumeAround, at_mm: Point3, values: Sequence[MeasuredValue]
    ) -> VoxelRegion | None:
        least = next((v.value for v in values if v.concept.same_as(THRESHOLD)), None)
        if least is None:
            return None
        try:
            seed = _seed(around, at_mm)
            uptake = around.volume.at(around.further)
            return _within_limit(around, seed, least) if uptake[seed] >= least else None
        except BadInput:
            return None

    def lines(self, values: Sequence[MeasuredValue]) -> tuple[str, ...]:
        by = {v.concept.value: v.value for v in values}
        hottest, sphere_mean = number(by[MAXIMUM.value], 2), number(by[PEAK.value], 2)
        size, whole = number(by[METABOLIC_VOLUME.value], 1), number(by[GLYCOLYSIS.value], 1)
        return (
            tr("SUVmax {hottest}  SUVpeak {peak}", hottest=hottest, peak=sphere_mean),
            tr("MTV {size} mL  TLG {whole} g", size=size, whole=whole),
        )

    def details(self, values: Sequence[MeasuredValue]) -> tuple[str, ...]:
        by = {v.concept.value: v.value for v in values}
        least, mean, sd = (number(by[c.value], 2) for c in (THRESHOLD, MEAN, SD))
        return (
            tr("{rule}: from SUV {least} on", rule=self.rule(), least=least),
            tr("SUVmean {mean}  SD {sd}", mean=mean, sd=sd),
        )


def _seed(around: VolumeAround, at_mm: Point3) -> Index3:
    volume = around.volume
    found = hottest_near(volume.at(around.further), volume.grid, at_mm, REACH_MM)
    if found is None:
        raise BadInput("There is no value at the point.")
    return found


def _within_limit(around: VolumeAround, seed: Index3, least: float) -> VoxelRegion:
    volume = around.volume
    most = int(MOST_ML * 1000 / volume.grid.voxel_mm3)
    region = grown(volume.at(around.further), seed, least, most)
    if region is None:
        raise LimitExceeded(
            "What is connected from SUV {least} on is larger than {limit} mL: this is no lesion.",
            hint="Click on the lesion, or choose a threshold that is higher.",
            least=f"{least:.2f}",
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

    def rule(self) -> str:
        return tr("41 % of the maximum")


class FixedLesion(Lesion):
    """From SUV 2.5 on."""

    shape_id = "voi-fixed"
    title = "Lesion from SUV 2.5"
    key = "Shift+V"
    icon = "flame"
    kind = RoiKind.VOI_FIXED

    def threshold(self, around: VolumeAround, hottest: float) -> float:
        return 2.5

    def rule(self) -> str:
        return tr("Fixed threshold")


class PercistLesion(Lesion):
    """From 1.5 × mean + 2 × SD of the liver on (PERCIST 1.0); SUL, which scales alike, finds the same."""

    shape_id = "voi-percist"
    title = "Lesion by PERCIST (liver)"
    key = "Q"
    icon = "flame"
    kind = RoiKind.VOI_PERCIST

    def threshold(self, around: VolumeAround, hottest: float) -> float:
        if around.liver is None:
            raise Refused(
                "PERCIST needs the uptake of the liver.",
                hint="Place the liver reference in the right lobe first.",
            )
        return 1.5 * around.liver.mean + 2 * around.liver.sd

    def rule(self) -> str:
        return tr("1.5 × liver mean + 2 SD")


class LiverSphere(_InVolume):
    """A sphere of 3 cm in the right lobe of the liver."""

    shape_id = "liver-reference"
    title = "Liver reference for PERCIST"
    key = "Shift+Q"
    icon = "sphere"
    letter = "G"
    kind = RoiKind.LIVER_REFERENCE

    def _measured(self, around: VolumeAround, at_mm: Point3) -> tuple[MeasuredValue, ...]:
        region = sphere(around.volume.grid, at_mm, LIVER_RADIUS_MM)
        inside = region.values(around.volume.at(around.further)) if region is not None else np.zeros(0)
        if region is None or inside.size < 2:
            raise BadInput("There is no value at the point.")
        return (
            MeasuredValue(MEAN, float(inside.mean()), _SUV),
            MeasuredValue(SD, float(inside.std(ddof=1)), _SUV),
            MeasuredValue(VOLUME, region.voxels * around.volume.grid.voxel_mm3 / 1000, MILLILITRE),
        )

    def region_of(
        self, around: VolumeAround, at_mm: Point3, values: Sequence[MeasuredValue]
    ) -> VoxelRegion | None:
        return sphere(around.volume.grid, at_mm, LIVER_RADIUS_MM)

    def lines(self, values: Sequence[MeasuredValue]) -> tuple[str, ...]:
        found = liver_reference(values)
        mean, sd = number(found.mean, 2), number(found.sd, 2)
        return (tr("Liver SUVmean {mean}  SD {sd}", mean=mean, sd=sd),)

    def details(self, values: Sequence[MeasuredValue]) -> tuple[str, ...]:
        found = liver_reference(values)
        least = number(1.5 * found.mean + 2 * found.sd, 2)
        return (tr("PERCIST threshold: SUV {least}", least=least),)


def liver_reference(values: Sequence[MeasuredValue]) -> LiverReference:
    """What a measured liver gives as reference."""
    by = {v.concept.value: v.value for v in values}
    return LiverReference(by[MEAN.value], by[SD.value])
