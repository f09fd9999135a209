"""From PET files to figures: lesions, liver, regions and pixels by the mouse, on files of every kind of voxel
and of stored value, against balls whose voxels are counted here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from app.domain.volume import Volume
from app.processes.dicom import DicomProcesses
from app.viewing.screen import SliceView
from tests.dicom.made_headers import PET, items, pet
from tests.dicom.measured_series import Axial, dataset, store
from tests.dicom.test_volume_loading import loaded
from tests.support.hand import Hand

#: an hour after 370 MBq were given to a man of 70 kg and 1.75 m: Bq/ml of an SUV of 1; lean over whole mass
ONE_BQML = 3.7e8 * 2 ** (-3600 / 6586.2) / 70_000
LEAN = 9270 / (6680 + 216 * 70 / 1.75**2)
HOT_MM, LIVER_MM = 12.3, 22.1


@dataclass(frozen=True)
class Kind:
    """`voxel` is (right, down, to the next slice) in millimetres, `tilt` how far a slice is moved down for
    each millimetre to the next.
    """

    write: Callable[[Path, Kind], None]
    voxel: tuple[float, float, float]
    tilt: float = 0.0
    told: dict[str, Any] = field(default_factory=dict)
    columns: int = 64
    rows: int = 56

    @property
    def slices(self) -> int:
        return round(60 / self.voxel[2])

    @property
    def voxel_ml(self) -> float:
        """Slices that lean have no other volume."""
        return float(np.prod(self.voxel)) / 1000

    def places(self) -> NDArray[np.float64]:
        """Right, down and along, of every voxel's centre, (slice, row, column, 3)."""
        n, row, column = np.indices((self.slices, self.rows, self.columns))
        along = n * self.voxel[2]
        down = row * self.voxel[1] + self.tilt * along
        return np.stack((column * self.voxel[0], down, along), axis=-1)

    def ball(self, middle: tuple[int, int, int], radius: float) -> NDArray[np.bool_]:
        where = self.places()
        return np.asarray(np.linalg.norm(where - where[middle], axis=-1) <= radius)

    @property
    def hot(self) -> tuple[int, int, int]:
        return (self.slices // 2, self.rows // 2, round(25 / self.voxel[0]))

    @property
    def liver(self) -> tuple[int, int, int]:
        return (self.slices // 2, self.rows // 2, self.columns - round(25 / self.voxel[0]))

    def uptake(self) -> NDArray[np.float64]:
        """SUVbw 1; a ball of 8, and a liver of 2 ± 0.2."""
        values = np.ones((self.slices, self.rows, self.columns))
        liver = self.ball(self.liver, LIVER_MM)
        values[liver] = np.where(np.indices(values.shape).sum(axis=0) % 2 == 0, 2.2, 1.8)[liver]
        values[self.ball(self.hot, HOT_MM)] = 8.0
        return values


def _usual(kind: Kind) -> dict[str, Any]:
    return {
        "Rows": kind.rows, "Columns": kind.columns, "PixelSpacing": [kind.voxel[1], kind.voxel[0]],
        "PatientSex": "M", "PatientSize": 1.75, "FrameOfReferenceUID": "1.2.3",
    }  # fmt: skip


def _classic(folder: Path, kind: Kind) -> None:
    """Its slope is another in every slice, as that of some scanners is; `told` may name one for all."""
    for n, plane in enumerate(kind.uptake()):
        slope = kind.told.get("RescaleSlope", 0.8 + 0.05 * n)
        place = [0.0, kind.tilt * n * kind.voxel[2], n * kind.voxel[2]]
        made = pet(n + 1, **(_usual(kind) | kind.told | {"RescaleSlope": slope}))
        ds = dataset(PET, "PT", n)
        for element in made:
            if element.keyword not in ("SOPInstanceUID", "PixelData"):
                ds.add(element)
        ds.ImagePositionPatient = place
        scale = {"BQML": ONE_BQML, "GML": 1.0}[ds.Units]
        store(ds, plane * scale / slope, folder)


def _enhanced(folder: Path, kind: Kind) -> None:
    """Its unit is in the Real World Value Mapping of each frame alone."""
    unit = items({"CodeValue": "Bq/ml", "CodingSchemeDesignator": "UCUM", "CodeMeaning": "Bq/ml"})
    frames, groups = [], []
    for n, plane in enumerate(kind.uptake()):
        slope = 1.0 + 0.1 * n
        mapping = {"RealWorldValueSlope": slope, "RealWorldValueIntercept": 0.0,
                   "MeasurementUnitsCodeSequence": unit}  # fmt: skip
        groups.append(
            {
                "PlanePositionSequence": items({"ImagePositionPatient": [0, 0, n * kind.voxel[2]]}),
                "RealWorldValueMappingSequence": items(mapping),
            }
        )
        frames.append(plane * ONE_BQML / slope)
    injection = items({"RadionuclideTotalDose": 3.7e8, "RadionuclideHalfLife": 6586.2,
                       "RadiopharmaceuticalStartDateTime": "20240102090000"})  # fmt: skip
    usual = _usual(kind)
    measures = {"PixelSpacing": usual.pop("PixelSpacing"), "SliceThickness": kind.voxel[2]}
    ds = dataset(
        "1.2.840.10008.5.1.4.1.1.130", "PT", 0, NumberOfFrames=len(frames), PatientWeight=70,
        DecayCorrected="YES", AttenuationCorrected="YES", DecayCorrectionDateTime="20240102100000",
        RadiopharmaceuticalInformationSequence=injection,
        SharedFunctionalGroupsSequence=items(
            {
                "PlaneOrientationSequence": items({"ImageOrientationPatient": Axial}),
                "PixelMeasuresSequence": items(measures),
            }
        ),
        PerFrameFunctionalGroupsSequence=items(*groups), **usual,
    )  # fmt: skip
    store(ds, np.stack(frames), folder)


KINDS = {
    "slopes of their own": Kind(_classic, (3.0, 3.0, 3.0)),
    "long voxels": Kind(_classic, (2.0, 2.0, 5.0), columns=80, rows=64),
    "high pixels": Kind(_classic, (2.0, 3.0, 4.0), columns=80),
    "signed": Kind(_classic, (3.0, 3.0, 4.0), told={"PixelRepresentation": 1, "RescaleSlope": 1.5}),
    "tilted": Kind(_classic, (3.0, 3.0, 3.0), tilt=0.25, rows=60),
    "SUV in the file": Kind(
        _classic, (3.0, 3.0, 3.0), told={"Units": "GML", "SUVType": "BW", "RescaleSlope": 0.001}
    ),
    "enhanced": Kind(_enhanced, (3.0, 2.5, 4.0), rows=64),
}


@pytest.fixture(params=list(KINDS), scope="module")
def opened(
    request: pytest.FixtureRequest, processes: DicomProcesses, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Kind, Volume]]:
    kind, folder = KINDS[request.param], tmp_path_factory.mktemp("uptake")
    files: Path = folder / "files"
    files.mkdir()
    kind.write(files, kind)
    volume = loaded(processes, files, folder)
    yield kind, volume
    volume.voxels.close()


def _hand(kind: Kind, volume: Volume, **lying: Any) -> Hand:
    """On the slice through both balls, wherever the volume begins."""
    heights = [float(volume.grid.to_lps((s, 0, 0))[2]) for s in range(kind.slices)]
    index = int(np.argmin(np.abs(np.array(heights) - kind.hot[0] * kind.voxel[2])))
    return Hand(volume, SliceView(0, float(index)), (kind.columns, kind.rows), kind.voxel[:2], **lying)


@pytest.mark.parametrize("lying", [{}, {"turns": 1, "flipped": True, "zoom": 0.9, "pan": (3.0, -4.0)}])
def test_uptake_is_that_of_the_balls(opened: tuple[Kind, Volume], lying: dict[str, Any]) -> None:
    """SUVmax, SUVpeak, SUVmean, MTV and TLG of all thresholds; PERCIST and the liver by lean body mass."""
    kind, volume = opened
    hand = _hand(kind, volume, **lying)
    hot, liver = ((at[2] + 0.5, at[1] + 0.5) for at in (kind.hot, kind.liver))
    size_ml = np.count_nonzero(kind.ball(kind.hot, HOT_MM)) * kind.voxel_ml
    reference = hand.click("liver-reference", liver)
    assert reference is not None
    mean, deviation, size = reference.values
    inside = kind.uptake()[kind.ball(kind.liver, 15.0 + 1e-6)]
    wanted = (inside.mean(), inside.std(ddof=1))
    assert (mean.value, mean.unit.value) == (
        pytest.approx(wanted[0] * LEAN, rel=0.001),
        "g/ml{SUVlbm(Janma)}",
    )
    assert deviation.value == pytest.approx(wanted[1] * LEAN, rel=0.005)
    assert size.value == pytest.approx(inside.size * kind.voxel_ml, rel=1e-6)
    for tool_id, share, threshold in (
        ("voi-relative", 1.0, 0.41 * 8),
        ("voi-fixed", 1.0, 2.5),
        ("voi-percist", LEAN, (1.5 * wanted[0] + 2 * wanted[1]) * LEAN),
    ):
        made = hand.click(tool_id, (hot[0] + 1, hot[1] - 1))
        assert made is not None
        found = {value.concept.meaning: value.value for value in made.values}
        for name in ("Maximum", "Peak Value Within ROI", "Mean"):
            assert found[name] == pytest.approx(8 * share, rel=0.001), (tool_id, name)
        assert found["Standard Deviation"] == pytest.approx(0, abs=0.005)
        assert found["Metabolic Volume"] == pytest.approx(size_ml, rel=1e-6)
        assert found["Total Lesion Glycolysis"] == pytest.approx(8 * share * size_ml, rel=0.001)
        assert found["Threshold Value"] == pytest.approx(threshold, rel=0.005)
        hand.made.remove(made)
    probe = hand.click("probe", hot)
    assert probe is not None
    assert probe.values[0].value == pytest.approx(8, rel=0.001)
    assert hand.lines(probe)[0].endswith(" SUVbw")
    edge = (hot[0] + 6 / kind.voxel[0], hot[1])
    sphere = hand.drag("sphere", hot, ((hot[0] + edge[0]) / 2, hot[1]), edge)
    assert sphere is not None
    assert sphere.values[0].value == pytest.approx(8, rel=0.001)
