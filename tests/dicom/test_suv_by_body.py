"""SUV by lean body mass and by body surface area: from files, against figures worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.annotation.measured_regions import MeasuredRegions
from app.annotation.measuring import describe, details, distribution_of, make_measurement, why_other_uptake
from app.dicom.read.body_size import uptake_scales
from app.dicom.read.suv_facts import SuvInputs
from app.domain.measurement import Measurement
from app.domain.quantity import UPTAKES, Quantity
from app.domain.study import StudyUid
from app.domain.volume import Volume
from app.errors import Refused
from app.i18n import catalogue
from app.processes.dicom import DicomProcesses
from app.viewing.draft import Draft, drawn_at
from app.viewing.pointer import pointer_text
from app.viewing.resolve import ScreenFacts, resolve
from app.viewing.screen import Screen, SliceView, StackView, Viewport
from app.viewing.shapes.concepts import VALUE_UNITS
from tests.dicom.made_headers import pet, written
from tests.dicom.test_volume_loading import loaded, stack_of
from tests.support.capabilities import SHAPES, shape

JANMA, JAMES = Quantity.SUV_LBM_JANMA, Quantity.SUV_LBM_JAMES
BODY = SuvInputs(units="BQML", weight_kg=80.0, height_m=1.8, sex="M")


#: by hand, of a man of 80 kg and 1.80 m: body mass index 24.6914; 9270·80 / (6680 + 216·24.6914) = 61.7314;
#: 1.10·80 − 128·(80/180)² = 62.7160; 0.007184·80^0.425·180^0.725 = 1.99642 m².  Of a woman of 60 kg and
#: 1.65 m: 22.0386; 9270·60 / (8780 + 244·22.0386) = 39.2868; 1.07·60 − 148·(60/165)² = 44.6298; 1.65866 m²
@pytest.mark.parametrize(
    ("sex", "weight_kg", "height_m", "lean_kg", "james_kg", "surface_m2"),
    [("M", 80.0, 1.8, 61.7314, 62.7160, 1.99642), ("F", 60.0, 1.65, 39.2868, 44.6298, 1.65866)],
)
def test_the_formulas(
    sex: str, weight_kg: float, height_m: float, lean_kg: float, james_kg: float, surface_m2: float
) -> None:
    """SUL is SUVbw times lean over whole mass; SUVbsa that of cm² over g; and back again."""
    body = replace(BODY, sex=sex, weight_kg=weight_kg, height_m=height_m)
    scales = uptake_scales(body, Quantity.SUV_BW)
    wanted = {
        Quantity.SUV_BW: 1.0,
        JANMA: lean_kg / weight_kg,
        JAMES: james_kg / weight_kg,
        Quantity.SUV_BSA: surface_m2 * 1e4 / (weight_kg * 1e3),
    }
    assert {kind: scales.factor(kind) for kind in UPTAKES} == pytest.approx(wanted, rel=1e-4)
    assert scales.reasons == ()
    back = uptake_scales(body, JANMA).factor(Quantity.SUV_BW)
    assert back == pytest.approx(weight_kg / lean_kg, rel=1e-4)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"sex": ""}, {JANMA: "Patient's Sex is missing", JAMES: "Patient's Sex is missing"}),
        ({"sex": "O"}, {JANMA: "Patient's Sex is O", JAMES: "Patient's Sex is O"}),
        ({"height_m": None}, dict.fromkeys(UPTAKES[1:], "Patient's Size is missing")),
        ({"height_m": 180.0}, dict.fromkeys(UPTAKES[1:], "180 m; it looks as if it were written in cm")),
        ({"height_m": 5.0}, dict.fromkeys(UPTAKES[1:], "5 m; 0.3 to 2.75 m are plausible")),
        ({"weight_kg": None}, dict.fromkeys(UPTAKES[1:], "Patient's Weight is missing")),
        ({"weight_kg": 80_000.0}, dict.fromkeys(UPTAKES[1:], "80000 kg; 0.01 to 400 kg are plausible")),
        ({"weight_kg": 150.0}, {JAMES: "no lean mass for a body mass index of 46.3"}),
        ({"differing_body": ("Patient's Sex",)}, {JANMA: "differ in Patient's Sex", JAMES: "differ in"}),
        ({"differing_body": ("Patient's Size",)}, dict.fromkeys(UPTAKES[1:], "differ in Patient's Size")),
    ],
)  # fmt: skip
def test_what_is_not_known_is_told(changes: dict[str, Any], told: dict[Quantity, str]) -> None:
    scales = uptake_scales(replace(BODY, **changes), Quantity.SUV_BW)
    assert {kind for kind, _ in scales.reasons} == told.keys()
    for kind in UPTAKES:
        reason = scales.why_not(kind)
        assert (reason is None) == (scales.factor(kind) is not None)
        if reason is not None:
            assert told[kind] in reason[0].format(**reason[1])
            assert "{" not in catalogue()[reason[0]].format(**reason[1])


@pytest.mark.parametrize("stored", [Quantity.SUV_LBM, Quantity.SUV_IBW])
def test_a_kind_whose_formula_is_not_named_stays_what_it_is(stored: Quantity) -> None:
    scales = uptake_scales(BODY, stored)
    assert scales.factors == ((stored, 1.0),)
    assert all("another kind" in reason[0] for _, reason in scales.reasons)
    assert uptake_scales(BODY, Quantity.ACTIVITY).factors == ()


def test_units_have_meanings_that_fit_a_code() -> None:
    for unit in VALUE_UNITS.values():
        assert len(unit.value) <= 16 or "SUVlbm(" in unit.value
        assert len(unit.meaning) <= 64


# -- from files --------------------------------------------------------------------------------------------

#: Bq/ml that an SUV of 1 stands for after an hour, of 370 MBq in 70 kg
ONE_BQML = 3.7e8 * 2 ** (-3600 / 6586.2) / 70_000
LEAN = 9270 * 70 / (6680 + 216 * 70 / 1.75**2) / 70
HOT, LIVER = (8, 20, 12), (8, 20, 34)


def _series(folder: Path, **attributes: Any) -> Path:
    """SUVbw 1; a ball of SUVbw 8, 24 mm wide, and a liver of 2 ± 0.2, 44 mm wide; voxels of 3 mm."""
    folder.mkdir()
    places = np.stack(np.indices((17, 40, 48)), axis=-1) * 3.0
    values = np.ones((17, 40, 48))
    values[np.linalg.norm(places - 3.0 * np.array(HOT), axis=-1) <= 12] = 8.0
    liver = np.linalg.norm(places - 3.0 * np.array(LIVER), axis=-1) <= 22
    values[liver] = np.where(np.indices(values.shape).sum(axis=0) % 2 == 0, 2.2, 1.8)[liver]
    told = {"PatientSex": "M", "PatientSize": 1.75} | attributes
    for n, plane in enumerate(values):
        ds = pet(
            n + 1,
            Rows=40,
            Columns=48,
            PixelSpacing=[3, 3],
            ImagePositionPatient=[0, 0, 3.0 * n],
            RescaleSlope=2,
            BitsAllocated=16,
            BitsStored=16,
            HighBit=15,
            StudyInstanceUID="1.2.826.0.1.3680043.8.498.81",
            SeriesInstanceUID="1.2.826.0.1.3680043.8.498.82",
            FrameOfReferenceUID="1.2.826.0.1.3680043.8.498.83",
            PatientID="PT-1",
            PatientName="Test",
            StudyDate="20240102",
            StudyTime="100000",
            SeriesNumber=1,
            **told,
        )
        ds.PixelData = np.round(plane * ONE_BQML / 2).astype("<u2").tobytes()
        (folder / f"{n}.dcm").write_bytes(written(ds))
    return folder


@pytest.fixture(scope="module")
def known(processes: DicomProcesses, tmp_path_factory: pytest.TempPathFactory) -> Volume:
    folder = tmp_path_factory.mktemp("lean")
    return loaded(processes, _series(folder / "files"), folder)


def _viewport(volume: Volume, uptake: Quantity) -> Viewport:
    """Of a screen on which a kind of uptake was chosen."""
    screen = Screen()
    screen.uptake = uptake
    viewport = screen.active_viewport
    viewport.show(volume, SliceView(0, 8.0))
    viewport.study_uid = StudyUid("1.2")
    return viewport


def _made(
    volume: Volume,
    uptake: Quantity,
    shape_id: str,
    *at: tuple[int, int, int],
    known: tuple[Measurement, ...] = (),
) -> Measurement:
    viewport = _viewport(volume, uptake)
    points = [tuple(float(x) for x in volume.grid.to_lps(one)) for one in at]
    drawn = drawn_at(viewport, shape(shape_id), points, (400, 400))  # type: ignore[arg-type]
    return make_measurement(viewport, drawn, made_by="x", at=datetime.now(UTC), known=known)


def _told(made: Measurement) -> dict[str, tuple[float, str]]:
    return {value.concept.meaning: (value.value, value.unit.value) for value in made.values}


def test_every_tool_tells_the_kind_that_was_chosen(known: Volume) -> None:
    """Pixel, region, sphere and lesion in SUL and back in SUVbw; the unit is that of PS3.16 CID 85."""
    edge = ((8, 20, 10), (8, 20, 14), (8, 18, 12), (8, 22, 12))
    surface = 0.007184 * 70**0.425 * 175**0.725 * 10 / 70
    for kind, factor, unit, what, words in (
        (Quantity.SUV_BW, 1.0, "g/ml{SUVbw}", "SUVbw", "SUVbw"),
        (JANMA, LEAN, "g/ml{SUVlbm(Janma)}", "SUVlbm(Janma)", "SUL (Janma)"),
        (JAMES, 1.1 - 128 * 70 / 175**2, "g/ml{SUVlbm(James128)}", "SUVlbm(James128)", "SUL (James)"),
        (Quantity.SUV_BSA, surface, "cm2/ml{SUVbsa}", "SUVbsa", "SUVbsa"),
    ):
        hot = (pytest.approx(8 * factor, rel=0.001), unit)
        probe = _made(known, kind, "probe", HOT)
        assert _told(probe) == {what: hot}
        assert describe(probe, SHAPES)[0].endswith(words)
        ellipse = _made(known, kind, "ellipse", *edge)
        assert [_told(ellipse)[name] for name in ("Mean", "Median", "Minimum")] == [hot] * 3
        assert words in describe(ellipse, SHAPES)[0]
        assert _told(_made(known, kind, "sphere", HOT, (8, 20, 14)))["Maximum"] == hot
        lesion = _made(known, kind, "voi-relative", HOT)
        told = _told(lesion)
        assert [told[name] for name in ("Maximum", "Peak Value Within ROI", "Mean")] == [hot] * 3
        assert told["Threshold Value"] == (pytest.approx(0.41 * 8 * factor, rel=0.001), unit)
        size = told["Metabolic Volume"][0]
        whole = told["Total Lesion Glycolysis"]
        assert whole == (pytest.approx(8 * factor * size, rel=0.001), "cm2" if "cm2" in unit else "g")
        # the region is the same, and is found again
        regions = MeasuredRegions(SHAPES)
        found = regions.region(known, 0, lesion)
        assert found is not None
        assert found.voxels * known.grid.voxel_mm3 / 1000 == pytest.approx(size)
        spread = distribution_of(_viewport(known, Quantity.SUV_BW), lesion, regions)
        assert spread is not None
        assert spread.unit.value == unit
        assert spread.high == pytest.approx(8 * factor, rel=0.001)
        fixed = _told(_made(known, kind, "voi-fixed", HOT))
        assert fixed["Threshold Value"][0] == pytest.approx(2.5 * factor, rel=1e-9)


def test_a_single_image_tells_it_too(processes: DicomProcesses, tmp_path: Path) -> None:
    """One slice is no volume: its values are stored ones."""
    folder = _series(tmp_path / "files")
    for path in folder.iterdir():
        if path.name != "8.dcm":
            path.unlink()
    stack = stack_of(processes, folder, tmp_path)
    screen = Screen()
    screen.uptake = JAMES
    viewport = screen.active_viewport
    viewport.show(stack, StackView(0))
    viewport.study_uid = StudyUid("1.2")
    shown = resolve(viewport, ScreenFacts(), (400, 400))
    assert shown is not None
    drawn = Draft(shape("probe"), ((HOT[2] + 0.5, HOT[1] + 0.5),), shown).drawn(viewport)
    made = make_measurement(viewport, drawn, made_by="x", at=datetime.now(UTC))
    wanted = pytest.approx(8 * (1.1 - 128 * 70 / 175**2), rel=0.001)
    assert _told(made) == {"SUVlbm(James128)": (wanted, "g/ml{SUVlbm(James128)}")}
    stack.pixels.close()


def test_the_pointer_tells_it_too(known: Volume) -> None:
    viewport = _viewport(known, JANMA)
    shown = resolve(viewport, ScreenFacts(), (400, 400))
    assert shown is not None
    at = shown.plane.from_lps(tuple(float(x) for x in known.grid.to_lps(HOT)))  # type: ignore[arg-type]
    assert at is not None
    text = pointer_text(viewport, shown, shown.placement.to_screen(*at))
    assert text == f"光标 {8 * LEAN:.2f} SUL (Janma)"


def test_percist_is_told_in_lean_body_mass(known: Volume) -> None:
    """1.5 × 2 + 2 × 0.2 = 3.4 in SUVbw is told in SUL, whatever was chosen; a liver that was measured in one
    kind serves another.
    """
    for chosen, kind, factor in (
        (Quantity.SUV_BW, JANMA, LEAN),
        (JAMES, JAMES, 1.1 - 128 * 70 / 175**2),
        (Quantity.SUV_BSA, JANMA, LEAN),
    ):
        unit = VALUE_UNITS[kind].value
        liver = _made(known, chosen, "liver-reference", LIVER)
        told = _told(liver)
        assert told["Mean"] == (pytest.approx(2 * factor, rel=0.005), unit)
        assert told["Standard Deviation"] == (pytest.approx(0.2 * factor, rel=0.02), unit)
        (line,) = details(liver, SHAPES)
        assert float(line.removeprefix("PERCIST 阈值：SUL ")) == pytest.approx(3.4 * factor, abs=0.02)
        for other in (Quantity.SUV_BW, JAMES):
            lesion = _made(known, other, "voi-percist", HOT, known=(liver,))
            value, own = _told(lesion)["Threshold Value"]
            share = {JANMA: LEAN, JAMES: 1.1 - 128 * 70 / 175**2}[JAMES if other is JAMES else JANMA]
            assert value == pytest.approx(3.4 * share, rel=0.005)
            assert own == VALUE_UNITS[JAMES if other is JAMES else JANMA].value
            assert "SULmax" in describe(lesion, SHAPES)[0]
            assert len(details(lesion, SHAPES)) == 2


def test_percist_without_lean_body_mass(processes: DicomProcesses, tmp_path: Path) -> None:
    """The same region in SUVbw, and why; a choice that cannot be made leaves the values what they are."""
    volume = loaded(processes, _series(tmp_path / "files", PatientSex=None), tmp_path)
    liver = _made(volume, JANMA, "liver-reference", LIVER)
    lesion = _made(volume, JANMA, "voi-percist", HOT, known=(liver,))
    assert _told(lesion)["Threshold Value"] == (pytest.approx(3.4, rel=0.005), "g/ml{SUVbw}")
    assert "未按瘦体重计" in details(lesion, SHAPES)[-1]
    assert _told(_made(volume, JANMA, "probe", HOT))["SUVbw"][0] == pytest.approx(8, rel=0.001)
    viewport = _viewport(volume, JANMA)
    for shape_id in ("probe", "voi-percist"):
        why = why_other_uptake(viewport, shape(shape_id))
        assert why is not None
        assert why[0].format(**why[1]) == "No SUL: Patient's Sex is missing or cannot be read."
    assert why_other_uptake(viewport, shape("length")) is None
    assert why_other_uptake(_viewport(volume, Quantity.SUV_BSA), shape("probe")) is None
    volume.voxels.close()


@pytest.mark.parametrize(
    ("told", "quantity", "factor"),
    [
        ({"Units": "GML", "SUVType": "LBMJANMA"}, JANMA, LEAN),
        ({"Units": "GML", "SUVType": "LBMJAMES128"}, JAMES, 1.1 - 128 * 70 / 175**2),
        ({"Units": "CM2ML"}, Quantity.SUV_BSA, 0.007184 * 70**0.425 * 175**0.725 * 10 / 70),
        ({"Units": "GML", "SUVType": "LBM"}, Quantity.SUV_LBM, None),
    ],
)  # fmt: skip
def test_files_of_another_kind_of_uptake(
    processes: DicomProcesses, tmp_path: Path, told: dict[str, Any], quantity: Quantity, factor: float | None
) -> None:
    """Told as it was chosen where the formula is known, else as the file has it."""
    volume = loaded(processes, _series(tmp_path / "files", **told), tmp_path)
    assert volume.quantity is quantity
    stored = float(volume.at()[HOT])
    ((value, unit),) = _told(_made(volume, Quantity.SUV_BW, "probe", HOT)).values()
    if factor is None:
        assert (value, unit) == (pytest.approx(stored), VALUE_UNITS[quantity].value)
        liver = _made(volume, Quantity.SUV_BW, "liver-reference", LIVER)
        assert _told(liver)["Mean"][1] == "g/ml{SUVlbm}"
        with pytest.raises(Refused, match="needs the uptake of the liver"):
            _made(volume, Quantity.SUV_BW, "voi-percist", HOT)
    else:
        assert (value, unit) == (pytest.approx(stored / factor, rel=1e-6), "g/ml{SUVbw}")
    volume.voxels.close()
